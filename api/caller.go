package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
)

// Caller is a program that is known: what it has asked for can be read again by every caller of its tenant (decisions 17). The zero value is
// nobody.
type Caller struct {
	Name   string
	Tenant string
}

// TokenHash is how a caller's token stands in a configuration: the SHA-256 of it in hexadecimal, so that who reads the file can't call.
func TokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

type callerKey struct{}

// identify finds the caller by its bearer token (RFC 6750, 2.1). A token that nobody has is refused: a program that believes itself known must
// not be served as a stranger. The look-up goes by the token's hash, so its time tells nothing of the token.
func (s *server) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := r.Header.Get("Authorization")
		if given == "" {
			next.ServeHTTP(w, r)
			return
		}
		kind, token, _ := strings.Cut(given, " ")
		c, known := s.Callers[TokenHash(strings.TrimSpace(token))]
		if !strings.EqualFold(kind, "Bearer") || !known {
			w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
			s.refuse(w, r, problemUnauthorized())
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// callerOf is who asks; the zero value is nobody.
func callerOf(r *http.Request) Caller {
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
