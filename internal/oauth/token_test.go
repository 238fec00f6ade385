package oauth

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

func TestClientsProveTheirKeys(t *testing.T) {
	w := newWorld(t)
	for _, alg := range []string{"ES256", "RS256", "PS256", "EdDSA"} {
		token, err := w.Token(t.Context(), w.asks(w.assertion(alg, nil)))
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if token.ExpiresIn != 600 || token.Type != "Bearer" || token.Scope != "service" || len(token.AccessToken) != 43 {
			t.Errorf("%s: %+v", alg, token)
		}
		g, err := w.Authenticate(t.Context(), token.AccessToken, nil)
		if err != nil || g.Client.Name != "portal" || g.Client.Tenant != "agency" || g.Scope != ScopeService {
			t.Errorf("%s: %+v %v", alg, g, err)
		}
	}
}

// TestAssertionsThatAreRefused has one defect each.
func TestAssertionsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	secret := func(h, _ map[string]any) { h["alg"] = "HS256" }
	for name, text := range map[string]string{
		"alg none":                 w.assertion("ES256", func(h, _ map[string]any) { h["alg"] = "none" }),
		"a keyed hash":             w.assertion("ES256", secret),
		"alg of another key":       w.assertion("ES256", func(h, _ map[string]any) { h["alg"] = "RS256" }),
		"another key's id":         w.assertion("ES256", func(h, _ map[string]any) { h["kid"] = "k1" }),
		"extensions":               w.assertion("ES256", func(h, _ map[string]any) { h["crit"] = []string{"b64"}; h["b64"] = false }),
		"another kind of token":    w.assertion("ES256", func(h, _ map[string]any) { h["typ"] = "dpop+jwt" }),
		"somebody else's issuer":   w.assertion("ES256", func(_, c map[string]any) { c["iss"] = "erp" }),
		"an unknown client":        w.assertion("ES256", func(_, c map[string]any) { c["sub"], c["iss"] = "x", "x" }),
		"a client without keys":    w.assertion("ES256", func(_, c map[string]any) { c["sub"], c["iss"] = "erp", "erp" }),
		"another audience":         w.assertion("ES256", func(_, c map[string]any) { c["aud"] = "https://other.example" }),
		"two audiences":            w.assertion("ES256", func(_, c map[string]any) { c["aud"] = []string{issuer, "https://other.example"} }),
		"no audience":              w.assertion("ES256", func(_, c map[string]any) { delete(c, "aud") }),
		"another endpoint":         w.assertion("ES256", func(_, c map[string]any) { c["aud"] = issuer + PathRevoke }),
		"no end":                   w.assertion("ES256", func(_, c map[string]any) { delete(c, "exp") }),
		"an end that is over":      w.assertion("ES256", func(_, c map[string]any) { c["exp"] = noon.Add(-time.Minute).Unix() }),
		"an end far away":          w.assertion("ES256", func(_, c map[string]any) { c["exp"] = noon.Add(time.Hour).Unix() }),
		"an end in words":          w.assertion("ES256", func(_, c map[string]any) { c["exp"] = "soon" }),
		"an end beyond all":        w.assertion("ES256", func(_, c map[string]any) { c["exp"] = 1e300 }),
		"a beginning ahead":        w.assertion("ES256", func(_, c map[string]any) { c["nbf"] = noon.Add(time.Minute).Unix() }),
		"made in the future":       w.assertion("ES256", func(_, c map[string]any) { c["iat"] = noon.Add(time.Minute).Unix() }),
		"no identifier":            w.assertion("ES256", func(_, c map[string]any) { delete(c, "jti") }),
		"a long identifier":        w.assertion("ES256", func(_, c map[string]any) { c["jti"] = strings.Repeat("x", 300) }),
		"two parts":                "a.b",
		"no base64":                "a.b.!",
		"too long":                 strings.Repeat("a", 20<<10),
		"a changed signature":      flip(w.assertion("ES256", nil)),
		"a DER signature":          "",
		"a signature of no length": w.assertion("none", func(h, _ map[string]any) { h["alg"] = "ES256" }),
	} {
		if name == "a DER signature" {
			signed := w.assertion("ES256", nil)
			signed = signed[:strings.LastIndex(signed, ".")]
			digest := sha256.Sum256([]byte(signed))
			der, _ := w.keys["ES256"].Sign(rand.Reader, digest[:], crypto.SHA256)
			text = signed + "." + enc(der)
		}
		if _, err := w.Token(t.Context(), w.asks(text)); codeOf(err) != "invalid_client" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A public key as the secret of a keyed hash: the classic confusion.
	public, _ := x509.MarshalPKIXPublicKey(w.keys["RS256"].Public())
	signed := w.assertion("", secret)
	signed = signed[:strings.LastIndex(signed, ".")]
	m := hmac.New(sha256.New, public)
	m.Write([]byte(signed))
	if _, err := w.Token(t.Context(), w.asks(signed+"."+enc(m.Sum(nil)))); codeOf(err) != "invalid_client" {
		t.Errorf("HMAC with the public key: %v", err)
	}
}

