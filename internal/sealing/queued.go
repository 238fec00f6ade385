package sealing

import (
	"context"
	"errors"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// SealQueued works on a request whose client does not wait, or whose worker is gone. What somebody else works on, or what has ended, is no error.
// An error means: not now; the request itself says what came of it.
func (s *Service) SealQueued(ctx context.Context, id docket.ID) error {
	r, err := s.claim(ctx, id)
	if errors.Is(err, docket.ErrStale) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case r.Kind == docket.SealHashes:
		err = s.failed(ctx, r, docket.Refuse(docket.CodeUnavailable, docket.KeySealInterrupted)) // nobody waits for the values any more
	case r.State == docket.SealSealing:
		err = s.takeUp(ctx, r)
	default:
		err = s.intendQueued(ctx, r)
	}
	if errors.Is(err, docket.ErrStale) {
		return nil
	}
	return err
}

// claim takes the lease, under a name that nobody had before.
func (s *Service) claim(ctx context.Context, id docket.ID) (r *docket.SealRequest, err error) {
	owner := docket.NewSecret()
	err = s.store.InTx(ctx, func(w docket.Work) error {
		now := s.now()
		if err := w.ClaimSealRequest(ctx, id, owner, now, now.Add(s.cfg.Lease)); err != nil {
			return err
		}
		if r, err = w.SealRequest(ctx, id); err != nil {
			return err
		}
		_, err := docket.Next(docket.SealRequestTransitions(), r.State, docket.EventRetry, docket.System())
		return err
	})
	return r, err
}

// takeUp finishes an intent that somebody else began: with the version of the profile that intended it.
func (s *Service) takeUp(ctx context.Context, r *docket.SealRequest) error {
	var p *docket.SealProfile
	err := s.store.Read(ctx, func(w docket.Work) (err error) { p, err = w.SealProfileVersion(ctx, r.Profile, r.Version); return err })
	if err == nil {
		err = s.countAgain(ctx, r, p)
	}
	if err != nil {
		return s.failed(ctx, r, err)
	}
	_, err = s.finish(ctx, r, p, nil)
	return err
}

// countAgain takes another attempt off what the credential may do on a day. Who can't say what that is fails when it is to sign.
func (s *Service) countAgain(ctx context.Context, r *docket.SealRequest, p *docket.SealProfile) error {
	limit := 0
	if m, err := s.sealer.Member(ctx, p, r.Certificate); err == nil {
		limit = m.PerDay
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		return w.UseCredential(ctx, p.Credential, calendar.DateOf(s.now()), r.Count, limit)
	})
}

// intendQueued does with a request that waited what sealNow does with one that does not.
func (s *Service) intendQueued(ctx context.Context, r *docket.SealRequest) error {
	p, v, err := s.intention(ctx, r)
	if err != nil {
		return s.failed(ctx, r, err)
	}
	_, err = s.finish(ctx, r, p, v)
	return err
}

// intention asks the profile in force again, for much may have changed since the request came in, and commits the intent.
func (s *Service) intention(ctx context.Context, r *docket.SealRequest) (*docket.SealProfile, *docket.Verification, error) {
	work, done := s.hold(ctx, r)
	defer done()
	p, err := s.admitting(work, clientOf(r), r.Profile)
	if err != nil {
		return nil, nil, err
	}
	if r.Kind == docket.SealDigest && !p.HashAllowed || (r.Packaging == "") != (p.Format == docket.FormatPAdES) {
		return nil, nil, docket.Refuse(docket.CodeForbidden, docket.KeyProfileChoice)
	}
	v, err := s.input(work, p, r)
	if err != nil {
		return nil, nil, err
	}
	m, err := s.sealer.Choose(work, p)
	if err != nil {
		return nil, nil, err
	}
	s.intended(r, p, m, v)
	err = s.store.InTx(work, func(w docket.Work) error {
		return s.intend(work, w, p, m, v, r, func() error { return w.IntendSealRequest(work, r) })
	})
	if err != nil {
		return nil, nil, err
	}
	r.State = docket.SealSealing
	return p, v, nil
}

// waitBefore is how long a request may wait for its task before somebody looks after it: tasks of a process that died are late.
const waitBefore = time.Minute

// Reconcile finishes what was intended, or taken in, and not finished: requests whose lease is over or whose next attempt is due. It returns how
// many were released and how many not. Run at start and every few seconds; it gives up for now when its context ends.
func (s *Service) Reconcile(ctx context.Context) (released, failed int, err error) {
	if s.sealer == nil {
		return 0, 0, nil
	}
	now := s.now()
	var open []docket.SealRequest
	if err := s.store.Read(ctx, func(w docket.Work) error {
		open, err = w.OpenSealRequests(ctx, now, now.Add(-waitBefore), 200)
		return err
	}); err != nil {
		return 0, 0, err
	}
	for _, r := range open {
		if ctx.Err() != nil {
			return released, failed, ctx.Err()
		}
		if serr := s.SealQueued(ctx, r.ID); serr != nil {
			failed++
		} else {
			released++
		}
	}
	return released, failed, nil
}
