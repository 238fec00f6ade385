package desk

import (
	"context"
	"io"

	"mohur/docket"
)

// RegisterBodyInput is the registration form (S1-02 to S1-05).
type RegisterBodyInput struct {
	Access     string // of an earlier draft; empty starts one
	BodyID     docket.ID
	Email      string
	Mobile     string
	LetterName string
	Letter     io.Reader // nil keeps the draft's file
}

// RegisterBody takes a registration. The letter is verified at once; when it passes, the registration is finished and awaits approval.
// When anything is refused, nothing is registered: the draft that keeps what was typed and the file comes back beside the error.
func (s *Service) RegisterBody(ctx context.Context, who docket.Actor, in RegisterBodyInput) (*docket.Registration, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// RegistrationDraft returns the registration that a visitor started, by the draft's key: a draft with what was typed, or what became of it.
func (s *Service) RegistrationDraft(ctx context.Context, access string) (*docket.Registration, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// RemoveLetter takes the uploaded letter out of a draft.
func (s *Service) RemoveLetter(ctx context.Context, access string) (*docket.Registration, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
