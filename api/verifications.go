package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"mohur/verify"
	"mohur/verify/report"
)

// verificationWishes are the parameters of a verification.
var verificationWishes = []string{"policy", "time", "report", "reports", "language", "keep"}

// postVerification judges the document in the body: a multipart form, JSON, or the document itself. Nothing is kept unless asked (decisions
// 17).
func (s *server) postVerification(w http.ResponseWriter, r *http.Request) {
	q, refusal := s.query(r, verificationWishes...)
	if refusal != nil {
		s.refuseWish(w, r, *refusal)
		return
	}
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	got, err := s.receive(w, r, q)
	done()
	defer got.remove()
	if err != nil {
		s.refuseUpload(w, r, err)
		return
	}
	kind, ok := s.negotiate(w, r, q)
	if !ok {
		return
	}
	s.admitted(w, r, got.size(), func(w http.ResponseWriter) {
		defer got.remove() // not only when the client has read the answer
		in := got.input(q.time, s.Now)
		rep, ok := s.judge(w, r, in, q.policyOr(s.Policy))
		if !ok {
			return
		}
		s.answerVerdict(w, r, q, got, rep, kind)
	})
}

// refuseWish answers for a parameter that is not taken; its sentence names what is.
func (s *server) refuseWish(w http.ResponseWriter, r *http.Request, p Problem) {
	s.refuse(w, r, p, "policies", s.Policies)
}

// Bounds of a multipart request beside its documents.
const (
	formBytes   = 1 << 20
	maxParts    = 40
	maxPassword = 1 << 10
)

// errNoFile is for a request without a document, errParts for a form that is cut off or out of order.
var (
	errNoFile    = errors.New("api: no file")
	errParts     = errors.New("api: unexpected part")
	errMediaType = errors.New("api: media type")
)

// wishError is a parameter inside a body that is not taken.
type wishError struct{ Problem }

// Error names the parameter.
func (e *wishError) Error() string { return "api: " + e.Type }

// received is a request's documents in temporary files.
type received struct {
	file     *spooled
	detached []*spooled
	hashes   []verify.Data // of files that are not sent
	password []byte
	taken    []*spooled // whatever was streamed, for removal
}

// size is that of all documents together.
func (g *received) size() (n int64) {
	for _, sp := range g.all() {
		n += sp.size
	}
	return n
}

// all lists each document once.
func (g *received) all() []*spooled {
	var out []*spooled
	for _, sp := range append(slices.Concat(g.detached, g.taken), g.file) {
		if sp != nil && !slices.Contains(out, sp) {
			out = append(out, sp)
		}
	}
	return out
}

// input is the request as the verifier takes it.
func (g *received) input(at time.Time, now func() time.Time) verify.Input {
	in := verify.Input{Name: g.file.name, Content: g.file.f, Size: g.file.size, Password: g.password, Time: at, Now: now, Detached: slices.Clone(g.hashes)}
	for _, d := range g.detached {
		in.Detached = append(in.Detached, verify.Data{Name: d.name, Content: d.f, Size: d.size})
	}
	return in
}

// spooled is a document in a temporary file.
type spooled struct {
	f      *os.File
	name   string
	size   int64
	sha256 [32]byte
	gone   bool
}

// remove deletes the temporary files.
func (g *received) remove() {
	for _, sp := range g.all() {
		if !sp.gone {
			sp.gone = true
			_ = sp.f.Close()
			_ = os.Remove(sp.f.Name())
		}
	}
}

// receive streams the request's documents into temporary files. What it returns is never nil, so that it can be removed.
func (s *server) receive(w http.ResponseWriter, r *http.Request, q *wishes) (*received, error) {
	g := &received{}
	if c := r.Header.Get("Content-Encoding"); c != "" && c != "identity" {
		return g, errMediaType // RFC 9110, 8.4: a coding that is not undone here would be judged as the document
	}
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil && r.Header.Get("Content-Type") != "" {
		return g, errMediaType
	}
	if kind == "application/json" {
		return s.receiveJSON(w, r, q)
	}
	r.Body = http.MaxBytesReader(w, r.Body, s.MaxBytes+formBytes)
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
			return g, &jsonError{"#", faultTooMany}
		}
		if err := s.part(r, q, g, part.FormName(), part.FileName(), part); err != nil {
			return g, err
		}
	}
	if g.file == nil || g.file.size == 0 {
		return g, errNoFile
	}
	return g, nil
}

// part takes one part of a multipart request.
func (s *server) part(r *http.Request, q *wishes, g *received, field, name string, content io.Reader) (err error) {
	switch field {
	case "file":
		if g.file != nil {
			return &jsonError{"#/file", faultTwice}
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
			return &jsonError{"#/password", faultTooLong}
		}
		g.password = b
		return err
	case "digest":
		b, err := io.ReadAll(io.LimitReader(content, maxPassword))
		if err != nil {
			return err
		}
		algorithm, value, _ := strings.Cut(string(b), ":")
		d, err := hashOnly(name, algorithm, value, "#/digest")
		if err != nil {
			return err
		}
		g.hashes = append(g.hashes, d)
		return nil
	default:
		if !slices.Contains(verificationWishes, field) {
			return &jsonError{"#/" + field, faultKey}
		}
		b, err := io.ReadAll(io.LimitReader(content, maxPassword))
		if err != nil {
			return err
		}
		if p := s.wish(r, q, field, string(b)); p != nil {
			return &wishError{*p}
		}
		return nil
	}
}

// hashOnly is a file that a detached signature speaks of, known by its digest: the value in hexadecimal or base64.
func hashOnly(name, algorithm, value, at string) (verify.Data, error) {
	d := verify.Data{Name: name, DigestAlgorithm: strings.ToUpper(algorithm)}
	if !strings.HasPrefix(d.DigestAlgorithm, "SHA3") {
		d.DigestAlgorithm = strings.ReplaceAll(d.DigestAlgorithm, "-", "")
	}
	want := digestSize(d.DigestAlgorithm)
	var err error
	if d.Digest, err = hex.DecodeString(value); err != nil {
		d.Digest, err = base64.StdEncoding.DecodeString(value)
	}
	if err != nil || want == 0 || len(d.Digest) != want {
		return d, &wishError{invalid(at, "digest")}
	}
	return d, nil
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
	sp, sum := &spooled{f: f, name: name}, sha256.New()
	if sp.size, err = io.Copy(io.MultiWriter(f, sum), content); err != nil {
		_ = f.Close()
		_ = os.Remove(f.Name())
		return nil, err
	}
	sum.Sum(sp.sha256[:0])
	return sp, nil
}

// refuseUpload answers for a request whose documents could not be taken.
func (s *server) refuseUpload(w http.ResponseWriter, r *http.Request, err error) {
	var large *http.MaxBytesError
	var path *os.PathError
	var wish *wishError
	var shape *jsonError
	switch {
	case errors.As(err, &wish):
		s.refuseWish(w, r, wish.Problem)
	case errors.As(err, &shape):
		s.refuseJSON(w, r, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.refuse(w, r, problemSlow())
	case errors.As(err, &large):
		s.refuse(w, r, problemTooLarge(), "max", s.MaxBytes)
	case errors.Is(err, errMediaType):
		s.refuse(w, r, problemMediaType())
	case errors.Is(err, errParts):
		s.refuse(w, r, invalid("#", "parts"))
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
