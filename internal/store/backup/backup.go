// Package backup writes everything that the office keeps into a folder and reads it back: the tables as they stood at one moment, in a form that is the
// same for both databases, and every file that their rows name. The service may go on meanwhile: files are stored before the rows that name them, so
// that whatever the moment's rows name is there.
//
// It knows tables and files by their names only; what they mean, and whether they fit together, is fsck's.
package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"time"

	"mohur/docket"
	"mohur/internal/store/sqlstore"
)

// Format names the form of the folder.
const Format = "mohur-backup-1"

// manifestName is the file that describes the folder; it is written last.
const manifestName = "manifest.json"

// Manifest describes a backup.
type Manifest struct {
	Format  string         `json:"format"`
	Made    time.Time      `json:"made"`
	Engine  string         `json:"engine"`  // from which it came
	Version int64          `json:"version"` // of the tables
	Tables  []Table        `json:"tables"`  // in the order in which they are put back
	Files   int            `json:"files"`
	Bytes   int64          `json:"bytes"` // of the files
	Missing []MissingFile  `json:"missing,omitempty"`
	Shelves map[string]int `json:"shelves"` // files of each
}

// Table is one table's part.
type Table struct {
	Name   string           `json:"name"`
	Fields []sqlstore.Field `json:"fields"`
	Rows   int              `json:"rows"`
	SHA256 string           `json:"sha256"` // of its file
}

// MissingFile is a file that a row names and that was not there, or whose bytes were not those of its name.
type MissingFile struct {
	Hash docket.Hash `json:"hash"`
	By   string      `json:"by"`
}

// Options are the parts. Store and Shelves are needed.
type Options struct {
	Store    *sqlstore.Store
	Shelves  map[sqlstore.Shelf]docket.Blobs
	Now      time.Time
	Progress func(done, total int) // files
}

// writer is one run.
type writer struct {
	Options
	dir      string
	manifest Manifest
	wanted   map[sqlstore.Shelf]map[[32]byte]string // by whom
	total    int
}

