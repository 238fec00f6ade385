package notify

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/fetch"
	"mohur/internal/locale"
)

// script is an SMTP server that answers each command by its first word; an empty answer hangs up.
func script(t *testing.T, answers map[string]string) (*SMTP, <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	heads := make(chan string, 4)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			speak(c, answers, heads)
		}
	}()
	return &SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, From: "mohur@example.az", Plain: true, Timeout: 5 * time.Second}, heads
}

func speak(c net.Conn, answers map[string]string, heads chan<- string) {
	defer c.Close()
	r := bufio.NewScanner(c)
	say := func(word, usual string) bool {
		answer, given := answers[word]
		if !given {
			answer = usual
		}
		if answer == "" {
			return false
		}
		fmt.Fprint(c, answer+"\r\n")
		return true
	}
	if !say("", "220 test") {
		return
	}
	for r.Scan() {
		word, _, _ := strings.Cut(strings.ToUpper(r.Text()), " ")
		usual := "250 ok"
		switch word {
		case "DATA":
			usual = "354 go"
		case "QUIT":
			usual = "221 bye"
		}
		if !say(word, usual) {
			return
		}
		if word != "DATA" || answers[word] != "" {
			continue
		}
		for r.Scan() && r.Text() != "." {
			if strings.HasPrefix(r.Text(), "Message-ID:") {
				heads <- r.Text()
			}
		}
		if !say(".", "250 taken") {
			return
		}
	}
}

