package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// Message is a line of the correspondence about a project (S1-27, S1-31, S1-32): a record without number or seal. A sent one is never deleted.
type Message struct {
	ID           ID
	SubmissionID ID
	FromAgency   bool
	AuthorID     ID
	Author       string
	Text         string
	Attachments  []File
	Sent         time.Time
	FirstRead    time.Time // by the other side; zero: not yet
	FirstReadBy  string
	Withdrawn    time.Time // zero: it stands. A withdrawn one stays as a tombstone (requirements 8, 7)
	WithdrawnBy  string
	Withdrawal   string // why
}

// MessageFilter selects messages of a project.
type MessageFilter struct {
	Query  string // part of text or author
	Before ID     // only what was written before this message; empty: the newest
	Limit  int    // 0: 100
}

// Messages stores correspondence.
type Messages interface {
	AddMessage(ctx context.Context, m *Message) error
	Message(ctx context.Context, id ID) (*Message, error)
	// Messages lists the newest that the filter selects, oldest first.
	Messages(ctx context.Context, submission ID, f MessageFilter) ([]Message, error)
	// MarkRead records the first reading by the other side of every unread message of a project.
	MarkRead(ctx context.Context, submission ID, readerOfAgency bool, reader string, now time.Time) (int, error)
	// Unread counts, for each of the projects, what the other side wrote and this side has not read; those with nothing are left out.
	Unread(ctx context.Context, submissions []ID, ofAgency bool) (map[ID]int, error)
}

// Notice is a deficiency (çatışmazlıq): what is missing, until when.
type Notice struct {
	ID           ID
	SubmissionID ID
	LetterID     ID
	Items        []string
	Created      time.Time
	Due          calendar.Date // the body's answer
	Provisional  bool          // the calendar of the due year is not complete yet
	Answered     time.Time
}

// Notices stores deficiencies.
type Notices interface {
	AddNotice(ctx context.Context, n *Notice) error
	Notices(ctx context.Context, submission ID) ([]Notice, error)
	// MoveNotices gives a project's open ones another last day.
	MoveNotices(ctx context.Context, submission ID, due calendar.Date, provisional bool) error
	AnswerNotices(ctx context.Context, submission ID, now time.Time) error
}
