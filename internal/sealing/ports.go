package sealing

import (
	"context"
	"crypto"
	"io"
	"time"

	"mohur/docket"
)

// Sealer makes seals with the credential that a profile names. It knows tokens; this package does not.
//
// An error of any method says what happened as a *docket.Error. desk.ErrMember in it says that the member is to blame: another one may do what this
// one could not.
type Sealer interface {
	// Choose returns the member that should sign next, passing over those that except names.
	Choose(ctx context.Context, p *docket.SealProfile, except ...string) (*Member, error)
	// Member returns the member with a certificate.
	Member(ctx context.Context, p *docket.SealProfile, certificate docket.Hash) (*Member, error)
	// Seal writes the sealed file to out, made by the member with the intent's certificate and no other. Out is unusable after an error.
	Seal(ctx context.Context, p *docket.SealProfile, in Input, out io.Writer) error
	// SignHash returns the signature value of a digest, made by the member with the certificate and checked with its public key.
	SignHash(ctx context.Context, p *docket.SealProfile, certificate docket.Hash, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// Member is one key of a credential, as an intent names it.
type Member struct {
	Name        string           // in its credential
	Key         string           // label on its token
	Certificate docket.Hash      // SHA-256 of the certificate
	Public      crypto.PublicKey // of the certificate
	Chain       [][]byte         // the certificate and its issuers towards the root, DER
	PerDay      int              // signatures that the credential may make on a day; 0: any number
}

// Input is what is to be sealed.
type Input struct {
	Certificate docket.Hash // of the intent
	Document    docket.Hash // of the intent: whatever is sealed is hashed again and compared
	File        io.ReaderAt // nil for a detached signature over the hash alone
	Size        int64
	Packaging   docket.SealPackaging
}

// Files stores the documents of seal requests and what was released. They end; those of the office don't.
type Files interface {
	docket.Blobs
	Remove(ctx context.Context, h docket.Hash) error
	// Older names each file that was stored, or stored again, before the instant.
	Older(ctx context.Context, before time.Time, do func(h docket.Hash) error) error
}
