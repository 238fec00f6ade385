package main

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"mohur/docket"
	"mohur/internal/desk"
)

// clerk is a person at the pages of a service that may die at any moment: he does what people do then, looks where the thing stands and tries again.
type clerk struct {
	k       *killed
	base    string
	address string // his own network's, for limits
	client  *http.Client
	user    docket.ID // empty: a visitor
	acks    int       // answers that said: done
}

// newClerk is a visitor, or who holds the account.
func (k *killed) newClerk(user docket.ID, n int) *clerk {
	cfg, err := loadConfig(k.config, nil)
	if err != nil {
		k.Error(err)
	}
	jar, _ := cookiejar.New(nil)
	return &clerk{
		k: k, base: cfg.PublicURL, address: fmt.Sprintf("10.%d.%d.9", n/250, n%250), user: user,
		client: &http.Client{Jar: jar, Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// pageAnswer is what a page said; status 0: nothing, for the service died.
type pageAnswer struct {
	status   int
	location string
	body     []byte
}

// ask sends a request. Who has to log in first does so.
func (c *clerk) ask(method, path, kind string, body []byte) pageAnswer {
	a := c.once(method, path, kind, body)
	if a.status == http.StatusSeeOther && strings.HasPrefix(a.location, "/log-in") && c.user != "" {
		c.logIn()
		return c.once(method, path, kind, body)
	}
	return a
}

func (c *clerk) once(method, path, kind string, body []byte) pageAnswer {
	req, err := http.NewRequestWithContext(c.k.Context(), method, c.base+path, bytes.NewReader(body))
	if err != nil {
		c.k.Error(err)
		return pageAnswer{}
	}
	req.Header.Set("X-Forwarded-For", c.address)
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return pageAnswer{}
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return pageAnswer{}
	}
	return pageAnswer{res.StatusCode, res.Header.Get("Location"), text}
}

// logIn follows a link that the office's own desk makes.
func (c *clerk) logIn() {
	secret, err := c.k.office.desk.IssueLoginLink(c.k.Context(), docket.System(), c.user, desk.LinkOptions{Time: time.Hour})
	if err != nil {
		c.k.Error(err)
		return
	}
	c.once(http.MethodPost, desk.PathLogIn+secret, "", nil)
}

// post sends a form: pairs of name and value.
func (c *clerk) post(path string, pairs ...string) pageAnswer {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return c.ask(http.MethodPost, path, "application/x-www-form-urlencoded", []byte(v.Encode()))
}

// upload sends a form with a file at its end.
func (c *clerk) upload(path, field, name string, content []byte, pairs ...string) pageAnswer {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = w.WriteField(pairs[i], pairs[i+1])
	}
	part, err := w.CreateFormFile(field, name)
	if err == nil {
		_, err = part.Write(content)
	}
	if err != nil {
		c.k.Error(err)
	}
	_ = w.Close()
	return c.ask(http.MethodPost, path, w.FormDataContentType(), b.Bytes())
}

// step does one thing until it is done, whatever dies meanwhile. do tries, done looks into the database. What was answered with "done" must be there:
// a page that leads on although nothing was written fails the test. False: it was given up, and the test has failed.
func (c *clerk) step(what string, do func() pageAnswer, done func() bool) bool {
	for until := time.Now().Add(4 * time.Minute); time.Now().Before(until); time.Sleep(100 * time.Millisecond) {
		a := do()
		reached := done()
		switch {
		case a.status == http.StatusSeeOther && !reached && !strings.HasPrefix(a.location, "/log-in"):
			c.k.Errorf("seed %d: %s: answered as done (%s), and is not", c.k.seed, what, a.location)
			return false
		case reached:
			if a.status == http.StatusSeeOther {
				c.acks++
			}
			return true
		case a.status == 0, a.status == http.StatusServiceUnavailable, a.status == http.StatusConflict, a.status == http.StatusTooManyRequests, a.status == http.StatusSeeOther:
		default:
			c.k.Errorf("seed %d: %s: %d\n%s", c.k.seed, what, a.status, summaryOf(a.body))
			return false
		}
	}
	c.k.Errorf("seed %d: %s: never done", c.k.seed, what)
	return false
}

// summaryOf is what a page says went wrong.
func summaryOf(page []byte) string {
	text := string(page)
	if _, after, found := strings.Cut(text, "error-summary"); found {
		text = after
	}
	return text[:min(len(text), 600)]
}
