package auth

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/auth/oidctest"
	"mohur/internal/fetch"
	"mohur/internal/store/sqlstore"
)

// portalBench is a log-in by the portal over a real database (S1-01).
type portalBench struct {
	*testing.T
	*Portal
	logInBench
	provider *oidctest.Provider
}

const backPage = "http://localhost:8080/log-in/portal/back"

func newPortalBench(t *testing.T) *portalBench {
	t.Helper()
	b := &portalBench{T: t}
	b.logInBench = logInBench{T: t, clock: time.Now()}
	now := func() time.Time { return b.clock }
	var err error
	var stop func()
	b.provider, stop, err = oidctest.Start(oidctest.Options{
		ClientID: "mohur", Secret: "s3cret & +", Redirect: backPage, Now: now, People: []oidctest.Person{
			{Subject: "nigar", Name: "Nigar Əliyeva", FIN: "1ab2cd3"}, {Subject: "yad", Name: "Yad Adam", FIN: "9ZZ9ZZ9"}, {Subject: "kodsuz", Name: "Kodsuz"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	if b.store, err = sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.store.Close() })
	b.Portal = b.portal(nil)
	return b
}

// portal makes one of our side; change changes its options.
func (b *portalBench) portal(change func(*PortalOptions)) *Portal {
	b.Helper()
	c, err := fetch.New(fetch.Options{Map: map[string]string{b.provider.Issuer + "/": b.provider.Address()}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	o := PortalOptions{
		Store: b.store, Client: c.HTTPClient(), Issuer: b.provider.Issuer, ClientID: "mohur", Secret: "s3cret & +", Redirect: backPage,
		Scopes: []string{"profile"}, Now: func() time.Time { return b.clock },
	}
	if change != nil {
		change(&o)
	}
	p, err := NewPortal(o)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// back walks a log-in up to the browser's return.
func (b *portalBench) back(p *Portal, browser Browser, subject string) url.Values {
	b.Helper()
	address, err := p.Start(b.Context(), browser)
	if err != nil {
		b.Fatal(err)
	}
	u, err := b.provider.Choose(address, subject)
	if err != nil {
		b.Fatal(err)
	}
	if !strings.HasPrefix(u.String(), backPage+"?") {
		b.Fatalf("sent back to %s", u)
	}
	return u.Query()
}

// S1-01; requirements 8, 17: the portal's person enters the account with his FİN, chooses between several, and is told clearly if he has none.
func TestLogInByThePortal(t *testing.T) {
	b := newPortalBench(t)
	browser := Browser{"one"}
	if _, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "yad")); docket.KeyOf(err) != docket.KeyPortalUnknown {
		t.Errorf("a stranger: %v", err)
	}
	if _, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "kodsuz")); docket.KeyOf(err) != docket.KeyPortalNoCode {
		t.Errorf("without a code: %v", err)
	}
	if _, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nobody")); docket.KeyOf(err) != docket.KeyPortalCancelled {
		t.Errorf("declined: %v", err)
	}
	id := b.account("1AB2CD3", "1234567890")
	got, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar"))
	if err != nil || len(got) != 1 || got[0].User.ID != id || got[0].User.LastLogIn.IsZero() {
		t.Fatalf("%+v %v", got, err)
	}
	if b.audited(docket.AuditLogIn) != 1 || b.audited(docket.AuditLogInRefused) != 3 {
		t.Error("the log does not tell of it")
	}
	staff := b.account("1AB2CD3", "")
	if got, err = b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar")); err != nil || len(got) != 2 {
		t.Fatalf("%+v %v", got, err)
	}
	if offered, err := b.Offered(t.Context(), browser.Session()); err != nil || len(offered) != 2 {
		t.Errorf("offered %+v %v", offered, err)
	}
	if _, err := b.Choose(t.Context(), Browser{"two"}.Session(), staff); docket.KeyOf(err) != docket.KeyLoginChoice {
		t.Errorf("another browser chooses: %v", err)
	}
	u, err := b.Choose(t.Context(), browser.Session(), staff)
	if err != nil || u.ID != staff {
		t.Fatalf("%+v %v", u, err)
	}
	if at := b.LogOutAddress(); !strings.HasPrefix(at, b.provider.Issuer+"/logout?client_id=mohur&post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8080%2F") {
		t.Errorf("log-out at %q", at)
	}
	for target, want := range map[string]string{
		"http://localhost:8080/submissions/s1?x=1": "/submissions/s1?x=1", "/home": "/home", "https://localhost:8080/home": "", "http://evil.example/": "", "//evil.example/home": "",
		"http://x@localhost:8080/": "", "javascript:alert(1)": "", "%": "",
	} {
		if got := b.Local(target); got != want {
			t.Errorf("%s: %q", target, got)
		}
	}
}

