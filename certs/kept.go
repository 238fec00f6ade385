package certs

import (
	"errors"
	"fmt"
	"time"
)

// errNotIssuers says that evidence is not signed by the one who is asked about it.
var errNotIssuers = errors.New("not signed by the certificate's issuer")

// CheckCRL says whether bytes are a CRL that this authority signed with this key, and until when it speaks (nextUpdate). It decides what is worth
// keeping, not what counts: that is Validate's matter, each time.
func CheckCRL(b []byte, issuer *Certificate) (until time.Time, err error) {
	l, err := readCRL(b)
	if err != nil {
		return time.Time{}, err
	}
	if l.SignatureAlgorithmErr != nil {
		return time.Time{}, l.SignatureAlgorithmErr
	}
	if issuer == nil || issuer.PublicKey == nil || l.Issuer.key() != issuer.nameKey ||
		l.SignatureAlgorithm.VerifyBytes(issuer.PublicKey, l.RawTBS, l.Signature) != nil {
		return time.Time{}, errNotIssuers
	}
	return l.NextUpdate, nil
}

// CheckOCSP says whether bytes are an answer about the certificate, signed by its issuer or by a responder that the issuer appointed, and until when
// it speaks. Like CheckCRL it decides only what is worth keeping.
func CheckOCSP(b []byte, cert, issuer *Certificate) (until time.Time, err error) {
	r, err := ParseOCSP(b)
	if err != nil {
		return time.Time{}, err
	}
	if r.Status != 0 {
		return time.Time{}, &OCSPStatusError{Status: r.Status}
	}
	single, key := worstSingle(r, cert, issuer)
	if key != "" {
		return time.Time{}, fmt.Errorf("about another certificate (%s)", key)
	}
	if r.SignatureAlgorithmErr != nil {
		return time.Time{}, r.SignatureAlgorithmErr
	}
	for _, c := range append([]*Certificate{issuer}, r.Certificates...) {
		appointed := c.SameKey(issuer) || c.ExtendedKeyUsage.Has(PurposeOCSPSigning) && c.issuerNameKey == issuer.nameKey && c.CheckSignatureFrom(issuer) == nil
		if appointed && r.namedBy(c) && c.PublicKey != nil && r.SignatureAlgorithm.VerifyBytes(c.PublicKey, r.RawTBS, r.Signature) == nil {
			return single.NextUpdate, nil
		}
	}
	return time.Time{}, errNotIssuers
}
