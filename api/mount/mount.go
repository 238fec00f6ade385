// Package mount is what a package of routes hands to api, and what it is told there: the routes with their descriptions, who asks, and how
// refusals of OAuth look. It must not know what any route does.
package mount

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
)

// Caller is a program that is known: what it has asked for can be read again by every caller of its tenant (decisions 17). The zero value is
// nobody.
type Caller struct {
	Name   string
	Tenant string
	Method Method // how it was recognised in this request
}

// Method is how a caller was recognised. What moves a key takes only the last two (Strong).
type Method string

// The methods.
const (
	MethodToken  Method = "token"  // a fixed secret of the configuration
	MethodOAuth2 Method = "oauth2" // an access token of ten minutes, got with a key (RFC 6749, 4.4; RFC 7523; RFC 8705)
	MethodMTLS   Method = "mtls"   // the certificate of the connection, on our own listener
)

// Strong says whether the caller has shown a key, not only a secret that it sends along: sealing asks for it.
func (c Caller) Strong() bool { return c.Method == MethodOAuth2 || c.Method == MethodMTLS }

// Authenticate recognises a caller by other means than a fixed token: an access token, or the certificate of its connection. It returns false
// where the request carries nothing of the kind, and an error where it carries something that is worth nothing, which is refused: a program
// that believes itself known must not be served as a stranger.
type Authenticate func(r *http.Request) (Caller, bool, error)

type callerKey struct{}

// WithCaller notes who asks.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf is who asks; the zero value is nobody.
func CallerOf(r *http.Request) Caller {
	c, _ := r.Context().Value(callerKey{}).(Caller)
	return c
}

// Bearer is the token of the request's Authorization header (RFC 6750, 2.1).
func Bearer(r *http.Request) (string, bool) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(kind, "Bearer") && token != ""
}

// Route is a route with what the OpenAPI document says of it. It is bounded per client like every other, and its refusals, also those made on
// the way to it, are OAuth's: {"error","error_description"} (RFC 6749, 5.2), which is what CSC has too.
type Route struct {
	Method, Path             string
	ID, Summary, Description string // of the operation
	Tag                      string
	Kind                     string // media type of the request's body; application/json if empty
	Request                  any    // a value of the type of the body; nil: none
	Optional                 bool   // the body may be left out
	Answer                   any    // a value of the type of the answer; nil: no body
	Handler                  http.HandlerFunc
	Open                     bool  // the handler finds out itself who asks, or needs nobody
	Refusals                 []int // statuses beside 400, 401, 429 and 500
}

// OAuthError is a refusal of a route (RFC 6749, 5.2; CSC API 1.0.4.0, 10.1).
type OAuthError struct {
	Code        string `json:"error" doc:"stable code" example:"invalid_request"`
	Description string `json:"error_description,omitempty" doc:"a sentence for the client's developer, in English"`
}

// WriteJSON answers a request.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store") // RFC 6749, 5.1
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
