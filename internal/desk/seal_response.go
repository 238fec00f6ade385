package desk

import (
	"context"

	"mohur/docket"
)

// SealResponse seals an approved opinion: number and intent are committed, then the token signs, our own check passes, the file is
// released (signatory, neither drafter nor checker). On failure the number stays with the letter, which is tried again with it.
func (s *Service) SealResponse(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// AnnulLetter gives up a letter that could not be sealed; its number stays in the journal with the reason (signatory).
func (s *Service) AnnulLetter(ctx context.Context, who docket.Actor, letter docket.ID, reason string) (*docket.Letter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Reconcile finishes what was intended and not finished: intents whose lease is over are tried again. It returns how many were released
// and how many failed. Run at start and by a job.
func (s *Service) Reconcile(ctx context.Context) (released, failed int, err error) {
	return 0, 0, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
