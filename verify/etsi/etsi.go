// Package etsi names the outcomes of signature validation as ETSI EN 319 102-1 spells them. It is a leaf: it imports nothing and decides nothing.
package etsi

// Indication is the main status of a validation. Signatures take the TOTAL forms (ETSI EN 319 102-1, 5.1.3), building blocks,
// certificates and timestamps the plain ones (5.2).
type Indication string

// The indications of ETSI EN 319 102-1, table 5, and the answer for a document in which nothing was signed.
const (
	TotalPassed   Indication = "TOTAL-PASSED"
	TotalFailed   Indication = "TOTAL-FAILED"
	Indeterminate Indication = "INDETERMINATE"
	Passed        Indication = "PASSED"
	Failed        Indication = "FAILED"

	NoSignatureFound Indication = "NO_SIGNATURE_FOUND"
)

// SubIndication says why an indication is not a pass; empty when it is.
type SubIndication string

// The sub-indications of ETSI EN 319 102-1, table 6; REVOKED_CA_NO_POE and the two NO_POE forms of chain and revocation are the ones
// that the field's reference implementation reports besides.
const (
	FormatFailure                SubIndication = "FORMAT_FAILURE"
	HashFailure                  SubIndication = "HASH_FAILURE"
	SigCryptoFailure             SubIndication = "SIG_CRYPTO_FAILURE"
	Revoked                      SubIndication = "REVOKED"
	Expired                      SubIndication = "EXPIRED"
	NotYetValid                  SubIndication = "NOT_YET_VALID"
	SigConstraintsFailure        SubIndication = "SIG_CONSTRAINTS_FAILURE"
	ChainConstraintsFailure      SubIndication = "CHAIN_CONSTRAINTS_FAILURE"
	CertificateChainGeneral      SubIndication = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
	CryptoConstraintsFailure     SubIndication = "CRYPTO_CONSTRAINTS_FAILURE"
	CryptoConstraintsNoPOE       SubIndication = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
	PolicyProcessingError        SubIndication = "POLICY_PROCESSING_ERROR"
	SignaturePolicyNotAvailable  SubIndication = "SIGNATURE_POLICY_NOT_AVAILABLE"
	TimestampOrderFailure        SubIndication = "TIMESTAMP_ORDER_FAILURE"
	NoSigningCertificateFound    SubIndication = "NO_SIGNING_CERTIFICATE_FOUND"
	NoCertificateChainFound      SubIndication = "NO_CERTIFICATE_CHAIN_FOUND"
	NoCertificateChainFoundNoPOE SubIndication = "NO_CERTIFICATE_CHAIN_FOUND_NO_POE"
	RevokedNoPOE                 SubIndication = "REVOKED_NO_POE"
	RevokedCANoPOE               SubIndication = "REVOKED_CA_NO_POE"
	OutOfBoundsNotRevoked        SubIndication = "OUT_OF_BOUNDS_NOT_REVOKED"
	OutOfBoundsNoPOE             SubIndication = "OUT_OF_BOUNDS_NO_POE"
	RevocationOutOfBoundsNoPOE   SubIndication = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
	NoPOE                        SubIndication = "NO_POE"
	TryLater                     SubIndication = "TRY_LATER"
	SignedDataNotFound           SubIndication = "SIGNED_DATA_NOT_FOUND"
)

// URN returns the sub-indication's name in ETSI TS 119 102-2, empty for none.
func (s SubIndication) URN() string {
	if s == "" {
		return ""
	}
	return "urn:etsi:019102:subindication:" + string(s)
}

// URN returns the indication's name in ETSI TS 119 102-2.
func (i Indication) URN() string {
	switch i {
	case TotalPassed:
		return "urn:etsi:019102:mainindication:total-passed"
	case TotalFailed:
		return "urn:etsi:019102:mainindication:total-failed"
	case Passed:
		return "urn:etsi:019102:mainindication:passed"
	case Failed:
		return "urn:etsi:019102:mainindication:failed"
	default:
		return "urn:etsi:019102:mainindication:indeterminate"
	}
}
