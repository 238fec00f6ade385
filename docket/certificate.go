package docket

import "mohur/verify/etsi"

// CertificateVerdict is the judgement of a person's certificate by itself, now: its path to a trusted anchor and its revocation.
type CertificateVerdict struct {
	Certificate   Hash
	Indication    etsi.Indication // PASSED, INDETERMINATE or FAILED
	SubIndication etsi.SubIndication
	// RevocationMissing says that data which could not be had now could change the verdict.
	RevocationMissing bool
	Signer            Signer   // whom it names, by its issuer's rule
	Chain             [][]byte // DER of its issuers, without the anchor
}

// Refusal says why the certificate can't be used, nil if it can. Only PASSED can.
func (v *CertificateVerdict) Refusal() *Error {
	if v.Indication == etsi.Passed {
		return nil
	}
	if v.RevocationMissing {
		return Refuse(CodeUnavailable, KeyCertificateUnclear)
	}
	key := KeySigUntrusted
	switch v.SubIndication {
	case etsi.Revoked, etsi.RevokedNoPOE, etsi.RevokedCANoPOE:
		key = KeySigRevoked
	case etsi.Expired, etsi.NotYetValid, etsi.OutOfBoundsNoPOE, etsi.OutOfBoundsNotRevoked, etsi.RevocationOutOfBoundsNoPOE:
		key = KeySigExpired
	case etsi.CryptoConstraintsFailure, etsi.CryptoConstraintsNoPOE:
		key = KeySigWeak
	case etsi.TryLater:
		key = KeySigHeld
	}
	return Refuse(CodeInvalid, key).With("sub", string(v.SubIndication)).With("signer", v.Signer.Name)
}
