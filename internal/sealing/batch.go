package sealing

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"mohur/docket"
)

// BatchRequest is a wish for many seals of one profile.
type BatchRequest struct {
	Client    Client
	Profile   string
	Key       string // as of Request
	Packaging docket.SealPackaging
	Documents []docket.Upload // with their content, or only their digest
}

// AddBatch takes many documents to be sealed in the background, or answers from what the same key did before. Each is a request of its own: what
// the profile does not admit is refused alone.
func (s *Service) AddBatch(ctx context.Context, q BatchRequest) (*docket.SealBatch, error) {
	b, rows, err := s.admitBatch(ctx, q)
	if err != nil {
		return nil, s.turnedAway(ctx, q.Client, q.Profile, err)
	}
	if known, err := s.knownBatch(ctx, b); known != nil || err != nil {
		return known, err
	}
	for i, d := range q.Documents {
		if rows[i].Kind == docket.SealDocument {
			if err := s.storeFile(ctx, rows[i], Request{File: d.Content, Size: d.Size}); err != nil {
				return nil, err
			}
		}
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		open, err := w.OpenSealBatches(ctx, b.Client)
		if err != nil {
			return err
		}
		if open >= s.cfg.MaxBatches {
			return docket.Refuse(docket.CodeLimited, docket.KeyLimited)
		}
		if err := w.AddSealBatch(ctx, b); err != nil {
			return err
		}
		for _, r := range rows {
			if err := w.AddSealRequest(ctx, r); err != nil {
				return err
			}
		}
		return w.Enqueue(ctx, docket.Task{Kind: docket.TaskSealBatch, Subject: b.ID})
	})
	if errors.Is(err, docket.ErrStale) {
		if known, kerr := s.knownBatch(ctx, b); known != nil || kerr != nil {
			return known, kerr
		}
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// admitBatch makes the rows.
func (s *Service) admitBatch(ctx context.Context, q BatchRequest) (*docket.SealBatch, []*docket.SealRequest, error) {
	if len(q.Documents) == 0 {
		return nil, nil, docket.Invalid("file", docket.KeyRequired)
	}
	now := s.now().Truncate(time.Microsecond)
	b := &docket.SealBatch{
		ID: docket.NewID(now), Client: q.Client.Name, Tenant: q.Client.Tenant, Profile: q.Profile, Key: q.Key, Total: len(q.Documents), Created: now,
		Expires: now.Add(s.cfg.Lifetime),
	}
	var rows []*docket.SealRequest
	var prints []docket.Hash
	for i, d := range q.Documents {
		r, _, err := s.admit(ctx, Request{
			Client: q.Client, Profile: q.Profile, Key: q.Key, Async: true, Packaging: q.Packaging, Name: d.Name, File: d.Content, Size: d.Size, Digest: d.Hash,
		})
		if err != nil {
			return nil, nil, err
		}
		r.Key, r.BatchID, r.Seq = "", b.ID, i+1
		rows, prints = append(rows, r), append(prints, r.Request)
	}
	text, err := json.Marshal(prints)
	b.Request = docket.HashOf(sha256.Sum256(text))
	return b, rows, err
}

// knownBatch finds what the client's key did before; nil if nothing.
func (s *Service) knownBatch(ctx context.Context, b *docket.SealBatch) (known *docket.SealBatch, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { known, err = w.SealBatchByKey(ctx, b.Client, b.Key); return err })
	switch {
	case errors.Is(err, docket.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	if old := s.now().Add(-s.cfg.KeyTime); known.Created.Before(old) {
		return nil, s.store.InTx(ctx, func(w docket.Work) error { return w.ForgetSealKeys(ctx, old) })
	}
	if known.Request != b.Request {
		return nil, docket.Refuse(docket.CodeInvalid, docket.KeyKeyReused)
	}
	return known, nil
}

// Batch returns a batch of the client's tenant and where its requests stand.
func (s *Service) Batch(ctx context.Context, c Client, id docket.ID) (b *docket.SealBatch, counts []docket.SealBatchCount, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		if b, err = w.SealBatch(ctx, id); err != nil {
			return err
		}
		if c.Tenant == "" || b.Tenant != c.Tenant {
			return docket.ErrNotFound
		}
		counts, err = w.CountSealBatch(ctx, id)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return b, counts, nil
}

// BatchRequests lists a batch's requests after a place, in the order of the documents.
func (s *Service) BatchRequests(ctx context.Context, b *docket.SealBatch, after, limit int) (out []docket.SealRequest, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { out, err = w.SealBatchRequests(ctx, b.ID, "", after, limit); return err })
	return out, err
}

// CancelBatch abandons what of a batch nobody works on yet. What was intended is finished.
func (s *Service) CancelBatch(ctx context.Context, c Client, id docket.ID) error {
	if _, _, err := s.Batch(ctx, c, id); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error { return w.CancelSealBatch(ctx, id, s.now()) })
}

