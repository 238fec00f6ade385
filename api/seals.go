package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/sealing"
)

// Seals seals documents for programs.
type Seals interface {
	Seal(ctx context.Context, q sealing.Request) (*docket.SealRequest, error)
	Find(ctx context.Context, c sealing.Client, id docket.ID) (*docket.SealRequest, error)
	Open(ctx context.Context, r *docket.SealRequest) (docket.BlobReader, error)
	AddBatch(ctx context.Context, q sealing.BatchRequest) (*docket.SealBatch, error)
	Batch(ctx context.Context, c sealing.Client, id docket.ID) (*docket.SealBatch, []docket.SealBatchCount, error)
	BatchRequests(ctx context.Context, b *docket.SealBatch, after, limit int) ([]docket.SealRequest, error)
	CancelBatch(ctx context.Context, c sealing.Client, id docket.ID) error
}

// sealsPath is where seal requests stand.
const sealsPath = "/v1/seals/"

// SealAnswer is a seal request as a program sees it.
type SealAnswer struct {
	ID          docket.ID `json:"id"`
	State       string    `json:"state" enum:"received,sealing,released,failed,refused,abandoned"`
	Profile     string    `json:"profile"`
	Version     int       `json:"version,omitempty" doc:"of the profile, by which it was sealed"`
	Kind        string    `json:"kind" enum:"document,digest,hashes"`
	Name        string    `json:"name,omitempty"`
	Document    string    `json:"document" doc:"SHA-256 of the document before"`
	Packaging   string    `json:"packaging,omitempty" enum:"detached,enveloping"`
	Level       string    `json:"level,omitempty" example:"PAdES-BASELINE-T"`
	Certificate string    `json:"certificate,omitempty" doc:"SHA-256 of the seal's certificate"`
	Created     time.Time `json:"created"`
	Ended       time.Time `json:"ended,omitzero"`
	Batch       docket.ID `json:"batch,omitempty"`
	Seq         int       `json:"seq,omitempty" doc:"place in the batch, from 1"`
	Href        string    `json:"href"`

	Sealed  *SignedFile `json:"sealed,omitempty"`
	Failure string      `json:"failure,omitempty" doc:"stable key of why it failed or was refused, or of why the last attempt did not do"`
	Check   string      `json:"check,omitempty" doc:"what our own check kept back, or who forbids the seal"`
}

// sealAnswer tells of a request.
func sealAnswer(r *docket.SealRequest) *SealAnswer {
	a := &SealAnswer{
		ID: r.ID, State: string(r.State), Profile: r.Profile, Version: r.Version, Kind: string(r.Kind), Name: r.Name, Document: string(r.Document), Packaging: string(r.Packaging),
		Level: r.Level, Certificate: string(r.Certificate), Created: r.Created, Ended: r.Ended, Batch: r.BatchID, Seq: r.Seq, Href: sealsPath + string(r.ID),
		Failure: r.Failure, Check: r.Check,
	}
	if r.State == docket.SealReleased && r.Kind != docket.SealHashes {
		a.Sealed = &SignedFile{SHA256: string(r.Released), Size: r.ReleasedSize, Href: a.Href + "/document", Expires: r.Expires}
	}
	return a
}

// sealer is who asks for a seal; it has answered when nobody may. A fixed token is a secret that is sent along with each request: whoever reads
// one could seal, so a key is asked for (issue: mutual TLS or OAuth2 client credentials).
func (s *server) sealer(w http.ResponseWriter, r *http.Request) (sealing.Client, bool) {
	c := CallerOf(r)
	switch {
	case c.Tenant == "":
		w.Header().Set("WWW-Authenticate", "Bearer")
		s.refuse(w, r, problemUnauthorized())
		return sealing.Client{}, false
	case !c.Strong():
		s.refuse(w, r, problem("strong-authentication", "A key must be shown", http.StatusForbidden))
		return sealing.Client{}, false
	}
	return sealing.Client{Name: c.Name, Tenant: c.Tenant}, true
}

