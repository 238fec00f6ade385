package credential

import (
	"context"
	"crypto"
	"errors"
	"io"

	"mohur/pkcs11"
)

// memberSigner is a member as a key.
type memberSigner struct{ m *Member }

// Signer is the member's key: counted, and watched by the breaker. An error that is the member's own is an *Error: another member may be tried.
// Others (a mechanism that the token lacks, a context that ended) come as they are.
func (m *Member) Signer() Signer { return memberSigner{m} }

// Public implements crypto.Signer.
func (s memberSigner) Public() crypto.PublicKey { return s.m.Public() }

// Sign implements crypto.Signer.
func (s memberSigner) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return s.SignContext(context.Background(), random, digest, opts)
}

// SignContext signs unless the breaker is open.
func (s memberSigner) SignContext(ctx context.Context, random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	m := s.m
	if d := m.isDown(); d != nil {
		return nil, d.err
	}
	defer m.begin()()
	k, err := m.open(ctx)
	if err != nil {
		return nil, m.failed(ctx, err)
	}
	signature, err := k.SignContext(ctx, random, digest, opts)
	if err == nil {
		m.good(func(c *counters) {
			c.signatures++
			c.lastSigned = c.lastGood
		})
		return signature, nil
	}
	m.bad()
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) || errors.Is(err, pkcs11.ErrMechanism) {
		return nil, err
	}
	return nil, m.failed(ctx, err)
}
