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
	Failure      string    // of the last attempt: a code, never a server's own words
	Attempts     int       //
	Delivery     PostState // of mail and SMS; empty for ChannelSystem
	Owner        string    // who sends it now
	Lease        time.Time
}

// PostState is how far a mail or SMS is.
type PostState string

// The states of a delivery. Nothing is sent without a claim, and a claim is one conditional UPDATE: so two processes never send the same. What
// became of a message when its sender died, or the server's answer to it was lost, nobody can know; it is not sent again by itself, as it may have
// arrived, but shown to an administrator, who may.
const (
	PostQueued  PostState = "queued"
	PostSending PostState = "sending"
	PostSent    PostState = "sent"
	PostFailed  PostState = "failed"   // refused or not reached for certain; tried again
	PostGivenUp PostState = "given_up" // refused for good, or too often
	PostUnknown PostState = "unknown"  // may have arrived or not
)

// PostStates lists the states.
func PostStates() []PostState {
	return []PostState{PostQueued, PostSending, PostSent, PostFailed, PostGivenUp, PostUnknown}
}

// PostError is how a carrier says what became of a message that it could not deliver.
type PostError struct {
	As   PostState // PostFailed, PostGivenUp or PostUnknown
	Code string    // for the administrator's page: "connect", "rejected", "smtp 550", "http 500"; no address, no server's words
	Err  error     // for the log of the carrier's own package only: it may name an address
}

// Error says what became of it, without the cause: a cause may name an address.
func (e *PostError) Error() string { return "delivery " + string(e.As) + ": " + e.Code }

// Unwrap returns the cause.
func (e *PostError) Unwrap() error { return e.Err }

// OutgoingFilter selects mail and SMS.
type OutgoingFilter struct {
	Delivery PostState // empty: all
	Before   ID        // those older than this one; empty: from the newest
	Limit    int       // 0: 50
}

// Notifications stores what was told.
type Notifications interface {
	AddNotification(ctx context.Context, n *Notification) error
	Notification(ctx context.Context, id ID) (*Notification, error)
	// ClaimNotification takes one that is queued or failed for sending, until the lease ends, in one conditional statement; ErrStale otherwise.
	ClaimNotification(ctx context.Context, id ID, owner string, lease time.Time) (*Notification, error)
	// NotificationSent ends the owner's claim as sent and blanks a secret link.
	NotificationSent(ctx context.Context, id ID, owner string, now time.Time) error
	// NotificationFailed ends the owner's claim otherwise: PostFailed, PostGivenUp or PostUnknown.
	NotificationFailed(ctx context.Context, id ID, owner string, as PostState, failure string) error
	// LapsedNotifications marks claims whose lease is over as PostUnknown and returns how many.
	LapsedNotifications(ctx context.Context, now time.Time) (int, error)
	// RequeueNotification queues one anew that failed, was given up or whose outcome is unknown; ErrStale otherwise.
	RequeueNotification(ctx context.Context, id ID) error
	// NotificationsFor lists ChannelSystem ones of a body (or of the agency for ""), newest first; of labelled cases only if the reader is named
	// for them (reader empty: all).
	NotificationsFor(ctx context.Context, body, reader ID, limit int) ([]Notification, error)
	// MailsTo counts the mails made for an address since the instant.
	MailsTo(ctx context.Context, address string, since time.Time) (int, error)
	// Outgoing lists what was sent to a body's people or an address by mail and SMS, newest first; body "" lists all.
	Outgoing(ctx context.Context, body ID, limit int) ([]Notification, error)
	// ListOutgoing lists mail and SMS, newest first, and counts them by state.
	ListOutgoing(ctx context.Context, f OutgoingFilter) ([]Notification, error)
	CountOutgoing(ctx context.Context) (map[PostState]int, error)
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
	Rule         string // calendar.Period, or ProcedureTerms.Rule
	Provisional  bool
	Closed       time.Time
}

// Deadlines stores periods; their history stays.
type Deadlines interface {
	AddDeadline(ctx context.Context, d *Deadline) error
	CloseDeadlines(ctx context.Context, submission ID, kind string, now time.Time) error
	Deadlines(ctx context.Context, submission ID) ([]Deadline, error)
	// RemindedDeadline records that a step of an open term's present last day is told (Step, StepLastWorking, StepOverdue); ErrStale if it was
	// told, or the term is closed, or its last day is another by now.
	RemindedDeadline(ctx context.Context, id ID, due calendar.Date, step string, now time.Time) error
	// Reminders lists what was told of a term's present last day.
	Reminders(ctx context.Context, id ID) ([]string, error)
	// MoveDeadline gives an open term another last day; ErrStale if it is closed.
	MoveDeadline(ctx context.Context, id ID, due calendar.Date, provisional bool) error
	// OpenDeadlines lists the open ones due on the day or before (no date: all) by id, from the one after an id on; limit 0: 500.
	OpenDeadlines(ctx context.Context, until calendar.Date, after ID, limit int) ([]Deadline, error)
}

// CalendarChange is what an administrator did to the calendar; rows stay.
type CalendarChange struct {
	ID      ID
	Day     calendar.Decreed
	Removed bool
	Reason  string // of a removal
	By      ID
	ByName  string
	At      time.Time
}

// Calendar stores the decreed days, which administrators enter.
type Calendar interface {
	// DecreedDays lists those of a year; of all years for 0.
	DecreedDays(ctx context.Context, year int) ([]calendar.Decreed, error)
	PutDecreedDay(ctx context.Context, d calendar.Decreed) error
	// RemoveDecreedDay takes one away; ErrStale if it is not there.
	RemoveDecreedDay(ctx context.Context, day calendar.Date, kind calendar.DecreedKind) error
	AddCalendarChange(ctx context.Context, c *CalendarChange) error
	// CalendarChanges lists what was done to a year's days, newest first.
	CalendarChanges(ctx context.Context, year int) ([]CalendarChange, error)
}
