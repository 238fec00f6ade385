package credential

import (
	"context"
	"crypto"
	"errors"

	"mohur/certs"
)

// Set is the configured credentials. Its methods may be called from several goroutines.
type Set struct {
	o Options
}

// Member is one key with its certificate.
type Member struct {
	set *Set
}

// New checks the configuration. It opens nothing: a token that is away does not keep the service from starting.
func New(o Options) (*Set, error) { return &Set{o: o}, nil }

// Choose returns the member that should sign next: of the healthy ones the first as configured, or the one with the least work. Members whose
// certificate's SHA-256 is in except are passed over: those that failed in this request. The error is an *Error.
func (s *Set) Choose(ctx context.Context, name string, except ...[32]byte) (*Member, error) {
	return nil, &Error{Code: ErrUnavailable, Credential: name}
}

// Member returns the member with a certificate, the one that an intent names. One that is drained is returned, for what was intended ends; one
// that can't sign now is an *Error.
func (s *Set) Member(ctx context.Context, name string, certificate [32]byte) (*Member, error) {
	return nil, &Error{Code: ErrUnavailable, Credential: name}
}

// PerDay is how many signatures a day the credential may make, 0 for any number. It is the caller who counts, in the transaction that intends.
func (s *Set) PerDay(name string) int { return 0 }

// Names lists the credentials as configured.
func (s *Set) Names() []string { return nil }

// Status lists every member as it is now.
func (s *Set) Status() []Status { return nil }

// Drain takes a member out of use in this process, or back; member "" means all of the credential's.
func (s *Set) Drain(name, member string, on bool) error {
	return &Error{Code: ErrUnknown, Credential: name, Member: member}
}

// Watch looks after the members' health until the context ends.
func (s *Set) Watch(ctx context.Context) error { return errors.Join(ctx.Err()) }

// Close logs out of every token.
func (s *Set) Close() error { return nil }

// Name is the member's name in its credential.
func (m *Member) Name() string { return "" }

// Credential is the name of the credential.
func (m *Member) Credential() string { return "" }

// Signer is the member's key: counted, and watched by the breaker. Its errors are *Error.
func (m *Member) Signer() Signer { return nil }

// Certificate is the signing certificate.
func (m *Member) Certificate() *certs.Certificate { return nil }

// Chain is its issuers towards the root, DER.
func (m *Member) Chain() [][]byte { return nil }

// KeyLabel names the key on its token.
func (m *Member) KeyLabel() string { return "" }

// Public is the certificate's key.
func (m *Member) Public() crypto.PublicKey { return nil }
