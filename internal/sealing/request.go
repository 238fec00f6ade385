package sealing

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"time"

	"mohur/docket"
)

// Client is the program that asks; it was authenticated before.
type Client struct {
	Name   string
	Tenant string
}

// Request is a wish for one seal.
type Request struct {
	Client  Client
	Profile string
	// Key is the client's idempotency key: the same request with the same key is answered from the first one, another request is refused.
	Key string
	// Async does not wait: the answer is a request in state received, and what can't be done now is tried again.
	Async     bool
	Packaging docket.SealPackaging // for a CAdES profile; detached if empty

	Name   string // of the document, only repeated
	File   io.ReaderAt
	Size   int64
	Digest docket.Hash // instead of a file: its SHA-256, where the profile allows hashes
}

// maxKey is how long an idempotency key may be.
const maxKey = 255

// Seal seals a document for a program, or answers from what the same key did before. It returns the released request; for a client that does not
// wait, the received one. An error is a refusal before anything was intended, or comes with the request that failed: nothing was released then.
// What was intended is finished even when the client goes away, so that its key finds it.
func (s *Service) Seal(ctx context.Context, q Request) (*docket.SealRequest, error) {
	r, p, err := s.admit(ctx, q)
	if err != nil {
		return nil, s.turnedAway(ctx, q.Client, q.Profile, err)
	}
	if known, err := s.known(ctx, r); known != nil || err != nil {
		return s.replay(known, r, err)
	}
	if err := s.storeFile(ctx, r, q); err != nil {
		return nil, err
	}
	if q.Async {
		return s.queue(ctx, r)
	}
	return s.sealNow(ctx, r, p)
}

// admit asks whether the profile in force takes the client and this kind of wish, and makes the request's row.
func (s *Service) admit(ctx context.Context, q Request) (*docket.SealRequest, *docket.SealProfile, error) {
	if s.sealer == nil {
		return nil, nil, docket.Refuse(docket.CodeUnavailable, docket.KeyNoSigningWay)
	}
	if q.Key == "" || len(q.Key) > maxKey {
		return nil, nil, docket.Invalid("idempotency-key", docket.KeyRequired)
	}
	p, err := s.admitting(ctx, q.Client, q.Profile)
	if err != nil {
		return nil, nil, err
	}
	now := s.now()
	r := &docket.SealRequest{
		ID: docket.NewID(now), Kind: docket.SealDocument, State: docket.SealReceived, Client: q.Client.Name, Tenant: q.Client.Tenant, Profile: p.Name, Key: q.Key,
		Async: q.Async, Name: q.Name, Size: q.Size, Count: 1, Created: now.Truncate(time.Microsecond), Expires: now.Add(s.cfg.Lifetime).Truncate(time.Microsecond),
	}
	if r.Packaging, err = packaging(p, q); err != nil {
		return nil, nil, err
	}
	switch {
	case q.File == nil && !q.Digest.Valid():
		return nil, nil, docket.Invalid("file", docket.KeyRequired)
	case q.File == nil && !p.HashAllowed:
		return nil, nil, docket.Refuse(docket.CodeForbidden, docket.KeyProfileHash)
	case q.File == nil:
		r.Kind, r.Document = docket.SealDigest, q.Digest
	case q.Size <= 0:
		return nil, nil, docket.Invalid("file", docket.KeyFileEmpty)
	case q.Size > s.cfg.MaxBytes:
		return nil, nil, docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge).With("max", s.cfg.MaxBytes)
	default:
		if r.Document, err = hashOf(ctx, q.File, q.Size); err != nil {
			return nil, nil, err
		}
		r.Kept = true
	}
	r.Request, err = fingerprint(r)
	return r, p, err
}

// admitting returns the profile in force, if it takes the client.
func (s *Service) admitting(ctx context.Context, c Client, profile string) (*docket.SealProfile, error) {
	p, err := s.Profile(ctx, profile)
	if err != nil {
		return nil, err
	}
	if !p.Admits(c.Name) {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyProfileClient)
	}
	return p, nil
}

// packaging is how document and seal lie together: a matter of CAdES only.
func packaging(p *docket.SealProfile, q Request) (docket.SealPackaging, error) {
	wrong := docket.Invalid("packaging", docket.KeyProfileChoice)
	switch {
	case p.Format != docket.FormatCAdES && q.Packaging != "":
		return "", wrong
	case p.Format != docket.FormatCAdES && q.File == nil:
		return "", docket.Invalid("file", docket.KeyRequired) // a PDF holds its signature
	case p.Format != docket.FormatCAdES:
		return "", nil
	case q.Packaging == "" || q.Packaging == docket.PackagingDetached:
		return docket.PackagingDetached, nil
	case q.Packaging == docket.PackagingEnveloping && q.File != nil:
		return docket.PackagingEnveloping, nil
	}
	return "", wrong
}

