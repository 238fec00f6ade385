//go:build cgo

package pkcs11

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const testPIN, testSOPIN = "271828", "31415926"

// spy is a driver that counts log-ins and signatures and fails on demand.
type spy struct {
	driver
	logins, signs, initializes atomic.Int64
	mu                         sync.Mutex
	signError                  []error
	initError                  error
	delay                      time.Duration
	corrupt                    bool
	plain                      bool // no lanes
	without                    uint // hide this mechanism
	flags                      TokenFlags
}

func (s *spy) initialize(parameters string) error {
	s.initializes.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.initError != nil {
		return s.initError
	}
	return s.driver.initialize(parameters)
}

func (s *spy) login(h session, user uint, pin []byte) error {
	if user == userNormal {
		s.logins.Add(1)
	}
	return s.driver.login(h, user, pin)
}

func (s *spy) tokenInfo(slot uint) (TokenInfo, error) {
	t, err := s.driver.tokenInfo(slot)
	s.mu.Lock()
	defer s.mu.Unlock()
	t.Flags |= s.flags
	return t, err
}

func (s *spy) mechanisms(slot uint) ([]uint, error) {
	list, err := s.driver.mechanisms(slot)
	var out []uint
	for _, m := range list {
		if s.without == 0 || m != s.without {
			out = append(out, m)
		}
	}
	return out, err
}

func (s *spy) send(at seatAt, limit time.Duration, h session, m mechanism, key object, data []byte) (reply, error) {
	s.signs.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.signError) > 0 {
		var err error
		if err, s.signError = s.signError[0], s.signError[1:]; err != nil {
			return nil, err
		}
	}
	r, err := s.driver.send(at, limit, h, m, key, data)
	return spiedReply{r, s.corrupt}, err
}

// spiedReply turns a bit over.
type spiedReply struct {
	reply
	corrupt bool
}

func (r spiedReply) receive(ctx context.Context) ([]byte, error) {
	sig, err := r.reply.receive(ctx)
	if r.corrupt && err == nil {
		sig[len(sig)-1] ^= 1
	}
	return sig, err
}

// lanes: a driver that is slow on demand makes its signatures as calls like others.
func (s *spy) lanes() int {
	if s.driver == nil || s.plain {
		return 0
	}
	return s.driver.lanes()
}

