package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func notificationColumns(n *docket.Notification) []column {
	return []column{
		{"id", &n.ID},
		{"channel", &n.Channel},
		{"addressee", &n.To},
		{"user_id", ref[docket.ID]{&n.UserID}},
		{"body_id", ref[docket.ID]{&n.BodyID}},
		{"for_agency", &n.ForAgency},
		{"text_key", &n.Key},
		{"case_no", &n.Case},
		{"link", &n.Link},
		{"secret", &n.Secret},
		{"args", doc{&n.Args}},
		{"submission_id", ref[docket.ID]{&n.SubmissionID}},
		{"created", stamp{&n.Created}},
		{"sent", stamp{&n.Sent}},
		{"read_at", stamp{&n.Read}},
		{"failure", &n.Failure},
		{"attempts", &n.Attempts},
	}
}

// AddNotification adds one.
func (w *work) AddNotification(ctx context.Context, n *docket.Notification) error {
	return w.insert(ctx, "notifications", notificationColumns(n))
}

// Notification reads one.
func (w *work) Notification(ctx context.Context, id docket.ID) (*docket.Notification, error) {
	return one(ctx, w, "notifications", notificationColumns, "WHERE id = $1", string(id))
}

// NotificationSent marks it sent and blanks a secret link.
func (w *work) NotificationSent(ctx context.Context, id docket.ID, now time.Time) error {
	_, err := w.exec(ctx, `UPDATE notifications SET sent = $1, attempts = attempts + 1, failure = '', link = CASE WHEN secret THEN '' ELSE link END
		WHERE id = $2 AND sent IS NULL`, instant(now), string(id))
	return err
}

// NotificationFailed records a failed attempt.
func (w *work) NotificationFailed(ctx context.Context, id docket.ID, failure string) error {
	_, err := w.exec(ctx, "UPDATE notifications SET attempts = attempts + 1, failure = $1 WHERE id = $2 AND sent IS NULL", failure, string(id))
	return err
}

// NotificationsFor lists those of the pages, newest first.
func (w *work) NotificationsFor(ctx context.Context, body docket.ID, limit int) ([]docket.Notification, error) {
	var q where
	q.and("channel = 'system'") // constants, as their index has them
	if body == "" {
		q.and("for_agency")
	} else {
		q.and("body_id = ?", string(body))
		q.and("NOT for_agency")
	}
	return many(ctx, w, "notifications", notificationColumns, q.page("created DESC, id DESC", limit, 0, 50, 500), q.args...)
}

// MailsTo counts the mails made for an address.
func (w *work) MailsTo(ctx context.Context, address string, since time.Time) (int, error) {
	return w.count(ctx, "SELECT COUNT(*) FROM notifications WHERE addressee = $1 AND channel = $2 AND created >= $3",
		address, string(docket.ChannelMail), instant(since))
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

func deadlineColumns(d *docket.Deadline) []column {
	return []column{
		{"id", &d.ID},
		{"submission_id", &d.SubmissionID},
		{"kind", &d.Kind},
		{"start_day", day{&d.Start}},
		{"due", day{&d.Due}},
		{"rule", &d.Rule},
		{"provisional", &d.Provisional},
		{"reminded", &d.Reminded},
		{"closed", stamp{&d.Closed}},
	}
}

// AddDeadline adds one.
func (w *work) AddDeadline(ctx context.Context, d *docket.Deadline) error {
	return w.insert(ctx, "deadlines", deadlineColumns(d))
}

// CloseDeadlines closes a project's open ones of a kind.
func (w *work) CloseDeadlines(ctx context.Context, submission docket.ID, kind string, now time.Time) error {
	_, err := w.exec(ctx, "UPDATE deadlines SET closed = $1 WHERE submission_id = $2 AND kind = $3 AND closed IS NULL", instant(now), string(submission), kind)
	return err
}

// Deadlines lists a project's, oldest first.
func (w *work) Deadlines(ctx context.Context, submission docket.ID) ([]docket.Deadline, error) {
	return many(ctx, w, "deadlines", deadlineColumns, "WHERE submission_id = $1 ORDER BY id", string(submission))
}

// RemindedDeadline records a reminder, once for each number of days.
func (w *work) RemindedDeadline(ctx context.Context, id docket.ID, daysLeft int) error {
	return w.must(ctx, "UPDATE deadlines SET reminded = $1 WHERE id = $2 AND closed IS NULL AND (reminded = 0 OR reminded > $1)", daysLeft, string(id))
}

// OpenDeadlines lists the open ones due until the day.
func (w *work) OpenDeadlines(ctx context.Context, until calendar.Date) ([]docket.Deadline, error) {
	return many(ctx, w, "deadlines", deadlineColumns, "WHERE closed IS NULL AND due <= $1 ORDER BY due, id LIMIT 1000", until.String())
}

func decreedColumns(d *calendar.Decreed) []column {
	return []column{{"day", day{&d.Date}}, {"kind", &d.Kind}, {"source", &d.Source}}
}

// DecreedDays lists what administrators entered for a year.
func (w *work) DecreedDays(ctx context.Context, year int) ([]calendar.Decreed, error) {
	return many(ctx, w, "decreed_days", decreedColumns, "WHERE day >= $1 AND day <= $2 ORDER BY day, kind",
		calendar.Date{Year: year, Month: 1, Day: 1}.String(), calendar.Date{Year: year, Month: 12, Day: 31}.String())
}

// PutDecreedDay enters a day or corrects its source.
func (w *work) PutDecreedDay(ctx context.Context, d calendar.Decreed) error {
	_, err := w.exec(ctx, "INSERT INTO decreed_days (day, kind, source) VALUES ($1, $2, $3) ON CONFLICT (day, kind) DO UPDATE SET source = excluded.source",
		d.Date.String(), string(d.Kind), d.Source)
	return err
}

func auditColumns(e *docket.AuditEntry) []column {
	return []column{
		{"id", &e.ID},
		{"made", stamp{&e.At}},
		{"actor", &e.Actor},
		{"role", &e.Role},
		{"action", &e.Action},
		{"subject", &e.Subject},
		{"blob", &e.Blob},
		{"detail", doc{&e.Detail}},
	}
}

// Audit takes an entry into the transaction, unlinked.
func (w *work) Audit(ctx context.Context, e *docket.AuditEntry) error {
	none := ""
	return w.insert(ctx, "audit_log", append(auditColumns(e), column{"hash", &none}))
}

// Trail lists the entries about the subjects, oldest first.
func (w *work) Trail(ctx context.Context, subjects []docket.ID, actions []string) ([]docket.AuditEntry, error) {
	if len(subjects) == 0 || len(actions) == 0 {
		return nil, nil
	}
	var q where
	q.in("subject", texts(subjects))
	q.in("action", actions)
	return many(ctx, w, "audit_log", auditColumns, q.page("made, id", 1000, 0, 1000, 1000), q.args...)
}
