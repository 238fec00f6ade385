package webeid

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

const origin = "https://portal.example.az"

// certificateFor makes a self-signed certificate.
func certificateFor(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Əliyev Əli"}, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// tokenFor makes an authentication token with the named algorithm.
func tokenFor(t *testing.T, key crypto.Signer, jws string, a SignatureAlgorithm) AuthToken {
	t.Helper()
	opts, err := a.Options()
	if err != nil {
		t.Fatal(err)
	}
	value, err := key.Sign(rand.Reader, a.Digest().Sum(AuthMessage(a.Digest(), origin, nonce)), opts)
	if err != nil {
		t.Fatal(err)
	}
	if value, err = a.Encode(key.Public(), value); err != nil {
		t.Fatal(err)
	}
	return NewAuthToken(certificateFor(t, key), jws, value, "https://mohur.example/")
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAuthTokensOfEachKey(t *testing.T) {
	for name, key := range keysForTest(t) {
		jws, _, err := JWSName(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if want := map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "RSA": "RS256"}[name]; jws != want {
			t.Errorf("%s: %s, want %s", name, jws, want)
		}
		names := []string{jws}
		if _, ok := key.Public().(*rsa.PublicKey); ok {
			names = append(names, "RS384", "RS512", "PS256", "PS384", "PS512")
		}
		for _, jws := range names {
			a, _, _ := jwsAlgorithm(jws)
			token := tokenFor(t, key, jws, a)
			der, err := VerifyAuthToken(marshal(t, token), origin, nonce)
			if err != nil || b64(der) != token.Certificate {
				t.Errorf("%s, %s: %v", name, jws, err)
			}
		}
	}
}

// The signature of a reference token (origin and nonce as a signer of the protocol's own program would hash them) is computed here by hand, so
// that a mistake made alike in making and checking is seen.
func TestAuthMessageByHand(t *testing.T) {
	a, _, _ := jwsAlgorithm("ES384")
	h := crypto.SHA384.New()
	h.Write([]byte(origin))
	first := h.Sum(nil)
	h.Reset()
	h.Write([]byte(nonce))
	if got := AuthMessage(a.Digest(), origin, nonce); !bytes.Equal(got, h.Sum(first)) || len(got) != 96 {
		t.Errorf("%x", got)
	}
}

func TestAuthTokensThatAreRefused(t *testing.T) {
	keys := keysForTest(t)
	good := tokenFor(t, keys["P-256"], "ES256", Supported(keys["P-256"].Public())[0])
	other := tokenFor(t, keys["P-384"], "ES384", Supported(keys["P-384"].Public())[0])
	flipped := "A" + good.Signature[1:]
	if flipped == good.Signature {
		flipped = "B" + good.Signature[1:]
	}
	for name, change := range map[string]func(*AuthToken){
		"other certificate":        func(a *AuthToken) { a.Certificate = other.Certificate },
		"other signature":          func(a *AuthToken) { a.Signature = other.Signature },
		"changed signature":        func(a *AuthToken) { a.Signature = flipped },
		"no signature":             func(a *AuthToken) { a.Signature = "" },
		"zeros":                    func(a *AuthToken) { a.Signature = b64(make([]byte, 64)) },
		"algorithm none":           func(a *AuthToken) { a.Algorithm = "none" },
		"HMAC":                     func(a *AuthToken) { a.Algorithm = "HS256" },
		"ES384 with P-256":         func(a *AuthToken) { a.Algorithm = "ES384" },
		"RS256 with P-256":         func(a *AuthToken) { a.Algorithm = "RS256" },
		"lower case":               func(a *AuthToken) { a.Algorithm = "es256" },
		"ES224":                    func(a *AuthToken) { a.Algorithm = "ES224" },
		"version 2":                func(a *AuthToken) { a.Format = "web-eid:2.0" },
		"version 10":               func(a *AuthToken) { a.Format = "web-eid:10" },
		"no format":                func(a *AuthToken) { a.Format = "" },
		"format with more":         func(a *AuthToken) { a.Format = "web-eid:1.0 " },
		"certificate is none":      func(a *AuthToken) { a.Certificate = "MAA=" },
		"certificate no Base64":    func(a *AuthToken) { a.Certificate = "%" },
		"bytes behind certificate": func(a *AuthToken) { a.Certificate = strings.TrimRight(a.Certificate, "=") + "AAAA" },
		"too long":                 func(a *AuthToken) { a.AppVersion = strings.Repeat("x", MaxAuthToken) },
	} {
		token := good
		change(&token)
		der, err := VerifyAuthToken(marshal(t, token), origin, nonce)
		if _, typed := errors.AsType[*TokenError](err); !typed || der != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Each curve has its digest (RFC 7518, 3.4): a signature that would verify is refused by its name.
	crossed, _, _ := jwsAlgorithm("ES384")
	if _, err := VerifyAuthToken(marshal(t, tokenFor(t, keys["P-256"], "ES384", crossed)), origin, nonce); err == nil {
		t.Error("ES384 by a key on P-256: accepted")
	}
	b := marshal(t, good)
	for name, c := range map[string][2]string{
		"other origin":        {"https://evil.example", nonce},
		"origin with a slash": {origin + "/", nonce},
		"other nonce":         {origin, strings.Replace(nonce, "1", "2", 1)},
		"short nonce":         {origin, "short"},
		"nonce and origin":    {nonce, origin},
	} {
		if _, err := VerifyAuthToken(b, c[0], c[1]); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for name, m := range map[string]string{
		"empty": "", "null": "null", "list": "[]", "two": string(b) + string(b), "twice": strings.Replace(string(b), `"format"`, `"algorithm"`, 1),
	} {
		if _, err := VerifyAuthToken([]byte(m), origin, nonce); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := VerifyAuthToken(b, origin, nonce); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	later := good
	later.Format = "web-eid:1.1"
	if _, err := VerifyAuthToken(marshal(t, later), origin, nonce); err != nil {
		t.Errorf("a later minor version: %v", err)
	}
}

func FuzzVerifyAuthToken(f *testing.F) {
	f.Add([]byte(`{"unverifiedCertificate":"MAA=","algorithm":"ES256","signature":"MAA=","format":"web-eid:1.0","appVersion":"https://web-eid.eu/web-eid-app/releases/2.8.0+0"}`))
	f.Add([]byte(`{"unverifiedCertificate":"MAA=","algorithm":"PS512","signature":"","format":"web-eid:1.1","unverifiedSigningCertificates":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		der, err := VerifyAuthToken(b, origin, nonce)
		if _, typed := errors.AsType[*TokenError](err); !typed || der != nil {
			t.Fatalf("nobody signed this, and yet: %v", err)
		}
	})
}
