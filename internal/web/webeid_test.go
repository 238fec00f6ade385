package web

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"mohur/docket"
	"mohur/internal/auth"
	"mohur/internal/signings"
	"mohur/internal/webeid"
)

// fakeSignings knows one signing, of whoever prepared it.
type fakeSignings struct {
	mu       sync.Mutex
	refusal  error
	owner    signings.Owner
	prepared signings.PrepareInput
	document string
	finished signings.FinishInput
}

func (f *fakeSignings) Prepare(_ context.Context, in signings.PrepareInput) (*docket.Signing, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if in.Accept != nil {
		if err := in.Accept(docket.Signer{Name: "Nigar Əliyeva", FIN: string(in.Certificate)}); err != nil {
			return nil, err
		}
	}
	b, err := io.ReadAll(io.NewSectionReader(in.Document, 0, in.Size))
	f.owner, f.prepared, f.document = in.Owner, in, string(b)
	return f.signing(), err
}

func (f *fakeSignings) signing() *docket.Signing {
	return &docket.Signing{ID: "g1", Subject: f.prepared.Subject, Name: f.prepared.Name, Holder: "Nigar Əliyeva", Hash: []byte{0xab, 0xcd, 0xef, 1}, Digest: "SHA256", Algorithm: "ECDSA_SHA256"}
}

func (f *fakeSignings) Find(_ context.Context, who signings.Owner, id docket.ID) (*docket.Signing, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id != "g1" || who != f.owner {
		return nil, docket.ErrNotFound
	}
	return f.signing(), nil
}

func (f *fakeSignings) Finish(_ context.Context, in signings.FinishInput) (*docket.Signing, error) {
	f.finished = in
	return f.signing(), f.refusal
}

func (f *fakeSignings) Document(context.Context, signings.Owner, docket.ID) (*docket.Signing, docket.BlobReader, error) {
	return f.signing(), memoryBlob{strings.NewReader("signed by the token")}, nil
}

// fakeLogIn lets whoever's token says so in.
type fakeLogIn struct {
	session docket.Hash
	anybody bool // may choose
}

func (f *fakeLogIn) Challenge(_ context.Context, session docket.Hash) (string, error) {
	f.session = session
	return "nonce-of-this-session", nil
}

func (f *fakeLogIn) LogIn(_ context.Context, session docket.Hash, nonce string, token []byte) ([]auth.Account, error) {
	var t webeid.AuthToken
	if err := json.Unmarshal(token, &t); err != nil || session != f.session || nonce != "nonce-of-this-session" {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyLoginToken)
	}
	switch t.Certificate {
	case "several":
		return f.accounts(), nil
	case "one":
		return f.accounts()[:1], nil
	}
	return nil, docket.Refuse(docket.CodeForbidden, docket.KeyLoginUnknown)
}

func (f *fakeLogIn) accounts() []auth.Account {
	return []auth.Account{
		{User: docket.User{ID: "body", Name: "Nigar Əliyeva", BodyID: "b1"}, Body: "Dövlət Statistika Komitəsi"},
		{User: docket.User{ID: "registrar", Name: "Nigar Əliyeva"}},
	}
}

func (f *fakeLogIn) Offered(_ context.Context, session docket.Hash) ([]auth.Account, error) {
	if session != f.session && !f.anybody {
		return nil, nil
	}
	return f.accounts(), nil
}

func (f *fakeLogIn) Choose(_ context.Context, session docket.Hash, user docket.ID) (*docket.User, error) {
	if i := slices.IndexFunc(f.accounts(), func(a auth.Account) bool { return a.User.ID == user }); i >= 0 && session == f.session {
		return &f.accounts()[i].User, nil
	}
	return nil, docket.Refuse(docket.CodeForbidden, docket.KeyLoginChoice)
}

// ask posts JSON as the pages' script does.
func (v *visitor) ask(path, body string) answer {
	v.t.Helper()
	return v.do("POST", path, strings.NewReader(body), "application/json")
}

