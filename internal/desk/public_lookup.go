package desk

import (
	"context"

	"mohur/docket"
	"mohur/docket/calendar"
)

// PublicLetter is what the public page says of a sealed document: never addressee, subject or contents.
type PublicLetter struct {
	Number       string
	Date         calendar.Date
	Unit         string
	Verification docket.Verification // of the sealed file, made now
}

// LookUpAddress finds a sealed document by the 128-bit address in its QR code.
func (s *Service) LookUpAddress(ctx context.Context, address string) (*PublicLetter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// LookUpNumber finds a sealed document by number, date and the control code printed on it; unknown and wrong look the same.
func (s *Service) LookUpNumber(ctx context.Context, number string, date calendar.Date, code string) (*PublicLetter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
