package desk

import (
	"context"

	"mohur/docket"
)

// Recheck verifies a registration or submission in `verifying` again: it is received with its original time, refused, or asked for later,
// until 24 hours are over. It returns whether another try is needed.
func (s *Service) Recheck(ctx context.Context, subject docket.ID) (again bool, err error) {
	return false, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// SealPending seals a letter whose intent is committed, as the job that was enqueued with it.
func (s *Service) SealPending(ctx context.Context, letter docket.ID) error {
	return docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Remind tells of deadlines with 10, 5 and 2 days left; each is told once.
func (s *Service) Remind(ctx context.Context) (told int, err error) {
	return 0, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// RemoveOldDrafts removes drafts untouched for 90 days, after a notice at 80.
func (s *Service) RemoveOldDrafts(ctx context.Context) (removed int, err error) {
	return 0, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
