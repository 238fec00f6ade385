package credential

import (
	"context"
	"crypto"
	"io"
	"log/slog"
	"time"

	"mohur/certs"
)

// Options are the parts of a Set. Now and Judge are needed when there is any credential.
type Options struct {
	Credentials []Config
	Now         func() time.Time
	// Judge says what a certificate is worth at a time: path to a trusted issuer, validity, revocation. It may take as long as asking for
	// revocation data takes; its answers are kept for JudgeEvery.
	Judge func(ctx context.Context, leaf *certs.Certificate, chain []*certs.Certificate, at time.Time) *certs.Result
	// Drained lists the members that a person took out of use, from where every process can read it. Watch asks every few seconds. Nil: only
	// Drain does that.
	Drained func(ctx context.Context) ([]Drained, error)
	Log     *slog.Logger // nil is silent

	HealthEvery time.Duration // between two looks at a member that is in use; zero is a minute
	JudgeEvery  time.Duration // how long a certificate's judgement is good; zero is 5 minutes
	DrainEvery  time.Duration // between two looks at who is drained; zero is 2 seconds
	// A member that failed rests so long before it is tried again, twice as long after each further failure, LongRest at most; zero is 1 and 30
	// seconds.
	FirstRest, LongRest time.Duration
}

// Config is one credential.
type Config struct {
	Name    string
	Members []MemberConfig // in the order in which they are chosen
	PerDay  int            // how many signatures a day it may make; zero is any number. Kept by whoever counts: see Set.PerDay
	// WarnDays are the days before a certificate's end on which an alarm is due; empty is 30, 10, 3, 1.
	WarnDays []int
	// NoTestSignatures looks at health by the token's answers alone, for keys whose every use is counted or paid. A key that answers and does not
	// sign is then only found out by a request, which falls over.
	NoTestSignatures bool
	// LeastLoaded chooses the healthy member with the fewest signatures in progress, instead of the first.
	LeastLoaded bool
}

// MemberConfig is one key with its certificate.
type MemberConfig struct {
	Name string // unique in its credential; empty: its place, from 1
	// Open finds token and key: see Token. It is called at the first use and after failures that may mean another token.
	Open func(ctx context.Context) (Key, error)
	// Certificate is DER; nil takes the one beside the key on the token.
	Certificate []byte
	Chain       [][]byte // issuers towards the root, DER
	// AlwaysAuthenticate allows a key that wants its PIN for each signature to work without a person. Its health is then looked at without a
	// test signature.
	AlwaysAuthenticate bool
}

// Key is an opened key. It may be used from several goroutines.
type Key interface {
	Signer
	// Label names the key on its token, and Token the token.
	Label() string
	Token() string
	// Certificate returns the certificate beside the key, DER.
	Certificate(ctx context.Context) ([]byte, error)
	// AlwaysAuthenticate says that the token wants the PIN for each signature.
	AlwaysAuthenticate() bool
	// Check asks the token how it is, without signing.
	Check(ctx context.Context) error
	Close() error
}

// Signer is a key that makes signatures and can be told to stop waiting.
type Signer interface {
	crypto.Signer
	SignContext(ctx context.Context, rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// Drained is a member that a person took out of use; Member "" means all of the credential.
type Drained struct{ Credential, Member string }
