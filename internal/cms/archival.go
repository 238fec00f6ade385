package cms

import (
	"mohur/internal/asn1"
)

// RevocationValues are CRLs and OCSP responses carried in an attribute.
type RevocationValues struct {
	CRLs          [][]byte
	OCSPResponses [][]byte // each an OCSPResponse; a bare BasicOCSPResponse was wrapped into one
	Other         [][]byte // of kinds that aren't known, as received
}

// AdobeRevocation returns Adobe's revocation information (ISO 32000-1, 12.8.3.3.2), a signed attribute of old PDF signatures. It is empty when
// there is none; an *AttributeError says that one can't be read.
//
//	RevocationInfoArchival ::= SEQUENCE {
//	  crl          [0] EXPLICIT SEQUENCE of CRLs OPTIONAL,
//	  ocsp         [1] EXPLICIT SEQUENCE of OCSP Responses OPTIONAL,
//	  otherRevInfo [2] EXPLICIT SEQUENCE of OtherRevInfo OPTIONAL }
func (si *SignerInfo) AdobeRevocation() (RevocationValues, error) {
	return readRevocationValues(si.SignedAttributes.Values(OIDAdobeRevocationInfoArchival), OIDAdobeRevocationInfoArchival)
}

// RevocationValues returns the revocation values of an extended-long CAdES signature (ETSI EN 319 122-1, A.1.2.2), an unsigned attribute.
//
//	RevocationValues ::= SEQUENCE {
//	  crlVals      [0] SEQUENCE OF CertificateList OPTIONAL,
//	  ocspVals     [1] SEQUENCE OF BasicOCSPResponse OPTIONAL,
//	  otherRevVals [2] OtherRevVals OPTIONAL }
func (si *SignerInfo) RevocationValues() (RevocationValues, error) {
	return readRevocationValues(si.UnsignedAttributes.Values(OIDRevocationValues), OIDRevocationValues)
}

func readRevocationValues(values [][]byte, t asn1.ObjectIdentifier) (RevocationValues, error) {
	var out RevocationValues
	for _, v := range values {
		e, err := asn1.Parse(v, asn1.Limits{})
		if err != nil {
			return out, malformed(t, err)
		}
		r := e.Children()
		for r.More() {
			part, err := r.Next()
			if err != nil {
				return out, malformed(t, err)
			}
			if err := out.add(part); err != nil {
				return out, malformed(t, err)
			}
		}
		if err := r.Err(); err != nil {
			return out, malformed(t, err)
		}
	}
	return out, nil
}

func (v *RevocationValues) add(part asn1.Element) error {
	if part.Is(asn1.Context(2)) {
		v.Other = append(v.Other, part.Raw)
		return nil
	}
	list, err := part.Children().Expect(asn1.TagSequence)
	if err != nil {
		return err
	}
	r := list.Children()
	for r.More() {
		e, err := r.Next()
		if err != nil {
			return err
		}
		ocsp, isOCSP := []byte(nil), false
		if part.Is(asn1.Context(1)) {
			ocsp, isOCSP = asOCSPResponse(e.Raw)
		}
		switch {
		case part.Is(asn1.Context(0)):
			v.CRLs = append(v.CRLs, e.Raw)
		case isOCSP:
			v.OCSPResponses = append(v.OCSPResponses, ocsp)
		default:
			v.Other = append(v.Other, e.Raw)
		}
	}
	return r.Err()
}

// CertificateValues returns the certificates of an extended-long CAdES signature (ETSI EN 319 122-1, A.1.1.2): SEQUENCE OF Certificate.
func (si *SignerInfo) CertificateValues() ([][]byte, error) {
	var out [][]byte
	for _, v := range si.UnsignedAttributes.Values(OIDCertificateValues) {
		e, err := asn1.Parse(v, asn1.Limits{})
		if err != nil {
			return out, malformed(OIDCertificateValues, err)
		}
		r := e.Children()
		for r.More() {
			c, err := r.Expect(asn1.TagSequence)
			if err != nil {
				return out, malformed(OIDCertificateValues, err)
			}
			out = append(out, c.Raw)
		}
		if err := r.Err(); err != nil {
			return out, malformed(OIDCertificateValues, err)
		}
	}
	return out, nil
}
