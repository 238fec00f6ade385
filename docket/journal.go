package docket

import (
	"context"

	"mohur/docket/calendar"
)

// JournalKind is a kind of document that stands in a journal (S3-18). Kinds are rows with their labels.
type JournalKind struct {
	Code       string // "letter", "opinion", "normative_act"
	Az, En, Ru string
}

// In is the kind's label in a language, by its ISO 639-1 code.
func (k JournalKind) In(language string) string {
	switch language {
	case "en":
		return k.En
	case "ru":
		return k.Ru
	}
	return k.Az
}

// JournalKindOf is the kind under which an official letter stands in the journal of what goes out.
func JournalKindOf(k LetterKind) string {
	if k == LetterOpinion {
		return "opinion"
	}
	return "letter"
}

// JournalKindOfProject is the kind under which a project stands in the journal of what comes in: a draft of a normative act, or else a proposal
// (layihə/təklif).
func JournalKindOfProject(t DocumentType) string {
	if t == "normative_act" {
		return "normative_act"
	}
	return "proposal"
}

// JournalRow is a number with what holds it (S3-03): every number of a journal has one, annulled ones too.
type JournalRow struct {
	Number
	LetterID      ID // empty: a project's own number
	LetterKind    LetterKind
	LetterState   LetterState
	SubmissionID  ID
	State         SubmissionState // of the project
	Correspondent string
	Content       string // short; blank of what is labelled, see Label
	Label         Label
	Executor      string
	Due           calendar.Date
}

// JournalFilter selects rows of one journal, the newest first.
type JournalFilter struct {
	Journal  Journal
	From, To calendar.Date // days, inclusive
	Number   string        // part of it
	Kind     string
	Annulled bool      // the annulled ones only
	After    JournalAt // the last row of the page before
	Limit    int       // 0: 50, at most 1000
}

// JournalAt is a place in a journal.
type JournalAt struct {
	Day        calendar.Date
	Unit, Case string
	Seq        int
}

// At is the row's place.
func (r *JournalRow) At() JournalAt { return JournalAt{r.Date, r.Series.Unit, r.Series.Case, r.Seq} }

// Journals reads the books of numbers.
type Journals interface {
	// DescribeNumber says what the number that a subject holds stands on, in the unit of work that took it: the kind and how many annexes share it.
	DescribeNumber(ctx context.Context, subject ID, kind string, annexes int) error
	Journal(ctx context.Context, f JournalFilter) ([]JournalRow, error)
	JournalKinds(ctx context.Context) ([]JournalKind, error)
}
