package signing

import (
	"cmp"
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
	// MaxBytes bounds an answer; zero is 256 KB, far above the tokens of any known authority.
	MaxBytes int

	largest atomic.Int64
}

const maxAnswer = 256 << 10

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
	if limit := cmp.Or(t.MaxBytes, maxAnswer); len(answer) > limit {
		return nil, &TimestampError{Reason: "bad token", Err: fmt.Errorf("an answer of %d octets, more than %d", len(answer), limit)}
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
// signature and certificate identifier hold, that its time can be, and, where anchors are given, that its certificate leads to one and is for
// timestamping (RFC 3161, 2.2 and 2.3; RFC 5816). It returns the token, the time it proves, or a *TimestampError.
func (p *Party) Timestamp(ctx context.Context, value []byte) ([]byte, time.Time, error) {
	digest := ImprintDigest(p.Digest)
	token, err := p.Stamper().stamp(ctx, digest, digest.Sum(value), p.within)
	if err != nil {
		return nil, time.Time{}, err
	}
	return token.Raw, token.Info.GenTime, nil
}

// within refuses a time at which the signing certificate was not in force: it would make a signature that no one accepts.
func (p *Party) within(token *tsp.Token) error {
	if at := token.Info.GenTime; at.Before(p.Certificate.NotBefore) || at.After(p.Certificate.NotAfter) {
		return &TimestampError{Reason: "wrong time", Err: fmt.Errorf("%s is outside the signing certificate's validity", at.Format(time.RFC3339))}
	}
	return nil
}

// Stamper is the request's timestamp authority with what its tokens are held against.
func (p *Party) Stamper() Stamper {
	return Stamper{Timestamper: p.request.Timestamper, Trust: p.request.TimestampTrust, Revocation: p.request.TimestampRevocation, Now: p.request.Now}
}

// UseTimestamper takes another authority, the one that a signature field demands.
func (p *Party) UseTimestamper(t Timestamper) { p.request.Timestamper = t }

// Stamper gets tokens and judges each before anyone uses it.
type Stamper struct {
	Timestamper Timestamper
	// Trust judges the authority's certificate; nil judges no path.
	Trust *certs.TrustStore
	// Revocation is asked about the authority's certificate; nil asks nobody. No answer is no objection, the answer "revoked" is one.
	Revocation certs.RevocationSource
	// Now is the clock. Needed. A token whose time is further from it than MaxSkew is refused; zero is 5 minutes, negative judges no time.
	Now     func() time.Time
	MaxSkew time.Duration
}

// Stamp gets a token over an imprint. It returns a *TimestampError when there is none that could be used.
func (s Stamper) Stamp(ctx context.Context, digest algo.Digest, imprint []byte) (*tsp.Token, error) {
	return s.stamp(ctx, digest, imprint, func(*tsp.Token) error { return nil })
}

// stamp gets a token that passes our judgement and the caller's. A pool is given the judgement, so that it asks the next authority.
func (s Stamper) stamp(ctx context.Context, digest algo.Digest, imprint []byte, also func(*tsp.Token) error) (*tsp.Token, error) {
	accept := func(token *tsp.Token) error {
		if err := s.judge(ctx, token); err != nil {
			return err
		}
		return also(token)
	}
	if pool, ok := s.Timestamper.(*TimestampPool); ok {
		return pool.TimestampAccepted(ctx, digest, imprint, accept)
	}
	token, err := stampWith(ctx, s.Timestamper, digest, imprint)
	if err != nil {
		return nil, err
	}
	if err := accept(token); err != nil {
		return nil, err
	}
	return token, nil
}

// stampWith gets a token over an imprint, unjudged but for that.
func stampWith(ctx context.Context, t Timestamper, digest algo.Digest, imprint []byte) (*tsp.Token, error) {
	raw, err := t.Timestamp(ctx, digest, imprint)
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
	return token, nil
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
	if err := s.plausible(token.Info.GenTime); err != nil {
		return err
	}
	if s.Trust == nil {
		return nil
	}
	judged := tsa.Validate(ctx, token, tsa.Request{
		Trust: s.Trust, Time: s.Now(), Revocation: s.Revocation, Policy: certs.PathPolicy{Revocation: certs.RevocationIfPresent},
	})
	if !judged.Passed() {
		return &TimestampError{Reason: "untrusted", Err: fmt.Errorf("%s %v", judged.SubIndication, judged.Reasons)}
	}
	return nil
}

// plausible refuses a time that can't be: tokens are made while somebody waits. If it is our clock that is wrong, the sentence shows both.
func (s Stamper) plausible(at time.Time) error {
	allowed := s.MaxSkew
	if allowed < 0 {
		return nil
	}
	if allowed == 0 {
		allowed = defaultSkew
	}
	if now := s.Now(); at.Sub(now).Abs() > allowed {
		return &TimestampError{Reason: "wrong time", Err: fmt.Errorf("the authority says %s, the clock here %s", at.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))}
	}
	return nil
}

// defaultSkew is how far an authority's time may be from ours.
const defaultSkew = 5 * time.Minute
