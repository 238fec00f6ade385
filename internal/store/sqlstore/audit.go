package sqlstore

import (
	"context"
	"fmt"
	"time"

	"mohur/docket"
	"mohur/internal/audit"
)

var _ audit.Log = (*Store)(nil)

// chainColumns are an entry's columns and its place in the chain.
func chainColumns(l *audit.Link) []column {
	return append(auditColumns(&l.Entry), column{"n", nullable{&l.N}}, column{"hash", &l.Hash})
}

// nullable reads a number that may be absent as 0.
type nullable struct{ n *int64 }

// Scan implements sql.Scanner.
func (v nullable) Scan(src any) error {
	switch x := src.(type) {
	case nil:
		*v.n = 0
	case int64:
		*v.n = x
	default:
		return fmt.Errorf("number of type %T", src)
	}
	return nil
}

// Chain implements audit.Log. Writing the head's row first makes linkers queue on both engines.
func (s *Store) Chain(ctx context.Context, limit int, sum func(string, int64, *docket.AuditEntry) (string, error)) (done int, err error) {
	err = s.InTx(ctx, func(dw docket.Work) error {
		w := dw.(*work)
		done = 0
		if err := w.must(ctx, "UPDATE audit_head SET n = n WHERE id = 1"); err != nil {
			return err
		}
		head, err := w.auditHead(ctx)
		if err != nil {
			return err
		}
		waiting, err := many(ctx, w, "audit_log", chainColumns, "WHERE n IS NULL ORDER BY id LIMIT $1", limit)
		if err != nil {
			return err
		}
		for i := range waiting {
			e := &waiting[i].Entry
			hash, err := sum(head.Hash, head.N+1, e)
			if err != nil {
				return err
			}
			head = audit.Head{N: head.N + 1, Hash: hash}
			if err := w.must(ctx, "UPDATE audit_log SET n = $1, hash = $2 WHERE id = $3 AND n IS NULL", head.N, head.Hash, string(e.ID)); err != nil {
				return err
			}
		}
		done = len(waiting)
		if done == 0 {
			return nil
		}
		return w.must(ctx, "UPDATE audit_head SET n = $1, hash = $2 WHERE id = 1", head.N, head.Hash)
	})
	return done, err
}

func (w *work) auditHead(ctx context.Context) (h audit.Head, err error) {
	err = w.tx.QueryRowContext(ctx, "SELECT n, hash FROM audit_head WHERE id = 1").Scan(&h.N, &h.Hash)
	return h, translate(err)
}

// read runs do on a snapshot, with the store's own unit of work.
func (s *Store) read(ctx context.Context, do func(w *work) error) error {
	return s.Read(ctx, func(dw docket.Work) error { return do(dw.(*work)) })
}

// Head implements audit.Log.
func (s *Store) Head(ctx context.Context) (h audit.Head, err error) {
	err = s.read(ctx, func(w *work) error { h, err = w.auditHead(ctx); return err })
	return h, err
}

// Links implements audit.Log.
func (s *Store) Links(ctx context.Context, after int64, limit int) (list []audit.Link, err error) {
	err = s.read(ctx, func(w *work) error {
		list, err = many(ctx, w, "audit_log", chainColumns, "WHERE n > $1 ORDER BY n LIMIT $2", after, limit)
		return err
	})
	return list, err
}

// Newest implements audit.Log.
func (s *Store) Newest(ctx context.Context, limit int) (list []audit.Link, err error) {
	err = s.read(ctx, func(w *work) error {
		list, err = many(ctx, w, "audit_log", chainColumns, "ORDER BY id DESC LIMIT $1", limit)
		return err
	})
	return list, err
}

// Unlinked implements audit.Log.
func (s *Store) Unlinked(ctx context.Context, before time.Time) (all, old int64, err error) {
	err = s.read(ctx, func(w *work) error {
		n, err := w.count(ctx, "SELECT COUNT(*) FROM audit_log WHERE n IS NULL")
		if err != nil {
			return err
		}
		m, err := w.count(ctx, "SELECT COUNT(*) FROM audit_log WHERE n IS NULL AND made < $1", instant(before))
		all, old = int64(n), int64(m)
		return err
	})
	return all, old, err
}
