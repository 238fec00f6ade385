package sealing

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
	"mohur/internal/release"
)

// finish does what an intent that we hold is about: a member signs, our own check passes, the file is released. It returns the request as it
// stands then, with the refusal if it failed; ErrStale means that somebody else holds it.
func (s *Service) finish(ctx context.Context, r *docket.SealRequest, p *docket.SealProfile, before *docket.Verification) (*docket.SealRequest, error) {
	work, done := s.hold(ctx, r)
	err := s.makeAndRelease(work, r, p, before)
	done()
	if err == nil {
		return r, nil
	}
	err = s.failed(ctx, r, err)
	var after *docket.SealRequest
	rerr := s.store.Read(ctx, func(w docket.Work) (err error) { after, err = w.SealRequest(ctx, r.ID); return err })
	switch {
	case rerr != nil:
		return nil, errors.Join(err, rerr)
	case after.State == docket.SealReleased: // by somebody who took over
		return after, nil
	}
	return after, err
}

// hold prolongs the lease while the work lives and ends the work when it is lost, or its patience is over.
func (s *Service) hold(ctx context.Context, r *docket.SealRequest) (context.Context, func()) {
	work, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(s.cfg.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-work.Done():
				return
			case <-tick.C:
			}
			lease := s.now().Add(s.cfg.Lease)
			err := s.store.InTx(work, func(w docket.Work) error { return w.KeepSealRequest(work, r.ID, r.Owner, lease) })
			if errors.Is(err, docket.ErrStale) {
				cancel()
				return
			}
		}
	}()
	return work, func() { cancel(); <-ended }
}

// makeAndRelease lets one member after another try; each is committed as the intent's before it signs.
func (s *Service) makeAndRelease(ctx context.Context, r *docket.SealRequest, p *docket.SealProfile, before *docket.Verification) error {
	var tried []string
	m, err := s.sealer.Member(ctx, p, r.Certificate)
	if err == nil {
		tried = append(tried, m.Name)
	}
	for {
		sealed, v, err := s.makeSeal(ctx, r, p, before)
		if err == nil {
			return s.release(ctx, r, sealed, v)
		}
		if !errors.Is(err, desk.ErrMember) || ctx.Err() != nil || len(tried) >= s.cfg.Members {
			return err
		}
		next, other := s.sealer.Choose(ctx, p, tried...)
		if other != nil {
			return err // the first one's failure says more
		}
		if err := s.retarget(ctx, r, p, next); err != nil {
			return err
		}
		tried = append(tried, next.Name)
	}
}

// retarget commits another certificate before its key signs (decisions 12).
func (s *Service) retarget(ctx context.Context, r *docket.SealRequest, p *docket.SealProfile, m *Member) error {
	r.Lease = s.now().Add(s.cfg.Lease)
	old := r.Certificate
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.RetargetSealRequest(ctx, r.ID, r.Owner, m.Key, m.Certificate, r.Lease); err != nil {
			return err
		}
		if err := s.auditRequest(ctx, w, docket.AuditSealRetargeted, r, "from", string(old), "certificate", string(m.Certificate)); err != nil {
			return err
		}
		return w.UseCredential(ctx, p.Credential, calendar.DateOf(s.now()), r.Count, m.PerDay) // the credential's count is of attempts
	})
	if err == nil {
		r.KeyLabel, r.Certificate, r.Attempts = m.Key, m.Certificate, r.Attempts+1
	}
	return err
}

// makeSeal lets the intent's member sign the exact document and checks what came of it (decisions 9).
func (s *Service) makeSeal(ctx context.Context, r *docket.SealRequest, p *docket.SealProfile, before *docket.Verification) (docket.Blob, *docket.Verification, error) {
	in := Input{Certificate: r.Certificate, Document: r.Document, Packaging: r.Packaging}
	if r.Kind == docket.SealDocument {
		f, err := s.files.Open(ctx, r.Document)
		if err != nil {
			return docket.Blob{}, nil, err
		}
		defer func() { _ = f.Close() }()
		in.File, in.Size = f, f.Size()
	}
	out, err := s.files.Create(ctx, in.Size+s.cfg.Growth)
	if err != nil {
		return docket.Blob{}, nil, err
	}
	defer func() { _ = out.Abort() }()
	if err := s.sealer.Seal(ctx, p, in, out); err != nil {
		return docket.Blob{}, nil, err
	}
	sealed, err := out.Commit()
	if err != nil {
		return docket.Blob{}, nil, err
	}
	v, err := release.Check(ctx, s.files, s.judge, release.Sealed{
		Document: r.Document, File: sealed.Hash, Certificate: r.Certificate, Level: r.Level, Packaging: packed(r.Packaging), Before: before,
	})
	return sealed, v, err
}

