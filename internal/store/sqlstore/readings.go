package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mohur/docket"
)

// ReadNotification notes one reading.
func (w *work) ReadNotification(ctx context.Context, user, notification docket.ID, now time.Time) error {
	_, err := w.exec(ctx, "INSERT INTO notification_readings (user_id, notification_id, read_at) VALUES ($1, $2, $3) ON CONFLICT (user_id, notification_id) DO NOTHING",
		string(user), string(notification), instant(now))
	return err
}

// ReadUntil moves the mark up to which a user has read everything; single readings before it are not needed any more.
func (w *work) ReadUntil(ctx context.Context, user docket.ID, now time.Time) error {
	_, err := w.exec(ctx, "INSERT INTO notification_marks (user_id, until) VALUES ($1, $2) ON CONFLICT (user_id) DO UPDATE SET until = excluded.until", string(user), instant(now))
	return err
}

// mark is up to when a user has read everything; zero: nothing.
func (w *work) mark(ctx context.Context, user docket.ID) (until time.Time, err error) {
	err = translate(w.tx.QueryRowContext(ctx, "SELECT until FROM notification_marks WHERE user_id = $1", string(user)).Scan(stamp{&until}))
	if errors.Is(err, docket.ErrNotFound) {
		err = nil
	}
	return until, err
}

// Readings says when the user read which.
func (w *work) Readings(ctx context.Context, user docket.ID, of []docket.Notification) (_ map[docket.ID]time.Time, err error) {
	out := map[docket.ID]time.Time{}
	if len(of) == 0 {
		return out, nil
	}
	until, err := w.mark(ctx, user)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(of))
	for i, n := range of {
		ids[i] = string(n.ID)
		if !n.Created.After(until) {
			out[n.ID] = until
		}
	}
	var q where
	q.and("user_id = ?", string(user))
	q.in("notification_id", ids)
	rows, err := w.tx.QueryContext(ctx, "SELECT notification_id, read_at FROM notification_readings "+q.String(), q.args...)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var id docket.ID
		var at time.Time
		if err := rows.Scan(&id, stamp{&at}); err != nil {
			return nil, translate(err)
		}
		out[id] = at
	}
	return out, translate(rows.Err())
}

// CountUnread counts to at most top, from the newest on.
func (w *work) CountUnread(ctx context.Context, body, user docket.ID, top int) (int, error) {
	until, err := w.mark(ctx, user)
	if err != nil {
		return 0, err
	}
	q := toldTo(body, user)
	if !until.IsZero() {
		q.and("created > ?", instant(until))
	}
	q.and("NOT EXISTS (SELECT 1 FROM notification_readings WHERE notification_id = notifications.id AND user_id = ?)", string(user))
	return w.count(ctx, fmt.Sprintf("SELECT COUNT(*) FROM (SELECT 1 FROM notifications %s ORDER BY created DESC, id DESC LIMIT %d) AS unread", q.String(), top), q.args...)
}
