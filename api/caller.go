package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
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

// TokenHash is how a caller's token stands in a configuration: the SHA-256 of it in hexadecimal, so that who reads the file can't call.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

type callerKey struct{}

// identify finds the caller by its bearer token (RFC 6750, 2.1): one of the configuration, else one that Authenticate knows; or by what
// Authenticate sees in the connection. A token that nobody has is refused. The look-up goes by the token's hash, so its time tells nothing of
// the token.
func (s *server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := s.caller(r)
		if err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			s.refuse(w, r, problemUnauthorized())
			return
		}
		next.ServeHTTP(w, r.WithContext(WithCaller(r.Context(), c)))
	})
}

// errUnknownCaller is a credential that nobody has.
var errUnknownCaller = errors.New("api: unknown caller")

// caller recognises who asks; the zero value is a stranger.
func (s *server) caller(r *http.Request) (Caller, error) {
	if token, ok := Bearer(r); ok {
		if c, known := s.Callers[TokenHash(token)]; known {
			c.Method = MethodToken
			return c, nil
		}
	}
	if s.Authenticate != nil {
		if c, ok, err := s.Authenticate(r); ok || err != nil {
			return c, err
		}
	}
	if r.Header.Get("Authorization") != "" {
		return Caller{}, errUnknownCaller
	}
	return Caller{}, nil
}

// Bearer is the token of the request's Authorization header.
func Bearer(r *http.Request) (string, bool) {
	kind, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	return token, strings.EqualFold(kind, "Bearer") && token != ""
}

// WithCaller notes who asks.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf is who asks; the zero value is nobody.
func CallerOf(r *http.Request) Caller {
	c, _ := r.Context().Value(callerKey{}).(Caller)
	return c
}

// peerAddress is the address of the connection.
func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
