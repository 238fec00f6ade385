//go:build tokens && cgo && linux

package pkcs11

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The suite of `make tokens`: every software token that Debian and Rust's package registry have, by the same steps. scripts/tokens.sh installs and starts what
// they need and says where it is; what a token can't do is printed, and must be what is written down here.

// soft is a software token.
type soft struct {
	name    string
	open    func(t *testing.T) Options // prepares a token with testPIN, and says how its library is opened
	token   URI
	lacks   map[string]string                 // key kinds that it can't make, and why
	locks   int                               // wrong PINs that lock it; 0: never
	restart func(t *testing.T, loseIt func()) // takes the device away and puts it back; nil: can't be tried
}

// given is what scripts/tokens.sh found.
func given(t *testing.T, name string) string {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		t.Fatalf("%s is not set: run scripts/tokens.sh", name)
	}
	return v
}

func run(t *testing.T, input string, command ...string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...) //nolint:gosec // the test's own
	cmd.Stdin = strings.NewReader(input)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v: %s", command, err, out)
	}
}

// initialised makes a token by our own API, for libraries that allow it.
func initialised(t *testing.T, o Options) {
	t.Helper()
	m, err := (&Loader{Launcher: childOfTest()}).Open(o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = m.InitToken(t.Context(), "seal", NewPIN([]byte(testSOPIN)), NewPIN([]byte(testPIN)))
	if err = errors.Join(err, m.Close()); err != nil {
		t.Fatal(err)
	}
}

func softHSM(t *testing.T) Options {
	path, err := SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOFTHSM2_CONF", "")
	if err := UseSoftHSM(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	initialised(t, Options{Path: path})
	return Options{Path: path}
}

func nss(t *testing.T) Options {
	dir := t.TempDir()
	pin := filepath.Join(dir, "pin")
	if err := os.WriteFile(pin, []byte(testPIN+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "", "certutil", "-N", "-d", "sql:"+dir, "-f", pin)
	return Options{Path: given(t, "MOHUR_TOKENS_NSS"), Init: "configDir='sql:" + dir + "' certPrefix='' keyPrefix='' secmod='secmod.db' flags="}
}

func kryoptic(t *testing.T) Options {
	dir := t.TempDir()
	conf := filepath.Join(dir, "kryoptic.conf")
	text := fmt.Sprintf("[[slots]]\nslot = 42\ndbtype = \"sqlite\"\ndbargs = %q\n", filepath.Join(dir, "token.sql"))
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KRYOPTIC_CONF", conf)
	o := Options{Path: given(t, "MOHUR_TOKENS_KRYOPTIC")}
	initialised(t, o)
	return o
}

// openCryptoki's slot is the script's; each test initialises its token anew.
func openCryptoki(t *testing.T) Options {
	const factory = "87654321"
	so := factory
	if b, err := os.ReadFile("/var/lib/opencryptoki/so-pin"); err == nil {
		so = string(b)
	}
	run(t, "seal\n", "pkcsconf", "-c", "0", "-I", "-S", so)
	if so == factory {
		run(t, "", "pkcsconf", "-c", "0", "-P", "-S", factory, "-n", testSOPIN)
		if err := os.WriteFile("/var/lib/opencryptoki/so-pin", []byte(testSOPIN), 0o600); err != nil {
			t.Fatal(err)
		}
	} else {
		run(t, "", "pkcsconf", "-c", "0", "-P", "-S", so, "-n", testSOPIN)
	}
	run(t, "", "pkcsconf", "-c", "0", "-u", "-S", testSOPIN, "-n", testPIN)
	return Options{Path: given(t, "MOHUR_TOKENS_OPENCRYPTOKI")}
}

// p11Kit is SoftHSM2 behind p11-kit's server, a process of its own.
func p11Kit(t *testing.T) Options {
	behind := softHSM(t)
	socket := filepath.Join(t.TempDir(), "p11.sock")
	t.Setenv("P11_KIT_SERVER_ADDRESS", "unix:path="+socket)
	startP11Kit(t, behind.Path, socket)
	return Options{Path: given(t, "MOHUR_TOKENS_P11KIT")}
}

// p11Servers are the servers that run, by their sockets.
var p11Servers sync.Map

func startP11Kit(t *testing.T, provider, socket string) {
	t.Helper()
	_ = os.Remove(socket)
	cmd := exec.Command("p11-kit", "server", "--provider", provider, "--foreground", "--name", socket, "pkcs11:") //nolint:gosec // the test's own
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}                                                         // it serves each client by a process of its own
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p11Servers.Store(socket, cmd.Process)
	for range 500 {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
}

// restartP11Kit kills the server, lets something fail, and starts it again.
func restartP11Kit(t *testing.T, loseIt func()) {
	t.Helper()
	socket := strings.TrimPrefix(os.Getenv("P11_KIT_SERVER_ADDRESS"), "unix:path=")
	server, ok := p11Servers.Load(socket)
	if !ok {
		t.Fatal("no server")
	}
	if err := syscall.Kill(-server.(*os.Process).Pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	loseIt()
	path, err := SoftHSM()
	if err != nil {
		t.Fatal(err)
	}
	startP11Kit(t, path, socket)
}

// moveSoftHSM takes the folder of tokens away and puts it back.
func moveSoftHSM(t *testing.T, loseIt func()) {
	t.Helper()
	tokens := filepath.Join(filepath.Dir(os.Getenv("SOFTHSM2_CONF")), "tokens")
	if err := errors.Join(os.Rename(tokens, tokens+".away"), os.Mkdir(tokens, 0o700)); err != nil {
		t.Fatal(err)
	}
	loseIt()
	if err := errors.Join(os.RemoveAll(tokens), os.Rename(tokens+".away", tokens)); err != nil {
		t.Fatal(err)
	}
}

func softTokens() []soft {
	seal := URI{Token: "seal"}
	noEdwards := "this version has no Ed25519"
	return []soft{
		{name: "SoftHSM2", open: softHSM, token: seal, restart: moveSoftHSM},
		{name: "NSS", open: nss, token: URI{Token: "NSS Certificate DB"}, lacks: map[string]string{"Ed25519": noEdwards}},
		{name: "p11-kit", open: p11Kit, token: seal, restart: restartP11Kit, lacks: map[string]string{"Ed25519": "that of SoftHSM2 behind it"}},
		{name: "Kryoptic", open: kryoptic, token: seal, locks: 10, lacks: map[string]string{"Ed25519": "wants OpenSSL 3.2"}},
		{name: "openCryptoki", open: openCryptoki, token: seal, locks: 3, lacks: map[string]string{
			"P-256": "its software token makes no EC keys", "P-384": "its software token makes no EC keys", "P-521": "its software token makes no EC keys", "Ed25519": noEdwards,
		}},
	}
}

// TestTokens does the same with each.
func TestTokens(t *testing.T) {
	for _, s := range softTokens() {
		t.Run(s.name, func(t *testing.T) {
			o := s.open(t)
			b := &bench{spy: &spy{}}
			o.wrap = func(d driver) driver {
				b.spy.driver = d
				return b.spy
			}
			var err error
			if b.module, err = (&Loader{Launcher: childOfTest()}).Open(o); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = b.module.Close() })
			info, err := b.module.Library(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s %s, PKCS#11 %s", info.Description, info.Version, info.Cryptoki)
			keys := signEverything(t, s, b)
			findAgain(t, s, b, keys[0])
			if s.restart != nil {
				putBack(t, s, b, keys[0])
			} else {
				t.Log("taking the device away: can't be tried")
			}
			oneWrongPIN(t, s, b)
			lockIt(t, s, b)
		})
	}
}

func (b *bench) of(t *testing.T, s soft, o TokenOptions) *Token {
	t.Helper()
	if o.PIN == nil {
		o.PIN = fixed(testPIN)
	}
	tok, err := b.module.Token(t.Context(), s.token, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tok.Close() })
	return tok
}

// signEverything makes a key of each kind and every signature that it can make.
func signEverything(t *testing.T, s soft, b *bench) (keys []*Key) {
	tok := b.of(t, s, TokenOptions{})
	var made []string
	for _, kind := range []string{"RSA-2048", "RSA-3072", "RSA-4096", "P-256", "P-384", "P-521", "Ed25519"} {
		k, err := tok.GenerateKey(t.Context(), KeySpec{Label: "möhür " + kind, ID: []byte(kind), Kind: kind})
		if why := s.lacks[kind]; err != nil {
			if why == "" {
				t.Errorf("%s: %v", kind, err)
			}
			t.Logf("can't make %s: %s (%v)", kind, why, err)
			continue
		} else if why != "" {
			t.Errorf("%s can be made, although: %s", kind, why)
		}
		keys = append(keys, k)
		made = append(made, kind)
		signKind(t, k)
	}
	if n := b.spy.logins.Load(); n != 1 {
		t.Errorf("%d log-ins for one token", n)
	}
	t.Logf("signs with %s; PKCS#1 and PSS with SHA-256, -384 and -512", strings.Join(made, ", "))
	if len(keys) == 0 {
		t.Fatal("no key at all")
	}
	return keys
}

// signKind makes and checks every signature of a key.
func signKind(t *testing.T, k *Key) {
	t.Helper()
	d256, d384, d512 := sha256.Sum256([]byte("sənəd")), sha512.Sum384([]byte("sənəd")), sha512.Sum512([]byte("sənəd"))
	for hash, digest := range map[crypto.Hash][]byte{crypto.SHA256: d256[:], crypto.SHA384: d384[:], crypto.SHA512: d512[:]} {
		all := []crypto.SignerOpts{hash}
		switch k.Public().(type) {
		case *rsa.PublicKey:
			all = append(all, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}, &rsa.PSSOptions{SaltLength: 20, Hash: hash})
		case *ecdsa.PublicKey:
		default:
			all, digest = []crypto.SignerOpts{crypto.Hash(0)}, []byte("sənəd")
		}
		for _, opts := range all {
			sig, err := k.Sign(nil, digest, opts)
			if err != nil {
				t.Errorf("%s, %v %T: %v", DescribeKey(k.Public()), hash, opts, err)
				continue
			}
			verifyByStandardLibrary(t, k.Public(), digest, sig, opts)
			if pub, ok := k.Public().(*ecdsa.PublicKey); ok && !ecdsa.VerifyASN1(pub, digest, sig) {
				t.Errorf("%s, %v does not verify", DescribeKey(pub), hash)
			}
		}
	}
}

// findAgain finds token and key by a URI that went through text, as a configuration's does.
func findAgain(t *testing.T, s soft, b *bench, k *Key) {
	u, err := ParseURI(k.URI().String())
	if err != nil {
		t.Fatal(err)
	}
	tok, err := b.module.Token(t.Context(), u, TokenOptions{PIN: fixed(testPIN)})
	if err != nil {
		t.Fatalf("%s: %v", u, err)
	}
	defer tok.Close()
	again, err := tok.Key(t.Context(), u)
	if err != nil {
		t.Fatalf("%s: %v", u, err)
	}
	if err := signOnce(again); err != nil {
		t.Error(err)
	}
	t.Logf("found by %s", u)
}

// putBack takes the device away and puts it back: the same key signs again, in the same process.
func putBack(t *testing.T, s soft, b *bench, k *Key) {
	before := b.spy.logins.Load()
	s.restart(t, func() {
		if err := signOnce(k); err == nil {
			t.Error("it signs without its device")
		}
	})
	began := time.Now()
	var err error
	for range 100 {
		if err = signOnce(k); err == nil || errors.Is(err, ErrPINSuspect) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("put back: %v", err)
	}
	t.Logf("taken away and put back: signs again after %v with %d log-ins", time.Since(began).Round(time.Millisecond), b.spy.logins.Load()-before)
}

// oneWrongPIN tries a wrong PIN: once, and then nobody unattended tries any more.
func oneWrongPIN(t *testing.T, s soft, b *bench) {
	if err := b.spy.logoutAll(t, b); err != nil {
		t.Fatal(err)
	}
	journal := FileJournal{Path: filepath.Join(t.TempDir(), "attempts.json")}
	before := b.spy.logins.Load()
	tok := b.of(t, s, TokenOptions{PIN: fixed("000000"), Journal: journal})
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINIncorrect) {
		t.Fatalf("a wrong PIN: %v", err)
	}
	for range 3 {
		if err := tok.Login(t.Context()); !errors.Is(err, ErrPINSuspect) {
			t.Fatal(err)
		}
	}
	if n := b.spy.logins.Load() - before; n != 1 {
		t.Fatalf("a wrong PIN was tried %d times", n)
	}
	status, err := tok.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("after one wrong PIN, tried once: %v", status.Flags.Names())
	if err := Confirm(t.Context(), journal, tok.Info(), time.Time{}); err != nil {
		t.Fatal(err)
	}
	right := b.of(t, s, TokenOptions{Journal: journal})
	if err := right.Login(t.Context()); err != nil {
		t.Fatalf("after a person confirmed: %v", err)
	}
}

