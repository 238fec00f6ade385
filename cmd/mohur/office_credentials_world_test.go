package main

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/credential"
)

// TestCredentialsOfARunningOffice: what is seen of them, and that draining in the database reaches the service, with real tokens.
func TestCredentialsOfARunningOffice(t *testing.T) {
	t.Setenv("SOFTHSM2_CONF", "") // put back at the end
	ctx, cancel := context.WithCancel(t.Context())
	w, err := openWorld(ctx, demoOptions{dir: filepath.Join(t.TempDir(), "demo")}, time.Now, func(string, ...any) {})
	t.Cleanup(func() {
		cancel()
		if err := w.close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) string {
		t.Helper()
		res, err := http.Get(w.address + path) //nolint:noctx // ends with the test
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	state := func(member string) credential.State {
		for _, s := range w.office.sealer.credentials.Status() {
			if s.Credential+"/"+s.Member == member {
				return s.State
			}
		}
		return ""
	}
	await := func(member string, want credential.State) {
		t.Helper()
		for range 1000 {
			if state(member) == want {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("%s is %s, want %s", member, state(member), want)
	}
	signs := func(want string) {
		t.Helper()
		p, err := w.office.sealer.Profile(ctx, defaultCredential)
		if err != nil || p.Member != want {
			t.Errorf("member %q would seal, want %s: %v", p.Member, want, err)
		}
	}
	for _, m := range []string{"default/1", "default/2", "kadr/1"} {
		await(m, credential.StateReady)
	}
	ready := get("/readyz")
	if !strings.Contains(ready, `"default: 2 ready; kadr: 1 ready"`) || strings.Contains(ready, agencyName) {
		t.Error(ready)
	}
	figures := get("/metrics")
	for _, want := range []string{
		`mohur_credential_usable{member="default/1"} 1`, `mohur_credential_certificate_end_seconds{member="kadr/1"} `, "# TYPE mohur_credential_signatures_total counter",
	} {
		if !strings.Contains(figures, want) {
			t.Errorf("/metrics does not hold %s", want)
		}
	}
	signs("1")

	drain := func(member string, out bool) {
		t.Helper()
		if err := w.office.desk.DrainCredential(ctx, docket.System(), defaultCredential, member, out); err != nil {
			t.Fatal(err)
		}
	}
	drain("1", true) // as another process, or the command line, would
	await("default/1", credential.StateDrained)
	signs("2")
	putBack, err := w.pullOut() // now the token can be taken away: nobody misses it, and nobody touches it
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if err := putBack(); err != nil {
		t.Fatal(err)
	}
	if s := state("default/1"); s != credential.StateDrained {
		t.Errorf("while it was away: %s", s)
	}
	drain("", true)
	await("default/2", credential.StateDrained)
	if _, err := w.office.sealer.Profile(ctx, defaultCredential); docket.KeyOf(err) != docket.KeySealDrained || errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if ready := get("/readyz"); !strings.Contains(ready, "default: 2 drained; kadr: 1 ready") || !strings.Contains(ready, `"status":"ok"`) {
		t.Errorf("one credential still seals: %s", ready)
	}
	drain("", false)
	drain("1", false)
	for range 1000 {
		if state("default/1") != credential.StateDrained && state("default/2") != credential.StateDrained {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	signs("1")
}
