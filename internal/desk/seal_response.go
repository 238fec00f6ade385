package desk

import (
	"context"
	"errors"
	"strings"

	"mohur/docket"
)

// SealResponse seals an approved opinion: number and intent are committed, then the token signs, our own check passes, the file is
// released (signatory, neither drafter nor checker). On failure the number stays with the letter, which is tried again with it.
func (s *Service) SealResponse(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error) {
	who = who.As(docket.RoleSignatory)
	profile, err := s.profileOf(ctx, letter)
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, letter, "", err)
	}
	if err := s.intendResponse(ctx, who, letter, profile); err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, letter, "", err)
	}
	err = s.finishSeal(ctx, who, letter, profile)
	l, rerr := s.letter(ctx, letter)
	return l, errors.Join(err, rerr)
}

// intendResponse takes the number and commits the intent, or takes a failed one up again with the number it has.
func (s *Service) intendResponse(ctx context.Context, who docket.Actor, letter docket.ID, profile SealProfile) error {
	return s.store.InTx(ctx, func(w docket.Work) error {
		l, err := w.Letter(ctx, letter)
		if err != nil {
			return err
		}
		if err := s.letterNamed(ctx, w, who, l); err != nil {
			return err
		}
		if l.State == docket.LetterSealingFailed {
			return s.retry(ctx, w, who, l, profile)
		}
		if err := moveLetter(l, docket.EventIntend, who); err != nil {
			return err
		}
		if err := s.separate(ctx, w, who, docket.KeySeparate, l.Drafter, l.DrafterFor, l.Checker, l.CheckerFor); err != nil {
			return err
		}
		if l.Unsealed != l.Approved || l.Approved == "" {
			return docket.Refuse(docket.CodeConflict, docket.KeyApprovedOther)
		}
		ready := docket.SubmissionSigned
		if l.Signed == "" {
			if !s.cfg.SealWithoutSignature {
				return docket.Refuse(docket.CodeConflict, docket.KeyNotSignedYet)
			}
			ready = docket.SubmissionChecked
		}
		if err := s.caseIn(ctx, w, l, ready); err != nil {
			return err
		}
		n, err := s.takeNumber(ctx, w, who, s.series(docket.JournalOutgoing, s.cfg.OpinionCase), l.ID, docket.JournalKindOf(l.Kind), l.Annexes)
		if err != nil {
			return err
		}
		l.Number, l.NumberDate, l.Profile = n.Text, n.Date, profile.Name
		if l.Signed == "" { // otherwise whoever signed it is the signatory, whoever has it sealed
			l.Signatory, l.SignatoryFor = who.UserID, who.For
		}
		if err := w.UpdateLetter(ctx, l); err != nil {
			return err
		}
		return s.intend(ctx, w, who, l, profile)
	})
}

// caseIn refuses a letter whose project is not in the state, for it may have been withdrawn meanwhile. It writes the project's row too: a
// withdrawal at the same moment and this can't both commit.
func (s *Service) caseIn(ctx context.Context, w docket.Work, l *docket.Letter, state docket.SubmissionState) error {
	if l.SubmissionID == "" {
		return nil
	}
	sub, err := w.Submission(ctx, l.SubmissionID)
	if err != nil {
		return err
	}
	if sub.State != state {
		return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(sub.State)).With("event", docket.EventSeal)
	}
	return w.UpdateSubmission(ctx, sub)
}

// retry takes up a letter whose sealing failed, or whose worker's lease is over: same number, same bytes, with the certificate that is to seal now.
func (s *Service) retry(ctx context.Context, w docket.Work, who docket.Actor, l *docket.Letter, p SealProfile) error {
	if err := moveLetter(l, docket.EventRetry, who); err != nil {
		return err
	}
	i, err := w.IntentOfLetter(ctx, l.ID)
	if err != nil {
		return err
	}
	now := s.now()
	if err := w.ClaimIntent(ctx, i.ID, s.owner, now, now.Add(s.cfg.Lease)); err != nil {
		return err
	}
	if i.Certificate != p.Certificate {
		if err := s.retargetIn(ctx, w, who, l, i, p); err != nil {
			return err
		}
	}
	l.Reason = ""
	if err := w.UpdateLetter(ctx, l); err != nil {
		return err
	}
	if err := s.audit(ctx, w, who, docket.AuditSealIntended, l.ID, i.Document, "number", l.Number, "key", p.Key, "again", "true"); err != nil {
		return err
	}
	return s.countSignature(ctx, w, p)
}

// letter reads one without asking who reads.
func (s *Service) letter(ctx context.Context, id docket.ID) (l *docket.Letter, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { l, err = w.Letter(ctx, id); return err })
	return l, err
}

// AnnulLetter gives up a letter that could not be sealed; its number stays in the journal with the reason (signatory).
func (s *Service) AnnulLetter(ctx context.Context, who docket.Actor, letter docket.ID, reason string) (*docket.Letter, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	who = who.As(docket.RoleSignatory)
	var l *docket.Letter
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if l, err = w.Letter(ctx, letter); err != nil {
			return err
		}
		if err := s.letterNamed(ctx, w, who, l); err != nil {
			return err
		}
		if err := moveLetter(l, docket.EventAnnul, who); err != nil {
			return err
		}
		i, err := w.IntentOfLetter(ctx, l.ID)
		if err != nil {
			return err
		}
		now := s.now()
		if err := w.CloseIntent(ctx, i.ID, now); err != nil {
			return err
		}
		if l.Kind != docket.LetterReceipt { // a receipt's number is the project's
			if err := w.VoidNumber(ctx, l.ID, string(who.UserID), reason, now); err != nil {
				return err
			}
		}
		l.Reason = reason
		if err := w.UpdateLetter(ctx, l); err != nil {
			return err
		}
		if err := s.reopenCase(ctx, w, l); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditSealAnnulled, l.ID, l.ToSeal(), "number", l.Number)
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// reopenCase gives a project whose opinion was annulled back to its expert.
func (s *Service) reopenCase(ctx context.Context, w docket.Work, l *docket.Letter) error {
	if l.Kind != docket.LetterOpinion {
		return nil
	}
	sub, err := w.Submission(ctx, l.SubmissionID)
	if err != nil {
		return err
	}
	if err := moveSubmission(sub, docket.EventAnnul, docket.System()); err != nil {
		return err
	}
	return w.UpdateSubmission(ctx, sub)
}
