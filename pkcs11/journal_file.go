package pkcs11

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// maxJournal bounds a journal file; a token's entry is some hundred bytes.
const maxJournal = 1 << 20

// FileJournal keeps attempts in a JSON file beside a lock file, for programs on one machine. Its folder is made when needed.
type FileJournal struct {
	Path string
}

// fileEntry is the locked file and the token that it was locked for.
type fileEntry struct {
	path, token string
	all         map[string][]Attempt
	unlock      func() error
}

// Begin implements AttemptJournal. The lock covers the whole file.
func (j FileJournal) Begin(ctx context.Context, token string) (JournalEntry, error) {
	if err := os.MkdirAll(filepath.Dir(j.Path), 0o700); err != nil {
		return nil, err
	}
	unlock, err := lockFile(ctx, j.Path+".lock")
	if err != nil {
		return nil, err
	}
	e := &fileEntry{path: j.Path, token: token, all: map[string][]Attempt{}, unlock: unlock}
	if err := e.read(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return e, nil
}

// read loads the file. One that can't be understood stops everything: it may hold a warning.
func (e *fileEntry) read() error {
	f, err := os.Open(e.path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxJournal+1))
	if err != nil {
		return err
	}
	if len(b) > maxJournal {
		return fmt.Errorf("%s is too long for a journal", e.path)
	}
	if err := json.Unmarshal(b, &e.all); err != nil {
		return fmt.Errorf("%s is damaged: %w", e.path, err)
	}
	return nil
}

func (e *fileEntry) Attempts() []Attempt { return e.all[e.token] }

// Record writes the file anew, to disk, and puts it in place of the old one in one step.
func (e *fileEntry) Record(a Attempt) error {
	e.all[e.token] = replace(e.all[e.token], a)
	b, err := json.MarshalIndent(e.all, "", "  ")
	if err != nil {
		return err
	}
	tmp := e.path + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	if err := os.Rename(tmp, e.path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(e.path))
}

func (e *fileEntry) Close() error { return e.unlock() }

// syncFolder makes a rename durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(ignoreUnsupported(d.Sync()), d.Close())
}

// ignoreUnsupported forgives systems on which a folder can't be synced.
func ignoreUnsupported(err error) error {
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrInvalid) {
		return nil
	}
	return err
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
