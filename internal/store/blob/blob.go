// Package blob keeps files in a local directory or in an S3-compatible store, named by the SHA-256 of their content. A file is written beside its
// place, synced and renamed into it, or sent whole with its SHA-256 signed, so that a name never stands for half a file; what stands there never
// changes.
//
// It knows nothing of who may read what: blobs are reached only through a row.
package blob

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mohur/docket"
)

// Dir is a blob store in a directory: blobs/ab/abcdef..., and tmp/ for what is being written.
type Dir struct{ root string }

var _ docket.Blobs = (*Dir)(nil)

// Open opens or makes the store below root.
func Open(root string) (*Dir, error) {
	for _, sub := range []string{"blobs", "tmp"} {
		if err := os.MkdirAll(filepath.Join(root, sub), 0o700); err != nil {
			return nil, fmt.Errorf("blob store: %w", err)
		}
	}
	return &Dir{root: root}, nil
}

func (d *Dir) path(h docket.Hash) string {
	return filepath.Join(d.root, "blobs", string(h[:2]), string(h))
}

// failed wraps what the disk refused, so that a client is told nothing of paths.
func failed(err error) error {
	if _, ok := errors.AsType[*docket.Error](err); ok {
		return err
	}
	return docket.Refuse(docket.CodeUnavailable, docket.KeyDisk).Because(err)
}

// Put streams r into a blob.
func (d *Dir) Put(ctx context.Context, r io.Reader, limit int64) (docket.Blob, error) {
	w, err := d.create(limit)
	if err != nil {
		return docket.Blob{}, err
	}
	defer func() { _ = w.Abort() }()
	if err := copyTo(ctx, w, r); err != nil {
		return docket.Blob{}, err
	}
	return w.Commit()
}

// copyTo copies until the end, a refusal of the writer or the end of ctx. A reader's error is the uploader's, not the disk's.
func copyTo(ctx context.Context, w *writer, r io.Reader) error {
	buf := make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, rerr := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(rerr, io.EOF) {
			return nil
		}
		if rerr != nil {
			return fmt.Errorf("upload: %w", rerr)
		}
	}
}

// Create returns a writer for what is made in place.
func (d *Dir) Create(_ context.Context, limit int64) (docket.BlobWriter, error) {
	return d.create(limit)
}

func (d *Dir) create(limit int64) (*writer, error) {
	return newWriter(filepath.Join(d.root, "tmp"), limit, func(w *writer, h docket.Hash) error { return d.place(w.f.Name(), h) })
}

// newWriter makes a temporary file in a folder; place gives it its name once it is finished.
func newWriter(tmp string, limit int64, place func(w *writer, h docket.Hash) error) (*writer, error) {
	f, err := os.CreateTemp(tmp, "new-*")
	if err != nil {
		return nil, failed(err)
	}
	return &writer{place: place, f: f, limit: limit, sum: sha256.New()}, nil
}

// Open opens a blob for reading.
func (d *Dir) Open(_ context.Context, h docket.Hash) (docket.BlobReader, error) {
	if !h.Valid() {
		return nil, docket.ErrNotFound
	}
	f, err := os.Open(d.path(h))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, docket.ErrNotFound.Because(err)
	}
	if err != nil {
		return nil, failed(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, failed(errors.Join(err, f.Close()))
	}
	return &reader{File: f, size: info.Size()}, nil
}

// Remove removes a blob; one that is not there is no error. Whoever removes knows that no row holds it: a store whose files stay for good never
// calls this.
func (d *Dir) Remove(_ context.Context, h docket.Hash) error {
	if !h.Valid() {
		return docket.ErrNotFound
	}
	if err := os.Remove(d.path(h)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed(err)
	}
	return nil
}

// Older names each blob that was stored, or stored again, before the instant, until do fails.
func (d *Dir) Older(ctx context.Context, before time.Time, do func(h docket.Hash) error) error {
	return filepath.WalkDir(filepath.Join(d.root, "blobs"), func(_ string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			return nil
		}
		if err != nil {
			return failed(err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		h := docket.Hash(e.Name())
		if e.IsDir() || !h.Valid() {
			return nil
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return failed(err)
		}
		if !info.ModTime().Before(before) {
			return nil
		}
		return do(h)
	})
}

type reader struct {
	*os.File
	size int64
}

// Size is the number of bytes.
func (r *reader) Size() int64 { return r.size }

// writer writes a temporary file and hashes along; once something is written in place, Commit hashes the file again instead.
type writer struct {
	place func(w *writer, h docket.Hash) error
	f     *os.File
	limit int64
	size  int64
	sum   hash.Hash
	patch bool
	done  bool
}

// Write appends.
func (w *writer) Write(p []byte) (int, error) {
	if w.size+int64(len(p)) > w.limit {
		return 0, docket.ErrBlobTooLarge.With("max", w.limit)
	}
	n, err := w.f.WriteAt(p, w.size)
	w.sum.Write(p[:n])
	w.size += int64(n)
	if err != nil {
		return n, failed(err)
	}
	return n, nil
}

// WriteAt changes what was written, or appends.
func (w *writer) WriteAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > w.limit {
		return 0, docket.ErrBlobTooLarge.With("max", w.limit)
	}
	w.patch = true
	n, err := w.f.WriteAt(p, off)
	w.size = max(w.size, off+int64(n))
	if err != nil {
		return n, failed(err)
	}
	return n, nil
}

// ReadAt reads back what was written.
func (w *writer) ReadAt(p []byte, off int64) (int, error) { return w.f.ReadAt(p, off) }

// Commit syncs the file and gives it its name. A blob that exists already is kept as it is.
func (w *writer) Commit() (docket.Blob, error) {
	if w.done {
		return docket.Blob{}, failed(fs.ErrClosed)
	}
	if w.patch {
		w.sum.Reset()
		if _, err := io.Copy(w.sum, io.NewSectionReader(w.f, 0, w.size)); err != nil {
			return docket.Blob{}, failed(err)
		}
	}
	h := docket.HashOf([32]byte(w.sum.Sum(nil)))
	if err := w.f.Sync(); err != nil {
		return docket.Blob{}, failed(err)
	}
	if err := w.f.Close(); err != nil {
		return docket.Blob{}, failed(err)
	}
	if err := w.place(w, h); err != nil {
		return docket.Blob{}, failed(err)
	}
	w.done = true
	return docket.Blob{Hash: h, Size: w.size}, nil
}

// place renames a finished file to its name and syncs the directory, so that the name survives a crash too.
func (d *Dir) place(tmp string, h docket.Hash) error {
	path := d.path(h)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if info, err := os.Stat(tmp); err == nil && os.Chtimes(path, time.Time{}, info.ModTime()) == nil { // there already: it is young again, for Older
		return os.Remove(tmp)
	}
	if err := os.Chmod(tmp, 0o400); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// Abort removes what was not committed.
func (w *writer) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	_ = w.f.Close() // may be closed already by a failed Commit
	return os.Remove(w.f.Name())
}
