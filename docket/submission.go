package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// SubmissionState is where a project stands. Overdue is computed, not a state.
type SubmissionState string

// The states of a project.
const (
	SubmissionDraft     SubmissionState = "draft"
	SubmissionVerifying SubmissionState = "verifying" // received; revocation data could not be fetched yet
	SubmissionSent      SubmissionState = "sent"
	SubmissionAccepted  SubmissionState = "accepted"
	SubmissionInReview  SubmissionState = "in_review"
	SubmissionDeficient SubmissionState = "deficient"
	SubmissionDrafted   SubmissionState = "opinion_drafted"
	SubmissionVisa      SubmissionState = "visa"             // the page is frozen by its SHA-256 until the units' heads have agreed to it
	SubmissionChecked   SubmissionState = "opinion_approved" // the dispatch check passed: this very text may be sealed
	SubmissionSigned    SubmissionState = "signed"           // the head's own signature is on that text
	SubmissionSealed    SubmissionState = "sealed"
	SubmissionAnswered  SubmissionState = "dispatched"
	SubmissionWithdrawn SubmissionState = "withdrawn"
	SubmissionReturned  SubmissionState = "returned"
	SubmissionArchived  SubmissionState = "archived"
)

// The events of a project.
const (
	EventSubmit     = "submit"
	EventAccept     = "accept"
	EventReview     = "review"
	EventNotice     = "notify_deficiency"
	EventCorrect    = "correct"
	EventDraft      = "draft_opinion"
	EventAskVisas   = "request_visas"
	EventGiveVisa   = "give_visa"
	EventRefuseVisa = "refuse_visa"
	EventCheck      = "check_dispatch"
	EventSendBack   = "send_back"
	EventSign       = "sign"
	EventSeal       = "seal"
	EventDispatch   = "dispatch"
	EventWithdraw   = "withdraw"
	EventReturn     = "return"
	EventArchive    = "archive"
)

// SubmissionTransitions is the table of requirements.md 2 (states, project).
func SubmissionTransitions() []Transition[SubmissionState] {
	body := []Role{RoleBodyAdmin, RoleRepresentative}
	coordinator, expert := []Role{RoleCoordinator}, []Role{RoleExpert}
	checker, head, system := []Role{RoleDispatchChecker}, []Role{RoleVisaGiver}, []Role{RoleSystem}
	archivist := []Role{RoleSystem}
	table := []Transition[SubmissionState]{
		{EventSubmit, SubmissionDraft, SubmissionSent, body, "signed record is ours byte for byte, TOTAL-PASSED, signer is the session's person and body"},
		{EventWait, SubmissionDraft, SubmissionVerifying, body, "INDETERMINATE only because revocation data could not be fetched"},
		{EventConfirm, SubmissionVerifying, SubmissionSent, system, "record TOTAL-PASSED within 24 hours"},
		{EventReject, SubmissionVerifying, SubmissionDraft, system, "record not TOTAL-PASSED, or 24 hours over"},
		{EventCorrect, SubmissionSent, SubmissionSent, body, "a new version, signed again"},
		{EventAccept, SubmissionSent, SubmissionAccepted, coordinator, "attachments checked"},
		{EventReview, SubmissionAccepted, SubmissionInReview, coordinator, "units are given tasks, one of them leads"},
		{EventNotice, SubmissionInReview, SubmissionDeficient, coordinator, "items listed; the notice takes a number and is sealed"},
		{EventCorrect, SubmissionDeficient, SubmissionInReview, body, "a new version, signed again"},
		{EventDraft, SubmissionInReview, SubmissionDrafted, expert, "the person of the leading unit; the page is rendered and stored"},
		{EventDraft, SubmissionDrafted, SubmissionDrafted, expert, "a new page is rendered; the earlier one is kept"},
		{EventAskVisas, SubmissionDrafted, SubmissionVisa, expert, "every task is answered about this version or taken back; the page is frozen by its SHA-256"},
		{EventGiveVisa, SubmissionVisa, SubmissionVisa, head, "of an asked unit, not the drafter; over that very SHA-256"},
		{EventRefuseVisa, SubmissionVisa, SubmissionInReview, head, "of an asked unit; with reasons; all visas fall"},
		{EventCheck, SubmissionVisa, SubmissionChecked, checker, "every visa is given; another person than the drafter; the checklist is confirmed; the SHA-256 of the page is stored"},
		{EventCheck, SubmissionDrafted, SubmissionChecked, checker, "where the office asks for no visas; the same otherwise"},
		{EventSendBack, SubmissionDrafted, SubmissionInReview, checker, "with reasons"},
		{EventSendBack, SubmissionVisa, SubmissionInReview, checker, "with reasons; all visas fall"},
		{EventSendBack, SubmissionChecked, SubmissionInReview, []Role{RoleSignatory}, "with reasons; all visas fall"},
		{EventSign, SubmissionChecked, SubmissionSigned, []Role{RoleSignatory}, "a third person; his own signature over the approved page, byte for byte, TOTAL-PASSED"},
		{EventSeal, SubmissionSigned, SubmissionSealed, []Role{RoleSignatory, RoleSystem}, "neither drafter nor checker; the sealed file passed our own check, the head's signature is worth what it was"},
		{EventSeal, SubmissionChecked, SubmissionSealed, []Role{RoleSignatory, RoleSystem}, "where the head does not sign: a third person; the sealed file passed our own check"},
		{EventDispatch, SubmissionSealed, SubmissionAnswered, []Role{RoleDispatchChecker, RoleSignatory, RoleSystem}, "the letter stands in the body's mailbox"},
		{EventAnnul, SubmissionChecked, SubmissionInReview, system, "its letter could not be sealed and was given up"},
		{EventAnnul, SubmissionSigned, SubmissionInReview, system, "its letter could not be sealed and was given up"},
		{EventReturn, SubmissionDeficient, SubmissionReturned, coordinator, "no answer in 30 days; by a signed letter"},
		{EventArchive, SubmissionAnswered, SubmissionArchived, archivist, "retention class given"},
	}
	for _, s := range []SubmissionState{SubmissionSent, SubmissionAccepted, SubmissionInReview, SubmissionDeficient, SubmissionDrafted, SubmissionVisa, SubmissionChecked} {
		table = append(table, Transition[SubmissionState]{EventWithdraw, s, SubmissionWithdrawn, body, "until it is signed"})
	}
	return table
}