// flip changes the last character but one of a text in base64url, and with it the value.
func flip(s string) string {
	b := []byte(s)
	i := len(b) - 5
	if b[i] == 'A' {
		b[i] = 'B'
	} else {
		b[i] = 'A'
	}
	return string(b)
}

func TestAnAssertionIsUsedOnce(t *testing.T) {
	w := newWorld(t)
	a := w.assertion("ES256", func(_, c map[string]any) { c["aud"] = issuer })
	if _, err := w.Token(t.Context(), w.asks(a)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Token(t.Context(), w.asks(a)); codeOf(err) != "invalid_client" {
		t.Errorf("a second time: %v", err)
	}
	w.now = w.now.Add(80 * time.Second) // within the skew after its end
	if err := w.RemoveLapsed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Token(t.Context(), w.asks(a)); codeOf(err) != "invalid_client" {
		t.Errorf("within the skew: %v", err)
	}
}

func TestClientsByCertificate(t *testing.T) {
	w := newWorld(t)
	stranger, _ := certificate(t, "named", nil, nil, false) // the same subject, not issued below the roots
	asks := func(name string, peer ...*x509.Certificate) TokenRequest {
		return TokenRequest{GrantType: "client_credentials", Credentials: Credentials{ClientID: name, Peer: peer}}
	}
	for _, c := range []struct {
		what string
		r    TokenRequest
		ok   bool
	}{
		{"by hash", asks("erp", w.erp), true},
		{"by name", asks("named", w.named), true},
		{"a server's certificate", asks("web", w.web), false},
		{"no client_id", asks("", w.erp), false},
		{"another's client_id", asks("named", w.erp), false},
		{"a stranger's certificate", asks("named", stranger), false},
		{"no certificate", asks("erp"), false},
	} {
		token, err := w.Token(t.Context(), c.r)
		if c.ok != (err == nil) {
			t.Fatalf("%s: %v", c.what, err)
		}
		if err != nil {
			continue
		}
		// Bound to the certificate (RFC 8705, 3).
		if _, err := w.Authenticate(t.Context(), token.AccessToken, c.r.Peer); err != nil {
			t.Errorf("%s: %v", c.what, err)
		}
		for _, peer := range [][]*x509.Certificate{nil, {stranger}} {
			if _, err := w.Authenticate(t.Context(), token.AccessToken, peer); !errors.Is(err, ErrToken) {
				t.Errorf("%s: stolen token: %v", c.what, err)
			}
		}
	}
	if g, err := w.Authenticate(t.Context(), "", []*x509.Certificate{w.named}); err != nil || g.Client.Name != "named" || g.Scope != "" {
		t.Errorf("without a token: %+v %v", g, err)
	}
	if _, err := w.Authenticate(t.Context(), "", []*x509.Certificate{stranger}); codeOf(err) != "invalid_client" {
		t.Errorf("a stranger: %v", err)
	}
	w.now = w.now.Add(2 * time.Hour)
	for _, cert := range []*x509.Certificate{w.erp, w.named} {
		if _, err := w.Authenticate(t.Context(), "", []*x509.Certificate{cert}); codeOf(err) != "invalid_client" {
			t.Errorf("expired: %v", err)
		}
	}
}

func TestNamesNeedIssuers(t *testing.T) {
	w := newWorld(t)
	w.Roots = nil
	if _, err := w.Authenticate(t.Context(), "", []*x509.Certificate{w.named}); codeOf(err) != "invalid_client" {
		t.Errorf("by name without roots: %v", err)
	}
}

func TestTokenRequestsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		what, code string
		change     func(*TokenRequest)
	}{
		{"no grant", "invalid_request", func(r *TokenRequest) { r.GrantType = "" }},
		{"another grant", "unsupported_grant_type", func(r *TokenRequest) { r.GrantType = "password" }},
		{"another scope", "invalid_scope", func(r *TokenRequest) { r.Scope = "credential" }},
		{"a secret", "invalid_client", func(r *TokenRequest) { r.Secret = "x" }},
		{"basic", "invalid_client", func(r *TokenRequest) { r.Basic = true }},
		{"another type", "invalid_client", func(r *TokenRequest) { r.AssertionType = "x" }},
		{"another client_id", "invalid_client", func(r *TokenRequest) { r.ClientID = "erp" }},
		{"nothing", "invalid_client", func(r *TokenRequest) { r.Assertion, r.AssertionType = "", "" }},
		{"no code", "invalid_request", func(r *TokenRequest) { r.GrantType = "authorization_code" }},
	} {
		r := w.asks(w.assertion("ES256", nil))
		c.change(&r)
		if _, err := w.Token(t.Context(), r); codeOf(err) != c.code {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

func TestTokensEnd(t *testing.T) {
	w := newWorld(t)
	first, err := w.Token(t.Context(), w.asks(w.assertion("ES256", nil)))
	if err != nil {
		t.Fatal(err)
	}
	// Another client can't revoke it, and isn't told.
	if err := w.Revoke(t.Context(), Credentials{ClientID: "erp", Peer: []*x509.Certificate{w.erp}}, first.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(t.Context(), first.AccessToken, nil); err != nil {
		t.Errorf("revoked by another: %v", err)
	}
	own := w.asks(w.assertion("ES256", func(_, c map[string]any) { c["aud"] = issuer + PathRevoke })).Credentials
	own.Endpoint = PathRevoke
	if err := w.Revoke(t.Context(), own, first.AccessToken); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Authenticate(t.Context(), first.AccessToken, nil); !errors.Is(err, ErrToken) {
		t.Errorf("revoked: %v", err)
	}
	second, err := w.Token(t.Context(), w.asks(w.assertion("ES256", nil)))
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(10 * time.Minute)
	if _, err := w.Authenticate(t.Context(), second.AccessToken, nil); !errors.Is(err, ErrToken) {
		t.Errorf("expired: %v", err)
	}
	if _, err := w.Authenticate(t.Context(), "unknown", nil); !errors.Is(err, ErrToken) {
		t.Errorf("unknown: %v", err)
	}
}

// TestNoSecretIsStored looks for tokens in the database.
func TestNoSecretIsStored(t *testing.T) {
	w := newWorld(t)
	token, err := w.Token(t.Context(), w.asks(w.assertion("ES256", nil)))
	if err != nil {
		t.Fatal(err)
	}
	err = w.Store.Read(t.Context(), func(k docket.Work) error {
		row, err := k.AccessToken(t.Context(), hashOf(token.AccessToken))
		if err == nil && strings.Contains(string(row.Hash), token.AccessToken) {
			t.Error("the token is stored")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestKeySetsThatAreRefused(t *testing.T) {
	small, _ := rsa.GenerateKey(rand.Reader, 1024)
	for name, text := range map[string]string{
		"no JSON":            "{",
		"no key":             `{"keys":[]}`,
		"a secret":           `{"keys":[{"kty":"oct","k":"AAAA"}]}`,
		"a private key":      `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"` + enc(make([]byte, 32)) + `","d":"AAAA"}]}`,
		"a short RSA key":    string(jwks(t, small)),
		"a point off P-256":  `{"keys":[{"kty":"EC","crv":"P-256","x":"` + enc(make([]byte, 32)) + `","y":"` + enc(make([]byte, 32)) + `"}]}`,
		"another curve":      `{"keys":[{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}]}`,
		"a short coordinate": `{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}`,
		"exponent one":       `{"keys":[{"kty":"RSA","n":"` + enc(append([]byte{0x80}, append(make([]byte, 254), 1)...)) + `","e":"AQ"}]}`,
		"alg of others":      `{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"HS256","x":"` + enc(make([]byte, 32)) + `"}]}`,
		"only encryption":    `{"keys":[{"kty":"RSA","use":"enc","n":"AQAB","e":"AQAB"}]}`,
	} {
		if keys, err := ParseKeys([]byte(text)); err == nil {
			t.Errorf("%s: %d keys", name, len(keys))
		}
	}
}

func TestMetadata(t *testing.T) {
	m := newWorld(t).Metadata()
	if m.Issuer != issuer || m.Token != issuer+"/oauth2/token" || m.Aliases.Token != issuer+":8443/oauth2/token" || len(m.TokenMethods) != 3 || !m.Bound {
		t.Errorf("%+v", m)
	}
}

func TestClientsMustBeDistinct(t *testing.T) {
	one := Client{Name: "a", Certificate: []byte("x")}
	for _, list := range [][]Client{{one, {Name: "b", Certificate: []byte("x")}}, {one, {Name: "a"}}} {
		if _, err := New(Options{Store: newWorld(t).Store, Issuer: issuer, Now: time.Now, Clients: list}); err == nil {
			t.Errorf("%+v taken", list)
		}
	}
}
