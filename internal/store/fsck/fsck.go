// Package fsck holds what the office keeps against itself: rows against rows, rows against files, files against their names, the log against its chain
// and its checkpoints. It changes nothing; what it finds is data, an error means that it could not look.
package fsck

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"time"

	"mohur/docket"
	"mohur/internal/audit"
	"mohur/internal/store/sqlstore"
)

// The kinds of findings about files and the log; those about rows are sqlstore's faults.
const (
	MissingFile = "file_missing" // a row names a file that is not there
	ChangedFile = "file_changed" // a file's bytes are not those that its name says
	NoHash      = "file_name"    // a row names a file by what is no SHA-256
	AuditLog    = "audit_log"
)

// Finding is one thing that is wrong.
type Finding struct {
	Kind    string `json:"kind"`
	Subject string `json:"subject"` // a row's key, a file's hash, a journal
	Detail  string `json:"detail"`
}

// Files is a store of files that can be gone through.
type Files interface {
	docket.Blobs
	Older(ctx context.Context, before time.Time, do func(h docket.Hash) error) error
}

// Options say what to look at. Shelves and Now are needed.
type Options struct {
	Shelves     map[sqlstore.Shelf]Files
	Checkpoints []audit.Checkpoint
	Quick       bool // files are asked for, not read
	Now         time.Time
	Progress    func(done, total int) // files; nil: nobody is told
}

// Report is what was looked at and found.
type Report struct {
	Findings []Finding `json:"findings"`
	Files    int       `json:"files"`   // that rows name
	Bytes    int64     `json:"bytes"`   // read
	Orphans  int       `json:"orphans"` // files that no row names: of what was given up, refused or removed; no fault
	Entries  int64     `json:"entries"` // chained in the log
	Waiting  int64     `json:"waiting"` // not chained yet
}

// Clean says whether nothing is wrong.
func (r *Report) Clean() bool { return len(r.Findings) == 0 }

// checker is one run.
type checker struct {
	Options
	report *Report
	named  map[sqlstore.Shelf]map[[32]byte]sqlstore.FileRef
}

// Check looks at everything.
func Check(ctx context.Context, store *sqlstore.Store, o Options) (*Report, error) {
	c := &checker{Options: o, report: &Report{Findings: []Finding{}}, named: map[sqlstore.Shelf]map[[32]byte]sqlstore.FileRef{}}
	wrong, err := store.Disagreements(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range wrong {
		c.found(string(d.Fault), d.Subject, d.Detail)
	}
	if err := c.log(ctx, store); err != nil {
		return nil, err
	}
	if err := store.Files(ctx, c.name); err != nil {
		return nil, err
	}
	if err := c.files(ctx); err != nil {
		return nil, err
	}
	return c.report, c.orphans(ctx)
}

func (c *checker) found(kind, subject, detail string) {
	c.report.Findings = append(c.report.Findings, Finding{kind, subject, detail})
}

// log walks the chain.
func (c *checker) log(ctx context.Context, l audit.Log) error {
	f, err := audit.Check(ctx, l, c.Checkpoints, c.Now)
	if err != nil {
		return err
	}
	c.report.Entries, c.report.Waiting = f.Entries, f.Unlinked
	if !f.Intact() {
		c.found(AuditLog, fmt.Sprintf("entry %d", f.N), string(f.Fault))
	}
	return nil
}

// name notes a file that a row names.
func (c *checker) name(r sqlstore.FileRef) error {
	if !r.Hash.Valid() {
		c.found(NoHash, r.Table+" "+r.Row, r.Column)
		return nil
	}
	if c.named[r.Shelf] == nil {
		c.named[r.Shelf] = map[[32]byte]sqlstore.FileRef{}
	}
	if h := [32]byte(r.Hash.Bytes()); c.named[r.Shelf][h].Table == "" {
		r.Hash = ""
		c.named[r.Shelf][h] = r
		c.report.Files++
	}
	return nil
}

// files reads every file that a row names.
func (c *checker) files(ctx context.Context) error {
	done := 0
	for shelf, named := range c.named {
		for h, r := range named {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := c.file(ctx, c.Shelves[shelf], docket.HashOf(h), r); err != nil {
				return err
			}
			done++
			if c.Progress != nil {
				c.Progress(done, c.report.Files)
			}
		}
	}
	return nil
}

// file looks at one.
func (c *checker) file(ctx context.Context, shelf Files, h docket.Hash, r sqlstore.FileRef) error {
	by := r.Table + "." + r.Column + " " + r.Row
	f, err := shelf.Open(ctx, h)
	if docket.CodeOf(err) == docket.CodeNotFound {
		c.found(MissingFile, string(h), by)
		return nil
	}
	if errors.Is(err, docket.ErrBlobChanged) {
		c.found(ChangedFile, string(h), by)
		return nil
	}
	if err != nil {
		return fmt.Errorf("file %s: %w", h, err)
	}
	defer func() { _ = f.Close() }()
	if c.Quick {
		return nil
	}
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	c.report.Bytes += n
	if err != nil || docket.HashOf([32]byte(sum.Sum(nil))) != h {
		detail := by
		if err != nil {
			detail += ": " + err.Error()
		}
		c.found(ChangedFile, string(h), detail)
	}
	return nil
}

// orphans counts the files that no row names. What came within the hour may be on its way to a row.
func (c *checker) orphans(ctx context.Context) error {
	var errs []error
	for shelf, files := range c.Shelves {
		errs = append(errs, files.Older(ctx, c.Now.Add(-time.Hour), func(h docket.Hash) error {
			if _, ok := c.named[shelf][[32]byte(h.Bytes())]; !ok {
				c.report.Orphans++
			}
			return nil
		}))
	}
	return errors.Join(errs...)
}
