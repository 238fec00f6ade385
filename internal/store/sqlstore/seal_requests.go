package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func sealRequestColumns(r *docket.SealRequest) []column {
	return []column{
		{"id", &r.ID},
		{"kind", &r.Kind},
		{"state", &r.State},
		{"client", &r.Client},
		{"tenant", &r.Tenant},
		{"profile", &r.Profile},
		{"version", &r.Version},
		{"idem_key", &r.Key},
		{"request", &r.Request},
		{"batch_id", ref[docket.ID]{&r.BatchID}},
		{"seq", &r.Seq},
		{"async", &r.Async},
		{"name", &r.Name},
		{"size", &r.Size},
		{"document", &r.Document},
		{"packaging", &r.Packaging},
		{"wanted", &r.Count},
		{"credential", &r.Credential},
		{"key_label", &r.KeyLabel},
		{"certificate", &r.Certificate},
		{"level", &r.Level},
		{"day", day{&r.Day}},
		{"owner", &r.Owner},
		{"lease", stamp{&r.Lease}},
		{"attempts", &r.Attempts},
		{"input", ref[docket.ID]{&r.Input}},
		{"verdict", ref[docket.ID]{&r.Verdict}},
		{"released", &r.Released},
		{"released_size", &r.ReleasedSize},
		{"failure", &r.Failure},
		{"check_failed", &r.Check},
		{"created", stamp{&r.Created}},
		{"intended", stamp{&r.Intended}},
		{"ended", stamp{&r.Ended}},
		{"expires", stamp{&r.Expires}},
		{"kept", &r.Kept},
	}
}

// AddSealRequest adds one.
func (w *work) AddSealRequest(ctx context.Context, r *docket.SealRequest) error {
	return w.insert(ctx, "seal_requests", sealRequestColumns(r))
}

// SealRequest reads one.
func (w *work) SealRequest(ctx context.Context, id docket.ID) (*docket.SealRequest, error) {
	return one(ctx, w, "seal_requests", sealRequestColumns, "WHERE id = $1", string(id))
}

// SealRequestByKey reads a client's by its key.
func (w *work) SealRequestByKey(ctx context.Context, client, key string) (*docket.SealRequest, error) {
	return one(ctx, w, "seal_requests", sealRequestColumns, "WHERE client = $1 AND idem_key = $2 AND idem_key <> ''", client, key)
}

// ForgetSealKeys empties old keys.
func (w *work) ForgetSealKeys(ctx context.Context, before time.Time) error {
	for _, table := range []string{"seal_requests", "seal_batches"} {
		if _, err := w.exec(ctx, "UPDATE "+table+" SET idem_key = '' WHERE idem_key <> '' AND created < $1", instant(before)); err != nil {
			return err
		}
	}
	return nil
}

// openSeals are the states from which something may come.
const openSeals = "state IN ('received', 'sealing')"

// ClaimSealRequest takes the lease if it is free and due.
func (w *work) ClaimSealRequest(ctx context.Context, id docket.ID, owner string, now, lease time.Time) error {
	return w.must(ctx, "UPDATE seal_requests SET owner = $1, lease = $2, attempts = attempts + 1 WHERE id = $3 AND "+openSeals+" AND (lease IS NULL OR lease <= $4)",
		owner, instant(lease), string(id), instant(now))
}

// KeepSealRequest prolongs the lease.
func (w *work) KeepSealRequest(ctx context.Context, id docket.ID, owner string, lease time.Time) error {
	return w.must(ctx, "UPDATE seal_requests SET lease = $1 WHERE id = $2 AND owner = $3 AND "+openSeals, instant(lease), string(id), owner)
}

// IntendSealRequest writes the intent of one that was received.
func (w *work) IntendSealRequest(ctx context.Context, r *docket.SealRequest) error {
	return w.must(ctx, `UPDATE seal_requests SET state = 'sealing', version = $1, credential = $2, key_label = $3, certificate = $4, level = $5, day = $6, input = $7, intended = $8,
		failure = '', check_failed = '' WHERE id = $9 AND owner = $10 AND state = 'received'`,
		r.Version, r.Credential, r.KeyLabel, string(r.Certificate), r.Level, r.Day.String(), ref[docket.ID]{&r.Input}, instant(r.Intended), string(r.ID), r.Owner)
}

