package verdicts

import (
	"context"
	"errors"

	"mohur/docket"
)

// AddBatch takes a batch of a tenant: its documents are stored, then it is enqueued. A failure leaves nothing behind but what RemoveExpired
// takes away.
func (s *Service) AddBatch(ctx context.Context, b *docket.Batch, docs []docket.Upload) error {
	now := s.o.Now().UTC()
	b.ID, b.State, b.Total, b.Created, b.Expires = docket.NewID(now), docket.BatchReceiving, len(docs), now, now.Add(s.o.Lifetime)
	rows := make([]docket.StoredVerdict, len(docs))
	for i, d := range docs {
		v := &rows[i]
		*v = docket.StoredVerdict{
			ID: docket.NewID(now), Tenant: b.Tenant, BatchID: b.ID, Seq: i + 1, State: docket.VerdictWaiting, KeepFile: b.KeepFile, Policy: b.Policy, For: b.For,
			Created: now, Expires: b.Expires,
		}
		s.describe(v, d)
	}
	err := s.o.Store.InTx(ctx, func(w docket.Work) error {
		open, err := w.OpenBatches(ctx, b.Tenant)
		if err != nil {
			return err
		}
		if open >= s.o.MaxOpen {
			return docket.Refuse(docket.CodeLimited, docket.KeyLimited)
		}
		if err := w.AddBatch(ctx, b); err != nil {
			return err
		}
		var held []docket.Hash
		for i := range rows {
			held = append(held, rows[i].Blobs()...)
			if err := w.AddStoredVerdict(ctx, &rows[i]); err != nil {
				return err
			}
		}
		return w.HoldBlobs(ctx, held...)
	})
	for i := range rows {
		if err == nil {
			err = s.putDocument(ctx, &rows[i], docs[i])
		}
	}
	if err == nil {
		err = s.o.Store.InTx(ctx, func(w docket.Work) error {
			if err := w.MoveBatch(ctx, b.ID, docket.BatchReceiving, docket.BatchRunning, now); err != nil {
				return err
			}
			return w.Enqueue(ctx, docket.Task{Kind: docket.TaskBatch, Subject: b.ID})
		})
	}
	if err != nil {
		return errors.Join(err, s.abandon(context.WithoutCancel(ctx), b.ID))
	}
	b.State = docket.BatchRunning
	return nil
}

// abandon takes back a batch that could not be taken whole.
func (s *Service) abandon(ctx context.Context, id docket.ID) error {
	err := s.o.Store.InTx(ctx, func(w docket.Work) error {
		return w.MoveBatch(ctx, id, docket.BatchReceiving, docket.BatchCancelled, s.o.Now().UTC())
	})
	if errors.Is(err, docket.ErrStale) { // it was never there
		return nil
	}
	return errors.Join(err, s.cancelWaiting(ctx, id))
}

// Batch returns a tenant's batch and how its documents came out so far.
func (s *Service) Batch(ctx context.Context, tenant string, id docket.ID) (b *docket.Batch, counts []docket.BatchCount, err error) {
	err = s.o.Store.Read(ctx, func(w docket.Work) error {
		if b, err = w.Batch(ctx, id); err != nil {
			return err
		}
		if tenant == "" || b.Tenant != tenant || !b.Expires.After(s.o.Now()) {
			return docket.ErrNotFound
		}
		counts, err = w.CountBatch(ctx, id)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return b, counts, nil
}

// BatchVerdicts lists a batch's documents after a place, in order.
func (s *Service) BatchVerdicts(ctx context.Context, b *docket.Batch, after, limit int) (out []docket.StoredVerdict, err error) {
	err = s.o.Store.Read(ctx, func(w docket.Work) (err error) {
		out, err = w.BatchVerdicts(ctx, b.ID, "", after, limit)
		return err
	})
	return out, err
}

// CancelBatch ends a batch: what was judged stays, what waits is given up. A batch that has ended already is a conflict.
func (s *Service) CancelBatch(ctx context.Context, tenant string, id docket.ID) error {
	if _, _, err := s.Batch(ctx, tenant, id); err != nil {
		return err
	}
	err := s.o.Store.InTx(ctx, func(w docket.Work) error {
		return w.MoveBatch(ctx, id, docket.BatchRunning, docket.BatchCancelled, s.o.Now().UTC())
	})
	if err != nil {
		return err
	}
	return s.cancelWaiting(ctx, id)
}

// cancelWaiting gives up the documents of a batch that wait, with their files.
func (s *Service) cancelWaiting(ctx context.Context, id docket.ID) error {
	for {
		var some []docket.StoredVerdict
		err := s.o.Store.Read(ctx, func(w docket.Work) (err error) {
			some, err = w.BatchVerdicts(ctx, id, docket.VerdictWaiting, 0, 100)
			return err
		})
		if err != nil || len(some) == 0 {
			return err
		}
		for i := range some {
			v := &some[i]
			held := v.Blobs()
			v.State, v.File, v.Beside = docket.VerdictCancelled, "", nil
			err := s.drop(ctx, held, func(w docket.Work) error { return w.FinishStoredVerdict(ctx, v) })
			if err != nil && !errors.Is(err, docket.ErrStale) { // stale: it was being judged and is done
				return err
			}
		}
	}
}

// removeExpiredBatches removes batches past their time; their documents have the same and are gone.
func (s *Service) removeExpiredBatches(ctx context.Context) error {
	var gone []docket.Batch
	err := s.o.Store.Read(ctx, func(w docket.Work) (err error) { gone, err = w.ExpiredBatches(ctx, s.o.Now(), 100); return err })
	for _, b := range gone {
		if err == nil {
			err = s.o.Store.InTx(ctx, func(w docket.Work) error { return w.RemoveBatch(ctx, b.ID) })
		}
		if errors.Is(err, docket.ErrStale) {
			err = nil
		}
	}
	return err
}
