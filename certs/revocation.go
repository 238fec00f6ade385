package certs

import (
	"context"
	"time"
)

// Origin says where a CRL or an OCSP response was found.
type Origin string

// The origins, from the signature outwards.
const (
	OriginSignature Origin = "SIGNATURE" // in the CMS or XML signature itself
	OriginTimestamp Origin = "TIMESTAMP" // in a timestamp token
	OriginDSS       Origin = "DSS"       // in a PDF's document security store
	OriginInput     Origin = "INPUT"     // handed in by the caller: a folder, memory
	OriginCache     Origin = "CACHE"
	OriginOnline    Origin = "ONLINE"
)

// RevocationData is one piece of evidence: exactly one of CRL and OCSP is set.
type RevocationData struct {
	CRL    *CRL
	OCSP   *OCSPResponse
	Origin Origin
	Source string // file name or URL, for the report
}

// Raw is the evidence as received, for archives.
func (d RevocationData) Raw() []byte {
	if d.CRL != nil {
		return d.CRL.Raw
	}
	if d.OCSP != nil {
		return d.OCSP.Raw
	}
	return nil
}

// issued is when the evidence was made, as it says itself.
func (d RevocationData) issued() time.Time {
	switch {
	case d.CRL != nil:
		return d.CRL.ThisUpdate
	case d.OCSP != nil:
		return d.OCSP.ProducedAt
	}
	return time.Time{}
}

// RevocationSource finds evidence about a certificate. It may return evidence that doesn't apply: whoever judges looks at all of it. The
// error means that the source could not be asked; what it returned besides still counts.
type RevocationSource interface {
	Revocation(ctx context.Context, cert, issuer *Certificate) ([]RevocationData, error)
}

// SecondSource is a RevocationSource that holds evidence back until an answer that it got online proves unusable, because it is dear to get: CRLs,
// where a responder was asked first. One that got no answer asked for them at once.
type SecondSource interface {
	Second(ctx context.Context, cert, issuer *Certificate) ([]RevocationData, error)
}

// RevocationState is what the evidence says of a certificate.
type RevocationState string

// The states. Unchecked is for certificates that need no evidence: anchors, OCSP responders with nocheck, short-lived ones.
const (
	StateGood      RevocationState = "GOOD"
	StateRevoked   RevocationState = "REVOKED"
	StateOnHold    RevocationState = "ON_HOLD"
	StateUnknown   RevocationState = "UNKNOWN"   // the responder says so, or the evidence doesn't cover the certificate
	StateMissing   RevocationState = "MISSING"   // no usable evidence
	StateUnchecked RevocationState = "UNCHECKED" // none needed
)

// RevocationReason is a CRLReason (RFC 5280, 5.3.1).
type RevocationReason int

// The reasons of RFC 5280, 5.3.1.
const (
	Unspecified          RevocationReason = 0
	KeyCompromise        RevocationReason = 1
	CACompromise         RevocationReason = 2
	AffiliationChanged   RevocationReason = 3
	Superseded           RevocationReason = 4
	CessationOfOperation RevocationReason = 5
	CertificateHold      RevocationReason = 6
	RemoveFromCRL        RevocationReason = 8
	PrivilegeWithdrawn   RevocationReason = 9
	AACompromise         RevocationReason = 10
)

// String names the reason as X.509 does.
func (r RevocationReason) String() string {
	names := [...]string{"unspecified", "keyCompromise", "cACompromise", "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold", "", "removeFromCRL", "privilegeWithdrawn", "aACompromise"}
	if r < 0 || int(r) >= len(names) || names[r] == "" {
		return "unspecified"
	}
	return names[r]
}

// CertificateStatus is the judgement on one certificate of a path.
type CertificateStatus struct {
	Certificate *Certificate
	State       RevocationState
	RevokedAt   time.Time // when State is StateRevoked or StateOnHold
	Invalidity  time.Time // invalidityDate, when given (RFC 5280, 5.3.2)
	Reason      RevocationReason

	Evidence   *RevocationData // the evidence that decided, nil when none
	ThisUpdate time.Time
	NextUpdate time.Time // zero when the evidence names none
	ProducedAt time.Time // OCSP only
	Fresh      bool      // the evidence is as young as the freshness rule asks (EN 319 102-1, 5.2.5)
	// NotAfterCovered is the earliest certificate expiry for which the evidence still speaks: archiveCutoff (RFC 6960, 4.4.4) or
	// expiredCertsOnCRL (X.509, 9.5.2.3); zero when it makes no statement about expired certificates.
	NotAfterCovered time.Time

	Delta       *RevocationData // the delta CRL that was laid over Evidence
	Signer      *Certificate    // who signed the evidence
	Algorithms  []AlgorithmUse  // of the evidence and its signer's certificate
	Unusable    []Unusable      // evidence that was looked at and put aside
	SourceError error           // why the source could not be asked for all there is
}

// Unusable is evidence that did not count, and why.
type Unusable struct {
	Data RevocationData
	Key  string // one of the Unusable* keys
}

// Why evidence was put aside.
const (
	UnusableOtherCertificate   = "REVOCATION_OTHER_CERTIFICATE" // speaks of other certificates, or another issuer
	UnusableSignature          = "REVOCATION_SIGNATURE_INVALID" // signed by nobody entitled, or altered
	UnusableSigner             = "REVOCATION_SIGNER_NOT_AUTHORISED"
	UnusableSignerExpired      = "REVOCATION_SIGNER_NOT_VALID" // the responder's certificate was out of its validity
	UnusableSignerRevoked      = "REVOCATION_SIGNER_REVOKED"
	UnusableFuture             = "REVOCATION_AFTER_VALIDATION" // issued after the time asked for
	UnusableStale              = "REVOCATION_OUTDATED"         // nextUpdate before the time asked for, or older than allowed
	UnusableMalformed          = "REVOCATION_MALFORMED"
	UnusableCriticalExtension  = "REVOCATION_CRITICAL_EXTENSION"
	UnusableScope              = "REVOCATION_SCOPE"              // the CRL's scope excludes this certificate
	UnusableStatus             = "REVOCATION_RESPONSE_STATUS"    // the responder refused
	UnusableCertHash           = "REVOCATION_CERT_HASH"          // certHash names another certificate
	UnusableBeforeCertificate  = "REVOCATION_BEFORE_CERTIFICATE" // older than the certificate itself
	UnusableDeltaWithoutBase   = "REVOCATION_DELTA_WITHOUT_BASE"
	UnusableReasons            = "REVOCATION_SOME_REASONS_ONLY"
	UnusableExpiredCertificate = "REVOCATION_NOT_FOR_EXPIRED" // issued after the certificate expired, by an issuer that may drop such
	UnusableAlgorithm          = "REVOCATION_ALGORITHM"
)
