package sqlstore

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
)

// ClaimNotification takes one for sending.
func (w *work) ClaimNotification(ctx context.Context, id docket.ID, owner string, lease time.Time) (*docket.Notification, error) {
	err := w.must(ctx, `UPDATE notifications SET delivery = 'sending', owner = $1, lease = $2, attempts = attempts + 1
		WHERE id = $3 AND channel <> 'system' AND delivery IN ('queued', 'failed')`, owner, instant(lease), string(id))
	if err != nil {
		return nil, err
	}
	return w.Notification(ctx, id)
}

// NotificationSent ends the owner's claim and blanks a secret link.
func (w *work) NotificationSent(ctx context.Context, id docket.ID, owner string, now time.Time) error {
	return w.must(ctx, `UPDATE notifications SET delivery = 'sent', sent = $1, owner = '', lease = NULL, failure = '', link = CASE WHEN secret THEN '' ELSE link END
		WHERE id = $2 AND delivery = 'sending' AND owner = $3`, instant(now), string(id), owner)
}

// NotificationFailed ends the owner's claim otherwise.
func (w *work) NotificationFailed(ctx context.Context, id docket.ID, owner string, as docket.PostState, failure string) error {
	return w.must(ctx, `UPDATE notifications SET delivery = $1, owner = '', lease = NULL, failure = $2 WHERE id = $3 AND delivery = 'sending' AND owner = $4`,
		string(as), failure, string(id), owner)
}

// LapsedNotifications marks what nobody sends any more.
func (w *work) LapsedNotifications(ctx context.Context, now time.Time) (int, error) {
	return w.exec(ctx, "UPDATE notifications SET delivery = 'unknown', owner = '', lease = NULL, failure = 'interrupted' WHERE delivery = 'sending' AND lease < $1", instant(now))
}

// RequeueNotification queues one anew.
func (w *work) RequeueNotification(ctx context.Context, id docket.ID) error {
	return w.must(ctx, "UPDATE notifications SET delivery = 'queued' WHERE id = $1 AND delivery IN ('failed', 'given_up', 'unknown')", string(id))
}

// ListOutgoing lists mail and SMS; ids are in the order of making.
func (w *work) ListOutgoing(ctx context.Context, f docket.OutgoingFilter) ([]docket.Notification, error) {
	var q where
	q.and("channel <> 'system'")
	if f.Delivery != "" {
		q.and("delivery = ?", string(f.Delivery))
	}
	if f.Before != "" {
		q.and("id < ?", string(f.Before))
	}
	return many(ctx, w, "notifications", notificationColumns, q.page("id DESC", f.Limit, 0, 50, 500), q.args...)
}

// CountOutgoing counts mail and SMS by state.
func (w *work) CountOutgoing(ctx context.Context) (_ map[docket.PostState]int, err error) {
	rows, err := w.tx.QueryContext(ctx, "SELECT delivery, COUNT(*) FROM notifications WHERE channel <> 'system' GROUP BY delivery")
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	counts := map[docket.PostState]int{}
	for rows.Next() {
		var d docket.PostState
		var n int
		if err := rows.Scan(&d, &n); err != nil {
			return nil, translate(err)
		}
		counts[d] = n
	}
	return counts, translate(rows.Err())
}

// Outgoing lists mail and SMS, newest first.
func (w *work) Outgoing(ctx context.Context, body docket.ID, limit int) ([]docket.Notification, error) {
	var q where
	q.and("channel <> 'system'")
	if body != "" {
		q.and("body_id = ?", string(body))
	}
	return many(ctx, w, "notifications", notificationColumns, q.page("created DESC, id DESC", limit, 0, 50, 500), q.args...)
}
