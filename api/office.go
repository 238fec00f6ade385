package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/desk"
)

// Office are the verbs of the office that programs use; *desk.Service has them. Who may do what is theirs to decide.
type Office interface {
	ProgramByKey(ctx context.Context, key string) (*desk.Program, error)
	ProgramByClient(ctx context.Context, t desk.ClientTerms) (*desk.Program, error)
	MayAct(ctx context.Context, who docket.Actor, id docket.ID) error
	Limits() desk.Limits

	Bodies(ctx context.Context, query string, limit int) ([]docket.Body, error)
	RegisterBody(ctx context.Context, who docket.Actor, in desk.RegisterBodyInput) (*docket.Registration, error)
	RegistrationMade(ctx context.Context, id docket.ID) (*docket.Registration, error)
	RegistrationOf(ctx context.Context, who docket.Actor, name string) (*docket.Registration, error)
	OwnRegistration(ctx context.Context, who docket.Actor) (*docket.Registration, error)
	ListRegistrations(ctx context.Context, who docket.Actor, f docket.RegistrationFilter) ([]docket.Registration, int, error)

	DraftSubmission(ctx context.Context, who docket.Actor) (*docket.Submission, error)
	SaveSubmission(ctx context.Context, who docket.Actor, id docket.ID, form docket.Form) (*docket.Submission, error)
	SaveSubmissionAt(ctx context.Context, who docket.Actor, id docket.ID, rev int, form docket.Form) (*docket.Submission, error)
	ListSubmissions(ctx context.Context, who docket.Actor, f docket.SubmissionFilter) ([]desk.SubmissionRow, int, error)
	Submission(ctx context.Context, who docket.Actor, id docket.ID) (*desk.SubmissionView, error)
	AddFile(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error)
	AddDocument(ctx context.Context, who docket.Actor, id docket.ID, name string, content io.Reader) (*docket.File, error)
	RemoveFile(ctx context.Context, who docket.Actor, id, file docket.ID) error
	DownloadFile(ctx context.Context, who docket.Actor, submission, file docket.ID) (*desk.Download, error)
	PrepareRecord(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error)
	DownloadRecord(ctx context.Context, who docket.Actor, submission docket.ID) (*desk.Download, error)
	DownloadSigned(ctx context.Context, who docket.Actor, submission docket.ID, version int) (*desk.Download, error)
	Submit(ctx context.Context, who docket.Actor, id docket.ID, signed io.Reader) (*docket.Submission, error)
	Correct(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error)
	Withdraw(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Submission, error)

	LettersOf(ctx context.Context, who docket.Actor, id docket.ID) ([]docket.Letter, error)
	Mailbox(ctx context.Context, who docket.Actor, limit, offset int) ([]docket.Letter, int, error)
	Letter(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Letter, error)
	DownloadLetter(ctx context.Context, who docket.Actor, letter docket.ID) (*desk.Download, error)
	ReadMessages(ctx context.Context, who docket.Actor, id docket.ID, f docket.MessageFilter) ([]docket.Message, error)
	WriteMessage(ctx context.Context, who docket.Actor, id docket.ID, text string, attachments []desk.Attachment) (*docket.Message, error)
	MessageMade(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Message, error)
	DownloadAttachment(ctx context.Context, who docket.Actor, message, file docket.ID) (*desk.Download, error)
	Notices(ctx context.Context, who docket.Actor, id docket.ID) ([]docket.Notice, error)
	JournalNumbers(ctx context.Context, who docket.Actor, j docket.Journal, caseNo string, year int) ([]docket.Number, error)
	Events(ctx context.Context, who docket.Actor, f docket.EventFilter) ([]docket.Event, int64, error)
}

// OfficeOptions are the parts of the office's routes. Desk and Store are required.
type OfficeOptions struct {
	Desk  Office
	Store docket.Store // of requests with an idempotency key
	// Terms are what the configuration says of a client that acts in the office; nil: only API keys do.
	Terms func(client string) (desk.ClientTerms, bool)
	// Registrations of one address in an hour (requirements.md 8, 21); 5 if zero.
	RegistrationsPerHour int
}