func TestSigningWithTheTokenInTheBrowser(t *testing.T) {
	d, s := newFakeDesk(), &fakeSignings{}
	inDraft(d)
	v := site0(t, d, func(o *Options) { o.Signings = s }).logIn("body")
	v.get("/submit/s1/sign").has(t, `data-webeid="sign"`, `data-address="/submit/s1/signing"`, `src="/static/webeid.js"`, `data-text="ERR_WEBEID_USER_CANCELLED"`)
	a := v.ask("/submit/s1/signing", `{"certificate":"MUFCMkNEMw==","supportedSignatureAlgorithms":[{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"}]}`)
	if a.code != http.StatusOK {
		t.Fatalf("%d %s", a.code, a.body)
	}
	a.has(t, `"id":"g1"`, `"hash":"q83vAQ=="`, `"hashFunction":"SHA-256"`, `"fingerprint":"ABCD EF01"`, `"name":"sənəd`)
	if s.document != "<script>record" || s.prepared.Subject != "s1" || len(s.prepared.Supported) != 1 || string(s.prepared.Certificate) != "1AB2CD3" {
		t.Errorf("prepared %+v over %q", s.prepared, s.document)
	}
	value := `{"signature":"AQID","signatureAlgorithm":{"cryptoAlgorithm":"ECC","hashFunction":"SHA-256","paddingScheme":"NONE"}}`
	for name, path := range map[string]string{"another case's address": "/submit/s2/signing/g1", "another signing": "/submit/s1/signing/g2"} {
		if a := v.ask(path, value); a.code != http.StatusNotFound {
			t.Errorf("%s: %d", name, a.code)
		}
	}
	if a := site0(t, d, func(o *Options) { o.Signings = s }).logIn("body").ask("/submit/s1/signing/g1", value); a.code != http.StatusNotFound {
		t.Errorf("the same person in another session: %d", a.code)
	}
	a = v.ask("/submit/s1/signing/g1", value)
	if a.code != http.StatusOK || a.body != `{"location":"/submit/s1/done"}` || d.uploaded != "signed by the token" {
		t.Errorf("%d %s, the desk got %q", a.code, a.body, d.uploaded)
	}
	if s.finished.Owner != s.owner || string(s.finished.Value) != "\x01\x02\x03" || s.finished.Algorithm.CryptoAlgorithm != webeid.ECC {
		t.Errorf("finished %+v", s.finished)
	}
}

