package api

import (
	"encoding/json"
	"net/http"
)

// Health is the body of /healthz and /readyz.
type Health struct {
	Status string  `json:"status" enum:"ok,failing"`
	Checks []Check `json:"checks"`
}

// getHealth answers as long as the process does.
func (s *server) getHealth(w http.ResponseWriter, _ *http.Request) {
	writeHealth(w, []Check{})
}

// getReadiness answers 200 when every part of the program answers, else 503 with the same body.
func (s *server) getReadiness(w http.ResponseWriter, r *http.Request) {
	checks := []Check{}
	if s.Ready != nil {
		checks = append(checks, s.Ready(r.Context())...)
	}
	writeHealth(w, checks)
}

func writeHealth(w http.ResponseWriter, checks []Check) {
	status, h := http.StatusOK, Health{Status: "ok", Checks: checks}
	for _, c := range checks {
		if !c.OK {
			status, h.Status = http.StatusServiceUnavailable, "failing"
		}
	}
	b, err := json.Marshal(h)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
