package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"mohur/docket"
	"mohur/internal/credential"
	"mohur/internal/desk"
	"mohur/internal/paper"
	"mohur/internal/web"
	"mohur/signing"
	"mohur/signing/pades"
)

// sealer makes the agency's seals: the desk's Sealer port over the configured credentials.
type sealer struct {
	credentials *credential.Set
	unit        string // on the visible part, where no seal profile says another
	proofs      *proofs
	images      sealImages // of seal profiles
	now         func() time.Time
}

// Close logs out of every token.
func (s *sealer) Close() error { return s.credentials.Close() }

// Profile describes the seal that a credential makes next.
func (s *sealer) Profile(ctx context.Context, name string, except ...string) (desk.SealProfile, error) {
	m, err := s.credentials.Choose(ctx, name, except...)
	if err != nil {
		return desk.SealProfile{}, sealRefusal(err)
	}
	return desk.SealProfile{
		Name: name, Member: m.Name(), PerDay: s.credentials.PerDay(name), Unit: s.unit, Holder: m.Certificate().Subject.CommonName(), Key: m.KeyLabel(),
		Certificate: fingerprint(sha256.Sum256(m.Certificate().Raw)), Level: s.levelName(),
	}, nil
}

// Seal writes the sealed file, with the key of the certificate that the intent names. The visible part goes into the sheet's own field, and says
// number, date and code.
func (s *sealer) Seal(ctx context.Context, in desk.SealInput, out docket.BlobWriter) error {
	m, err := s.member(ctx, in.Credential, in.Certificate)
	if err != nil {
		return err
	}
	opts := pades.Options{
		Request: s.request(m), Field: paper.SealField, Page: in.Place.Page, Rect: [4]float64{in.Place.X1, in.Place.Y1, in.Place.X2, in.Place.Y2},
		Name: m.Certificate().Subject.CommonName(), Reason: in.Reason, Appearance: s.appearance(m, in), InputSHA256: in.Document.Bytes(),
	}
	if err := errors.Join(byTerms(&opts, in.Terms), s.images.dress(ctx, opts.Appearance, in.Terms, in.LookupURL)); err != nil {
		return err
	}
	_, err = pades.Sign(ctx, in.File, in.Size, out, opts)
	return sealRefusal(err)
}

// member is the one with the certificate.
func (s *sealer) member(ctx context.Context, name string, certificate docket.Hash) (*credential.Member, error) {
	sum := certificate.Bytes()
	if len(sum) != sha256.Size {
		return nil, errors.New("the intent names no certificate")
	}
	m, err := s.credentials.Member(ctx, name, [32]byte(sum))
	if err != nil {
		return nil, sealRefusal(err)
	}
	return m, nil
}

// request names key and certificate, and what the seal needs besides.
func (s *sealer) request(m *credential.Member) signing.Request {
	return s.proofs.into(signing.Request{Signer: m.Signer(), Certificate: m.Certificate().Raw, Chain: m.Chain(), Now: s.now})
}

// levelName is the configured level as reports spell it.
func (s *sealer) levelName() string {
	return "PAdES-BASELINE-" + strings.TrimPrefix(string(s.proofs.level), "B-")
}

// appearance is the visible seal's text.
func (s *sealer) appearance(m *credential.Member, in desk.SealInput) *pades.Appearance {
	a := &pades.Appearance{Title: s.unit, Lines: []string{m.Certificate().Subject.CommonName()}, Border: true}
	if t := in.Terms; t != nil {
		if !t.Appearance.Visible {
			return nil
		}
		a.Title, a.Lines = t.Unit, append(a.Lines, t.Appearance.Lines...)
	}
	if in.Number != "" {
		a.Lines = append(a.Lines, "№ "+in.Number)
	}
	if in.Date != "" {
		a.Lines = append(a.Lines, in.Date)
	}
	if in.ControlCode != "" {
		a.Lines = append(a.Lines, in.ControlCode)
	}
	return a
}

// healthLimit bounds how long a look at the service waits for a token that was not opened yet.
const healthLimit = 5 * time.Second

// health says which credentials can seal. As long as one of them can, the service is of use; one without credentials only verifies.
func (s *sealer) health(ctx context.Context) []web.Check {
	names := s.credentials.Names()
	if len(names) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, healthLimit)
	defer cancel()
	c := web.Check{Name: tokenPart}
	for _, name := range names {
		if _, err := s.credentials.Choose(ctx, name); err == nil {
			c.OK = true
		}
	}
	status := s.credentials.Status()
	c.Detail = credentialsInWords(status)
	for _, name := range names {
		usable, all := 0, 0
		for _, m := range status {
			if m.Credential != name {
				continue
			}
			all++
			if m.Usable() {
				usable++
			}
		}
		c.Say = append(c.Say, web.Said{Key: "system.say.keys", Args: []any{"name", name, "n", usable, "all", all}})
	}
	return []web.Check{c}
}