// sealWishes are the parameters of a seal, in the address or the form.
var sealWishes = []string{"profile", "packaging", "digest", "language"}

// sealForm is what a request for seals holds.
type sealForm struct {
	fields map[string][]string
	files  []*spooled
}

func (f *sealForm) value(name string) string {
	if v := f.fields[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (f *sealForm) remove() { (&received{taken: f.files}).remove() }

func (f *sealForm) size() (n int64) {
	for _, sp := range f.files {
		n += sp.size
	}
	return n
}

// take notes a parameter; only digests may come more than once, and only in batches.
func (f *sealForm) take(name, value string, many bool) error {
	if !slices.Contains(sealWishes, name) {
		return &jsonError{"#/" + name, faultKey}
	}
	if len(f.fields[name]) > 0 && (name != "digest" || !many) {
		return &jsonError{"#/" + name, faultTwice}
	}
	f.fields[name] = append(f.fields[name], value)
	return nil
}

// receiveSeal reads the address, then a form or the document itself. What it returns is never nil, so that it can be removed.
func (s *server) receiveSeal(w http.ResponseWriter, r *http.Request, many bool) (*sealForm, error) {
	f := &sealForm{fields: map[string][]string{}}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return f, &wishError{invalid("#/query", "query")}
	}
	for name, values := range query {
		for _, v := range values {
			if err := f.take(name, v, many); err != nil {
				return f, err
			}
		}
	}
	if c := r.Header.Get("Content-Encoding"); c != "" && c != "identity" {
		return f, errMediaType
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" || kind == "application/x-www-form-urlencoded" || kind == "application/json" || many && kind != "multipart/form-data" {
		return f, errMediaType
	}
	most := s.MaxBytes + formBytes
	if many {
		most = s.MaxBatchBytes + formBytes + int64(s.MaxBatch)*512
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	if kind == "multipart/form-data" {
		return f, s.receiveSealForm(w, r, f, many)
	}
	if f.value("digest") != "" {
		return f, nil
	}
	sp, err := s.spool(http.MaxBytesReader(w, r.Body, s.MaxBytes), rawName(r))
	if sp != nil {
		f.files = append(f.files, sp)
	}
	return f, err
}

// receiveSealForm reads a form.
func (s *server) receiveSealForm(w http.ResponseWriter, r *http.Request, f *sealForm, many bool) error {
	parts, err := r.MultipartReader()
	if err != nil {
		return errMediaType
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return batchTooLarge(err)
		}
		switch name := part.FormName(); {
		case !many && n == maxParts:
			return &jsonError{"#", faultTooMany}
		case many && len(f.files)+len(f.fields["digest"]) == s.MaxBatch && (name == "file" || name == "digest"):
			return errBatchCount
		case name != "file":
			b, err := io.ReadAll(io.LimitReader(part, maxPassword))
			if err != nil {
				return err
			}
			if err := f.take(name, string(b), many); err != nil {
				return err
			}
			continue
		case !many && len(f.files) > 0:
			return &jsonError{"#/file", faultTwice}
		}
		sp, err := s.spool(http.MaxBytesReader(w, part, s.MaxBytes), part.FileName())
		if sp != nil {
			f.files = append(f.files, sp)
		}
		if err != nil {
			return err
		}
	}
}

// sealDigest reads SHA256:VALUE.
func sealDigest(text string) (docket.Hash, error) {
	if text == "" {
		return "", nil
	}
	algorithm, value, _ := strings.Cut(text, ":")
	d, err := hashOnly("", algorithm, value, "#/digest")
	if err == nil && d.DigestAlgorithm != "SHA256" {
		err = &wishError{invalid("#/digest", "digest")}
	}
	if err != nil {
		return "", err
	}
	return docket.HashOf([32]byte(d.Digest)), nil
}

// idempotencyKey is the header's value (draft-ietf-httpapi-idempotency-key-header, 2.1): a string of structured fields, or bare. It has answered when
// there is none.
func (s *server) idempotencyKey(w http.ResponseWriter, r *http.Request) (string, bool) {
	key := strings.TrimSpace(r.Header.Get("Idempotency-Key"))
	if bare, ok := strings.CutPrefix(key, `"`); ok {
		key = strings.TrimSuffix(bare, `"`)
	}
	if key == "" || len(key) > 255 || strings.ContainsFunc(key, func(c rune) bool { return c < ' ' || c > '~' || c == '"' || c == '\\' }) {
		s.refuse(w, r, invalid("#/Idempotency-Key", "idempotency-key"))
		return "", false
	}
	return key, true
}

// postSeal seals one document.
func (s *server) postSeal(w http.ResponseWriter, r *http.Request) {
	client, ok := s.sealer(w, r)
	if !ok {
		return
	}
	key, ok := s.idempotencyKey(w, r)
	if !ok {
		return
	}
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	f, err := s.receiveSeal(w, r, false)
	done()
	defer f.remove()
	q := sealing.Request{Client: client, Profile: f.value("profile"), Key: key, Packaging: docket.SealPackaging(f.value("packaging")), Async: prefersAsync(r)}
	if err == nil {
		q.Digest, err = sealDigest(f.value("digest"))
	}
	if err == nil && (len(f.files) > 0) == (q.Digest != "") {
		err = &wishError{invalid("#/file", "either")}
	}
	if err != nil {
		s.refuseUpload(w, r, err)
		return
	}
	if len(f.files) > 0 {
		q.Name, q.File, q.Size = f.files[0].name, f.files[0].f, f.files[0].size
	}
	s.setLanguage(r, f)
	s.admitted(w, r, f.size(), func(w http.ResponseWriter) {
		defer f.remove() // not only when the client has read the answer
		row, err := s.Seals.Seal(r.Context(), q)
		if row != nil {
			w.Header().Set("Location", sealsPath+string(row.ID))
		}
		if err != nil {
			s.refuseSeal(w, r, err)
			return
		}
		s.answerSeal(w, r, row, q.Async)
	})
}

// setLanguage lets the parameter come before the header.
func (s *server) setLanguage(r *http.Request, f *sealForm) {
	if l := f.value("language"); l != "" {
		r.Header.Set("Accept-Language", l)
	}
}

// prefersAsync says that the client does not wait (RFC 7240, 4.1).
func prefersAsync(r *http.Request) bool {
	for _, line := range r.Header.Values("Prefer") {
		for p := range strings.SplitSeq(line, ",") {
			if name, _, _ := strings.Cut(strings.TrimSpace(p), ";"); strings.EqualFold(strings.TrimSpace(name), "respond-async") {
				return true
			}
		}
	}
	return false
}

// answerSeal sends the request, or, if the client asked for that form, the sealed document itself.
func (s *server) answerSeal(w http.ResponseWriter, r *http.Request, row *docket.SealRequest, async bool) {
	if async {
		w.Header().Set("Preference-Applied", "respond-async")
	}
	if row.State != docket.SealReleased {
		s.writeJSONStatus(w, r, http.StatusAccepted, sealAnswer(row))
		return
	}
	accept := r.Header.Get("Accept")
	if !strings.Contains(accept, "json") && (strings.Contains(accept, "application/pdf") || strings.Contains(accept, "application/pkcs7") || strings.Contains(accept, "octet-stream")) {
		s.sendSealed(w, r, row, http.StatusCreated)
		return
	}
	s.writeJSONStatus(w, r, http.StatusCreated, sealAnswer(row))
}

// sendSealed sends the sealed file.
func (s *server) sendSealed(w http.ResponseWriter, r *http.Request, row *docket.SealRequest, status int) {
	f, err := s.Seals.Open(r.Context(), row)
	if err != nil {
		s.refuseSeal(w, r, err)
		return
	}
	defer func() { _ = f.Close() }()
	h := w.Header()
	h.Set("Content-Type", "application/pdf")
	if row.Packaging != "" {
		h.Set("Content-Type", "application/pkcs7-mime")
	}
	h.Set("ETag", strconv.Quote(string(row.Released)))
	if status == http.StatusOK {
		http.ServeContent(w, r, "", row.Ended, f)
		return
	}
	w.WriteHeader(status)
	if _, err := io.Copy(w, f); err != nil {
		s.Log.InfoContext(r.Context(), "a sealed document was cut off", slog.Any("error", err))
	}
}

// seal looks up the request that the path names. It has answered when it returns nil.
func (s *server) seal(w http.ResponseWriter, r *http.Request) *docket.SealRequest {
	client, ok := s.sealer(w, r)
	if !ok {
		return nil
	}
	row, err := s.Seals.Find(r.Context(), client, docket.ID(chi.URLParam(r, "id")))
	if err != nil {
		s.refuseSeal(w, r, err)
		return nil
	}
	return row
}

// getSeal tells how far a seal is.
func (s *server) getSeal(w http.ResponseWriter, r *http.Request) {
	if row := s.seal(w, r); row != nil {
		s.writeJSON(w, r, sealAnswer(row))
	}
}

// getSealed sends the sealed document.
func (s *server) getSealed(w http.ResponseWriter, r *http.Request) {
	if row := s.seal(w, r); row != nil {
		s.sendSealed(w, r, row, http.StatusOK)
	}
}

// refuseSeal answers with what the service refuses.
func (s *server) refuseSeal(w http.ResponseWriter, r *http.Request, err error) {
	e, ours := errors.AsType[*docket.Error](err)
	if !ours || e.Code == docket.CodeInternal {
		s.Log.ErrorContext(r.Context(), "sealing failed", slog.Any("error", err))
		s.refuse(w, r, problemInternal())
		return
	}
	p := sealProblem(e)
	if p.Status >= http.StatusInternalServerError {
		s.Log.WarnContext(r.Context(), "not sealed", slog.Any("error", err))
	}
	at := "#"
	if e.Field != "" {
		at = "#/" + e.Field
	}
	text := e.Key
	if e.Key == docket.KeySealing || e.Key == docket.KeySealQuota || e.Key == docket.KeyNotFound { // whose texts speak of letters and pages
		text = p.Detail
	}
	p.Errors = []Fault{{Pointer: at, Code: e.Key, Detail: text}}
	var args []any
	for name, value := range e.Args {
		args = append(args, name, value)
	}
	s.refuse(w, r, p, args...)
}

// sealProblem is the kind of a refusal.
func sealProblem(e *docket.Error) Problem {
	switch {
	case e.Key == docket.KeySealRunning:
		p := problem("seal-running", "The request with this key is being worked on", http.StatusConflict)
		p.retryAfter = "2"
		return p
	case e.Key == docket.KeyKeyReused:
		return problem("key-reused", "The key belongs to another request", http.StatusUnprocessableEntity)
	}
	switch e.Code {
	case docket.CodeNotFound:
		return problemNotFound()
	case docket.CodeConflict:
		return problemConflict()
	case docket.CodeTooLarge:
		return problemTooLarge()
	case docket.CodeForbidden:
		return problem("seal-forbidden", "Not allowed by the profile", http.StatusForbidden)
	case docket.CodeLimited:
		return problem("seal-spent", "The day's seals are used up", http.StatusTooManyRequests)
	case docket.CodeUnavailable:
		p := problem("seal-failed", "The seal could not be made", http.StatusServiceUnavailable)
		p.retryAfter = "30"
		return p
	}
	return problem("seal-refused", "Not sealed", http.StatusUnprocessableEntity)
}