// packed is the packaging as the release knows it.
func packed(p docket.SealPackaging) release.Packaging {
	switch p {
	case docket.PackagingDetached:
		return release.Detached
	case docket.PackagingEnveloping:
		return release.Content
	}
	return release.Prefix
}

// release is one conditional step: a second signature may have been made after a crash, a second release can't be.
func (s *Service) release(ctx context.Context, r *docket.SealRequest, sealed docket.Blob, v *docket.Verification) error {
	if _, err := docket.Next(docket.SealRequestTransitions(), docket.SealSealing, docket.EventRelease, docket.System()); err != nil {
		return err
	}
	done := *r
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := s.standing(v); err != nil {
			return err
		}
		if err := w.AddVerification(ctx, v); err != nil {
			return err
		}
		done.Released, done.ReleasedSize, done.Verdict, done.Ended = sealed.Hash, sealed.Size, v.ID, s.now().Truncate(time.Microsecond)
		if err := w.ReleaseSealRequest(ctx, &done); err != nil {
			return err
		}
		return s.auditRequest(ctx, w, docket.AuditSealReleased, r, "released", string(sealed.Hash), "verification", string(v.ID))
	})
	if err == nil {
		done.State, done.Owner, done.Lease, done.Failure, done.Check = docket.SealReleased, "", time.Time{}, "", ""
		*r = done
	}
	return err
}

// failed ends a request that could not be sealed, or gives its lease back until later where the client does not wait. It returns the cause. If even
// that can't be written the lease runs out, and the request is taken up again.
func (s *Service) failed(ctx context.Context, r *docket.SealRequest, cause error) error {
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), cause) // the program ends, the request doesn't
	}
	if errors.Is(cause, context.DeadlineExceeded) {
		cause = docket.Refuse(docket.CodeUnavailable, docket.KeySealTime).Because(cause)
	}
	end := *r
	end.State, end.Failure, end.Ended = docket.SealFailed, docket.KeyOf(cause), s.now().Truncate(time.Microsecond)
	if e, ok := errors.AsType[*docket.Error](cause); ok {
		end.Check, _ = e.Args["check"].(string)
	}
	later := r.Async && r.Attempts < s.cfg.Attempts && passing(cause)
	if !later && r.State == docket.SealReceived && docket.CodeOf(cause) != docket.CodeUnavailable && docket.CodeOf(cause) != docket.CodeInternal {
		end.State = docket.SealRefused
	}
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if later {
			return w.PostponeSealRequest(ctx, r.ID, r.Owner, end.Failure, s.now().Add(againAfter(r.Attempts)))
		}
		if err := w.EndSealRequest(ctx, &end); err != nil {
			return err
		}
		action := docket.AuditSealFailed
		if end.State == docket.SealRefused {
			action = docket.AuditRefused
		}
		return s.auditRequest(ctx, w, action, r, "key", end.Failure, "check", end.Check)
	})
	switch {
	case errors.Is(err, docket.ErrStale):
		return docket.Refuse(docket.CodeConflict, docket.KeySealRunning).Because(cause) // somebody else holds it by now
	case err != nil || later:
		return errors.Join(cause, err)
	}
	return errors.Join(Refusal(&end), &causeError{cause})
}

// causeError keeps why a request failed for the log, where the refusal is for the client.
type causeError struct{ err error }

// Error is for the log.
func (e *causeError) Error() string { return e.err.Error() }

// passing says whether the same request may do later what it does not now.
func passing(err error) bool {
	switch docket.CodeOf(err) {
	case docket.CodeInvalid, docket.CodeForbidden, docket.CodeNotFound, docket.CodeTooLarge:
		return false
	}
	return true
}

// againAfter is how long a request waits for its next attempt: two seconds, then twice as long each time, an hour at most.
func againAfter(attempts int) time.Duration {
	return min(2*time.Second<<min(max(attempts-1, 0), 11), time.Hour)
}
