package backup

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"mohur/docket"
	"mohur/internal/store/sqlstore"
)

// ErrDamaged says that a backup is not as its manifest describes it. Nothing of it was taken.
var ErrDamaged = errors.New("the backup is damaged")

// maxManifest and maxRow bound what is read from a folder that may be somebody else's.
const (
	maxManifest = 16 << 20
	maxRow      = 256 << 20
)

// ReadManifest reads what a folder says of itself.
func ReadManifest(dir string) (*Manifest, error) {
	f, err := os.Open(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is no finished backup: it has no %s", dir, manifestName)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var m Manifest
	d := json.NewDecoder(io.LimitReader(f, maxManifest))
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrDamaged, manifestName, err)
	}
	if m.Format != Format {
		return nil, fmt.Errorf("a backup of the form %q, not %q", m.Format, Format)
	}
	for _, t := range m.Tables {
		if filepath.Base(t.Name) != t.Name || t.Name == "" {
			return nil, fmt.Errorf("%w: a table named %q", ErrDamaged, t.Name)
		}
	}
	return &m, nil
}

// RestoreOptions are the parts: shelves without files, and a database without rows of the manifest's version (sqlstore.OpenFor).
type RestoreOptions struct {
	Store    *sqlstore.Store
	Shelves  map[sqlstore.Shelf]docket.Blobs
	Progress func(done, total int) // files
}

// Restore puts a backup back: first every file, then all rows in one transaction, so that no row is there without its files.
func Restore(ctx context.Context, dir string, m *Manifest, o RestoreOptions) error {
	for _, t := range m.Tables {
		if err := checkTable(dir, t); err != nil {
			return err
		}
	}
	if err := restoreFiles(ctx, dir, m, o); err != nil {
		return err
	}
	return o.Store.Import(ctx, func(put func(string, []string, [][]any) error) error {
		for _, t := range m.Tables {
			if err := restoreTable(ctx, dir, t, put); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		return nil
	})
}

// checkTable holds a table's file against the manifest before anything is written.
func checkTable(dir string, t Table) error {
	f, err := os.Open(tablePath(dir, t))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer func() { _ = f.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != t.SHA256 {
		return fmt.Errorf("%w: table %s is not what was written", ErrDamaged, t.Name)
	}
	return nil
}

func tablePath(dir string, t Table) string {
	return filepath.Join(dir, "tables", t.Name+".jsonl.gz")
}

// restoreFiles stores every file under its name again.
func restoreFiles(ctx context.Context, dir string, m *Manifest, o RestoreOptions) error {
	done := 0
	for _, shelf := range sqlstore.Shelves() {
		root := filepath.Join(dir, "files", string(shelf))
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) && path == root {
				return nil
			}
			if err != nil || e.IsDir() {
				return err
			}
			if err := restoreFile(ctx, path, docket.Hash(e.Name()), o.Shelves[shelf]); err != nil {
				return err
			}
			done++
			if o.Progress != nil {
				o.Progress(done, m.Files)
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	if done != m.Files {
		return fmt.Errorf("%w: %d files, the manifest says %d", ErrDamaged, done, m.Files)
	}
	return nil
}

func restoreFile(ctx context.Context, path string, h docket.Hash, to docket.Blobs) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	b, err := to.Put(ctx, f, info.Size())
	if err != nil {
		return fmt.Errorf("file %s: %w", h, err)
	}
	if b.Hash != h {
		return fmt.Errorf("%w: file %s is not what its name says", ErrDamaged, h)
	}
	return nil
}

// restoreTable reads a table's rows and puts them, a thousand at a time.
func restoreTable(ctx context.Context, dir string, t Table, put func(string, []string, [][]any) error) error {
	f, err := os.Open(tablePath(dir, t))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(make([]byte, 1<<16), maxRow)
	var rows [][]any
	n := 0
	for lines.Scan() {
		row, err := readRow(lines.Bytes(), t.Fields)
		if err != nil {
			return fmt.Errorf("%w: row %d: %w", ErrDamaged, n+1, err)
		}
		rows = append(rows, row)
		if n++; len(rows) == 1000 {
			if err := errors.Join(ctx.Err(), put(t.Name, names, rows)); err != nil {
				return err
			}
			rows = rows[:0]
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if n != t.Rows {
		return fmt.Errorf("%w: %d rows, the manifest says %d", ErrDamaged, n, t.Rows)
	}
	if len(rows) == 0 {
		return nil
	}
	return put(t.Name, names, rows)
}

// readRow reads one row's values by their kinds.
func readRow(line []byte, fields []sqlstore.Field) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	if len(raw) != len(fields) {
		return nil, fmt.Errorf("%d values in %d columns", len(raw), len(fields))
	}
	out := make([]any, len(raw))
	for i, f := range fields {
		v, err := readValue(raw[i], f.Kind)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		out[i] = v
	}
	return out, nil
}

func readValue(raw json.RawMessage, kind sqlstore.Kind) (any, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	switch kind {
	case sqlstore.KindInt:
		return strconv.ParseInt(string(raw), 10, 64)
	case sqlstore.KindBool:
		return strconv.ParseBool(string(raw))
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, err
	}
	switch kind {
	case sqlstore.KindText:
		return s, nil
	case sqlstore.KindBytes:
		return base64.StdEncoding.DecodeString(s)
	case sqlstore.KindTime:
		return time.Parse(time.RFC3339Nano, s)
	}
	return nil, fmt.Errorf("a column of kind %q", kind)
}
