package desk

import (
	"context"
	"errors"
	"io"

	"mohur/docket"
)

// HeadSigns says whether the head signs opinions himself before they are sealed.
func (s *Service) HeadSigns() bool { return !s.cfg.SealWithoutSignature }

// DownloadToSign gives the approved page to its signatory, to be signed with whatever program he has (S1-33; requirements 8, 15).
func (s *Service) DownloadToSign(ctx context.Context, who docket.Actor, letter docket.ID) (*Download, error) {
	l, err := s.toSign(ctx, who.As(docket.RoleSignatory), letter)
	if err != nil {
		return nil, err
	}
	return s.open(ctx, letterName(l), pdf, l.Approved)
}

// toSign returns an approved opinion that the actor may sign: neither its drafter nor its checker, nor in the place of one of them.
func (s *Service) toSign(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error) {
	l, err := s.Letter(ctx, who, letter)
	if err != nil {
		return nil, err
	}
	if l.Kind != docket.LetterOpinion {
		return nil, docket.ErrNotFound
	}
	if _, err := docket.Next(docket.LetterTransitions(), l.State, docket.EventSign, who); err != nil {
		return nil, err
	}
	if who.Involved(l.Drafter, l.DrafterFor, l.Checker, l.CheckerFor) {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeySeparate)
	}
	if l.Approved == "" || l.Approved != l.Unsealed {
		return nil, docket.Refuse(docket.CodeConflict, docket.KeyApprovedOther)
	}
	return l, nil
}

// SignLetter takes the approved page with the head's own signature (S1-33, S3-16): the page byte for byte plus a permitted increment, TOTAL-PASSED,
// signed by the session's person under his own certificate, also where he stands in for another, and not where the visible seal goes. What it
// decides on is read again in the transaction.
func (s *Service) SignLetter(ctx context.Context, who docket.Actor, letter docket.ID, signed io.Reader) (*docket.Letter, error) {
	who = who.As(docket.RoleSignatory)
	l, err := s.toSign(ctx, who, letter)
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, letter, "", err)
	}
	b, err := s.blobs.Put(ctx, signed, s.cfg.Limits.SealedBytes)
	if err != nil {
		return nil, err
	}
	v, sig, err := s.judgeLetterOf(ctx, who, l, b)
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, letter, b.Hash, err)
	}
	_, err = s.step(ctx, who, l.SubmissionID, docket.EventSign, docket.AuditLetterSigned, func(w docket.Work, _ *docket.Submission) error {
		if err := s.standing(ctx, w, v.ID, b.Hash); err != nil {
			return err
		}
		if err := moveLetter(l, docket.EventSign, who); err != nil {
			return err
		}
		l.Signed, l.SignedAt, l.SignedBy, l.SignatureID = b.Hash, s.now(), sig.Signer.Name, v.ID
		l.Signatory, l.SignatoryFor = who.UserID, who.For
		if err := w.UpdateLetter(ctx, l); err != nil { // refuses if anything changed since it was read
			return err
		}
		return s.audit(ctx, w, who, docket.AuditLetterSigned, l.ID, b.Hash, "verification", string(v.ID))
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// judgeLetterOf judges the signed page as a submitted record is judged: bytes, increment, signature, person.
func (s *Service) judgeLetterOf(ctx context.Context, who docket.Actor, l *docket.Letter, b docket.Blob) (*docket.Verification, *docket.SignatureVerdict, error) {
	if err := s.signedOver(ctx, l.Approved, b, docket.KeyPageOther); err != nil {
		return nil, nil, err
	}
	v, err := s.verify(ctx, b.Hash, "")
	if err != nil {
		return nil, nil, err
	}
	sig, matched, err := counting(v, func(g docket.Signer) bool { return s.CheckLetterSigner(who, g) == nil })
	switch e, ours := errors.AsType[*docket.Error](err); {
	case ours && !errors.Is(err, errWait):
		return nil, nil, e.On("signed")
	case err != nil:
		return nil, nil, err
	case !matched:
		return nil, nil, s.CheckLetterSigner(who, sig.Signer)
	}
	for i := range v.Signatures {
		if g := &v.Signatures[i]; g.Field != "" && g.Field == l.Place.Field {
			return nil, nil, docket.Invalid("signed", docket.KeySealPlace)
		}
	}
	return v, sig, nil
}

// CheckLetterSigner says whether a certificate's holder may sign the session's letters: the session's person, by FİN.
func (s *Service) CheckLetterSigner(who docket.Actor, g docket.Signer) error {
	switch {
	case g.FIN == "":
		return docket.Invalid("signed", docket.KeySigNoIdentity).With("signer", g.Name)
	case g.FIN != who.FIN:
		return docket.SignerRefused(docket.KeySigOtherPerson, who, g)
	}
	return nil
}

// ReturnLetter gives an approved opinion back to its expert with reasons, instead of signing it (signatory).
func (s *Service) ReturnLetter(ctx context.Context, who docket.Actor, letter docket.ID, reason string) (*docket.Letter, error) {
	return s.SendBack(ctx, who.As(docket.RoleSignatory), SendBackInput{Letter: letter, Reason: reason})
}
