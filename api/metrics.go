package api

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
)

// Requests are the times of answers by route, as /metrics shows them: those of this interface and, where the program hands the same value to its
// pages, theirs. It is safe for concurrent use.
type Requests struct{ times family }

// NewRequests makes it. The bounds stand close where the bars of pages lie (0.1 and 0.3 seconds).
func NewRequests() *Requests {
	return &Requests{family{
		kind: histogram, name: "mohur_http_request_seconds", help: "Time of a request, by route and status.",
		labels: []string{"method", "route", "status"}, bounds: []float64{0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30, 60},
	}}
}

// Observe counts an answer. The route is its pattern, never the path that was asked for.
func (q *Requests) Observe(took time.Duration, method, route string, status int) {
	q.times.observe(took.Seconds(), known(method), route, strconv.Itoa(status))
}

// metrics are what /metrics shows. No label holds a name, a file or an address.
type metrics struct {
	requests, outcomes, documents, running *family

	gauges func() []Gauge // of the program's other parts; nil for none
}

// newMetrics makes them. A family without labels is there from the beginning, at 0.
func newMetrics(requests *Requests, gauges func() []Gauge) *metrics {
	m := &metrics{
		gauges: gauges, requests: &requests.times,
		outcomes: &family{
			kind: counter, name: "mohur_verifications_total", help: "Documents judged, by format and indication.",
			labels: []string{"format", "indication"},
		},
		documents: &family{
			kind: histogram, name: "mohur_verification_document_bytes", help: "Size of the documents judged.", bounds: exponential(1<<12, 4, 9),
		},
		running: &family{kind: gauge, name: "mohur_verifications_running", help: "Verifications that run now."},
	}
	m.documents.at(nil)
	m.running.at(nil)
	return m
}

// ServeHTTP shows the figures of the interface, of the Go runtime and of the process.
func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	writeRuntime(&b)
	writeProcess(&b, "/proc")
	for _, f := range []*family{m.requests, m.documents, m.running, m.outcomes} {
		f.write(&b)
	}
	if m.gauges != nil {
		last := ""
		for _, g := range m.gauges() {
			if g.Name != last {
				head(&b, g.kind(), g.Name, g.Help)
			}
			last = g.Name
			line(&b, g.Name, g.labels(), g.Value)
		}
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}

func (g Gauge) kind() kindOf {
	if g.Counter {
		return counter
	}
	return gauge
}

func (g Gauge) labels() string {
	if g.Label == "" {
		return ""
	}
	return g.Label + "=" + strconv.Quote(g.LabelValue)
}

// observe measures each request under its route's pattern.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.Now()
		rec := &statusRecorder{ResponseWriter: w}
		next.ServeHTTP(rec, r)
		route := chi.RouteContext(r.Context()).RoutePattern()
		if route == "" {
			route = "none"
		}
		s.Requests.Observe(s.Now().Sub(start), r.Method, route, rec.code())
	})
}

// known is a request's method, or "other": a client can invent as many as it likes, and each would be a series kept for good.
func known(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter. Informational answers (1xx) come before the one that counts.
func (w *statusRecorder) WriteHeader(status int) {
	if w.status == 0 && (status >= 200 || status == http.StatusSwitchingProtocols) {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// code is the status; an answer that never named one has 200.
func (w *statusRecorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}