// Write makes a backup in a folder that is not there yet. The folder bears its name only when everything is in it.
func Write(ctx context.Context, dir string, o Options) (_ *Manifest, err error) {
	if _, err := os.Stat(dir); err == nil {
		return nil, fmt.Errorf("%s is there already", dir)
	}
	part := dir + ".part"
	if err := os.Mkdir(part, 0o700); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	w := &writer{Options: o, dir: part, wanted: map[sqlstore.Shelf]map[[32]byte]string{}}
	w.manifest = Manifest{Format: Format, Made: o.Now.UTC().Truncate(time.Second), Engine: string(o.Store.Engine()), Shelves: map[string]int{}}
	if err := os.Mkdir(filepath.Join(part, "tables"), 0o700); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if err := w.tables(ctx); err != nil {
		return nil, err
	}
	if err := w.files(ctx); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(w.manifest, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if err := writeFile(filepath.Join(part, manifestName), append(b, '\n')); err != nil {
		return nil, err
	}
	if err := os.Rename(part, dir); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return &w.manifest, syncDir(filepath.Dir(dir))
}

// tables writes each table as lines of JSON, one array a row, and notes the files that rows name.
func (w *writer) tables(ctx context.Context) error {
	var open *tableFile
	end := func() error {
		if open == nil {
			return nil
		}
		t, err := open.close()
		w.manifest.Tables = append(w.manifest.Tables, t)
		open = nil
		return err
	}
	version, err := w.Store.Export(ctx, func(table string, fields []sqlstore.Field) (func([]any) error, error) {
		if err := end(); err != nil {
			return nil, err
		}
		var err error
		if open, err = newTableFile(filepath.Join(w.dir, "tables", table+".jsonl.gz"), table, fields); err != nil {
			return nil, err
		}
		find := sqlstore.FilesOf(table, fields)
		return func(values []any) error {
			if err := open.row(values); err != nil {
				return err
			}
			return find(values, w.want)
		}, nil
	})
	w.manifest.Version = version
	return errors.Join(err, end())
}

// want notes a file that a row names.
func (w *writer) want(r sqlstore.FileRef) error {
	by := r.Table + "." + r.Column + " " + r.Row
	if !r.Hash.Valid() {
		w.manifest.Missing = append(w.manifest.Missing, MissingFile{r.Hash, by})
		return nil
	}
	if w.wanted[r.Shelf] == nil {
		w.wanted[r.Shelf] = map[[32]byte]string{}
	}
	if h := [32]byte(r.Hash.Bytes()); w.wanted[r.Shelf][h] == "" {
		w.wanted[r.Shelf][h] = by
		w.total++
	}
	return nil
}

// files copies what rows name, and hashes it on the way.
func (w *writer) files(ctx context.Context) error {
	done := 0
	for shelf, wanted := range w.wanted {
		for h, by := range wanted {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := w.file(ctx, shelf, docket.HashOf(h))
			switch {
			case errors.Is(err, errNotThat):
				w.manifest.Missing = append(w.manifest.Missing, MissingFile{docket.HashOf(h), by})
			case err != nil:
				return err
			default:
				w.manifest.Files++
				w.manifest.Bytes += n
				w.manifest.Shelves[string(shelf)]++
			}
			done++
			if w.Progress != nil {
				w.Progress(done, w.total)
			}
		}
	}
	return nil
}

// errNotThat says that a file is not there, or is not what its name says.
var errNotThat = errors.New("backup: not the file of that name")

// path is where a file lies in a backup.
func path(dir string, shelf sqlstore.Shelf, h docket.Hash) string {
	return filepath.Join(dir, "files", string(shelf), string(h[:2]), string(h))
}

func (w *writer) file(ctx context.Context, shelf sqlstore.Shelf, h docket.Hash) (n int64, err error) {
	from, err := w.Shelves[shelf].Open(ctx, h)
	if docket.CodeOf(err) == docket.CodeNotFound || errors.Is(err, docket.ErrBlobChanged) {
		return 0, errNotThat
	}
	if err != nil {
		return 0, fmt.Errorf("file %s: %w", h, err)
	}
	defer func() { _ = from.Close() }()
	to := path(w.dir, shelf, h)
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o400)
	if err != nil {
		return 0, fmt.Errorf("backup: %w", err)
	}
	sum := sha256.New()
	n, err = io.Copy(io.MultiWriter(f, sum), from)
	changed := errors.Is(err, docket.ErrBlobChanged)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil && !changed {
		return 0, fmt.Errorf("file %s: %w", h, err)
	}
	if changed || docket.HashOf([32]byte(sum.Sum(nil))) != h {
		return 0, errors.Join(errNotThat, os.Remove(to))
	}
	return n, nil
}

// tableFile is the file of one table while it is written.
type tableFile struct {
	table Table
	f     *os.File
	sum   hash.Hash
	out   *bufio.Writer
	zip   *gzip.Writer
	enc   *json.Encoder
}

func newTableFile(path, name string, fields []sqlstore.Field) (*tableFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	t := &tableFile{table: Table{Name: name, Fields: fields}, f: f, sum: sha256.New()}
	t.out = bufio.NewWriterSize(io.MultiWriter(f, t.sum), 1<<16)
	t.zip = gzip.NewWriter(t.out)
	t.enc = json.NewEncoder(t.zip)
	t.enc.SetEscapeHTML(false)
	return t, nil
}

// row writes one; bytes become base64, times RFC 3339.
func (t *tableFile) row(values []any) error {
	t.table.Rows++
	if err := t.enc.Encode(values); err != nil {
		return fmt.Errorf("backup: table %s: %w", t.table.Name, err)
	}
	return nil
}

func (t *tableFile) close() (Table, error) {
	err := errors.Join(t.zip.Close(), t.out.Flush(), t.f.Sync(), t.f.Close())
	t.table.SHA256 = hex.EncodeToString(t.sum.Sum(nil))
	return t.table, err
}

func writeFile(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

func syncDir(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
