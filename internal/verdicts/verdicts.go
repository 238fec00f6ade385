// Package verdicts keeps verdicts that programs may read again and judges batches of documents in the background. A verdict is kept with its
// policy, time, hashes and every piece of evidence it used, so that it can be shown later in any form and language; the file only when that
// was asked for.
//
// It decides nothing about signatures, which is verify's, and knows no HTTP. Who may read what is a tenant's name or the secret of a link.
package verdicts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"mohur/docket"
	"mohur/verify"
)

// Files is the store of the files; it is not the office's, whose files stay.
type Files interface {
	docket.Blobs
	Remove(ctx context.Context, h docket.Hash) error
}

// Options are the parts and bounds of a Service. Store, Files, Verify, Now and Log are required.
type Options struct {
	Store  docket.Store
	Files  Files
	Verify func(ctx context.Context, in verify.Input, policy string) (*verify.Report, error)
	Admit  func(ctx context.Context, documents int64) (release func(), err error) // room for a document of a batch; nil: there always is
	Now    func() time.Time
	Log    *slog.Logger

	Lifetime   time.Duration // of what a tenant has kept; 90 days if zero
	LinkedLife time.Duration // of what a stranger has kept behind a link; 7 days if zero
	Timeout    time.Duration // of one document; 60 seconds if zero
	Lease      time.Duration // after which another process takes over a batch; 30 seconds if zero
	Slice      time.Duration // of work on one batch at a time; 45 seconds if zero
	Workers    int           // documents of a batch at a time; 2 if zero
	MaxOpen    int           // batches of one tenant at a time; 8 if zero
}

// Service keeps verdicts. It is safe for concurrent use.
type Service struct {
	o        Options
	stopping chan struct{}
	stop     sync.Once
}

// Stop asks work on batches to end after the documents at work.
func (s *Service) Stop() { s.stop.Do(func() { close(s.stopping) }) }

// New makes a Service.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Files == nil || o.Verify == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("verdicts: Store, Files, Verify, Now and Log are required")
	}
	orDefault(&o.Lifetime, 90*24*time.Hour)
	orDefault(&o.LinkedLife, 7*24*time.Hour)
	orDefault(&o.Timeout, time.Minute)
	orDefault(&o.Lease, 30*time.Second)
	orDefault(&o.Slice, 45*time.Second)
	orDefault(&o.Workers, 2)
	orDefault(&o.MaxOpen, 8)
	if o.Admit == nil {
		o.Admit = func(context.Context, int64) (func(), error) { return func() {}, nil }
	}
	return &Service{o: o, stopping: make(chan struct{})}, nil
}

// orDefault fills what was left empty.
func orDefault[T comparable](p *T, def T) {
	var zero T
	if *p == zero {
		*p = def
	}
}

// Keep stores a verdict that was just reached. The caller gives tenant, policy, the time asked for and whether the file is kept; a verdict
// without a tenant gets a link, whose secret is returned and not stored.
func (s *Service) Keep(ctx context.Context, v *docket.StoredVerdict, d docket.Upload, rep *verify.Report) (link string, err error) {
	now := s.o.Now().UTC()
	v.ID, v.State, v.Created, v.Expires = docket.NewID(now), docket.VerdictWaiting, now, now.Add(s.o.Lifetime)
	if v.Tenant == "" {
		link = docket.NewSecret()
		v.Link, v.Expires = linkHash(link), now.Add(s.o.LinkedLife)
	}
	s.describe(v, d)
	if !v.KeepFile {
		v.File, v.Beside = "", nil
	}
	err = s.o.Store.InTx(ctx, func(w docket.Work) error {
		return errors.Join(w.HoldBlobs(ctx, v.Blobs()...), w.AddStoredVerdict(ctx, v))
	})
	if err == nil {
		err = s.putDocument(ctx, v, d)
	}
	if err == nil {
		err = s.finish(ctx, v, rep, nil)
	}
	if err != nil { // a row that was never there is stale, which changes nothing
		return "", errors.Join(err, ignoreStale(s.remove(context.WithoutCancel(ctx), v)))
	}
	return link, nil
}

