package verify

import (
	"bytes"

	"mohur/certs"
	"mohur/verify/etsi"
)

const clauseISC = "ETSI EN 319 102-1, 5.2.3"

// Reasons of the identification that no policy lifts.
const (
	reasonNoSigningCertificate = "SIGNING_CERTIFICATE_NOT_FOUND"
	reasonCertificateDigest    = "SIGNING_CERTIFICATE_DIGEST"
)

// identifySigningCertificate finds the certificate that the signature names (ETSI EN 319 102-1, 5.2.3): the signed reference (ESS
// signing-certificate) decides over the unsigned hint of the container, for only what is signed can't be exchanged. A signature without the
// reference takes the certificate of the hint. No reference that is met means INDETERMINATE / NO_SIGNING_CERTIFICATE_FOUND.
func (v *validation) identifySigningCertificate(s *signature, pool []*certs.Certificate) (*block, *certs.Certificate) {
	b := newBlock(v.policy, "ISC", clauseISC)
	all := append(append([]*certs.Certificate{}, s.candidates...), pool...)
	hinted := filter(all, s.matches)
	if len(s.identifiers) == 0 {
		var cert *certs.Certificate
		if len(hinted) > 0 {
			cert = v.keyThatVerifies(s, hinted)
		}
		b.require(reasonNoSigningCertificate, cert != nil, indeterminate(etsi.NoSigningCertificateFound))
		if cert != nil {
			b.ask(ConstraintCertificateAttribute, false, indeterminate(etsi.SigConstraintsFailure))
		}
		return b, cert
	}
	return b, v.byReference(b, s, all, hinted)
}

// byReference resolves the signed references.
func (v *validation) byReference(b *block, s *signature, all, hinted []*certs.Certificate) *certs.Certificate {
	b.ask(ConstraintCertificateAttribute, true, outcome{})
	b.ask(ConstraintCertificateUnicity, s.identifiers[0].attribute == s.identifiers[len(s.identifiers)-1].attribute, indeterminate(etsi.SigConstraintsFailure))
	first := s.identifiers[0]
	cert := pick(filter(all, first.meets), hinted)
	if cert == nil {
		// The reference comes first in the attribute by rule; where it does not, another one may still be met by the hint.
		for _, id := range s.identifiers[1:] {
			if cert = pick(filter(all, id.meets), hinted); cert != nil {
				break
			}
		}
	}
	if cert == nil {
		found := len(hinted) > 0
		b.require(reasonNoSigningCertificate, found, indeterminate(etsi.NoSigningCertificateFound))
		if found {
			b.require(reasonCertificateDigest, false, indeterminate(etsi.NoSigningCertificateFound), arg("subject", hinted[0].Subject.Display()))
		}
		return nil
	}
	b.require(reasonNoSigningCertificate, true, outcome{})
	b.require(reasonCertificateDigest, true, outcome{})
	b.ask(ConstraintIssuerSerial, (len(hinted) == 0 || contains(hinted, cert)) && first.namesIssuer(cert), indeterminate(etsi.NoSigningCertificateFound))
	return cert
}

// keyThatVerifies picks among certificates of one issuer and serial, or one key identifier, the one whose key verifies the signature; the
// first when none does. A second certificate in the bag with the same name must not turn a good signature bad.
func (v *validation) keyThatVerifies(s *signature, hinted []*certs.Certificate) *certs.Certificate {
	if len(hinted) > 1 && s.value != nil {
		for _, c := range hinted {
			if s.value(c).valid {
				return c
			}
		}
	}
	return hinted[0]
}

// meets says whether the certificate is the one that the reference names.
func (id certificateIdentifier) meets(c *certs.Certificate) bool {
	return id.digest.Valid() && bytes.Equal(id.digest.Sum(c.Raw), id.hash)
}

// namesIssuer says whether issuer and serial of the reference, where present, are those of the certificate.
func (id certificateIdentifier) namesIssuer(c *certs.Certificate) bool {
	return (id.issuerDER == nil || bytes.Equal(id.issuerDER, c.RawIssuer)) && (id.serial == nil || bytes.Equal(id.serial, c.Serial.Bytes()))
}

// pick takes the certificate that the hint confirms, else the first.
func pick(list, hinted []*certs.Certificate) *certs.Certificate {
	for _, c := range list {
		if contains(hinted, c) {
			return c
		}
	}
	if len(list) > 0 {
		return list[0]
	}
	return nil
}

func filter(list []*certs.Certificate, keep func(*certs.Certificate) bool) []*certs.Certificate {
	var out []*certs.Certificate
	if keep == nil {
		return nil
	}
	for _, c := range list {
		if keep(c) && !contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

func contains(list []*certs.Certificate, c *certs.Certificate) bool {
	for _, o := range list {
		if o.Equal(c) {
			return true
		}
	}
	return false
}
