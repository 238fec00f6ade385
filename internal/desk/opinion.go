package desk

import (
	"context"

	"mohur/docket"
)

// OpinionInput is the text of an opinion.
type OpinionInput struct {
	SubmissionID docket.ID
	Subject      string
	Text         string
	Outcome      docket.Outcome
}

// DraftOpinion writes or rewrites the opinion; its page is made and stored (expert).
func (s *Service) DraftOpinion(ctx context.Context, who docket.Actor, in OpinionInput) (*docket.Letter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// CheckDispatch approves the very page the checker saw, by its SHA-256; only that may be sealed (dispatch-checker, not the drafter).
func (s *Service) CheckDispatch(ctx context.Context, who docket.Actor, letter docket.ID, seen docket.Hash) (*docket.Letter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// SendBack returns a drafted opinion to its expert with reasons (dispatch-checker).
func (s *Service) SendBack(ctx context.Context, who docket.Actor, letter docket.ID, reason string) (*docket.Letter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
