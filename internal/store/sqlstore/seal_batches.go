package sqlstore

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
)

func sealBatchColumns(b *docket.SealBatch) []column {
	return []column{
		{"id", &b.ID},
		{"client", &b.Client},
		{"tenant", &b.Tenant},
		{"profile", &b.Profile},
		{"idem_key", &b.Key},
		{"request", &b.Request},
		{"total", &b.Total},
		{"created", stamp{&b.Created}},
		{"cancelled", stamp{&b.Cancelled}},
		{"expires", stamp{&b.Expires}},
	}
}

// AddSealBatch adds one.
func (w *work) AddSealBatch(ctx context.Context, b *docket.SealBatch) error {
	return w.insert(ctx, "seal_batches", sealBatchColumns(b))
}

// SealBatch reads one.
func (w *work) SealBatch(ctx context.Context, id docket.ID) (*docket.SealBatch, error) {
	return one(ctx, w, "seal_batches", sealBatchColumns, "WHERE id = $1", string(id))
}

// SealBatchByKey reads a client's by its key.
func (w *work) SealBatchByKey(ctx context.Context, client, key string) (*docket.SealBatch, error) {
	return one(ctx, w, "seal_batches", sealBatchColumns, "WHERE client = $1 AND idem_key = $2 AND idem_key <> ''", client, key)
}

// CancelSealBatch abandons what waits.
func (w *work) CancelSealBatch(ctx context.Context, id docket.ID, now time.Time) error {
	if err := w.must(ctx, "UPDATE seal_batches SET cancelled = $1 WHERE id = $2 AND cancelled IS NULL", instant(now), string(id)); err != nil {
		return err
	}
	_, err := w.exec(ctx, "UPDATE seal_requests SET state = 'abandoned', ended = $1, owner = '', lease = NULL WHERE batch_id = $2 AND state = 'received' AND (owner = '' OR lease <= $1)",
		instant(now), string(id))
	return err
}

// CountSealBatch counts where its requests stand.
func (w *work) CountSealBatch(ctx context.Context, id docket.ID) (out []docket.SealBatchCount, err error) {
	rows, err := w.tx.QueryContext(ctx, "SELECT state, COUNT(*) FROM seal_requests WHERE batch_id = $1 GROUP BY state ORDER BY state", string(id))
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var c docket.SealBatchCount
		if err := rows.Scan(&c.State, &c.N); err != nil {
			return nil, translate(err)
		}
		out = append(out, c)
	}
	return out, translate(rows.Err())
}

// SealBatchRequests lists a batch's requests after a place, in order.
func (w *work) SealBatchRequests(ctx context.Context, id docket.ID, state docket.SealRequestState, after, limit int) ([]docket.SealRequest, error) {
	var q where
	q.and("batch_id = ?", string(id))
	q.and("seq > ?", after)
	if state != "" {
		q.and("state = ?", string(state))
	}
	return many(ctx, w, "seal_requests", sealRequestColumns, q.page("seq", limit, 0, 100, 1000), q.args...)
}

// OpenSealBatches counts a client's unfinished batches.
func (w *work) OpenSealBatches(ctx context.Context, client string) (int, error) {
	return w.count(ctx, "SELECT COUNT(DISTINCT batch_id) FROM seal_requests WHERE batch_id IS NOT NULL AND client = $1 AND "+openSeals, client)
}