func (s *spy) sign(h session, m mechanism, key object, data, contextPIN []byte) ([]byte, error) {
	s.signs.Add(1)
	s.mu.Lock()
	delay, corrupt := s.delay, s.corrupt
	var err error
	if len(s.signError) > 0 {
		err, s.signError = s.signError[0], s.signError[1:]
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	time.Sleep(delay)
	sig, err := s.driver.sign(h, m, key, data, contextPIN)
	if corrupt && err == nil {
		sig[len(sig)-1] ^= 1
	}
	return sig, err
}

// bench is a SoftHSM2 with one token, used by one test.
type bench struct {
	module *Module
	spy    *spy
	dir    string
}

func newBench(t testing.TB) *bench {
	t.Helper()
	path, err := SoftHSM()
	if err != nil {
		t.Fatalf("this test needs a real token library: %v", err)
	}
	return newBenchIn(t, childOfTest(), path)
}

// newBenchIn makes a bench whose library the launcher starts, or that lives in this process when there is none.
func newBenchIn(t testing.TB, launcher Launcher, path string) *bench {
	t.Helper()
	b := &bench{dir: t.TempDir(), spy: &spy{}}
	t.Setenv("SOFTHSM2_CONF", "") // so that the test's end restores it
	if err := UseSoftHSM(b.dir); err != nil {
		t.Fatal(err)
	}
	var err error
	b.module, err = (&Loader{Launcher: launcher}).Open(Options{Path: path, wrap: func(d driver) driver {
		b.spy.driver = d
		return b.spy
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.module.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := b.module.InitToken(t.Context(), "möhür-ə", NewPIN([]byte(testSOPIN)), NewPIN([]byte(testPIN))); err != nil {
		t.Fatal(err)
	}
	return b
}

func fixed(pin string) PINSource { return FixedPIN{NewPIN([]byte(pin))} }

func (b *bench) token(t testing.TB, o TokenOptions) *Token {
	t.Helper()
	if o.PIN == nil {
		o.PIN = fixed(testPIN)
	}
	tok, err := b.module.Token(t.Context(), URI{Token: "möhür-ə"}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tok.Close() })
	return tok
}

func generate(t testing.TB, tok *Token, kind string, always bool) *Key {
	t.Helper()
	k, err := tok.GenerateKey(t.Context(), KeySpec{Label: "möhür " + kind, ID: []byte(kind), Kind: kind, AlwaysAuthenticate: always})
	if err != nil {
		t.Fatalf("%s: %v", kind, err)
	}
	return k
}

func TestSignaturesOfEveryKind(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	d256, d384 := sha256.Sum256([]byte("sənəd")), sha512.Sum384([]byte("sənəd"))
	cases := []struct {
		name, kind string
		input      []byte
		opts       crypto.SignerOpts
	}{
		{"PKCS#1 SHA-256", "RSA-2048", d256[:], crypto.SHA256},
		{"PSS SHA-256, salt as hash", "RSA-2048", d256[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}},
		{"PSS SHA-384, salt 20", "RSA-2048", d384[:], &rsa.PSSOptions{SaltLength: 20, Hash: crypto.SHA384}},
		{"PSS longest salt", "RSA-2048", d256[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto, Hash: crypto.SHA256}},
		{"PKCS#1 SHA-384", "RSA-3072", d384[:], crypto.SHA384},
		{"ECDSA SHA-256", "P-256", d256[:], crypto.SHA256},
		{"ECDSA SHA-384 on the shorter curve", "P-256", d384[:], crypto.SHA384},
		{"ECDSA SHA-384", "P-384", d384[:], crypto.SHA384},
		{"Ed25519", "Ed25519", []byte("sənəd"), crypto.Hash(0)},
	}
	keys := map[string]*Key{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.kind == "Ed25519" && !tok.conn.mechanisms[mechEdDSA] {
				if _, err := tok.GenerateKey(t.Context(), KeySpec{Label: "x", ID: []byte{9}, Kind: c.kind}); err == nil {
					t.Fatal("a token without Ed25519 made such a key")
				}
				return
			}
			k := keys[c.kind]
			if k == nil {
				k = generate(t, tok, c.kind, false)
				keys[c.kind] = k
			}
			sig, err := k.Sign(rand.Reader, c.input, c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if DescribeKey(k.Public()) != c.kind {
				t.Errorf("the key is %s", DescribeKey(k.Public()))
			}
			verifyByStandardLibrary(t, k.Public(), c.input, sig, c.opts)
		})
	}
}

// verifyByStandardLibrary checks through a certificate request, where crypto/x509 can, and by hand otherwise.
func verifyByStandardLibrary(t *testing.T, pub crypto.PublicKey, input, sig []byte, opts crypto.SignerOpts) {
	t.Helper()
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			if err := rsa.VerifyPSS(k, pss.Hash, input, sig, pss); err != nil {
				t.Error(err)
			}
			return
		}
		if err := rsa.VerifyPKCS1v15(k, opts.HashFunc(), input, sig); err != nil {
			t.Error(err)
		}
	case ed25519.PublicKey:
		if !ed25519.Verify(k, input, sig) {
			t.Error("Ed25519 does not verify")
		}
	}
}

func TestBareRSAWithPaddingOnThisSide(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	k := generate(t, tok, "RSA-2048", false)
	digest := sha256.Sum256([]byte("x"))
	for _, hide := range []uint{mechRSAPKCS, mechRSAPSS} {
		delete(tok.conn.mechanisms, hide)
	}
	for _, opts := range []crypto.SignerOpts{crypto.SHA256, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}} {
		if _, err := k.Sign(nil, digest[:], opts); err != nil {
			t.Errorf("%T: %v", opts, err)
		}
	}
	delete(tok.conn.mechanisms, mechRSARaw)
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrMechanism) {
		t.Errorf("nothing offered: %v", err)
	}
}

