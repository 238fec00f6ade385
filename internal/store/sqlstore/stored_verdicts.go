package sqlstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"mohur/docket"
)

func storedVerdictColumns(v *docket.StoredVerdict) []column {
	return []column{
		{"id", &v.ID},
		{"tenant", &v.Tenant},
		{"link", ref[docket.Hash]{&v.Link}},
		{"batch_id", ref[docket.ID]{&v.BatchID}},
		{"seq", &v.Seq},
		{"state", &v.State},
		{"name", &v.Name},
		{"size", &v.Size},
		{"document", &v.Document},
		{"file", &v.File},
		{"keep_file", &v.KeepFile},
		{"beside", doc{&v.Beside}},
		{"policy", &v.Policy},
		{"for_time", stamp{&v.For}},
		{"created", stamp{&v.Created}},
		{"judged", stamp{&v.Judged}},
		{"expires", stamp{&v.Expires}},
		{"format", &v.Format},
		{"indication", &v.Indication},
		{"sub_indication", &v.SubIndication},
		{"failure", &v.Failure},
		{"report", &v.Report},
		{"evidence", doc{&v.Evidence}},
	}
}

// AddStoredVerdict adds one.
func (w *work) AddStoredVerdict(ctx context.Context, v *docket.StoredVerdict) error {
	return w.insert(ctx, "stored_verdicts", storedVerdictColumns(v))
}

// StoredVerdict reads one.
func (w *work) StoredVerdict(ctx context.Context, id docket.ID) (*docket.StoredVerdict, error) {
	return one(ctx, w, "stored_verdicts", storedVerdictColumns, "WHERE id = $1", string(id))
}

// StoredVerdictByLink reads one by the hash of its link's secret.
func (w *work) StoredVerdictByLink(ctx context.Context, link docket.Hash) (*docket.StoredVerdict, error) {
	return one(ctx, w, "stored_verdicts", storedVerdictColumns, "WHERE link = $1", string(link))
}

// FinishStoredVerdict writes the verdict of one that waits.
func (w *work) FinishStoredVerdict(ctx context.Context, v *docket.StoredVerdict) error {
	return w.must(ctx, `UPDATE stored_verdicts SET state = $1, file = $2, beside = $3, judged = $4, format = $5, indication = $6, sub_indication = $7, failure = $8, report = $9,
		evidence = $10 WHERE id = $11 AND state = $12`, string(v.State), string(v.File), doc{&v.Beside}, instant(v.Judged), v.Format, string(v.Indication), string(v.SubIndication),
		v.Failure, string(v.Report), doc{&v.Evidence}, string(v.ID), string(docket.VerdictWaiting))
}

// RemoveStoredVerdict removes one.
func (w *work) RemoveStoredVerdict(ctx context.Context, id docket.ID) error {
	return w.must(ctx, "DELETE FROM stored_verdicts WHERE id = $1", string(id))
}

// ExpiredVerdicts lists those whose time is over.
func (w *work) ExpiredVerdicts(ctx context.Context, now time.Time, limit int) ([]docket.StoredVerdict, error) {
	var q where
	q.and("expires <= ?", instant(now))
	return many(ctx, w, "stored_verdicts", storedVerdictColumns, q.page("expires, id", limit, 0, 100, 1000), q.args...)
}

// HoldBlobs counts holders. The rows are taken in one order by all, so that no two wait for each other.
func (w *work) HoldBlobs(ctx context.Context, hashes ...docket.Hash) error {
	for _, h := range slices.Sorted(slices.Values(hashes)) {
		if _, err := w.exec(ctx, "INSERT INTO held_blobs (hash, holders) VALUES ($1, 1) ON CONFLICT (hash) DO UPDATE SET holders = held_blobs.holders + 1", string(h)); err != nil {
			return err
		}
	}
	return nil
}

// DropBlobs counts back.
func (w *work) DropBlobs(ctx context.Context, hashes ...docket.Hash) (free []docket.Hash, err error) {
	for _, h := range slices.Sorted(slices.Values(hashes)) {
		if _, err := w.exec(ctx, "UPDATE held_blobs SET holders = holders - 1 WHERE hash = $1", string(h)); err != nil {
			return nil, err
		}
		n, err := w.exec(ctx, "DELETE FROM held_blobs WHERE hash = $1 AND holders <= 0", string(h))
		if err != nil {
			return nil, err
		}
		if n > 0 {
			free = append(free, h)
		}
	}
	return free, nil
}

