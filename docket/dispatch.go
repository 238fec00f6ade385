package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// DispatchChannel is how a letter goes to an addressee.
type DispatchChannel string

// The channels of the dispatch list. Only the mailbox is the program's own; the others a person sees to and notes.
const (
	DispatchMailbox DispatchChannel = "mailbox" // stands in the body's mailbox here
	DispatchPost    DispatchChannel = "post"
	DispatchCourier DispatchChannel = "courier"
	DispatchOther   DispatchChannel = "other" // with a note
)

// DispatchChannels lists the channels; the catalogues hold a label for each.
func DispatchChannels() []DispatchChannel {
	return []DispatchChannel{DispatchMailbox, DispatchPost, DispatchCourier, DispatchOther}
}

// ReceiptWay is how the receipt of a letter became known.
type ReceiptWay string

// The ways in which receipt is confirmed.
const (
	ReceiptByReading ReceiptWay = "read"      // the first reading in the mailbox
	ReceiptByPerson  ReceiptWay = "confirmed" // “Alındığını təsdiq et”
	ReceiptNoted     ReceiptWay = "noted"     // a letter on paper: the agency's clerk noted it
)

// DispatchEntry is one line of the dispatch list (göndərmə siyahısı; S3-05): a sealed letter and one addressee. It says nothing of what the
// letter holds.
type DispatchEntry struct {
	ID           ID
	LetterID     ID
	SubmissionID ID // of the letter; empty for a registration's
	Kind         LetterKind
	Number       string
	Day          calendar.Date // of the dispatch, in Baku
	BodyID       ID            // empty: an outside addressee
	Addressee    string
	Channel      DispatchChannel
	Copy         bool // the addressee of a copy, not the letter's own
	Note         string
	AddedBy      ID // empty: the program
	Added        time.Time
	Delivered    time.Time // in the mailbox: the moment it stands there (requirements 8, 18); elsewhere as a clerk noted
	Confirmed    time.Time
	ConfirmedBy  string // who
	ConfirmedHow ReceiptWay
	Rev          int
}

// DispatchFilter selects entries. The zero value is everything, newest first.
type DispatchFilter struct {
	From, To    calendar.Date // days, inclusive
	BodyID      ID
	Addressee   string // part of the name
	Number      string // part of the number
	Channel     DispatchChannel
	Unconfirmed bool
	Before      ID  // entries older than this one, for the next page
	Limit       int // 0: 50, at most 1000
}

// Dispatches stores the dispatch list.
type Dispatches interface {
	AddDispatch(ctx context.Context, e *DispatchEntry) error
	UpdateDispatch(ctx context.Context, e *DispatchEntry) error
	DispatchEntry(ctx context.Context, id ID) (*DispatchEntry, error)
	DispatchesOf(ctx context.Context, letter ID) ([]DispatchEntry, error)
	ListDispatches(ctx context.Context, f DispatchFilter) ([]DispatchEntry, error)
}