func TestCertificateFromTheTokenItself(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	k := generate(t, tok, "P-256", false)
	template := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Dövlət Agentliyi"}, NotAfter: time.Unix(4e9, 0)}
	der, err := x509.CreateCertificate(nil, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second import finds it there
		if err := tok.ImportCertificate(t.Context(), k, der); err != nil {
			t.Fatal(err)
		}
	}
	got, err := tok.Certificate(t.Context(), k)
	if err != nil || !bytes.Equal(got, der) {
		t.Fatalf("%v", err)
	}
	list, err := tok.Objects(t.Context(), true)
	if err != nil || len(list) != 3 {
		t.Fatalf("%d objects, %v", len(list), err)
	}
	if o := list[0]; o.Class != "private" || !o.Sign || !o.Sensitive || o.Extractable || DescribeKey(o.Public) != "P-256" {
		t.Errorf("%+v", o)
	}
	other := generate(t, tok, "P-384", false)
	if err := tok.ImportCertificate(t.Context(), other, der); !errors.Is(err, ErrKeyUnusable) {
		t.Errorf("another key's certificate: %v", err)
	}
	if _, err := tok.Certificate(t.Context(), other); !errors.Is(err, ErrKeyNotFound) {
		t.Errorf("no certificate: %v", err)
	}
}

func TestAWrongPINIsTriedOnce(t *testing.T) {
	b := newBench(t)
	journal := FileJournal{Path: filepath.Join(t.TempDir(), "attempts.json")}
	tok := b.token(t, TokenOptions{PIN: fixed("000000"), Journal: journal})
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINIncorrect) {
		t.Fatal(err)
	}
	for range 3 {
		if err := tok.Login(t.Context()); !errors.Is(err, ErrPINSuspect) {
			t.Fatal(err)
		}
	}
	// A restarted program, and another source, find the journal.
	again := b.token(t, TokenOptions{PIN: fixed(testPIN), Journal: FileJournal{Path: journal.Path}})
	if _, err := again.Key(t.Context(), URI{Object: "x"}); !errors.Is(err, ErrPINSuspect) {
		t.Fatal(err)
	}
	if n := b.spy.logins.Load(); n != 1 {
		t.Fatalf("C_Login was called %d times", n)
	}
	if err := Confirm(t.Context(), journal, again.Info(), time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := again.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := b.spy.logins.Load(); n != 2 {
		t.Errorf("C_Login was called %d times", n)
	}
}

func TestManyGoroutinesTryAWrongPINOnce(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{PIN: fixed("000000")})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := tok.Login(context.Background()); err == nil {
				t.Error("logged in with a wrong PIN")
			}
		})
	}
	wg.Wait()
	if n := b.spy.logins.Load(); n != 1 {
		t.Errorf("C_Login was called %d times", n)
	}
}

func TestAPersonMayTryAgainButNotAtTheFinalTry(t *testing.T) {
	b := newBench(t)
	var asked []PINRequest
	answers := []string{"000000", testPIN}
	prompt := PromptPIN(func(_ context.Context, r PINRequest) (PIN, error) {
		asked = append(asked, r)
		if len(asked) > len(answers) {
			return PIN{}, errors.New("asked too often")
		}
		return NewPIN([]byte(answers[len(asked)-1])), nil
	})
	tok := b.token(t, TokenOptions{PIN: prompt})
	if err := tok.Login(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(asked) != 2 || asked[0].Retry || !asked[1].Retry {
		t.Errorf("asked %+v", asked)
	}
	final := b.token(t, TokenOptions{PIN: prompt})
	b.spy.mu.Lock()
	b.spy.flags = FlagPINFinalTry
	b.spy.mu.Unlock()
	if err := final.Login(t.Context()); !errors.Is(err, ErrPINFinalTry) {
		t.Error(err)
	}
	b.spy.mu.Lock()
	b.spy.flags = FlagPINLocked
	b.spy.mu.Unlock()
	if err := final.Login(t.Context()); !errors.Is(err, ErrPINLocked) {
		t.Error(err)
	}
	if len(asked) != 2 {
		t.Error("a person was asked although no PIN may be tried")
	}
}

func TestAlwaysAuthenticateKey(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	k := generate(t, tok, "P-256", true)
	if !k.AlwaysAuthenticate() {
		t.Fatal("the key does not say so")
	}
	digest := sha256.Sum256([]byte("x"))
	for range 3 {
		if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil {
			t.Fatal(err)
		}
	}
	tok.opt.PIN = fixed("000000")
	before := b.spy.signs.Load()
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrPINIncorrect) {
		t.Error(err)
	}
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrPINSuspect) {
		t.Error(err)
	}
	if n := b.spy.signs.Load() - before; n != 1 {
		t.Errorf("the wrong PIN went to the token %d times", n)
	}
}

