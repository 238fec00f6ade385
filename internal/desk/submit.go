package desk

import (
	"context"
	"errors"
	"io"
	"slices"

	"mohur/docket"
)

// arrival is a signed record on its way in: what was verified outside the transaction.
type arrival struct {
	signed       docket.Hash
	verification *docket.Verification
	signer       docket.Signer
	token        []byte
	wait         bool
}

// Submit takes the signed record. It must be our record byte for byte plus a permitted signature increment, TOTAL-PASSED, signed by the
// session's person for the session's body. Then the project is received: number, due date, receipt. On a refusal the draft stays.
// A receipt that could not be sealed yet does not undo the receipt of the project; Receipt tells.
func (s *Service) Submit(ctx context.Context, who docket.Actor, id docket.ID, signed io.Reader) (*docket.Submission, error) {
	sub, err := s.editable(ctx, who, id)
	if err != nil {
		return nil, err
	}
	if sub.Record == "" {
		return sub, docket.Invalid("signed", docket.KeyRecordMissing)
	}
	in, err := s.arrive(ctx, who, sub, signed)
	if err != nil {
		return sub, s.refused(ctx, who, docket.AuditSubmissionRefused, sub.ID, in.signed, err)
	}
	if in.wait {
		if err := s.await(ctx, who, sub, in); err != nil {
			return nil, err
		}
		return sub, nil
	}
	if err := s.receiveAndReceipt(ctx, who, sub, in); err != nil {
		return nil, s.refused(ctx, who, docket.AuditSubmissionRefused, id, in.signed, err)
	}
	return sub, nil
}

// receiveAndReceipt makes a project received, and has its receipt sealed now if that can be done. Neither a token that is away nor a day's seals
// that are spent keep a project out: the body has its number and its term, and the receipt follows.
func (s *Service) receiveAndReceipt(ctx context.Context, who docket.Actor, sub *docket.Submission, in arrival) error {
	profile, err := s.profileOrLater(ctx, docket.LetterReceipt)
	if err != nil {
		return err
	}
	receipt, err := s.receive(ctx, who, sub, in, profile)
	if docket.KeyOf(err) == docket.KeySealQuota {
		if profile, err = s.later(ctx, docket.LetterReceipt, err); err != nil {
			return err
		}
		receipt, err = s.receive(ctx, who, sub, in, profile)
	}
	if err != nil {
		return err
	}
	if receipt != "" {
		_ = s.finishSeal(ctx, docket.System(), receipt, profile) // recorded in letter and log; Receipt and a job try again
	}
	return nil
}

// arrive stores the upload and judges it: bytes, increment, signature, person. Nothing of it touches the project.
func (s *Service) arrive(ctx context.Context, who docket.Actor, sub *docket.Submission, signed io.Reader) (arrival, error) {
	b, err := s.blobs.Put(ctx, signed, s.cfg.Limits.SealedBytes)
	if err != nil {
		return arrival{}, err
	}
	in := arrival{signed: b.Hash}
	if err := s.ourRecord(ctx, sub, b); err != nil {
		return in, err
	}
	if in.verification, err = s.verify(ctx, b.Hash, ""); err != nil {
		return in, err
	}
	sig, err := s.judgeRecord(in.verification, who)
	switch {
	case errors.Is(err, errWait) && sub.State == docket.SubmissionDraft:
		in.wait = true
	case err != nil:
		return in, err
	default:
		in.signer = sig.Signer
	}
	in.token, err = s.stamp(ctx, b.Hash)
	return in, err
}

// ourRecord refuses a file that is not our record followed by nothing but signatures.
func (s *Service) ourRecord(ctx context.Context, sub *docket.Submission, b docket.Blob) error {
	return s.signedOver(ctx, sub.Record, b, docket.KeyRecordOther)
}

// signedOver refuses a file that is not the page, byte for byte, followed by nothing but signatures; other is the key of another file's refusal.
func (s *Service) signedOver(ctx context.Context, page docket.Hash, b docket.Blob, other string) error {
	if b.Hash == page {
		return docket.Invalid("signed", docket.KeySigMissing)
	}
	same, base, err := s.startsWith(ctx, b.Hash, page)
	if err != nil {
		return err
	}
	if !same {
		return docket.Invalid("signed", other)
	}
	f, err := s.blobs.Open(ctx, b.Hash)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	only, err := s.verifier.SignedOnly(ctx, VerifyInput{File: f, Size: f.Size(), Policy: s.cfg.Policy, Time: s.now()}, base)
	if err != nil {
		return docket.Refuse(docket.CodeUnavailable, docket.KeyVerifierDown).Because(err)
	}
	if !only {
		return docket.Invalid("signed", docket.KeySigForbidden)
	}
	return nil
}

// judgeRecord finds the signature of the session's person and body.
func (s *Service) judgeRecord(v *docket.Verification, who docket.Actor) (*docket.SignatureVerdict, error) {
	sig, matched, err := counting(v, func(g docket.Signer) bool { return s.CheckSigner(who, g) == nil })
	switch {
	case errors.Is(err, errWait):
		return nil, err
	case err != nil:
		if e, ok := errors.AsType[*docket.Error](err); ok {
			return nil, e.On("signed")
		}
		return nil, err
	case matched:
		return sig, nil
	default:
		return nil, s.CheckSigner(who, sig.Signer)
	}
}

// CheckSigner says whether a person may sign the session's records: the same person by FİN, for the same body by VÖEN. What a program sends any
// responsible person of its body may sign.
func (s *Service) CheckSigner(who docket.Actor, g docket.Signer) error {
	key := ""
	switch {
	case g.FIN == "":
		key = docket.KeySigNoIdentity
	case g.FIN != who.FIN && !slices.Contains(who.Signers, g.FIN) && !s.cfg.Signing.RecordOfOtherPerson:
		key = docket.KeySigOtherPerson
	case g.VOEN != who.VOEN:
		key = docket.KeySigOtherBody
	default:
		return nil
	}
	return docket.SignerRefused(key, who, g)
}

// await keeps a project whose signature can't be judged yet; the time of receipt stands (requirements.md 8, 16).
func (s *Service) await(ctx context.Context, who docket.Actor, sub *docket.Submission, in arrival) error {
	if err := moveSubmission(sub, docket.EventWait, who); err != nil {
		return err
	}
	now := s.now()
	sub.Incoming = &docket.Incoming{Signed: in.signed, Timestamp: in.token, Received: now, Program: who.Program}
	sub.Received = now
	return s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.UpdateSubmission(ctx, sub); err != nil {
			return err
		}
		n := notice{key: docket.NotifyChecking, caseNo: sub.Form.CoverNumber, link: PathSubmission + string(sub.ID), submissionID: sub.ID}
		if err := s.tellBody(ctx, w, sub.BodyID, n); err != nil {
			return err
		}
		if err := w.Enqueue(ctx, docket.Task{Kind: docket.TaskRecheck, Subject: sub.ID, At: now.Add(recheckAfter)}); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditSubmissionVerifying, sub.ID, in.signed, "verification", string(in.verification.ID))
	})
}

// sender is who sent what waits to be checked again.
func (s *Service) sender(ctx context.Context, w docket.Work, sub *docket.Submission) (docket.Actor, error) {
	who, err := s.actor(ctx, w, sub.UserID)
	if err == nil && sub.Incoming.Program != "" {
		who.Program = sub.Incoming.Program
		who.Signers, err = s.signers(ctx, w, who.BodyID)
	}
	return who, err
}
