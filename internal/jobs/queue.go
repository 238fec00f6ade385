package jobs

import "context"

// Queue says how many tasks wait or are worked on, and how many of them failed before and are tried again. What was given up counts as failing
// until it is swept away.
func (r *Runner) Queue(ctx context.Context) (waiting, failing int, err error) {
	const query = `SELECT COALESCE(SUM(CASE WHEN state IN ('available', 'pending', 'running', 'scheduled', 'retryable') THEN 1 ELSE 0 END), 0),
		COALESCE(SUM(CASE WHEN state IN ('retryable', 'discarded') THEN 1 ELSE 0 END), 0)
		FROM river_job WHERE state IN ('available', 'pending', 'running', 'scheduled', 'retryable', 'discarded')`
	err = r.o.DB.QueryRowContext(ctx, query).Scan(&waiting, &failing)
	return waiting, failing, err
}
