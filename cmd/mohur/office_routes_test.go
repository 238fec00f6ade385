package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/credential"
	"mohur/pkcs11"
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
	none, err := credential.New(credential.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c := (&sealer{credentials: none}).health(t.Context()); len(c) != 0 {
		t.Errorf("no seal configured: %+v", c)
	}
	away := func(context.Context) (credential.Key, error) { return nil, &pkcs11.Error{Code: pkcs11.ErrNoToken} }
	set, err := credential.New(credential.Options{
		Now: time.Now, Judge: func(context.Context, *certs.Certificate, []*certs.Certificate, time.Time) *certs.Result {
			return &certs.Result{}
		},
		Credentials: []credential.Config{{Name: "default", Members: []credential.MemberConfig{{Open: away}, {Open: away}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if c := (&sealer{credentials: set}).health(t.Context()); len(c) != 1 || c[0].Name != "token" || c[0].OK || c[0].Detail != "default: 2 failing (no-token)" {
		t.Errorf("a seal that is not there: %+v", c)
	}
}