// Open says whether the case still runs.
func (s SubmissionState) Open() bool {
	switch s {
	case SubmissionAnswered, SubmissionWithdrawn, SubmissionReturned, SubmissionArchived, SubmissionDraft:
		return false
	default:
		return true
	}
}

// DocumentType is the kind of project (Sənədin növü); the catalogues hold a label for each.
type DocumentType string

// DocumentTypes lists the kinds of requirements.md 8, 12.
func DocumentTypes() []DocumentType {
	return []DocumentType{"information_system", "information_resource", "e_service", "normative_act", "terms_of_reference", "other"}
}

// Form is what the representative fills in (S1-11).
type Form struct {
	CoverNumber   string        `json:"coverNumber"` // Müşayiət məktubunun nömrəsi
	CoverDate     calendar.Date `json:"coverDate"`
	DocumentType  DocumentType  `json:"documentType"`
	ProjectName   string        `json:"projectName"`
	NoStateSecret bool          `json:"noStateSecret"`         // confirmed: no state secret is sent here
	OfficialUse   bool          `json:"officialUse,omitempty"` // the sender's wish: xidməti istifadə üçün
}

// File is an uploaded document of a project.
type File struct {
	ID        ID        `json:"id"`
	Name      string    `json:"name"`
	MediaType string    `json:"mediaType"` // by content
	Size      int64     `json:"size"`
	Blob      Hash      `json:"blob"`
	Extra     bool      `json:"extra,omitempty"` // an additional document (əlavə sənəd), not covered by the record's signature
	Added     time.Time `json:"added"`
}

// Submission is a project sent for an opinion.
type Submission struct {
	ID       ID
	BodyID   ID
	BodyName string
	UserID   ID     // the responsible person
	Person   string // ad, soyad
	State    SubmissionState
	Form     Form
	Files    []File
	Version  int // 1 from the first draft; a correction after sending raises it

	Record     Hash      // the prepared canonical record as a page, empty until prepared or after a change
	RecordData Hash      // its machine-readable form
	Incoming   *Incoming // in `verifying`: what came in and is asked about again
	Number     string    // ours, from the incoming journal, empty before receipt

	Created  time.Time
	Received time.Time     // when the server finished storing the signed record
	Due      calendar.Date // last day of the review; zero before receipt
	DueRule  string        // the rule, ProcedureTerms.Rule, named beside the date
	// Procedure and its version are what the case began under.
	Procedure        ProcedureCode
	ProcedureVersion int
	Provisional      bool          // the calendar of a year on the way to Due is not complete yet
	StillDays        int           // days of suspensions that ended, in the term's unit
	StillSince       calendar.Date // since when the term stands still; no date: it runs
	Label            Label
	Expert           ID // who drafts

	Withdrawal string    // why the body withdrew it
	Correction *Draft    // what a correction that is not signed yet would make of it; nil if none
	Touched    time.Time // the last change; drafts untouched for long are removed
	EndTold    bool      // that it will be removed
	Rev        int
}

