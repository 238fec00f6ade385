package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
)

// signedAssertion is a client's proof of its key.
func (c *cscWorld) signedAssertion(t *testing.T, client string) string {
	t.Helper()
	b, err := os.ReadFile(c.key)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(b)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	claims, err := json.Marshal(map[string]any{
		"iss": client, "sub": client, "aud": c.world.address, "exp": time.Now().Add(time.Minute).Unix(), "jti": string(docket.NewID(time.Now())),
	})
	if err != nil {
		t.Fatal(err)
	}
	signed := enc([]byte(`{"alg":"ES256"}`)) + "." + enc(claims)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key.(*ecdsa.PrivateKey), digest[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + enc(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// sendCSC posts a form or JSON and reads the JSON that comes.
func sendCSC(t *testing.T, hc *http.Client, address, token string, body any) (int, map[string]any) {
	t.Helper()
	kind, b := "application/json", []byte(nil)
	if form, ok := body.(url.Values); ok {
		kind, b = "application/x-www-form-urlencoded", []byte(form.Encode())
	} else {
		var err error
		if b, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := hc.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if json.Unmarshal(answer, &v) != nil {
		v = map[string]any{"text": string(answer)}
	}
	return res.StatusCode, v
}

// TestSignatoryAuthorisesSignatures goes the whole way of SCAL 2: the program sends the signatory's browser, he sees the hash and agrees, the code
// becomes a token, and the token, which is good for nothing else, has that hash signed once.
func TestSignatoryAuthorisesSignatures(t *testing.T) {
	c := newCSCWorld(t, slog.New(slog.DiscardHandler))
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	challenge, digest := sha256.Sum256([]byte(verifier)), sha256.Sum256([]byte("a letter"))
	enc := base64.RawURLEncoding.EncodeToString
	wish := url.Values{
		"client_id": {"signer"}, "redirect_uri": {cscBack}, "response_type": {"code"}, "state": {"s"}, "scope": {"credential"}, "credentialID": {"csc-rsa"}, "numSignatures": {"1"},
		"hashes": {enc(digest[:])}, "hashAlgorithmOID": {"2.16.840.1.101.3.4.2.1"}, "code_challenge_method": {"S256"}, "code_challenge": {enc(challenge[:])},
	}
	code := c.agrees(t, wish, fmt.Sprintf("%X %X", digest[:2], digest[2:4]))

	post := func(path, token string, body any) (int, map[string]any) {
		return sendCSC(t, http.DefaultClient, c.world.address+path, token, body)
	}
	status, v := post("/oauth2/token", "", url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {cscBack}, "code_verifier": {verifier},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {c.signedAssertion(t, "signer")},
	})
	token, _ := v["access_token"].(string)
	if status != 200 || v["scope"] != "credential" {
		t.Fatalf("token: %d %v", status, v)
	}
	if status, v := post("/v1/verifications", token, map[string]any{}); status != 401 {
		t.Errorf("the token opens other routes: %d %v", status, v)
	}
	status, info := post("/csc/v2/credentials/info", token, map[string]any{"credentialID": "csc-rsa"})
	if status != 200 || info["SCAL"] != "2" {
		t.Fatalf("info: %d %v", status, info)
	}
	leaf := cscLeaf(t, info)
	other := sha256.Sum256([]byte("another letter"))
	ask := map[string]any{"credentialID": "csc-rsa", "hashes": []string{base64.StdEncoding.EncodeToString(other[:])}, "signAlgo": "1.2.840.113549.1.1.11"}
	if status, v := post("/csc/v2/signatures/signHash", token, ask); status != 400 {
		t.Errorf("another hash: %d %v", status, v)
	}
	ask["hashes"] = []string{base64.StdEncoding.EncodeToString(digest[:])}
	status, v = post("/csc/v2/signatures/signHash", token, ask)
	if status != 200 {
		t.Fatalf("signHash: %d %v", status, v)
	}
	value, _ := base64.StdEncoding.DecodeString(v["signatures"].([]any)[0].(string))
	if err := rsa.VerifyPKCS1v15(leaf.PublicKey.(*rsa.PublicKey), crypto.SHA256, digest[:], value); err != nil {
		t.Error(err)
	}
	if status, _ := post("/csc/v2/signatures/signHash", token, ask); status != 400 {
		t.Errorf("signed a second time: %d", status)
	}
}

// agrees lets the signatory log in, look at the page and agree; it returns the code.
func (c *cscWorld) agrees(t *testing.T, wish url.Values, shows string) string {
	t.Helper()
	jar, _ := cookiejar.New(nil)
	hc := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	secret, err := c.office.desk.IssueLoginLink(t.Context(), docket.System(), c.person.UserID, desk.LinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	address := c.world.address + "/oauth2/authorize"
	if res, err := hc.Get(address + "?" + wish.Encode()); err != nil || res.Header.Get("Location") != "/log-in" {
		t.Fatalf("without a log-in: %v %v", res, err)
	}
	if res, err := hc.PostForm(c.world.address+"/log-in/"+secret, nil); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatalf("log-in: %v %v", res, err)
	}
	res, err := hc.Get(address + "?" + wish.Encode())
	if err != nil {
		t.Fatal(err)
	}
	page, _ := io.ReadAll(res.Body)
	if res.StatusCode != 200 || !strings.Contains(string(page), shows) {
		t.Fatalf("the page does not show %s: %d %s", shows, res.StatusCode, page)
	}
	wish.Set("decision", "agree")
	if res, err = hc.PostForm(address, wish); err != nil {
		t.Fatal(err)
	}
	back, err := url.Parse(res.Header.Get("Location"))
	if err != nil || back.Host != "app.example" || back.Query().Get("code") == "" {
		t.Fatalf("back to %q %v", res.Header.Get("Location"), err)
	}
	return back.Query().Get("code")
}

// TestProgramsWithCertificates: the certificate counts on our own listener only, and a token got there is bound to it.
func TestProgramsWithCertificates(t *testing.T) {
	c := newCSCWorld(t, slog.New(slog.DiscardHandler))
	client := func(certs ...tls.Certificate) *http.Client {
		return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true, Certificates: certs}}} //nolint:gosec // the server's certificate is this test's
	}
	ask := url.Values{"grant_type": {"client_credentials"}, "client_id": {"machine"}}
	if status, _ := sendCSC(t, client(), c.secure+"/oauth2/token", "", ask); status != 401 {
		t.Errorf("without a certificate: %d", status)
	}
	status, v := sendCSC(t, client(c.own), c.secure+"/oauth2/token", "", ask)
	token, _ := v["access_token"].(string)
	if status != 200 {
		t.Fatalf("%d %v", status, v)
	}
	list := func(hc *http.Client, base, token string) int {
		status, _ := sendCSC(t, hc, base+"/csc/v1/credentials/list", token, map[string]any{})
		return status
	}
	for what, got := range map[string][2]int{
		"token and certificate":          {list(client(c.own), c.secure, token), 200},
		"the certificate alone":          {list(client(c.own), c.secure, ""), 200},
		"the token without certificate":  {list(client(), c.secure, token), 401},
		"the token on the other address": {list(http.DefaultClient, c.world.address, token), 401},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d, want %d", what, got[0], got[1])
		}
	}
	if res, err := client(c.own).Get(c.secure + "/"); err != nil || res.StatusCode != 404 {
		t.Errorf("pages on the listener of programs: %v %v", res, err)
	}
	if status, v := sendCSC(t, client(c.own), c.secure+"/csc/v2/signatures/timestamp", "", map[string]any{"hash": strings.Repeat("A", 43), "hashAlgo": "2.16.840.1.101.3.4.2.1"}); status != 200 || v["timestamp"] == nil {
		t.Errorf("timestamp: %d %v", status, v)
	}
}

