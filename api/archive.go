package api

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/verify"
	"mohur/verify/report"
)

// Archive keeps verdicts that can be read again, and works batches (internal/verdicts). What is not the caller's is docket.ErrNotFound.
type Archive interface {
	Keep(ctx context.Context, v *docket.StoredVerdict, d docket.Upload, rep *verify.Report) (link string, err error)
	Find(ctx context.Context, tenant, address string) (*docket.StoredVerdict, error)
	// Report reads the verdict back, with the bytes of its evidence if asked; one that could not be reached is its *verify.Error again.
	Report(ctx context.Context, v *docket.StoredVerdict, evidence bool) (*verify.Report, error)
	Blob(ctx context.Context, v *docket.StoredVerdict, h docket.Hash) (docket.BlobReader, error)
	Remove(ctx context.Context, tenant, address string) error

	AddBatch(ctx context.Context, b *docket.Batch, docs []docket.Upload) error
	Batch(ctx context.Context, tenant string, id docket.ID) (*docket.Batch, []docket.BatchCount, error)
	BatchVerdicts(ctx context.Context, b *docket.Batch, after, limit int) ([]docket.StoredVerdict, error)
	CancelBatch(ctx context.Context, tenant string, id docket.ID) error
}

const (
	verdictsPath = "/v1/verifications/"
	batchesPath  = "/v1/verification-batches/"
)

// keep stores a verdict as the request asks.
func (s *server) keep(r *http.Request, q *wishes, got *received, rep *verify.Report) (*Kept, error) {
	v := &docket.StoredVerdict{Tenant: CallerOf(r).Tenant, KeepFile: q.keepFile, Policy: rep.Policy.Name, For: q.time}
	link, err := s.Archive.Keep(r.Context(), v, got.upload(), rep)
	if err != nil {
		return nil, err
	}
	return keptAs(v, link), nil
}

// keptAs is the address of a stored verdict.
func keptAs(v *docket.StoredVerdict, link string) *Kept {
	k := &Kept{ID: string(v.ID), Expires: v.Expires.UTC().Truncate(time.Second), File: v.File != ""}
	if link != "" {
		k.ID = link
	}
	k.Href = verdictsPath + k.ID
	return k
}

// upload is what was received, for the archive.
func (g *received) upload() docket.Upload {
	one := func(sp *spooled) docket.Upload {
		return docket.Upload{StoredFile: docket.StoredFile{Name: sp.name, Size: sp.size}, Hash: docket.HashOf(sp.sha256), Content: sp.f}
	}
	out := one(g.file)
	for _, d := range g.detached {
		out.Beside = append(out.Beside, one(d))
	}
	for _, h := range g.hashes {
		out.Beside = append(out.Beside, docket.Upload{StoredFile: docket.StoredFile{Name: h.Name, Algorithm: h.DigestAlgorithm, Digest: h.Digest}})
	}
	return out
}

// evidenceAnswers lists the evidence of a verdict, with its address where the verdict is kept.
func evidenceAnswers(rep *verify.Report, kept *Kept) []EvidenceAnswer {
	out := []EvidenceAnswer{}
	seen := map[docket.Hash]bool{}
	for _, e := range rep.Evidence {
		h := docket.HashOf(sha256.Sum256(e.DER))
		if seen[h] {
			continue
		}
		seen[h] = true
		a := EvidenceAnswer{Kind: e.Kind, Status: e.Status, ThisUpdate: e.ThisUpdate, SHA256: string(h)}
		if kept != nil {
			a.Href = kept.Href + "/evidence/" + string(h)
		}
		out = append(out, a)
	}
	return out
}

// found looks up the verdict that the path names. It has answered when it returns nil.
func (s *server) found(w http.ResponseWriter, r *http.Request) *docket.StoredVerdict {
	v, err := s.Archive.Find(r.Context(), CallerOf(r).Tenant, chi.URLParam(r, "id"))
	if err != nil {
		s.refuseArchive(w, r, err)
		return nil
	}
	return v
}

