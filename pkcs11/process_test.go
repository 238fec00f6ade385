//go:build cgo

package pkcs11

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// driverArgument makes the test binary a driver process.
const driverArgument = "serve-driver"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == driverArgument {
		in, out := ChildPipes()
		if err := ServeDriver(os.Args[2], in, out); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	status := m.Run()
	if path, err := faultyModule(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(status)
}

func childOfTest() Launcher { return Command{Args: []string{os.Args[0], driverArgument}} }

// faultyModule compiles testdata/faulty, once for all tests.
var faultyModule = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "mohur-faulty")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "faulty.so")
	out, err := exec.Command("cc", "-shared", "-fPIC", "-o", path, filepath.Join("testdata", "faulty", "faulty.c"), "-ldl").CombinedOutput() //nolint:gosec // our own source
	if err != nil {
		return "", fmt.Errorf("the module with faults can't be compiled: %w: %s", err, out)
	}
	return path, nil
})

// strike makes a fault happen; testdata/faulty/faulty.c lists them.
func strike(t *testing.T, dir, fault, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, fault), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// mend takes a lasting fault away.
func mend(t *testing.T, dir, fault string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, fault)); err != nil {
		t.Fatal(err)
	}
}

// triedLogins is how many log-ins reached the module with faults.
func triedLogins(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "logins"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return len(b)
}

// faultyBench is a bench whose token lies behind the module with faults, and the folder that governs it.
func faultyBench(t *testing.T) (*bench, string) {
	t.Helper()
	path, err := faultyModule()
	if err != nil {
		t.Fatal(err)
	}
	real, err := SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("FAULTY_DIR", dir)
	t.Setenv("FAULTY_MODULE", real)
	b := newBenchIn(t, childOfTest(), path)
	if err := os.Remove(filepath.Join(dir, "logins")); err != nil { // those of making the token
		t.Fatal(err)
	}
	return b, dir
}

func signOnce(k *Key) error {
	digest := sha256.Sum256([]byte("sənəd"))
	_, err := k.Sign(nil, digest[:], crypto.SHA256)
	return err
}

func driverPID(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(string(b))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func TestADriverThatIsKilledCostsNoRequest(t *testing.T) {
	b, dir := faultyBench(t)
	k := generate(t, b.token(t, TokenOptions{}), "P-256", false)
	before := b.spy.logins.Load()
	for range 3 {
		p, err := os.FindProcess(driverPID(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := signOnce(k); err != nil {
			t.Fatalf("after kill -9: %v", err)
		}
	}
	if n := b.spy.logins.Load() - before; n != 3 {
		t.Errorf("%d log-ins for 3 new processes", n)
	}
}

func TestADriverThatCrashesIsStartedAgain(t *testing.T) {
	for _, fault := range []string{"crash", "babble"} {
		t.Run(fault, func(t *testing.T) {
			b, dir := faultyBench(t)
			k := generate(t, b.token(t, TokenOptions{}), "P-256", false)
			first := driverPID(t, dir)
			strike(t, dir, fault, "")
			if err := signOnce(k); err != nil {
				t.Errorf("the request in which it happened: %v", err)
			}
			if driverPID(t, dir) == first {
				t.Error("the driver process is the old one")
			}
		})
	}
}

func TestADriverThatHangsCostsOneRequest(t *testing.T) {
	b, dir := faultyBench(t)
	tok := b.token(t, TokenOptions{SignTimeout: 200 * time.Millisecond, Sessions: 4})
	k := generate(t, tok, "P-256", false)
	if err := tok.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	tok.opt.SignTimeout = 200 * time.Millisecond
	strike(t, dir, "hang", "")
	if err := signOnce(k); !errors.Is(err, ErrTimeout) {
		t.Fatalf("the request that hung: %v", err)
	}
	tok.opt.SignTimeout = defaultSignTimeout
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := signOnce(k); err != nil {
				t.Errorf("after the hanging driver was killed: %v", err)
			}
		})
	}
	all.Wait()
}

