package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/demopki"
	"mohur/internal/fetch"
	"mohur/verify"
	"mohur/verify/etsi"
)

// answering serves a hierarchy's published data on loopback; while hanging it accepts and never answers.
type answering struct {
	*httptest.Server
	asked   atomic.Int32
	hanging atomic.Bool
}

func serving(t *testing.T, h http.Handler) *answering {
	t.Helper()
	a := &answering{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.asked.Add(1)
		if a.hanging.Load() {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-r.Context().Done():
			case <-time.After(5 * time.Second):
			}
			return
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *answering) client(t *testing.T) *fetch.Client {
	t.Helper()
	c, err := fetch.New(fetch.Options{Timeout: 300 * time.Millisecond, Map: map[string]string{demopki.DefaultBaseURL + "/": strings.TrimPrefix(a.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestRevocationDataSurvivesARestartAndADeadResponder: what was fetched once serves another process, and while the responder hangs one verdict
// waits for its time limit and no other does.
func TestRevocationDataSurvivesARestartAndADeadResponder(t *testing.T) {
	h, in := withoutIntermediate(t)
	a := serving(t, h.Handler())
	in.Time = time.Time{}
	now := in.Now
	if now == nil {
		now = func() time.Time { return demopki.Epoch().Add(time.Hour + time.Minute) }
	}
	in.Now = now
	dir := t.TempDir()
	verdict := func(dir string) (etsi.Indication, time.Duration) {
		cache := wayOut(a.client(t), dir, now)
		in.Revocation = &certs.OnlineRevocation{Fetch: cache}
		issuers := &issuerFetcher{fetch: cache}
		start := time.Now()
		r, err := issuers.document(t.Context(), in, verify.Basic())
		if err != nil {
			t.Fatal(err)
		}
		return r.Indication, time.Since(start)
	}
	list, err := certs.FetchIssuers(t.Context(), a.client(t), mustParse(t, in), 1)
	if err != nil {
		t.Fatal(err)
	}
	in.Certificates = list
	if v, _ := verdict(dir); v != etsi.TotalPassed {
		t.Fatal(v)
	}
	asked := a.asked.Load()
	if v, _ := verdict(dir); v != etsi.TotalPassed || a.asked.Load() != asked {
		t.Errorf("%s after a restart, %d requests more", v, a.asked.Load()-asked)
	}
	a.hanging.Store(true)
	if v, d := verdict(dir); v != etsi.TotalPassed || d > 200*time.Millisecond {
		t.Errorf("%s after %s from what is kept, while the responder hangs", v, d)
	}
	if v, d := verdict(""); v != etsi.Indeterminate || d < 300*time.Millisecond || d > 1200*time.Millisecond {
		t.Errorf("%s after %s: a hanging responder delays by its limit of 300 ms once", v, d)
	}
	cache := wayOut(a.client(t), "", now) // one process, two verdicts
	in.Revocation = &certs.OnlineRevocation{Fetch: cache}
	for i, limit := range []time.Duration{1200 * time.Millisecond, 150 * time.Millisecond} {
		start := time.Now()
		if _, err := (&issuerFetcher{fetch: cache}).document(t.Context(), in, verify.Basic()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > limit {
			t.Errorf("verdict %d took %s", i+1, d)
		}
	}
}

// TestListsOfTrustedAuthoritiesAreKeptAtHand is the service's round: what the stores and the verdicts name is fetched, written down, shown.
func TestListsOfTrustedAuthoritiesAreKeptAtHand(t *testing.T) {
	h, in := withoutIntermediate(t)
	a := serving(t, h.Handler())
	now := func() time.Time { return demopki.Epoch().Add(time.Hour + time.Minute) }
	issuers, err := certs.FetchIssuers(t.Context(), a.client(t), mustParse(t, in), 1)
	if err != nil {
		t.Fatal(err)
	}
	dir, trustDir, candidates := t.TempDir(), t.TempDir(), t.TempDir()
	for name, raw := range map[string][]byte{filepath.Join(trustDir, "root.cer"): h.Root().Raw, filepath.Join(candidates, "ca.cer"): issuers[0].Raw} {
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log := &lockedBuffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	trust, err := openTrust(trustConfig{Anchors: []string{trustDir}, Intermediates: []string{candidates}}, now, logger)
	if err != nil {
		t.Fatal(err)
	}
	open := func() *revocationLists {
		return newRevocationLists(wayOut(a.client(t), dir, now), trust, dir, now, logger)
	}
	l := open()
	l.round(t.Context())
	if c := l.check(); !c.OK || c.Detail != "1/1" { // the root's list, which its intermediate names
		t.Errorf("%+v", c)
	}
	leaf := mustParse(t, in)
	l.standby.Note(leaf, issuers[0])
	l.round(t.Context())
	if c := l.check(); !c.OK || c.Detail != "2/2" {
		t.Errorf("%+v", c)
	}
	asked := a.asked.Load()
	again := open() // a restart: known lists, nothing to fetch
	again.round(t.Context())
	if c := again.check(); c.Detail != "2/2" || a.asked.Load() != asked {
		t.Errorf("%+v, %d requests after a restart", c, a.asked.Load()-asked)
	}
	if g := again.gauges(); len(g) != 4 || g[0].Value != 2 || g[1].Value != 2 || g[2].Value != 0 {
		t.Errorf("%+v", g)
	}
	a.hanging.Store(true)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	dead := open()
	dead.round(t.Context())
	if c := dead.check(); c.OK || !strings.HasPrefix(c.Detail, "0/1: ") {
		t.Errorf("%+v", c)
	}
	if n := strings.Count(log.String(), "revocation list not fetched"); n != 1 {
		t.Errorf("told %d times\n%s", n, log)
	}
	if err := os.WriteFile(filepath.Join(dir, listsFile), []byte("[{"), 0o600); err != nil {
		t.Fatal(err)
	}
	open().round(t.Context()) // a damaged file is told, and nothing else
	if !strings.Contains(log.String(), "lists of the last run are not known") {
		t.Error(log.String())
	}
}

func TestWhereVerifyKeepsRevocationData(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/home/x/.cache")
	for flag, want := range map[string]string{"": "/home/x/.cache/mohur/revocation", "none": "", "/x": "/x"} {
		if got := (&verifyOptions{cache: flag}).cacheDir(); got != want {
			t.Errorf("--cache %q: %q", flag, got)
		}
	}
}
