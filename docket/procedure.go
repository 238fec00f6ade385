package docket

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"mohur/docket/calendar"
)

// ProcedureCode names a kind of case whose terms are data.
type ProcedureCode string

// ProcedureOpinion is the giving of an opinion on a project (layihəyə rəy, system S1).
const ProcedureOpinion ProcedureCode = "opinion"

// ProcedureCodes lists the kinds of cases.
func ProcedureCodes() []ProcedureCode { return []ProcedureCode{ProcedureOpinion} }

// DocumentKind is a kind of signed document that comes in, for which a procedure says what signature it wants.
type DocumentKind string

// The kinds of signed documents.
const (
	DocumentLetter  DocumentKind = "registration_letter" // S1-05
	DocumentRecord  DocumentKind = "record"              // S1-12
	DocumentOpinion DocumentKind = "opinion"             // the head's own signature
)

// DocumentKinds lists them.
func DocumentKinds() []DocumentKind {
	return []DocumentKind{DocumentLetter, DocumentRecord, DocumentOpinion}
}

// ProcedureTerms are the terms of a kind of case (requirements.md 7; 8, 3 to 5).
type ProcedureTerms struct {
	Review    calendar.Period               `json:"review"`            // of the whole case, from its receipt (S1-15)
	Answer    calendar.Period               `json:"answer"`            // of the body, from a deficiency notice
	Notice    calendar.Period               `json:"notice"`            // of the agency: from a deficiency's recording to its notice
	Return    calendar.Period               `json:"return"`            // from a notice without answer to the case's return
	Suspend   bool                          `json:"suspend,omitempty"` // the review stands still while a deficiency is open
	Reminders []int                         `json:"reminders"`         // days left at which those who act are told, falling: 10, 5, 2
	Visas     []string                      `json:"visas,omitempty"`   // codes of the units whose visa an opinion needs
	Levels    map[DocumentKind]MinimumLevel `json:"levels,omitempty"`  // weakest signature accepted; none: LevelEnhanced
	Signers   map[DocumentKind]SignerRules  `json:"signers,omitempty"` // whose signature counts; none: StrictSigner
}

// Procedure is one version of a kind of case's terms. Its terms never change: a change is the next version, and a case keeps the one it began
// under.
type Procedure struct {
	ID         ID
	Code       ProcedureCode
	Version    int
	From       calendar.Date // cases received on this day or later begin under it; no date: always
	Terms      ProcedureTerms
	Why        string
	MadeBy     ID // empty: came with the program
	MadeByName string
	Made       time.Time
}

// DefaultTerms is the strictest reading of the sources: 30 calendar days from the day after receipt, neither moved nor suspended
// (requirements.md 7), seven working days for the body's answer, one for the notice.
func DefaultTerms() ProcedureTerms {
	return ProcedureTerms{
		Review:    calendar.Period{N: 30, Unit: calendar.CalendarDays},
		Answer:    calendar.Period{N: 7, Unit: calendar.WorkingDay},
		Notice:    calendar.Period{N: 1, Unit: calendar.WorkingDay},
		Return:    calendar.Period{N: 30, Unit: calendar.CalendarDays},
		Reminders: []int{10, 5, 2},
	}
}

// Rule spells the review's rule for a case's row: the period, and whether it is suspended.
func (t ProcedureTerms) Rule() string {
	rule := t.Review.String()
	if t.Suspend {
		rule += " suspend"
	}
	return rule
}

// ParseRule reads what Rule wrote; pages name the rule from it.
func ParseRule(rule string) (p calendar.Period, suspend bool, ok bool) {
	rest, suspend := strings.CutSuffix(rule, " suspend")
	p, err := calendar.ParsePeriod(rest)
	return p, suspend, err == nil
}

// Check lists what is wrong with the terms: a term without days, an unknown unit or rule, reminders that do not fall.
func (t ProcedureTerms) Check() Errors {
	var errs Errors
	for _, p := range []struct {
		field string
		p     calendar.Period
	}{{"review", t.Review}, {"answer", t.Answer}, {"notice", t.Notice}, {"return", t.Return}} {
		if !p.p.Valid() {
			errs = append(errs, Invalid(p.field, KeyPeriod))
		}
	}
	if len(t.Reminders) > 10 || slices.ContainsFunc(t.Reminders, func(n int) bool { return n < 1 || n > 365 }) ||
		!slices.IsSortedFunc(t.Reminders, func(a, b int) int { return b - a }) || len(slices.Compact(slices.Clone(t.Reminders))) != len(t.Reminders) {
		errs = append(errs, Invalid("reminders", KeyReminders))
	}
	for kind, level := range t.Levels {
		if !slices.Contains(DocumentKinds(), kind) || !slices.Contains(MinimumLevels(), level) {
			errs = append(errs, Invalid("levels", KeyChoice))
		}
	}
	for kind, rules := range t.Signers {
		if !slices.Contains(DocumentKinds(), kind) || !rules.valid() {
			errs = append(errs, Invalid("signers", KeyChoice))
		}
	}
	return errs
}

// Reminder is the step at which a term with so many days left is told: the nearest of the reminders not before it, or 0 when none is due
// yet or the term is over.
func (t ProcedureTerms) Reminder(left int) int {
	step := 0
	for _, n := range t.Reminders {
		if left >= 0 && left <= n && (step == 0 || n < step) {
			step = n
		}
	}
	return step
}

// The steps of a term's reminders besides the numbers of days left.
const (
	StepLastWorking = "last_working" // the last working day before a term that ends on a day off
	StepOverdue     = "overdue"      // told to the head, once
)

// Step spells a reminder of so many days left.
func Step(daysLeft int) string { return strconv.Itoa(daysLeft) }

// Suspension is a time in which a term stood still.
type Suspension struct {
	ID         ID
	DeadlineID ID
	NoticeID   ID            // the deficiency that opened it
	From       calendar.Date // the day of the notice: the day after it does not count
	To         calendar.Date // the day of the answer, the last that does not count; no date: it stands still now
	Days       int           // days that did not count, in the term's unit (working days for a term of working days)
	DueBefore  calendar.Date // the last day as it was when the suspension began
	DueAfter   calendar.Date // as it was when the suspension ended
}

// Span is its days for the calendar; an open one lasts until today.
func (s Suspension) Span(today calendar.Date) calendar.Span {
	if s.To.IsZero() {
		return calendar.Span{From: s.From, To: today}
	}
	return calendar.Span{From: s.From, To: s.To}
}

// Procedures stores versions of terms.
type Procedures interface {
	// AddProcedure adds the next version of a code; ErrStale if that version is there.
	AddProcedure(ctx context.Context, p *Procedure) error
	// Procedure reads one version.
	Procedure(ctx context.Context, code ProcedureCode, version int) (*Procedure, error)
	// ProcedureOn reads the version in force for what comes in on a day: of those that apply the one with the latest From, then the latest.
	ProcedureOn(ctx context.Context, code ProcedureCode, day calendar.Date) (*Procedure, error)
	// ListProcedures lists the versions of a code, newest first; all codes for "".
	ListProcedures(ctx context.Context, code ProcedureCode) ([]Procedure, error)

	AddSuspension(ctx context.Context, s *Suspension) error
	// EndSuspension closes an open one with its end, days and the new due date; ErrStale if it is closed.
	EndSuspension(ctx context.Context, s *Suspension) error
	// Suspensions lists those of a case's terms, oldest first.
	Suspensions(ctx context.Context, submission ID) ([]Suspension, error)
}
