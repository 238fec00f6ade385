package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestProgramsAndPeopleAreToldApart holds which of the two handlers answers a path: a route of the API that the mux does not know would show a
// page that does not exist.
func TestProgramsAndPeopleAreToldApart(t *testing.T) {
	said := func(who string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Who", who) })
	}
	h := (&office{pages: said("people"), programs: said("programs")}).handler()
	for path, want := range map[string]string{
		"/": "people", "/verify": "people", "/register": "people", "/d/x": "people",
		"/v1/verifications": "programs", "/services/rest/validation/validateSignature": "programs", "/validate": "programs",
		"/validateHashcode": "programs", "/getDataFiles": "programs", "/openapi.json": "programs", "/healthz": "programs", "/readyz": "programs", "/metrics": "programs",
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		if got := w.Header().Get("Who"); got != want {
			t.Errorf("%s is answered to %s, want %s", path, got, want)
		}
	}
}

// TestAServiceWithoutASealNeedsNoToken: one that only verifies must be found ready.
func TestAServiceWithoutASealNeedsNoToken(t *testing.T) {
	if c := (&sealer{}).health(t.Context()); len(c) != 0 {
		t.Errorf("no seal configured: %+v", c)
	}
	s := &sealer{seals: map[string]seal{"another": {}}}
	if c := s.health(t.Context()); len(c) != 1 || c[0].Name != "token" || c[0].OK || c[0].Detail == "" {
		t.Errorf("a seal that is not there: %+v", c)
	}
}
