// Package signing makes electronic signatures and seals: who signs, with which key and algorithm, at which level, and with whose timestamp.
// The formats are the packages below it. It takes a crypto.Signer and never learns where the key lives; it must not know tokens, PINs,
// cases, or the verification that its output goes through afterwards.
package signing

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
)

// Level is a baseline level of the AdES formats (ETSI EN 319 142-1, 6.1). The zero value is B-B.
type Level string

// The levels that can be made.
const (
	BaselineB   Level = "B-B"   // a signature with its signed attributes
	BaselineT   Level = "B-T"   // and a timestamp that proves when it existed
	BaselineLT  Level = "B-LT"  // and the certificates and revocation data that its validation needs
	BaselineLTA Level = "B-LTA" // and a timestamp over all that, which can be renewed
)

// levels in ascending order: each includes those before it.
var levels = []Level{BaselineB, BaselineT, BaselineLT, BaselineLTA}

// Known says whether it is one of the levels that can be made.
func (l Level) Known() bool { return slices.Contains(levels, l) }

// Reaches says whether this level includes another one.
func (l Level) Reaches(other Level) bool {
	i, j := slices.Index(levels, l), slices.Index(levels, other)
	return j >= 0 && i >= j
}

// Timestamper gets RFC 3161 timestamp tokens from an authority.
type Timestamper interface {
	// Timestamp returns the DER of a token over a message imprint that was made with digest d.
	Timestamp(ctx context.Context, d algo.Digest, imprint []byte) (token []byte, err error)
}

// ContextSigner is a crypto.Signer that can be told to stop waiting, as a token's key is.
type ContextSigner interface {
	SignContext(ctx context.Context, rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// Request says who signs and how. Signer and Certificate are needed; everything else has a safe default.
type Request struct {
	// Signer holds the private key; one with SignContext is asked through it. Its public key must be the certificate's.
	Signer crypto.Signer
	// Certificate is the signing certificate, Chain its issuers towards the root, which are put into the signature; all DER.
	Certificate []byte
	Chain       [][]byte
	// Digest is the message digest; zero takes SHA-256, or what goes with a larger curve. Digests below SHA-256 are refused.
	Digest algo.Digest
	// PSS asks for RSASSA-PSS with an RSA key.
	PSS bool
	// Level is the level to reach. B-T needs Timestamper, B-LT and B-LTA need Evidence besides.
	Level       Level
	Timestamper Timestamper
	// TimestampTrust judges the authority's certificate. Nil checks the token's signature, certificate identifier and imprint, but no path.
	TimestampTrust *certs.TrustStore
	// TimestampRevocation is asked about the authority's certificate, so that one that is revoked is noticed before its token is used; nil asks nobody.
	TimestampRevocation certs.RevocationSource
	// Evidence collects the validation data for levels B-LT and B-LTA.
	Evidence *Collector
	// Now is the clock: the time that the signer claims, and the time for which certificates are judged. Needed.
	Now func() time.Time
	// ClaimedTime, when set, is the time that the signer claims instead: that of the first of two steps.
	ClaimedTime time.Time
	// Rand is the source of randomness for keys that need one; nil is the system's.
	Rand io.Reader
}

// Result says what was made, for the record of the sealing.
type Result struct {
	Level              Level
	ClaimedTime        time.Time // as stated by the signer
	Timestamp          time.Time // as proven by the authority; zero at level B-B
	ArchiveTimestamp   time.Time // of the timestamp over the validation data; zero below level B-LTA
	Certificate        *certs.Certificate
	DigestAlgorithm    algo.Digest
	SignatureAlgorithm algo.Signature
	InputSHA256        [32]byte         // of the document before
	Incomplete         []*EvidenceError // other signatures and timestamps of the document that got no validation data
	Size               int64            // of the document after, in bytes
	SHA256             [32]byte         // of the document after
}

var (
	// ErrRequest says that a Request lacks something or contradicts itself.
	ErrRequest = errors.New("signing: incomplete request")
	// ErrKeyMismatch says that the signer's public key is not the certificate's.
	ErrKeyMismatch = errors.New("signing: the key does not belong to the certificate")
	// ErrBadValue says that the value that the key returned does not verify with the certificate: a broken token or a wrong mechanism.
	ErrBadValue = errors.New("signing: the key returned a signature that does not verify")
	// ErrInputDiffers says that the document is not the one that was approved for signing.
	ErrInputDiffers = errors.New("signing: the document is not the one that was approved")
)

// CertificateError says why a certificate may not sign now.
type CertificateError struct {
	Reason string // "expired", "not yet valid", "key usage", "unreadable", "key too short"
	Err    error  // the cause, may be nil
}

// Error names the reason.
func (e *CertificateError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("signing: the signing certificate can't be used: %s: %v", e.Reason, e.Err)
	}
	return "signing: the signing certificate can't be used: " + e.Reason
}

// Unwrap returns the cause.
func (e *CertificateError) Unwrap() error { return e.Err }

// KeyError says that the key did not sign; the cause comes from the token.
type KeyError struct{ Err error }

// Error gives the cause.
func (e *KeyError) Error() string { return fmt.Sprintf("signing: the key did not sign: %v", e.Err) }

// Unwrap returns the cause.
func (e *KeyError) Unwrap() error { return e.Err }

// TimestampError says that no usable timestamp was had. Nothing has been written then.
type TimestampError struct {
	Reason string // "unreachable", "refused", "bad token", "untrusted", "wrong time"; of a pool whose authorities fail differently "no authority"
	Err    error
}

// Error gives one sentence.
func (e *TimestampError) Error() string {
	if e.Err == nil {
		return "signing: no timestamp: " + e.Reason
	}
	return fmt.Sprintf("signing: no timestamp: %s: %v", e.Reason, e.Err)
}

// Unwrap returns the cause.
func (e *TimestampError) Unwrap() error { return e.Err }
