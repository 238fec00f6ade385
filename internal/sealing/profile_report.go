package sealing

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// SealPage seals a page that the program itself made for somebody who waits, such as the report on a verification, by the profile in force that
// names its kind. The seal is counted and stands in the log before it is made; what came of it passed our own check, or there is an error. Neither
// page nor sealed page is kept: who needs another one asks again.
func (s *Service) SealPage(ctx context.Context, kind string, page []byte) ([]byte, error) {
	if s.sealer == nil {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyNoSigningWay)
	}
	p, err := s.ProfileForKind(ctx, kind)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyKindUnsealed)
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.Patience)
	defer cancel()
	var tried []string
	for {
		m, err := s.sealer.Choose(ctx, p, tried...)
		if err != nil {
			return nil, err
		}
		sealed, err := s.sealPage(ctx, p, m, page)
		if tried = append(tried, m.Name); !errors.Is(err, desk.ErrMember) || len(tried) >= s.cfg.Members {
			return sealed, err
		}
	}
}

// sealPage lets one member try. Each try is counted and logged: what a member signed before it failed is nowhere lost.
func (s *Service) sealPage(ctx context.Context, p *docket.SealProfile, m *Member, page []byte) ([]byte, error) {
	now := s.now()
	r := &docket.SealRequest{
		ID: docket.NewID(now), Kind: docket.SealDocument, Document: docket.HashOf(sha256.Sum256(page)), Size: int64(len(page)), Count: 1,
		Profile: p.Name, Version: p.Version, Credential: p.Credential, KeyLabel: m.Key, Certificate: m.Certificate, Level: p.LevelName(), Day: calendar.DateOf(now),
	}
	if err := s.intendPage(ctx, p, m, r); err != nil {
		return nil, err
	}
	sealed, err := s.makePage(ctx, p, r, page)
	if errors.Is(err, context.DeadlineExceeded) {
		err = docket.Refuse(docket.CodeUnavailable, docket.KeySealTime).Because(err)
	}
	if err != nil {
		return nil, errors.Join(err, s.pageFailed(ctx, r, err))
	}
	return sealed, nil
}

// Seals says whether a profile in force names the kind.
func (s *Service) Seals(ctx context.Context, kind string) bool {
	if s.sealer == nil {
		return false
	}
	p, err := s.ProfileForKind(ctx, kind)
	return err == nil && p != nil
}

// intendPage counts the seal and writes it into the log, before the token signs.
func (s *Service) intendPage(ctx context.Context, p *docket.SealProfile, m *Member, r *docket.SealRequest) error {
	return s.store.InTx(ctx, func(w docket.Work) error {
		active, err := w.ActiveSealProfile(ctx, p.Name)
		if err != nil {
			return err
		}
		if active.Version != p.Version {
			return docket.Refuse(docket.CodeConflict, docket.KeyProfileBase)
		}
		if err := s.auditPage(ctx, w, docket.AuditSealIntended, r, "certificate", string(r.Certificate)); err != nil {
			return err
		}
		if err := w.CountSeals(ctx, ProfileScope(p.Name), r.Day, 1, p.PerDay); err != nil {
			return err
		}
		return w.UseCredential(ctx, p.Credential, r.Day, 1, m.PerDay)
	})
}

// makePage seals and checks in memory, and records what left.
func (s *Service) makePage(ctx context.Context, p *docket.SealProfile, r *docket.SealRequest, page []byte) ([]byte, error) {
	files := &shelf{}
	if _, err := files.Put(ctx, bytes.NewReader(page), int64(len(page))); err != nil {
		return nil, err
	}
	here := *s
	here.files = files
	sealed, v, err := here.makeSeal(ctx, r, p, nil)
	if err != nil {
		return nil, err
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if err := s.standing(v); err != nil {
			return err
		}
		if err := w.AddVerification(ctx, v); err != nil {
			return err
		}
		return s.auditPage(ctx, w, docket.AuditSealReleased, r, "released", string(sealed.Hash), "verification", string(v.ID))
	})
	return files.bytes(sealed.Hash), err
}