// TestAdminSetsAPIN: only for a program and a profile that go together, and never a short one.
func TestAdminSetsAPIN(t *testing.T) {
	c := newCSCWorld(t, slog.New(slog.DiscardHandler))
	for _, k := range []struct {
		client, profile, pin string
		ok                   bool
	}{
		{"erp", "csc-rsa", "654321", true}, {"erp", "csc-rsa", "12345", false}, {"nobody", "csc-rsa", "654321", false}, {"erp", "nothing", "654321", false},
	} {
		std := streams{In: strings.NewReader(k.pin + "\n"), Out: io.Discard, Err: io.Discard}
		if err := setCSCPIN(t.Context(), c.office, k.client, k.profile, std); (err == nil) != k.ok {
			t.Errorf("%s %s %s: %v", k.client, k.profile, k.pin, err)
		}
	}
	if err := c.office.oauth.CheckPIN(t.Context(), "erp", "csc-rsa", "654321"); err != nil {
		t.Error(err)
	}
}

// cscLeaf is the signer's certificate of credentials/info.
func cscLeaf(t *testing.T, info map[string]any) *x509.Certificate {
	t.Helper()
	der, err := base64.StdEncoding.DecodeString(info["cert"].(map[string]any)["certificates"].([]any)[0].(string))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return leaf
}