// stored reads the verdict back for one form of it. It has answered when it returns nil.
func (s *server) stored(w http.ResponseWriter, r *http.Request, v *docket.StoredVerdict) (*verify.Report, []report.File) {
	rep, err := s.Archive.Report(r.Context(), v, true)
	if err != nil {
		var e *verify.Error
		if errors.As(err, &e) {
			s.refuseVerdict(r.Context(), w, r, err)
		} else {
			s.refuseArchive(w, r, err)
		}
		return nil, nil
	}
	return rep, filesOf(v)
}

// filesOf names the document of a stored verdict, and what lay beside it where that was kept.
func filesOf(v *docket.StoredVerdict) []report.File {
	out := []report.File{{Name: v.Name, Size: v.Size, SHA256: string(v.Document)}}
	for _, b := range v.Beside {
		if b.File != "" {
			out = append(out, report.File{Name: b.Name, Size: b.Size, SHA256: string(b.File)})
		}
	}
	return out
}

// getVerification answers GET /v1/verifications/{id}: what its POST answered, in any language, with further reports if asked.
func (s *server) getVerification(w http.ResponseWriter, r *http.Request) {
	q, refusal := s.query(r, "report", "reports", "language")
	if refusal != nil {
		s.refuseWish(w, r, *refusal)
		return
	}
	kind, ok := s.negotiate(w, r, q)
	if !ok {
		return
	}
	v := s.found(w, r)
	if v == nil {
		return
	}
	s.admitted(w, r, 0, func(w http.ResponseWriter) {
		rep, d := s.stored(w, r, v)
		switch {
		case rep == nil:
		case kind != ReportSimple:
			s.writeReport(w, r, kind, rep, d)
		default:
			link := ""
			if v.Tenant == "" {
				link = chi.URLParam(r, "id")
			}
			s.writeVerdict(w, r, q.reports, rep, d, keptAs(v, link))
		}
	})
}

// getReport answers GET /v1/verifications/{id}/reports/{kind}: one report as it is.
func (s *server) getReport(w http.ResponseWriter, r *http.Request) {
	_, refusal := s.query(r, "language")
	if refusal != nil {
		s.refuseWish(w, r, *refusal)
		return
	}
	kind := Report(chi.URLParam(r, "kind"))
	if _, known := reportKinds[kind]; !known {
		s.refuse(w, r, problemNotFound())
		return
	}
	v := s.found(w, r)
	if v == nil {
		return
	}
	s.admitted(w, r, 0, func(w http.ResponseWriter) {
		if rep, d := s.stored(w, r, v); rep != nil {
			s.writeReport(w, r, kind, rep, d)
		}
	})
}

// getEvidence answers with the bytes of a piece of evidence that the verdict used, or of the document if it was kept.
func (s *server) getEvidence(w http.ResponseWriter, r *http.Request) {
	if v := s.found(w, r); v != nil {
		s.sendBlob(w, r, v, docket.Hash(chi.URLParam(r, "sha256")))
	}
}

// getFile answers with the document, if it was kept.
func (s *server) getFile(w http.ResponseWriter, r *http.Request) {
	if v := s.found(w, r); v != nil {
		s.sendBlob(w, r, v, v.File)
	}
}

func (s *server) sendBlob(w http.ResponseWriter, r *http.Request, v *docket.StoredVerdict, h docket.Hash) {
	f, err := s.Archive.Blob(r.Context(), v, h)
	if err != nil {
		s.refuseArchive(w, r, err)
		return
	}
	defer func() { _ = f.Close() }()
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", "attachment")
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(f, 0, f.Size()))
}

// deleteVerification removes a verdict before its time.
func (s *server) deleteVerification(w http.ResponseWriter, r *http.Request) {
	if err := s.Archive.Remove(r.Context(), CallerOf(r).Tenant, chi.URLParam(r, "id")); err != nil {
		s.refuseArchive(w, r, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// refuseArchive answers for what the archive refused.
func (s *server) refuseArchive(w http.ResponseWriter, r *http.Request, err error) {
	switch docket.CodeOf(err) {
	case docket.CodeNotFound:
		s.refuse(w, r, problemNotFound())
	case docket.CodeConflict:
		s.refuse(w, r, problemConflict())
	case docket.CodeLimited:
		s.refuse(w, r, problemLimited())
	default:
		s.Log.ErrorContext(r.Context(), "stored verdicts", slog.Any("error", err))
		s.refuse(w, r, problemInternal())
	}
}
