package desk

import (
	"context"

	"mohur/docket"
)

// ApproveBodyInput is the registrar's decision.
type ApproveBodyInput struct {
	ID docket.ID
	// Reason is needed when the certificate's organisation is not the chosen body.
	Reason string
}

// ApproveBody approves a registration: the signer becomes the body's administrator and gets N2 by mail and SMS with a one-time link.
func (s *Service) ApproveBody(ctx context.Context, who docket.Actor, in ApproveBodyInput) (*docket.Registration, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// RefuseBody refuses a registration with a reason, by a numbered and sealed letter.
func (s *Service) RefuseBody(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Registration, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
