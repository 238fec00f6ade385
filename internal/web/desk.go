package web

import (
	"context"
	"io"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// Desk is the part of desk.Service that the pages call. It is an interface so that the pages can be tested by themselves.
type Desk interface {
	publicDesk
	bodyDesk
	correspondenceDesk
	peopleDesk
	notificationDesk
	agencyDesk
	groupDesk
	wayOutDesk
	termDesk
	adminDesk
	programsDesk
	Limits() desk.Limits
}

// publicDesk is what visitors use.
type publicDesk interface {
	Bodies(ctx context.Context, query string, limit int) ([]docket.Body, error)
	RegisterBody(ctx context.Context, who docket.Actor, in desk.RegisterBodyInput) (*docket.Registration, error)
	RegistrationDraft(ctx context.Context, access string) (*docket.Registration, error)
	DraftLetter(ctx context.Context, access string) (*desk.Download, error)
	RemoveLetter(ctx context.Context, access string) (*docket.Registration, error)
	LogIn(ctx context.Context, secret string) (docket.Actor, error)
	Actor(ctx context.Context, user docket.ID) (docket.Actor, error)
	LookUpAddress(ctx context.Context, address string) (*desk.PublicLetter, error)
	LookUpNumber(ctx context.Context, number string, date calendar.Date, code string) (*desk.PublicLetter, error)
}

// bodyDesk is what a body's people use.
type bodyDesk interface {
	DraftSubmission(ctx context.Context, who docket.Actor) (*docket.Submission, error)
	SaveSubmission(ctx context.Context, who docket.Actor, id docket.ID, form docket.Form) (*docket.Submission, error)
	AddFile(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error)
	RemoveFile(ctx context.Context, who docket.Actor, id, file docket.ID) error
	PrepareRecord(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error)
	Submit(ctx context.Context, who docket.Actor, id docket.ID, signed io.Reader) (*docket.Submission, error)
	CheckSigner(who docket.Actor, signer docket.Signer) error
	Receipt(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Letter, error)
	SendReceipt(ctx context.Context, who docket.Actor, id docket.ID) error
	Correct(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error)
	WithdrawFor(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Submission, error)
	AddDocument(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error)
	ListSubmissions(ctx context.Context, who docket.Actor, f docket.SubmissionFilter) ([]desk.SubmissionRow, int, error)
	Submission(ctx context.Context, who docket.Actor, id docket.ID) (*desk.SubmissionView, error)
	Mailbox(ctx context.Context, who docket.Actor, limit, offset int) ([]docket.Letter, int, error)
	Letter(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Letter, error)
	DownloadRecord(ctx context.Context, who docket.Actor, submission docket.ID) (*desk.Download, error)
	DownloadSigned(ctx context.Context, who docket.Actor, submission docket.ID, version int) (*desk.Download, error)
	DownloadFile(ctx context.Context, who docket.Actor, submission, file docket.ID) (*desk.Download, error)
	DownloadAttachment(ctx context.Context, who docket.Actor, message, file docket.ID) (*desk.Download, error)
	DownloadLetter(ctx context.Context, who docket.Actor, letter docket.ID) (*desk.Download, error)
}

// agencyDesk is what the agency's people use.
type agencyDesk interface {
	ListRegistrations(ctx context.Context, who docket.Actor, f docket.RegistrationFilter) ([]docket.Registration, int, error)
	Registration(ctx context.Context, who docket.Actor, id docket.ID) (*desk.RegistrationView, error)
	ApproveBody(ctx context.Context, who docket.Actor, in desk.ApproveBodyInput) (*docket.Registration, error)
	RefuseBody(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Registration, error)
	DownloadApplication(ctx context.Context, who docket.Actor, registration docket.ID) (*desk.Download, error)
	AcceptSubmission(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error)
	NotifyDeficiency(ctx context.Context, who docket.Actor, id docket.ID, items []string) (*docket.Notice, error)
	SealResponse(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error)
	Dispatch(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error)
	AnnulLetter(ctx context.Context, who docket.Actor, letter docket.ID, reason string) (*docket.Letter, error)
}

// wayOutDesk is what a letter's way out needs, and those who stand in for somebody.
type wayOutDesk interface {
	DispatchList(ctx context.Context, who docket.Actor, f docket.DispatchFilter) ([]docket.DispatchEntry, error)
	Dispatched(ctx context.Context, who docket.Actor, letter docket.ID) ([]docket.DispatchEntry, error)
	AddCopy(ctx context.Context, who docket.Actor, in desk.CopyInput) (*docket.DispatchEntry, error)
	NoteReceipt(ctx context.Context, who docket.Actor, entry docket.ID) (*docket.DispatchEntry, error)
	ConfirmReceipt(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error)
	Journal(ctx context.Context, who docket.Actor, f docket.JournalFilter) ([]docket.JournalRow, error)
	JournalKinds(ctx context.Context) ([]docket.JournalKind, error)
	Control(ctx context.Context, who docket.Actor, f desk.ControlFilter) (*desk.ControlView, error)
	HeadSigns() bool
	DownloadToSign(ctx context.Context, who docket.Actor, letter docket.ID) (*desk.Download, error)
	SignLetter(ctx context.Context, who docket.Actor, letter docket.ID, signed io.Reader) (*docket.Letter, error)
	CheckLetterSigner(who docket.Actor, g docket.Signer) error
	ReturnLetter(ctx context.Context, who docket.Actor, letter docket.ID, reason string) (*docket.Letter, error)
	Delegate(ctx context.Context, who docket.Actor, in desk.DelegationInput) (*docket.Delegation, error)
	EndDelegation(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Delegation, error)
	Delegations(ctx context.Context, who docket.Actor, f docket.DelegationFilter) ([]docket.Delegation, error)
	Colleagues(ctx context.Context, who docket.Actor) ([]docket.User, error)
}

// termDesk is what the pages of the calendar and of procedures use.
type termDesk interface {
	CalendarYear(ctx context.Context, who docket.Actor, year int) (*desk.CalendarYear, error)
	PutCalendarDays(ctx context.Context, who docket.Actor, days ...calendar.Decreed) error
	RemoveCalendarDay(ctx context.Context, who docket.Actor, day calendar.Date, kind calendar.DecreedKind, reason string) error
	ReadCalendar(ctx context.Context, who docket.Actor, text string) ([]desk.CalendarLine, error)
	Procedures(ctx context.Context, who docket.Actor, code docket.ProcedureCode) ([]docket.Procedure, error)
	OutgoingMessages(ctx context.Context, who docket.Actor, f docket.OutgoingFilter) (*desk.OutgoingPage, error)
	SendAgain(ctx context.Context, who docket.Actor, id docket.ID) error
	SetLabel(ctx context.Context, who docket.Actor, id docket.ID, label docket.Label) (*docket.Submission, error)
	Readers(ctx context.Context, who docket.Actor, id docket.ID) (*desk.ReadersView, error)
	NameReader(ctx context.Context, who docket.Actor, id, user docket.ID) error
	RemoveReader(ctx context.Context, who docket.Actor, id, user docket.ID) error
	Confidential(ctx context.Context, who docket.Actor) ([]desk.ReadersView, error)
	ChangeProcedure(ctx context.Context, who docket.Actor, in desk.ProcedureChange) (*docket.Procedure, error)
}

// The service is a Desk.
var _ Desk = (*desk.Service)(nil)
