//go:build cgo

package credential

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/certs"
	"mohur/pkcs11"
)

// driverArgument makes the test binary a driver process.
const driverArgument = "serve-driver"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == driverArgument {
		in, out := pkcs11.ChildPipes()
		if err := pkcs11.ServeDriver(os.Args[2], in, out); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// soft is a credential of two SoftHSM tokens, each behind a driver process. The first is reached through the module with faults of pkcs11.
type soft struct {
	*Set
	t       *testing.T
	faults  string // the folder that governs the first token's module
	pins    [2]string
	stores  [2]string // the tokens' own folders
	journal *pkcs11.MemoryJournal
}

// newSoft makes two tokens with a key and a certificate each, and a Set over them that looks at their health all the time.
func newSoft(t *testing.T, change func(*Options)) *soft {
	t.Helper()
	s := &soft{t: t, faults: t.TempDir(), journal: &pkcs11.MemoryJournal{}}
	module, err := pkcs11.SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("SOFTHSM2_CONF", "") // put back at the end
	if err := pkcs11.UseSoftHSM(dir); err != nil {
		t.Fatal(err)
	}
	faulty := filepath.Join(t.TempDir(), "faulty.so")
	source := filepath.Join("..", "..", "pkcs11", "testdata", "faulty", "faulty.c")
	if out, err := exec.Command("cc", "-shared", "-fPIC", "-o", faulty, source, "-ldl").CombinedOutput(); err != nil {
		t.Fatalf("the module with faults can't be compiled: %v: %s", err, out)
	}
	t.Setenv("FAULTY_DIR", s.faults)
	t.Setenv("FAULTY_MODULE", module)
	loader := &pkcs11.Loader{Launcher: pkcs11.Command{Args: []string{os.Args[0], driverArgument}}}
	o := Options{
		Now: time.Now, HealthEvery: 100 * time.Millisecond, Credentials: []Config{{Name: "seal"}},
		Judge: func(_ context.Context, _ *certs.Certificate, _ []*certs.Certificate, at time.Time) *certs.Result {
			return good(at)
		},
	}
	for i, path := range []string{faulty, module} {
		pin := filepath.Join(dir, fmt.Sprintf("pin-%d", i))
		if err := os.WriteFile(pin, []byte("1234\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		s.pins[i] = pin
		s.stores[i] = newStore(filepath.Join(dir, "tokens"), func() {
			token := Token{Loader: loader, PIN: pkcs11.FilePIN(pin), Journal: s.journal, SignTimeout: 500 * time.Millisecond}
			token.URI = pkcs11.URI{Token: fmt.Sprintf("agency-%d", i), Object: "seal", ModulePath: path}
			der := makeKey(t, loader, module, token.URI)
			o.Credentials[0].Members = append(o.Credentials[0].Members, MemberConfig{Open: token.Open, Certificate: der})
		})
	}
	if change != nil {
		change(&o)
	}
	if s.Set, err = New(o); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Watch(ctx) // ends with the test
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range 2 { // the first look ends with a test signature
		for range 1000 {
			if s.Status()[i].Tests > 0 {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		s.await(i, StateReady)
	}
	return s
}

// newStore says which folder a token that do makes has below SoftHSM2's.
func newStore(dir string, do func()) string {
	list := func() (names []string) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	before := list()
	do()
	for _, name := range list() {
		if !slices.Contains(before, name) {
			return filepath.Join(dir, name)
		}
	}
	return ""
}

// makeKey makes a token with a key, and returns its certificate.
func makeKey(t *testing.T, loader *pkcs11.Loader, module string, u pkcs11.URI) []byte {
	t.Helper()
	m, err := loader.Open(pkcs11.Options{Path: module})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	pin := pkcs11.NewPIN([]byte("1234"))
	info, err := m.InitToken(t.Context(), u.Token, pin, pin)
	if err != nil {
		t.Fatal(err)
	}
	token, err := m.Token(t.Context(), info.URI(), pkcs11.TokenOptions{PIN: pkcs11.FixedPIN{Secret: pin}})
	if err != nil {
		t.Fatal(err)
	}
	defer token.Close()
	key, err := token.GenerateKey(t.Context(), pkcs11.KeySpec{Label: u.Object, ID: []byte(u.Object), Kind: "P-256"})
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: u.Token}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// await waits for a member's state, a few seconds at most, and says how long it took.
func (s *soft) await(member int, want State) time.Duration {
	s.t.Helper()
	began := time.Now()
	for time.Since(began) < 10*time.Second {
		if s.Status()[member].State == want {
			return time.Since(began)
		}
		time.Sleep(5 * time.Millisecond)
	}
	s.t.Fatalf("not %s: %+v", want, s.Status()[member])
	return 0
}

// request makes a signature as the desk does: the member that is chosen, and if that one fails another, each once. It returns who signed.
func (s *soft) request() (string, error) {
	digest := sha256.Sum256([]byte("sənəd"))
	var failed []string
	for {
		m, err := s.Choose(s.t.Context(), "seal", failed...)
		if err != nil {
			return "", err
		}
		value, err := m.Signer().SignContext(s.t.Context(), nil, digest[:], crypto.SHA256)
		if err == nil {
			if !ecdsa.VerifyASN1(m.Public().(*ecdsa.PublicKey), digest[:], value) {
				return "", errors.New("a wrong signature left")
			}
			return m.Name(), nil
		}
		if CodeOf(err) == "" {
			return "", err
		}
		failed = append(failed, m.Name())
	}
}

// want fails unless this member makes the next signature.
func (s *soft) want(member string) {
	s.t.Helper()
	if who, err := s.request(); who != member || err != nil {
		s.t.Errorf("signed by %q, want %s: %v", who, member, err)
	}
}

func (s *soft) strike(fault string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.faults, fault), nil, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// logins is how many C_Login calls with a PIN reached the first token.
func (s *soft) logins() int {
	b, err := os.ReadFile(filepath.Join(s.faults, "logins"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	return len(b)
}

// TestATokenIsPulledOutWhileOthersSign: the token's folder goes away under load and comes back; no request fails, no wrong signature leaves, and
// the first token signs again by itself.
func TestATokenIsPulledOutWhileOthersSign(t *testing.T) {
	s := newSoft(t, nil)
	var stop atomic.Bool
	var mu sync.Mutex
	signed := map[string]int{}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for !stop.Load() {
				who, err := s.request()
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				signed[who]++
				mu.Unlock()
			}
		})
	}
	count := func(member string) int {
		mu.Lock()
		defer mu.Unlock()
		return signed[member]
	}
	time.Sleep(200 * time.Millisecond)
	if count("1") == 0 || count("2") != 0 {
		t.Errorf("at first: %v", signed)
	}
	away := filepath.Join(t.TempDir(), "away")
	if err := os.Rename(s.stores[0], away); err != nil {
		t.Fatal(err)
	}
	s.await(0, StateFailing)
	before := count("2")
	time.Sleep(300 * time.Millisecond)
	if count("2") == before {
		t.Error("the second token does not sign while the first is away")
	}
	if err := os.Rename(away, s.stores[0]); err != nil {
		t.Fatal(err)
	}
	s.await(0, StateReady)
	before = count("1")
	time.Sleep(200 * time.Millisecond)
	if count("1") == before {
		t.Error("the first token does not sign again")
	}
	stop.Store(true)
	all.Wait()
	t.Logf("signatures: %v, log-ins of the first token: %d", signed, s.logins())
}

func TestADriverThatHangsCostsItsTimeLimitOnce(t *testing.T) {
	s := newSoft(t, func(o *Options) { o.HealthEvery = time.Minute }) // the fault is for a request, not for a test
	s.strike("hang")
	began := time.Now()
	s.want("2")
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("the request took %v", d)
	}
	began = time.Now()
	for range 20 {
		s.want("2")
	}
	if d := time.Since(began); d > time.Second {
		t.Errorf("20 further requests took %v", d)
	}
	t.Logf("back after %v", s.await(0, StateReady))
	s.want("1")
}

func TestADriverThatDiesCostsNothing(t *testing.T) {
	s := newSoft(t, func(o *Options) { o.HealthEvery = time.Minute })
	s.strike("crash")
	s.want("1")
	s.strike("flip") // a wrong signature is thrown away, and the other token is asked
	s.want("2")
	s.await(0, StateReady)
	s.want("1")
}

// TestAWrongPINIsTriedOnceAndThenWaitsForAPerson: however often the member is looked at.
func TestAWrongPINIsTriedOnceAndThenWaitsForAPerson(t *testing.T) {
	s := newSoft(t, nil)
	s.strike("locks")
	if err := os.WriteFile(s.pins[0], []byte("9999\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	logins := s.logins()
	s.strike("crash") // the next process has to log in
	s.await(0, StateStopped)
	time.Sleep(time.Second) // ten looks
	for range 10 {
		s.want("2")
	}
	if n := s.logins() - logins; n != 1 {
		t.Fatalf("%d wrong PINs were tried, want one", n)
	}
	if st := s.Status()[0]; st.Reason != string(pkcs11.ErrPINSuspect) {
		t.Errorf("%+v", st)
	}
	if err := os.WriteFile(s.pins[0], []byte("1234\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // a right PIN in the file is not tried either before a person confirms
	if s.Status()[0].State != StateStopped || s.logins()-logins != 1 {
		t.Errorf("%+v, %d log-ins", s.Status()[0], s.logins()-logins)
	}
	info := tokenInfo(t)
	if err := pkcs11.Confirm(t.Context(), s.journal, info, time.Now()); err != nil {
		t.Fatal(err)
	}
	s.await(0, StateReady)
	s.want("1")
}

// tokenInfo asks SoftHSM2 for the first token's serial number.
func tokenInfo(t *testing.T) pkcs11.TokenInfo {
	t.Helper()
	module, err := pkcs11.SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	m, err := (&pkcs11.Loader{Launcher: pkcs11.Command{Args: []string{os.Args[0], driverArgument}}}).Open(pkcs11.Options{Path: module})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	list, err := m.Tokens(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, info := range list {
		if info.Label == "agency-0" {
			return info
		}
	}
	t.Fatal("the token is not there")
	return pkcs11.TokenInfo{}
}
