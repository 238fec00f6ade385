package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/internal/demopki"
	"mohur/internal/webeid"
	"mohur/pkcs11"
)

// fakePinentry is a pinentry program for tests. The file FAKE_PINENTRY says what the person does with each window, a line each, first line first:
// "pin 1234", "ok", "other", "cancel", "timeout", "hang", or "until NAME": another one until the window names it. What it was told goes to
// FAKE_PINENTRY.log.
func fakePinentry() {
	file := os.Getenv("FAKE_PINENTRY")
	heard, err := os.OpenFile(file+".log", os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		os.Exit(1)
	}
	fmt.Println("OK fake")
	in, said := bufio.NewScanner(os.Stdin), ""
	for in.Scan() {
		fmt.Fprintln(heard, strings.ReplaceAll(in.Text(), "%0A", "\n"))
		switch in.Text() {
		case "BYE":
			return
		case "GETPIN", "CONFIRM", "MESSAGE":
			fmt.Println(fakeAnswer(file, said))
		default:
			if text, ok := strings.CutPrefix(in.Text(), "SETDESC "); ok {
				said = text
			}
			fmt.Println("OK")
		}
	}
}

// fakeAnswer takes the first line of the file away.
func fakeAnswer(file, said string) string {
	b, err := os.ReadFile(file)
	first, rest, _ := strings.Cut(string(b), "\n")
	if name, ok := strings.CutPrefix(first, "until "); ok {
		if !strings.Contains(said, name) {
			return "ERR 83886194 Not confirmed"
		}
		first = "ok"
	}
	if err != nil || os.WriteFile(file, []byte(rest), 0o600) != nil {
		return "ERR 1 no file"
	}
	what, argument, _ := strings.Cut(first, " ")
	switch what {
	case "pin":
		return "D " + argument + "\nOK"
	case "ok":
		return "OK"
	case "other":
		return "ERR 83886194 Not confirmed"
	case "timeout":
		return "ERR 83886142 Timeout"
	case "hang":
		time.Sleep(time.Minute)
	}
	return "ERR 83886179 Operation cancelled"
}

