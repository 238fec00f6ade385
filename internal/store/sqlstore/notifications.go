package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
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
		{"delivery", &n.Delivery},
		{"owner", &n.Owner},
		{"lease", stamp{&n.Lease}},
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

// NotificationsFor lists those of the pages, newest first.
func (w *work) NotificationsFor(ctx context.Context, body, reader docket.ID, limit int) ([]docket.Notification, error) {
	q := toldTo(body, reader)
	return many(ctx, w, "notifications", notificationColumns, q.page("created DESC, id DESC", limit, 0, 50, 500), q.args...)
}

// toldTo are the notifications that a body's people, or the agency's for "", see in the pages; of labelled cases only if the reader is named.
func toldTo(body, reader docket.ID) *where {
	q := new(where)
	q.and("channel = 'system'") // constants, as their index has them
	if body == "" {
		q.and("for_agency")
		if reader != "" { // what is told to one of them is his: a task, a visa
			q.and("(user_id IS NULL OR user_id = ?)", string(reader))
		}
	} else {
		q.and("body_id = ?", string(body))
		q.and("NOT for_agency")
	}
	if reader != "" {
		q.and("(submission_id IS NULL OR EXISTS (SELECT 1 FROM submissions WHERE submissions.id = notifications.submission_id AND "+namedFor("submissions", "submissions.id")+"))", string(reader))
	}
	return q
}

// MailsTo counts the mails made for an address.
func (w *work) MailsTo(ctx context.Context, address string, since time.Time) (int, error) {
	return w.count(ctx, "SELECT COUNT(*) FROM notifications WHERE addressee = $1 AND channel = $2 AND created >= $3",
		address, string(docket.ChannelMail), instant(since))
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
