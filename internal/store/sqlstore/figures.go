package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/internal/audit"
)

// Figures are what an administrator is shown of the database's state.
type Figures struct {
	Migration  int64     // the newest that was applied
	PostQueued int       // messages that have not left
	PostFailed int       // messages that were given up
	Unlinked   int       // entries of the audit log that are not chained
	Oldest     time.Time // the oldest of them; zero: none
}

// Figures counts; each number comes from an index.
func (s *Store) Figures(ctx context.Context) (f Figures, err error) {
	err = s.read(ctx, func(w *work) error {
		n, err := w.count(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version WHERE is_applied")
		if err != nil {
			return err
		}
		f.Migration = int64(n)
		for state, at := range map[docket.PostState]*int{
			docket.PostQueued: &f.PostQueued, docket.PostSending: &f.PostQueued, docket.PostFailed: &f.PostQueued, docket.PostGivenUp: &f.PostFailed, docket.PostUnknown: &f.PostFailed,
		} {
			n, err := w.count(ctx, "SELECT COUNT(*) FROM notifications WHERE delivery = $1", string(state))
			if err != nil {
				return err
			}
			*at += n
		}
		if f.Unlinked, err = w.count(ctx, "SELECT COUNT(*) FROM audit_log WHERE n IS NULL"); err != nil || f.Unlinked == 0 {
			return err
		}
		return translate(w.tx.QueryRowContext(ctx, "SELECT made FROM audit_log WHERE n IS NULL ORDER BY id LIMIT 1").Scan(stamp{&f.Oldest}))
	})
	return f, err
}

// Search implements audit.Searcher: newest first, each page goes on before the last entry of the one before.
func (s *Store) Search(ctx context.Context, f audit.Filter) (list []audit.Link, err error) {
	var q where
	if !f.From.IsZero() {
		q.and("made >= ?", instant(f.From))
	}
	if !f.To.IsZero() {
		q.and("made < ?", instant(f.To))
	}
	if f.Action != "" {
		q.and("action = ?", f.Action)
	}
	if f.Actor != "" {
		q.and("actor = ?", string(f.Actor))
	}
	if f.Subject != "" {
		q.and("subject = ?", string(f.Subject))
	}
	if f.Before != "" {
		q.and("id < ?", string(f.Before))
	}
	err = s.read(ctx, func(w *work) error {
		list, err = many(ctx, w, "audit_log", chainColumns, q.page("id DESC", f.Limit, 0, 50, 201), q.args...)
		return err
	})
	return list, err
}
