package signings

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/webeid"
	"mohur/verify/etsi"
)

// FinishInput is what the second step is given.
type FinishInput struct {
	Owner Owner
	ID    docket.ID
	Value []byte
	// Algorithm is how Web eID names what it signed with: ECC values are r || s then. Nil takes ECDSA in DER or as r || s.
	Algorithm *webeid.SignatureAlgorithm
	// Certificate, when given, must be the first step's.
	Certificate []byte
}

// Finish checks the value against the stored hash, finishes and timestamps the document, has it verified, and keeps it. The same value again
// gets the same answer. A value that does not fit ends the signing; a failure outside, as of a timestamp authority, lets the value be sent again
// while there is time. Nothing half-done remains.
func (s *Service) Finish(ctx context.Context, in FinishInput) (*docket.Signing, error) {
	sg, err := s.Find(ctx, in.Owner, in.ID)
	if err != nil {
		return nil, err
	}
	sum := docket.HashOf(sha256.Sum256(in.Value))
	if sg.State == docket.SigningDone && sg.Value == sum {
		return sg, nil
	}
	claim := docket.NewSecret()
	if err := s.claim(ctx, sg, in, claim); err != nil {
		return sg, err
	}
	sg.Value = sum
	err = s.finish(ctx, sg, in, claim)
	switch {
	case err == nil:
		return sg, nil
	case docket.CodeOf(err) == docket.CodeInvalid: // the value or the document is to blame: this can't succeed any more
		sg.State, sg.Failure, sg.Finished = docket.SigningFailed, docket.KeyOf(err), s.now()
		err = errors.Join(s.refused(ctx, in.Owner, sg, err), s.end(ctx, sg, claim))
	default:
		ctx := context.WithoutCancel(ctx)
		err = errors.Join(s.refused(ctx, in.Owner, sg, err), s.o.Store.InTx(ctx, func(w docket.Work) error { return w.ReturnSigning(ctx, sg.ID, claim) }))
	}
	return sg, err
}

// claim takes the signing for this attempt, in one conditional statement, and says why it can't be had.
func (s *Service) claim(ctx context.Context, sg *docket.Signing, in FinishInput, claim string) error {
	now := s.now()
	err := s.o.Store.InTx(ctx, func(w docket.Work) error { return w.ClaimSigning(ctx, sg.ID, claim, now, now.Add(s.o.Lease)) })
	if !errors.Is(err, docket.ErrStale) {
		return err
	}
	key := docket.KeySigningUsed
	if sg.State == docket.SigningPrepared && !sg.Expires.After(now) {
		key = docket.KeySigningLapsed
	}
	return s.refused(ctx, in.Owner, sg, docket.Refuse(docket.CodeConflict, key))
}

// end writes a failed outcome.
func (s *Service) end(ctx context.Context, sg *docket.Signing, claim string) error {
	ctx = context.WithoutCancel(ctx)
	return s.o.Store.InTx(ctx, func(w docket.Work) error { return w.FinishSigning(ctx, sg, claim) })
}

// finish does the work of one attempt.
func (s *Service) finish(ctx context.Context, sg *docket.Signing, in FinishInput, claim string) error {
	var plan Plan
	if err := json.Unmarshal(sg.Plan, &plan); err != nil {
		return err
	}
	if in.Certificate != nil && !bytes.Equal(in.Certificate, plan.Certificate) {
		return docket.Invalid("certificate", docket.KeySigningOther)
	}
	value, err := plan.value(sg, in)
	if err != nil {
		return err
	}
	doc, err := s.o.Files.Open(ctx, sg.Document)
	if err != nil {
		return err
	}
	defer func() { _ = doc.Close() }()
	done := *sg
	if err := s.write(ctx, &done, &plan, doc, value); err != nil {
		return err
	}
	if err := s.check(ctx, &done, &plan, doc); err != nil {
		return errors.Join(err, s.drop(context.WithoutCancel(ctx), []docket.Hash{done.Signed}, nil))
	}
	now := s.now()
	done.State, done.Finished, done.Kept = docket.SigningDone, now, now.Add(s.o.Kept)
	err = s.o.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.FinishSigning(ctx, &done, claim); err != nil {
			return err
		}
		return s.audit(ctx, w, in.Owner, docket.AuditSigningDone, &done, "signing", string(done.ID), "signed", string(done.Signed), "certificate", string(done.Certificate), "indication", done.Indication)
	})
	if err != nil {
		return errors.Join(err, s.drop(context.WithoutCancel(ctx), []docket.Hash{done.Signed}, nil))
	}
	*sg = done
	return nil
}

