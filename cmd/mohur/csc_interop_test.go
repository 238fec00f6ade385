//go:build interop

package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/desk"
	"mohur/pkcs11"
	"mohur/verify"
	"mohur/verify/etsi"
)

// cscKeys are the credentials of the run, each with a key of its own on a SoftHSM2 token.
var cscKeys = []struct {
	name, kind string
	hash       bool
}{{"csc-rsa", "RSA-2048", true}, {"csc-ec", "P-256", true}, {"csc-doc", "P-256", false}}

// TestCSCClient lets pyHanko's CSCSigner sign through a running server; scripts/csc.sh verifies what it made.
func TestCSCClient(t *testing.T) {
	python, out := os.Getenv("MOHUR_CSC_PYTHON"), os.Getenv("MOHUR_CSC_DIR")
	if python == "" || out == "" {
		t.Fatal("run it by scripts/csc.sh")
	}
	ctx := t.Context()
	w := &demoWorld{now: time.Now, loader: newLoader()}
	t.Cleanup(func() { _ = w.close() })
	for _, step := range []func() error{
		func() error { return w.makeFolder(filepath.Join(t.TempDir(), "world")) },
		func() error { return w.openHierarchy(ctx) },
		func() error { return w.openTokens(ctx) },
		func() error { return cscTokenKeys(ctx, w) },
		func() (err error) { w.listener, w.address, err = listenNear(ctx, 18600); return err },
	} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	key := cscClient(t, w.dir)
	cfg := cscConfig(t, w)
	o, err := openOffice(ctx, cfg, officeParts{now: w.now, log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})), loader: w.loader})
	if err != nil {
		t.Fatal(err)
	}
	w.office = o
	cscProfiles(t, o)
	if err := o.oauth.SetPIN(ctx, "erp", "csc-ec", "interop-pin"); err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(ctx)
	w.stop, w.served = stop, make(chan error, 1)
	go func(l net.Listener) { w.served <- serveUntil(serving, l, o.handler()) }(w.listener)

	for name, der := range map[string][]byte{"root.pem": w.hierarchy.Anchors()[0]} {
		if err := os.WriteFile(filepath.Join(out, name), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.hierarchy.Save(filepath.Join(out, "pki")); err != nil {
		t.Fatal(err)
	}
	document, err := w.application(director(), "1")
	if err != nil {
		t.Fatal(err)
	}
	letter := filepath.Join(out, "letter")
	if err := os.WriteFile(letter, document, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, python, filepath.Join("..", "..", "scripts", "pyhanko_csc.py"), w.address, "erp", key, letter, out, "interop-pin")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	t.Log(strings.TrimSpace(said.String()))
	verifyCSC(t, o, out)
}

// cscTokenKeys makes the keys with their certificates.
func cscTokenKeys(ctx context.Context, w *demoWorld) error {
	for _, k := range cscKeys {
		key, err := w.agency.GenerateKey(ctx, pkcs11.KeySpec{Label: k.name, ID: []byte(k.name), Kind: k.kind})
		if err != nil {
			return err
		}
		cert, err := w.hierarchy.Body(demopki.Body{Profile: demopki.Profile{PublicKey: key.Public()}, Organisation: agencyName, Unit: k.name, VOEN: agencyVOEN})
		if err != nil {
			return err
		}
		if err := w.agency.ImportCertificate(ctx, key, cert.Certificate); err != nil {
			return err
		}
	}
	return nil
}

// cscClient makes the program's key: the private part as PEM, the public one as a key set.
func cscClient(t *testing.T, dir string) string {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	point, err := k.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{"kty": "EC", "crv": "P-256", "x": enc(point[1:33]), "y": enc(point[33:])}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "client.pem")
	for name, b := range map[string][]byte{path: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), filepath.Join(dir, "client.jwks"): set} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// cscConfig is the configuration of an agency whose program erp may use three credentials.
func cscConfig(t *testing.T, w *demoWorld) *config {
	t.Helper()
	anchors, issuers := filepath.Join(w.dir, "anchors"), filepath.Join(w.dir, "issuers")
	if err := writeCertificates(anchors, w.hierarchy.Anchors()); err != nil {
		t.Fatal(err)
	}
	if err := writeCertificates(issuers, [][]byte{w.hierarchy.BodiesCA().Raw}); err != nil {
		t.Fatal(err)
	}
	cfg := &config{
		Data: w.dir, PublicURL: w.address, Agency: agencyConfig{Name: agencyName}, Trust: trustConfig{Anchors: []string{anchors}},
		Seal:        sealConfig{TSA: demopki.DefaultBaseURL + "/tsa"},
		Credentials: map[string]credentialConfig{},
		Clients:     map[string]clientConfig{"erp": {Tenant: "agency", JWKS: filepath.Join(w.dir, "client.jwks")}},
	}
	for _, k := range cscKeys {
		u := w.agency.Info().URI()
		u.Object, u.ModulePath = k.name, w.module.Path()
		cfg.Credentials[k.name] = credentialConfig{Members: []memberConfig{{Key: u.String(), PINFile: w.pinFile(), Chain: []string{issuers}}}}
	}
	for prefix, address := range w.mapping() {
		cfg.Fetch.Map = append(cfg.Fetch.Map, prefix+"="+address)
	}
	if err := cfg.complete(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// cscProfiles lets two people bring the profiles into force.
func cscProfiles(t *testing.T, o *office) {
	t.Helper()
	var people []docket.Actor
	for i, role := range []docket.Role{docket.RoleAdmin, docket.RoleSignatory} {
		u, err := o.desk.AddUser(t.Context(), docket.System(), desk.AddUserInput{Name: string(role), FIN: []string{"1AA1B2C", "2BB2C3D"}[i], Roles: []docket.Role{role}})
		if err != nil {
			t.Fatal(err)
		}
		who, err := o.desk.Actor(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, who)
	}
	for _, k := range cscKeys {
		p, err := o.sealing.ProposeProfile(t.Context(), people[0], docket.SealProposal{Name: k.name, Why: "interop", Terms: docket.SealTerms{
			Unit: k.name, Credential: k.name, Format: docket.FormatPAdES, Level: docket.LevelT, Input: docket.InputUnbroken, HashAllowed: k.hash, Clients: []string{"erp"}, PerDay: 1000,
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.sealing.ApproveProfile(t.Context(), people[1], p.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// verifyCSC judges what was signed as the service would.
func verifyCSC(t *testing.T, o *office, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.pdf"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, "nothing was signed")
	}
	passed := 0
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := o.judge.Verify(t.Context(), verify.Input{Content: bytes.NewReader(b), Size: int64(len(b)), Name: filepath.Base(path)}, verify.PolicyBasic)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if r.Indication != etsi.TotalPassed || len(r.Signatures) != 1 {
			t.Errorf("%s: %s %s, %d signatures", filepath.Base(path), r.Indication, r.SubIndication, len(r.Signatures))
			continue
		}
		passed++
	}
	t.Logf("csc      %d of %d TOTAL-PASSED", passed, len(files))
}
