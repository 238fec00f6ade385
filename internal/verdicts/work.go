package verdicts

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"mohur/docket"
	"mohur/verify"
)

// WorkBatch judges a batch's documents for a while and says whether some are left. One process works on a batch at a time; each verdict is
// stored as it is reached, so that nothing is judged again after the process dies but what was at work then.
func (s *Service) WorkBatch(ctx context.Context, id docket.ID) (again bool, err error) {
	owner := string(docket.NewID(s.o.Now())) // of this piece of work: two in one process must not do the same
	if err := s.claim(ctx, id, owner); err != nil {
		return false, ignoreStale(err) // cancelled, done, or another process is at it
	}
	inner, cancel := context.WithCancel(ctx)
	lost := s.holdOn(inner, cancel, id, owner)
	again, err = s.workFor(inner, id)
	cancel()
	if lost() {
		return false, nil // it is another's, or cancelled
	}
	if again || err != nil {
		s.giveBack(context.WithoutCancel(ctx), id, owner)
	}
	return again, err
}

// workFor judges documents until none waits, the time is over or the service ends.
func (s *Service) workFor(ctx context.Context, id docket.ID) (again bool, err error) {
	for end := s.o.Now().Add(s.o.Slice); ; {
		var some []docket.StoredVerdict
		err := s.o.Store.Read(ctx, func(w docket.Work) (err error) {
			some, err = w.BatchVerdicts(ctx, id, docket.VerdictWaiting, 0, 4*s.o.Workers)
			return err
		})
		if err != nil {
			return true, err
		}
		if len(some) == 0 {
			err := s.o.Store.InTx(ctx, func(w docket.Work) error {
				return w.MoveBatch(ctx, id, docket.BatchRunning, docket.BatchDone, s.o.Now().UTC())
			})
			return false, ignoreStale(err)
		}
		if err := s.judgeSome(ctx, some); err != nil {
			return true, err
		}
		select {
		case <-s.stopping:
			return true, nil
		default:
		}
		if s.o.Now().After(end) {
			return true, nil
		}
	}
}

// giveBack lets the next who works on the batch begin at once. Failing, it is only later.
func (s *Service) giveBack(ctx context.Context, id docket.ID, owner string) {
	now := s.o.Now().UTC()
	err := s.o.Store.InTx(ctx, func(w docket.Work) error { return w.ClaimBatch(ctx, id, owner, now, now) })
	if ignoreStale(err) != nil {
		s.o.Log.WarnContext(ctx, "lease of a batch not given back", slog.String("batch", string(id)), slog.Any("error", err))
	}
}

// ignoreStale passes over that somebody was quicker.
func ignoreStale(err error) error {
	if errors.Is(err, docket.ErrStale) || errors.Is(err, docket.ErrNotFound) {
		return nil
	}
	return err
}

// claim takes the batch's lease or prolongs it.
func (s *Service) claim(ctx context.Context, id docket.ID, owner string) error {
	now := s.o.Now().UTC()
	return s.o.Store.InTx(ctx, func(w docket.Work) error { return w.ClaimBatch(ctx, id, owner, now, now.Add(s.o.Lease)) })
}

// holdOn prolongs the lease until the context ends, and ends it when the lease is lost; lost, asked after the end, tells that.
func (s *Service) holdOn(ctx context.Context, cancel context.CancelFunc, id docket.ID, owner string) (lost func() bool) {
	var done sync.WaitGroup
	gone := false
	done.Go(func() {
		tick := time.NewTicker(s.o.Lease / 3)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if err := s.claim(ctx, id, owner); errors.Is(err, docket.ErrStale) {
				gone = true
				cancel()
				return
			}
		}
	})
	return func() bool { done.Wait(); return gone }
}

// judgeSome judges documents, some at a time.
func (s *Service) judgeSome(ctx context.Context, some []docket.StoredVerdict) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(s.o.Workers)
	for i := range some {
		g.Go(func() error { return s.judge(ctx, &some[i]) })
	}
	return g.Wait()
}

// judge reaches and stores one verdict.
func (s *Service) judge(ctx context.Context, v *docket.StoredVerdict) error {
	size := v.Size
	for _, b := range v.Beside {
		size += b.Size
	}
	release, err := s.admit(ctx, size)
	if err != nil {
		return err
	}
	defer release()
	rep, err := s.verdict(ctx, v)
	if ctx.Err() != nil {
		return ctx.Err() // it waits for the next who works on the batch
	}
	if err != nil && failureOf(err).Code == codeInternal {
		s.o.Log.ErrorContext(ctx, "document of a batch could not be judged", slog.String("verdict", string(v.ID)), slog.Any("error", err))
	}
	return ignoreStale(s.finish(ctx, v, rep, err))
}

// admit waits for room as long as it takes: nobody waits for the answer, and whoever does goes first.
func (s *Service) admit(ctx context.Context, size int64) (func(), error) {
	for {
		release, err := s.o.Admit(ctx, size)
		if err == nil {
			return release, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// verdict judges the stored document.
func (s *Service) verdict(ctx context.Context, v *docket.StoredVerdict) (_ *verify.Report, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	var open []io.Closer
	defer func() {
		for _, c := range open {
			err = errors.Join(err, c.Close())
		}
	}()
	file, err := s.o.Files.Open(ctx, v.File)
	if err != nil {
		return nil, err
	}
	open = append(open, file)
	in := verify.Input{Name: v.Name, Content: file, Size: file.Size(), Time: v.For, Now: s.o.Now}
	for _, b := range v.Beside {
		d := verify.Data{Name: b.Name, DigestAlgorithm: b.Algorithm, Digest: b.Digest}
		if b.File != "" {
			f, err := s.o.Files.Open(ctx, b.File)
			if err != nil {
				return nil, err
			}
			open = append(open, f)
			d.Content, d.Size = f, f.Size()
		}
		in.Detached = append(in.Detached, d)
	}
	return s.o.Verify(ctx, in, v.Policy)
}

// ResumeBatches enqueues the running batches that no living process works on: after a start, and again and again, for a process may die.
func (s *Service) ResumeBatches(ctx context.Context) error {
	return s.o.Store.InTx(ctx, func(w docket.Work) error {
		idle, err := w.IdleBatches(ctx, s.o.Now())
		for _, b := range idle {
			if err == nil {
				err = w.Enqueue(ctx, docket.Task{Kind: docket.TaskBatch, Subject: b.ID})
			}
		}
		return err
	})
}
