package fetch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// HTTPClient is the guarded client for libraries that want a *http.Client, such as those of OpenID Connect: the same checks at each address, the same
// limits, and no redirect is followed. A refused address is a *RefusedError in the answer's error chain.
func (c *Client) HTTPClient() *http.Client {
	return &http.Client{
		Transport: roundTripper{c}, Timeout: c.o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// roundTripper checks a request's address as Do does.
type roundTripper struct{ c *Client }

// RoundTrip implements http.RoundTripper.
func (t roundTripper) RoundTrip(r *http.Request) (*http.Response, error) {
	u, err := t.c.check(r.URL.String())
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context()) // a RoundTripper leaves its request as it was
	r.Header.Set("User-Agent", t.c.o.UserAgent)
	answer, err := t.c.transportFor(u).RoundTrip(r)
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return nil, &RefusedError{URL: u.String(), Why: refused.Why}
	}
	if err != nil {
		return nil, fmt.Errorf("fetching %s: %w", u.Redacted(), err)
	}
	answer.Body = &boundedBody{ReadCloser: answer.Body, left: t.c.o.MaxBytes, url: u.String(), limit: t.c.o.MaxBytes}
	return answer, nil
}

// boundedBody ends in an error where the limit is passed.
type boundedBody struct {
	io.ReadCloser
	left, limit int64
	url         string
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &TooLargeError{URL: b.url, Limit: b.limit}
	}
	return n, err
}
