package demopki

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxRequest bounds the body of an OCSP or timestamp request.
const maxRequest = 64 << 10

// Service is one of the things the hierarchy serves.
type Service uint8

// The services of Handler.
const (
	CertificateService Service = iota // GET /ca/{root,persons,bodies}.crt
	CRLService                        // GET /crl/{root,persons,bodies}.crl
	OCSPService                       // POST /ocsp, GET /ocsp/{base64}
	TSAService                        // POST /tsa
)

// Fault is what a service does wrong. The zero value does nothing wrong.
type Fault struct {
	Dead         bool          // the connection is closed without an answer
	Delay        time.Duration // the answer comes late, or never when the client leaves first
	HTTPStatus   int           // answered with this status and no body
	Refuse       bool          // a protocol error: OCSP tryLater, TSA rejection
	Garbage      bool          // an answer that is no ASN.1
	Hang         bool          // the request is taken and never answered
	Trickle      time.Duration // the answer comes octet by octet, so long apart
	Cut          bool          // the connection ends in the middle of the answer
	Endless      bool          // the answer does not end
	Replay       bool          // every request gets the first answer that was given since the fault was set
	WrongImprint bool          // TSA: a token over another digest
	WrongNonce   bool          // TSA and OCSP: another nonce than the request's
}

// SetFault makes a service misbehave until it is set to Fault{} again.
func (h *Hierarchy) SetFault(s Service, f Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults[s] = f
	delete(h.replays, s)
}

func (h *Hierarchy) fault(s Service) Fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.faults[s]
}

// Handler serves certificates, CRLs, OCSP and timestamps under the paths that the certificates name, with the hierarchy's clock.
func (h *Hierarchy) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ca/{file}", h.with(CertificateService, h.serveCertificate))
	mux.HandleFunc("GET /crl/{file}", h.with(CRLService, h.serveCRL))
	mux.HandleFunc("POST /ocsp", h.with(OCSPService, h.serveOCSP))
	mux.HandleFunc("GET /ocsp/{request...}", h.with(OCSPService, h.serveOCSP))
	mux.HandleFunc("POST /tsa", h.with(TSAService, h.serveTSA))
	return mux
}

// with puts a service's fault before it.
func (h *Hierarchy) with(s Service, next func(http.ResponseWriter, *http.Request, Fault)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		f := h.fault(s)
		if f.Delay > 0 && !wait(r, f.Delay) {
			return
		}
		switch {
		case f.Hang:
			_, _ = io.Copy(io.Discard, r.Body) // until then the server does not notice that the client leaves
			<-r.Context().Done()
		case f.Trickle > 0, f.Cut, f.Endless, f.Replay:
			h.spoil(s, f, next, w, r)
		case f.Dead:
			hangUp(w)
		case f.HTTPStatus != 0:
			w.WriteHeader(f.HTTPStatus)
		case f.Garbage:
			_, _ = w.Write([]byte("<html>proxy error</html>"))
		default:
			next(w, r, f)
		}
	}
}

// hangUp closes the connection without an answer; where it can't be taken over (HTTP/2, a recorder) the answer is an empty 502.
func hangUp(w http.ResponseWriter) {
	if hj, ok := w.(http.Hijacker); ok {
		if conn, _, err := hj.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	w.WriteHeader(http.StatusBadGateway)
}

// named finds the authority of a file name such as persons.crl.
func (h *Hierarchy) named(file, suffix string) *authority {
	for _, a := range h.authorities() {
		if a.slug+suffix == file {
			return a
		}
	}
	return nil
}

func (h *Hierarchy) serveCertificate(w http.ResponseWriter, r *http.Request, _ Fault) {
	a := h.named(r.PathValue("file"), ".crt")
	if a == nil {
		http.NotFound(w, r)
		return
	}
	send(w, "application/pkix-cert", a.cert.Raw)
}

func (h *Hierarchy) serveCRL(w http.ResponseWriter, r *http.Request, f Fault) {
	a := h.named(r.PathValue("file"), ".crl")
	if a == nil {
		http.NotFound(w, r)
		return
	}
	der, err := h.crl(a, h.now())
	if err != nil || f.Refuse {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	send(w, "application/pkix-crl", der)
}

func (h *Hierarchy) serveOCSP(w http.ResponseWriter, r *http.Request, f Fault) {
	const kind = "application/ocsp-response"
	req, err := ocspBody(r)
	switch {
	case err != nil:
		send(w, kind, errorAnswer(ocspMalformedRequest))
	case f.Refuse:
		send(w, kind, errorAnswer(ocspTryLater))
	case f.WrongNonce:
		send(w, kind, h.respondWith(req, h.now(), []byte{4, 8, 'w', 'r', 'o', 'n', 'g', '-', 'n', 'o'}))
	default:
		send(w, kind, h.respond(req, h.now()))
	}
}

// ocspBody reads the request from the body, or from the path (RFC 6960, appendix A.1).
func ocspBody(r *http.Request) ([]byte, error) {
	if r.Method == http.MethodPost {
		return io.ReadAll(io.LimitReader(r.Body, maxRequest))
	}
	text := r.PathValue("request")
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	return base64.StdEncoding.DecodeString(strings.TrimSpace(text))
}

func send(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(body) // the client may be gone: nobody is left to tell
}
