package notify

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"mohur/docket"
	"mohur/internal/fetch"
)

// Gateway sends SMS through a provider's HTTP interface, described by a template: {to}, {text}, {id} and {token} stand for what is sent. In the
// address they are escaped for a query, in the body as its content type asks (JSON, form, XML, else as they are).
type Gateway struct {
	Client      *fetch.Client // the guarded one
	URL         string
	Method      string   // "": POST
	Headers     []string // "Name: value"
	ContentType string   // "": application/json
	Body        string
	Success     *regexp.Regexp // what the body of a 2xx answer must match; nil: any does
	Token       string         // a secret of the provider's
}

// gatewayAnswer bounds what is read of an answer.
const gatewayAnswer = 64 << 10

// CheckGateway refuses a template that can't work.
func CheckGateway(g *Gateway) error {
	u, err := url.Parse(fill(g.URL, url.QueryEscape, SMS{}, ""))
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return errors.New("the address is not one of http or https")
	}
	if !strings.Contains(g.URL+g.Body, "{to}") || !strings.Contains(g.URL+g.Body, "{text}") {
		return errors.New("neither address nor body have {to} and {text}")
	}
	for _, h := range g.Headers {
		if name, _, ok := strings.Cut(h, ":"); !ok || strings.TrimSpace(name) == "" {
			return fmt.Errorf("%q is not a header", name)
		}
	}
	return nil
}

// SendText implements Texter.
func (g *Gateway) SendText(ctx context.Context, m SMS) error {
	kind := g.ContentType
	if kind == "" {
		kind = "application/json"
	}
	method := g.Method
	if method == "" {
		method = http.MethodPost
	}
	r := fetch.Request{Method: method, URL: fill(g.URL, url.QueryEscape, m, g.Token), Header: http.Header{}, MaxBytes: gatewayAnswer}
	if g.Body != "" {
		r.Header.Set("Content-Type", kind)
		r.Body = []byte(fill(g.Body, escaper(kind), m, g.Token))
	}
	for _, h := range g.Headers {
		name, value, _ := strings.Cut(h, ":")
		r.Header.Set(strings.TrimSpace(name), fill(strings.TrimSpace(value), plainText, m, g.Token))
	}
	res, err := g.Client.Do(ctx, r)
	return g.outcome(res, err)
}

// outcome says what became of an SMS. What never left, or was refused in words that mean it, is known; what left without such an answer is not.
func (g *Gateway) outcome(res *fetch.Response, err error) error {
	var refused *fetch.RefusedError
	var dial *net.OpError
	switch {
	case errors.As(err, &refused):
		return &docket.PostError{As: docket.PostGivenUp, Code: "address", Err: err}
	case errors.As(err, &dial) && dial.Op == "dial":
		return &docket.PostError{As: docket.PostFailed, Code: "connect", Err: err}
	case err != nil:
		return &docket.PostError{As: docket.PostUnknown, Code: "no answer", Err: err}
	}
	code := fmt.Sprintf("http %d", res.Status)
	switch {
	case res.Status >= 200 && res.Status < 300:
		if g.Success != nil && !g.Success.Match(res.Body) {
			return &docket.PostError{As: docket.PostGivenUp, Code: "refused"}
		}
		return nil
	case res.Status == http.StatusTooManyRequests || res.Status == http.StatusServiceUnavailable:
		return &docket.PostError{As: docket.PostFailed, Code: code}
	case res.Status >= 500:
		return &docket.PostError{As: docket.PostUnknown, Code: code}
	default:
		return &docket.PostError{As: docket.PostGivenUp, Code: code}
	}
}

// fill puts what is sent into a template, each value escaped once; a value that holds another's mark is not filled again.
func fill(template string, escape func(string) string, m SMS, token string) string {
	return strings.NewReplacer("{to}", escape(m.To), "{text}", escape(m.Text), "{id}", escape(m.ID), "{token}", escape(token)).Replace(template)
}

// escaper is how values are written in a body of a kind.
func escaper(kind string) func(string) string {
	switch {
	case strings.Contains(kind, "json"):
		return jsonText
	case strings.Contains(kind, "form-urlencoded"):
		return url.QueryEscape
	case strings.Contains(kind, "xml"):
		return xmlText
	default:
		return plainText
	}
}

// jsonText is a string's inside in JSON.
func jsonText(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return ""
	}
	return string(b[1 : len(b)-1])
}

func xmlText(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(s)); err != nil {
		return ""
	}
	return b.String()
}

// plainText keeps a value as it is, on one line.
func plainText(s string) string { return strings.NewReplacer("\r", " ", "\n", " ").Replace(s) }