// logoutAll begins with a new process, in which nobody is logged in.
func (s *spy) logoutAll(t *testing.T, b *bench) error {
	t.Helper()
	b.module.mu.Lock()
	generation := b.module.generation
	b.module.mu.Unlock()
	return b.module.reload(t.Context(), generation)
}

// lockIt spends the token's tries without the program's help, and sees that the program leaves the last one and says what is locked.
func lockIt(t *testing.T, s soft, b *bench) {
	if s.locks == 0 {
		t.Log("locking: it never locks")
		return
	}
	if err := b.spy.logoutAll(t, b); err != nil {
		t.Fatal(err)
	}
	asked := 0
	person := PromptPIN(func(context.Context, PINRequest) (PIN, error) {
		asked++
		return NewPIN([]byte(testPIN)), nil
	})
	tok := b.of(t, s, TokenOptions{PIN: person})
	spend := func() {
		if err := b.spy.driver.login(tok.conn.root, userNormal, []byte("000000")); err == nil {
			t.Fatal("a wrong PIN logged in")
		}
	}
	for range s.locks - 1 {
		spend()
	}
	status, err := tok.Status(t.Context())
	if err != nil || !status.Flags.Has(FlagPINFinalTry) {
		t.Fatalf("one try before its lock it says %v, %v", status.Flags.Names(), err)
	}
	before := b.spy.logins.Load()
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINFinalTry) {
		t.Errorf("at the final try: %v", err)
	}
	spend()
	if err := tok.Login(t.Context()); !errors.Is(err, ErrPINLocked) {
		t.Errorf("locked: %v", err)
	}
	if n := b.spy.logins.Load() - before; n != 0 || asked != 0 {
		t.Errorf("%d PINs were tried and %d asked for at the final try or after it", n, asked)
	}
	t.Logf("locks after %d; the final try was left alone, and the lock called by its name", s.locks)
}

// A key that wants its PIN for each signature, on the token that enforces it.
func TestAlwaysAuthenticateOnKryoptic(t *testing.T) {
	o := kryoptic(t)
	m, err := (&Loader{Launcher: childOfTest()}).Open(o)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	tok, err := m.Token(t.Context(), URI{Token: "seal"}, TokenOptions{PIN: fixed(testPIN)})
	if err != nil {
		t.Fatal(err)
	}
	defer tok.Close()
	k := generate(t, tok, "P-256", true)
	for range 2 {
		if err := signOnce(k); err != nil || !k.AlwaysAuthenticate() {
			t.Errorf("%v, always %v", err, k.AlwaysAuthenticate())
		}
	}
}

// TestAMinuteOf64Goroutines signs with one key for a minute (MOHUR_TOKENS_MINUTE says how long), while the driver process is killed now and then:
// no wrong signature, no failure that a caller sees, sealing again within two seconds of each death, one log-in for each process.
func TestAMinuteOf64Goroutines(t *testing.T) {
	length, err := time.ParseDuration(given(t, "MOHUR_TOKENS_MINUTE"))
	if err != nil {
		t.Fatal(err)
	}
	hammer(t, length)
}
