package desk

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
)

// Recheck verifies a registration or submission in `verifying` again: it is received with its original time, refused, or asked for later,
// until 24 hours are over. It returns whether another try is needed.
func (s *Service) Recheck(ctx context.Context, subject docket.ID) (again bool, err error) {
	var r *docket.Registration
	var sub *docket.Submission
	err = s.store.Read(ctx, func(w docket.Work) error {
		if r, err = w.Registration(ctx, subject); !errors.Is(err, docket.ErrNotFound) {
			return err
		}
		sub, err = w.Submission(ctx, subject)
		return err
	})
	switch {
	case err != nil:
		return false, err
	case r != nil && r.State == docket.RegistrationVerifying:
		return s.recheckRegistration(ctx, r)
	case sub != nil && sub.State == docket.SubmissionVerifying:
		return s.recheckSubmission(ctx, sub)
	}
	return false, nil
}

func (s *Service) recheckRegistration(ctx context.Context, r *docket.Registration) (again bool, err error) {
	who := docket.System()
	v, err := s.verify(ctx, r.Letter, r.LetterName)
	if err != nil {
		return true, err
	}
	var body *docket.Body
	if err := s.store.Read(ctx, func(w docket.Work) error { body, err = w.Body(ctx, r.BodyID); return err }); err != nil {
		return true, err
	}
	sig, matched, err := s.judgeLetter(v, body)
	if errors.Is(err, errWait) && s.now().Sub(r.Submitted) < s.cfg.VerifyingTime {
		return true, nil
	}
	r.VerificationID = v.ID
	if err == nil {
		r.Signer, r.Mismatch = sig.Signer, !matched
		return false, s.finishRegistration(ctx, who, r, docket.EventConfirm)
	}
	if err := moveRegistration(r, docket.EventReject, who); err != nil {
		return false, err
	}
	r.Submitted = time.Time{}
	return false, s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.UpdateRegistration(ctx, r); err != nil {
			return err
		}
		n := notice{key: docket.NotifyRejected, caseNo: r.Case(), link: PathRegistration + r.Access}
		if err := s.tell(ctx, w, docket.ChannelMail, r.Email, "", r.BodyID, false, n); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditRegistrationRejected, r.ID, r.Letter, "key", docket.KeyOf(err))
	})
}

func (s *Service) recheckSubmission(ctx context.Context, sub *docket.Submission) (again bool, err error) {
	who, in := docket.System(), arrival{signed: sub.Incoming.Signed, token: sub.Incoming.Timestamp}
	if in.verification, err = s.verify(ctx, in.signed, ""); err != nil {
		return true, err
	}
	var person docket.Actor
	if err := s.store.Read(ctx, func(w docket.Work) error { person, err = s.sender(ctx, w, sub); return err }); err != nil {
		return true, err
	}
	sig, err := s.judgeRecord(in.verification, person)
	if errors.Is(err, errWait) && s.now().Sub(sub.Incoming.Received) < s.cfg.VerifyingTime {
		return true, nil
	}
	if err != nil {
		return false, s.rejectSubmission(ctx, who, sub, err)
	}
	in.signer = sig.Signer
	if err := s.receiveAndReceipt(ctx, who, sub, in); err != nil {
		return true, err
	}
	return false, nil
}

// rejectSubmission makes it a draft again.
func (s *Service) rejectSubmission(ctx context.Context, who docket.Actor, sub *docket.Submission, cause error) error {
	if err := moveSubmission(sub, docket.EventReject, who); err != nil {
		return err
	}
	signed := sub.Incoming.Signed
	sub.Incoming, sub.Received, sub.Touched = nil, time.Time{}, s.now()
	return s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.UpdateSubmission(ctx, sub); err != nil {
			return err
		}
		n := notice{key: docket.NotifyRejected, caseNo: sub.Form.CoverNumber, link: PathSubmission + string(sub.ID), submissionID: sub.ID}
		if err := s.tellBody(ctx, w, sub.BodyID, n); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditSubmissionRejected, sub.ID, signed, "key", docket.KeyOf(cause))
	})
}

// Days that an unsent draft is kept, and after which its end is announced (requirements.md 8, 25).
const (
	draftDays     = 90
	draftWarnDays = 80
)

// RemoveOldDrafts removes drafts untouched for 90 days, after a notice at 80.
func (s *Service) RemoveOldDrafts(ctx context.Context) (removed int, err error) {
	now := s.now()
	var old []docket.Submission
	err = s.store.Read(ctx, func(w docket.Work) error {
		old, err = w.OldDrafts(ctx, now.AddDate(0, 0, -draftWarnDays))
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, sub := range old {
		gone, err := s.agedDraft(ctx, &sub, now)
		if err != nil {
			return removed, err
		}
		if gone {
			removed++
		}
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		n, err := w.RemoveRegistrationDrafts(ctx, now.AddDate(0, 0, -draftDays))
		if err != nil {
			return err
		}
		m, err := w.RemoveMessageDrafts(ctx, now.AddDate(0, 0, -draftDays))
		removed += n + m
		return err
	})
	return removed, err
}

// agedDraft removes a draft of 90 days or, once, tells of its end.
func (s *Service) agedDraft(ctx context.Context, sub *docket.Submission, now time.Time) (removed bool, err error) {
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if sub.Touched.Before(now.AddDate(0, 0, -draftDays)) {
			removed = true
			return w.RemoveDraft(ctx, sub.ID)
		}
		if sub.EndTold {
			return nil
		}
		sub.EndTold = true
		if err := w.UpdateSubmission(ctx, sub); err != nil {
			return err
		}
		n := notice{key: docket.NotifyDraftEnds, link: PathSubmission + string(sub.ID), submissionID: sub.ID}
		return s.tellBody(ctx, w, sub.BodyID, n)
	})
	return removed, err
}
