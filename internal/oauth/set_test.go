package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/algo"
)

const sha256OID = "2.16.840.1.101.3.4.2.1"

// hashes of words, in standard base64.
func hashes(words ...string) []string {
	var out []string
	for _, w := range words {
		sum := sha256.Sum256([]byte(w))
		out = append(out, base64.StdEncoding.EncodeToString(sum[:]))
	}
	return out
}

func aSet(words ...string) Set {
	return Set{Client: "portal", Profile: "hr", HashAlgorithm: sha256OID, SignAlgorithm: "RSA_SHA256", Hashes: hashes(words...)}
}

// TestSetsAreHeldTo has one way to go beyond an authorisation each.
func TestSetsAreHeldTo(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		what   string
		change func(*Set)
		wait   time.Duration
		ok     bool
	}{
		{what: "the very set", ok: true},
		{what: "another order", change: func(s *Set) { slices.Reverse(s.Hashes) }, ok: true},
		{what: "a part", change: func(s *Set) { s.Hashes = hashes("a") }, ok: true},
		{what: "twice the same, as authorised", change: func(s *Set) { s.Hashes = hashes("a", "a") }, ok: true},
		{what: "once more than authorised", change: func(s *Set) { s.Hashes = hashes("b", "b") }},
		{what: "thrice", change: func(s *Set) { s.Hashes = hashes("a", "a", "a") }},
		{what: "another hash", change: func(s *Set) { s.Hashes = hashes("c") }},
		{what: "no hash", change: func(s *Set) { s.Hashes = nil }},
		{what: "another client", change: func(s *Set) { s.Client = "erp" }},
		{what: "another profile", change: func(s *Set) { s.Profile = "letters" }},
		{what: "another digest", change: func(s *Set) { s.HashAlgorithm = string(algo.SHA384.OID()) }},
		{what: "another algorithm", change: func(s *Set) { s.SignAlgorithm = "RSA_SSA_PSS_SHA256_MGF1 salt 32" }},
		{what: "in time", wait: 59 * time.Second, ok: true},
		{what: "late", wait: time.Minute},
	} {
		secret, life, err := w.AuthoriseSet(t.Context(), aSet("a", "b", "a"))
		if err != nil || life != time.Minute || len(secret) < 22 {
			t.Fatal(secret, life, err)
		}
		set := aSet("a", "b", "a")
		if c.change != nil {
			c.change(&set)
		}
		w.now = w.now.Add(c.wait)
		_, err = w.UseSet(t.Context(), secret, set)
		if c.ok != (err == nil) || !c.ok && codeOf(err) != "invalid_request" {
			t.Errorf("%s: %v", c.what, err)
		}
		if _, err := w.UseSet(t.Context(), secret, aSet("a")); c.ok && err == nil {
			t.Errorf("%s: used a second time", c.what)
		}
	}
	open := aSet("a")
	open.SignAlgorithm = ""
	secret, _, err := w.AuthoriseSet(t.Context(), open)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.UseSet(t.Context(), secret, aSet("a")); err != nil {
		t.Errorf("an authorisation that names no algorithm: %v", err)
	}
}

func TestOneOfManyUsesASet(t *testing.T) {
	w := newWorld(t)
	secret, _, err := w.AuthoriseSet(t.Context(), aSet("a"))
	if err != nil {
		t.Fatal(err)
	}
	var used atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if _, err := w.UseSet(t.Context(), secret, aSet("a")); err == nil {
				used.Add(1)
			}
		})
	}
	all.Wait()
	if used.Load() != 1 {
		t.Errorf("used %d times", used.Load())
	}
}

