package docket

import (
	"context"
	"time"
)

// Passkey is a key that a browser or a security key holds for one account of the agency's staff (WebAuthn, level 2), beside the log-in link.
type Passkey struct {
	ID         ID
	UserID     ID
	Credential string // the authenticator's name for it, base64url without padding
	Name       string // the owner's word for it
	Record     []byte // public key and what else the relying party keeps, as internal/auth writes it
	SignCount  int64  // the authenticator's counter at the last log-in
	Created    time.Time
	LastUsed   time.Time
	// Suspect is when the counter last went back, which a copy of the key would cause (WebAuthn, 6.1.1); zero: never. Such a key lets nobody in.
	Suspect time.Time
	Rev     int
}

// Passkeys stores them.
type Passkeys interface {
	AddPasskey(ctx context.Context, p *Passkey) error
	Passkey(ctx context.Context, id ID) (*Passkey, error)
	PasskeyByCredential(ctx context.Context, credential string) (*Passkey, error)
	PasskeysOfUser(ctx context.Context, user ID) ([]Passkey, error) // oldest first
	UpdatePasskey(ctx context.Context, p *Passkey) error            // if nobody did since it was read; ErrStale otherwise
	RemovePasskey(ctx context.Context, id ID) error                 // ErrStale if it is gone already
}
