package oauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/store/sqlstore"
)

var noon = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)

const issuer = "https://rey.example.az"

// world is a service with clients of every kind and a clock that is moved by hand.
type world struct {
	*Service
	t     *testing.T
	now   time.Time
	keys  map[string]crypto.Signer
	erp   *x509.Certificate // pinned
	named *x509.Certificate // issued below the roots
	web   *x509.Certificate // so too, for servers only
	clerk docket.Actor
}

// testKeys are made once: an RSA key takes a while.
var testKeys = sync.OnceValue(func() map[string]crypto.Signer {
	r, _ := rsa.GenerateKey(rand.Reader, 2048)
	e, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, d, _ := ed25519.GenerateKey(rand.Reader)
	return map[string]crypto.Signer{"RS256": r, "PS256": r, "ES256": e, "EdDSA": d}
})

func newWorld(t *testing.T) *world {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "mohur.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{t: t, now: noon, keys: testKeys()}
	ca, caKey := certificate(t, "CA", nil, nil, true)
	w.named, _ = certificate(t, "named", ca, caKey, false)
	w.web, _ = certificate(t, "web", ca, caKey, false, x509.ExtKeyUsageServerAuth)
	w.erp, _ = certificate(t, "erp", nil, nil, false)
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	set, err := ParseKeys(jwks(t, w.keys["ES256"], w.keys["RS256"], w.keys["EdDSA"]))
	if err != nil {
		t.Fatal(err)
	}
	w.Service, err = New(Options{
		Store: store, Issuer: issuer, MTLS: issuer + ":8443", Roots: roots, Now: func() time.Time { return w.now },
		Clients: []Client{
			{Name: "portal", Tenant: "agency", Keys: set},
			{Name: "erp", Tenant: "agency", Certificate: fingerprint(w.erp)},
			{Name: "named", Tenant: "other", Subject: w.named.Subject.String(), Issuer: w.named.Issuer.String()},
			{Name: "web", Subject: w.web.Subject.String(), Issuer: w.web.Issuer.String()},
			{Name: "signer", Tenant: "agency", Keys: set, ByPerson: true, RedirectURIs: []string{"https://app.example/back?x=1"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	u := docket.User{ID: docket.NewID(noon), Name: "Rəşad", FIN: "7XY8ZW9", Roles: []docket.Role{docket.RoleSignatory}, Created: noon}
	if err := store.InTx(t.Context(), func(k docket.Work) error { return k.AddUser(t.Context(), &u) }); err != nil {
		t.Fatal(err)
	}
	w.clerk = docket.Actor{UserID: u.ID, Name: u.Name, FIN: u.FIN, Roles: u.Roles}
	return w
}

// certificate makes a certificate; by itself without an issuer.
func certificate(t *testing.T, name string, parent *x509.Certificate, by crypto.Signer, isCA bool, uses ...x509.ExtKeyUsage) (*x509.Certificate, crypto.Signer) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Test"}}, NotBefore: noon.Add(-time.Hour), NotAfter: noon.Add(time.Hour),
		IsCA: isCA, BasicConstraintsValid: isCA, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	if len(uses) > 0 {
		c.ExtKeyUsage = uses
	}
	if parent == nil {
		parent, by = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out, key
}

var enc = base64.RawURLEncoding.EncodeToString

// jwks writes public keys as a client would; their ids are k0, k1, ...
func jwks(t *testing.T, keys ...crypto.Signer) []byte {
	t.Helper()
	var list []map[string]string
	for i, k := range keys {
		m := map[string]string{"kid": fmt.Sprintf("k%d", i)}
		switch p := k.Public().(type) {
		case *rsa.PublicKey:
			m["kty"], m["n"], m["e"] = "RSA", enc(p.N.Bytes()), enc(big.NewInt(int64(p.E)).Bytes())
		case *ecdsa.PublicKey:
			b, err := p.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			m["kty"], m["crv"], m["x"], m["y"] = "EC", "P-256", enc(b[1:33]), enc(b[33:])
		case ed25519.PublicKey:
			m["kty"], m["crv"], m["x"] = "OKP", "Ed25519", enc(p)
		}
		list = append(list, m)
	}
	b, err := json.Marshal(map[string]any{"keys": list})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// assertion signs claims as a client would.
func (w *world) assertion(alg string, change func(header, claims map[string]any)) string {
	w.t.Helper()
	head := map[string]any{"alg": alg, "typ": "JWT"}
	body := map[string]any{"iss": "portal", "sub": "portal", "aud": issuer + PathToken, "exp": w.now.Add(time.Minute).Unix(), "jti": string(docket.NewID(w.now))}
	if change != nil {
		change(head, body)
	}
	h, _ := json.Marshal(head)
	b, _ := json.Marshal(body)
	signed := enc(h) + "." + enc(b)
	return signed + "." + enc(w.value(alg, []byte(signed)))
}

// value signs as RFC 7518 has it.
func (w *world) value(alg string, signed []byte) []byte {
	w.t.Helper()
	digest := sha256.Sum256(signed)
	var v []byte
	var err error
	switch k := w.keys[alg].(type) {
	case ed25519.PrivateKey:
		v = ed25519.Sign(k, signed)
	case *ecdsa.PrivateKey:
		r, s, bad := ecdsa.Sign(rand.Reader, k, digest[:])
		v, err = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), bad
	case *rsa.PrivateKey:
		if alg == "PS256" {
			v, err = rsa.SignPSS(rand.Reader, k, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: 32})
		} else {
			v, err = rsa.SignPKCS1v15(rand.Reader, k, crypto.SHA256, digest[:])
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// asks is a request with an assertion.
func (w *world) asks(assertion string) TokenRequest {
	return TokenRequest{GrantType: "client_credentials", Credentials: Credentials{AssertionType: AssertionType, Assertion: assertion, Endpoint: PathToken}}
}

// codeOf is OAuth's code of a refusal.
func codeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return fmt.Sprint(err)
}
