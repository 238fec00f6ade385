package docket

import (
	"context"
	"time"
)

// SigningState is where a person's two-step signature stands.
type SigningState string

// The states of a signing.
const (
	SigningPrepared SigningState = "prepared" // the hash is out, the value is awaited
	SigningDone     SigningState = "done"     // the signed document is there
	SigningFailed   SigningState = "failed"   // a value came that does not fit; it must be prepared anew
)

// Signing is a person's signature in two steps: certificate and document in, what is to be signed out, then the value in (decisions 18). It
// holds no secret. Its files lie in a store of their own and go when its time is over.
type Signing struct {
	ID      ID
	Owner   string // who may finish and read it: a program's tenant or a person's account, as internal/signings spells them
	Session Hash   // of the session that prepared it; empty for a program
	State   SigningState
	Subject ID     // what is signed, as whoever asked knows it; empty for a program
	Name    string // of the file

	Document    Hash
	Size        int64
	Format      string // "PAdES" or "CAdES"
	Level       string // "B-B", "B-T", ...
	Certificate Hash   // SHA-256 of the signing certificate
	Holder      string // as the certificate says it
	Plan        []byte // what the first step fixed and the second needs: certificates, options, attributes
	Hash        []byte // what the key signs: a digest, or for Ed25519 the octets themselves
	Digest      string // of Hash: "SHA256"; empty for Ed25519
	Algorithm   string // "ECDSA_SHA256"

	Created time.Time
	Expires time.Time // until then the value is taken
	Kept    time.Time // until then row and files stay

	Claim string    // the piece of work that is finishing it
	Lease time.Time // until when it may

	Finished      time.Time
	Value         Hash // SHA-256 of the value that finished it, so that a repeated request gets the same answer
	Signed        Hash // the signed document
	SignedSize    int64
	Indication    string // of the new signature, by our own verification
	SubIndication string
	Failure       string // a catalogue key
}

// Blobs lists the files that s holds.
func (s *Signing) Blobs() []Hash {
	var out []Hash
	for _, h := range []Hash{s.Document, s.Signed} {
		if h != "" {
			out = append(out, h)
		}
	}
	return out
}

// Signings stores two-step signatures.
type Signings interface {
	AddSigning(ctx context.Context, s *Signing) error
	Signing(ctx context.Context, id ID) (*Signing, error)
	// ClaimSigning gives a prepared signing that has not expired to claim until the lease, if nobody holds an unexpired one; ErrStale
	// otherwise. One conditional statement.
	ClaimSigning(ctx context.Context, id ID, claim string, now, lease time.Time) error
	// FinishSigning writes the outcome of a prepared signing that claim still holds, once; ErrStale otherwise. One conditional statement.
	FinishSigning(ctx context.Context, s *Signing, claim string) error
	// ReturnSigning gives back a claim whose attempt failed for a reason outside, so that the value can be sent again.
	ReturnSigning(ctx context.Context, id ID, claim string) error
	// RemoveSigning removes one; ErrStale if it is gone already.
	RemoveSigning(ctx context.Context, id ID) error
	// ExpiredSignings lists those that need no longer be kept, oldest first.
	ExpiredSignings(ctx context.Context, now time.Time, limit int) ([]Signing, error)
}

// LoginChallenge is a nonce of 256 bits that a token has to sign for a log-in by certificate. Only its hash is stored. It is used once; when
// the person has several accounts, it then stands for the proof until one is chosen.
type LoginChallenge struct {
	Nonce   Hash // SHA-256 of the nonce
	Session Hash // of the browser session that asked for it
	Expires time.Time
	Used    time.Time // zero: not yet
	Users   []ID      // the accounts of the person who proved to be there, to choose from
	Choice  time.Time // until then one may be chosen; zero: nothing to choose
}

// LoginChallenges stores challenges.
type LoginChallenges interface {
	AddChallenge(ctx context.Context, c *LoginChallenge) error
	// UseChallenge consumes a challenge of the session that is neither used nor lapsed, in one conditional statement; ErrNotFound otherwise.
	UseChallenge(ctx context.Context, nonce, session Hash, now time.Time) error
	// OfferAccounts notes from which accounts the person may choose, and until when.
	OfferAccounts(ctx context.Context, nonce Hash, users []ID, until time.Time) error
	// OfferedAccounts reads what a session may choose from now; ErrNotFound if nothing.
	OfferedAccounts(ctx context.Context, session Hash, now time.Time) (*LoginChallenge, error)
	// TakeOffer ends an offer, once, in one conditional statement; ErrNotFound if it is over.
	TakeOffer(ctx context.Context, nonce, session Hash, now time.Time) error
	// RemoveChallenges removes what lapsed before the instant.
	RemoveChallenges(ctx context.Context, before time.Time) (int, error)
}
