package desk

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/release"
)

// finishSeal does what an intent that we hold is about: the token signs, our own check passes, the file is released. Whatever fails gives
// the lease back with the reason; the number stays.
func (s *Service) finishSeal(ctx context.Context, who docket.Actor, letter docket.ID, profile SealProfile) error {
	l, i, err := s.letterAndIntent(ctx, letter)
	if err != nil {
		return err
	}
	var sealed docket.Blob
	var v *docket.Verification
	if err = profile.away; err == nil {
		sealed, v, profile, err = s.sealOver(ctx, who, l, i, profile)
	}
	if err == nil {
		err = s.release(ctx, who, l, i, sealed, v, profile)
	}
	if err != nil {
		return errors.Join(err, s.sealFailed(context.WithoutCancel(ctx), who, letter, i.ID, err))
	}
	return nil
}

func (s *Service) letterAndIntent(ctx context.Context, letter docket.ID) (l *docket.Letter, i *docket.SealIntent, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if l, err = w.Letter(ctx, letter); err != nil {
			return err
		}
		i, err = w.IntentOfLetter(ctx, letter)
		return err
	})
	return l, i, err
}

// makeSeal lets the token sign the exact bytes of the intent and judges the result.
func (s *Service) makeSeal(ctx context.Context, l *docket.Letter, i *docket.SealIntent, p SealProfile) (docket.Blob, *docket.Verification, error) {
	if p.Certificate != i.Certificate {
		return docket.Blob{}, nil, docket.Refuse(docket.CodeConflict, docket.KeySealRefused).With("check", "certificate_changed")
	}
	in, err := s.blobs.Open(ctx, i.Document)
	if err != nil {
		return docket.Blob{}, nil, err
	}
	defer func() { _ = in.Close() }()
	out, err := s.blobs.Create(ctx, in.Size()+s.cfg.Limits.SealedBytes)
	if err != nil {
		return docket.Blob{}, nil, err
	}
	defer func() { _ = out.Abort() }()
	err = s.sealer.Seal(ctx, SealInput{
		Profile: p.Name, Credential: p.Credential, Terms: p.Terms, LookupURL: s.url(PathLookUp, l.Public), Certificate: i.Certificate, Document: i.Document, File: in, Size: in.Size(), Place: l.Place, Number: l.Number, Date: azDate(l.NumberDate), ControlCode: l.ControlCode,
	}, out)
	if err != nil {
		if errors.Is(err, ErrMember) { // why is the administrator's to mend, and a key of its own
			return docket.Blob{}, nil, refusalOr(docket.KeySealing, err)
		}
		return docket.Blob{}, nil, docket.Refuse(docket.CodeUnavailable, docket.KeySealing).Because(err)
	}
	sealed, err := out.Commit()
	if err != nil {
		return docket.Blob{}, nil, err
	}
	v, err := s.checkSealed(ctx, i, sealed, p)
	return sealed, v, err
}

// checkSealed is decisions 9.
func (s *Service) checkSealed(ctx context.Context, i *docket.SealIntent, sealed docket.Blob, p SealProfile) (*docket.Verification, error) {
	judge := func(ctx context.Context, file, _ docket.Hash) (*docket.Verification, error) {
		return s.verify(ctx, file, "")
	}
	return release.Check(ctx, s.blobs, judge, release.Sealed{Document: i.Document, File: sealed.Hash, Certificate: i.Certificate, Level: p.Level})
}

