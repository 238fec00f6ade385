package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mohur/internal/demopki"
)

// Scripts in testdata/script are the command line as its users see it: the real program as a subprocess, real files, a real soft token. The
// program pki makes what they need; it is in pki_test.go.
func TestMain(m *testing.M) {
	if _, fake := os.LookupEnv("FAKE_PINENTRY"); fake && len(os.Args) == 1 { // the window of a test's own host
		fakePinentry()
		return
	}
	if len(os.Args) == 3 && os.Args[1] == "driver" { // a test's own driver process
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if len(os.Args) > 1 && os.Args[1] == "serve" { // the service that a test kills
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if len(os.Args) > 1 && os.Args[1] == "webeid-host" { // the program that a test's browser starts
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	if len(os.Args) > 2 && os.Args[1] == "draw" { // and a drawing one
		os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"mohur":   main,
		"pki":     pkiMain,
		"browser": browserMain,
	})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script"),
		RequireExplicitExec: true,
		Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
		Setup: func(env *testscript.Env) error {
			srv := httptest.NewServer(scriptServices(filepath.Join(env.WorkDir, "pki")))
			env.Defer(srv.Close)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state"))
			env.Setenv("SOFTHSM2_CONF", filepath.Join(env.WorkDir, "soft", "softhsm2.conf"))
			env.Setenv("LANG", "C.UTF-8")
			// $PKI maps the addresses in certificates to this script's own services.
			env.Setenv("PKI", demopki.DefaultBaseURL+"/="+strings.TrimPrefix(srv.URL, "http://"))
			return nil
		},
	})
}

// exits is the script command "exits STATUS PROGRAM ARGS...": like exec, but for one exit status.
func exits(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM ARGS...")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var status *exec.ExitError
		if !errors.As(err, &status) {
			ts.Fatalf("%v", err)
		}
		got = strconv.Itoa(status.ExitCode())
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// scriptServices serves CA certificates, CRLs, OCSP and timestamps of the hierarchy that the script makes in a folder. A file "fault" there,
// holding dead, refuse, imprint or nonce, makes the TSA misbehave.
func scriptServices(dir string) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h, err := demopki.Load(dir, demopki.Options{Now: time.Now})
		mu.Unlock()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if b, err := os.ReadFile(filepath.Join(dir, "fault")); err == nil {
			h.SetFault(demopki.TSAService, map[string]demopki.Fault{
				"dead": {Dead: true}, "refuse": {Refuse: true}, "imprint": {WrongImprint: true}, "nonce": {WrongNonce: true},
			}[strings.TrimSpace(string(b))])
		}
		h.Handler().ServeHTTP(w, r)
	})
}
