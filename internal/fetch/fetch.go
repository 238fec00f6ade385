// Package fetch is the one guarded HTTP client, the program's only way out: certificates, CRLs, OCSP responders, timestamp authorities, web
// hooks. Addresses come from documents that strangers send, so every one is treated as an attack on the network inside: the address is checked
// when the connection is made, after the name was resolved, and again for each redirect.
//
// It must not know what is fetched.
package fetch

import (
	"bytes"
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"
)

// Options configure a Client. The zero value is safe: public addresses on ports 80 and 443 only.
type Options struct {
	Timeout       time.Duration     // of a whole request with its redirects and body; default 10 s
	MaxBytes      int64             // of a response's body; default 32 MiB
	MaxRedirects  int               // default 3; negative: none are followed
	Ports         []uint16          // allowed besides 80 and 443
	AllowNetworks []netip.Prefix    // networks that are otherwise refused, such as the one of an agency's own responder
	Map           map[string]string // URL prefix ("http://pki.mohur.test/") to the address ("127.0.0.1:8081") to which its connections go, and no others
	Resolver      *net.Resolver     // of host names; nil takes the system's
	RootCAs       *x509.CertPool    // for https; nil takes the system's
	UserAgent     string            // default "mohur"
}

// Client fetches from public addresses only. It is safe for concurrent use.
type Client struct {
	o       Options
	guarded *http.Transport
	mapped  []mapping
}

// New makes a client. The error names a Map entry that is no URL prefix or no address.
func New(o Options) (*Client, error) {
	o.Timeout = cmp.Or(o.Timeout, 10*time.Second)
	o.MaxBytes = cmp.Or(o.MaxBytes, 32<<20)
	o.MaxRedirects = cmp.Or(o.MaxRedirects, 3)
	o.UserAgent = cmp.Or(o.UserAgent, "mohur")
	c := &Client{o: o}
	c.guarded = c.transport(c.guardedDial())
	for prefix, address := range o.Map {
		m, err := c.newMapping(prefix, address)
		if err != nil {
			return nil, err
		}
		c.mapped = append(c.mapped, m)
	}
	return c, nil
}

// Close drops idle connections.
func (c *Client) Close() {
	c.guarded.CloseIdleConnections()
	for _, m := range c.mapped {
		m.transport.CloseIdleConnections()
	}
}

// Request is one request of any method.
type Request struct {
	Method, URL string
	Header      http.Header
	Body        []byte
	MaxBytes    int64         // of the answer's body; 0 takes the client's
	Timeout     time.Duration // 0 takes the client's
}

// Response is an answer of whatever status.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
	URL    string // after redirects
}

// Get fetches a URL and returns the body of a 200 answer. Errors are *RefusedError, *StatusError, *TooLargeError, or the network's.
func (c *Client) Get(ctx context.Context, url string) ([]byte, error) {
	return c.only200(c.Do(ctx, Request{Method: http.MethodGet, URL: url}))
}

// Post sends a body and returns that of a 200 answer; errors as for Get. A redirect of a POST is not followed.
func (c *Client) Post(ctx context.Context, url, contentType string, body []byte) ([]byte, error) {
	return c.only200(c.Do(ctx, Request{Method: http.MethodPost, URL: url, Header: http.Header{"Content-Type": {contentType}}, Body: body}))
}

func (c *Client) only200(r *Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	if r.Status != http.StatusOK {
		return nil, &StatusError{URL: r.URL, Status: r.Status}
	}
	return r.Body, nil
}

// Do sends a request and follows redirects of GET and HEAD, each checked like the first address.
func (c *Client) Do(ctx context.Context, r Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, c.o.Timeout))
	defer cancel()
	target := r.URL
	for hops := 0; ; hops++ {
		u, err := c.check(target)
		if err != nil {
			return nil, err
		}
		res, location, err := c.once(ctx, u, r)
		if err != nil || location == "" {
			return res, err
		}
		if hops >= c.o.MaxRedirects {
			return nil, &RefusedError{URL: r.URL, Why: "too many redirects"}
		}
		next, err := u.Parse(location)
		if err != nil {
			return nil, &RefusedError{URL: r.URL, Why: "redirected to something that is no URL"}
		}
		if u.Scheme == "https" && next.Scheme == "http" {
			return nil, &RefusedError{URL: r.URL, Why: "redirected from https to http"}
		}
		if next.Host != u.Host || next.Scheme != u.Scheme {
			r.Header = nil // credentials of one host are not for another
		}
		target = next.String()
	}
}

// once sends one request without following a redirect; location is set when there is one to follow.
func (c *Client) once(ctx context.Context, u *url.URL, r Request) (res *Response, location string, err error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, "", &RefusedError{URL: u.String(), Why: err.Error()}
	}
	if len(r.Body) == 0 {
		req.Body, req.ContentLength = http.NoBody, 0
	}
	for k, v := range r.Header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", c.o.UserAgent)
	answer, err := c.transportFor(u).RoundTrip(req)
	if err != nil {
		var refused *RefusedError
		if errors.As(err, &refused) {
			return nil, "", &RefusedError{URL: u.String(), Why: refused.Why}
		}
		return nil, "", fmt.Errorf("fetching %s: %w", u.Redacted(), err)
	}
	defer answer.Body.Close()
	if l := answer.Header.Get("Location"); l != "" && isRedirect(answer.StatusCode) && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return nil, l, nil
	}
	limit := cmp.Or(r.MaxBytes, c.o.MaxBytes)
	body, err := io.ReadAll(io.LimitReader(answer.Body, limit+1))
	if err != nil {
		return nil, "", fmt.Errorf("fetching %s: %w", u.Redacted(), err)
	}
	if int64(len(body)) > limit {
		return nil, "", &TooLargeError{URL: u.String(), Limit: limit}
	}
	return &Response{Status: answer.StatusCode, Header: answer.Header, Body: body, URL: u.String()}, "", nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}
