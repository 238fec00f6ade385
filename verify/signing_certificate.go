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
	cert := v.referenced(s, all, hinted)
	if cert == nil {
		found := len(hinted) > 0
		b.require(reasonNoSigningCertificate, found, indeterminate(etsi.NoSigningCertificateFound))
		if found {
			b.require(reasonCertificateDigest, false, indeterminate(etsi.NoSigningCertificateFound), arg("subject", hinted[0].Subject.Display()))
		}
		return nil
	}
	// The certificate of the container's own identifier is the one that verifies; the reference says which that must be (RFC 5035, 3).
	if s.matches != nil && !b.require(reasonNoSigningCertificate, contains(hinted, cert), indeterminate(etsi.NoSigningCertificateFound)) {
		return nil
	}
	b.require(reasonCertificateDigest, true, outcome{})
	b.ask(ConstraintIssuerSerial, first.namesIssuer(cert), indeterminate(etsi.NoSigningCertificateFound))
	return cert
}

// referenced picks the certificate that a reference and the hint name together; the first reference is the signer's by rule (RFC 5035, 5.4.1),
// and where it does not name the one of the hint, the next may (5.2.3.4). One that only a reference names counts where the hint names none that is
// here, or where its key verifies the value.
func (v *validation) referenced(s *signature, all, hinted []*certs.Certificate) *certs.Certificate {
	for _, id := range s.identifiers {
		if named := filter(hinted, id.meets); len(named) > 0 {
			return named[0]
		}
	}
	for _, id := range s.identifiers {
		for _, c := range filter(all, id.meets) {
			if len(hinted) == 0 || s.value != nil && s.value(c).valid {
				return c
			}
		}
	}
	return nil
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
