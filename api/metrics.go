package api

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are what /metrics shows. No label holds a name, a file or an address.
type metrics struct {
	requests  *prometheus.HistogramVec
	outcomes  *prometheus.CounterVec
	documents prometheus.Histogram
	running   prometheus.Gauge
}

// newMetrics registers them.
func newMetrics(reg *prometheus.Registry) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "mohur_http_request_seconds", Help: "Time of a request, by route and status.", Buckets: prometheus.ExponentialBuckets(0.002, 3, 10),
		}, []string{"method", "route", "status"}),
		outcomes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "mohur_verifications_total", Help: "Documents judged, by format and indication.",
		}, []string{"format", "indication"}),
		documents: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "mohur_verification_document_bytes", Help: "Size of the documents judged.", Buckets: prometheus.ExponentialBuckets(1<<12, 4, 9),
		}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "mohur_verifications_running", Help: "Verifications that run now."}),
	}
	for _, c := range []prometheus.Collector{m.requests, m.outcomes, m.documents, m.running, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("api: metrics: %w", err)
		}
	}
	return m, nil
}

// observe measures each request under its route's pattern.
func (s *server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		route := chi.RouteContext(r.Context()).RoutePattern()
		if route == "" {
			route = "none"
		}
		status := ww.Status()
		if status == 0 {
			status = http.StatusOK
		}
		s.metrics.requests.WithLabelValues(r.Method, route, strconv.Itoa(status)).Observe(s.Now().Sub(start).Seconds())
	})
}
