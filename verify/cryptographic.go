package verify

import (
	"mohur/certs"
	"mohur/verify/etsi"
)

const clauseCV = "ETSI EN 319 102-1, 5.2.7"

// Reasons of the cryptographic verification.
const (
	reasonDataNotFound         = "SIGNED_DATA_NOT_FOUND"
	reasonDigestUnknown        = "DIGEST_ALGORITHM_UNKNOWN"
	reasonNotDER               = "SIGNED_ATTRIBUTES_NOT_DER"
	reasonHashMismatch         = "HASH_MISMATCH"
	reasonNotSeen              = "CONTENT_NOT_SEEN"
	reasonSignatureValue       = "SIGNATURE_VALUE_INVALID"
	reasonAlgorithmUnsupported = "ALGORITHM_UNSUPPORTED"
	reasonValueUnchecked       = "SIGNATURE_VALUE_UNCHECKED"
)

// cryptographic checks the integrity of the signed data and the signature value (ETSI EN 319 102-1, 5.2.7): SIGNED_DATA_NOT_FOUND when
// something signed is not here, HASH_FAILURE when it is not what was signed, SIG_CRYPTO_FAILURE when the value does not verify. The second
// result is `intact`: everything found and matching, and the value verifies.
func (v *validation) cryptographic(s *signature, cert *certs.Certificate) (*block, bool) {
	b := newBlock(v.policy, "CV", clauseCV)
	intact := len(s.references) > 0
	for _, r := range s.references {
		if r.unknown {
			b.require(reasonDigestUnknown, false, indeterminate(etsi.SignedDataNotFound), arg("algorithm", r.digest))
			intact = false
		} else if !b.require(reasonDataNotFound, r.found, indeterminate(etsi.SignedDataNotFound), arg("name", r.name)) {
			intact = false
		}
	}
	for _, r := range s.references {
		if r.found && !r.unknown && !b.require(reasonHashMismatch, r.matches, failed(etsi.HashFailure), arg("name", r.name), arg("digest", r.digest)) {
			intact = false
		}
	}
	for _, r := range s.references {
		if r.unseen {
			b.inform(reasonNotSeen, arg("name", r.name), arg("digest", r.digest))
		}
	}
	if cert == nil || s.value == nil {
		fits := v.namedKeyVerifies(s)
		b.require(reasonValueUnchecked, fits, indeterminate(etsi.NoSigningCertificateFound))
		return b, fits && intact
	}
	return b, v.value(b, s, cert) && intact
}

// namedKeyVerifies says whether the value is that of a certificate which the container names and the signed reference does not: who signed is
// then unknown, but not that somebody did.
func (v *validation) namedKeyVerifies(s *signature) bool {
	if s.value == nil {
		return false
	}
	for _, c := range filter(append(append([]*certs.Certificate{}, s.candidates...), v.pool...), s.matches) {
		if s.value(c).valid {
			return true
		}
	}
	return false
}

// value checks the signature value with the certificate's key.
func (v *validation) value(b *block, s *signature, cert *certs.Certificate) bool {
	o := s.value(cert)
	if o.unsupported != "" {
		// What can't be checked is never called wrong, and no proof of existence makes it right.
		b.require(reasonAlgorithmUnsupported, false, indeterminate(etsi.CryptoConstraintsFailure), arg("algorithm", o.unsupported))
		return false
	}
	if o.notDER {
		return b.require(reasonNotDER, false, failed(etsi.SigCryptoFailure))
	}
	return b.require(reasonSignatureValue, o.valid, failed(etsi.SigCryptoFailure))
}
