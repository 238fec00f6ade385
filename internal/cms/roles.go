package cms

import (
	"errors"
	"math/big"
	"time"

	"mohur/internal/asn1"
)

// SignerAttributes are what the signer claims to be, or has been certified to be (ETSI EN 319 122-1, 5.2.6.1; ETSI TS 101 733, 5.11.3).
type SignerAttributes struct {
	Claimed    Attributes
	Certified  [][]byte     // attribute certificates of RFC 5755, encoded
	Other      []OtherValue // attribute certificates of another form
	Assertions []OtherValue // signed by somebody else, a SAML assertion for example
}

// SignerAttributes returns what the attribute of version 2, or else that of version 1, says; an *AttributeError where there is none or one
// can't be read.
//
//	SignerAttributeV2 ::= SEQUENCE {
//	  claimedAttributes [0] SEQUENCE OF Attribute OPTIONAL,
//	  certifiedAttributesV2 [1] SEQUENCE OF CHOICE {
//	    attributeCertificate [0] AttributeCertificate,
//	    otherAttributeCertificate [1] OtherAttributeCertificate } OPTIONAL,
//	  signedAssertions [2] SEQUENCE OF SignedAssertion OPTIONAL }
//	SignerAttribute ::= SEQUENCE OF CHOICE {   -- version 1
//	  claimedAttributes [0] SEQUENCE OF Attribute,
//	  certifiedAttributes [1] AttributeCertificate }
func (si *SignerInfo) SignerAttributes() (*SignerAttributes, error) {
	t := OIDSignerAttributesV2
	if !si.SignedAttributes.Has(t) {
		t = OIDSignerAttributes
	}
	e, err := si.SignedAttributes.single(t)
	if err != nil {
		return nil, err
	}
	out := &SignerAttributes{}
	for r := e.Children(); r.More() || r.Err() != nil; {
		part, err := r.Next()
		if err == nil {
			err = out.add(part, t == OIDSignerAttributesV2)
		}
		if err != nil {
			return nil, malformed(t, err)
		}
	}
	return out, nil
}

func (s *SignerAttributes) add(part asn1.Element, v2 bool) error {
	inner, err := part.Children().Expect(asn1.TagSequence)
	if err != nil {
		return err
	}
	switch {
	case part.Is(asn1.Context(0)):
		list, err := readAttributes(inner)
		s.Claimed = append(s.Claimed, list...)
		return err
	case part.Is(asn1.Context(1)) && !v2:
		s.Certified = append(s.Certified, inner.Raw)
		return nil
	case part.Is(asn1.Context(1)):
		return s.addCertified(inner)
	case part.Is(asn1.Context(2)) && v2:
		return each(inner, func(a asn1.Element) error {
			v, err := readOtherValue(a)
			s.Assertions = append(s.Assertions, v)
			return err
		})
	}
	return &asn1.SyntaxError{Offset: part.Offset, Msg: part.Tag.String() + " among signer attributes"}
}

func (s *SignerAttributes) addCertified(list asn1.Element) error {
	return each(list, func(c asn1.Element) error {
		inner, err := c.Children().Expect(asn1.TagSequence)
		if err != nil {
			return err
		}
		if c.Is(asn1.Context(0)) {
			s.Certified = append(s.Certified, inner.Raw)
			return nil
		}
		v, err := readOtherValue(inner)
		s.Other = append(s.Other, v)
		return err
	})
}

// each calls f with every element inside a constructed one.
func each(e asn1.Element, f func(asn1.Element) error) error {
	r := e.Children()
	for r.More() {
		c, err := r.Next()
		if err != nil {
			return err
		}
		if err := f(c); err != nil {
			return err
		}
	}
	return r.Err()
}

// AttributeCertificate is what an attribute certificate says of whom (RFC 5755, 4.1). It is read to be listed; nobody has verified it.
type AttributeCertificate struct {
	HolderIssuerRaw     []byte   // with HolderSerial: the holder's own certificate
	HolderSerial        *big.Int // nil when the holder is named otherwise
	HolderRaw           []byte   // the holder's directory name; nil when not given
	IssuerRaw           []byte   // the issuer's directory name; nil when not given
	Serial              *big.Int
	NotBefore, NotAfter time.Time
	Attributes          Attributes
}

