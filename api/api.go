// Package api is the HTTP interface for programs: verification of signed documents, health and metrics, described by OpenAPI 3.1 and refusing
// by problem details (RFC 9457). It streams documents through temporary files within bounds, and knows no database and no token.
package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/verify"
)

// Verifier judges a document under the named policy with whatever trust and revocation data the program has. A bad signature is a report; an
// error means that it could not be judged: *verify.Error where the document is to blame, ErrPolicy for a policy there is not.
type Verifier interface {
	Verify(ctx context.Context, in verify.Input, policy string) (*verify.Report, error)
}

// ErrPolicy is a Verifier's answer to a policy that it does not know.
var ErrPolicy = errors.New("api: unknown policy")

// Check is the answer of one part of the program to /readyz.
type Check struct {
	Name string `json:"name" doc:"part of the program: database, token, ..."`
	OK   bool   `json:"ok"`
	// Detail is a word about the part, without names and addresses: "3/4" lists that are fresh.
	Detail string `json:"detail,omitempty"`
}

// Gauge is a figure of a part of the program for /metrics: a name in snake_case that begins with mohur_, a sentence, a value. Figures of one name
// that differ in their label stand one after another.
type Gauge struct {
	Name, Help        string
	Label, LabelValue string // empty: none; never a name, a file or an address
	Counter           bool   // it only grows
	Value             float64
}

// Options are the parts and bounds of the interface. Verifier, Now and Log are required.
type Options struct {
	Verifier     Verifier
	Certificates CertificateVerifier               // nil: the routes about certificates are not there
	Policies     []string                          // accepted names; the built-in ones if nil
	Policy       string                            // taken where the request names none; "basic" if empty
	Ready        func(ctx context.Context) []Check // nil: always ready
	Requests     *Requests                         // times of answers; one of its own if nil
	Gauges       func() []Gauge                    // more figures for /metrics; nil: none
	Now          func() time.Time
	Log          *slog.Logger
	Version      string // of the program, in the OpenAPI document
	TempDir      string // for documents on their way; the system's if empty

	SealPage     SealPage                     // seals reports; nil: report=signed is refused, with the reason
	Signings     Signings                     // people's signatures in two steps; nil: the routes are not there
	Office       *OfficeOptions               // the office's verbs for programs; nil: the routes are not there
	Seals        Seals                        // seals for programs; nil: the routes are not there
	Archive      Archive                      // of verdicts that can be read again; nil: none is kept, and there are no batches
	Callers      map[string]Caller            // who is known, by TokenHash of their tokens
	Authenticate Authenticate                 // recognises callers by access token or certificate; nil: by fixed tokens only
	Mounted      []Route                      // routes of the packages below this one
	Visitor      func(r *http.Request) string // the address that a request comes from; that of the connection if nil

	MaxBytes      int64         // of one request's documents; 50 MB if zero
	MaxBatch      int           // documents of a batch; 1000 if zero
	MaxBatchBytes int64         // of a batch's documents; 20 times MaxBytes if zero
	Budget        *Budget       // admits verifications, more get 429; one of its own with the bounds of BudgetOptions if nil
	Uploads       int           // requests on their way in, of everybody, more get 429; 2000 if zero
	Rate          Rate          // of one client's requests
	Timeout       time.Duration // of one verification; 60 seconds if zero
}

// server is the interface with its parts.
type server struct {
	Options
	uploads chan struct{} // of requests that are still coming in: a slow one must not hold up verification
	limits  *limits
	metrics *metrics

	registrations *limits // of one address in an hour
}

