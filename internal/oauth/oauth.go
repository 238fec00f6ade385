// Package oauth knows the programs that may ask for more than a verdict: it recognises them by their keys, gives them access tokens of a few
// minutes (RFC 6749, 4.4, with RFC 7523 or RFC 8705 instead of a secret), and keeps authorisations of signatures: one client, one set of
// hashes, one profile's key, once, agreed to by the client itself or by a person.
//
// It must not know documents, tokens that hold keys, or HTTP beyond the names of parameters.
package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"mohur/docket"
)

// Scopes of an access token.
const (
	ScopeService    = "service"    // asking the service as the client
	ScopeCredential = "credential" // one set of hashes that a person has agreed to; the token is the signature activation data
)

// Options are the parts of a Service. Store, Issuer and Now are required.
type Options struct {
	Store    docket.Store
	Clients  []Client
	Issuer   string         // the service's public address, which assertions are made for
	MTLS     string         // the address of the listener that asks for certificates; empty: there is none
	Roots    *x509.CertPool // issuers of clients' certificates that are known by name (RFC 8705, 2.1)
	Now      func() time.Time
	Lifetime time.Duration // of an access token; 10 minutes if zero
}

// Service gives and checks access tokens and authorisations. It is safe for concurrent use.
type Service struct {
	Options
	clients map[string]*Client
	pins    chan struct{} // bounds the memory that looking at PINs takes
}

// Lives of what is given out.
const (
	tokenLife  = 10 * time.Minute
	codeLife   = time.Minute // of a person's authorisation code; RFC 6749, 4.1.2 allows ten
	secretLife = time.Minute // of what activates signatures (decisions 15)
	longestSet = 5 * time.Minute
)

// New returns a Service.
func New(o Options) (*Service, error) {
	if o.Store == nil || o.Issuer == "" || o.Now == nil {
		return nil, errors.New("oauth: Store, Issuer and Now are required")
	}
	if o.Lifetime <= 0 {
		o.Lifetime = tokenLife
	}
	s := &Service{Options: o, clients: map[string]*Client{}, pins: make(chan struct{}, 2)}
	for i := range o.Clients {
		c := &o.Clients[i]
		if s.clients[c.Name] != nil {
			return nil, fmt.Errorf("oauth: two clients are called %q", c.Name)
		}
		s.clients[c.Name] = c
	}
	return s, s.distinct()
}

// Error is a refusal as RFC 6749, 5.2 has it. Its sentence is for the client's developer and holds no secret.
type Error struct {
	Code        string // "invalid_client", "invalid_grant", ...
	Description string
	Status      int           // of HTTP
	RetryAfter  time.Duration // zero: nothing is said
	Err         error         // the cause, for the log
}

// Error is for the log.
func (e *Error) Error() string {
	s := "oauth: " + e.Code + ": " + e.Description
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// refuse makes a refusal of a request that is wrong: status 400.
func refuse(code, description string) *Error {
	return &Error{Code: code, Description: description, Status: 400}
}

// because adds the cause for the log.
func (e *Error) because(err error) *Error { e.Err = err; return e }

// invalidClient is the refusal of a client that is not recognised: the reason goes to the log only, so that names can't be tried out.
func invalidClient(err error) *Error {
	return &Error{Code: "invalid_client", Description: "Client authentication failed", Status: 401, Err: err}
}

// ErrToken is the refusal of an access token that is worth nothing, whatever the reason (RFC 6750, 3.1).
var ErrToken = &Error{Code: "invalid_token", Description: "The access token is unknown, expired, revoked or bound to another certificate", Status: 401}

// newSecret makes 256 random bits as text, and the hash under which they are stored.
func newSecret() (string, docket.Hash) {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	secret := base64.RawURLEncoding.EncodeToString(b[:])
	return secret, hashOf(secret)
}

// hashOf is how a secret is stored. It has 256 random bits, so a plain hash does.
func hashOf(secret string) docket.Hash { return docket.HashOf(sha256.Sum256([]byte(secret))) }

// audit notes an event in the caller's transaction.
func (s *Service) audit(ctx context.Context, w docket.Work, who docket.Actor, action string, subject docket.ID, pairs ...string) error {
	e := &docket.AuditEntry{ID: docket.NewID(s.Now()), At: s.Now(), Actor: who.UserID, Action: action, Subject: subject, Detail: map[string]string{}}
	e.Role = string(docket.RoleSystem)
	if who.UserID != "" {
		e.Role = string(docket.RoleSignatory)
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		e.Detail[pairs[i]] = pairs[i+1]
	}
	return w.Audit(ctx, e)
}

// noted writes an event in a transaction of its own: what was refused leaves nothing else behind (decisions 21).
func (s *Service) noted(ctx context.Context, action string, pairs ...string) error {
	return s.Store.InTx(ctx, func(w docket.Work) error { return s.audit(ctx, w, docket.Actor{}, action, "", pairs...) })
}