// officeRoute is a route of the office with everything that the OpenAPI document says of it: the two are made from one table.
type officeRoute struct {
	route
	scope  docket.Scope // empty: everybody may ask
	fields []field      // of the body; nil: none
	raw    bool         // the body may be the file itself
	handle func(s *server, c *call) (*result, error)
	// made finds what an earlier try of the same request made; nil: the request can be made again without harm.
	made func(s *server, c *call) (*result, error)
}

// call is one request of a program.
type call struct {
	r       *http.Request
	who     docket.Actor
	in      *input
	subject docket.ID // of what it makes
}

func (c *call) ctx() context.Context { return c.r.Context() }

func (c *call) path(name string) docket.ID { return docket.ID(chi.URLParam(c.r, name)) }

// result is an answer: a status with JSON, or a file.
type result struct {
	status   int
	header   map[string]string
	body     any
	download *desk.Download
}

// answerTag makes a strong validator of a revision (RFC 9110, 8.8.3).
func answerTag(rev int) string { return `"` + strconv.Itoa(rev) + `"` }

// officeRoutes adds the routes.
func (s *server) mountOffice(r chi.Router) {
	if s.Office == nil {
		return
	}
	for _, rt := range s.officeRoutes() {
		r.Method(rt.method, rt.path, s.officeHandler(rt))
	}
}

// officeHandler finds out who asks and what, and answers.
func (s *server) officeHandler(rt officeRoute) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c := &call{r: r, who: docket.Public()}
		if !s.admitProgram(w, r, rt, c) || !s.checkAddress(w, r, rt) {
			return
		}
		if rt.method == http.MethodPost {
			s.onceOnly(w, rt, c)
			return
		}
		if rt.fields != nil {
			in, ok := s.takeInput(w, r, rt)
			if !ok {
				return
			}
			defer in.remove()
			c.in = in
		}
		res, err := rt.handle(s, c)
		if err != nil {
			s.refuseOffice(w, r, err)
			return
		}
		s.answerOffice(w, r, res)
	}
}

// admitProgram finds the program and its scope. It has answered when it returns false.
func (s *server) admitProgram(w http.ResponseWriter, r *http.Request, rt officeRoute, c *call) bool {
	p, err := s.programOf(r)
	switch {
	case err != nil && !errors.Is(err, docket.ErrNotFound):
		s.refuseOffice(w, r, err)
		return false
	case p != nil:
		c.who = p.Actor
	}
	switch {
	case rt.scope == "":
		return true
	case p == nil:
		w.Header().Set("WWW-Authenticate", "Bearer")
		s.refuse(w, r, problemUnauthorized())
		return false
	case !p.May(rt.scope):
		w.Header().Set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+string(rt.scope)+`"`)
		s.refuseOffice(w, r, docket.Refuse(docket.CodeForbidden, docket.KeyNoScope).With("scope", string(rt.scope)))
		return false
	}
	return true
}

type programKey struct{}

// programOf is the program of a request; nil is a stranger, or a client that has no business in the office.
func (s *server) programOf(r *http.Request) (*desk.Program, error) {
	if p, ok := r.Context().Value(programKey{}).(*desk.Program); ok {
		return p, nil
	}
	c := CallerOf(r)
	if c.Name == "" || s.Office.Terms == nil {
		return nil, nil
	}
	t, ok := s.Office.Terms(c.Name)
	if !ok {
		return nil, nil
	}
	return s.Office.Desk.ProgramByClient(r.Context(), t)
}