// release is one conditional step: a second signature may have been made after a crash, a second release can't be.
func (s *Service) release(ctx context.Context, who docket.Actor, seen *docket.Letter, i *docket.SealIntent, sealed docket.Blob, v *docket.Verification, p SealProfile) error {
	return s.store.InTx(ctx, func(w docket.Work) error {
		now := s.now()
		if err := s.standing(ctx, w, v.ID, sealed.Hash); err != nil {
			return err
		}
		if err := w.ReleaseIntent(ctx, i.ID, s.owner, sealed.Hash, now); err != nil {
			return err
		}
		l, err := w.Letter(ctx, seen.ID)
		if err != nil {
			return err
		}
		if err := moveLetter(l, docket.EventRelease, who); err != nil {
			return err
		}
		l.Sealed, l.SealedAt, l.SealedBy, l.VerificationID, l.Reason = sealed.Hash, now, p.Unit, v.ID, ""
		if l.Kind == docket.LetterOpinion {
			if err := s.sealedCase(ctx, w, who, l); err != nil {
				return err
			}
		} else if err := s.deliver(ctx, w, docket.System(), l); err != nil {
			return err
		}
		if err := w.UpdateLetter(ctx, l); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditSealReleased, l.ID, sealed.Hash, "number", l.Number, "verification", string(v.ID))
	})
}

// sealedCase moves the project along with its opinion.
func (s *Service) sealedCase(ctx context.Context, w docket.Work, who docket.Actor, l *docket.Letter) error {
	sub, err := w.Submission(ctx, l.SubmissionID)
	if err != nil {
		return err
	}
	if err := moveSubmission(sub, docket.EventSeal, who); err != nil {
		return err
	}
	return w.UpdateSubmission(ctx, sub)
}

// sealFailed gives the lease back, keeps the number and says why. If even that can't be written, the lease runs out and the next start
// takes the intent up.
func (s *Service) sealFailed(ctx context.Context, who docket.Actor, letter, intent docket.ID, cause error) error {
	key := docket.KeyOf(cause)
	err := s.store.InTx(ctx, func(w docket.Work) error {
		now := s.now()
		i, err := w.Intent(ctx, intent)
		if err != nil {
			return err
		}
		if err := w.FailIntent(ctx, intent, s.owner, key, now.Add(sealAgainAfter(i.Attempts))); err != nil {
			return err
		}
		l, err := w.Letter(ctx, letter)
		if err != nil {
			return err
		}
		if err := moveLetter(l, docket.EventFail, who); err != nil {
			return err
		}
		l.Reason = key
		if err := w.UpdateLetter(ctx, l); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditSealFailed, letter, l.ToSeal(), "number", l.Number, "key", key)
	})
	if errors.Is(err, docket.ErrStale) {
		return nil // somebody else holds it by now, or released it
	}
	return err
}

// sealAgainAfter is how long the program waits before it tries again by itself: a minute, then twice as long each time, an hour at most.
func sealAgainAfter(attempts int) time.Duration {
	return min(time.Minute<<min(max(attempts-1, 0), 6), time.Hour)
}

// Reconcile finishes what was intended and not finished: intents whose lease is over, or whose time to try again has come, are tried. It returns how
// many were released and how many failed. Run at start and by a job.
func (s *Service) Reconcile(ctx context.Context) (released, failed int, err error) {
	var open []docket.SealIntent
	if err := s.store.Read(ctx, func(w docket.Work) error { open, err = w.OpenIntents(ctx, s.now()); return err }); err != nil {
		return 0, 0, err
	}
	for _, i := range open {
		switch serr := s.SealPending(ctx, i.LetterID); {
		case serr == nil:
			released++
		case ctx.Err() != nil:
			return released, failed, ctx.Err()
		default:
			failed++
		}
	}
	return released, failed, nil
}

// SealPending seals a letter whose intent is committed, as the job that was enqueued with it. What somebody else works on, released or
// gave up is no error.
func (s *Service) SealPending(ctx context.Context, letter docket.ID) error {
	who := docket.System()
	profile, err := s.profileOf(ctx, letter)
	if err != nil {
		return err
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		l, err := w.Letter(ctx, letter)
		if err != nil {
			return err
		}
		if l.State != docket.LetterSealing && l.State != docket.LetterSealingFailed {
			return docket.ErrStale
		}
		return s.retry(ctx, w, who, l, profile)
	})
	if errors.Is(err, docket.ErrStale) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.finishSeal(ctx, who, letter, profile)
}

// today is the day in Baku.
func (s *Service) today() calendar.Date { return calendar.DateOf(s.now()) }
