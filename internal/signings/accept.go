package signings

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"mohur/docket"
	"mohur/verify/etsi"
)

// AcceptInput is a document that somebody else's program signed as a whole, such as an application on a phone.
type AcceptInput struct {
	Owner      Owner
	Subject    docket.ID
	Name       string
	Document   io.ReaderAt // as it was sent out
	Size       int64
	Signed     io.ReaderAt // as it came back
	SignedSize int64
	FIN        string // of the person who must have signed; empty for anybody
}

// Accept takes a signed PDF in one step. It must begin with the document byte for byte, have exactly one signature more, which is TOTAL-PASSED, by
// the person who was asked; no earlier signature may be worth less than before. What it returns is as good as a finished
// two-step signing. Nothing of what is refused is kept.
func (s *Service) Accept(ctx context.Context, in AcceptInput) (*docket.Signing, error) {
	if in.Owner.name == "" {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	now := s.now()
	sg := &docket.Signing{
		ID: docket.NewID(now), Owner: in.Owner.name, Session: in.Owner.session, State: docket.SigningDone, Subject: in.Subject, Name: in.Name, Size: in.Size,
		Format: PAdES, Plan: []byte("{}"), Hash: []byte{}, Created: now, Expires: now, Finished: now, Kept: now.Add(s.o.Kept),
	}
	err := s.begins(in)
	if err == nil {
		err = s.oneMore(ctx, in, sg)
	}
	if err != nil {
		return nil, s.refused(ctx, in.Owner, sg, err)
	}
	if err := s.keepBoth(ctx, in, sg); err != nil {
		return nil, err
	}
	err = s.o.Store.InTx(ctx, func(w docket.Work) error {
		return errors.Join(w.AddSigning(ctx, sg), s.audit(ctx, w, in.Owner, docket.AuditSigningDone, sg,
			"signing", string(sg.ID), "signed", string(sg.Signed), "certificate", string(sg.Certificate), "indication", sg.Indication))
	})
	if err != nil {
		return nil, errors.Join(err, s.drop(context.WithoutCancel(ctx), sg.Blobs(), nil))
	}
	return sg, nil
}

// begins says whether the signed file is the document with something appended (ISO 32000-2, 7.5.6).
func (s *Service) begins(in AcceptInput) error {
	if in.SignedSize <= in.Size || in.SignedSize > s.o.MaxBytes {
		return docket.Invalid("document", docket.KeySigningRefused).With("sub", string(etsi.FormatFailure))
	}
	a, b := make([]byte, 64<<10), make([]byte, 64<<10)
	for at := int64(0); at < in.Size; at += int64(len(a)) {
		n := min(int64(len(a)), in.Size-at)
		if _, err := in.Document.ReadAt(a[:n], at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if _, err := in.Signed.ReadAt(b[:n], at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !bytes.Equal(a[:n], b[:n]) {
			return docket.Invalid("document", docket.KeySigningOther).Because(errors.New("another document came back than was sent out"))
		}
	}
	return nil
}

// oneMore judges both files and finds the one new signature.
func (s *Service) oneMore(ctx context.Context, in AcceptInput, sg *docket.Signing) error {
	before, err := s.o.Judge.JudgeSigned(ctx, in.Document, in.Size, in.Name, nil, 0)
	if err != nil {
		return docket.Refuse(docket.CodeUnavailable, docket.KeyVerifierDown).Because(err)
	}
	after, err := s.o.Judge.JudgeSigned(ctx, in.Signed, in.SignedSize, in.Name, nil, 0)
	if err != nil {
		return docket.Refuse(docket.CodeUnavailable, docket.KeyVerifierDown).Because(err)
	}
	refuse := func(sub etsi.SubIndication, why string) error {
		return docket.Invalid("signature", docket.KeySigningRefused).With("sub", string(sub)).Because(errors.New(why))
	}
	earlier := map[string]*docket.SignatureVerdict{}
	for i := range before.Signatures {
		earlier[before.Signatures[i].ID] = &before.Signatures[i]
	}
	var fresh *docket.SignatureVerdict
	for i := range after.Signatures {
		g := &after.Signatures[i]
		old, known := earlier[g.ID]
		switch {
		case known && (old.Intact != g.Intact || old.Indication != g.Indication):
			return refuse(g.SubIndication, "an earlier signature is worth less than before")
		case known:
			delete(earlier, g.ID)
		case fresh != nil:
			return refuse(etsi.FormatFailure, "more than one signature was added")
		default:
			fresh = g
		}
	}
	switch {
	case fresh == nil || len(earlier) > 0:
		return refuse(etsi.SubIndication(etsi.NoSignatureFound), "no signature was added, or one is gone")
	case fresh.Orphan || fresh.Covers == "partial": // validation data and timestamps may follow it; other changes fail it
		return refuse(etsi.FormatFailure, "the signature does not cover the document")
	case fresh.Indication != etsi.TotalPassed && fresh.RevocationMissing:
		return docket.Refuse(docket.CodeUnavailable, docket.KeyCertificateUnclear)
	case fresh.Indication != etsi.TotalPassed:
		return refuse(fresh.SubIndication, "the signature is not TOTAL-PASSED")
	case in.FIN != "" && fresh.Signer.FIN != in.FIN:
		return docket.Invalid("signature", docket.KeySigningOther).Because(errors.New("another person signed"))
	}
	sg.Certificate, sg.Holder, sg.Level = fresh.Certificate, fresh.Signer.Name, fresh.Level
	sg.Indication, sg.SubIndication = string(fresh.Indication), string(fresh.SubIndication)
	return nil
}

// keepBoth puts document and signed file into the store, or neither.
func (s *Service) keepBoth(ctx context.Context, in AcceptInput, sg *docket.Signing) error {
	for _, f := range []struct {
		r    io.ReaderAt
		size int64
		hash *docket.Hash
	}{{in.Document, in.Size, &sg.Document}, {in.Signed, in.SignedSize, &sg.Signed}} {
		hash, err := s.Keep(ctx, f.r, f.size)
		if err != nil {
			return errors.Join(err, s.drop(context.WithoutCancel(ctx), sg.Blobs(), nil))
		}
		*f.hash = hash
	}
	sg.SignedSize = in.SignedSize
	return nil
}

// Keep puts a file among those of signings and holds it, until Release.
func (s *Service) Keep(ctx context.Context, r io.ReaderAt, size int64) (docket.Hash, error) {
	b, err := s.o.Files.Put(ctx, io.NewSectionReader(r, 0, size), s.o.MaxBytes)
	if err != nil {
		return "", err
	}
	if err := s.o.Store.InTx(ctx, func(w docket.Work) error { return w.HoldBlobs(ctx, b.Hash) }); err != nil {
		return "", err
	}
	if f, err := s.o.Files.Open(ctx, b.Hash); err == nil { // nobody removed it between the two
		return b.Hash, f.Close()
	}
	if _, err := s.o.Files.Put(ctx, io.NewSectionReader(r, 0, size), s.o.MaxBytes); err != nil {
		return "", errors.Join(fmt.Errorf("signings: keeping a file: %w", err), s.Release(context.WithoutCancel(ctx), b.Hash))
	}
	return b.Hash, nil
}

// Open opens a file that Keep put there.
func (s *Service) Open(ctx context.Context, h docket.Hash) (docket.BlobReader, error) {
	return s.o.Files.Open(ctx, h)
}

// Release gives files back that Keep held.
func (s *Service) Release(ctx context.Context, hashes ...docket.Hash) error {
	return s.drop(ctx, hashes, nil)
}

// Names are how an owner is stored by work that goes on without a request, such as a signature by phone.
func (o Owner) Names() (owner string, session docket.Hash) { return o.name, o.session }

// Stored is the owner that Names named. Its acts are audited without the role it had.
func Stored(owner string, session docket.Hash) Owner {
	o := Owner{name: owner, session: session}
	if rest, ok := strings.CutPrefix(owner, "person:"); ok {
		o.user = docket.ID(rest)
	} else if owner != "" {
		o.role = "program"
	}
	return o
}
