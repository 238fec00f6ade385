package cms

import (
	"errors"

	"mohur/internal/asn1"
)

const (
	oidRevocationOCSP asn1.ObjectIdentifier = "1.3.6.1.5.5.7.16.2"   // id-ri-ocsp-response, RFC 5940, 2
	oidBasicOCSP      asn1.ObjectIdentifier = "1.3.6.1.5.5.7.48.1.1" // id-pkix-ocsp-basic, RFC 6960, 4.2.1
)

// readRevocation reads
//
//	RevocationInfoChoice ::= CHOICE {
//	  crl CertificateList,
//	  other [1] IMPLICIT OtherRevocationInfoFormat }
//	OtherRevocationInfoFormat ::= SEQUENCE {
//	  otherRevInfoFormat OBJECT IDENTIFIER,
//	  otherRevInfo ANY DEFINED BY otherRevInfoFormat }   -- RFC 5652, 10.2.1
func (sd *SignedData) readRevocation(r *asn1.Reader, lim Limits) error {
	set, ok, err := r.Optional(asn1.Context(1))
	if err != nil || !ok {
		return err
	}
	sd.RawRevocation = set.Raw
	c := set.Children()
	for n := 0; c.More(); n++ {
		e, err := c.Next()
		if err != nil {
			return err
		}
		if n >= lim.Certificates {
			return tooMany("revocation values", lim.Certificates)
		}
		sd.addRevocation(e)
	}
	return c.Err()
}

func (sd *SignedData) addRevocation(e asn1.Element) {
	if e.Is(asn1.TagSequence) {
		sd.CRLs = append(sd.CRLs, e.Raw)
		return
	}
	if !e.Is(asn1.Context(1)) {
		sd.report(UnknownRevocationKind, "%s", e.Tag)
		sd.OtherRevocation = append(sd.OtherRevocation, OtherValue{Value: e.Raw})
		return
	}
	v, err := readOtherValue(e)
	if err != nil {
		sd.report(UnknownRevocationKind, "%v", err)
		sd.OtherRevocation = append(sd.OtherRevocation, OtherValue{Value: e.Raw})
		return
	}
	if v.Type == oidRevocationOCSP || v.Type == oidBasicOCSP {
		if ocsp, ok := asOCSPResponse(v.Value); ok {
			sd.OCSPResponses = append(sd.OCSPResponses, ocsp)
			return
		}
	}
	sd.OtherRevocation = append(sd.OtherRevocation, v)
}

func readOtherValue(e asn1.Element) (OtherValue, error) {
	r := e.Children()
	t, err := r.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return OtherValue{}, err
	}
	var v OtherValue
	if v.Type, err = t.ObjectIdentifier(); err != nil {
		return OtherValue{}, err
	}
	value, err := r.Next()
	v.Value = value.Raw
	return v, errors.Join(err, r.End())
}

// asOCSPResponse tells OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, ... } from BasicOCSPResponse ::= SEQUENCE { tbsResponseData
// SEQUENCE, ... } by what is inside, since writers mix up the object identifiers, and wraps the latter into the former (RFC 6960, 4.2.1).
func asOCSPResponse(b []byte) ([]byte, bool) {
	e, err := asn1.Parse(b, asn1.Limits{})
	if err != nil || !e.Is(asn1.TagSequence) {
		return nil, false
	}
	switch t, _ := e.Children().Peek(); t {
	case asn1.TagEnumerated:
		return b, true
	case asn1.TagSequence:
		successful := asn1.Encode(asn1.TagEnumerated, false, []byte{0})
		return asn1.Sequence(successful, asn1.Explicit(0, asn1.Sequence(asn1.OID(oidBasicOCSP), asn1.OctetString(b)))), true
	}
	return nil, false
}

// BasicOCSPResponse returns the basic response inside an OCSPResponse; nil when there is none.
//
//	OCSPResponse ::= SEQUENCE {
//	  responseStatus ENUMERATED,
//	  responseBytes [0] EXPLICIT SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING } OPTIONAL }   -- RFC 6960, 4.2.1
func BasicOCSPResponse(response []byte) []byte {
	e, err := asn1.Parse(response, asn1.Limits{})
	if err != nil {
		return nil
	}
	r := e.Children()
	_, err1 := r.Expect(asn1.TagEnumerated)
	tagged, err2 := r.Expect(asn1.Context(0))
	if errors.Join(err1, err2) != nil {
		return nil
	}
	inner, err := tagged.Children().Expect(asn1.TagSequence)
	if err != nil {
		return nil
	}
	c := inner.Children()
	t, err1 := readOID(c)
	b, err2 := readOctets(c)
	if errors.Join(err1, err2) != nil || t != oidBasicOCSP {
		return nil
	}
	return b
}
