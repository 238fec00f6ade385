package docket

import (
	"context"
	"time"

	"mohur/docket/calendar"
)

// FollowUpAnswer is what is known of a project after its opinion.
type FollowUpAnswer string

// The answers. The empty one is: not known yet.
const (
	FollowUpUnknown FollowUpAnswer = ""
	FollowUpYes     FollowUpAnswer = "yes"
	FollowUpPartly  FollowUpAnswer = "partly"
	FollowUpNo      FollowUpAnswer = "no"
)

// FollowUpAnswers lists the answers that a person can give; the catalogues hold a label for each.
func FollowUpAnswers() []FollowUpAnswer {
	return []FollowUpAnswer{FollowUpYes, FollowUpPartly, FollowUpNo}
}

// FollowUp is what became of a project after a positive opinion (S1-36): whether it was built as approved and accepted into operation.
type FollowUp struct {
	SubmissionID ID
	LetterID     ID // the opinion
	Planned      calendar.Date
	AsApproved   FollowUpAnswer // built as the approved project says
	InOperation  FollowUpAnswer // accepted into operation
	AcceptedOn   calendar.Date  // into operation; zero: not
	Notes        string
	Documents    []string // references: number, date and what it is
	Closed       time.Time
	By           ID // who wrote it last
	ByName       string
	Created      time.Time
	Touched      time.Time
	Rev          int
}

// FollowUpFilter selects follow-ups. The zero value is all that are open, the earliest planned first.
type FollowUpFilter struct {
	DueTo  calendar.Date // planned until that day, inclusive
	Closed bool          // the closed ones instead
	After  ID            // those after this project's, for the next page
	Limit  int           // 0: 50, at most 500
}

// FollowUps stores what became of projects.
type FollowUps interface {
	AddFollowUp(ctx context.Context, f *FollowUp) error
	UpdateFollowUp(ctx context.Context, f *FollowUp) error
	FollowUp(ctx context.Context, submission ID) (*FollowUp, error)
	ListFollowUps(ctx context.Context, f FollowUpFilter) ([]FollowUp, error)
}
