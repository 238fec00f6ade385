package desk

import (
	"context"
	"io"

	"mohur/docket"
)

// PrepareRecord checks the form and makes the page to sign: the canonical record of every field and every file's SHA-256 as PDF/A-3. It
// answers docket.Errors when the form has faults. Download gives the page (DownloadRecord).
func (s *Service) PrepareRecord(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Submit takes the signed record. It must be our record byte for byte plus a permitted signature increment, TOTAL-PASSED, signed by the
// session's person for the session's body. Then the project is received: number, due date, receipt. On a refusal the draft stays.
// A receipt that could not be sealed yet does not undo the receipt of the project; Receipt tells.
func (s *Service) Submit(ctx context.Context, who docket.Actor, id docket.ID, signed io.Reader) (*docket.Submission, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Receipt returns the receipt's letter (sealed PDF/A with the number); one that could not be sealed before is tried again.
func (s *Service) Receipt(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Letter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// SendReceipt sends the receipt's link to the account's verified address (S1-13).
func (s *Service) SendReceipt(ctx context.Context, who docket.Actor, id docket.ID) error {
	return docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Correct opens a new version of a sent or deficient project: the next SaveSubmission, AddFile, PrepareRecord and Submit make and sign it.
func (s *Service) Correct(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// AddDocument adds an additional document (əlavə sənəd) to a running project.
func (s *Service) AddDocument(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
