package pkcs11

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"unicode/utf8"
)

// maxPIN bounds a PIN file.
const maxPIN = 256

// PIN is a secret that does not let itself be printed, in memory that is not swapped out. The zero value is no PIN.
type PIN struct{ held *secret }

// secret is what the copies of one PIN share. Its memory is given back when nobody holds it any more.
type secret struct{ b []byte }

// NewPIN copies a secret; the caller overwrites its own. No token takes one that is longer than a page of memory, which is cut.
func NewPIN(b []byte) PIN {
	page, release := lockedPage()
	s := &secret{page[:copy(page, b)]}
	runtime.AddCleanup(s, func(release func()) { release() }, release)
	return PIN{s}
}

// reveal hands the secret to use, empty for no PIN. The slice must not be kept: its memory goes with the PIN.
func (p PIN) reveal(use func([]byte) error) error {
	if p.held == nil {
		return use(nil)
	}
	defer runtime.KeepAlive(p.held)
	return use(p.held.b)
}

// clone is the same secret in memory of its own.
func (p PIN) clone() (twin PIN) {
	_ = p.reveal(func(b []byte) error {
		twin = NewPIN(b)
		return nil
	})
	return twin
}

// empty says that there is no secret, or one of no length.
func (p PIN) empty() bool { return p.held == nil || len(p.held.b) == 0 }

const hidden = "[PIN]"

// String hides the secret.
func (p PIN) String() string { return hidden }

// Format hides the secret from every verb, %x and %d included.
func (p PIN) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText hides the secret from JSON and slog.
func (p PIN) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// wipe overwrites the secret. Copies that the runtime or the driver's binding made are beyond reach.
func (p PIN) wipe() {
	_ = p.reveal(func(b []byte) error {
		clear(b)
		return nil
	})
}

// PINRequest tells a source what the PIN is for, so that a person can decide.
type PINRequest struct {
	Token TokenInfo // with fresh flags: FlagPINCountLow says that a wrong PIN was given since the last good one
	Key   string    // set when the key wants the PIN again for this one signature (CKA_ALWAYS_AUTHENTICATE)
	Retry bool      // the PIN given a moment ago was wrong

	// AtReader says that the PIN is typed on the reader's own keys: the source only tells the person so, and what it returns is not used.
	AtReader bool
}

// PINSource gives a PIN when a log-in needs one. Sources are asked anew for each log-in.
type PINSource interface {
	// PIN returns the secret and a version that changes when the secret does, empty when the source can't tell.
	PIN(ctx context.Context, r PINRequest) (pin PIN, version string, err error)
	// Name tells sources apart in the attempt journal. It must not say anything about the secret.
	Name() string
	// Attended says that a person answers each request, who may be asked again after a wrong PIN.
	Attended() bool
}

// FilePIN reads the PIN from a file's first line. The file must belong to the user who runs the program, or to root, and be readable by
// nobody else (modes 0400 and 0600).
type FilePIN string

// Name implements PINSource.
func (f FilePIN) Name() string { return "file:" + string(f) }

// Attended implements PINSource.
func (f FilePIN) Attended() bool { return false }

// PIN implements PINSource. The version is the file's identity: when it was changed, and its size.
func (f FilePIN) PIN(context.Context, PINRequest) (PIN, string, error) {
	return readPIN(string(f), f.Name(), unsafeFile)
}

// readPIN takes the PIN from a file's first line, when unsafe says nothing against the file.
func readPIN(path, name string, unsafe func(fs.FileInfo) string) (PIN, string, error) {
	file, err := os.Open(path)
	if err != nil {
		return PIN{}, "", fail(ErrPINSource, name, "", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return PIN{}, "", fail(ErrPINSource, name, "", err)
	}
	if why := unsafe(info); why != "" {
		return PIN{}, "", fail(ErrPINSource, name, why, nil)
	}
	b, err := io.ReadAll(io.LimitReader(file, maxPIN+1))
	if err != nil {
		return PIN{}, "", fail(ErrPINSource, name, "", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 || len(b) > maxPIN || !utf8.Valid(line) {
		clear(b)
		return PIN{}, "", fail(ErrPINSource, name, "its first line must be the PIN", nil)
	}
	pin := NewPIN(line)
	clear(b)
	return pin, strconv.FormatInt(info.ModTime().UnixNano(), 36) + "-" + strconv.FormatInt(info.Size(), 36), nil
}

// EnvironmentPIN takes the PIN from an environment variable, once, and removes it there so that no child process inherits it. It is for
// demonstrations: other processes of the same user can read a process's environment.
type EnvironmentPIN struct {
	variable string
	pin      PIN
}

// NewEnvironmentPIN takes the variable out of the environment. Whoever calls it warns the user.
func NewEnvironmentPIN(variable string) (*EnvironmentPIN, error) {
	v, ok := os.LookupEnv(variable)
	if !ok || v == "" {
		return nil, fail(ErrPINSource, "the environment variable "+variable, "it is not set", nil)
	}
	if err := os.Unsetenv(variable); err != nil {
		return nil, fail(ErrPINSource, "the environment variable "+variable, "", err)
	}
	return &EnvironmentPIN{variable: variable, pin: NewPIN([]byte(v))}, nil
}

// Name implements PINSource.
func (e *EnvironmentPIN) Name() string { return "environment:" + e.variable }

// Attended implements PINSource.
func (e *EnvironmentPIN) Attended() bool { return false }

// PIN implements PINSource.
func (e *EnvironmentPIN) PIN(context.Context, PINRequest) (PIN, string, error) {
	return e.pin.clone(), "", nil
}

// PromptPIN asks a person. The function must not echo, and returns an error when the person gives up.
type PromptPIN func(ctx context.Context, r PINRequest) (PIN, error)

// Name implements PINSource.
func (PromptPIN) Name() string { return "prompt" }

// Attended implements PINSource.
func (PromptPIN) Attended() bool { return true }

// PIN implements PINSource.
func (p PromptPIN) PIN(ctx context.Context, r PINRequest) (PIN, string, error) {
	pin, err := p(ctx, r)
	if err != nil {
		return PIN{}, "", fail(ErrPINSource, "the prompt", "", err)
	}
	return pin, "", nil
}

// FixedPIN is a PIN in the program's memory: for tests and for a soft token that the program itself has just made.
type FixedPIN struct{ Secret PIN }

// Name implements PINSource.
func (FixedPIN) Name() string { return "fixed" }

// Attended implements PINSource.
func (FixedPIN) Attended() bool { return false }

// PIN implements PINSource.
func (f FixedPIN) PIN(context.Context, PINRequest) (PIN, string, error) {
	return f.Secret.clone(), "fixed", nil
}