func TestThirtyTwoGoroutinesShareThePool(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{Sessions: 4})
	k := generate(t, tok, "P-256", false)
	var wg sync.WaitGroup
	for g := range 32 {
		wg.Go(func() {
			for i := range 8 {
				digest := sha256.Sum256([]byte{byte(g), byte(i)})
				if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := len(tok.conn.free); n == 0 || n > 4*laneDepth {
		t.Errorf("%d sessions in the pool", n)
	}
}

func TestWaitingForASessionEndsWithTheContext(t *testing.T) {
	b := newBench(t)
	b.spy.plain = true
	tok := b.token(t, TokenOptions{Sessions: 1, SignTimeout: 50 * time.Millisecond})
	k := generate(t, tok, "P-256", false)
	b.spy.mu.Lock()
	b.spy.delay = 400 * time.Millisecond
	b.spy.mu.Unlock()
	digest := sha256.Sum256([]byte("x"))
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrTimeout) {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := k.SignContext(ctx, nil, digest[:], crypto.SHA256); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	b.spy.mu.Lock()
	b.spy.delay = 0
	b.spy.mu.Unlock()
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil { // waits for the late call's session
		t.Fatal(err)
	}
}

func TestABadSignatureNeverLeaves(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	for _, kind := range []string{"P-256", "RSA-2048"} {
		k := generate(t, tok, kind, false)
		b.spy.mu.Lock()
		b.spy.corrupt = true
		b.spy.mu.Unlock()
		digest := sha256.Sum256([]byte("x"))
		if sig, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrBadSignature) || sig != nil {
			t.Errorf("%s: %x %v", kind, sig, err)
		}
		b.spy.mu.Lock()
		b.spy.corrupt = false
		b.spy.mu.Unlock()
	}
}

func TestSigningSurvivesAFailingDevice(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	k := generate(t, tok, "P-256", false)
	digest := sha256.Sum256([]byte("x"))
	for _, rv := range []ReturnValue{rvGeneralError, rvDeviceError, rvDeviceRemoved, rvTokenNotPresent, rvSessionHandle, rvSessionClosed, rvObjectHandle, rvNotInitialized} {
		b.spy.mu.Lock()
		b.spy.signError = []error{rv}
		b.spy.mu.Unlock()
		if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil {
			t.Errorf("%v: %v", rv, err)
		}
	}
	if n := b.spy.initializes.Load(); n != 1+8 {
		t.Errorf("initialised %d times", n)
	}
	b.spy.mu.Lock()
	b.spy.signError = []error{rvDeviceError, rvDeviceError}
	b.spy.mu.Unlock()
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrTokenRemoved) {
		t.Error(err)
	}
	b.spy.mu.Lock()
	b.spy.signError = []error{ReturnValue(0x63)}
	b.spy.mu.Unlock()
	before := b.spy.initializes.Load()
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrDevice) || b.spy.initializes.Load() != before {
		t.Errorf("an error that a reload can't mend: %v", err)
	}
}

