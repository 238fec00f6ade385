package docket

import (
	"context"
	"time"
)

// EventType says what happened, as programs are told it: GET /v1/events and webhooks. A type's name never changes its meaning.
type EventType string

// The types of events. "seal" ones are told to the agency's programs only.
const (
	OnRegistrationSubmitted EventType = "registration.submitted" // the agency's only: a body is not told who else tries
	OnRegistrationApproved  EventType = "registration.approved"
	OnRegistrationRefused   EventType = "registration.refused" // the agency's only
	OnSubmissionReceived    EventType = "submission.received"
	OnSubmissionAccepted    EventType = "submission.accepted"
	OnSubmissionReview      EventType = "submission.in_review"
	OnSubmissionDeficient   EventType = "submission.deficient"
	OnSubmissionCorrected   EventType = "submission.corrected"
	OnSubmissionDocument    EventType = "submission.document_added"
	OnSubmissionWithdrawn   EventType = "submission.withdrawn"
	OnSubmissionReturned    EventType = "submission.returned"
	OnOpinionDispatched     EventType = "opinion.dispatched"
	OnLetterDispatched      EventType = "letter.dispatched" // any other letter: receipt, notice, return
	OnLetterRead            EventType = "letter.read"       // the body's first reading
	OnMessageSent           EventType = "message.sent"
	OnSealReleased          EventType = "seal.released"
	OnSealFailed            EventType = "seal.failed"
	OnDeadlineReminder      EventType = "deadline.reminder"
	OnWebhookTest           EventType = "webhook.test" // a test delivery; never stored as an event
)

// EventTypes lists the types that may be asked for.
func EventTypes() []EventType {
	return []EventType{
		OnRegistrationSubmitted, OnRegistrationApproved, OnRegistrationRefused, OnSubmissionReceived, OnSubmissionAccepted, OnSubmissionReview,
		OnSubmissionDeficient, OnSubmissionCorrected, OnSubmissionDocument, OnSubmissionWithdrawn, OnSubmissionReturned, OnOpinionDispatched,
		OnLetterDispatched, OnLetterRead, OnMessageSent, OnSealReleased, OnSealFailed, OnDeadlineReminder,
	}
}

// Event is something that happened, told to programs. It is thin: who wants to know more reads it with its own rights, which is logged.
// It holds no title, name, address or text, so that a labelled case says no more in it than any other.
type Event struct {
	ID         ID
	N          int64 // place among all events, from 1 without a gap; 0 until it was placed
	Type       EventType
	Subject    ID     // of the registration, submission or letter
	Submission ID     // the case it belongs to, if it belongs to one
	Number     string // of the submission or letter, if it has one
	BodyID     ID     // whose it is; empty: nobody's but the agency's
	AgencyOnly bool   // not told to the body
	At         time.Time
}

// EventFilter selects placed events in their order.
type EventFilter struct {
	After  int64 // the place of the last one that the reader has
	BodyID ID    // what this body may know; empty: everything (the agency)
	Types  []EventType
	Limit  int // 0: 100; at most 1000
}

// EventLog stores events. An event is added without a place, in the transaction of what it tells. Places are given afterwards by PlaceEvents, one
// caller at a time, to committed events only: so a reader who asks for what comes after place N misses nothing that is committed late.
type EventLog interface {
	AddEvent(ctx context.Context, e *Event) error
	// PlaceEvents gives up to limit committed events without a place their places, in the order of their ids, and returns them. Callers queue.
	PlaceEvents(ctx context.Context, limit int) ([]Event, error)
	Events(ctx context.Context, f EventFilter) ([]Event, error)
	// LastEvent is the place of the newest event, 0 if there is none.
	LastEvent(ctx context.Context) (int64, error)
	// RemoveEvents removes placed events from before the instant; their places are not given again.
	RemoveEvents(ctx context.Context, before time.Time) (int, error)
}
