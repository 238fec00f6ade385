package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// LetterKind is the kind of an official letter. Official letters are numbered and sealed; messages are neither (requirements.md 8, 18).
type LetterKind string

// The kinds of official letters.
const (
	LetterOpinion LetterKind = "opinion"
	LetterNotice  LetterKind = "deficiency_notice"
	LetterRefusal LetterKind = "registration_refusal"
	LetterReceipt LetterKind = "receipt"
)

// LetterState is where a letter stands.
type LetterState string

// The states of a letter.
const (
	LetterDraft         LetterState = "draft"
	LetterApproved      LetterState = "approved" // this very SHA-256 may be sealed
	LetterSigned        LetterState = "signed"   // the head's signature is on it; that file is sealed
	LetterSealing       LetterState = "sealing"  // number taken, intent committed
	LetterSealingFailed LetterState = "sealing_failed"
	LetterSealed        LetterState = "sealed"
	LetterDispatched    LetterState = "dispatched"
	LetterAnnulled      LetterState = "annulled" // given up by a person, with a reason; its number stays in the journal
)

// The events of a letter that are not those of its submission.
const (
	EventIntend  = "intend"
	EventIssue   = "issue" // intend, without a dispatch check
	EventRelease = "release"
	EventFail    = "fail"
	EventRetry   = "retry"
	EventAnnul   = "annul"
)

// LetterTransitions is the life of an official letter (decisions 8 to 12).
func LetterTransitions() []Transition[LetterState] {
	sealers := []Role{RoleSignatory, RoleSystem}
	system := []Role{RoleSystem}
	return []Transition[LetterState]{
		{EventCheck, LetterDraft, LetterApproved, []Role{RoleDispatchChecker}, "another person than the drafter"},
		{EventSendBack, LetterApproved, LetterDraft, []Role{RoleSignatory}, "with reasons"},
		{EventSign, LetterApproved, LetterSigned, []Role{RoleSignatory}, "a third person; the approved page byte for byte, with his signature, TOTAL-PASSED"},
		{EventIntend, LetterSigned, LetterSealing, sealers, "number taken in the same transaction; the page that was signed is the approved one"},
		{EventIntend, LetterApproved, LetterSealing, sealers, "number taken in the same transaction; the stored SHA-256 is the approved one"},
		{EventIssue, LetterDraft, LetterSealing, system, "receipts, notices and refusals, which a decision of a person already issued"},
		{EventRelease, LetterSealing, LetterSealed, sealers, "our signature TOTAL-PASSED at the level, intended certificate, whole file, exact prefix, no verdict worse"},
		{EventFail, LetterSealing, LetterSealingFailed, sealers, "the number stays"},
		{EventRetry, LetterSealingFailed, LetterSealing, sealers, "with the same number and text"},
		{EventRetry, LetterSealing, LetterSealing, system, "the lease of whoever worked on it is over"},
		{EventAnnul, LetterSealingFailed, LetterAnnulled, []Role{RoleSignatory}, "with a reason"},
		{EventDispatch, LetterSealed, LetterDispatched, []Role{RoleDispatchChecker, RoleSignatory, RoleSystem}, "stands in the addressee's mailbox"},
	}
}

// Outcome is what an opinion says.
type Outcome string

// Outcomes lists positive, positive with remarks, negative and left without consideration [G].
func Outcomes() []Outcome {
	return []Outcome{"positive", "positive_with_remarks", "negative", "not_considered"}
}

// Letter is an official letter of the agency.
type Letter struct {
	ID             ID
	Kind           LetterKind
	State          LetterState
	SubmissionID   ID // or
	RegistrationID ID
	BodyID         ID // the addressee
	BodyName       string
	Label          Label // beside that of its case
	Subject        string
	Text           string // paragraphs are separated by empty lines
	Outcome        Outcome
	Profile        string // of the seal

	Place    Place // of the visible seal on the page
	Unsealed Hash  // the page before sealing
	Approved Hash  // the SHA-256 that the dispatch check approved
	Sealed   Hash  // released

	Number      string
	NumberDate  calendar.Date
	Public      string // 128-bit address of the public look-up
	ControlCode string

	// Signed is the approved page with the head's own signature (S1-33); empty where the seal alone is put on. It is what the seal is put on.
	Signed      Hash
	SignedAt    time.Time
	SignedBy    string // the certificate's holder
	SignatureID ID     // of the verdict on Signed

	Drafter, Checker, Signatory ID
	// In whose place each of them acted; empty: in his own right (requirements 2a).
	DrafterFor, CheckerFor, SignatoryFor ID
	DrafterName                          string
	SealedBy                             string // unit and certificate holder
	VerificationID                       ID     // of the sealed file
	Reason                               string // of a failure or annulment
	Annexes                              int    // documents that go with it under the same number (S3-17)
	Created, SealedAt                    time.Time
	Dispatched, FirstRead                time.Time
	FirstReadBy                          string
	Rev                                  int
}

// ToSeal is what the seal is put on: the page that the head signed, or the approved page itself.
func (l *Letter) ToSeal() Hash {
	if l.Signed != "" {
		return l.Signed
	}
	return l.Unsealed
}

// Place is a rectangle on a page in PDF units (1/72 inch) from the lower left corner; page 0: nowhere.
type Place struct {
	Page           int
	X1, Y1, X2, Y2 float64
	Field          string `json:",omitempty"` // the empty signature field that stands there
}

// Letters stores official letters.
type Letters interface {
	AddLetter(ctx context.Context, l *Letter) error
	UpdateLetter(ctx context.Context, l *Letter) error
	Letter(ctx context.Context, id ID) (*Letter, error)
	LettersOf(ctx context.Context, submission ID) ([]Letter, error)
	// Mailbox lists the letters dispatched to a body, newest first; total stops at CountLimit+1.
	// Labelled ones only if the reader is named for them or their case; reader empty: all.
	Mailbox(ctx context.Context, body, reader ID, limit, offset int) (list []Letter, total int, err error)
	LetterByAddress(ctx context.Context, public string) (*Letter, error)
	LetterByNumber(ctx context.Context, number string, date calendar.Date) ([]Letter, error)
	// LetterOfRegistration returns the newest letter of a registration, its refusal.
	LetterOfRegistration(ctx context.Context, registration ID) (*Letter, error)
	LettersInState(ctx context.Context, state LetterState) ([]Letter, error)
}
