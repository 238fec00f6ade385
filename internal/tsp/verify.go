package tsp

import (
	"crypto"

	"mohur/internal/cms"
)

// Outcome says, as data, what a token's signature is worth with one certificate.
type Outcome struct {
	*cms.Outcome
	ESSFound    bool // there is a legible ESS signing-certificate attribute, which RFC 3161, 2.4.2 demands
	ESSMatches  bool // its first id names the certificate: hash, and issuer and serial number where they are given
	Certificate bool // the SignerInfo's identifier names the certificate
}

// Valid says that content, value and both namings of the certificate fit. It says nothing about whether the certificate may be trusted.
func (o *Outcome) Valid() bool {
	return o.Intact() && o.ESSFound && o.ESSMatches && o.Certificate
}

// Verify checks the token's signature with the certificate of its signer and that certificate's key, and that the token names this certificate
// (RFC 3161, 2.4.2; RFC 5816). The certificate may be the token's own, found with SignerCertificate, or come from elsewhere; without one,
// nothing can be said, and a token is never taken for valid. An error means that the certificate can't be read.
func (t *Token) Verify(signer []byte, pub crypto.PublicKey) (*Outcome, error) {
	id, err := cms.IdentifyCertificate(signer)
	if err != nil {
		return nil, err
	}
	si := t.Signer()
	inner, err := si.Verify(pub, nil)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Outcome: inner, Certificate: si.IdentifiedBy(id)}
	ids, err := si.SigningCertificateIDs()
	if err != nil {
		return o, nil
	}
	o.ESSFound, o.ESSMatches = true, matchesESS(ids, signer, id)
	return o, nil
}

// matchesESS asks that the first id of each version that is there name the certificate (RFC 5035, 5.4.1; RFC 5816, 2.2.1).
func matchesESS(ids []cms.ESSCertID, signer []byte, id cms.CertificateID) bool {
	seen := map[int]bool{}
	for _, e := range ids {
		if seen[e.Version] {
			continue
		}
		seen[e.Version] = true
		if !e.MatchesHash(signer) || !e.MatchesIssuerSerial(id) {
			return false
		}
	}
	return len(seen) > 0
}

// SignerCertificate finds the signer's certificate among the token's own and further candidates, by the ESS certificate id, which binds it;
// nil if it isn't there. The order of certificates means nothing: an added first one is not taken for the signer.
func (t *Token) SignerCertificate(candidates ...[]byte) []byte {
	si := t.Signer()
	ids, err := si.SigningCertificateIDs()
	if err != nil {
		return nil
	}
	for _, list := range [][][]byte{t.CMS.Certificates, candidates} {
		for _, c := range list {
			id, err := cms.IdentifyCertificate(c)
			if err == nil && si.IdentifiedBy(id) && matchesESS(ids, c, id) {
				return c
			}
		}
	}
	return nil
}