// RetargetSealRequest names another certificate while its owner holds it.
func (w *work) RetargetSealRequest(ctx context.Context, id docket.ID, owner, key string, certificate docket.Hash, lease time.Time) error {
	return w.must(ctx, `UPDATE seal_requests SET key_label = $1, certificate = $2, lease = $3, attempts = attempts + 1
		WHERE id = $4 AND owner = $5 AND state = 'sealing' AND released = ''`, key, string(certificate), instant(lease), string(id), owner)
}

// ReleaseSealRequest records the one sealed file.
func (w *work) ReleaseSealRequest(ctx context.Context, r *docket.SealRequest) error {
	return w.must(ctx, `UPDATE seal_requests SET state = 'released', released = $1, released_size = $2, verdict = $3, ended = $4, owner = '', lease = NULL, failure = '', check_failed = ''
		WHERE id = $5 AND owner = $6 AND state = 'sealing' AND released = ''`,
		string(r.Released), r.ReleasedSize, ref[docket.ID]{&r.Verdict}, instant(r.Ended), string(r.ID), r.Owner)
}

// PostponeSealRequest gives the lease back.
func (w *work) PostponeSealRequest(ctx context.Context, id docket.ID, owner, failure string, again time.Time) error {
	return w.must(ctx, "UPDATE seal_requests SET failure = $1, owner = '', lease = $2 WHERE id = $3 AND owner = $4 AND "+openSeals, failure, instant(again), string(id), owner)
}

// EndSealRequest writes an end without a seal.
func (w *work) EndSealRequest(ctx context.Context, r *docket.SealRequest) error {
	return w.must(ctx, "UPDATE seal_requests SET state = $1, failure = $2, check_failed = $3, ended = $4, owner = '', lease = NULL WHERE id = $5 AND owner = $6 AND "+openSeals,
		string(r.State), r.Failure, r.Check, instant(r.Ended), string(r.ID), r.Owner)
}

// OpenSealRequests lists what nobody works on and is due.
func (w *work) OpenSealRequests(ctx context.Context, now, waiting time.Time, limit int) ([]docket.SealRequest, error) {
	var q where
	q.and(openSeals)
	q.and("(lease IS NULL OR lease <= ?)", instant(now))
	q.and("(attempts > 0 OR created <= ?)", instant(waiting))
	return many(ctx, w, "seal_requests", sealRequestColumns, q.page("id", limit, 0, 100, 1000), q.args...)
}

// CountSeals counts, unless the limit would be exceeded.
func (w *work) CountSeals(ctx context.Context, scope string, on calendar.Date, n, limit int) error {
	full := docket.Refuse(docket.CodeLimited, docket.KeyProfileSpent).With("max", limit)
	if limit > 0 && n > limit {
		return full
	}
	changed, err := w.exec(ctx, `INSERT INTO seal_counts (scope, day, n) VALUES ($1, $2, $3)
		ON CONFLICT (scope, day) DO UPDATE SET n = seal_counts.n + $3 WHERE $4 <= 0 OR seal_counts.n + $3 <= $4`, scope, on.String(), n, limit)
	if err == nil && changed != 1 {
		return full
	}
	return err
}

// SealCounts lists the counts from a day on.
func (w *work) SealCounts(ctx context.Context, from calendar.Date) ([]docket.SealCount, error) {
	return many(ctx, w, "seal_counts", func(c *docket.SealCount) []column {
		return []column{{"scope", &c.Scope}, {"day", day{&c.Day}}, {"n", &c.N}}
	}, "WHERE day >= $1 ORDER BY scope, day", from.String())
}

// ExpiredSealRequests lists ended ones whose files' time is over.
func (w *work) ExpiredSealRequests(ctx context.Context, now time.Time, limit int) ([]docket.SealRequest, error) {
	var q where
	q.and("kept")
	q.and("NOT (" + openSeals + ")")
	q.and("expires <= ?", instant(now))
	return many(ctx, w, "seal_requests", sealRequestColumns, q.page("expires, id", limit, 0, 100, 1000), q.args...)
}

// DropSealFiles notes that the files of one are gone.
func (w *work) DropSealFiles(ctx context.Context, id docket.ID) error {
	return w.must(ctx, "UPDATE seal_requests SET kept = $1 WHERE id = $2 AND kept", false, string(id))
}

// SealFileInUse asks for a request that keeps the file.
func (w *work) SealFileInUse(ctx context.Context, file docket.Hash) (bool, error) {
	n, err := w.count(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM seal_requests WHERE kept AND document = $1 UNION ALL SELECT 1 FROM seal_requests WHERE kept AND released = $1) AS held", string(file))
	return n > 0, err
}
