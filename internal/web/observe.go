package web

import (
	"cmp"
	"net/http"
)

// observe tells Options.Observe of each answer under its route's pattern, so that no label holds an id or a secret of a path.
func (s *site) observe(next http.Handler) http.Handler {
	if s.Observe == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := s.Now()
		rec := &statusRecorder{ResponseWriter: w}
		next.ServeHTTP(rec, r)
		s.Observe(s.Now().Sub(start), r.Method, cmp.Or(route(r), "none"), cmp.Or(rec.status, http.StatusOK))
	})
}

// statusRecorder remembers the status of an answer.
type statusRecorder struct {
	http.ResponseWriter
	status int // 0: none was named
}

// WriteHeader implements http.ResponseWriter. Informational answers come before the one that counts.
func (w *statusRecorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusRecorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
