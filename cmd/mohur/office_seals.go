package main

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"io"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/algo"
	"mohur/internal/credential"
	"mohur/internal/desk"
	"mohur/internal/sealing"
	"mohur/internal/store/sqlstore"
	"mohur/signing"
	"mohur/signing/cades"
	"mohur/signing/pades"
)

// openSealing makes the verbs of seal profiles and of programs' seal requests. Their files lie apart from the office's, for they end.
func (o *office) openSealing(p officeParts) error {
	files, err := o.cfg.openShelf(sqlstore.ShelfSeals)
	if err != nil {
		return err
	}
	opts := sealing.Options{
		Store: o.store, Now: o.now, Credentials: o.credentials, HasImage: o.hasSealImage, Via: p.via,
		Files: files, Evidence: o.blobs, Verifier: deskVerifier{o.judge}, Sealer: requestSealer{o.sealer},
		Config: sealing.Config{Policy: o.cfg.Trust.Policy, ClientPerDay: func(name string) int { return o.cfg.Clients[name].PerDay }},
	}
	o.sealing, err = sealing.New(opts)
	return err
}

// requestSealer is the Sealer port of seal requests over the configured credentials.
type requestSealer struct{ *sealer }

// Choose returns the member that signs next.
func (s requestSealer) Choose(ctx context.Context, p *docket.SealProfile, except ...string) (*sealing.Member, error) {
	m, err := s.credentials.Choose(ctx, p.Credential, except...)
	if err != nil {
		return nil, sealRefusal(err)
	}
	return s.described(m, p), nil
}

// Member returns the member with a certificate.
func (s requestSealer) Member(ctx context.Context, p *docket.SealProfile, certificate docket.Hash) (*sealing.Member, error) {
	m, err := s.member(ctx, p.Credential, certificate)
	if err != nil {
		return nil, err
	}
	return s.described(m, p), nil
}

func (s requestSealer) described(m *credential.Member, p *docket.SealProfile) *sealing.Member {
	return &sealing.Member{
		Name: m.Name(), Key: m.KeyLabel(), Certificate: fingerprint(sha256.Sum256(m.Certificate().Raw)), Public: m.Public(),
		Chain: append([][]byte{m.Certificate().Raw}, m.Chain()...), PerDay: s.credentials.PerDay(p.Credential),
	}
}

// Seal writes the sealed file as the profile says.
func (s requestSealer) Seal(ctx context.Context, p *docket.SealProfile, in sealing.Input, out io.Writer) error {
	m, err := s.member(ctx, p.Credential, in.Certificate)
	if err != nil {
		return err
	}
	if p.Format == docket.FormatCAdES {
		r := s.request(m)
		if r.Level = signing.Level(p.Level); !r.Level.Reaches(signing.BaselineT) {
			r.Timestamper = nil
		}
		o := cades.Options{Request: r, Detached: in.Packaging == docket.PackagingDetached, InputSHA256: in.Document.Bytes()}
		if in.File == nil {
			o.Digest = algo.SHA256
		}
		_, err = cades.Sign(ctx, in.File, in.Size, out, o)
		return whyNotSealed(err)
	}
	o := pades.Options{Request: s.request(m), Name: m.Certificate().Subject.CommonName(), InputSHA256: in.Document.Bytes()}
	if err := byTerms(&o, p); err != nil {
		return err
	}
	if p.Appearance.Visible {
		o.Page, o.Rect = 1, [4]float64{36, 36, 256, 116} // the lower left corner of the first page
		o.Appearance = s.appearance(m, desk.SealInput{Terms: p, Date: s.now().In(calendar.Baku()).Format("02.01.2006")})
		if err := s.images.dress(ctx, o.Appearance, p, ""); err != nil { // no public look-up tells of a program's document
			return docket.Refuse(docket.CodeUnavailable, docket.KeySealing).Because(err)
		}
	}
	_, err = pades.Sign(ctx, in.File, in.Size, out, o)
	return whyNotSealed(err)
}

// SignHash signs a digest as it is.
func (s requestSealer) SignHash(ctx context.Context, p *docket.SealProfile, certificate docket.Hash, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	m, err := s.member(ctx, p.Credential, certificate)
	if err != nil {
		return nil, err
	}
	value, err := m.Signer().SignContext(ctx, nil, digest, opts)
	return value, whyNotSealed(err)
}

// whyNotSealed says in the words of refusals why no seal was made: the document does not allow it, the authority or the revocation source failed, or
// the member.
func whyNotSealed(err error) error {
	if err == nil {
		return nil
	}
	forbidden := func(check string) error {
		return docket.Refuse(docket.CodeInvalid, docket.KeySealForbidden).With("check", check).Because(err)
	}
	var by *pades.ForbiddenError
	var seed *pades.SeedValueError
	var stamp *signing.TimestampError
	var evidence *signing.EvidenceError
	var key *signing.KeyError
	switch {
	case errors.As(err, &by):
		return forbidden(by.By)
	case errors.As(err, &seed):
		return forbidden(seed.Constraint)
	case errors.Is(err, pades.ErrNotFirst):
		return forbidden("not_first")
	case errors.Is(err, pades.ErrUncovered):
		return forbidden("uncovered")
	case errors.As(err, &stamp):
		return docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp).Because(err)
	case errors.As(err, &evidence):
		return docket.Refuse(docket.CodeUnavailable, docket.KeySealUnchecked).Because(err)
	case credential.CodeOf(err) != "":
		return sealRefusal(err)
	case errors.As(err, &key), errors.Is(err, signing.ErrBadValue):
		return docket.Refuse(docket.CodeUnavailable, docket.KeySealing).Because(errors.Join(desk.ErrMember, err))
	}
	return docket.Refuse(docket.CodeUnavailable, docket.KeySealing).Because(err)
}