// pageFailed writes into the log that nothing left.
func (s *Service) pageFailed(ctx context.Context, r *docket.SealRequest, cause error) error {
	ctx = context.WithoutCancel(ctx)
	return s.store.InTx(ctx, func(w docket.Work) error {
		return s.auditPage(ctx, w, docket.AuditSealFailed, r, "key", docket.KeyOf(cause))
	})
}

// auditPage writes the entry of a step; more are pairs of names and values.
func (s *Service) auditPage(ctx context.Context, w docket.Work, action string, r *docket.SealRequest, more ...string) error {
	detail := map[string]string{"profile": r.Profile, "version": strconv.Itoa(r.Version), "kind": "page"}
	for i := 0; i+1 < len(more); i += 2 {
		detail[more[i]] = more[i+1]
	}
	now := s.now()
	return w.Audit(ctx, &docket.AuditEntry{ID: docket.NewID(now), At: now, Role: string(docket.RoleSystem), Action: action, Subject: r.ID, Blob: r.Document, Detail: detail})
}

// shelf is files in memory, for a page that is sealed while somebody waits.
type shelf struct {
	mu    sync.Mutex
	files map[docket.Hash][]byte
}

func (s *shelf) bytes(h docket.Hash) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.files[h]
}

func (s *shelf) put(b []byte) docket.Blob {
	h := docket.HashOf(sha256.Sum256(b))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.files == nil {
		s.files = map[docket.Hash][]byte{}
	}
	s.files[h] = b
	return docket.Blob{Hash: h, Size: int64(len(b))}
}

// Put keeps what a reader gives.
func (s *shelf) Put(_ context.Context, r io.Reader, limit int64) (docket.Blob, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return docket.Blob{}, err
	}
	if int64(len(b)) > limit {
		return docket.Blob{}, docket.ErrBlobTooLarge
	}
	return s.put(b), nil
}

// Create returns a writer.
func (s *shelf) Create(_ context.Context, limit int64) (docket.BlobWriter, error) {
	return &shelfWriter{shelf: s, limit: limit}, nil
}

// Open returns a reader.
func (s *shelf) Open(_ context.Context, h docket.Hash) (docket.BlobReader, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.files[h]
	if !ok {
		return nil, docket.ErrNotFound
	}
	return shelfReader{bytes.NewReader(b)}, nil
}

// Remove forgets a file.
func (s *shelf) Remove(_ context.Context, h docket.Hash) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, h)
	return nil
}

// Older names none: a shelf ends with the call that made it.
func (s *shelf) Older(context.Context, time.Time, func(docket.Hash) error) error { return nil }

type shelfReader struct{ *bytes.Reader }

// Close does nothing.
func (shelfReader) Close() error { return nil }

// shelfWriter grows up to its limit.
type shelfWriter struct {
	shelf *shelf
	limit int64
	b     []byte
	over  bool // committed or aborted
}

// Write appends.
func (w *shelfWriter) Write(p []byte) (int, error) { return w.WriteAt(p, int64(len(w.b))) }

// WriteAt writes over what is there, or beyond.
func (w *shelfWriter) WriteAt(p []byte, off int64) (int, error) {
	end := off + int64(len(p))
	if off < 0 || end > w.limit || w.over {
		return 0, docket.ErrBlobTooLarge
	}
	if more := end - int64(len(w.b)); more > 0 {
		w.b = append(w.b, make([]byte, more)...)
	}
	return copy(w.b[off:], p), nil
}

// Commit keeps the file.
func (w *shelfWriter) Commit() (docket.Blob, error) {
	w.over = true
	return w.shelf.put(w.b), nil
}

// Abort forgets it.
func (w *shelfWriter) Abort() error {
	w.over = true
	return nil
}

var _ Files = (*shelf)(nil)
