package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
)

func messageDraftColumns(d *docket.MessageDraft) []column {
	return []column{
		{"submission_id", &d.SubmissionID},
		{"user_id", &d.UserID},
		{"body_text", &d.Text},
		{"attachments", doc{&d.Attachments}},
		{"touched", stamp{&d.Touched}},
		{"rev", &d.Rev},
	}
}

// MessageDraft reads what a person is writing about a project.
func (w *work) MessageDraft(ctx context.Context, submission, user docket.ID) (*docket.MessageDraft, error) {
	return one(ctx, w, "message_drafts", messageDraftColumns, "WHERE submission_id = $1 AND user_id = $2", string(submission), string(user))
}

// PutMessageDraft adds or changes it; the key and the revision keep two browsers of one person apart.
func (w *work) PutMessageDraft(ctx context.Context, d *docket.MessageDraft) error {
	if d.Rev == 0 {
		row := *d
		row.Rev = 1
		if err := w.insert(ctx, "message_drafts", messageDraftColumns(&row)); err != nil {
			return err
		}
		d.Rev = 1
		return nil
	}
	err := w.must(ctx, "UPDATE message_drafts SET body_text = $1, attachments = $2, touched = $3, rev = rev + 1 WHERE submission_id = $4 AND user_id = $5 AND rev = $6",
		d.Text, doc{&d.Attachments}, instant(d.Touched), string(d.SubmissionID), string(d.UserID), d.Rev)
	if err != nil {
		return err
	}
	d.Rev++
	return nil
}

// RemoveMessageDraft removes one.
func (w *work) RemoveMessageDraft(ctx context.Context, submission, user docket.ID) error {
	_, err := w.exec(ctx, "DELETE FROM message_drafts WHERE submission_id = $1 AND user_id = $2", string(submission), string(user))
	return err
}

// RemoveMessageDrafts removes old ones.
func (w *work) RemoveMessageDrafts(ctx context.Context, since time.Time) (int, error) {
	return w.exec(ctx, "DELETE FROM message_drafts WHERE touched < $1", instant(since))
}

// WithdrawMessage leaves a tombstone: the row stays, a search does not find its text any more.
func (w *work) WithdrawMessage(ctx context.Context, id docket.ID, by, reason string, now time.Time) error {
	return w.must(ctx, "UPDATE messages SET withdrawn = $1, withdrawn_by = $2, withdrawal = $3, text_fold = '' WHERE id = $4 AND withdrawn IS NULL",
		instant(now), by, reason, string(id))
}
