package docket

import (
	"context"
	"slices"
	"time"
)

// Scope is what a program may do with the interface; what it may see is decided by whose program it is.
type Scope string

// The scopes.
const (
	ScopeRegistrationsRead Scope = "registrations:read"
	ScopeSubmissionsRead   Scope = "submissions:read"
	ScopeSubmissionsWrite  Scope = "submissions:write" // drafts, sending, corrections, additional documents, withdrawal; bodies only
	ScopeLettersRead       Scope = "letters:read"
	ScopeLettersWrite      Scope = "letters:write" // confirms receipts; bodies only
	ScopeMessagesRead      Scope = "messages:read"
	ScopeMessagesWrite     Scope = "messages:write"
	ScopeNumbersRead       Scope = "numbers:read" // the journals; the agency only
	ScopeEventsRead        Scope = "events:read"
)

// Scopes lists the scopes that a program of the agency, or of a body, can have.
func Scopes(agency bool) []Scope {
	shared := []Scope{ScopeRegistrationsRead, ScopeSubmissionsRead, ScopeLettersRead, ScopeMessagesRead, ScopeMessagesWrite, ScopeEventsRead}
	if agency {
		return append(shared, ScopeNumbersRead)
	}
	return append(shared, ScopeSubmissionsWrite, ScopeLettersWrite)
}

// APIKeyPrefix begins every key, so that one that leaks is recognised for what it is.
const APIKeyPrefix = "mhr_"

// APIKey is the key of a program of the agency or of a body: the prefix and 256 random bits, of which only the SHA-256 is stored. It is shown
// once.
type APIKey struct {
	ID        ID
	Name      string // of the program
	BodyID    ID     // whose program it is; empty: the agency's
	Person    ID     // the responsible person in whose name its drafts stand: who made it
	Scopes    []Scope
	Secret    Hash
	Hint      string // the key's first characters, by which people tell keys apart
	Created   time.Time
	CreatedBy ID
	Used      time.Time // to the minute; zero: never
	Expires   time.Time // zero: never
	Revoked   time.Time // zero: not
	RevokedBy ID
}

// InForce says whether the key opens anything at the time.
func (k *APIKey) InForce(now time.Time) bool {
	return k.Revoked.IsZero() && (k.Expires.IsZero() || now.Before(k.Expires))
}

// May says whether the key has the scope.
func (k *APIKey) May(s Scope) bool { return slices.Contains(k.Scopes, s) }

// APIKeys stores the keys of programs.
type APIKeys interface {
	AddAPIKey(ctx context.Context, k *APIKey) error
	APIKey(ctx context.Context, id ID) (*APIKey, error)
	APIKeyBySecret(ctx context.Context, secret Hash) (*APIKey, error)
	// APIKeysOf lists a body's keys, or the agency's for "", newest first; the ended ones too.
	APIKeysOf(ctx context.Context, body ID) ([]APIKey, error)
	// UsedAPIKey notes a use, if none was noted within the minute before.
	UsedAPIKey(ctx context.Context, id ID, now time.Time) error
	// RevokeAPIKey ends a key; ErrStale if it was ended already.
	RevokeAPIKey(ctx context.Context, id, by ID, now time.Time) error
}

// IdempotentRequest is a POST that a program marked with a key of its own (Idempotency-Key), so that sending it again does not do it again.
// Subject is chosen before anything is done and names what the request makes: after a crash it tells whether it was made.
type IdempotentRequest struct {
	Caller  string // "key ID", "client NAME"
	Route   string // "POST /v1/submissions"
	Key     string
	Request Hash // of everything that was asked
	Subject ID
	Lease   time.Time // until when whoever works on it may; zero: it is answered
	Status  int       // of the answer; 0: none yet
	Header  map[string]string
	Answer  []byte
	Made    time.Time
}

// IdempotentRequests stores them for a day.
type IdempotentRequests interface {
	// AddIdempotentRequest adds one; ErrStale if the caller has used the key on the route.
	AddIdempotentRequest(ctx context.Context, r *IdempotentRequest) error
	IdempotentRequest(ctx context.Context, caller, route, key string) (*IdempotentRequest, error)
	// TakeIdempotentRequest prolongs the lease of one that is over and not answered, in one conditional statement; ErrStale otherwise.
	TakeIdempotentRequest(ctx context.Context, caller, route, key string, now, lease time.Time) error
	// AnswerIdempotentRequest writes Status, Header and Answer of one that is not answered; ErrStale otherwise.
	AnswerIdempotentRequest(ctx context.Context, r *IdempotentRequest) error
	// ForgetIdempotentRequest removes one that is not answered: nothing was done, so the key is free again.
	ForgetIdempotentRequest(ctx context.Context, caller, route, key string) error
	RemoveIdempotentRequests(ctx context.Context, before time.Time) (int, error)
}
