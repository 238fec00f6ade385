package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"

	"mohur/api/mount"
	"mohur/docket"
	"mohur/internal/desk"
)

// Who asks is described in api/mount, which the packages of mounted routes know too.
type (
	// Caller is a program that is known.
	Caller = mount.Caller
	// Method is how a caller was recognised.
	Method = mount.Method
	// Authenticate recognises a caller by other means than a fixed token.
	Authenticate = mount.Authenticate
)

// The methods.
const (
	MethodToken  = mount.MethodToken
	MethodOAuth2 = mount.MethodOAuth2
	MethodMTLS   = mount.MethodMTLS
)

// TokenHash is how a caller's token stands in a configuration: the SHA-256 of it in hexadecimal, so that who reads the file can't call.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// identify finds the caller by its bearer token (RFC 6750, 2.1): one of the configuration, else one that Authenticate knows; or by what
// Authenticate sees in the connection. A token that nobody has is refused. The look-up goes by the token's hash, so its time tells nothing of
// the token.
func (s *server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, p, err := s.caller(r)
		if docket.CodeOf(err) == docket.CodeUnavailable { // who asks can't be looked up: no reason to throw a token away
			s.Log.ErrorContext(r.Context(), "callers can't be recognised", slog.Any("error", err))
			s.refuse(w, r, problemTimeout())
			return
		}
		if err != nil {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			s.refuse(w, r, problemUnauthorized())
			return
		}
		ctx := mount.WithCaller(r.Context(), c)
		if p != nil {
			ctx = context.WithValue(ctx, programKey{}, p)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// errUnknownCaller is a credential that nobody has.
var errUnknownCaller = errors.New("api: unknown caller")

// caller recognises who asks, and the program of an API key; the zero value is a stranger.
func (s *server) caller(r *http.Request) (Caller, *desk.Program, error) {
	if token, ok := mount.Bearer(r); ok {
		if s.Office != nil && strings.HasPrefix(token, docket.APIKeyPrefix) {
			return s.keyCaller(r, token)
		}
		if c, known := s.Callers[TokenHash(token)]; known {
			c.Method = MethodToken
			return c, nil, nil
		}
	}
	if s.Authenticate != nil {
		if c, ok, err := s.Authenticate(r); ok || err != nil {
			return c, nil, err
		}
	}
	if r.Header.Get("Authorization") != "" {
		return Caller{}, nil, errUnknownCaller
	}
	return Caller{}, nil, nil
}

// CallerOf is who asks; the zero value is nobody.
func CallerOf(r *http.Request) Caller { return mount.CallerOf(r) }

// peerAddress is the address of the connection.
func peerAddress(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
