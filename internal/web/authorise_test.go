package web

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/oauth"
)

// authoriseAddress is where a program sends a signatory's browser.
const authoriseAddress = "/oauth2/authorize?client_id=portal&credentialID=elektron-sened-dovriyyesi&state=a+b%22"

// fakeAuthorisations reads one wish of two hashes, and answers with what was decided.
type fakeAuthorisations struct{}

func (fakeAuthorisations) ParsePerson(v url.Values) (*oauth.PersonRequest, error) {
	switch v.Get("client_id") {
	case "wrong":
		return nil, &oauth.BackError{Location: "https://app.example/?error=invalid_request", Err: &oauth.Error{Code: "invalid_request"}}
	case "unknown":
		return nil, errors.New("unknown client")
	}
	r := &oauth.PersonRequest{
		Client: &oauth.Client{Name: v.Get("client_id")}, RedirectURI: "https://app.example:444/back", State: v.Get("state"), Digest: algo.SHA256, Description: "Kadr əmrləri <b>",
		Values: [][]byte{[]byte(strings.Repeat("\xab", 32)), []byte(strings.Repeat("\x01", 32))}, Labels: []string{"Əmr № 7 <i>", ""},
	}
	r.Set = oauth.Set{Client: r.Client.Name, Profile: v.Get("credentialID"), SignAlgorithm: "RSA_SHA256"}
	return r, nil
}

func (fakeAuthorisations) Agree(_ context.Context, who docket.Actor, r *oauth.PersonRequest) (string, error) {
	return "https://app.example:444/back?code=c&state=" + url.QueryEscape(r.State) + "&by=" + url.QueryEscape(who.Name), nil
}

func (fakeAuthorisations) Decline(context.Context, docket.Actor, *oauth.PersonRequest) (string, error) {
	return "https://app.example:444/back?error=access_denied", nil
}

func TestASignatoryAuthorisesAProgram(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	if a := v.get(authoriseAddress); a.location != "/log-in" {
		t.Errorf("a stranger: %d %s", a.code, a.location)
	}
	if a := v.post("/log-in/signatory"); a.location != authoriseAddress {
		t.Errorf("after the log-in: %d %s", a.code, a.location)
	}
	v = site0(t, newFakeDesk(), nil)
	if v.get("/oauth2/authorize?" + strings.Repeat("x", 9<<10)); v.post("/log-in/signatory").location != "/agency" {
		t.Error("an endless address is kept")
	}
	v = site0(t, newFakeDesk(), nil)
	v.get(authoriseAddress)
	if a := v.post("/log-in/body"); a.location != "/home" {
		t.Errorf("a body's person: %d %s", a.code, a.location)
	}
	v = site0(t, newFakeDesk(), nil)
	expert := site0(t, newFakeDesk(), nil)
	expert.logIn("expert")
	if a := expert.get(authoriseAddress); a.code != 403 {
		t.Errorf("an expert: %d", a.code)
	}
	v.logIn("signatory")
	a := v.get(authoriseAddress)
	a.has(t, "ABAB ABAB ABAB ABAB", "0101 0101 0101 0101", "Əmr № 7 &lt;i&gt;", "portal", "app.example:444", "Elektron sənəd dövriyyəsi", "elektron-sened-dovriyyesi", `name="state" value="a b&#34;"`)
	if csp := a.header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' https://app.example:444;") {
		t.Errorf("the browser may not go back: %s", csp)
	}
	form := []string{"client_id", "portal", "credentialID", "elektron-sened-dovriyyesi", "state", `a b"`}
	if a := v.post("/oauth2/authorize", append(form, "decision", "agree")...); a.code != 303 || a.location != "https://app.example:444/back?code=c&state=a+b%22&by=%C3%9Clviyy%C9%99+A%C4%9Fayeva" {
		t.Errorf("agreed: %d %s", a.code, a.location)
	}
	for _, decision := range []string{"decline", "", "AGREE"} {
		if a := v.post("/oauth2/authorize", append(form, "decision", decision)...); a.location != "https://app.example:444/back?error=access_denied" {
			t.Errorf("%q: %d %s", decision, a.code, a.location)
		}
	}
	if a := expert.post("/oauth2/authorize", append(form, "decision", "agree")...); a.code != 403 {
		t.Errorf("an expert agrees: %d %s", a.code, a.location)
	}
}

// TestWishesThatGoNowhere: nobody is asked about a program, or a profile, that is not there.
func TestWishesThatGoNowhere(t *testing.T) {
	v := site0(t, newFakeDesk(), nil)
	v.logIn("signatory")
	if a := v.get("/oauth2/authorize?client_id=wrong"); a.code != 303 || a.location != "https://app.example/?error=invalid_request" {
		t.Errorf("a known program's mistake: %d %s", a.code, a.location)
	}
	for _, query := range []string{"client_id=unknown", "client_id=portal&credentialID=nothing", "client_id=other&credentialID=elektron-sened-dovriyyesi"} {
		if a := v.get("/oauth2/authorize?" + query); a.code != 422 && a.code != 400 || a.location != "" {
			t.Errorf("%s: %d %s", query, a.code, a.location)
		}
	}
	if a := v.post("/oauth2/authorize", "client_id", "portal", "credentialID", "nothing", "decision", "agree"); a.location != "" {
		t.Errorf("agreed to a profile that is not there: %s", a.location)
	}
}