func TestAHangingDriverIsNotKilledDuringALogin(t *testing.T) {
	b, dir := faultyBench(t)
	tok := b.token(t, TokenOptions{})
	strike(t, dir, "slow-login", "")
	done := make(chan error, 1)
	go func() { done <- b.spy.driver.login(tok.conn.root, userNormal, []byte(testPIN)) }()
	for range 1000 { // until the log-in is under way
		if _, err := os.Stat(filepath.Join(dir, "slow-login")); errors.Is(err, os.ErrNotExist) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	p := b.spy.driver.(*remote).now
	b.spy.abandon()
	if err := <-done; err != nil {
		t.Errorf("the log-in was cut off: %v", err)
	}
	<-p.ended // and then it was killed
	if err := tok.Login(t.Context()); err != nil {
		t.Error(err)
	}
}

// A log-in whose end nobody saw counts as wrong: nothing is tried again until a person confirms.
func TestADriverThatDiesDuringALoginStopsLogins(t *testing.T) {
	b, dir := faultyBench(t)
	tok := b.token(t, TokenOptions{})
	strike(t, dir, "crash-login", "")
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINSuspect) {
		t.Fatal(err)
	}
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINSuspect) || b.spy.logins.Load() != 1 {
		t.Fatalf("%d log-ins, %v", b.spy.logins.Load(), err)
	}
	if err := Confirm(t.Context(), b.module.journal, tok.Info(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := tok.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A PIN that certainly never reached the library was not tried, and stops nothing.
func TestAPINThatWasNotSentWasNotTried(t *testing.T) {
	b, _ := faultyBench(t)
	tok := b.token(t, TokenOptions{})
	if err := b.spy.finalize(); err != nil {
		t.Fatal(err)
	}
	if err := b.spy.driver.login(tok.conn.root, userNormal, []byte(testPIN)); !untried(err) || !gone(err) {
		t.Fatal(err)
	}
	if err := tok.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestALibraryThatIsNoneIsNamedByTheChild(t *testing.T) {
	text := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := (&Loader{Launcher: childOfTest()}).Open(Options{Path: text})
	if !errors.Is(err, ErrModuleUnusable) || !strings.Contains(err.Error(), "C_GetFunctionList") {
		t.Error(err)
	}
	if _, err := (&Loader{Launcher: Command{Args: []string{filepath.Join(t.TempDir(), "no-program")}}}).Open(Options{Path: text}); !errors.Is(err, ErrModuleUnusable) {
		t.Error(err)
	}
}

// A program that is no driver process, in place of one.
func TestAChildThatSpeaksOtherwise(t *testing.T) {
	path, err := SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"/bin/true"}, {"/bin/sh", "-c", "echo what >&4; cat <&3 >&4"}} {
		if _, err := (&Loader{Launcher: Command{Args: args}}).Open(Options{Path: path}); !errors.Is(err, ErrModuleUnusable) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestTheChildEndsWithItsParent(t *testing.T) {
	b, dir := faultyBench(t)
	p := b.spy.driver.(*remote).now
	if err := p.child.In.Close(); err != nil { // what the kernel does when the parent dies
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		t.Fatalf("the driver process %d outlives its parent", driverPID(t, dir))
	}
}

func TestATokenThatIsPulledOutAndPutBack(t *testing.T) {
	b, dir := faultyBench(t)
	k := generate(t, b.token(t, TokenOptions{}), "P-256", false)
	strike(t, dir, "removed", "")
	if err := signOnce(k); !errors.Is(err, ErrTokenRemoved) {
		t.Errorf("while it is out: %v", err)
	}
	mend(t, dir, "removed")
	for range 40 { // a rest of one second lies between two reloads
		err := signOnce(k)
		if err == nil {
			return
		}
		if !errors.Is(err, ErrTokenRemoved) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("the token that is back is not used")
}

func TestABitThatTheTokenTurnsOver(t *testing.T) {
	b, dir := faultyBench(t)
	k := generate(t, b.token(t, TokenOptions{}), "RSA-2048", false)
	strike(t, dir, "flip", "")
	if err := signOnce(k); !errors.Is(err, ErrBadSignature) {
		t.Error(err)
	}
	if err := signOnce(k); err != nil {
		t.Error(err)
	}
}

// A card that locks at the third wrong PIN: the program spends one, a person with a prompt the second, and nobody the last.
func TestACardThatLocksIsNeverLocked(t *testing.T) {
	b, dir := faultyBench(t)
	strike(t, dir, "locks", "")
	unattended := b.token(t, TokenOptions{PIN: fixed("000000")})
	if err := unattended.Login(t.Context()); !errors.Is(err, ErrPINIncorrect) {
		t.Fatal(err)
	}
	for range 5 {
		if err := unattended.Login(t.Context()); !errors.Is(err, ErrPINSuspect) {
			t.Fatal(err)
		}
	}
	asked := 0
	person := b.token(t, TokenOptions{PIN: PromptPIN(func(_ context.Context, r PINRequest) (PIN, error) {
		asked++
		if !r.Token.Flags.Has(FlagPINCountLow) {
			t.Error("the person is not warned")
		}
		return NewPIN([]byte("111111")), nil
	})})
	if err := person.Login(t.Context()); !errors.Is(err, ErrPINFinalTry) || asked != 1 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	if n := triedLogins(t, dir); n != 2 {
		t.Errorf("%d PINs were tried", n)
	}
}

func TestALockedCardIsSaidToBeLocked(t *testing.T) {
	b, dir := faultyBench(t)
	strike(t, dir, "locks", "")
	strike(t, dir, "tries", "3")
	tok := b.token(t, TokenOptions{})
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINLocked) || triedLogins(t, dir) != 0 {
		t.Errorf("%d tries, %v", triedLogins(t, dir), err)
	}
}

func TestAPINPadWantsAPerson(t *testing.T) {
	b, dir := faultyBench(t)
	strike(t, dir, "pad", testPIN)
	if err := b.token(t, TokenOptions{}).Login(t.Context()); !errors.Is(err, ErrPINPad) {
		t.Errorf("without a person: %v", err)
	}
	var asked []bool
	tok := b.token(t, TokenOptions{PIN: PromptPIN(func(_ context.Context, r PINRequest) (PIN, error) {
		asked = append(asked, r.AtReader)
		return PIN{}, nil
	})})
	if err := signOnce(generate(t, tok, "P-256", false)); err != nil {
		t.Error(err)
	}
	if !slices.Equal(asked, []bool{true}) || triedLogins(t, dir) != 1 {
		t.Errorf("asked %v, %d log-ins", asked, triedLogins(t, dir))
	}
	if err := signOnce(generate(t, tok, "P-384", true)); err != nil {
		t.Errorf("a key that wants the PIN each time: %v", err)
	}
	if len(asked) != 2 {
		t.Errorf("asked %d times", len(asked))
	}
}

func TestAnEmptyPINIsNotTried(t *testing.T) {
	b, dir := faultyBench(t)
	tok := b.token(t, TokenOptions{PIN: fixed("")})
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINSource) || triedLogins(t, dir) != 0 {
		t.Errorf("%d tries, %v", triedLogins(t, dir), err)
	}
}

func FuzzServe(f *testing.F) {
	request := newFrame(7, byte(opFind))
	request.number(1)
	request.template([]attribute{{attrLabel, "möhür"}, {attrToken, true}, {attrModulusBits, uint(2048)}, {attrID, []byte{1}}})
	request.number(3)
	f.Add(request.frame())
	how := newFrame(8, byte(opSign))
	how.number(1)
	how.mechanism(mechanism{mechRSAPSS, &pssParameters{1, 2, 3}})
	f.Add(how.frame())
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := readMessage(bytes.NewReader(b))
		if err != nil {
			return
		}
		answer := newFrame(m.number, statusOK)
		drv := &tried{}
		err = (&server{drv: drv}).perform(m, answer)
		if drv.pin && (err != nil || m.done() != nil) {
			t.Fatal("half a request tried a PIN")
		}
	})
}

