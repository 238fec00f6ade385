package certs

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Reason says why an outcome is not a pass, or what deserves a remark: a stable key and its arguments, never a sentence.
type Reason struct {
	Key         string
	Args        map[string]string
	Certificate *Certificate // the certificate it is about, nil when it is about the path
}

// The keys of reasons. Texts for people are kept elsewhere, by key.
const (
	// Building a path.
	ReasonNoTrustAnchor  = "CHAIN_NO_TRUST_ANCHOR"  // no path reaches an anchor
	ReasonIssuerNotFound = "CHAIN_ISSUER_NOT_FOUND" // args: issuer
	// ReasonIssuerSourceFailed is for callers that fetch issuers: the address that a certificate names gave none; args: host, why, detail.
	ReasonIssuerSourceFailed = "CHAIN_ISSUER_SOURCE_FAILED"

	ReasonTooMuchWork     = "CHAIN_TOO_MUCH_WORK"         // args: limit
	ReasonPathTooLong     = "CHAIN_TOO_LONG"              //
	ReasonSelfSigned      = "CHAIN_SELF_SIGNED_UNTRUSTED" // the leaf is its own issuer and no anchor
	ReasonAnchorConfirmed = "CHAIN_ANCHOR"                // args: subject

	// Structure of a certificate.
	ReasonSignatureInvalid      = "CERTIFICATE_SIGNATURE_INVALID"
	ReasonSignatureUnsupported  = "CERTIFICATE_SIGNATURE_UNSUPPORTED" // args: algorithm
	ReasonMalformed             = "CERTIFICATE_MALFORMED"             // args: problem, detail
	ReasonCriticalExtension     = "CERTIFICATE_CRITICAL_EXTENSION"    // args: oid
	ReasonNotYetValid           = "CERTIFICATE_NOT_YET_VALID"         // args: notBefore
	ReasonExpired               = "CERTIFICATE_EXPIRED"               // args: notAfter
	ReasonAlgorithm             = "CERTIFICATE_ALGORITHM"             // args: algorithm, bits
	ReasonNotACA                = "CERTIFICATE_NOT_A_CA"
	ReasonKeyUsageCertSign      = "CERTIFICATE_KEY_USAGE_CERT_SIGN"
	ReasonPathLength            = "CERTIFICATE_PATH_LENGTH"
	ReasonNameChaining          = "CERTIFICATE_NAME_CHAINING"
	ReasonNameExcluded          = "CERTIFICATE_NAME_EXCLUDED"           // args: name
	ReasonNameNotPermitted      = "CERTIFICATE_NAME_NOT_PERMITTED"      // args: name
	ReasonNameConstraintUnknown = "CERTIFICATE_NAME_CONSTRAINT_UNKNOWN" // args: name
	ReasonPolicyRequired        = "CERTIFICATE_POLICY_REQUIRED"
	ReasonPolicyMapping         = "CERTIFICATE_POLICY_MAPPING"
	ReasonExtendedKeyUsage      = "CERTIFICATE_EXTENDED_KEY_USAGE" // args: wanted
	ReasonKeyUsage              = "CERTIFICATE_KEY_USAGE"          // args: wanted

	ReasonKeyROCA     = "CERTIFICATE_KEY_ROCA"     // a warning: CVE-2017-15361, the private key can be computed; args: bits
	ReasonKeyExponent = "CERTIFICATE_KEY_EXPONENT" // a warning: an RSA exponent below 65537; args: exponent

	ReasonProfile = "CERTIFICATE_PROFILE" // args: clause; only with StrictProfile

	// Revocation.
	ReasonRevoked            = "CERTIFICATE_REVOKED"   // args: time, reason
	ReasonOnHold             = "CERTIFICATE_ON_HOLD"   // args: time
	ReasonRevocationMissing  = "REVOCATION_MISSING"    // no data at all
	ReasonRevocationUnusable = "REVOCATION_UNUSABLE"   // data there, none usable; args: why (the first)
	ReasonRevocationUnknown  = "REVOCATION_UNKNOWN"    // the responder doesn't know the certificate
	ReasonRevocationStale    = "REVOCATION_NOT_FRESH"  // args: thisUpdate, nextUpdate
	ReasonRevocationNotAsked = "REVOCATION_NOT_NEEDED" // args: why
)

func args(kv ...string) map[string]string {
	m := make(map[string]string, len(kv)/2)
	for i := 0; i+1 < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

// about returns the reason with the certificate that it is about.
func (r *Reason) about(c *Certificate) Reason {
	out := *r
	out.Certificate = c
	return out
}

// String writes the key with its arguments and the certificate, for logs and errors.
func (r Reason) String() string {
	var b strings.Builder
	b.WriteString(r.Key)
	for _, k := range slices.Sorted(maps.Keys(r.Args)) {
		b.WriteString(" " + k + "=" + strconv.Quote(r.Args[k]))
	}
	if r.Certificate != nil {
		b.WriteString(" (" + r.Certificate.Subject.String() + ")")
	}
	return b.String()
}