// describe takes over what a document says of itself.
func (s *Service) describe(v *docket.StoredVerdict, d docket.Upload) {
	v.Name, v.Size, v.Document, v.File, v.Beside = d.Name, d.Size, d.Hash, d.Hash, nil
	for _, b := range d.Beside {
		f := b.StoredFile
		f.File = b.Hash
		v.Beside = append(v.Beside, f)
	}
}

// putDocument stores the files that a row holds already.
func (s *Service) putDocument(ctx context.Context, v *docket.StoredVerdict, d docket.Upload) error {
	if v.File != "" {
		if err := s.put(ctx, d); err != nil {
			return err
		}
	}
	if len(v.Beside) == 0 {
		return nil
	}
	for _, b := range d.Beside {
		if err := s.put(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// put stores one file, or sees that it is stored.
func (s *Service) put(ctx context.Context, d docket.Upload) error {
	if d.Hash == "" {
		return nil
	}
	if d.Content == nil {
		f, err := s.o.Files.Open(ctx, d.Hash)
		if err != nil {
			return err
		}
		return f.Close()
	}
	b, err := s.o.Files.Put(ctx, io.NewSectionReader(d.Content, 0, d.Size), d.Size)
	if err == nil && b.Hash != d.Hash {
		err = errors.New("verdicts: the file is not the one that was announced")
	}
	return err
}

// finish stores the verdict of a row that waits: its report and evidence take the place of the document, unless that is kept.
func (s *Service) finish(ctx context.Context, v *docket.StoredVerdict, rep *verify.Report, failure error) error {
	before := v.Blobs()
	encoded, err := encode(rep, failure)
	if err != nil {
		return err
	}
	next := *v
	next.State, next.Report, next.Evidence = docket.VerdictDone, hashOf(encoded), nil
	contents := [][]byte{encoded}
	if rep != nil {
		next.Judged, next.Format, next.Indication, next.SubIndication = rep.Time, string(rep.Format), rep.Indication, rep.SubIndication
		for _, e := range rep.Evidence {
			next.Evidence = append(next.Evidence, docket.Evidence{Kind: e.Kind, Status: e.Status, ThisUpdate: e.ThisUpdate, Blob: hashOf(e.DER)})
			contents = append(contents, e.DER)
		}
	} else {
		next.Judged, next.Failure = s.o.Now().UTC(), failureCode(failure)
	}
	if !next.KeepFile {
		next.File, next.Beside = "", nil
	}
	if err := s.o.Store.InTx(ctx, func(w docket.Work) error { return w.HoldBlobs(ctx, next.Blobs()...) }); err != nil {
		return err
	}
	for _, b := range contents {
		if err := s.putBytes(ctx, b); err != nil {
			return errors.Join(err, s.drop(context.WithoutCancel(ctx), next.Blobs(), nil))
		}
	}
	err = s.drop(ctx, before, func(w docket.Work) error { return w.FinishStoredVerdict(ctx, &next) })
	if err != nil { // somebody else finished it, or it was cancelled or removed
		return errors.Join(err, s.drop(context.WithoutCancel(ctx), next.Blobs(), nil))
	}
	*v = next
	return nil
}

// putBytes stores what is held already; a revocation list that many verdicts rest on is written once.
func (s *Service) putBytes(ctx context.Context, b []byte) error {
	if f, err := s.o.Files.Open(ctx, hashOf(b)); err == nil {
		return f.Close()
	}
	_, err := s.o.Files.Put(ctx, bytes.NewReader(b), int64(len(b)))
	return err
}

// drop gives files back with what else changes in the same transaction, and removes those that nobody holds.
func (s *Service) drop(ctx context.Context, hashes []docket.Hash, also func(docket.Work) error) error {
	return s.o.Store.InTx(ctx, func(w docket.Work) error {
		if also != nil {
			if err := also(w); err != nil {
				return err
			}
		}
		free, err := w.DropBlobs(ctx, hashes...)
		for _, h := range free {
			if err == nil {
				err = s.o.Files.Remove(ctx, h)
			}
		}
		return err
	})
}

// Find returns a finished verdict that a tenant has asked for, or one by the secret of its link. What is not the caller's, is not done or has
// expired is not there.
func (s *Service) Find(ctx context.Context, tenant, address string) (v *docket.StoredVerdict, err error) {
	err = s.o.Store.Read(ctx, func(w docket.Work) error {
		if v, err = w.StoredVerdictByLink(ctx, linkHash(address)); err == nil || docket.CodeOf(err) != docket.CodeNotFound {
			return err
		}
		if v, err = w.StoredVerdict(ctx, docket.ID(address)); err == nil && (tenant == "" || v.Tenant != tenant) {
			err = docket.ErrNotFound
		}
		return err
	})
	if err == nil && (v.State != docket.VerdictDone || !v.Expires.After(s.o.Now())) {
		err = docket.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// Report reads a verdict back, with the bytes of its evidence if asked. One that could not be reached is its error again.
func (s *Service) Report(ctx context.Context, v *docket.StoredVerdict, evidence bool) (*verify.Report, error) {
	b, err := s.read(ctx, v.Report)
	if err != nil {
		return nil, err
	}
	return decode(b, func(h docket.Hash) ([]byte, error) {
		if !evidence {
			return nil, nil
		}
		return s.read(ctx, h)
	})
}

func (s *Service) read(ctx context.Context, h docket.Hash) (b []byte, err error) {
	f, err := s.o.Files.Open(ctx, h)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return io.ReadAll(f)
}

// Blob opens a file that the verdict holds: the document if it is kept, or a piece of evidence.
func (s *Service) Blob(ctx context.Context, v *docket.StoredVerdict, h docket.Hash) (docket.BlobReader, error) {
	for _, held := range v.Blobs() {
		if held == h && h != v.Report {
			return s.o.Files.Open(ctx, h)
		}
	}
	return nil, docket.ErrNotFound
}

// Remove removes a verdict before its time.
func (s *Service) Remove(ctx context.Context, tenant, address string) error {
	v, err := s.Find(ctx, tenant, address)
	if err != nil {
		return err
	}
	if v.BatchID != "" {
		return docket.Refuse(docket.CodeConflict, docket.KeyState)
	}
	return s.remove(ctx, v)
}

func (s *Service) remove(ctx context.Context, v *docket.StoredVerdict) error {
	return s.drop(ctx, v.Blobs(), func(w docket.Work) error { return w.RemoveStoredVerdict(ctx, v.ID) })
}

// RemoveExpired removes what is past its time, and returns how many verdicts. Several processes may do so at once.
func (s *Service) RemoveExpired(ctx context.Context) (removed int, err error) {
	for {
		var gone []docket.StoredVerdict
		err = s.o.Store.Read(ctx, func(w docket.Work) (err error) { gone, err = w.ExpiredVerdicts(ctx, s.o.Now(), 100); return err })
		if err != nil || len(gone) == 0 {
			break
		}
		for i := range gone {
			if err := s.remove(ctx, &gone[i]); errors.Is(err, docket.ErrStale) {
				continue // another process was quicker
			} else if err != nil {
				return removed, err
			}
			removed++
		}
	}
	if err != nil {
		return removed, err
	}
	return removed, s.removeExpiredBatches(ctx)
}

// linkHash is how a link's secret is stored.
func linkHash(secret string) docket.Hash { return docket.HashOf(sha256.Sum256([]byte(secret))) }

func hashOf(b []byte) docket.Hash { return docket.HashOf(sha256.Sum256(b)) }