// tried is a driver that does nothing but note that a PIN was tried.
type tried struct{ pin bool }

func (d *tried) initialize(string) error       { return nil }
func (d *tried) finalize() error               { return nil }
func (d *tried) unload()                       {}
func (d *tried) library() (LibraryInfo, error) { return LibraryInfo{}, nil }

func (d *tried) slots() ([]uint, error) { return []uint{1}, nil }

func (d *tried) tokenInfo(uint) (TokenInfo, error)                    { return TokenInfo{}, nil }
func (d *tried) mechanisms(uint) ([]uint, error)                      { return nil, nil }
func (d *tried) openSession(uint, bool) (session, error)              { return 1, nil }
func (d *tried) closeSession(session) error                           { return nil }
func (d *tried) logout(session) error                                 { return nil }
func (d *tried) find(session, []attribute, int) ([]object, error)     { return nil, nil }
func (d *tried) attributes(session, object, []uint) ([][]byte, error) { return nil, nil }
func (d *tried) create(session, []attribute) (object, error)          { return 0, nil }
func (d *tried) destroy(session, object) error                        { return nil }
func (d *tried) abandon()                                             {}
func (d *tried) serveLanes()                                          {}
func (d *tried) lanes() int                                           { return 0 }

func (d *tried) send(seatAt, time.Duration, session, mechanism, object, []byte) (reply, error) {
	return nil, errWire
}

func (d *tried) generate(session, uint, []attribute, []attribute) (object, object, error) {
	return 0, 0, nil
}

func (d *tried) login(session, uint, []byte) error {
	d.pin = true
	return nil
}

func (d *tried) initPIN(session, []byte) error {
	d.pin = true
	return nil
}

func (d *tried) initToken(uint, []byte, string) error {
	d.pin = true
	return nil
}

func (d *tried) sign(_ session, _ mechanism, _ object, _, pin []byte) ([]byte, error) {
	d.pin = d.pin || pin != nil
	return nil, nil
}