// Incoming is a signed record that can't be judged yet.
type Incoming struct {
	Signed    Hash      `json:"signed"`
	Timestamp []byte    `json:"timestamp"`
	Received  time.Time `json:"received"`
	Program   string    `json:"program,omitempty"` // that sent it; empty: a person
}

// Draft is an unsigned state of form and files.
type Draft struct {
	Form  Form
	Files []File
}

// Editing returns what the representative may change now: the draft itself, an opened correction, or nil twice. Signed fields never change
// in place (requirements.md 8, 6).
func (s *Submission) Editing() (*Form, *[]File) {
	switch {
	case s.State == SubmissionDraft:
		return &s.Form, &s.Files
	case s.Correction != nil:
		return &s.Correction.Form, &s.Correction.Files
	default:
		return nil, nil
	}
}

// Version is one signed state of a submission; never changed.
type Version struct {
	SubmissionID   ID
	N              int
	Form           Form
	Files          []File
	RecordJSON     []byte // the machine-readable record that was signed
	Record         Hash   // the page given for signing
	Signed         Hash   // the page as it came back
	VerificationID ID
	Signer         Signer
	Timestamp      []byte // our RFC 3161 token over the signed file's hash
	Received       time.Time
}

// SubmissionOrder is a column to sort by.
type SubmissionOrder string

// The orders of the list; a leading minus is descending. The zero value is newest first.
const (
	OrderReceived    SubmissionOrder = "received"
	OrderReceivedRev SubmissionOrder = "-received"
	OrderDue         SubmissionOrder = "due"
	OrderDueRev      SubmissionOrder = "-due"
	OrderName        SubmissionOrder = "name"
	OrderNameRev     SubmissionOrder = "-name"
)

// SubmissionFilter selects submissions (S1-17 to S1-21). The zero value is everything, newest first.
type SubmissionFilter struct {
	BodyID       ID     // set by the verbs for a body's people
	Name         string // part of the project's name
	Number       string // part of the cover letter's number or of ours
	ReceivedFrom calendar.Date
	ReceivedTo   calendar.Date // inclusive
	DueFrom      calendar.Date
	DueTo        calendar.Date // inclusive
	States       []SubmissionState
	Without      []SubmissionState
	People       []ID // set by the verbs for a unit's people: drafted by one of these, or asked of them as a task
	Units        []ID // set by the verbs for a unit's people, with People: or a task of one of these units
	WithDrafts   bool
	Labelled     bool // what carries a label only; set by the verbs
	Reader       ID   // set by the verbs: labelled projects only if this person is named for them; empty: all
	Order        SubmissionOrder
	Limit        int // rows shown; 0: 20, at most 200
	Offset       int // for the first pages; later ones go by After and Before, which cost the same everywhere
	// After shows what follows this row in the order, Before what comes before it, Last the end of the list; at most one of them. A row that is gone is
	// ErrNotFound.
	After, Before ID
	Last          bool
}

// Submissions stores projects, their files and signed versions.
type Submissions interface {
	AddSubmission(ctx context.Context, s *Submission) error
	UpdateSubmission(ctx context.Context, s *Submission) error
	Submission(ctx context.Context, id ID) (*Submission, error)
	// ListSubmissions lists a page and counts all rows of the filter up to CountLimit; total is CountLimit+1 where there are more (Many). The rows come
	// without Files, Incoming and Correction, which only a page of one case shows.
	ListSubmissions(ctx context.Context, f SubmissionFilter) (list []Submission, total int, err error)
	// OldDrafts lists drafts untouched since the instant.
	OldDrafts(ctx context.Context, since time.Time) ([]Submission, error)
	RemoveDraft(ctx context.Context, id ID) error
	AddVersion(ctx context.Context, v *Version) error
	Versions(ctx context.Context, submission ID) ([]Version, error)
}
