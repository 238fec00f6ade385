package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/big"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/pkcs11"
)

// killed is a real service over a real database and a soft token behind a module that counts, which is killed again and again; and an office of
// the test's own over the same data, which works no queue and only looks.
type killed struct {
	testing.TB
	seed    uint64
	rng     *mrand.Rand
	dir     string
	world   *demoWorld
	config  string
	base    string // of the listener that asks for certificates
	clients map[string]*http.Client
	office  *office

	mu      sync.Mutex
	service *exec.Cmd
	done    chan struct{} // the present service has ended
	kills   atomic.Int64
	drivers atomic.Int64
}

// killsProfile is what the programs ask for.
const killsProfile = "erp-letters"

// newKilled makes the world; the service is not started yet.
func newKilled(t testing.TB, dsn string, seed uint64) *killed {
	t.Helper()
	k := &killed{TB: t, seed: seed, rng: mrand.New(mrand.NewPCG(seed, 1)), clients: map[string]*http.Client{}}
	k.dir = filepath.Join(t.TempDir(), "data")
	counter := k.counterModule()
	k.world = &demoWorld{now: time.Now, loader: newLoader()}
	for _, step := range []func() error{
		func() error { return k.world.makeFolder(k.dir) },
		func() error { return k.world.openHierarchy(t.Context()) },
		func() error { return k.world.openTokens(t.Context()) },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = k.world.close() })
	uri := k.world.agency.Info().URI()
	uri.Object, uri.ModulePath = "seal", counter
	k.writeConfig(dsn, uri)
	cfg, err := loadConfig(k.config, nil)
	if err != nil {
		t.Fatal(err)
	}
	if k.office, err = openOffice(t.Context(), cfg, officeParts{now: time.Now, log: slog.New(slog.DiscardHandler), loader: newLoader(), via: "test"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.office.Close() })
	k.makeProfile()
	return k
}

// counterModule compiles the module that counts.
func (k *killed) counterModule() string {
	k.Helper()
	real, err := pkcs11.SoftHSM()
	if err != nil {
		k.Fatal(err)
	}
	out := filepath.Join(k.TempDir(), "counter.so")
	text, err := exec.Command("cc", "-shared", "-fPIC", "-o", out, filepath.Join("testdata", "counter", "counter.c"), "-ldl").CombinedOutput() //nolint:gosec // our own source
	if err != nil {
		k.Fatalf("cc: %v\n%s", err, text)
	}
	k.Setenv("COUNTER_MODULE", real)
	k.Setenv("COUNTER_FILE", filepath.Join(k.TempDir(), "signatures"))
	return out
}

// signatures is how many C_Sign has given out.
func (k *killed) signatures() int {
	info, err := os.Stat(os.Getenv("COUNTER_FILE"))
	if err != nil {
		return 0
	}
	return int(info.Size())
}

// freePort is a port that nobody listens on now.
func (k *killed) freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		k.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// writeConfig writes what the service is told, and the certificates of listener and clients.
func (k *killed) writeConfig(dsn string, key pkcs11.URI) {
	k.Helper()
	anchors, issuers := filepath.Join(k.dir, "anchors"), filepath.Join(k.dir, "issuers")
	if err := writeCertificates(anchors, k.world.hierarchy.Anchors()); err != nil {
		k.Fatal(err)
	}
	if err := writeCertificates(issuers, [][]byte{k.world.hierarchy.BodiesCA().Raw}); err != nil {
		k.Fatal(err)
	}
	tlsDir := k.TempDir()
	writeServerCertificate(k, tlsDir, 1, time.Now().Add(30*time.Minute)) // in force for an hour and a half from half an hour ago
	web, port := k.freePort(), k.freePort()
	k.base = fmt.Sprintf("https://localhost:%d", port)
	var b strings.Builder
	fmt.Fprintf(&b, "listen = \"127.0.0.1:%d\"\npublic_url = \"http://localhost:%d\"\ndata = %q\ndatabase = %q\n", web, web, k.dir, dsn)
	fmt.Fprintf(&b, "[agency]\nname = \"Nümunə\"\n[trust]\nanchors = [%q]\nseal_policies = [%q]\n", anchors, demopki.SealRightPolicy)
	fmt.Fprintf(&b, "[seal]\nkey = %q\npin_file = %q\nchain = [%q]\ntsa = %q\n", key.String(), k.world.pinFile(), issuers, demopki.DefaultBaseURL+"/tsa")
	for prefix, address := range k.world.mapping() {
		fmt.Fprintf(&b, "[fetch]\nmap = [%q]\n", prefix+"="+address)
	}
	fmt.Fprintf(&b, "[tls]\nlisten = \"127.0.0.1:%d\"\ncertificate = %q\nkey = %q\npublic_url = %q\n", port, filepath.Join(tlsDir, "cert.pem"), filepath.Join(tlsDir, "key.pem"), k.base)
	b.WriteString("[api]\nper_second = 1000\n")
	for _, name := range []string{"erp", "crm", "dms"} {
		fmt.Fprintf(&b, "[clients.%s]\ntenant = \"agency\"\ncertificate = %q\n", name, k.newClient(name))
	}
	k.config = filepath.Join(k.TempDir(), "mohur.toml")
	if err := os.WriteFile(k.config, []byte(b.String()), 0o600); err != nil {
		k.Fatal(err)
	}
}