func batchColumns(b *docket.Batch) []column {
	return []column{
		{"id", &b.ID},
		{"tenant", &b.Tenant},
		{"state", &b.State},
		{"policy", &b.Policy},
		{"for_time", stamp{&b.For}},
		{"keep_file", &b.KeepFile},
		{"total", &b.Total},
		{"created", stamp{&b.Created}},
		{"ended", stamp{&b.Ended}},
		{"expires", stamp{&b.Expires}},
		{"owner", &b.Owner},
		{"lease", stamp{&b.Lease}},
	}
}

// AddBatch adds one.
func (w *work) AddBatch(ctx context.Context, b *docket.Batch) error {
	return w.insert(ctx, "batches", batchColumns(b))
}

// Batch reads one.
func (w *work) Batch(ctx context.Context, id docket.ID) (*docket.Batch, error) {
	return one(ctx, w, "batches", batchColumns, "WHERE id = $1", string(id))
}

// MoveBatch changes the state; an end has its time and no owner.
func (w *work) MoveBatch(ctx context.Context, id docket.ID, from, to docket.BatchState, now time.Time) error {
	var ended any
	if to == docket.BatchDone || to == docket.BatchCancelled {
		ended = instant(now)
	}
	return w.must(ctx, "UPDATE batches SET state = $1, ended = $2, owner = '', lease = NULL WHERE id = $3 AND state = $4", string(to), ended, string(id), string(from))
}

// OpenBatches counts a tenant's batches that are coming in or running.
func (w *work) OpenBatches(ctx context.Context, tenant string) (int, error) {
	return w.count(ctx, "SELECT COUNT(*) FROM batches WHERE tenant = $1 AND state IN ($2, $3)", tenant, string(docket.BatchReceiving), string(docket.BatchRunning))
}

// ClaimBatch gives a running batch to owner until the lease.
func (w *work) ClaimBatch(ctx context.Context, id docket.ID, owner string, now, lease time.Time) error {
	return w.must(ctx, "UPDATE batches SET owner = $1, lease = $2 WHERE id = $3 AND state = $4 AND (owner = $1 OR lease IS NULL OR lease <= $5)",
		owner, instant(lease), string(id), string(docket.BatchRunning), instant(now))
}

// IdleBatches lists running batches that nobody holds a lease of.
func (w *work) IdleBatches(ctx context.Context, now time.Time) ([]docket.Batch, error) {
	return many(ctx, w, "batches", batchColumns, "WHERE state = $1 AND (lease IS NULL OR lease <= $2) ORDER BY id LIMIT 100", string(docket.BatchRunning), instant(now))
}

// ExpiredBatches lists those whose time is over.
func (w *work) ExpiredBatches(ctx context.Context, now time.Time, limit int) ([]docket.Batch, error) {
	var q where
	q.and("expires <= ?", instant(now))
	return many(ctx, w, "batches", batchColumns, q.page("expires, id", limit, 0, 100, 1000), q.args...)
}

// RemoveBatch removes one that has no documents left.
func (w *work) RemoveBatch(ctx context.Context, id docket.ID) error {
	return w.must(ctx, "DELETE FROM batches WHERE id = $1", string(id))
}

// CountBatch counts how a batch's documents came out.
func (w *work) CountBatch(ctx context.Context, id docket.ID) (out []docket.BatchCount, err error) {
	rows, err := w.tx.QueryContext(ctx, `SELECT state, indication, failure <> '', COUNT(*) FROM stored_verdicts WHERE batch_id = $1
		GROUP BY state, indication, failure <> '' ORDER BY state, indication`, string(id))
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var c docket.BatchCount
		if err := rows.Scan(&c.State, &c.Indication, &c.Failed, &c.N); err != nil {
			return nil, translate(err)
		}
		out = append(out, c)
	}
	return out, translate(rows.Err())
}

// BatchVerdicts lists a batch's documents after a place, in order.
func (w *work) BatchVerdicts(ctx context.Context, id docket.ID, state docket.StoredState, after, limit int) ([]docket.StoredVerdict, error) {
	var q where
	q.and("batch_id = ?", string(id))
	q.and("seq > ?", after)
	if state != "" {
		q.and("state = ?", string(state))
	}
	return many(ctx, w, "stored_verdicts", storedVerdictColumns, q.page("seq", limit, 0, 100, 1000), q.args...)
}
