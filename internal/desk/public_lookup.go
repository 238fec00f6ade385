package desk

import (
	"context"
	"crypto/subtle"
	"strings"

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

// errLookUp is the one answer to unknown and wrong.
var errLookUp = docket.Refuse(docket.CodeNotFound, docket.KeyLookup)

// LookUpAddress finds a sealed document by the 128-bit address in its QR code.
func (s *Service) LookUpAddress(ctx context.Context, address string) (*PublicLetter, error) {
	var l *docket.Letter
	err := s.store.Read(ctx, func(w docket.Work) (err error) { l, err = w.LetterByAddress(ctx, address); return err })
	if docket.CodeOf(err) == docket.CodeNotFound || err == nil && l.Sealed == "" {
		return nil, errLookUp
	}
	if err != nil {
		return nil, err
	}
	return s.publicLetter(ctx, l)
}

// LookUpNumber finds a sealed document by number, date and the control code printed on it; unknown and wrong look the same.
func (s *Service) LookUpNumber(ctx context.Context, number string, date calendar.Date, code string) (*PublicLetter, error) {
	var letters []docket.Letter
	err := s.store.Read(ctx, func(w docket.Work) (err error) {
		letters, err = w.LetterByNumber(ctx, strings.TrimSpace(number), date)
		return err
	})
	if err != nil {
		return nil, err
	}
	var found *docket.Letter
	for i := range letters {
		same := subtle.ConstantTimeCompare([]byte(plainCode(code)), []byte(plainCode(letters[i].ControlCode))) == 1
		if same && letters[i].Sealed != "" {
			found = &letters[i]
		}
	}
	if found == nil {
		return nil, errLookUp
	}
	return s.publicLetter(ctx, found)
}

// plainCode forgives what people mistype: case, hyphens, spaces, and O, I, L for digits.
func plainCode(code string) string {
	return strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(code))
}

// publicLetter verifies the sealed file now.
func (s *Service) publicLetter(ctx context.Context, l *docket.Letter) (*PublicLetter, error) {
	v, err := s.judge(ctx, l.Sealed, "") // what a visitor asks is not stored
	if err != nil {
		return nil, err
	}
	return &PublicLetter{Number: l.Number, Date: l.NumberDate, Unit: l.SealedBy, Verification: *v}, nil
}
