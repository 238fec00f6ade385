package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
)

func eventColumns(e *docket.Event) []column {
	return []column{
		{"id", &e.ID},
		{"kind", &e.Type},
		{"subject", &e.Subject},
		{"submission_id", &e.Submission},
		{"number", &e.Number},
		{"body_id", &e.BodyID},
		{"agency_only", &e.AgencyOnly},
		{"made", stamp{&e.At}},
	}
}

// placedColumns are an event's columns and its place.
func placedColumns(e *docket.Event) []column {
	return append(eventColumns(e), column{"n", nullable{&e.N}})
}

// AddEvent adds one without a place.
func (w *work) AddEvent(ctx context.Context, e *docket.Event) error {
	return w.insert(ctx, "events", eventColumns(e))
}

// PlaceEvents writes the head's row first, which makes callers queue on both engines: whoever sees a place sees every place below it.
func (w *work) PlaceEvents(ctx context.Context, limit int) ([]docket.Event, error) {
	if err := w.must(ctx, "UPDATE event_head SET n = n WHERE id = 1"); err != nil {
		return nil, err
	}
	last, err := w.LastEvent(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := many(ctx, w, "events", placedColumns, "WHERE n IS NULL ORDER BY id LIMIT $1", limit)
	if err != nil || len(waiting) == 0 {
		return nil, err
	}
	for i := range waiting {
		e := &waiting[i]
		last++
		e.N = last
		if err := w.must(ctx, "UPDATE events SET n = $1 WHERE id = $2 AND n IS NULL", e.N, string(e.ID)); err != nil {
			return nil, err
		}
	}
	return waiting, w.must(ctx, "UPDATE event_head SET n = $1 WHERE id = 1", last)
}

// LastEvent reads the head.
func (w *work) LastEvent(ctx context.Context) (n int64, err error) {
	err = w.tx.QueryRowContext(ctx, "SELECT n FROM event_head WHERE id = 1").Scan(&n)
	return n, translate(err)
}

// Events lists placed ones.
func (w *work) Events(ctx context.Context, f docket.EventFilter) ([]docket.Event, error) {
	var q where
	q.and("n > ?", f.After)
	if f.BodyID != "" {
		q.and("body_id = ?", string(f.BodyID))
		q.and("agency_only = ?", false)
	}
	kinds := make([]string, len(f.Types))
	for i, k := range f.Types {
		kinds[i] = string(k)
	}
	q.in("kind", kinds)
	return many(ctx, w, "events", placedColumns, q.page("n", f.Limit, 0, 100, 1000), q.args...)
}

// RemoveEvents removes placed ones.
func (w *work) RemoveEvents(ctx context.Context, before time.Time) (int, error) {
	return w.exec(ctx, "DELETE FROM events WHERE n IS NOT NULL AND made < $1", instant(before))
}
