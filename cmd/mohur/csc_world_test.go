package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/demopki"
	"mohur/internal/desk"
	"mohur/pkcs11"
)

// cscKeys are the credentials of the run, each with a key of its own on a SoftHSM2 token.
var cscKeys = []struct {
	name, kind string
	hash       bool
}{{"csc-rsa", "RSA-2048", true}, {"csc-ec", "P-256", true}, {"csc-doc", "P-256", false}}

// cscWorld is a running office whose programs sign over CSC.
type cscWorld struct {
	world  *demoWorld
	office *office
	key    string // file with the private key of the programs erp and signer
	secure string // address of the listener that asks for certificates
	own    tls.Certificate
	person docket.Actor // a signatory
}

// newCSCWorld makes tokens, keys, profiles and programs: erp and signer have a key, machine a certificate; signer's signatures are a person's to
// authorise.
func newCSCWorld(t *testing.T, log *slog.Logger) *cscWorld {
	t.Helper()
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
	c := &cscWorld{world: w, key: cscClient(t, w.dir)}
	writeServerCertificate(t, w.dir, 1, time.Now())
	clientDir := t.TempDir()
	writeServerCertificate(t, clientDir, 2, time.Now())
	var err error
	if c.own, err = tls.LoadX509KeyPair(filepath.Join(clientDir, "cert.pem"), filepath.Join(clientDir, "key.pem")); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(c.own.Certificate[0])
	cfg := cscConfig(t, w, hex.EncodeToString(sum[:]))
	if c.office, err = openOffice(ctx, cfg, officeParts{now: w.now, log: log, loader: w.loader}); err != nil {
		t.Fatal(err)
	}
	w.office = c.office
	c.person = cscProfiles(t, c.office)
	if err := c.office.oauth.SetPIN(ctx, "erp", "csc-ec", "interop-pin"); err != nil {
		t.Fatal(err)
	}
	secure, err := c.office.listenTLS(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c.secure = "https://localhost:" + strconv.Itoa(secure.Addr().(*net.TCPAddr).Port)
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	w.stop, w.served = stop, make(chan error, 1)
	go func(l net.Listener) { w.served <- serveBoth(serving, l, secure, c.office.handler(), c.office.programs) }(w.listener)
	return c
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

// cscBack is where signer's people go back to.
const cscBack = "https://app.example/back"

// cscConfig is the configuration of an agency whose program erp may use three credentials.
func cscConfig(t *testing.T, w *demoWorld, machine string) *config {
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
		Clients: map[string]clientConfig{
			"erp": {Tenant: "agency", JWKS: filepath.Join(w.dir, "client.jwks")}, "machine": {Tenant: "agency", Certificate: machine},
			"signer": {Tenant: "agency", JWKS: filepath.Join(w.dir, "client.jwks"), AuthorisedBy: byPerson, RedirectURIs: []string{cscBack}},
		},
		TLS: tlsConfig{Listen: "127.0.0.1:0", Certificate: filepath.Join(w.dir, "cert.pem"), Key: filepath.Join(w.dir, "key.pem"), PublicURL: "https://localhost:8443"},
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

// cscProfiles lets two people bring the profiles into force; the second one, a signatory, is returned.
func cscProfiles(t *testing.T, o *office) docket.Actor {
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
			Unit: k.name, Credential: k.name, Format: docket.FormatPAdES, Level: docket.LevelT, Input: docket.InputUnbroken, HashAllowed: k.hash, Clients: []string{"erp", "machine", "signer"}, PerDay: 1000,
		}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.sealing.ApproveProfile(t.Context(), people[1], p.ID); err != nil {
			t.Fatal(err)
		}
	}
	return people[1]
}
