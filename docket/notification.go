package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// Channel is a way to tell somebody something.
type Channel string

// The channels.
const (
	ChannelMail   Channel = "mail"
	ChannelSMS    Channel = "sms"
	ChannelSystem Channel = "system" // the list of notifications in the pages
)

// Notification is one thing told to one address. Its texts hold the case number, what happened and a link; no titles, no names
// (requirements.md 8, 21).
type Notification struct {
	ID           ID
	Channel      Channel
	To           string // address or number; empty for ChannelSystem
	UserID       ID     // whom it is for, if they have an account
	BodyID       ID
	ForAgency    bool // of ChannelSystem: for the agency's people instead of a body's
	Key          string
	Case         string // number, or the registration's id
	Link         string // path in the pages; the sender prefixes the address. A secret link is blanked once sent.
	Secret       bool   // the link lets its reader in
	Args         map[string]string
	SubmissionID ID
	Created      time.Time
	Sent         time.Time
	Read         time.Time
	Failure      string // of the last attempt
	Attempts     int
}

// Notifications stores what was told.
type Notifications interface {
	AddNotification(ctx context.Context, n *Notification) error
	Notification(ctx context.Context, id ID) (*Notification, error)
	// NotificationSent marks it sent and blanks a secret link; a repetition changes nothing.
	NotificationSent(ctx context.Context, id ID, now time.Time) error
	NotificationFailed(ctx context.Context, id ID, failure string) error
	// NotificationsFor lists ChannelSystem ones of a body (or of the agency for ""), newest first.
	NotificationsFor(ctx context.Context, body ID, limit int) ([]Notification, error)
	// MailsTo counts the mails made for an address since the instant.
	MailsTo(ctx context.Context, address string, since time.Time) (int, error)
	// Outgoing lists what was sent to a body's people or an address by mail and SMS, newest first; body "" lists all.
	Outgoing(ctx context.Context, body ID, limit int) ([]Notification, error)
}

// TaskKind is a kind of background work.
type TaskKind string

// The kinds of background work that verbs enqueue in their own transaction.
const (
	TaskDeliver TaskKind = "deliver" // send a notification; Subject is its id
	TaskSeal    TaskKind = "seal"    // seal a letter whose intent is committed; Subject is the letter's id
	TaskRecheck TaskKind = "recheck" // verify again; Subject is a registration or submission in `verifying`
	TaskRemind  TaskKind = "remind"  // a deadline comes near; Subject is the submission
	TaskBatch   TaskKind = "batch"   // judge a batch; Subject is its id
	// TaskSealRequest seals for a program that does not wait, TaskSealBatch many; Subject is the id of the request or batch.
	TaskSealRequest TaskKind = "seal_request"
	TaskSealBatch   TaskKind = "seal_batch"
	TaskWebhook     TaskKind = "webhook" // attempt a delivery; Subject is its id
)

// Task is background work, inserted with the rows it is about or not at all.
type Task struct {
	Kind    TaskKind
	Subject ID
	Arg     string
	At      time.Time // not before; zero: now
}

// Tasks takes background work into the caller's transaction.
type Tasks interface {
	Enqueue(ctx context.Context, tasks ...Task) error
}

// Deadline is a period that runs, with the rule it was computed by.
type Deadline struct {
	ID           ID
	SubmissionID ID
	Kind         string // review, correction
	Start        calendar.Date
	Due          calendar.Date
	Rule         string // "30 calendar days"
	Provisional  bool
	Reminded     int // days left at the last reminder; 0: none yet
	Closed       time.Time
}

// Deadlines stores periods; their history stays.
type Deadlines interface {
	AddDeadline(ctx context.Context, d *Deadline) error
	CloseDeadlines(ctx context.Context, submission ID, kind string, now time.Time) error
	Deadlines(ctx context.Context, submission ID) ([]Deadline, error)
	// RemindedDeadline records that a reminder with so many days left was sent, if none with as few was; ErrStale otherwise.
	RemindedDeadline(ctx context.Context, id ID, daysLeft int) error
	// OpenDeadlines lists the open ones due on the day or before.
	OpenDeadlines(ctx context.Context, until calendar.Date) ([]Deadline, error)
	// DecreedDays lists the decreed days of a year, which administrators enter.
	DecreedDays(ctx context.Context, year int) ([]calendar.Decreed, error)
	PutDecreedDay(ctx context.Context, d calendar.Decreed) error
}
