package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/auth"
)

// fakePortal lets in whom the code names.
type fakePortal struct {
	fakeLogIn
	down error
}

func (f *fakePortal) Issuer() string { return "https://portal.example.az" }

func (f *fakePortal) Start(context.Context, auth.Browser) (string, error) {
	return "https://portal.example.az/authorize?state=x", f.down
}

func (f *fakePortal) Finish(_ context.Context, b auth.Browser, answer url.Values) ([]auth.Account, error) {
	f.session = b.Session()
	switch answer.Get("code") {
	case "several":
		return f.accounts(), nil
	case "body":
		return f.accounts()[:1], nil
	case "registrar":
		return f.accounts()[1:], nil
	case "stranger":
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyPortalUnknown)
	}
	return nil, docket.Refuse(docket.CodeForbidden, docket.KeyPortal)
}

func (f *fakePortal) Local(target string) string {
	path, ok := strings.CutPrefix(target, "https://rey.example.az")
	if !ok {
		return ""
	}
	return path
}

func (f *fakePortal) LogOutAddress() string {
	return "https://portal.example.az/logout?client_id=mohur"
}

// S1-01: the portal opens our service with its identity, at the page that was asked for.
func TestLogInByThePortal(t *testing.T) {
	p := &fakePortal{}
	with := func(o *Options) { o.Portal, o.LogIn = p, nil }
	v := site0(t, newFakeDesk(), with)
	v.get("/log-in").has(t, `href="/log-in/portal"`, "Elektron Hökumət Portalı")
	if a := v.get("/submissions/s1"); a.code != http.StatusSeeOther || a.location != "/log-in" {
		t.Fatalf("%d %s", a.code, a.location)
	}
	if a := v.get("/log-in/portal"); a.code != http.StatusFound || a.location != "https://portal.example.az/authorize?state=x" {
		t.Fatalf("%d %s", a.code, a.location)
	}
	if a := v.get("/log-in/portal/back?code=body&state=x"); a.code != http.StatusSeeOther || a.location != "/submissions/s1" {
		t.Fatalf("%d %s", a.code, a.location)
	}
	v.get("/submissions/s1").has(t, "Nigar Əliyeva")
	if a := v.post("/logout"); a.location != "/logged-out" {
		t.Errorf("logged out to %s", a.location)
	}
	v.get("/logged-out").has(t, "https://portal.example.az/logout?client_id=mohur")
	if a := v.get("/home"); a.code != http.StatusSeeOther {
		t.Errorf("still in: %d", a.code)
	}
}

func TestWhereALogInLeads(t *testing.T) {
	for _, c := range []struct{ name, asked, start, code, want string }{
		{"a page of the other side", "/incoming/s1", "/log-in/portal", "body", "/home"},
		{"a page of the agency's", "/registrations/r1?x=1", "/log-in/portal", "registrar", "/registrations/r1?x=1"},
		{"the portal names our page", "", "/log-in/portal?iss=https://portal.example.az&target_link_uri=https://rey.example.az/submit", "body", "/submit"},
		{"the portal names another's page", "", "/log-in/portal?target_link_uri=https://evil.example/submit", "body", "/home"},
		{"nothing was asked", "", "/log-in/portal", "registrar", "/agency"},
	} {
		v := site0(t, newFakeDesk(), nil)
		if c.asked != "" {
			v.get(c.asked)
		}
		if a := v.get(c.start); a.code != http.StatusFound {
			t.Errorf("%s: %d", c.name, a.code)
		}
		if a := v.get("/log-in/portal/back?code=" + c.code); a.location != c.want {
			t.Errorf("%s: %d %s", c.name, a.code, a.location)
		}
	}
}

func TestRefusalsOfThePortal(t *testing.T) {
	p := &fakePortal{}
	v := site0(t, newFakeDesk(), func(o *Options) { o.Portal = p })
	a := v.get("/log-in/portal/back?code=stranger&state=s3cret")
	if a.code != http.StatusForbidden || strings.Contains(a.body, "s3cret") {
		t.Errorf("%d %s", a.code, a.body)
	}
	a.has(t, "Hesabınız yoxdur", `href="/register"`)
	if a := v.get("/log-in/portal/back?code=x&state=s3cret"); a.code != http.StatusForbidden || strings.Contains(a.body, "s3cret") {
		t.Errorf("%d", a.code)
	} else {
		a.has(t, "Portaldan gələn cavab qəbul olunmadı")
	}
	if a := v.get("/log-in/portal?iss=https://evil.example"); a.code != http.StatusForbidden {
		t.Errorf("another issuer: %d", a.code)
	}
	v.get("/log-in/portal")
	if a := v.get("/log-in/portal/back?code=several"); a.location != "/log-in/account" {
		t.Errorf("%d %s", a.code, a.location)
	}
	p.down = docket.Refuse(docket.CodeUnavailable, docket.KeyPortalDown)
	if a := v.get("/log-in/portal"); a.code != http.StatusServiceUnavailable {
		t.Errorf("%d", a.code)
	} else {
		a.has(t, "Portal cavab vermir", "Birdəfəlik keçidlə")
	}
	if a := site0(t, newFakeDesk(), func(o *Options) { o.Portal = nil }).get("/log-in/portal/back"); a.code == http.StatusSeeOther {
		t.Errorf("without a portal: %d %s", a.code, a.location)
	}
}
