//go:build cgo

package pkcs11

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// driverArgument makes the test binary a driver process, faultVariable names the folder by which a test tells it to misbehave.
const (
	driverArgument = "serve-driver"
	faultVariable  = "MOHUR_TEST_FAULTS"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == driverArgument {
		os.Exit(driverProcess(os.Args[2]))
	}
	os.Exit(m.Run())
}

func driverProcess(path string) int {
	in, out := ChildPipes()
	drv, err := loadDriver(path)
	if dir := os.Getenv(faultVariable); dir != "" && err == nil {
		_ = os.WriteFile(filepath.Join(dir, "pid"), []byte(strconv.Itoa(os.Getpid())), 0o600)
		drv = faulty{drv, dir}
	}
	if err := (&server{drv: drv, unusable: err, out: out}).serve(in); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func childOfTest() Launcher { return Command{Args: []string{os.Args[0], driverArgument}} }

// faulty is a vendor's library with a fault that happens once, when a file of its name lies in the folder.
type faulty struct {
	driver
	dir string
}

// struck takes a fault's file away and says whether it was there.
func (f faulty) struck(name string) bool { return os.Remove(filepath.Join(f.dir, name)) == nil }

func (f faulty) sign(s session, m mechanism, key object, data, pin []byte) ([]byte, error) {
	switch {
	case f.struck("hang"):
		select {}
	case f.struck("crash"):
		os.Exit(139)
	case f.struck("babble"):
		_, _ = os.NewFile(childOut, "").WriteString("a library that writes where it should not, and at length")
	}
	return f.driver.sign(s, m, key, data, pin)
}

func (f faulty) login(s session, user uint, pin []byte) error {
	if f.struck("crash-login") {
		os.Exit(139)
	}
	if f.struck("slow-login") {
		time.Sleep(400 * time.Millisecond)
	}
	return f.driver.login(s, user, pin)
}

// strike makes a fault happen at the next call.
func strike(t *testing.T, dir, fault string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, fault), nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func faultyBench(t *testing.T) (*bench, string) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv(faultVariable, dir)
	return newBench(t), dir
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
			strike(t, dir, fault)
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
	strike(t, dir, "hang")
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
	strike(t, dir, "slow-login")
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
	strike(t, dir, "crash-login")
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

func (d *tried) initialize() error             { return nil }
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
