package docket

import (
	"context"
	"time"
)

// PhoneState is where a signature by phone stands.
type PhoneState string

// The states of a signature by phone.
const (
	PhoneWaiting PhoneState = "waiting" // the person has something to do on the phone
	PhoneDone    PhoneState = "done"    // the signed document is a Signing
	PhoneFailed  PhoneState = "failed"  // cancelled, lapsed, or what came back was not accepted
)

// PhoneOperation is one signature that a person makes on a phone. It ends with its time and holds no secret: of the one in the addresses that a
// phone is given only the hash.
type PhoneOperation struct {
	ID       ID
	Secret   Hash // SHA-256 of the secret in the phone's addresses; empty for services that are asked
	Provider string
	Step     string // what is awaited: "certificate", "hash" or "document"
	State    PhoneState

	Owner   string // who asked and may have the result, as internal/signings spells owners
	Session Hash   // of his session
	Subject ID
	Name    string // of the file
	// Document is what is signed; it lies with the files of signings.
	Document Hash
	Size     int64

	FIN    string // who must sign
	Number string // of the phone; empty where the person scans a code
	Remote string // the provider's name for the operation
	Code   string // that the person compares
	// Signing is the two-step signing once the certificate is known, in the end the finished one.
	Signing ID

	Created, Expires time.Time
	Claim            string    // the piece of work that is at it
	Lease            time.Time // until when it may
	Failure          string    // a catalogue key
}

// PhoneOperations stores signatures by phone.
type PhoneOperations interface {
	AddPhoneOperation(ctx context.Context, o *PhoneOperation) error
	PhoneOperation(ctx context.Context, id ID) (*PhoneOperation, error)
	// ClaimPhoneOperation gives a waiting operation that has not lapsed to claim until the lease, if nobody holds an unexpired one; ErrStale
	// otherwise. One conditional statement.
	ClaimPhoneOperation(ctx context.Context, id ID, claim string, now, lease time.Time) error
	// SavePhoneOperation writes step, state, remote name, code, signing and failure of a waiting operation that claim holds, and ends the claim;
	// ErrStale otherwise. One conditional statement.
	SavePhoneOperation(ctx context.Context, o *PhoneOperation, claim string) error
	// LapsedPhoneOperations lists those whose time was over before the instant, oldest first.
	LapsedPhoneOperations(ctx context.Context, before time.Time, limit int) ([]PhoneOperation, error)
	// RemovePhoneOperation removes one; ErrStale if it is gone already.
	RemovePhoneOperation(ctx context.Context, id ID) error
}
