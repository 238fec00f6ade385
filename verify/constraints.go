package verify

// Keys of the constraints that a policy sets the level of. The key of a constraint is also the key of the reason when it is not met.
const (
	// Format checking, 5.2.2.
	ConstraintByteRange           = "PDF_BYTE_RANGE"          // ISO 32000-2, 12.8.1: two ranges around exactly /Contents
	ConstraintUncoveredBytes      = "PDF_UNCOVERED_BYTES"     // bytes after the last revision that nothing covers
	ConstraintForbiddenChange     = "PDF_FORBIDDEN_CHANGE"    // a later revision did what the signer did not allow
	ConstraintChangesKnown        = "PDF_CHANGES_UNKNOWN"     // the difference between revisions could be judged
	ConstraintAnnotationOverlay   = "PDF_ANNOTATION_OVERLAYS" // no permitted annotation lies over signed content
	ConstraintFieldTree           = "PDF_ORPHAN_SIGNATURE"    // the signature belongs to a field of the form
	ConstraintStructure           = "STRUCTURE"               // the container follows its syntax
	ConstraintSingleSigner        = "SINGLE_SIGNER"           // EN 319 142-1, 4.1: one SignerInfo in a PDF signature
	ConstraintSignatureDuplicated = "SIGNATURE_DUPLICATED"    // no two signatures share an identifier

	// Identification of the signing certificate, 5.2.3.
	ConstraintCertificateAttribute = "SIGNING_CERTIFICATE_ATTRIBUTE" // the ESS reference is there
	ConstraintCertificateUnicity   = "SIGNING_CERTIFICATE_UNICITY"   // and only once
	ConstraintIssuerSerial         = "SIGNING_CERTIFICATE_ISSUER_SERIAL"

	// Acceptance, 5.2.8.
	ConstraintSigningTime   = "SIGNING_TIME"             // a claimed signing time is there
	ConstraintSigningInTime = "SIGNING_TIME_IN_VALIDITY" // which lies in the validity of the signing certificate
	ConstraintMessageDigest = "MESSAGE_DIGEST"           // the mandatory signed attributes are there
	ConstraintContentType   = "CONTENT_TYPE"             // the content-type attribute names the content
	ConstraintCryptographic = "CRYPTOGRAPHIC"            // algorithms are reliable at the control time
	ConstraintKeyUsage      = "KEY_USAGE"                // of the signing certificate
	ConstraintExtendedUsage = "EXTENDED_KEY_USAGE"       // the key is not limited to purposes that have nothing to do with documents
	ConstraintNamedUsage    = "EXTENDED_KEY_USAGE_NAMED" // and a purpose of documents is named
	ConstraintPolicies      = "CERTIFICATE_POLICIES"
	ConstraintStatements    = "CERTIFICATE_STATEMENTS"
	ConstraintSubFilter     = "PDF_SUBFILTER" // a SubFilter that PAdES allows

	// X.509 and revocation, 5.2.5 and 5.2.6.
	ConstraintRevocationAvailable = "REVOCATION_AVAILABLE" // usable revocation data for every certificate that needs them
	ConstraintRevocationFresh     = "REVOCATION_FRESH"

	// With time, 5.5.
	ConstraintProvenTime     = "PROOF_OF_EXISTENCE" // a valid, trusted timestamp proves when the signature existed
	ConstraintTimestampOrder = "TIMESTAMP_ORDER"
	ConstraintTimestampDelay = "TIMESTAMP_DELAY"
)

// constraintKeys lists every key above: a policy file that names another one is refused.
func constraintKeys() []string {
	return []string{
		ConstraintByteRange, ConstraintUncoveredBytes, ConstraintForbiddenChange, ConstraintChangesKnown, ConstraintAnnotationOverlay,
		ConstraintFieldTree, ConstraintStructure, ConstraintSingleSigner, ConstraintSignatureDuplicated,
		ConstraintCertificateAttribute, ConstraintCertificateUnicity, ConstraintIssuerSerial,
		ConstraintSigningTime, ConstraintSigningInTime, ConstraintMessageDigest, ConstraintContentType, ConstraintCryptographic, ConstraintKeyUsage,
		ConstraintExtendedUsage, ConstraintNamedUsage,
		ConstraintPolicies, ConstraintStatements, ConstraintSubFilter,
		ConstraintRevocationAvailable, ConstraintRevocationFresh, ConstraintProvenTime, ConstraintTimestampOrder, ConstraintTimestampDelay,
	}
}