// fingerprint is the hash of everything that was asked.
func fingerprint(r *docket.SealRequest) (docket.Hash, error) {
	b, err := json.Marshal([]any{r.Kind, r.Profile, r.Document, r.Packaging, r.Name})
	return docket.HashOf(sha256.Sum256(b)), err
}

// hashOf reads a document once.
func hashOf(ctx context.Context, file io.ReaderAt, size int64) (docket.Hash, error) {
	sum := sha256.New()
	n, err := io.Copy(sum, io.NewSectionReader(file, 0, size))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return "", errors.Join(ctx.Err(), docket.Refuse(docket.CodeUnavailable, docket.KeyDisk).Because(err))
	}
	return docket.HashOf([32]byte(sum.Sum(nil))), nil
}

// known finds what the client's key did before; nil if nothing, or so long ago that the key is free again.
func (s *Service) known(ctx context.Context, r *docket.SealRequest) (known *docket.SealRequest, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { known, err = w.SealRequestByKey(ctx, r.Client, r.Key); return err })
	if errors.Is(err, docket.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if old := s.now().Add(-s.cfg.KeyTime); known.Created.Before(old) {
		return nil, s.store.InTx(ctx, func(w docket.Work) error { return w.ForgetSealKeys(ctx, old) })
	}
	return known, nil
}

// replay answers from the first request with the key; never by doing it again (decisions 19).
func (s *Service) replay(first, now *docket.SealRequest, err error) (*docket.SealRequest, error) {
	switch {
	case err != nil:
		return nil, err
	case first.Request != now.Request:
		return nil, docket.Refuse(docket.CodeInvalid, docket.KeyKeyReused)
	case first.Open() && !first.Async:
		return first, docket.Refuse(docket.CodeConflict, docket.KeySealRunning)
	}
	return first, Refusal(first)
}

// storeFile puts the document into the files before any row speaks of it. A crash in between leaves a file that nobody names, which goes later.
func (s *Service) storeFile(ctx context.Context, r *docket.SealRequest, q Request) error {
	if q.File == nil {
		return nil
	}
	b, err := s.files.Put(ctx, io.NewSectionReader(q.File, 0, q.Size), q.Size)
	if err == nil && b.Hash != r.Document {
		err = docket.Refuse(docket.CodeUnavailable, docket.KeyDisk).Because(errors.New("the document changed while it was read"))
	}
	return err
}

// queue stores the request with the task that works on it.
func (s *Service) queue(ctx context.Context, r *docket.SealRequest) (*docket.SealRequest, error) {
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.AddSealRequest(ctx, r); err != nil {
			return err
		}
		return w.Enqueue(ctx, docket.Task{Kind: docket.TaskSealRequest, Subject: r.ID})
	})
	if errors.Is(err, docket.ErrStale) {
		return s.second(ctx, r)
	}
	return r, err
}

// second answers for a request whose key another one took while it was on its way.
func (s *Service) second(ctx context.Context, r *docket.SealRequest) (*docket.SealRequest, error) {
	first, err := s.known(ctx, r)
	if first == nil && err == nil {
		err = docket.ErrStale
	}
	return s.replay(first, r, err)
}

// Find returns a request of the client, or of another client of its tenant.
func (s *Service) Find(ctx context.Context, c Client, id docket.ID) (r *docket.SealRequest, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { r, err = w.SealRequest(ctx, id); return err })
	if err == nil && (c.Tenant == "" || r.Tenant != c.Tenant) {
		err = docket.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Open opens the sealed file of a released request.
func (s *Service) Open(ctx context.Context, r *docket.SealRequest) (docket.BlobReader, error) {
	if r.State != docket.SealReleased || !r.Kept || r.Kind == docket.SealHashes {
		return nil, docket.ErrNotFound
	}
	return s.files.Open(ctx, r.Released)
}

// Refusal is why a request that ended was not sealed; nil for every other one.
func Refusal(r *docket.SealRequest) error {
	e := docket.Refuse(docket.CodeUnavailable, r.Failure)
	switch r.State {
	case docket.SealRefused:
		e.Code = docket.CodeInvalid
	case docket.SealAbandoned:
		e = docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(r.State)).With("event", docket.EventSeal)
	case docket.SealFailed:
		switch r.Failure {
		case docket.KeySealForbidden, docket.KeyFileType:
			e.Code = docket.CodeInvalid
		case docket.KeySealQuota, docket.KeyProfileSpent:
			e.Code = docket.CodeLimited
		}
	default:
		return nil
	}
	if r.Check != "" {
		e = e.With("check", r.Check)
	}
	return e
}