// keyCaller recognises an API key. What a program keeps is its owner's: the tenant is the body, or the agency.
func (s *server) keyCaller(r *http.Request, token string) (Caller, *desk.Program, error) {
	p, err := s.Office.Desk.ProgramByKey(r.Context(), token)
	if err != nil {
		return Caller{}, nil, err
	}
	return Caller{Name: p.ID, Tenant: "keys of " + string(p.Actor.BodyID), Method: MethodToken}, p, nil
}

// answerOffice sends a result.
func (s *server) answerOffice(w http.ResponseWriter, r *http.Request, res *result) {
	h := w.Header()
	for name, value := range res.header {
		h.Set(name, value)
	}
	switch {
	case res.download != nil:
		s.sendFile(w, r, res.download)
	case res.body == nil:
		w.WriteHeader(res.status)
	default:
		b, err := json.Marshal(res.body)
		if err != nil {
			s.refuseOffice(w, r, err)
			return
		}
		s.sendJSON(w, r, res.status, b)
	}
}

// sendJSON sends a body, or 304 to who has it (RFC 9110, 13.1.2).
func (s *server) sendJSON(w http.ResponseWriter, r *http.Request, status int, b []byte) {
	h := w.Header()
	if tag := h.Get("ETag"); tag != "" && r.Method == http.MethodGet && matches(r.Header.Get("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// matches says whether a list of validators holds one.
func matches(list, tag string) bool {
	for one := range strings.SplitSeq(list, ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

// sendFile sends a file as it was uploaded or sealed, with its hash (RFC 9530), never to be shown in a browser's page.
func (s *server) sendFile(w http.ResponseWriter, r *http.Request, d *desk.Download) {
	defer func() { _ = d.Content.Close() }()
	h := w.Header()
	h.Set("Content-Type", d.MediaType)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Length", strconv.FormatInt(d.Content.Size(), 10))
	h.Set("ETag", `"`+string(d.Hash)+`"`)
	if sum := d.Hash.Bytes(); sum != nil {
		h.Set("Repr-Digest", "sha-256=:"+encodeBase64(sum)+":")
	}
	if matches(r.Header.Get("If-None-Match"), h.Get("ETag")) {
		h.Del("Content-Length")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if _, err := io.Copy(w, d.Content); err != nil {
		s.Log.WarnContext(r.Context(), "a file was not sent to its end", slog.Any("error", err))
	}
}

// keyLetters are what a key is written with.
const keyLetters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz._:-"

// lease is how long one try of a request may take before another may take it up.
const lease = 2 * time.Minute

// onceOnly does a POST at most once for its key (decisions 19): what was answered is answered again, and what was begun and not answered is looked for
// before anything is done again.
func (s *server) onceOnly(w http.ResponseWriter, rt officeRoute, c *call) {
	key, ok := s.idempotencyKey(w, c.r)
	if !ok {
		return
	}
	if strings.Trim(key, keyLetters) != "" {
		s.refuse(w, c.r, invalid("#/Idempotency-Key", "idempotency-key"))
		return
	}
	in, ok := s.takeInput(w, c.r, rt)
	if !ok {
		return
	}
	defer in.remove()
	now := s.Now().UTC()
	c.in, c.subject = in, docket.NewID(now)
	row := &docket.IdempotentRequest{
		Caller: s.clientOf(c.r), Route: rt.method + " " + rt.path, Key: key, Request: in.hash(c.r.URL.Path), Subject: c.subject, Lease: now.Add(lease), Made: now,
	}
	again, done := s.claim(w, c, row)
	if done {
		return
	}
	res, err := s.doOnce(rt, c, again)
	if err != nil {
		if refusedForGood(err) {
			err = errors.Join(err, s.inStore(c, func(k docket.Work) error { return k.ForgetIdempotentRequest(c.ctx(), row.Caller, row.Route, row.Key) }))
		}
		s.refuseOffice(w, c.r, err)
		return
	}
	if err := s.keepAnswer(c, row, res); err != nil {
		s.Log.ErrorContext(c.ctx(), "an answer could not be kept for its repetition", slog.Any("error", err))
	}
	s.answerOffice(w, c.r, res)
}

func (s *server) inStore(c *call, do func(docket.Work) error) error {
	return s.Office.Store.InTx(context.WithoutCancel(c.ctx()), do)
}

// doOnce does what is asked, or finds what an earlier try made of it.
func (s *server) doOnce(rt officeRoute, c *call, again bool) (*result, error) {
	if again && rt.made != nil {
		if res, err := rt.made(s, c); err == nil || docket.CodeOf(err) != docket.CodeNotFound {
			return res, err
		}
	}
	c.r = c.r.WithContext(desk.Intend(c.ctx(), c.subject))
	return rt.handle(s, c)
}

// refusedForGood says that nothing was done, so that the key is free for a request that is put right.
func refusedForGood(err error) bool {
	switch docket.CodeOf(err) {
	case docket.CodeUnavailable, docket.CodeInternal:
		return false
	}
	return true
}

// claim notes the request. again says that an earlier try came to no answer, done that it has answered.
func (s *server) claim(w http.ResponseWriter, c *call, row *docket.IdempotentRequest) (again, done bool) {
	err := s.inStore(c, func(k docket.Work) error { return k.AddIdempotentRequest(c.ctx(), row) })
	if err == nil {
		return false, false
	}
	if !errors.Is(err, docket.ErrStale) {
		s.refuseOffice(w, c.r, err)
		return false, true
	}
	var seen *docket.IdempotentRequest
	err = s.Office.Store.Read(c.ctx(), func(k docket.Work) (err error) {
		seen, err = k.IdempotentRequest(c.ctx(), row.Caller, row.Route, row.Key)
		return err
	})
	switch {
	case err != nil:
		s.refuseOffice(w, c.r, err)
		return false, true
	case seen.Request != row.Request:
		s.refuse(w, c.r, problem("key-reused", "Idempotency key reused", http.StatusUnprocessableEntity))
		return false, true
	case seen.Status != 0:
		s.replay(w, c, seen)
		return false, true
	}
	now := s.Now().UTC()
	err = s.inStore(c, func(k docket.Work) error {
		return k.TakeIdempotentRequest(c.ctx(), row.Caller, row.Route, row.Key, now, now.Add(lease))
	})
	if err != nil {
		p := problem("in-progress", "The request with this key is being worked on", http.StatusConflict)
		p.Detail, p.retryAfter = "api.seal-running", "5"
		s.refuse(w, c.r, p)
		return false, true
	}
	c.subject = seen.Subject
	return true, false
}

// replay answers a repetition as the first time, if the program may still do what it did then.
func (s *server) replay(w http.ResponseWriter, c *call, seen *docket.IdempotentRequest) {
	if c.who.Program != "" {
		if err := s.Office.Desk.MayAct(c.ctx(), c.who, c.path("id")); err != nil {
			s.refuseOffice(w, c.r, err)
			return
		}
	}
	for name, value := range seen.Header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Idempotency-Replayed", "true")
	if len(seen.Answer) == 0 {
		w.WriteHeader(seen.Status)
		return
	}
	s.sendJSON(w, c.r, seen.Status, seen.Answer)
}

// keepAnswer keeps an answer for its repetition.
func (s *server) keepAnswer(c *call, row *docket.IdempotentRequest, res *result) error {
	row.Status, row.Header = res.status, res.header
	if res.body != nil {
		b, err := json.Marshal(res.body)
		if err != nil {
			return err
		}
		row.Answer = b
	}
	return s.inStore(c, func(k docket.Work) error { return k.AnswerIdempotentRequest(c.ctx(), row) })
}

// sum hashes texts so that no two lists of them hash alike.
func sum(texts ...string) docket.Hash {
	h := sha256.New()
	for _, t := range texts {
		_, _ = io.WriteString(h, strconv.Itoa(len(t))+":"+t+";")
	}
	return docket.HashOf([32]byte(h.Sum(nil)))
}
