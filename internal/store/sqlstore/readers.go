package sqlstore

import (
	"context"
	"fmt"
	"time"

	"mohur/docket"
)

func readerColumns(r *docket.Reader) []column {
	return []column{
		{"id", &r.ID},
		{"subject", &r.Subject},
		{"user_id", ref[docket.ID]{&r.UserID}},
		{"name", &r.Name},
		{"of_agency", &r.OfAgency},
		{"added_by", ref[docket.ID]{&r.AddedBy}},
		{"added_by_name", &r.AddedByName},
		{"added", stamp{&r.Added}},
		{"removed", stamp{&r.Removed}},
		{"removed_by", &r.RemovedBy},
	}
}

// AddReader names a reader.
func (w *work) AddReader(ctx context.Context, r *docket.Reader) error {
	return w.insert(ctx, "readers", readerColumns(r))
}

// RemoveReader takes a reader off.
func (w *work) RemoveReader(ctx context.Context, subject, user docket.ID, by string, now time.Time) error {
	return w.must(ctx, "UPDATE readers SET removed = $1, removed_by = $2 WHERE subject = $3 AND user_id = $4 AND removed IS NULL", instant(now), by, string(subject), string(user))
}

// Readers lists present and former ones.
func (w *work) Readers(ctx context.Context, subject docket.ID) ([]docket.Reader, error) {
	return many(ctx, w, "readers", readerColumns, "WHERE subject = $1 ORDER BY added, id", string(subject))
}

// IsReader says whether a person is named for one of the subjects.
func (w *work) IsReader(ctx context.Context, user docket.ID, subjects ...docket.ID) (bool, error) {
	if len(subjects) == 0 {
		return false, nil
	}
	var q where
	q.and("user_id = ?", string(user))
	q.and("removed IS NULL")
	q.in("subject", texts(subjects))
	n, err := w.count(ctx, "SELECT COUNT(*) FROM readers "+q.String(), q.args...)
	return n > 0, err
}

// namedFor is the condition that a table's row is open, or that the person of its one argument is named for the subject (requirements 8, 20).
func namedFor(table, subject string) string {
	return fmt.Sprintf("(%s.label IN ('', 'open') OR EXISTS (SELECT 1 FROM readers WHERE readers.subject = %s AND readers.removed IS NULL AND readers.user_id = ?))", table, subject)
}