// New returns the handler of all routes: /v1/..., /openapi.json, /healthz, /readyz and /metrics.
func New(o Options) (http.Handler, error) {
	if o.Verifier == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("api: Verifier, Now and Log are required")
	}
	if o.Policies == nil {
		o.Policies = verify.PolicyNames()
	}
	orDefault(&o.Policy, verify.PolicyBasic)
	orDefault(&o.MaxBytes, 50<<20)
	orDefault(&o.MaxBatch, 1000)
	orDefault(&o.MaxBatchBytes, 20*o.MaxBytes)
	orDefault(&o.Uploads, 2000)
	orDefault(&o.Timeout, time.Minute)
	if o.Budget == nil {
		o.Budget = NewBudget(BudgetOptions{})
	}
	if o.Visitor == nil {
		o.Visitor = peerAddress
	}
	if o.Requests == nil {
		o.Requests = NewRequests()
	}
	s := &server{Options: o, uploads: make(chan struct{}, o.Uploads), limits: newLimits(o.Rate, o.Now), metrics: newMetrics(o.Requests, o.Gauges)}
	if o.Office != nil {
		if o.Office.Desk == nil || o.Office.Store == nil {
			return nil, errors.New("api: Office needs Desk and Store")
		}
		perHour := o.Office.RegistrationsPerHour
		orDefault(&perHour, 5)
		s.registrations = newLimits(Rate{PerSecond: float64(perHour) / 3600, Burst: perHour}, o.Now)
	}
	return s.routes()
}

// orDefault fills what was left empty.
func orDefault[T comparable](p *T, def T) {
	var zero T
	if *p == zero {
		*p = def
	}
}

// routes names every route, and every route is an operation of the OpenAPI document.
func (s *server) routes() (http.Handler, error) {
	r := chi.NewRouter()
	r.Use(s.recover, s.observe, headers, headAsGet)
	r.NotFound(func(w http.ResponseWriter, r *http.Request) { s.refuse(w, r, problemNotFound()) })
	r.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		allow(w, r)
		s.refuse(w, r, problemMethod())
	})
	r.Get("/healthz", s.getHealth)
	r.Get("/readyz", s.getReadiness)
	r.Group(s.working)
	r.Group(s.mount)
	r.Method(http.MethodGet, "/metrics", s.metrics)
	text, err := s.describe()
	if err != nil {
		return nil, err
	}
	r.Get("/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", openAPIType+";version=3.1")
		_, _ = w.Write(text)
	})
	return r, nil
}

// working adds the routes that cost something: each knows its caller and is bounded per client.
func (s *server) working(r chi.Router) {
	r.Use(s.identify, s.limited)
	r.Post("/v1/verifications", s.postVerification)
	for _, rt := range s.compatible() {
		r.Post(rt.path, rt.handler)
	}
	if s.Signings != nil {
		r.Post("/v1/signings", s.postSigning)
		r.Get(signingsPath+"{id}", s.getSigning)
		r.Put(signingsPath+"{id}", s.putSigning)
		r.Get(signingsPath+"{id}/document", s.getSigned)
	}
	if s.Seals != nil {
		r.Post("/v1/seals", s.postSeal)
		r.Get(sealsPath+"{id}", s.getSeal)
		r.Get(sealsPath+"{id}/document", s.getSealed)
		r.Post("/v1/seal-batches", s.postSealBatch)
		r.Get(sealBatchesPath+"{id}", s.getSealBatch)
		r.Get(sealBatchesPath+"{id}/seals", s.getBatchSeals)
		r.Post(sealBatchesPath+"{id}/cancel", s.cancelSealBatch)
	}
	s.mountOffice(r)
	if s.Archive == nil {
		return
	}
	r.Get(verdictsPath+"{id}", s.getVerification)
	r.Delete(verdictsPath+"{id}", s.deleteVerification)
	r.Get(verdictsPath+"{id}/reports/{kind}", s.getReport)
	r.Get(verdictsPath+"{id}/evidence/{sha256}", s.getEvidence)
	r.Get(verdictsPath+"{id}/file", s.getFile)
	r.Post("/v1/verification-batches", s.postBatch)
	r.Get(batchesPath+"{id}", s.getBatch)
	r.Get(batchesPath+"{id}/verdicts", s.getBatchVerdicts)
	r.Post(batchesPath+"{id}/cancel", s.cancelBatch)
}

// headers are what every answer carries.
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// headAsGet routes a HEAD as the GET of the same address; the server leaves the body out (RFC 9110, 9.3.2).
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := chi.RouteContext(r.Context()); c != nil && r.Method == http.MethodHead {
			c.RouteMethod = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

// allow names the methods that the address takes (RFC 9110, 15.5.6).
func allow(w http.ResponseWriter, r *http.Request) {
	c := chi.RouteContext(r.Context())
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if c != nil && c.Routes.Match(chi.NewRouteContext(), m, r.URL.Path) {
			w.Header().Add("Allow", m)
		}
	}
}