// ParseAttributeCertificate reads an attribute certificate of version 2, with the tag SEQUENCE or the implicit one of a CertificateSet.
//
//	AttributeCertificateInfo ::= SEQUENCE {
//	  version AttCertVersion, holder Holder, issuer AttCertIssuer, signature AlgorithmIdentifier,
//	  serialNumber CertificateSerialNumber, attrCertValidityPeriod AttCertValidityPeriod,
//	  attributes SEQUENCE OF Attribute, issuerUniqueID UniqueIdentifier OPTIONAL, extensions Extensions OPTIONAL }
func ParseAttributeCertificate(der []byte) (*AttributeCertificate, error) {
	e, err := asn1.Parse(der, asn1.Limits{})
	if err != nil {
		return nil, within("attribute certificate", err)
	}
	info, err := e.Children().Expect(asn1.TagSequence)
	if err != nil {
		return nil, within("attribute certificate", err)
	}
	a := &AttributeCertificate{}
	return a, within("attribute certificate", a.read(info.Children()))
}

func (a *AttributeCertificate) read(r *asn1.Reader) error {
	if _, err := r.Expect(asn1.TagInteger); err != nil {
		return err
	}
	holder, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return err
	}
	issuer, err := r.Next()
	if err != nil {
		return err
	}
	if _, err = r.Expect(asn1.TagSequence); err != nil {
		return err
	}
	serial, err := r.Expect(asn1.TagInteger)
	if err != nil {
		return err
	}
	if a.Serial, err = serial.Integer(); err != nil {
		return err
	}
	validity, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return err
	}
	list, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return err
	}
	a.Attributes, err = readAttributes(list)
	return errors.Join(err, a.readHolder(holder), a.readIssuer(issuer), a.readValidity(validity))
}

// readHolder reads
//
//	Holder ::= SEQUENCE {
//	  baseCertificateID [0] IssuerSerial OPTIONAL,
//	  entityName [1] GeneralNames OPTIONAL,
//	  objectDigestInfo [2] ObjectDigestInfo OPTIONAL }
func (a *AttributeCertificate) readHolder(e asn1.Element) error {
	return each(e, func(c asn1.Element) error {
		switch c.Tag {
		case asn1.Context(0):
			r := c.Children()
			names, err := r.Expect(asn1.TagSequence)
			if err != nil {
				return err
			}
			serial, err := r.Expect(asn1.TagInteger)
			if err != nil {
				return err
			}
			a.HolderIssuerRaw = directoryName(names)
			a.HolderSerial, err = serial.Integer()
			return err
		case asn1.Context(1):
			a.HolderRaw = directoryName(c)
		}
		return nil
	})
}

// readIssuer reads CHOICE { v1Form GeneralNames, v2Form [0] SEQUENCE { issuerName GeneralNames OPTIONAL, ... } }.
func (a *AttributeCertificate) readIssuer(e asn1.Element) error {
	if e.Is(asn1.TagSequence) {
		a.IssuerRaw = directoryName(e)
		return nil
	}
	names, ok, err := e.Children().Optional(asn1.TagSequence)
	if ok {
		a.IssuerRaw = directoryName(names)
	}
	return err
}

func (a *AttributeCertificate) readValidity(e asn1.Element) error {
	r := e.Children()
	for _, to := range []*time.Time{&a.NotBefore, &a.NotAfter} {
		t, err := r.Next()
		if err != nil {
			return err
		}
		if *to, err = t.Time(); err != nil {
			return err
		}
	}
	return nil
}

// directoryName is the first directory name among GeneralNames, encoded; nil for none.
func directoryName(names asn1.Element) []byte {
	for r := names.Children(); r.More(); {
		g, err := r.Next()
		if err != nil {
			return nil
		}
		if g.Is(asn1.Context(4)) {
			name, err := g.Children().Expect(asn1.TagSequence)
			if err != nil {
				return nil
			}
			return name.Raw
		}
	}
	return nil
}