func TestTokenRemovedAndPutBack(t *testing.T) {
	b := newBench(t)
	tok := b.token(t, TokenOptions{})
	k := generate(t, tok, "P-256", false)
	digest := sha256.Sum256([]byte("x"))
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil {
		t.Fatal(err)
	}
	tokens, away := filepath.Join(b.dir, "tokens"), filepath.Join(b.dir, "away")
	if err := os.Rename(tokens, away); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(tokens, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, ErrTokenRemoved) {
		t.Fatalf("while it is away: %v", err)
	}
	if err := os.RemoveAll(tokens); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, tokens); err != nil {
		t.Fatal(err)
	}
	for range 40 { // the first rest lasts a second
		if _, err := k.Sign(nil, digest[:], crypto.SHA256); err == nil {
			return
		} else if errors.Is(err, ErrPINSuspect) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("signing did not come back within two seconds")
}

func TestNamesThatMatchNothingOrTooMuch(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	tok := b.token(t, TokenOptions{})
	generate(t, tok, "P-256", false)
	if _, err := b.module.Token(ctx, URI{Token: "başqa"}, TokenOptions{}); !errors.Is(err, ErrNoToken) {
		t.Error(err)
	}
	if _, err := b.module.Token(ctx, URI{Token: "möhür-ə", Serial: "0"}, TokenOptions{}); !errors.Is(err, ErrNoToken) {
		t.Error(err)
	}
	if _, err := tok.Key(ctx, URI{Object: "başqa"}); !errors.Is(err, ErrKeyNotFound) {
		t.Error(err)
	}
	if _, err := tok.Key(ctx, URI{}); !errors.Is(err, ErrURI) {
		t.Error(err)
	}
	if _, err := tok.GenerateKey(ctx, KeySpec{Label: "möhür P-256", ID: []byte{1}, Kind: "P-256"}); !errors.Is(err, ErrKeyAmbiguous) {
		t.Error(err)
	}
	if _, err := b.module.InitToken(ctx, "möhür-ə", NewPIN([]byte(testSOPIN)), NewPIN([]byte(testPIN))); !errors.Is(err, ErrTokenAmbiguous) {
		t.Error(err)
	}
	if _, err := b.module.InitToken(ctx, "ikinci", NewPIN([]byte(testSOPIN)), NewPIN([]byte(testPIN))); err != nil {
		t.Error(err)
	}
	if _, err := b.module.Token(ctx, URI{Manufacturer: tok.Info().Manufacturer}, TokenOptions{}); !errors.Is(err, ErrTokenAmbiguous) {
		t.Error(err)
	}
	nopin, err := b.module.Token(ctx, URI{Token: "möhür-ə"}, TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer nopin.Close()
	tok.Close()
	if _, err := nopin.Key(ctx, URI{Object: "möhür P-256"}); !errors.Is(err, ErrPINRequired) {
		t.Error(err)
	}
	if _, err := tok.Key(ctx, URI{Object: "möhür P-256"}); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestALibraryIsInitialisedOnce(t *testing.T) {
	path, err := SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	b := newBenchIn(t, nil, path)
	link := filepath.Join(t.TempDir(), "another-name.so")
	if err := os.Symlink(b.module.Path(), link); err != nil {
		t.Fatal(err)
	}
	second, err := b.module.loader.Open(Options{Path: link})
	if err != nil || second != b.module {
		t.Fatalf("%p %p %v", second, b.module, err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := b.module.Tokens(t.Context()); err != nil {
		t.Errorf("closed too early: %v", err)
	}
	if _, err := Open(Options{Path: link}); !errors.Is(err, ErrModuleInUse) {
		t.Errorf("another loader: %v", err)
	}
	if info, err := b.module.Library(t.Context()); err != nil || !strings.Contains(info.Manufacturer, "SoftHSM") {
		t.Errorf("%+v %v", info, err)
	}
}

func TestModulesThatAreNone(t *testing.T) {
	if _, err := Open(Options{Path: filepath.Join(t.TempDir(), "absent.so")}); !errors.Is(err, ErrModuleNotFound) {
		t.Error(err)
	}
	text := filepath.Join(t.TempDir(), "text.so")
	if err := os.WriteFile(text, []byte("not a library"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: text}); !errors.Is(err, ErrModuleUnusable) {
		t.Error(err)
	}
}