// browserMain is the program "browser" of the scripts: it starts a native messaging host as Chromium does, prints the greeting and, when it is
// given a message, sends it and prints the answer.
//
//	browser HOST CALLER [MESSAGE]
func browserMain() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[1], os.Args[2])
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	greeting, err := webeid.ReadMessage(out)
	fmt.Printf("%s\n", greeting)
	if err == nil && len(os.Args) > 3 {
		err = webeid.WriteMessage(in, json.RawMessage(os.Args[3]))
		if err == nil {
			var answer []byte
			answer, err = webeid.ReadMessage(out)
			fmt.Printf("%s\n", answer)
		}
	}
	_ = in.Close()
	if err := errors.Join(err, cmd.Wait()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// browserBench is a person's computer: a token with the keys of a person, the user's own file, and a pinentry that does as it is told.
type browserBench struct {
	t       *testing.T
	h       *demopki.Hierarchy
	module  string
	conf    string // the host's file
	answers string
	certs   map[string][]byte // by the key's label
}

// newBrowserBench makes a token "Kart" with the PIN 271828 and a certified key for each label: one that begins with "login" is for logging in.
func newBrowserBench(t *testing.T, keys map[string]string) *browserBench {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	t.Setenv("SOFTHSM2_CONF", "")
	t.Setenv("FAKE_PINENTRY", filepath.Join(dir, "answers"))
	t.Setenv("LANG", "C.UTF-8")
	t.Setenv("LC_ALL", "")
	b := &browserBench{t: t, conf: filepath.Join(dir, "webeid.toml"), answers: filepath.Join(dir, "answers"), certs: map[string][]byte{}}
	var err error
	if b.module, err = pkcs11.SoftHSM(); err != nil {
		t.Fatal(err)
	}
	if err := pkcs11.UseSoftHSM(filepath.Join(dir, "soft")); err != nil {
		t.Fatal(err)
	}
	if b.h, err = demopki.New(demopki.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	b.configure("")
	b.token("Kart", keys)
	return b
}

// token makes one more token.
func (b *browserBench) token(label string, keys map[string]string) {
	b.t.Helper()
	ctx := context.Background()
	m, err := newLoader().Open(pkcs11.Options{Path: b.module})
	if err != nil {
		b.t.Fatal(err)
	}
	defer m.Close()
	pin := pkcs11.NewPIN([]byte("271828"))
	info, err := m.InitToken(ctx, label, pkcs11.NewPIN([]byte("officer-123")), pin)
	if err != nil {
		b.t.Fatal(err)
	}
	t, err := m.Token(ctx, info.URI(), pkcs11.TokenOptions{PIN: pkcs11.FixedPIN{Secret: pin}})
	if err != nil {
		b.t.Fatal(err)
	}
	defer t.Close()
	id := byte(0)
	for key, kind := range keys {
		id++
		k, err := t.GenerateKey(ctx, pkcs11.KeySpec{Label: key, ID: []byte{id}, Kind: kind, AlwaysAuthenticate: strings.HasSuffix(key, "-each")})
		if err != nil {
			b.t.Fatal(err)
		}
		profile := demopki.Profile{PublicKey: k.Public(), Authentication: strings.HasPrefix(key, "login")}
		if strings.HasSuffix(key, "-expired") {
			profile.Defect = demopki.Expired
		}
		s, err := b.h.Person(demopki.Person{Profile: profile, Surname: "Əliyeva\u202e\nPIN: " + key})
		if err != nil {
			b.t.Fatal(err)
		}
		if err := t.ImportCertificate(ctx, k, s.Certificate); err != nil {
			b.t.Fatal(err)
		}
		b.certs[key] = s.Certificate
	}
}

// configure writes the host's file, with the fake pinentry and the bench's module.
func (b *browserBench) configure(more string) {
	b.t.Helper()
	self, err := os.Executable()
	if err != nil {
		b.t.Fatal(err)
	}
	text := fmt.Sprintf("pinentry = %q\nmodules = [%q]\n%s\n", self, b.module, more)
	if err := os.WriteFile(b.conf, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// person says what the person will do, and forgets earlier windows.
func (b *browserBench) person(does ...string) {
	b.t.Helper()
	os.Remove(b.answers + ".log")
	if err := os.WriteFile(b.answers, []byte(strings.Join(does, "\n")), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// windows is all that windows showed since person.
func (b *browserBench) windows() string {
	b.t.Helper()
	text, err := os.ReadFile(b.answers + ".log")
	if err != nil && !os.IsNotExist(err) {
		b.t.Fatal(err)
	}
	return string(text)
}

// ask plays the extension: greeting, command, answer. It checks that there is one answer and that no window is left that nobody asked for.
func (b *browserBench) ask(command string, arguments map[string]any, options ...string) []byte {
	b.t.Helper()
	message, err := json.Marshal(map[string]any{"command": command, "arguments": arguments})
	if err != nil {
		b.t.Fatal(err)
	}
	return b.send(message, options...)
}

func (b *browserBench) send(message []byte, options ...string) []byte {
	b.t.Helper()
	toHost, in := io.Pipe()
	var out, log strings.Builder
	hostIn, w, err := os.Pipe()
	if err != nil {
		b.t.Fatal(err)
	}
	defer hostIn.Close()
	defer w.Close()
	go func() { _, _ = io.Copy(w, toHost) }()
	go func() { _ = webeid.WriteMessage(in, json.RawMessage(message)) }()
	args := append([]string{"--config", b.conf}, options...)
	args = append(args, "--", "chrome-extension://"+extensionChrome+"/")
	if status := runWebeid(args, streams{In: hostIn, Out: &out, Err: &log}); status != exitPassed {
		b.t.Fatalf("status %d: %s", status, log.String())
	}
	if strings.Contains(log.String(), "271828") || strings.Contains(out.String(), "271828") || strings.Contains(b.windows(), "271828") {
		b.t.Fatal("the PIN went where it must not")
	}
	r := strings.NewReader(out.String())
	greeting, err := webeid.ReadMessage(r)
	if err != nil || string(greeting) != `{"version":"2.8.0+0"}` {
		b.t.Fatalf("greeting %s, %v", greeting, err)
	}
	answer, err := webeid.ReadMessage(r)
	if err != nil || r.Len() != 0 {
		b.t.Fatalf("%d bytes follow the answer %s; %v; %s", r.Len(), answer, err, log.String())
	}
	return answer
}

// code is the error code of an answer, empty for a success.
func code(t *testing.T, answer []byte) webeid.Code {
	t.Helper()
	var f webeid.Failure
	if err := json.Unmarshal(answer, &f); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	return f.Error.Code
}

// publicOf is a certificate's key.
func publicOf(t *testing.T, der []byte) any {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c.PublicKey
}
