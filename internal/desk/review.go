package desk

import (
	"context"

	"mohur/docket"
)

// AcceptSubmission accepts a sent project (coordinator).
func (s *Service) AcceptSubmission(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// ReviewSubmission assigns an accepted project to an expert; the review begins (coordinator).
func (s *Service) ReviewSubmission(ctx context.Context, who docket.Actor, id, expert docket.ID) (*docket.Submission, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Experts lists whom a project can be assigned to.
func (s *Service) Experts(ctx context.Context, who docket.Actor) ([]docket.User, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// NotifyDeficiency tells the body what is missing, by a numbered and sealed notice; the answer is due in seven working days (coordinator).
func (s *Service) NotifyDeficiency(ctx context.Context, who docket.Actor, id docket.ID, items []string) (*docket.Notice, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Withdraw ends a project at the body's wish, until it is sealed.
func (s *Service) Withdraw(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
