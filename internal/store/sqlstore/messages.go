package sqlstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func messageColumns(m *docket.Message) []column {
	return []column{
		{"id", &m.ID},
		{"submission_id", &m.SubmissionID},
		{"from_agency", &m.FromAgency},
		{"author_id", ref[docket.ID]{&m.AuthorID}},
		{"author", &m.Author},
		{"body_text", &m.Text},
		{"attachments", doc{&m.Attachments}},
		{"sent", stamp{&m.Sent}},
		{"first_read", stamp{&m.FirstRead}},
		{"first_read_by", &m.FirstReadBy},
		{"withdrawn", stamp{&m.Withdrawn}},
		{"withdrawn_by", &m.WithdrawnBy},
		{"withdrawal", &m.Withdrawal},
	}
}

// AddMessage adds one, with its search key.
func (w *work) AddMessage(ctx context.Context, m *docket.Message) error {
	fold := docket.Fold(m.Author + " " + m.Text)
	return w.insert(ctx, "messages", append(messageColumns(m), column{"text_fold", &fold}))
}

// Message reads one.
func (w *work) Message(ctx context.Context, id docket.ID) (*docket.Message, error) {
	return one(ctx, w, "messages", messageColumns, "WHERE id = $1", string(id))
}

// Messages lists a project's newest, oldest first.
func (w *work) Messages(ctx context.Context, submission docket.ID, f docket.MessageFilter) ([]docket.Message, error) {
	var q where
	q.and("submission_id = ?", string(submission))
	q.contains("text_fold", f.Query)
	if f.Before != "" {
		q.and("(sent, id) < (SELECT sent, id FROM messages WHERE id = ?)", string(f.Before))
	}
	list, err := many(ctx, w, "messages", messageColumns, q.page("sent DESC, id DESC", f.Limit, 0, 100, 1000), q.args...)
	slices.Reverse(list)
	return list, err
}

// MarkRead records the first reading by the other side.
func (w *work) MarkRead(ctx context.Context, submission docket.ID, readerOfAgency bool, reader string, now time.Time) (int, error) {
	return w.exec(ctx, `UPDATE messages SET first_read = $1, first_read_by = $2 WHERE submission_id = $3 AND from_agency = $4 AND first_read IS NULL`,
		instant(now), reader, string(submission), !readerOfAgency)
}

// Unread counts what the other side wrote and this side has not read.
func (w *work) Unread(ctx context.Context, submissions []docket.ID, ofAgency bool) (_ map[docket.ID]int, err error) {
	counts := map[docket.ID]int{}
	if len(submissions) == 0 {
		return counts, nil
	}
	var q where
	q.in("submission_id", texts(submissions))
	q.and("from_agency = ?", !ofAgency)
	q.and("first_read IS NULL")
	rows, err := w.tx.QueryContext(ctx, "SELECT submission_id, COUNT(*) FROM messages "+q.String()+" GROUP BY submission_id", q.args...)
	if err != nil {
		return nil, translate(err)
	}
	defer func() { err = errors.Join(err, translate(rows.Close())) }()
	for rows.Next() {
		var id docket.ID
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, translate(err)
		}
		counts[id] = n
	}
	return counts, translate(rows.Err())
}

func noticeColumns(n *docket.Notice) []column {
	return []column{
		{"id", &n.ID},
		{"submission_id", &n.SubmissionID},
		{"letter_id", ref[docket.ID]{&n.LetterID}},
		{"items", doc{&n.Items}},
		{"created", stamp{&n.Created}},
		{"due", day{&n.Due}},
		{"provisional", &n.Provisional},
		{"answered", stamp{&n.Answered}},
	}
}

// AddNotice adds one.
func (w *work) AddNotice(ctx context.Context, n *docket.Notice) error {
	return w.insert(ctx, "notices", noticeColumns(n))
}

// Notices lists a project's, oldest first.
func (w *work) Notices(ctx context.Context, submission docket.ID) ([]docket.Notice, error) {
	return many(ctx, w, "notices", noticeColumns, "WHERE submission_id = $1 ORDER BY id", string(submission))
}

// MoveNotices gives the open ones another last day.
func (w *work) MoveNotices(ctx context.Context, submission docket.ID, due calendar.Date, provisional bool) error {
	_, err := w.exec(ctx, "UPDATE notices SET due = $1, provisional = $2 WHERE submission_id = $3 AND answered IS NULL", due.String(), provisional, string(submission))
	return err
}

// AnswerNotices closes the open ones.
func (w *work) AnswerNotices(ctx context.Context, submission docket.ID, now time.Time) error {
	_, err := w.exec(ctx, "UPDATE notices SET answered = $1 WHERE submission_id = $2 AND answered IS NULL", instant(now), string(submission))
	return err
}