// A suspended account lets nobody in; the person's other account still does.
func TestThePortalEntersNoSuspendedAccount(t *testing.T) {
	b := newPortalBench(t)
	id := b.account("1AB2CD3", "")
	err := b.store.InTx(t.Context(), func(w docket.Work) error {
		u, err := w.User(t.Context(), id)
		if err != nil {
			return err
		}
		u.Suspended = b.clock
		return w.UpdateUser(t.Context(), u)
	})
	if err != nil {
		t.Fatal(err)
	}
	browser := Browser{"one"}
	if _, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar")); docket.KeyOf(err) != docket.KeyLoginSuspended {
		t.Errorf("suspended: %v", err)
	}
	body := b.account("1AB2CD3", "1234567890")
	if got, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar")); err != nil || len(got) != 1 || got[0].User.ID != body {
		t.Errorf("%+v %v", got, err)
	}
}

// The FİN is in the ID token or in the answer about the person; the claim's name is configured.
func TestWhereThePortalNamesTheCode(t *testing.T) {
	b := newPortalBench(t)
	b.account("1AB2CD3", "")
	browser := Browser{"one"}
	b.provider.Change(func(o *oidctest.Options) { o.InfoOnly = true })
	if got, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar")); err != nil || len(got) != 1 {
		t.Errorf("in the answer about the person: %+v %v", got, err)
	}
	b.provider.Change(func(o *oidctest.Options) {
		o.Claims = func(c map[string]any) { c["personal_code"] = c["fin"]; delete(c, "fin") }
		o.InfoOnly = false
	})
	p := b.portal(func(o *PortalOptions) { o.FINClaim = "personal_code" })
	if got, err := p.Finish(t.Context(), browser, b.back(p, browser, "nigar")); err != nil || len(got) != 1 {
		t.Errorf("under another name: %+v %v", got, err)
	}
}

// A subject stays bound to the FİN of its first log-in.
func TestASubjectStaysThePersons(t *testing.T) {
	b := newPortalBench(t)
	b.account("1AB2CD3", "")
	b.account("9ZZ9ZZ9", "")
	browser := Browser{"one"}
	if _, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar")); err != nil {
		t.Fatal(err)
	}
	b.provider.Change(func(o *oidctest.Options) { o.People[0].FIN = "9ZZ9ZZ9" })
	if _, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar")); docket.KeyOf(err) != docket.KeyPortalOther {
		t.Errorf("the subject came with another FİN: %v", err)
	}
}

