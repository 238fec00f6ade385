package pkcs11

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestAPINDoesNotLetItselfBePrinted(t *testing.T) {
	pin := NewPIN([]byte("271828"))
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "pin", pin, "pointer", &pin, "inside", struct{ P PIN }{pin})
	js, err := json.Marshal(map[string]any{"pin": pin})
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{
		fmt.Sprintf("%v %+v %#v %s %q %x %X %d", pin, pin, pin, pin, pin, pin, pin, pin), fmt.Sprint(&pin, []PIN{pin}, FixedPIN{pin}), log.String(), string(js),
	} {
		for _, secret := range []string{"271828", "323731383238", "50 55 49"} {
			if strings.Contains(shown, secret) {
				t.Errorf("%s", shown)
			}
		}
	}
}

func TestPINsFromSystemdCredentials(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "credentials")
	if err := os.Mkdir(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	put := func(name, text string, mode os.FileMode) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := errors.Join(os.Chmod(dir, 0o700), os.RemoveAll(p), os.WriteFile(p, []byte(text), 0o600), os.Chmod(p, mode), os.Chmod(dir, 0o500)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	for _, pin := range []string{"1234", "5678"} { // it is read for each log-in
		put("seal-pin", pin+"\n", 0o400)
		got, version, err := CredentialPIN("seal-pin").PIN(t.Context(), PINRequest{})
		if err != nil || reveal(got) != pin || version == "" {
			t.Errorf("%v, version %q", err, version)
		}
	}
	put("open", "1234", 0o444)
	put("empty", "", 0o400)
	for _, name := range []string{"open", "empty", "absent", "", "..", "../credentials/seal-pin", "a/b", dir + "/seal-pin"} {
		if _, _, err := CredentialPIN(name).PIN(t.Context(), PINRequest{}); !errors.Is(err, ErrPINSource) || strings.Contains(err.Error(), "1234") {
			t.Errorf("%q: %v", name, err)
		}
	}
	bad := map[string]func() error{
		"folder that all may enter": func() error { return os.Chmod(dir, 0o755) },
		"not set":                   func() error { return os.Unsetenv("CREDENTIALS_DIRECTORY") },
		"relative":                  func() error { return os.Setenv("CREDENTIALS_DIRECTORY", "credentials") },
		"absent":                    func() error { return os.Setenv("CREDENTIALS_DIRECTORY", filepath.Join(dir, "absent")) },
	}
	for name, spoil := range bad {
		if err := errors.Join(os.Chmod(dir, 0o500), os.Setenv("CREDENTIALS_DIRECTORY", dir), spoil()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := CredentialPIN("seal-pin").PIN(t.Context(), PINRequest{}); !errors.Is(err, ErrPINSource) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPINFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) FilePIN {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(p, mode); err != nil {
			t.Fatal(err)
		}
		return FilePIN(p)
	}
	good := map[string]FilePIN{"0600": write("a", "1234\n", 0o600), "0400, no newline": write("b", "1234", 0o400), "CRLF": write("c", "1234\r\nnote\n", 0o600)}
	for name, f := range good {
		pin, version, err := f.PIN(t.Context(), PINRequest{})
		if err != nil || reveal(pin) != "1234" || version == "" {
			t.Errorf("%s: %v %q", name, err, version)
		}
	}
	bad := map[string]FilePIN{
		"empty": write("d", "\n", 0o600), "too long": write("e", strings.Repeat("1", maxPIN+1), 0o600), "absent": FilePIN(filepath.Join(dir, "absent")),
		"not text": write("f", "\xff\xfe1", 0o600),
	}
	if runtime.GOOS != "windows" {
		bad["group may read"], bad["all may read"], bad["a folder"] = write("g", "1234", 0o640), write("h", "1234", 0o604), FilePIN(dir)
	}
	for name, f := range bad {
		if _, _, err := f.PIN(t.Context(), PINRequest{}); !errors.Is(err, ErrPINSource) || strings.Contains(err.Error(), "1234") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheEnvironmentGivesItsPINOnce(t *testing.T) {
	t.Setenv("MOHUR_TEST_PIN", "1234")
	e, err := NewEnvironmentPIN("MOHUR_TEST_PIN")
	if err != nil {
		t.Fatal(err)
	}
	if _, there := os.LookupEnv("MOHUR_TEST_PIN"); there {
		t.Error("a child process would inherit the PIN")
	}
	for range 2 { // wiping what was handed out leaves the source whole
		pin, _, err := e.PIN(t.Context(), PINRequest{})
		if err != nil || reveal(pin) != "1234" {
			t.Fatal(err)
		}
		pin.wipe()
	}
	if _, err := NewEnvironmentPIN("MOHUR_TEST_PIN"); !errors.Is(err, ErrPINSource) {
		t.Error(err)
	}
	giveUp := PromptPIN(func(context.Context, PINRequest) (PIN, error) { return PIN{}, errors.New("no terminal") })
	if _, _, err := giveUp.PIN(t.Context(), PINRequest{}); !errors.Is(err, ErrPINSource) {
		t.Error(err)
	}
}

// reveal is a test's look at a PIN.
func reveal(p PIN) (secret string) {
	_ = p.reveal(func(b []byte) error {
		secret = string(b)
		return nil
	})
	return secret
}

func TestAPINIsWipedAndItsTwinIsNot(t *testing.T) {
	given := []byte("1234")
	pin := NewPIN(given)
	clear(given)
	twin := pin.clone()
	copied := pin
	pin.wipe()
	if reveal(copied) != "\x00\x00\x00\x00" || reveal(twin) != "1234" || twin.empty() || !(PIN{}).empty() || !NewPIN(nil).empty() {
		t.Errorf("%q %q", reveal(copied), reveal(twin))
	}
	for range 50 { // memory that was given back must not be touched
		runtime.GC()
		if p := NewPIN([]byte("4321")).clone(); reveal(p) != "4321" {
			t.Fatal("lost")
		}
	}
}