// newClient makes a program with a certificate of its own, and returns its fingerprint.
func (k *killed) newClient(name string) string {
	k.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		k.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		k.Fatal(err)
	}
	k.clients[name] = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		//nolint:gosec // the listener's certificate is this test's own
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
	}}
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// makeProfile lets two people bring the profile into force.
func (k *killed) makeProfile() {
	k.Helper()
	people := []docket.User{
		{ID: "admin", Name: "A", FIN: "1AB2CD3", Roles: []docket.Role{docket.RoleAdmin}, Created: time.Now()},
		{ID: "signatory", Name: "B", FIN: "2AB2CD3", Roles: []docket.Role{docket.RoleSignatory}, Created: time.Now()},
	}
	k.tx(func(w docket.Work) error {
		for i := range people {
			if err := w.AddUser(k.Context(), &people[i]); err != nil {
				return err
			}
		}
		return nil
	})
	who := func(u docket.User) docket.Actor {
		return docket.Actor{UserID: u.ID, Name: u.Name, FIN: u.FIN, Roles: u.Roles}
	}
	p, err := k.office.sealing.ProposeProfile(k.Context(), who(people[0]), docket.SealProposal{Name: killsProfile, Why: "test", Terms: docket.SealTerms{
		Unit: "Elektron sənəd dövriyyəsi", Credential: defaultCredential, Format: docket.FormatPAdES, Level: docket.LevelT, Input: docket.InputUnbroken,
		Clients: []string{"erp", "crm", "dms"}, PerDay: 1_000_000,
	}})
	if err != nil {
		k.Fatal(err)
	}
	if _, err := k.office.sealing.ApproveProfile(k.Context(), who(people[1]), p.ID); err != nil {
		k.Fatal(err)
	}
}

func (k *killed) tx(do func(docket.Work) error) {
	k.Helper()
	if err := k.office.store.InTx(k.Context(), do); err != nil {
		k.Fatal(err)
	}
}

// start starts the service and waits until it answers.
func (k *killed) start() {
	k.Helper()
	log, err := os.OpenFile(filepath.Join(k.dir, "service.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		k.Fatal(err)
	}
	defer log.Close()
	cmd := exec.CommandContext(context.WithoutCancel(k.Context()), os.Args[0], "serve", "--config", k.config) //nolint:gosec // this very test binary
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = cmd.Wait(); close(done) }()
	k.mu.Lock()
	k.service, k.done = cmd, done
	k.mu.Unlock()
	for until := time.Now().Add(time.Minute); ; {
		res, err := k.clients["erp"].Get(k.base + "/healthz")
		if err == nil {
			_ = res.Body.Close()
			return
		}
		select {
		case <-done:
			k.fatalWithLog("the service ended by itself")
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(until) {
			k.fatalWithLog("the service does not answer")
		}
	}
}

func (k *killed) fatalWithLog(why string) {
	k.Helper()
	b, _ := os.ReadFile(filepath.Join(k.dir, "service.log"))
	k.Fatalf("seed %d: %s\n%s", k.seed, why, b[max(0, len(b)-4000):])
}

// kill -9 the service.
func (k *killed) kill() {
	_ = k.service.Process.Kill()
	<-k.done
}

// killDriver kills the process that the service runs the module in; false if there is none just now.
func (k *killed) killDriver() bool {
	parent := strconv.Itoa(k.service.Process.Pid)
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
		line, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if len(fields) < 2 || fields[1] != parent || err != nil || !bytes.Contains(line, []byte("\x00driver\x00")) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			continue
		}
		if p, err := os.FindProcess(pid); err == nil && p.Kill() == nil {
			return true
		}
	}
	return false
}
