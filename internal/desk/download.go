package desk

import (
	"context"

	"mohur/docket"
)

// Download is a file for a user who may read it. Close Content.
type Download struct {
	Name      string
	MediaType string
	Hash      docket.Hash
	Content   docket.BlobReader
}

// DownloadRecord gives the prepared record of a draft, to be signed.
func (s *Service) DownloadRecord(ctx context.Context, who docket.Actor, submission docket.ID) (*Download, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// DownloadSigned gives the signed record of a version.
func (s *Service) DownloadSigned(ctx context.Context, who docket.Actor, submission docket.ID, version int) (*Download, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// DownloadFile gives a file of a project.
func (s *Service) DownloadFile(ctx context.Context, who docket.Actor, submission, file docket.ID) (*Download, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// DownloadAttachment gives a message's attachment.
func (s *Service) DownloadAttachment(ctx context.Context, who docket.Actor, message, file docket.ID) (*Download, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// DownloadLetter gives a letter: sealed once it is, before that its page, for the agency's people only. The body's first download is
// recorded as the first reading.
func (s *Service) DownloadLetter(ctx context.Context, who docket.Actor, letter docket.ID) (*Download, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// DownloadApplication gives the application letter of a registration (registrar).
func (s *Service) DownloadApplication(ctx context.Context, who docket.Actor, registration docket.ID) (*Download, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