// TestWhatBecameOfAMail: refused for good, refused for now, or not known, by where the server failed; what it took is sent even if it dies right
// after (requirements 8, 18: retried, never doubled).
func TestWhatBecameOfAMail(t *testing.T) {
	for name, c := range map[string]struct {
		answers map[string]string
		as      docket.PostState
		code    string
	}{
		"taken":                       {nil, docket.PostSent, ""},
		"taken, then it dies":         {map[string]string{"QUIT": "", "RSET": ""}, docket.PostSent, ""},
		"no greeting":                 {map[string]string{"": ""}, docket.PostFailed, "connect"},
		"sender refused":              {map[string]string{"MAIL": "550 no"}, docket.PostGivenUp, "smtp 550"},
		"recipient unknown":           {map[string]string{"RCPT": "550 no such user"}, docket.PostGivenUp, "smtp 550"},
		"greylisted":                  {map[string]string{"RCPT": "451 later"}, docket.PostFailed, "smtp 451"},
		"it dies before DATA":         {map[string]string{"DATA": ""}, docket.PostFailed, "connection"},
		"DATA refused":                {map[string]string{"DATA": "452 full"}, docket.PostFailed, "smtp 452"},
		"refused after DATA":          {map[string]string{".": "554 spam"}, docket.PostGivenUp, "smtp 554"},
		"not now, after DATA":         {map[string]string{".": "451 later"}, docket.PostFailed, "smtp 451"},
		"it dies before DATA's reply": {map[string]string{".": ""}, docket.PostUnknown, "no answer"},
	} {
		s, heads := script(t, c.answers)
		err := s.SendMail(t.Context(), Mail{ID: "0199", To: "a@example.az", Subject: "Rəy", Body: "9/14-05"})
		as, code := docket.PostSent, ""
		if e, ok := errors.AsType[*docket.PostError](err); ok {
			as, code = e.As, e.Code
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if as != c.as || code != c.code {
			t.Errorf("%s: %s %q, want %s %q (%v)", name, as, code, c.as, c.code, errors.Unwrap(err))
		}
		if name == "taken" {
			if got := <-heads; got != "Message-ID: <0199@example.az>" { // so a server that knows it drops a second one
				t.Error(got)
			}
		}
	}
}

func TestAnErrorOfAMailNamesNobody(t *testing.T) {
	s, _ := script(t, map[string]string{"RCPT": "550 no such user a@example.az"})
	err := s.SendMail(t.Context(), Mail{To: "a@example.az"})
	if err == nil || strings.Contains(err.Error(), "example.az") {
		t.Error(err)
	}
}

// gateway is a provider of SMS on loopback.
func gateway(t *testing.T, answer http.HandlerFunc, change func(*Gateway)) *Gateway {
	t.Helper()
	srv := httptest.NewServer(answer)
	t.Cleanup(srv.Close)
	client, err := fetch.New(fetch.Options{Timeout: 2 * time.Second, Map: map[string]string{"http://sms.test/": strings.TrimPrefix(srv.URL, "http://")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	g := &Gateway{Client: client, URL: "http://sms.test/send", Body: `{"to":"{to}","text":"{text}","id":"{id}"}`, Headers: []string{"Authorization: Bearer {token}"}, Token: "s3cret"}
	if change != nil {
		change(g)
	}
	if err := CheckGateway(g); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestSMSByAGateway: the template is filled with each value escaped as its place asks, and the token goes along (requirements 8, 21).
func TestSMSByAGateway(t *testing.T) {
	var got, kind, auth, query string
	take := func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, 4096)
		n, _ := r.Body.Read(b)
		got, kind, auth, query = string(b[:n]), r.Header.Get("Content-Type"), r.Header.Get("Authorization"), r.URL.RawQuery
		fmt.Fprint(w, `{"status":"OK"}`)
	}
	m := SMS{ID: "0199", To: "+994501234567", Text: "“9/14”: {to} \"ə\"\n&<b>"}
	if err := gateway(t, take, nil).SendText(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if want := `{"to":"+994501234567","text":"“9/14”: {to} \"ə\"\n\u0026\u003cb\u003e","id":"0199"}`; got != want || kind != "application/json" || auth != "Bearer s3cret" {
		t.Errorf("%s %s %s", got, kind, auth)
	}
	form := func(g *Gateway) { g.ContentType, g.Body = "application/x-www-form-urlencoded", "to={to}&text={text}" }
	if err := gateway(t, take, form).SendText(t.Context(), m); err != nil || !strings.HasPrefix(got, "to=%2B994501234567&text=%E2%80%9C9%2F14") {
		t.Errorf("%s %v", got, err)
	}
	address := func(g *Gateway) { g.Method, g.Body, g.URL = "GET", "", "http://sms.test/send?to={to}&text={text}" }
	if err := gateway(t, take, address).SendText(t.Context(), m); err != nil || !strings.Contains(query, "to=%2B994501234567") || got != "" {
		t.Errorf("%s %q %v", query, got, err)
	}
	markup := func(g *Gateway) { g.ContentType, g.Body = "text/xml", "<s to='{to}'>{text}</s>" }
	if err := gateway(t, take, markup).SendText(t.Context(), m); err != nil || !strings.Contains(got, "&amp;&lt;b&gt;") {
		t.Errorf("%s %v", got, err)
	}
}

func TestWhatBecameOfAnSMS(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		body   string
		as     docket.PostState
	}{
		"sent": {200, "status=OK", docket.PostSent}, "refused in words": {200, "status=ERROR", docket.PostGivenUp}, "wrong": {400, "", docket.PostGivenUp},
		"too many": {429, "", docket.PostFailed}, "busy": {503, "", docket.PostFailed}, "broken": {500, "", docket.PostUnknown}, "between": {504, "", docket.PostUnknown},
		"it hangs up": {0, "", docket.PostUnknown}, "moved": {302, "", docket.PostGivenUp},
	} {
		g := gateway(t, func(w http.ResponseWriter, _ *http.Request) {
			if c.status == 0 {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(c.status)
			fmt.Fprint(w, c.body)
		}, func(g *Gateway) { g.Success = regexp.MustCompile(`status=OK`) })
		err := g.SendText(t.Context(), SMS{To: "+994501234567", Text: "x"})
		as := docket.PostSent
		if e, ok := errors.AsType[*docket.PostError](err); ok {
			as = e.As
		}
		if as != c.as {
			t.Errorf("%s: %s, want %s (%v)", name, as, c.as, errors.Unwrap(err))
		}
	}
	private, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := &Gateway{Client: private, URL: "http://127.0.0.1/send?to={to}&text={text}"}
	if e, ok := errors.AsType[*docket.PostError](g.SendText(t.Context(), SMS{})); !ok || e.As != docket.PostGivenUp || e.Code != "address" {
		t.Errorf("an address of this machine: %v", e) // the guarded client (decisions 16)
	}
}

func TestTemplatesThatCantWork(t *testing.T) {
	for _, g := range []Gateway{
		{URL: "ftp://x/{to}{text}"}, {URL: "x"}, {URL: "https://x.az/", Body: "{to}"}, {URL: "https://x.az/?{text}"}, {URL: "https://x.az/{to}{text}", Headers: []string{"nothing"}},
	} {
		if CheckGateway(&g) == nil {
			t.Errorf("%+v passes", g)
		}
	}
}

// TestSMSGoToMobilesOnly: +994 mobile numbers, and one part (requirements 8, 21).
func TestSMSGoToMobilesOnly(t *testing.T) {
	b := &box{}
	p := Post{SMS: b, Words: words(locale.Azerbaijani)}
	for _, to := range []string{"", "+994124980000", "+905321234567", "+9945012345678", "0501234567", "+99450123456x"} {
		err := p.Deliver(t.Context(), &docket.Notification{Channel: docket.ChannelSMS, To: to, Key: docket.NotifyAccepted, Case: "1/1-07"})
		if e, ok := errors.AsType[*docket.PostError](err); !ok || e.As != docket.PostGivenUp || len(b.texts) != 0 {
			t.Errorf("%q: %v", to, err)
		}
	}
	if err := p.Deliver(t.Context(), &docket.Notification{Channel: docket.ChannelSMS, To: "+994501234567", Key: docket.NotifyAccepted, Case: "1/1-07"}); err != nil || len(b.texts) != 1 {
		t.Error(err)
	}
}
