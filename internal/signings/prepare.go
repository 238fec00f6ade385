package signings

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"time"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/webeid"
)

// PrepareInput is what the first step is given.
type PrepareInput struct {
	Owner    Owner
	Subject  docket.ID // what is signed, as the caller knows it
	Name     string    // of the file
	Document io.ReaderAt
	Size     int64

	Certificate []byte                      // DER
	Supported   []webeid.SignatureAlgorithm // what the token can do; nil: whatever the key is good for
	Format      string                      // PAdES if empty
	Level       string                      // the best that can be reached if empty
	Detached    bool                        // CAdES without the content inside
	Reason      string                      // PAdES: of the signature dictionary
	FIN         string                      // of the person who must sign; empty for anybody
	// Accept, when given, refuses whom the certificate names before anything is signed.
	Accept func(docket.Signer) error
}

// lapsedTime is how long a signing that was not finished is still known, so that who comes too late is told so.
const lapsedTime = time.Hour

// Prepare judges the certificate, fixes how the document is signed and returns what the key has to sign. The certificate must be in force, lead
// to a trusted anchor and be for signatures.
func (s *Service) Prepare(ctx context.Context, in PrepareInput) (*docket.Signing, error) {
	if in.Owner.name == "" {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	now := s.now()
	sg := &docket.Signing{
		ID: docket.NewID(now), Owner: in.Owner.name, Session: in.Owner.session, State: docket.SigningPrepared, Subject: in.Subject, Name: in.Name, Size: in.Size,
		Certificate: docket.HashOf(sha256.Sum256(in.Certificate)), Created: now, Expires: now.Add(s.o.Time), Kept: now.Add(s.o.Time + lapsedTime),
	}
	if err := s.prepare(ctx, in, sg); err != nil {
		return nil, s.refused(ctx, in.Owner, sg, err)
	}
	err := s.o.Store.InTx(ctx, func(w docket.Work) error {
		return errors.Join(w.HoldBlobs(ctx, sg.Document), w.AddSigning(ctx, sg),
			s.audit(ctx, w, in.Owner, docket.AuditSigningPrepared, sg, "signing", string(sg.ID), "certificate", string(sg.Certificate), "format", sg.Format))
	})
	if err != nil {
		return nil, err
	}
	kept, err := s.o.Files.Put(ctx, io.NewSectionReader(in.Document, 0, in.Size), s.o.MaxBytes)
	if err == nil && kept.Hash != sg.Document { // it changed between the two readings
		err = docket.Refuse(docket.CodeInvalid, docket.KeySigningDocument)
	}
	if err != nil {
		ctx := context.WithoutCancel(ctx)
		return nil, errors.Join(err, s.drop(ctx, sg.Blobs(), func(w docket.Work) error { return w.RemoveSigning(ctx, sg.ID) }))
	}
	return sg, nil
}

// prepare fills the signing in.
func (s *Service) prepare(ctx context.Context, in PrepareInput, sg *docket.Signing) error {
	c, err := certs.Parse(in.Certificate)
	if err != nil || c.PublicKey == nil {
		return docket.Invalid("certificate", docket.KeySigningCertificate).Because(err)
	}
	if !ForSignatures(c) {
		return docket.Invalid("certificate", docket.KeySigningPurpose)
	}
	v, err := s.o.Judge.JudgeCertificate(ctx, in.Certificate)
	if err != nil {
		return docket.Refuse(docket.CodeUnavailable, docket.KeyVerifierDown).Because(err)
	}
	if refusal := v.Refusal(); refusal != nil {
		return refusal.On("certificate")
	}
	if in.Accept != nil {
		if err := in.Accept(v.Signer); err != nil {
			return err
		}
	}
	if in.FIN != "" && v.Signer.FIN != in.FIN {
		return docket.Invalid("certificate", docket.KeySigningOther).Because(errors.New("another person's certificate"))
	}
	plan := &Plan{Format: in.Format, Level: in.Level, Certificate: in.Certificate, Chain: v.Chain, Detached: in.Detached, Reason: in.Reason, Name: v.Signer.Name}
	orDefault(&plan.Format, PAdES)
	orDefault(&plan.Level, s.o.Signer.Best(plan.Format))
	if err := plan.choose(c, in.Supported); err != nil {
		return err
	}
	got, err := s.o.Signer.Prepare(ctx, plan, in.Document, in.Size)
	if err != nil {
		return err
	}
	if sg.Plan, err = json.Marshal(plan); err != nil {
		return err
	}
	sg.Format, sg.Level, sg.Digest, sg.Holder = plan.Format, plan.Level, plan.Digest, v.Signer.Name
	sg.Document, sg.Hash, sg.Algorithm = got.Document, got.Hash, got.Algorithm
	if c.KeyInfo.Family == algo.EdDSA {
		sg.Hash, sg.Digest = got.Message, ""
	}
	return nil
}

// choose fixes digest and padding: of what the token can do, what is best for the key; digests below SHA-256 are not signed with.
func (p *Plan) choose(c *certs.Certificate, supported []webeid.SignatureAlgorithm) error {
	if c.KeyInfo.Family == algo.EdDSA && len(supported) == 0 {
		p.Digest = algo.SHA512.String() // RFC 8419, 3.1
		return nil
	}
	wanted := webeid.Supported(c.PublicKey)
	if c.KeyInfo.Family == algo.RSA { // a key for every padding: PKCS #1 first, PSS for tokens that do nothing else
		for _, a := range slices.Clone(wanted) {
			a.PaddingScheme = webeid.PaddingPSS
			wanted = append(wanted, a)
		}
	}
	for _, a := range wanted {
		if len(supported) == 0 || slices.Contains(supported, a) {
			p.Digest, p.PSS = a.Digest().String(), a.PaddingScheme == webeid.PaddingPSS && c.KeyInfo.Family == algo.RSA
			return nil
		}
	}
	return docket.Invalid("certificate", docket.KeySigningAlgorithm)
}

// PurposeClientAuthentication is id-kp-clientAuth (RFC 5280, 4.2.1.12).
const purposeClientAuthentication = "1.3.6.1.5.5.7.3.2"

// ForSignatures says whether a certificate is for signatures: its key usage, if it has one, names nonRepudiation, or digitalSignature without
// being restricted to logging in (RFC 5280, 4.2.1.3; ETSI EN 319 412-2, 4.3.2: types A, B and F sign, C and D log in).
func ForSignatures(c *certs.Certificate) bool {
	if c.KeyUsage == nil || c.KeyUsage.Has(certs.NonRepudiation) {
		return true
	}
	if !c.KeyUsage.Has(certs.DigitalSignature) {
		return false
	}
	e := c.ExtendedKeyUsage
	return e == nil || slices.Contains(e.Purposes, certs.PurposeDocumentSigning) || !slices.Contains(e.Purposes, purposeClientAuthentication)
}
