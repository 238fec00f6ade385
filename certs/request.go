package certs

import (
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/verify/etsi"
)

// Request is everything a validation depends on. The zero value trusts nobody.
type Request struct {
	Leaf       *Certificate
	Candidates []*Certificate // what may serve as intermediates and as signers of CRLs and OCSP responses: untrusted
	Trust      *TrustStore
	Time       time.Time // the time for which the path is judged
	// EvidenceUntil is the latest time at which revocation evidence may have been issued; zero is Time. A later one serves to judge a past time with
	// what is known since.
	EvidenceUntil time.Time
	Revocation    RevocationSource
	Verified      *Verified // signatures that earlier validations checked; nil for none
	Policy        PathPolicy
}

// PathPolicy is what is asked of a path beyond the signatures and names.
type PathPolicy struct {
	// The user inputs of RFC 5280, 6.1.1 (c), (e), (f), (g). No initial policies means any-policy.
	InitialPolicies      []asn1.ObjectIdentifier
	RequireExplicit      bool
	InhibitPolicyMapping bool
	InhibitAnyPolicy     bool

	// ExtendedKeyUsage: one of these must be allowed by the leaf, and by every intermediate that limits purposes. Empty asks for nothing.
	ExtendedKeyUsage []asn1.ObjectIdentifier
	// AnchorConstraints takes the anchor's own extensions and validity for constraints of the path (RFC 5937); by default an anchor is a name and a key.
	AnchorConstraints bool
	// AnchorValidity asks that the anchor's own validity covers the time.
	AnchorValidity bool
	// StrictProfile refuses certificates and CRLs that break RFC 5280's demands on issuers, such as a missing key identifier or a negative serial number.
	// Old national certificates often do, so it is off by default.
	StrictProfile bool
	// StrictCRL refuses CRLs for faults of encoding that change nothing of what they say: an empty list of revoked certificates.
	StrictCRL bool
	// Purpose says how plainly ExtendedKeyUsage must be stated.
	Purpose PurposeRule
	// KeyUsage: one of these bits must be set where the leaf has the extension. Zero asks for nothing.
	KeyUsage KeyUsage

	Revocation RevocationMode
	Freshness  FreshnessRule
	// Algorithms judges each algorithm of the path and of the evidence at the validation time; nil accepts all that can be verified.
	Algorithms AlgorithmCheck

	MaxLength int // certificates of a path including leaf and anchor; 0 is 20
	MaxWork   int // signature checks while building; 0 is 1000
}

// PurposeRule says how plainly certificates must state the purpose that PathPolicy.ExtendedKeyUsage wants.
type PurposeRule int

// The rules. By default a certificate without the extension, or with anyExtendedKeyUsage, serves every purpose.
const (
	PurposeNotExcluded PurposeRule = iota
	// PurposeNamed: the leaf names the purpose itself, is no CA, and has no purpose that must stand alone (timestamps, OCSP, code).
	PurposeNamed
	// PurposeNamedThroughout: the intermediates name it too.
	PurposeNamedThroughout
)

// RevocationMode says when evidence is asked for.
type RevocationMode int

// The modes: by default every certificate that needs evidence must have it.
const (
	RevocationRequired  RevocationMode = iota
	RevocationIfPresent                // evidence counts where there is some; its absence is no fault
	RevocationIgnored                  // not looked at
)

// FreshnessRule says how young evidence must be (EN 319 102-1, 5.2.5).
type FreshnessRule struct {
	// MaxAge is how old thisUpdate may be at the validation time; 0 asks for nextUpdate only.
	MaxAge time.Duration
	// AllowNoNextUpdate takes evidence without nextUpdate for fresh when no MaxAge is given.
	AllowNoNextUpdate bool
	// Enforce makes evidence that is not fresh end in TRY_LATER; without it staleness is a warning, and the evidence counts.
	Enforce bool
}

// AlgorithmUse is one signature that a verdict rests on.
type AlgorithmUse struct {
	Place       string       // "certificate", "crl", "ocsp"
	Certificate *Certificate // whose signature, or whose revocation evidence
	Algorithm   algo.Signature
	Key         algo.KeyInfo // of the signer
}

// AlgorithmCheck judges an algorithm at a time; nil means good enough. The reason should carry ReasonAlgorithm or a key of the caller's.
type AlgorithmCheck func(use AlgorithmUse, at time.Time) *Reason

// Result is the judgement of a path (EN 319 102-1, 5.2.6).
type Result struct {
	Indication    etsi.Indication    // Passed, Indeterminate or Failed
	SubIndication etsi.SubIndication // empty when passed
	Reasons       []Reason           // why; the first explains SubIndication
	Warnings      []Reason           // what deserves a remark and changes nothing

	Chain      []*Certificate          // from the leaf up to the anchor; as far as it went when no anchor was reached
	Anchor     *TrustAnchor            // nil when none was reached
	Status     []CertificateStatus     // per certificate of Chain
	Supporting []CertificateStatus     // of certificates that signed evidence: responders, CRL issuers
	Algorithms []AlgorithmUse          // every signature that the verdict rests on
	Policies   []asn1.ObjectIdentifier // the user-constrained policy set (RFC 5280, 6.1.6); anyPolicy stands for all
	Rejected   []RejectedPath          // other paths that were tried, at most 8
}

// RejectedPath is a path that was not chosen.
type RejectedPath struct {
	Chain   []*Certificate
	Reasons []Reason
}

// Passed says whether the path was validated without an objection.
func (r *Result) Passed() bool { return r.Indication == etsi.Passed }

// Revoked returns the status of the first certificate of the chain that is revoked, nil if none is.
func (r *Result) Revoked() *CertificateStatus {
	for i := range r.Status {
		if r.Status[i].State == StateRevoked {
			return &r.Status[i]
		}
	}
	return nil
}