// WorkBatch seals requests of a batch for a while; again says that some wait that nobody works on. Any number of processes may work on one batch:
// each request is claimed by itself.
func (s *Service) WorkBatch(ctx context.Context, id docket.ID) (again bool, err error) {
	if s.sealer == nil {
		return false, nil
	}
	until := s.now().Add(s.cfg.Slice)
	for after := 0; ; {
		var some []docket.SealRequest
		err := s.store.Read(ctx, func(w docket.Work) (err error) {
			some, err = w.SealBatchRequests(ctx, id, docket.SealReceived, after, 4*s.cfg.Workers)
			return err
		})
		if err != nil || len(some) == 0 {
			return false, err
		}
		after = some[len(some)-1].Seq
		s.workSome(ctx, some)
		if ctx.Err() != nil || !s.now().Before(until) {
			return true, nil
		}
	}
}

// workSome works on a few at a time. What does not succeed says so itself and is taken up again later.
func (s *Service) workSome(ctx context.Context, some []docket.SealRequest) {
	var all sync.WaitGroup
	places := make(chan struct{}, s.cfg.Workers)
	for _, r := range some {
		if ctx.Err() != nil {
			break
		}
		if !r.Lease.IsZero() && r.Lease.After(s.now()) {
			continue
		}
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			_ = s.SealQueued(ctx, r.ID) // the request's own row says what came of it
		})
	}
	all.Wait()
}

// RemoveExpired removes the files of requests whose time is over; their rows stay. Several processes may do so at once. It also frees idempotency keys
// whose time is over.
func (s *Service) RemoveExpired(ctx context.Context) (removed int, err error) {
	if s.sealer == nil {
		return 0, nil
	}
	err = s.store.InTx(ctx, func(w docket.Work) error { return w.ForgetSealKeys(ctx, s.now().Add(-s.cfg.KeyTime)) })
	for err == nil {
		var gone []docket.SealRequest
		err = s.store.Read(ctx, func(w docket.Work) (err error) { gone, err = w.ExpiredSealRequests(ctx, s.now(), 100); return err })
		if err != nil || len(gone) == 0 {
			break
		}
		for i := range gone {
			if err := s.drop(ctx, &gone[i]); errors.Is(err, docket.ErrStale) {
				continue // another process was quicker
			} else if err != nil {
				return removed, err
			}
			removed++
		}
	}
	return removed, err
}

// orphanAge is how old a file is that no row names: whoever stores a file writes its row within minutes.
const orphanAge = 24 * time.Hour

// RemoveOrphans removes files that no request names: of a process that was killed before it wrote the row, and seals that our own check kept back.
func (s *Service) RemoveOrphans(ctx context.Context) (removed int, err error) {
	if s.sealer == nil {
		return 0, nil
	}
	err = s.files.Older(ctx, s.now().Add(-orphanAge), func(h docket.Hash) error {
		var used bool
		err := s.store.Read(ctx, func(w docket.Work) (err error) { used, err = w.SealFileInUse(ctx, h); return err })
		if err != nil || used {
			return err
		}
		removed++
		return s.files.Remove(ctx, h)
	})
	return removed, err
}

// drop gives up a request's files; those that no other request holds go. The same document may come in again at this very moment: its file is then
// missing when it is to be sealed, and the request says so instead of sealing anything else.
func (s *Service) drop(ctx context.Context, r *docket.SealRequest) error {
	return s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.DropSealFiles(ctx, r.ID); err != nil {
			return err
		}
		for _, h := range []docket.Hash{r.Document, r.Released} {
			if h == "" {
				continue
			}
			used, err := w.SealFileInUse(ctx, h)
			if err == nil && !used {
				err = s.files.Remove(ctx, h)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
