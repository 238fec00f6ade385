package docket

import (
	"context"
	"time"
)

// SealIntent says that a document is about to be sealed. It is committed before the token signs; what was intended and not finished is
// reconciled at start (decisions 8 to 12).
type SealIntent struct {
	ID       ID
	LetterID ID
	Document Hash // the exact bytes to be sealed
	Profile  string
	Version  int    // of the profile; 0: the configuration's, which no version governs
	Key      string // label of the key; its certificate is named by Certificate
	// Certificate is the SHA-256 of the certificate the seal must be made with.
	Certificate Hash
	Number      string
	Owner       string    // the process that works on it
	Lease       time.Time // until when the owner may; only a lapsed lease is taken over
	Attempts    int
	Released    Hash // the sealed file that was released, empty until then
	ReleasedAt  time.Time
	Failure     string    // why the last attempt failed, a key
	Closed      time.Time // given up by a person
	Created     time.Time
}

// Intents stores seal intents.
type Intents interface {
	AddIntent(ctx context.Context, i *SealIntent) error
	Intent(ctx context.Context, id ID) (*SealIntent, error)
	IntentOfLetter(ctx context.Context, letter ID) (*SealIntent, error)
	// ClaimIntent gives the intent to owner until the lease, counting an attempt, if nobody holds an unexpired lease and it is open;
	// ErrStale otherwise. One conditional statement.
	ClaimIntent(ctx context.Context, id ID, owner string, now, lease time.Time) error
	// RetargetIntent names another certificate, with its key, and gives the owner until the lease, if the owner still holds the intent and nothing
	// was released; ErrStale otherwise. It comes before that certificate's key signs anything (decisions 12).
	RetargetIntent(ctx context.Context, id ID, owner, key string, certificate Hash, lease time.Time) error
	// ReleaseIntent records the one sealed file, if the owner still holds the intent and nothing was released; ErrStale otherwise.
	ReleaseIntent(ctx context.Context, id ID, owner string, sealed Hash, now time.Time) error
	// FailIntent gives the lease back with the reason, and says when the program may try again by itself; ErrStale if the owner lost it or it
	// was released.
	FailIntent(ctx context.Context, id ID, owner, reason string, again time.Time) error
	CloseIntent(ctx context.Context, id ID, now time.Time) error
	// OpenIntents lists what is neither released nor closed and whose lease is over, or whose time to try again has come.
	OpenIntents(ctx context.Context, now time.Time) ([]SealIntent, error)
}
