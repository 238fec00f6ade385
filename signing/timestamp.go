package signing

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"mohur/certs"
	"mohur/certs/tsa"
	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/tsp"
)

// Do posts a request body to an address and returns the answer's body. The guarded HTTP client is one; it bounds size and time.
type Do func(ctx context.Context, url string, body []byte) ([]byte, error)

// HTTPTimestamper asks an authority over HTTP (RFC 3161, 3.4). It may be used by goroutines.
type HTTPTimestamper struct {
	// Address is where the authority answers.
	Address string
	// Send carries the request.
	Send Do
	// Policy is the policy asked for; empty is the authority's own.
	Policy asn1.ObjectIdentifier

	largest atomic.Int64
}

// URL is the authority's address, which a signature field may demand.
func (t *HTTPTimestamper) URL() string { return t.Address }

// TokenSize is the room that a token of this authority will want: the largest one seen with a margin, or 0 before the first.
func (t *HTTPTimestamper) TokenSize() int {
	if n := t.largest.Load(); n > 0 {
		return int(n) + 512
	}
	return 0
}

// Timestamp asks for a token with a fresh nonce and the authority's certificate. It returns a *TimestampError.
func (t *HTTPTimestamper) Timestamp(ctx context.Context, d algo.Digest, imprint []byte) ([]byte, error) {
	if t.Send == nil || t.Address == "" {
		return nil, fmt.Errorf("%w: timestamp authority without address or client", ErrRequest)
	}
	request, err := tsp.NewRequest(d, imprint, tsp.RequestOptions{Policy: t.Policy})
	if err != nil {
		return nil, &TimestampError{Reason: "bad token", Err: err}
	}
	answer, err := t.Send(ctx, t.Address, request.Marshal())
	if err != nil {
		return nil, &TimestampError{Reason: "unreachable", Err: err}
	}
	response, err := tsp.ParseResponse(answer)
	if err != nil {
		return nil, &TimestampError{Reason: "bad token", Err: err}
	}
	token, err := request.Check(response)
	if refused := (*tsp.RefusedError)(nil); errors.As(err, &refused) {
		return nil, &TimestampError{Reason: "refused", Err: err}
	}
	if err != nil {
		return nil, &TimestampError{Reason: "bad token", Err: err}
	}
	if n := int64(len(token.Raw)); n > t.largest.Load() {
		t.largest.Store(n)
	}
	return token.Raw, nil
}

// Timestamp gets a token over a signature value and judges it before anyone uses it: that it is a token over this very value, that its
// signature and certificate identifier hold, and, where anchors are given, that its certificate leads to one and is for timestamping
// (RFC 3161, 2.2 and 2.3; RFC 5816). It returns the token, the time it proves, or a *TimestampError.
func (p *Party) Timestamp(ctx context.Context, value []byte) ([]byte, time.Time, error) {
	digest := ImprintDigest(p.Digest)
	token, err := p.Stamper().Stamp(ctx, digest, digest.Sum(value))
	if err != nil {
		return nil, time.Time{}, err
	}
	// A time at which the signing certificate was not in force would make a signature that no one accepts.
	if at := token.Info.GenTime; at.Before(p.Certificate.NotBefore) || at.After(p.Certificate.NotAfter) {
		return nil, time.Time{}, &TimestampError{
			Reason: "bad token", Err: fmt.Errorf("its time %s is outside the signing certificate's validity", at.Format(time.RFC3339)),
		}
	}
	return token.Raw, token.Info.GenTime, nil
}

// Stamper is the request's timestamp authority with what its tokens are held against.
func (p *Party) Stamper() Stamper {
	return Stamper{Timestamper: p.request.Timestamper, Trust: p.request.TimestampTrust, Now: p.request.Now}
}

// Stamper gets tokens and judges each before anyone uses it.
type Stamper struct {
	Timestamper Timestamper
	// Trust judges the authority's certificate; nil judges no path.
	Trust *certs.TrustStore
	Now   func() time.Time
}

// Stamp gets a token over an imprint. It returns a *TimestampError when there is none that could be used.
func (s Stamper) Stamp(ctx context.Context, digest algo.Digest, imprint []byte) (*tsp.Token, error) {
	raw, err := s.Timestamper.Timestamp(ctx, digest, imprint)
	if err != nil {
		if known := (*TimestampError)(nil); errors.As(err, &known) {
			return nil, known
		}
		return nil, &TimestampError{Reason: "unreachable", Err: err}
	}
	token, err := tsp.ParseToken(raw)
	if err != nil {
		return nil, &TimestampError{Reason: "bad token", Err: err}
	}
	if !token.MatchesDigest(digest, imprint) {
		return nil, &TimestampError{Reason: "bad token", Err: errors.New("it is over something else")}
	}
	return token, s.judge(ctx, token)
}

// ImprintDigest is the signature's own digest, or, since few authorities know SHA-3, the SHA-2 of the same length.
func ImprintDigest(d algo.Digest) algo.Digest {
	switch d {
	case algo.SHA3_256:
		return algo.SHA256
	case algo.SHA3_384:
		return algo.SHA384
	case algo.SHA3_512:
		return algo.SHA512
	}
	return d
}

// judge checks what the token says of itself, then, with anchors, its path.
func (s Stamper) judge(ctx context.Context, token *tsp.Token) error {
	signer := token.SignerCertificate()
	if signer == nil {
		return &TimestampError{Reason: "bad token", Err: errors.New("it does not carry its signer's certificate")}
	}
	leaf, err := certs.Parse(signer)
	if err != nil {
		return &TimestampError{Reason: "bad token", Err: err}
	}
	outcome, err := token.Verify(signer, leaf.PublicKey)
	if err != nil || !outcome.Valid() {
		return &TimestampError{Reason: "bad token", Err: errors.Join(err, errors.New("its signature does not verify"))}
	}
	if s.Trust == nil {
		return nil
	}
	judged := tsa.Validate(ctx, token, tsa.Request{
		Trust: s.Trust, Time: s.Now(), Policy: certs.PathPolicy{Revocation: certs.RevocationIfPresent},
	})
	if !judged.Passed() {
		return &TimestampError{Reason: "untrusted", Err: fmt.Errorf("%s %v", judged.SubIndication, judged.Reasons)}
	}
	return nil
}