func TestSetsAreExtended(t *testing.T) {
	w := newWorld(t)
	secret, _, err := w.AuthoriseSet(t.Context(), aSet("a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.ExtendSet(t.Context(), secret, aSet("a", "c")); err == nil {
		t.Error("extended to another hash")
	}
	for n := 0; ; n++ {
		w.now = w.now.Add(45 * time.Second)
		fresh, _, err := w.ExtendSet(t.Context(), secret, aSet("a", "b"))
		if err != nil {
			if n != 5 {
				t.Errorf("extended %d times: %v", n, err)
			}
			break
		}
		if _, err := w.UseSet(t.Context(), secret, aSet("a")); err == nil {
			t.Error("the old secret still works")
		}
		secret = fresh
	}
	if _, err := w.UseSet(t.Context(), secret, aSet("b")); err != nil {
		t.Errorf("the last one: %v", err)
	}
}

func TestPINs(t *testing.T) {
	w := newWorld(t)
	check := func(pin string) string { return codeOf(w.CheckPIN(t.Context(), "portal", "hr", pin)) }
	if got := check(""); got != "<nil>" {
		t.Errorf("none set, none given: %s", got)
	}
	if got := check("123456"); got != "invalid_request" {
		t.Errorf("none set: %s", got)
	}
	if err := w.SetPIN(t.Context(), "portal", "hr", "12345"); !errors.Is(err, ErrPINLength) {
		t.Errorf("a short PIN: %v", err)
	}
	if err := w.SetPIN(t.Context(), "nobody", "hr", "123456"); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("nobody's PIN: %v", err)
	}
	if err := w.SetPIN(t.Context(), "portal", "hr", "açar-söz"); err != nil {
		t.Fatal(err)
	}
	if has, err := w.HasPIN(t.Context(), "portal", "hr"); err != nil || !has {
		t.Error("not set")
	}
	for _, c := range []struct{ pin, want string }{
		{"açar-söz", "<nil>"},
		{"", "invalid_request"},
		{"wrong1", "invalid_pin"},
		{"wrong2", "invalid_pin"},
		{"açar-söz", "<nil>"},
		{"wrong1", "invalid_pin"},
		{"wrong2", "invalid_pin"},
		{"wrong3", "invalid_pin"},
	} {
		if got := check(c.pin); got != c.want {
			t.Errorf("%q: %s, want %s", c.pin, got, c.want)
		}
	}
	var e *Error
	if err := w.CheckPIN(t.Context(), "portal", "hr", "açar-söz"); !errors.As(err, &e) || e.Status != 429 || e.RetryAfter != 30*time.Second {
		t.Errorf("the right one while blocked: %v", err)
	}
	w.now = w.now.Add(30 * time.Second)
	if got := check("wrong4"); got != "invalid_pin" {
		t.Error(got)
	}
	if err := w.CheckPIN(t.Context(), "portal", "hr", "açar-söz"); !errors.As(err, &e) || e.RetryAfter != time.Minute {
		t.Errorf("blocked for twice as long: %v", err)
	}
	w.now = w.now.Add(time.Minute)
	if got := check("açar-söz"); got != "<nil>" {
		t.Error(got)
	}
	if strings.Contains(hashPIN("açar-söz"), "açar") {
		t.Error("a PIN is stored as it is")
	}
	if one, two := hashPIN("x"), hashPIN("x"); one == two {
		t.Error("no salt")
	}
	for _, stored := range []string{"", "$argon2id$v=19$m=99999999,t=1,p=1$AAAA$AAAA", "$argon2i$v=19$m=19456,t=2,p=1$AAAA$AAAA"} {
		if samePIN(stored, "x") {
			t.Errorf("%q fits", stored)
		}
	}
}

// wish is what a client sends a person's browser with.
func wish(change func(url.Values)) url.Values {
	sum := sha256.Sum256([]byte(verifier))
	v := url.Values{
		"client_id": {"signer"}, "redirect_uri": {"https://app.example/back?x=1"}, "response_type": {"code"}, "state": {"s"}, "scope": {"credential"},
		"code_challenge": {enc(sum[:])}, "code_challenge_method": {"S256"}, "credentialID": {"hr"}, "numSignatures": {"2"}, "hashAlgorithmOID": {sha256OID},
		"hashes": {strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(strings.Join(hashes("a", "b"), ","))},
	}
	if change != nil {
		change(v)
	}
	return v
}

const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

// details is the wish in RFC 9396's form.
func details(text string) func(url.Values) {
	return func(v url.Values) {
		for _, name := range []string{"scope", "credentialID", "numSignatures", "hashAlgorithmOID", "hashes"} {
			v.Del(name)
		}
		v.Set("authorization_details", text)
	}
}

func TestAPersonAgrees(t *testing.T) {
	w := newWorld(t)
	rar := `[{"type":"credential","credentialID":"hr","numSignatures":2,"hashAlgorithmOID":"` + sha256OID + `","documentDigests":[{"hash":"` + hashes("a")[0] +
		`","label":"Əmr 1` + "\u202e" + `"},{"hash":"` + hashes("b")[0] + `"}]}]`
	for name, v := range map[string]url.Values{"parameters": wish(nil), "details": wish(details(rar))} {
		r, err := w.ParsePerson(v)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(r.Values) != 2 || r.Set.Profile != "hr" || name == "details" && r.Labels[0] != "Əmr 1" {
			t.Fatalf("%s: %+v", name, r)
		}
		if _, err := w.Agree(t.Context(), docket.Actor{UserID: w.clerk.UserID, Roles: []docket.Role{docket.RoleExpert}}, r); docket.CodeOf(err) != docket.CodeForbidden {
			t.Errorf("an expert agrees: %v", err)
		}
		location, err := w.Agree(t.Context(), w.clerk, r)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(location)
		q := u.Query()
		if u.Host != "app.example" || q.Get("x") != "1" || q.Get("state") != "s" || q.Get("iss") != issuer || len(q.Get("code")) != 43 {
			t.Fatalf("%s: back to %s", name, location)
		}
		ask := w.asks(w.assertion("ES256", func(_, c map[string]any) { c["iss"], c["sub"] = "signer", "signer" }))
		ask.GrantType, ask.Code, ask.RedirectURI, ask.Verifier = "authorization_code", q.Get("code"), "https://app.example/back?x=1", verifier
		token, err := w.Token(t.Context(), ask)
		if err != nil || token.Scope != ScopeCredential || len(token.Details) != 1 || *token.Details[0].Count != 2 {
			t.Fatalf("%s: %+v %v", name, token, err)
		}
		set := aSet("a", "b")
		set.Client = "signer"
		a, err := w.UseSet(t.Context(), token.AccessToken, set)
		if err != nil || a.Person != w.clerk.UserID {
			t.Errorf("%s: %+v %v", name, a, err)
		}
	}
}

