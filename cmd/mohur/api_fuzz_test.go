//go:build apifuzz

package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
)

// TestAPIFuzz serves a real office over SQLite, with a case in it, on loopback, and lets the command in MOHUR_API_FUZZ try its interface: once with the key of
// a body's program and once with the agency's, in MOHUR_URL and MOHUR_KEY. scripts/schemathesis.sh is what runs it.
func TestAPIFuzz(t *testing.T) {
	command := os.Getenv("MOHUR_API_FUZZ")
	if command == "" {
		t.Fatal("MOHUR_API_FUZZ, the command that tries the interface, is not set; make api-fuzz sets it")
	}
	a := newAccess(t, func(c *config) { c.API.PerSecond = 1_000_000 })
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	a.must(err)
	s := &http.Server{Handler: a.handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(l) }()
	defer func() { _ = s.Close() }()
	url := "http://" + l.Addr().String()
	for _, p := range []struct {
		name string
		who  docket.Actor
	}{{"body", a.demo.story.rep}, {"agency", a.actor(a.accounts[string(docket.RoleAdmin)])}} {
		_, key, err := a.desk().MakeAPIKey(t.Context(), p.who, desk.NewAPIKey{Name: "schemathesis", Scopes: docket.Scopes(p.who.BodyID == "")})
		a.must(err)
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "sh", "-c", command)
		cmd.Env = append(os.Environ(), "MOHUR_URL="+url, "MOHUR_KEY="+key, "MOHUR_PROGRAM="+p.name)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			t.Errorf("as the program of %s: %v", p.name, err)
		}
	}
	a.answers(url)
}

// answers counts the requests by their status, and refuses failures of ours.
func (a *access) answers(url string) {
	a.Helper()
	res, err := http.Get(url + "/metrics")
	a.must(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	a.must(err)
	all := 0.0
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "mohur_http_request_seconds_count{") {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndex(line, " ")+1:]), 64)
		a.must(err)
		all += n
		if strings.Contains(line, `status="500"`) {
			a.Error(line)
		}
	}
	a.Logf("%.0f requests were answered", all)
}