// value brings the value into the form of CMS and checks it against the stored hash and the certificate's key.
func (p *Plan) value(sg *docket.Signing, in FinishInput) ([]byte, error) {
	c, err := certs.Parse(p.Certificate)
	if err != nil {
		return nil, err
	}
	refuse := func(err error) error { return docket.Invalid("signature", docket.KeySigningValue).Because(err) }
	family := c.KeyInfo.Family
	if p.PSS {
		family = algo.RSAPSS
	}
	alg, err := algo.NewSignature(family, Digest(p.Digest))
	if err != nil {
		return nil, err
	}
	value := in.Value
	switch key, elliptic := c.PublicKey.(*ecdsa.PublicKey); {
	case in.Algorithm != nil:
		named, err := in.Algorithm.Signature()
		if err != nil || named.Name != alg.Name {
			return nil, refuse(err)
		}
		if value, err = in.Algorithm.Decode(c.PublicKey, value); err != nil {
			return nil, refuse(err)
		}
	case elliptic && len(value) == 2*((key.Params().BitSize+7)/8) && !looksDER(value):
		if value, err = algo.EncodePlainECDSA(value); err != nil {
			return nil, refuse(err)
		}
	}
	verify := alg.VerifyDigest
	if family == algo.EdDSA { // such a key signs the octets themselves
		verify = alg.VerifyBytes
	}
	if err := verify(c.PublicKey, sg.Hash, value); err != nil {
		return nil, refuse(err)
	}
	return value, nil
}

// looksDER says whether octets are a SEQUENCE that ends where they end, as r || s of the same length could only be by chance.
func looksDER(b []byte) bool {
	return len(b) > 8 && b[0] == 0x30 && int(b[1]) == len(b)-2 && b[2] == 0x02
}

// write makes the signed file and holds it. The first octets of a signed PDF must be the document's own.
func (s *Service) write(ctx context.Context, sg *docket.Signing, plan *Plan, doc docket.BlobReader, value []byte) error {
	out, err := s.o.Files.Create(ctx, s.o.MaxBytes)
	if err != nil {
		return err
	}
	defer func() { _ = out.Abort() }()
	begins := &prefix{w: out, left: sg.Size, sum: sha256.New()}
	signed, size, err := s.o.Signer.Finish(ctx, plan, doc, doc.Size(), value, begins)
	if err != nil {
		return err
	}
	if plan.Format == PAdES && begins.hash() != sg.Document {
		return errors.New("signings: the signed file does not begin with the document")
	}
	if err := s.o.Store.InTx(ctx, func(w docket.Work) error { return w.HoldBlobs(ctx, signed) }); err != nil {
		return err
	}
	b, err := out.Commit()
	if err == nil && b.Hash != signed {
		err = errors.New("signings: the signed file is not what was written")
	}
	if err != nil {
		return errors.Join(err, s.drop(context.WithoutCancel(ctx), []docket.Hash{signed}, nil))
	}
	sg.Signed, sg.SignedSize = signed, size
	return nil
}

// prefix hashes the first octets of what passes through.
type prefix struct {
	w    io.Writer
	left int64
	sum  hash.Hash
}

func (p *prefix) Write(b []byte) (int, error) {
	n := min(int64(len(b)), p.left)
	p.sum.Write(b[:n])
	p.left -= n
	return p.w.Write(b)
}

func (p *prefix) hash() docket.Hash {
	if p.left > 0 {
		return ""
	}
	return docket.HashOf([32]byte(p.sum.Sum(nil)))
}

// check has our own verify judge the result: the new signature must be TOTAL-PASSED, by the certificate of the first step, over everything.
func (s *Service) check(ctx context.Context, sg *docket.Signing, plan *Plan, doc docket.BlobReader) error {
	f, err := s.o.Files.Open(ctx, sg.Signed)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	var content io.ReaderAt
	var contentSize int64
	if plan.Detached {
		content, contentSize = doc, doc.Size()
	}
	v, err := s.o.Judge.JudgeSigned(ctx, f, f.Size(), sg.Name, content, contentSize)
	if err != nil {
		return docket.Refuse(docket.CodeUnavailable, docket.KeyVerifierDown).Because(err)
	}
	var mine *docket.SignatureVerdict
	for i := range v.Signatures {
		if g := &v.Signatures[i]; g.Certificate == sg.Certificate && g.Covers != "partial" && !g.Orphan {
			mine = g // the last one: earlier signatures of the same person stand before it
		}
	}
	if mine == nil {
		return docket.Invalid("signature", docket.KeySigningRefused).With("sub", string(etsi.NoSignatureFound))
	}
	sg.Indication, sg.SubIndication = string(mine.Indication), string(mine.SubIndication)
	switch {
	case mine.Indication == etsi.TotalPassed:
		return nil
	case mine.RevocationMissing:
		return docket.Refuse(docket.CodeUnavailable, docket.KeyCertificateUnclear)
	default:
		return docket.Invalid("signature", docket.KeySigningRefused).With("sub", string(mine.SubIndication))
	}
}