// TestCodesAreHeldTo has one thing wrong with a code each.
func TestCodesAreHeldTo(t *testing.T) {
	w := newWorld(t)
	ask := func(client string) TokenRequest {
		r, err := w.ParsePerson(wish(nil))
		if err != nil {
			t.Fatal(err)
		}
		location, err := w.Agree(t.Context(), w.clerk, r)
		if err != nil {
			t.Fatal(err)
		}
		u, _ := url.Parse(location)
		q := w.asks(w.assertion("ES256", func(_, c map[string]any) { c["iss"], c["sub"] = client, client }))
		q.GrantType, q.Code, q.RedirectURI, q.Verifier = "authorization_code", u.Query().Get("code"), r.RedirectURI, verifier
		return q
	}
	for name, change := range map[string]func(*TokenRequest){
		"another address":  func(r *TokenRequest) { r.RedirectURI = "https://app.example/back" },
		"another verifier": func(r *TokenRequest) { r.Verifier = strings.Repeat("x", 43) },
		"a short verifier": func(r *TokenRequest) { r.Verifier = "x" },
		"unknown":          func(r *TokenRequest) { r.Code = "x" },
	} {
		r := ask("signer")
		change(&r)
		if _, err := w.Token(t.Context(), r); codeOf(err) != "invalid_grant" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Token(t.Context(), ask("portal")); codeOf(err) != "invalid_grant" {
		t.Errorf("another client's: %v", err)
	}
	late := ask("signer")
	w.now = w.now.Add(time.Minute)
	late.Assertion = w.assertion("ES256", func(_, c map[string]any) { c["iss"], c["sub"] = "signer", "signer" })
	if _, err := w.Token(t.Context(), late); codeOf(err) != "invalid_grant" {
		t.Errorf("late: %v", err)
	}
	// A code that comes twice ends what it has given.
	twice := ask("signer")
	token, err := w.Token(t.Context(), twice)
	if err != nil {
		t.Fatal(err)
	}
	twice.Assertion = w.assertion("ES256", func(_, c map[string]any) { c["iss"], c["sub"] = "signer", "signer" })
	if _, err := w.Token(t.Context(), twice); codeOf(err) != "invalid_grant" {
		t.Errorf("twice: %v", err)
	}
	set := aSet("a")
	set.Client = "signer"
	if _, err := w.UseSet(t.Context(), token.AccessToken, set); err == nil {
		t.Error("the token of a code that came twice still works")
	}
	if _, err := w.Authenticate(t.Context(), token.AccessToken, nil); !errors.Is(err, ErrToken) {
		t.Errorf("it is still a token: %v", err)
	}
}

func TestWishesThatAreRefused(t *testing.T) {
	w := newWorld(t)
	set := func(name, value string) func(url.Values) {
		return func(v url.Values) { v.Set(name, value) }
	}
	for name, change := range map[string]func(url.Values){
		"an unknown client":       set("client_id", "x"),
		"another client":          set("client_id", "portal"),
		"another address":         set("redirect_uri", "https://app.example/back?x=1&y=2"),
		"a longer address":        set("redirect_uri", "https://app.example/back?x=1/"),
		"a parameter twice":       func(v url.Values) { v["state"] = []string{"a", "b"} },
		"an address for somebody": set("redirect_uri", "https://evil.example/"),
	} {
		var back *BackError
		if _, err := w.ParsePerson(wish(change)); err == nil || errors.As(err, &back) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(url.Values){
		"implicit":              set("response_type", "token"),
		"no challenge":          set("code_challenge", ""),
		"a plain challenge":     set("code_challenge_method", "plain"),
		"service":               set("scope", "service"),
		"no hashes":             set("hashes", ""),
		"another count":         set("numSignatures", "3"),
		"a count in words":      set("numSignatures", "two"),
		"a weak digest":         set("hashAlgorithmOID", "1.3.14.3.2.26"),
		"hashes of another one": set("hashAlgorithmOID", string(algo.SHA512.OID())),
		"no credential":         set("credentialID", ""),
		"a request object":      set("request", "x"),
		"a bad algorithm":       set("signAlgo", "1.2.3"),
		"no JSON":               details("["),
		"two details":           details(`[{"type":"credential"},{"type":"credential"}]`),
		"another type":          details(`[{"type":"payment"}]`),
		"an unknown member":     details(`[{"type":"credential","response_uri":"https://x.example"}]`),
		"both forms":            set("authorization_details", "[]"),
	} {
		var back *BackError
		if _, err := w.ParsePerson(wish(change)); !errors.As(err, &back) {
			t.Errorf("%s: %v", name, err)
		} else if u, _ := url.Parse(back.Location); u.Host != "app.example" || u.Query().Get("error") == "" || u.Query().Get("state") != "s" {
			t.Errorf("%s: back to %s", name, back.Location)
		}
	}
}

// TestAlgorithms reads what clients send.
func TestAlgorithms(t *testing.T) {
	const (
		pss222 = "MDWgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIEAgIA3g==" // pyHanko's, RSA-2048 with the largest salt
		rsaPSS = "1.2.840.113549.1.1.10"
	)
	for _, c := range []struct {
		signAlgo, params string
		d                algo.Digest
		want             string
	}{
		{"1.2.840.113549.1.1.1", "", algo.SHA256, "RSA_SHA256"},
		{"1.2.840.113549.1.1.11", "", 0, "RSA_SHA256"},
		{"1.2.840.113549.1.1.11", "BQA=", 0, "RSA_SHA256"},
		{"1.2.840.113549.1.1.11", "", algo.SHA384, ""},
		{"1.2.840.113549.1.1.5", "", 0, ""}, // SHA-1
		{"1.2.840.113549.1.1.1", "", 0, ""},
		{"1.2.840.10045.4.3.2", "", algo.SHA256, "ECDSA_SHA256"},
		{"1.2.840.10045.2.1", "", algo.SHA384, "ECDSA_SHA384"},
		{"1.2.840.10045.2.1", "BQA=", algo.SHA384, ""},
		{"1.3.101.112", "", algo.SHA512, ""},
		{rsaPSS, "", algo.SHA256, "RSA_SSA_PSS_SHA256_MGF1 salt 32"},
		{rsaPSS, "", 0, ""},
		{rsaPSS, pss222, algo.SHA256, "RSA_SSA_PSS_SHA256_MGF1 salt 222"},
		{rsaPSS, strings.TrimRight(pss222, "="), 0, "RSA_SSA_PSS_SHA256_MGF1 salt 222"},
		{rsaPSS, pss222, algo.SHA384, ""},
		{rsaPSS, "MAA=", algo.SHA256, ""}, // the defaults are SHA-1
		{rsaPSS, "MAAB", algo.SHA256, ""},
		{rsaPSS, "!", algo.SHA256, ""},
		{"", "", algo.SHA256, ""},
		{"x", "", algo.SHA256, ""},
	} {
		a, err := ParseAlgorithm(c.signAlgo, c.params, c.d)
		if c.want == "" && err == nil || c.want != "" && (err != nil || a.String() != c.want) {
			t.Errorf("%s %s %s: %q %v, want %q", c.signAlgo, c.params, c.d, a, err, c.want)
		}
	}
	a, _ := ParseAlgorithm(rsaPSS, pss222, 0)
	if err := a.Fits(testKeys()["RS256"].Public()); err != nil {
		t.Errorf("222 in 2048 bits: %v", err)
	}
	a.PSS.SaltLength++
	if a.Fits(testKeys()["RS256"].Public()) == nil || a.Fits(testKeys()["ES256"].Public()) == nil {
		t.Error("a salt too long, or a key of another kind, fits")
	}
}

// TestHashSpellings: the same hash as different clients write it.
func TestHashSpellings(t *testing.T) {
	want := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\xfb\xff", 16)))
	url64 := strings.NewReplacer("+", "-", "/", "_").Replace(want)
	for _, text := range []string{want, strings.TrimRight(want, "="), url64, strings.TrimRight(url64, "="), url.QueryEscape(want), url.PathEscape(want)} {
		_, got, d, err := Hashes([]string{text}, "")
		if err != nil || got[0] != want || d != algo.SHA256 {
			t.Errorf("%s: %v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "%", "%2", "%zz", "a b", "AAAA", want + "AAAA", strings.Repeat("A", 2000), "%00"} {
		if _, got, _, err := Hashes([]string{text}, ""); err == nil {
			t.Errorf("%q: %v", text, got)
		}
	}
	if _, _, _, err := Hashes(nil, ""); err == nil {
		t.Error("no hash taken")
	}
}
