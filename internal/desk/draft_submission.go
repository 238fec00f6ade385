package desk

import (
	"context"
	"io"

	"mohur/docket"
)

// DraftSubmission starts a project; name, surname and body come from the session (S1-10).
func (s *Service) DraftSubmission(ctx context.Context, who docket.Actor) (*docket.Submission, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// SaveSubmission keeps what was typed, right or wrong; PrepareRecord checks it. A change drops the prepared record.
func (s *Service) SaveSubmission(ctx context.Context, who docket.Actor, id docket.ID, form docket.Form) (*docket.Submission, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// AddFile streams a file into a draft; its type is found by its content.
func (s *Service) AddFile(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// RemoveFile takes a file out of a draft.
func (s *Service) RemoveFile(ctx context.Context, who docket.Actor, id, file docket.ID) error {
	return docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