// What comes back is good for the browser that was sent, once, within its time, with the very code verifier.
func TestAnAnswerIsTheBrowsersAndUsedOnce(t *testing.T) {
	b := newPortalBench(t)
	b.account("1AB2CD3", "")
	browser := Browser{"one"}
	refused := func(name string, in Browser, answer url.Values) {
		t.Helper()
		if _, err := b.Finish(t.Context(), in, answer); docket.KeyOf(err) != docket.KeyPortal || docket.CodeOf(err) != docket.CodeForbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer := b.back(b.Portal, browser, "nigar")
	refused("another browser", Browser{"two"}, answer)
	if b.provider.Asked() != 0 {
		t.Error("a stranger's answer was exchanged")
	}
	if _, err := b.Finish(t.Context(), browser, answer); err != nil {
		t.Fatal(err)
	}
	refused("replayed", browser, answer)
	answer = b.back(b.Portal, browser, "nigar")
	b.clock = b.clock.Add(10 * time.Minute)
	refused("late", browser, answer)
	one, two := b.back(b.Portal, browser, "nigar"), b.back(b.Portal, browser, "nigar")
	one.Set("code", two.Get("code"))
	refused("a code of another log-in: its verifier differs", browser, one)
	for name, spoil := range map[string]func(url.Values){
		"no state":       func(v url.Values) { v.Del("state") },
		"another state":  func(v url.Values) { v.Set("state", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA") },
		"no code":        func(v url.Values) { v.Del("code") },
		"another issuer": func(v url.Values) { v.Set("iss", "https://evil.example") },
		"no issuer":      func(v url.Values) { v.Del("iss") },
		"an error":       func(v url.Values) { v.Set("error", "server_error") },
	} {
		answer := b.back(b.Portal, browser, "nigar")
		spoil(answer)
		refused(name, browser, answer)
	}
	if n := b.audited(docket.AuditLogIn); n != 1 {
		t.Errorf("%d log-ins", n)
	}
}

// An ID token that is not the portal's, for us, for this log-in, now, lets nobody in.
func TestASpoiltIDTokenIsRefused(t *testing.T) {
	b := newPortalBench(t)
	b.account("1AB2CD3", "")
	stranger, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	claim := func(do func(map[string]any)) func(*oidctest.Options) {
		return func(o *oidctest.Options) { o.Claims = do }
	}
	for name, spoil := range map[string]func(*oidctest.Options){
		"nonce":           claim(func(c map[string]any) { c["nonce"] = "of another log-in" }),
		"no nonce":        claim(func(c map[string]any) { delete(c, "nonce") }),
		"issuer":          claim(func(c map[string]any) { c["iss"] = "https://evil.example" }),
		"audience":        claim(func(c map[string]any) { c["aud"] = "another" }),
		"azp":             claim(func(c map[string]any) { c["aud"], c["azp"] = []string{"mohur", "another"}, "another" }),
		"no azp":          claim(func(c map[string]any) { c["aud"] = []string{"mohur", "another"} }),
		"expired":         claim(func(c map[string]any) { c["exp"] = b.clock.Add(-time.Second).Unix() }),
		"no expiry":       claim(func(c map[string]any) { delete(c, "exp") }),
		"not yet":         claim(func(c map[string]any) { c["nbf"] = b.clock.Add(time.Hour).Unix() }),
		"from the future": claim(func(c map[string]any) { c["iat"] = b.clock.Add(time.Hour).Unix() }),
		"no subject":      claim(func(c map[string]any) { delete(c, "sub") }),
		"at_hash":         claim(func(c map[string]any) { c["at_hash"] = encode(make([]byte, 16)) }),
		"another's key": func(o *oidctest.Options) {
			o.Sign = func(c map[string]any, _ *ecdsa.PrivateKey) (string, error) { return oidctest.Sign(c, stranger) }
		},
		"alg none": func(o *oidctest.Options) {
			o.Sign = func(c map[string]any, _ *ecdsa.PrivateKey) (string, error) {
				payload, err := json.Marshal(c)
				return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload) + ".", err
			}
		},
		"alg none without a signature's dot": func(o *oidctest.Options) {
			o.Sign = func(c map[string]any, _ *ecdsa.PrivateKey) (string, error) {
				payload, err := json.Marshal(c)
				return encode([]byte(`{"alg":"none"}`)) + "." + encode(payload), err
			}
		},
		"no ID token": func(o *oidctest.Options) {
			o.Sign = func(map[string]any, *ecdsa.PrivateKey) (string, error) { return "", nil }
		},
	} {
		t.Run(name, func(t *testing.T) {
			b.provider.Change(func(o *oidctest.Options) { o.Claims, o.Sign = nil, nil; spoil(o) })
			browser := Browser{name}
			_, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar"))
			if docket.KeyOf(err) != docket.KeyPortal || docket.CodeOf(err) != docket.CodeForbidden {
				t.Errorf("%v", err)
			}
		})
	}
	b.provider.Change(func(o *oidctest.Options) { o.Claims, o.Sign = nil, nil })
	browser := Browser{"well again"}
	if _, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar")); err != nil || b.audited(docket.AuditLogIn) != 1 {
		t.Errorf("%v", err)
	}
}

// A portal that is away or no good is said to be; one that was known serves on; a wrong secret of ours lets nobody in.
func TestAPortalThatIsAway(t *testing.T) {
	b := newPortalBench(t)
	b.account("1AB2CD3", "")
	for name, doc := range map[string]func(map[string]any){
		"another issuer": func(d map[string]any) { d["issuer"] = "https://evil.example" },
		"no PKCE":        func(d map[string]any) { d["code_challenge_methods_supported"] = []string{"plain"} },
	} {
		b.provider.Change(func(o *oidctest.Options) { o.Document = doc })
		if _, err := b.portal(nil).Start(t.Context(), Browser{"one"}); docket.KeyOf(err) != docket.KeyPortalDown || docket.CodeOf(err) != docket.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.provider.Change(func(o *oidctest.Options) { o.Document = nil })
	if _, err := b.portal(func(o *PortalOptions) { o.Issuer = "http://169.254.169.254" }).Start(t.Context(), Browser{"one"}); docket.KeyOf(err) != docket.KeyPortalDown {
		t.Errorf("an address inside: %v", err)
	} else if refused := new(fetch.RefusedError); !errors.As(err, &refused) {
		t.Errorf("the guard was not asked: %v", err)
	}
	browser := Browser{"one"}
	answer := b.back(b.Portal, browser, "nigar")
	wrongSecret := b.portal(func(o *PortalOptions) { o.Secret = "another" })
	if _, err := wrongSecret.Finish(t.Context(), browser, answer); docket.KeyOf(err) != docket.KeyPortal {
		t.Errorf("our secret is wrong: %v", err)
	}
	b.provider.Change(func(o *oidctest.Options) { o.Document = func(d map[string]any) { d["issuer"] = "x" } })
	b.clock = b.clock.Add(2 * time.Hour)
	if got, err := b.Finish(t.Context(), browser, b.back(b.Portal, browser, "nigar")); err != nil || len(got) != 1 {
		t.Errorf("what was known serves on: %v", err)
	}
}
