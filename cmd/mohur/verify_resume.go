package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// maxResultLine bounds one line of a results file; a longer one is passed over, and its document judged again.
const maxResultLine = 16 << 20

// errNoResults refuses a file that is something else: it would be written to.
var errNoResults = errors.New("this is no results file of mohur verify")

// resultLine is one line of a results file: the answer for a document, the state of the file it was given for, and the demands it was judged by.
type resultLine struct {
	report.Document
	Size     int64     `json:"size"`
	FileTime time.Time `json:"fileTime"`
	SHA256   string    `json:"sha256"`
	Settings string    `json:"settings"` // a digest of policy, anchors, time and language: another one asks another question
}

// remembered is what is kept of a line: all of it would not fit in memory for a folder of any size.
type remembered struct {
	size     int64
	fileTime time.Time
	sha256   string
	at       int64 // where the line begins in the file
	length   int
}

// results is a results file that is read at the start and grows line by line.
type results struct {
	file     *os.File
	settings string
	known    map[string]remembered
	asked    map[string][sha256.Size]byte // lines whose documents are judged again: one that comes out the same is not written twice
}

// openResults reads the answers of an earlier run that were given under the same demands, and makes the file ready to take more. What a crash
// left of a last line is cut off. Answers that can get better by themselves (unreadable files, TRY_LATER) are not reused.
func openResults(path, settings string) (*results, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	r := &results{file: f, settings: settings, known: map[string]remembered{}, asked: map[string][sha256.Size]byte{}}
	end, err := r.load()
	if err == nil {
		err = f.Truncate(end)
	}
	if err == nil {
		_, err = f.Seek(end, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--resume %s: %w", path, err), f.Close())
	}
	return r, nil
}

// load reads the lines and returns where the last whole one ends.
func (r *results) load() (int64, error) {
	in := bufio.NewReaderSize(r.file, 1<<16)
	var at int64
	for {
		line, err := in.ReadSlice('\n')
		full := bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) && len(full) < maxResultLine {
			line, err = in.ReadSlice('\n')
			full = append(full, line...)
		}
		switch {
		case errors.Is(err, io.EOF):
			const begin = `{"file":`
			if n := min(len(full), len(begin)); string(full[:n]) != begin[:n] {
				return at, errNoResults // to cut it off would destroy something else
			}
			return at, nil
		case err != nil:
			return at, err
		}
		if err := r.note(full, at); err != nil {
			return at, err
		}
		at += int64(len(full))
	}
}

// note remembers one line.
func (r *results) note(line []byte, at int64) error {
	var l resultLine
	if err := json.Unmarshal(line, &l); err != nil || l.File == "" {
		return errNoResults
	}
	delete(r.known, l.File) // the newest answer counts
	delete(r.asked, l.File)
	if l.Error == nil && l.SubIndication != etsi.TryLater && l.Settings == r.settings && l.SHA256 != "" {
		r.known[l.File] = remembered{l.Size, l.FileTime, l.SHA256, at, len(line)}
	} else {
		r.asked[l.File] = sha256.Sum256(line)
	}
	return nil
}

// answered returns the answer for a file that still has the size, time and hash that it was given for.
func (r *results) answered(name string, f *os.File) (*resultLine, error) {
	k, ok := r.known[name]
	if !ok {
		return nil, nil
	}
	size, at, sum, err := fileState(f, func(size int64, at time.Time) bool { return size == k.size && at.Equal(k.fileTime) })
	if err != nil || size != k.size || !at.Equal(k.fileTime) || sum != k.sha256 {
		return nil, err
	}
	b := make([]byte, k.length)
	if _, err := r.file.ReadAt(b, k.at); err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	var l resultLine
	return &l, json.Unmarshal(b, &l)
}

// others are the files besides the results file itself, which may lie in the folder that is verified.
func (r *results) others(files []string) ([]string, error) {
	own, err := r.file.Stat()
	if err != nil {
		return nil, fmt.Errorf("--resume: %w", err)
	}
	return slices.DeleteFunc(files, func(name string) bool {
		if filepath.Base(name) != filepath.Base(r.file.Name()) {
			return false
		}
		info, err := os.Stat(name)
		return err == nil && os.SameFile(own, info)
	}), nil
}

// keep appends a line; it is whole on disk or not there.
func (r *results) keep(l *resultLine) error {
	b, err := json.Marshal(l)
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if last, again := r.asked[l.File]; again && last == sha256.Sum256(b) {
		return nil
	}
	if _, err := r.file.Write(b); err != nil {
		return fmt.Errorf("--resume: %w", err)
	}
	return nil
}

// fileState is a file's size, time and SHA-256; the last only where the first two are wanted.
func fileState(f *os.File, wanted func(int64, time.Time) bool) (int64, time.Time, string, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, time.Time{}, "", err
	}
	size, at := info.Size(), info.ModTime().UTC()
	if !wanted(size, at) {
		return size, at, "", nil
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(f, 0, size)); err != nil {
		return 0, time.Time{}, "", err
	}
	return size, at, hex.EncodeToString(h.Sum(nil)), nil
}

// settings is a digest of everything on the command line that an answer depends on. Revocation data are not part of it: a run that goes on
// after an interruption may have newer ones.
func (o *verifyOptions) settings(in verify.Input, p *verify.Policy) (string, error) {
	policy, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%t\n%s\n", policy, o.time, o.lang, o.offline, strings.Join(o.detached, "\n"))
	if o.extra != (extraReports{}) {
		fmt.Fprintf(h, "%+v\n", o.extra) // an answer of a run without them has left none behind
	}
	for _, a := range in.Trust.Anchors() {
		h.Write(a.Certificate.Raw)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// openResults opens the file of --resume, nil without one.
func (o *verifyOptions) openResults(in verify.Input, p *verify.Policy) (*results, error) {
	if o.resume == "" {
		return nil, nil
	}
	settings, err := o.settings(in, p)
	if err != nil {
		return nil, err
	}
	return openResults(o.resume, settings)
}
