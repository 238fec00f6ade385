package docket

import (
	"context"
	"time"
)

// MessageDraft is a message that one person is writing about a project: its text and the documents that wait in it (S1-32). A document can be
// taken out again until the message is sent; an error elsewhere never asks for it twice (requirements 8, 7 and 23).
type MessageDraft struct {
	SubmissionID ID
	UserID       ID
	Text         string
	Attachments  []File
	Touched      time.Time
	Rev          int // 0: not stored yet
}

// Empty says whether there is nothing in it.
func (d *MessageDraft) Empty() bool { return d.Text == "" && len(d.Attachments) == 0 }

// MessageDrafts stores messages that are being written, one of a person for each project.
type MessageDrafts interface {
	// MessageDraft reads one; ErrNotFound if there is none.
	MessageDraft(ctx context.Context, submission, user ID) (*MessageDraft, error)
	// PutMessageDraft adds d where its Rev is 0, else writes it if nobody did since it was read; ErrStale otherwise. It raises Rev.
	PutMessageDraft(ctx context.Context, d *MessageDraft) error
	// RemoveMessageDraft removes one; none is no error.
	RemoveMessageDraft(ctx context.Context, submission, user ID) error
	// RemoveMessageDrafts removes those untouched since the instant.
	RemoveMessageDrafts(ctx context.Context, since time.Time) (int, error)
	// WithdrawMessage marks a sent message as withdrawn, with who and why; its row stays. ErrStale if it was withdrawn before.
	WithdrawMessage(ctx context.Context, id ID, by, reason string, now time.Time) error
}
