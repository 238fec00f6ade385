package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"mohur/verify"
	"mohur/verify/report"
)

// postVerification judges the document in the body: a multipart form with the parts "file" and, for a detached signature, "detached"; or the
// document itself. Nothing is kept (decisions 17).
func (s *server) postVerification(w http.ResponseWriter, r *http.Request) {
	q, refusal := s.query(r)
	if refusal != nil {
		s.refuse(w, r, *refusal, "policies", s.Policies)
		return
	}
	select {
	case s.uploads <- struct{}{}:
	default:
		s.refuse(w, r, problemBusy())
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxBytes+formBytes)
	got, err := s.receive(r)
	<-s.uploads
	defer got.remove()
	if err != nil {
		s.refuseUpload(w, r, err)
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		s.refuse(w, r, problemBusy())
		return
	}
	s.metrics.running.add(1)
	defer s.metrics.running.add(-1)
	in := verify.Input{Name: got.file.name, Content: got.file.f, Size: got.file.size, Password: got.password, Time: q.time, Now: s.Now}
	for _, d := range got.detached {
		in.Detached = append(in.Detached, verify.Data{Name: d.name, Content: d.f, Size: d.size})
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
	defer cancel()
	rep, err := s.Verifier.Verify(ctx, in, q.policy)
	if err != nil {
		s.refuseVerdict(ctx, w, r, err)
		return
	}
	s.metrics.documents.observe(float64(in.Size))
	s.metrics.outcomes.add(1, string(rep.Format), string(rep.Indication))
	s.answer(w, r, rep)
}

// answer writes the verdict: the same JSON as one line of `mohur verify --json`.
func (s *server) answer(w http.ResponseWriter, r *http.Request, rep *verify.Report) {
	lang := string(language(r))
	b, err := json.Marshal(report.Simple(rep, lang))
	if err != nil {
		s.Log.ErrorContext(r.Context(), "verdict can't be written", slog.Any("error", err))
		s.refuse(w, r, problemInternal())
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Language", lang)
	_, _ = w.Write(append(b, '\n'))
}

// query is what the address asks for.
type query struct {
	policy string
	time   time.Time
}

// query reads the parameters. An unknown one is refused, so that a misspelt policy is never silently the default.
func (s *server) query(r *http.Request) (query, *Problem) {
	out := query{policy: s.Policy}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		p := invalid("#/query", "query")
		return out, &p
	}
	for name, all := range values {
		switch name {
		case "policy":
			out.policy = all[0]
			if !slices.Contains(s.Policies, out.policy) {
				p := invalid("#/policy", "policy")
				return out, &p
			}
		case "time":
			if out.time, err = time.Parse(time.RFC3339, all[0]); err != nil {
				p := invalid("#/time", "time")
				return out, &p
			}
		default:
			p := invalid("#/"+name, "unknown")
			return out, &p
		}
	}
	return out, nil
}

// Bounds of a multipart request beside its documents.
const (
	formBytes   = 1 << 20
	maxParts    = 40
	maxPassword = 1 << 10
)

// errNoFile is for a request without a document, errParts for one with parts that make no sense.
var (
	errNoFile    = errors.New("api: no file")
	errParts     = errors.New("api: unexpected part")
	errMediaType = errors.New("api: media type")
)

// received is a request's documents in temporary files.
type received struct {
	file     *spooled
	detached []*spooled
	password []byte
}

// spooled is a document in a temporary file.
type spooled struct {
	f    *os.File
	name string
	size int64
}

// remove deletes the temporary files.
func (g *received) remove() {
	for _, sp := range append(slices.Clone(g.detached), g.file) {
		if sp != nil {
			_ = sp.f.Close()
			_ = os.Remove(sp.f.Name())
		}
	}
}

// receive streams the request's documents into temporary files. What it returns is never nil, so that it can be removed.
func (s *server) receive(r *http.Request) (*received, error) {
	g := &received{}
	if c := r.Header.Get("Content-Encoding"); c != "" && c != "identity" {
		return g, errMediaType // RFC 9110, 8.4: a coding that is not undone here would be judged as the document
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return g, errMediaType
	}
	if kind != "multipart/form-data" {
		if kind == "application/x-www-form-urlencoded" {
			return g, errMediaType
		}
		if g.file, err = s.spool(r.Body, rawName(r)); err == nil && g.file.size == 0 {
			err = errNoFile
		}
		return g, err
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return g, errMediaType
	}
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return g, err
		}
		if n == maxParts {
			return g, errParts
		}
		if err := s.part(g, part.FormName(), part.FileName(), part); err != nil {
			return g, err
		}
	}
	if g.file == nil || g.file.size == 0 {
		return g, errNoFile
	}
	return g, nil
}

// part takes one part of a multipart request.
func (s *server) part(g *received, field, name string, content io.Reader) (err error) {
	switch field {
	case "file":
		if g.file != nil {
			return errParts
		}
		g.file, err = s.spool(content, name)
		return err
	case "detached":
		sp, err := s.spool(content, name)
		if sp != nil {
			g.detached = append(g.detached, sp)
		}
		return err
	case "password":
		b, err := io.ReadAll(io.LimitReader(content, maxPassword+1))
		if err == nil && len(b) > maxPassword {
			return errParts
		}
		g.password = b
		return err
	default:
		return errParts
	}
}

// rawName is the name of a raw body: from Content-Disposition, else none.
func rawName(r *http.Request) string {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
	if err != nil {
		return ""
	}
	return params["filename"]
}

// spool writes a document into a temporary file; the request's limit bounds it.
func (s *server) spool(content io.Reader, name string) (*spooled, error) {
	f, err := os.CreateTemp(s.TempDir, "mohur-api-*")
	if err != nil {
		return nil, err
	}
	sp := &spooled{f: f, name: name}
	if sp.size, err = io.Copy(f, content); err != nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
		return nil, err
	}
	return sp, nil
}

// refuseUpload answers for a request whose documents could not be taken.
func (s *server) refuseUpload(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	var path *os.PathError
	switch {
	case errors.As(err, &large):
		s.refuse(w, r, problemTooLarge(), "max", s.MaxBytes)
	case errors.Is(err, errMediaType):
		s.refuse(w, r, problemMediaType())
	case errors.Is(err, errNoFile):
		s.refuse(w, r, invalid("#/file", "file"))
	case errors.As(err, &path):
		s.Log.ErrorContext(r.Context(), "upload could not be stored", slog.Any("error", err))
		s.refuse(w, r, problemInternal())
	default:
		s.refuse(w, r, invalid("#", "body"))
	}
}

// refuseVerdict answers for a document that could not be judged.
func (s *server) refuseVerdict(ctx context.Context, w http.ResponseWriter, r *http.Request, err error) {
	var e *verify.Error
	switch {
	case errors.Is(err, ErrPolicy):
		s.refuse(w, r, invalid("#/policy", "policy"), "policies", s.Policies)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		s.refuse(w, r, problemTimeout())
	case errors.As(err, &e):
		p := problemUnreadable()
		p.Detail = report.Explain(err, string(language(r)))
		s.refuse(w, r, p)
	default:
		s.Log.ErrorContext(r.Context(), "verification failed", slog.Any("error", err))
		s.refuse(w, r, problemInternal())
	}
}
