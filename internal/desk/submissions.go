package desk

import (
	"context"

	"mohur/docket"
	"mohur/docket/calendar"
)

// Period is where a project stands in its days (S1-29).
type Period struct {
	Received, Due calendar.Date
	Used, Left    int // days; Left is negative when overdue
	Overdue       bool
	Rule          string
}

// SubmissionRow is a line of the list.
type SubmissionRow struct {
	docket.Submission
	Period Period
	Unread int
}

// SubmissionView is a project with everything that belongs to it.
type SubmissionView struct {
	Submission    docket.Submission
	Period        Period
	Versions      []docket.Version
	Verifications map[docket.ID]docket.Verification // of the versions
	Letters       []docket.Letter                   // those the actor may see
	Notices       []docket.Notice
	Deadlines     []docket.Deadline
	Unread        int
	Events        []string // what the actor may do now
}

// ListSubmissions lists the projects the actor may see: a body's people their own body's, the agency's people all but drafts.
func (s *Service) ListSubmissions(ctx context.Context, who docket.Actor, f docket.SubmissionFilter) ([]SubmissionRow, int, error) {
	return nil, 0, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Submission shows one project; another body's is not found.
func (s *Service) Submission(ctx context.Context, who docket.Actor, id docket.ID) (*SubmissionView, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
