package docket

import (
	"context"
	"strings"
	"time"
)

// RegistrationState is where a registration stands.
type RegistrationState string

// The states of a registration.
const (
	RegistrationDraft     RegistrationState = "draft"     // typed values and file, nothing registered
	RegistrationVerifying RegistrationState = "verifying" // revocation data could not be fetched; asked again for 24 hours
	RegistrationSubmitted RegistrationState = "submitted" // finished, awaiting approval
	RegistrationApproved  RegistrationState = "approved"
	RegistrationRefused   RegistrationState = "refused"
	RegistrationSuspended RegistrationState = "suspended"
)

// The events of a registration.
const (
	EventRegister = "register"
	EventWait     = "wait"    // the verdict needs data that can't be had now
	EventConfirm  = "confirm" // the repeated check passed
	EventReject   = "reject"  // the repeated check failed, or the time is over
	EventApprove  = "approve"
	EventRefuse   = "refuse"
	EventSuspend  = "suspend"
	EventRestore  = "restore"
	EventReturnTo = "reopen" // a refused body tries again
)

// RegistrationTransitions is the table of requirements.md 2, with `verifying` of section 8, 16.
func RegistrationTransitions() []Transition[RegistrationState] {
	public, system, registrar := []Role{RolePublic}, []Role{RoleSystem}, []Role{RoleRegistrar}
	return []Transition[RegistrationState]{
		{EventRegister, RegistrationDraft, RegistrationSubmitted, public, "letter TOTAL-PASSED, signer has a FİN and the seal right"},
		{EventWait, RegistrationDraft, RegistrationVerifying, public, "INDETERMINATE only because revocation data could not be fetched"},
		{EventConfirm, RegistrationVerifying, RegistrationSubmitted, system, "letter TOTAL-PASSED within 24 hours"},
		{EventReject, RegistrationVerifying, RegistrationDraft, system, "letter not TOTAL-PASSED, or 24 hours over"},
		{EventApprove, RegistrationSubmitted, RegistrationApproved, registrar, "no other approved registration of the body; a mismatch confirmed with a reason"},
		{EventRefuse, RegistrationSubmitted, RegistrationRefused, registrar, "with a reason"},
		{EventReturnTo, RegistrationRefused, RegistrationDraft, public, "with the key of the draft"},
		{EventSuspend, RegistrationApproved, RegistrationSuspended, registrar, "with a reason"},
		{EventRestore, RegistrationSuspended, RegistrationApproved, registrar, "with a reason"},
	}
}

// Registration is a body's request to use the service (S1-02 to S1-08).
type Registration struct {
	ID       ID
	Access   string // 128-bit key of the draft, for the visitor who made it
	State    RegistrationState
	BodyID   ID // chosen from the directory
	BodyName string
	Email    string
	Mobile   string // +994 and nine digits
	// The application letter as uploaded; kept in the draft when it is refused.
	LetterName string
	Letter     Hash
	LetterSize int64

	VerificationID ID     // the verdict that counted, or the one that refused
	Signer         Signer // from the certificate
	Mismatch       bool   // certificate's organisation is not the chosen body: never approved without a confirmation
	Timestamp      []byte // our RFC 3161 token over the letter's hash at receipt

	Created   time.Time
	Touched   time.Time
	Submitted time.Time // when the letter was received; stands through `verifying`
	DecidedAt time.Time
	DecidedBy string
	Reason    string // of a refusal, or of approving in spite of a mismatch
	Rev       int    // grows with each change; an update names the one it saw
}

// Case names a registration in mails and SMS, which hold no names.
func (r *Registration) Case() string {
	if len(r.ID) < 8 {
		return string(r.ID)
	}
	return "Q-" + strings.ToUpper(string(r.ID[len(r.ID)-8:]))
}

// Signer is who signed, as the certificate says it.
type Signer struct {
	Name         string `json:"name"`
	FIN          string `json:"fin,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	VOEN         string `json:"voen,omitempty"`
	SealRight    bool   `json:"sealRight,omitempty"`
}

// RegistrationFilter selects registrations. The zero value is everything but drafts, newest first.
type RegistrationFilter struct {
	States []RegistrationState
	BodyID ID
	Query  string // part of the body's name
	Limit  int    // 0: 50
	Offset int
}

// Registrations stores registrations.
type Registrations interface {
	AddRegistration(ctx context.Context, r *Registration) error
	// UpdateRegistration writes r if its Rev is still the stored one, and raises it; ErrStale otherwise.
	UpdateRegistration(ctx context.Context, r *Registration) error
	Registration(ctx context.Context, id ID) (*Registration, error)
	RegistrationByAccess(ctx context.Context, access string) (*Registration, error)
	// ListRegistrations lists a page; total stops at CountLimit+1.
	ListRegistrations(ctx context.Context, f RegistrationFilter) (list []Registration, total int, err error)
	// RemoveRegistrationDrafts removes drafts untouched since the instant.
	RemoveRegistrationDrafts(ctx context.Context, since time.Time) (int, error)
}