func TestRefusalsOfASigningAreSentences(t *testing.T) {
	d, s := newFakeDesk(), &fakeSignings{}
	inDraft(d)
	v := site0(t, d, func(o *Options) { o.Signings = s }).logIn("body")
	start := func(fin string) answer {
		return v.ask("/submit/s1/signing", fmt.Sprintf(`{"certificate":%s}`, mustJSON([]byte(fin))))
	}
	a := start("other")
	if a.code != http.StatusUnprocessableEntity || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s", a.code, a.body)
	}
	a.has(t, `"key":"signature.other_person"`, `"message":"Sənədi`)
	start("1AB2CD3")
	s.refusal = docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp)
	if a := v.ask("/submit/s1/signing/g1", `{"signature":"AQID"}`); a.code != http.StatusServiceUnavailable || d.uploaded != "" {
		t.Errorf("%d %s; the desk got %q", a.code, a.body, d.uploaded)
	}
	for name, a := range map[string]answer{
		"a form":        v.post("/submit/s1/signing", "certificate", "x"),
		"plain text":    v.do("POST", "/submit/s1/signing", strings.NewReader(`{"certificate":""}`), "text/plain"),
		"broken JSON":   v.ask("/submit/s1/signing", `{"certificate":`),
		"far too large": v.ask("/submit/s1/signing", `{"certificate":"`+strings.Repeat("A", 2*maxJSON)+`"}`),
	} {
		if a.code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, a.code)
		}
	}
	req, _ := http.NewRequest(http.MethodPost, v.url+"/submit/s1/signing", strings.NewReader(`{}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	if res, err := v.client.Do(req); err != nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("another site's script: %v %v", res, err)
	}
	if a := site0(t, d, func(o *Options) { o.Signings = nil }).logIn("body").ask("/submit/s1/signing", "{}"); a.code != http.StatusNotFound {
		t.Errorf("without the service: %d", a.code)
	}
}

func TestLogInWithTheTokenInTheBrowser(t *testing.T) {
	d, l := newFakeDesk(), &fakeLogIn{}
	with := func(o *Options) { o.LogIn = l }
	proof := func(who string) string {
		return fmt.Sprintf(`{"nonce":"nonce-of-this-session","token":{"unverifiedCertificate":%q}}`, who)
	}
	v := site0(t, d, with)
	v.get("/log-in").has(t, `data-webeid="authenticate"`, `src="/static/webeid.js"`)
	if a := v.ask("/log-in/web-eid/challenge", "{}"); a.body != `{"nonce":"nonce-of-this-session"}` {
		t.Fatalf("%d %s", a.code, a.body)
	}
	if a := site0(t, d, with).ask("/log-in/web-eid", proof("one")); a.code != http.StatusForbidden {
		t.Errorf("the nonce of another session: %d", a.code)
	}
	a := v.ask("/log-in/web-eid", proof("nobody"))
	if a.code != http.StatusForbidden {
		t.Errorf("a stranger: %d", a.code)
	}
	a.has(t, `"key":"login.unknown"`)
	if a := v.ask("/log-in/web-eid", proof("one")); a.body != `{"location":"/home"}` {
		t.Errorf("%d %s", a.code, a.body)
	}
	v.get("/home").has(t, "Nigar Əliyeva")

	v = site0(t, d, with)
	if a := v.get("/log-in/account"); a.code != http.StatusSeeOther || a.location != "/log-in" {
		t.Errorf("nothing to choose from: %d %s", a.code, a.location)
	}
	v.ask("/log-in/web-eid/challenge", "{}")
	if a := v.ask("/log-in/web-eid", proof("several")); a.body != `{"location":"/log-in/account"}` {
		t.Errorf("%d %s", a.code, a.body)
	}
	if a := v.get("/home"); a.code != http.StatusSeeOther {
		t.Errorf("in before an account was chosen: %d", a.code)
	}
	v.get("/log-in/account").has(t, "Dövlət Statistika Komitəsi", `value="registrar"`)
	if a := v.post("/log-in/account", "account", "auditor"); a.code != http.StatusForbidden {
		t.Errorf("an account that was not offered: %d", a.code)
	}
	if a := v.post("/log-in/account", "account", "registrar"); a.code != http.StatusSeeOther || a.location != "/agency" {
		t.Errorf("%d %s", a.code, a.location)
	}
}

// A letter that came without a signature is signed where it is, by the visitor who brought it.
func TestTheLetterIsSignedWithTheTokenInTheBrowser(t *testing.T) {
	d, s := newFakeDesk(), &fakeSignings{}
	v := site0(t, d, func(o *Options) { o.Signings = s })
	if strings.Contains(v.get("/register").body, "data-webeid") {
		t.Error("a token is offered where there is nothing to sign")
	}
	if a := v.ask("/register/signing", `{"certificate":"AQID"}`); a.code != http.StatusNotFound {
		t.Errorf("without a letter: %d", a.code)
	}
	d.refusal = docket.Invalid("letter", docket.KeySigMissing)
	v.upload("/register", []string{"body", "b2", "email", "a@b.az", "mobile", "+994501112233"}, file{"letter", "müraciət.pdf", "unsigned"}).has(t, `data-address="/register/signing"`)
	d.registered.BodyID, d.registered.Mobile = "b2", "+994501112233"
	d.refusal, d.uploaded = nil, ""
	v.ask("/register/signing", `{"certificate":"AQID"}`).has(t, `"id":"g1"`, `"name":"müraciət.pdf"`)
	if s.document != "unsigned" || s.prepared.Subject != "r1" || s.prepared.Accept != nil {
		t.Errorf("prepared %+v over %q", s.prepared, s.document)
	}
	if a := site0(t, d, func(o *Options) { o.Signings = s }).ask("/register/signing/g1", `{"signature":"AQID"}`); a.code != http.StatusNotFound {
		t.Errorf("another visitor: %d", a.code)
	}
	a := v.ask("/register/signing/g1", `{"signature":"AQID"}`)
	if a.body != `{"location":"/register/done"}` || d.uploaded != "signed by the token" || d.asked[len(d.asked)-1] != "register b2 a@b.az +994501112233" {
		t.Errorf("%d %s, the desk got %q, asked %v", a.code, a.body, d.uploaded, d.asked)
	}
}
