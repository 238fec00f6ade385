package docket

import (
	"context"
	"time"
)

// AccessToken is what a program has got for showing its key (RFC 6749, 1.4). The token is 256 random bits; only its hash is stored.
type AccessToken struct {
	Hash        Hash
	Client      string
	Scope       string // of RFC 6749, 3.3: "service", or "credential" for one authorisation
	Certificate Hash   // the certificate that it is bound to (RFC 8705, 3); empty: to none
	Issued      time.Time
	Expires     time.Time
}

// SignatureAuthorisation lets one client have one set of hashes signed with one profile's key, once: the signature activation data of CSC,
// and what a person has agreed to. Secret and code are stored as hashes.
type SignatureAuthorisation struct {
	ID      ID
	Client  string
	Profile string
	Person  ID // who agreed; empty: the client itself, by its key or PIN

	HashAlgorithm string   // object identifier of the digest
	SignAlgorithm string   // object identifier of the signature algorithm with its parameters as text; empty: any that goes with the digest
	Certificate   Hash     // whose key is to sign: the one that the client was told of; empty: whichever signs next
	Hashes        []string // base64, sorted; each as often as it may be signed
	Created       time.Time

	Secret  Hash      // of what activates the signatures; empty until a person's code is redeemed
	Expires time.Time // of the secret, and of the code before
	Used    time.Time // zero: not yet

	Code        Hash   // of the person's authorisation code; empty if there was none
	RedirectURI string // that the code was asked for with
	Challenge   string // SHA-256 of the client's verifier, base64url (RFC 7636, 4.2)
	CodeUsed    time.Time
}

// CSCPIN is a client's own secret for one profile, given with credentials/authorize. It never reaches a token.
type CSCPIN struct {
	Client   string
	Profile  string
	Hash     string    // Argon2id, in PHC form
	Failures int       // attempts since the last right one
	Blocked  time.Time // until when no attempt is looked at
	Set      time.Time
}

// Authorisations stores access tokens and authorisations of signatures.
type Authorisations interface {
	AddAccessToken(ctx context.Context, t *AccessToken) error
	AccessToken(ctx context.Context, token Hash) (*AccessToken, error)
	// RemoveAccessToken ends a client's token; an unknown one, or another's, is no error.
	RemoveAccessToken(ctx context.Context, token Hash, client string) error
	// NoteAssertion notes the identifier of a client's assertion until it has expired; ErrStale if it was noted already.
	NoteAssertion(ctx context.Context, client string, id Hash, expires time.Time) error

	AddSignatureAuthorisation(ctx context.Context, a *SignatureAuthorisation) error
	SignatureAuthorisationBySecret(ctx context.Context, secret Hash) (*SignatureAuthorisation, error)
	SignatureAuthorisationByCode(ctx context.Context, code Hash) (*SignatureAuthorisation, error)
	// UseSignatureAuthorisation consumes one that is neither used nor expired, in one conditional statement; ErrStale otherwise.
	UseSignatureAuthorisation(ctx context.Context, id ID, now time.Time) error
	// RedeemCode turns a code that is neither used nor expired into a secret, in one conditional statement; ErrStale otherwise.
	RedeemCode(ctx context.Context, id ID, secret Hash, now, expires time.Time) error

	CSCPIN(ctx context.Context, client, profile string) (*CSCPIN, error)
	// PutCSCPIN sets or replaces a PIN; its counter begins anew.
	PutCSCPIN(ctx context.Context, p *CSCPIN) error
	// CountCSCAttempt counts an attempt before it is looked at, and blocks later ones until then; ErrStale if somebody else counted one
	// meanwhile or attempts are blocked.
	CountCSCAttempt(ctx context.Context, seen *CSCPIN, now, blocked time.Time) error
	// ClearCSCAttempts notes that the PIN was right.
	ClearCSCAttempts(ctx context.Context, client, profile string) error

	// RemoveLapsedAuthorisations removes tokens, assertions and authorisations that ended before then.
	RemoveLapsedAuthorisations(ctx context.Context, before time.Time) error
}
