package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"mohur/internal/audit"
	"mohur/internal/store/sqlstore"
	"mohur/internal/web"
)

// auditPage is what the audit page reads.
type auditPage struct {
	store *sqlstore.Store
	now   func() time.Time
	dir   string // of checkpoints
}

// shownCheckpoints are the newest.
const shownCheckpoints = 20

// Check walks the chain and compares it with the checkpoints.
func (p auditPage) Check(ctx context.Context) (web.AuditState, error) {
	checkpoints, err := p.checkpoints()
	if err != nil {
		return web.AuditState{}, err
	}
	f, err := audit.Check(ctx, p.store, checkpoints, p.now())
	if err != nil {
		return web.AuditState{}, err
	}
	state := web.AuditState{Walked: true, Intact: f.Intact(), Entries: f.Entries, Unlinked: f.Unlinked, Head: f.Head.Hash}
	if !f.Intact() {
		state.Problem = findingSentence(f, 0)
	}
	return state, nil
}

// Now says where the chain ends.
func (p auditPage) Now(ctx context.Context) (web.AuditState, error) {
	head, err := p.store.Head(ctx)
	if err != nil {
		return web.AuditState{}, err
	}
	f, err := p.store.Figures(ctx)
	return web.AuditState{Entries: head.N, Head: head.Hash, Unlinked: int64(f.Unlinked), Oldest: f.Oldest}, err
}

// Search lists entries.
func (p auditPage) Search(ctx context.Context, f web.AuditFilter) ([]web.AuditLine, error) {
	links, err := p.store.Search(ctx, audit.Filter(f))
	if err != nil {
		return nil, err
	}
	out := make([]web.AuditLine, 0, len(links))
	for _, l := range links {
		out = append(out, web.AuditLine{Seq: l.N, Hash: l.Hash, Entry: l.Entry})
	}
	return out, nil
}

// checkpoints reads those that were exported; none where there is no file.
func (p auditPage) checkpoints() ([]audit.Checkpoint, error) {
	f, err := os.Open(filepath.Join(p.dir, checkpointFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return audit.ReadCheckpoints(f)
}

// Checkpoints lists the newest ones first.
func (p auditPage) Checkpoints(context.Context) (out []web.AuditCheckpoint, err error) {
	list, err := p.checkpoints()
	for i := len(list) - 1; i >= 0 && len(out) < shownCheckpoints; i-- {
		c := list[i]
		out = append(out, web.AuditCheckpoint{N: c.N, Hash: c.Hash, At: c.At, Stamped: len(c.Timestamp) > 0})
	}
	return out, err
}

// Bundle writes the export.
func (p auditPage) Bundle(ctx context.Context, w io.Writer) error {
	var files [2][]byte
	for i, name := range []string{checkpointFile, auditKeyFile} {
		b, err := os.ReadFile(filepath.Join(p.dir, name))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		files[i] = b
	}
	return audit.WriteBundle(ctx, w, p.store, files[0], files[1], p.now())
}
