package cms

import (
	"fmt"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Attribute types: RFC 5652, 11; RFC 5035; RFC 6211; RFC 3161, A; ETSI EN 319 122-1, 5 and annex A; Adobe's for revocation data.
const (
	OIDContentType                 asn1.ObjectIdentifier = "1.2.840.113549.1.9.3"
	OIDMessageDigest               asn1.ObjectIdentifier = "1.2.840.113549.1.9.4"
	OIDSigningTime                 asn1.ObjectIdentifier = "1.2.840.113549.1.9.5"
	OIDCounterSignature            asn1.ObjectIdentifier = "1.2.840.113549.1.9.6"
	OIDAlgorithmProtection         asn1.ObjectIdentifier = "1.2.840.113549.1.9.52"
	OIDSigningCertificate          asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.12"
	OIDSigningCertificateV2        asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.47"
	OIDSignaturePolicy             asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.15"
	OIDSignaturePolicyStore        asn1.ObjectIdentifier = "0.4.0.19122.1.3"
	OIDCommitmentType              asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.16"
	OIDSignerLocation              asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.17"
	OIDSignerAttributes            asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.18"
	OIDSignerAttributesV2          asn1.ObjectIdentifier = "0.4.0.19122.1.1"
	OIDContentHints                asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.4"
	OIDContentReference            asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.10"
	OIDContentIdentifier           asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.7"
	OIDMIMEType                    asn1.ObjectIdentifier = "0.4.0.1733.2.1"
	OIDContentTimestamp            asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.20"
	OIDSignatureTimestamp          asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.14"
	OIDCertificateReferences       asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.21"
	OIDRevocationReferences        asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.22"
	OIDCertificateValues           asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.23"
	OIDRevocationValues            asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.24"
	OIDCTimestamp                  asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.25"
	OIDCertificateCRLTimestamp     asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.26"
	OIDArchiveTimestamp            asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.27"
	OIDArchiveTimestampV2          asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.48"
	OIDArchiveTimestampV3          asn1.ObjectIdentifier = "0.4.0.1733.2.4"
	OIDATSHashIndex                asn1.ObjectIdentifier = "0.4.0.1733.2.5"
	OIDATSHashIndexV3              asn1.ObjectIdentifier = "0.4.0.19122.1.5"
	OIDLongTermValidation          asn1.ObjectIdentifier = "0.4.0.1733.2.2"
	OIDEvidenceRecordInternal      asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.49"
	OIDEvidenceRecordExternal      asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.2.50"
	OIDAdobeRevocationInfoArchival asn1.ObjectIdentifier = "1.2.840.113583.1.1.8"
)

// Attribute is one attribute as received.
//
//	Attribute ::= SEQUENCE {
//	  attrType OBJECT IDENTIFIER,
//	  attrValues SET OF AttributeValue }   -- RFC 5652, 5.3
type Attribute struct {
	Type   asn1.ObjectIdentifier
	Values [][]byte // each a whole element
	Raw    []byte
}

// Attributes are the attributes of one signature, in the order received, with repetitions.
type Attributes []Attribute

// Values returns the values of all attributes of a type.
func (as Attributes) Values(t asn1.ObjectIdentifier) [][]byte {
	var out [][]byte
	for _, a := range as {
		if a.Type == t {
			out = append(out, a.Values...)
		}
	}
	return out
}

// Has says whether there is an attribute of the type.
func (as Attributes) Has(t asn1.ObjectIdentifier) bool {
	for _, a := range as {
		if a.Type == t {
			return true
		}
	}
	return false
}

// Types lists the attribute types in order, repetitions included.
func (as Attributes) Types() []asn1.ObjectIdentifier {
	out := make([]asn1.ObjectIdentifier, len(as))
	for i, a := range as {
		out[i] = a.Type
	}
	return out
}

// AttributeError says that an attribute is missing, repeated or malformed.
type AttributeError struct {
	Type asn1.ObjectIdentifier
	Code ProblemCode // MissingAttribute, RepeatedAttribute or MalformedAttribute
	Msg  string
}

// Error names the attribute.
func (e *AttributeError) Error() string { return fmt.Sprintf("cms: attribute %s: %s", e.Type, e.Msg) }

// single returns the value of an attribute that must stand once with one value (RFC 5652, 11.1 to 11.3).
func (as Attributes) single(t asn1.ObjectIdentifier) (asn1.Element, error) {
	var found *Attribute
	for i := range as {
		if as[i].Type != t {
			continue
		}
		if found != nil {
			return asn1.Element{}, &AttributeError{t, RepeatedAttribute, "stands more than once"}
		}
		found = &as[i]
	}
	if found == nil {
		return asn1.Element{}, &AttributeError{t, MissingAttribute, "is missing"}
	}
	if len(found.Values) != 1 {
		return asn1.Element{}, &AttributeError{t, RepeatedAttribute, fmt.Sprintf("has %d values", len(found.Values))}
	}
	e, err := asn1.Parse(found.Values[0], asn1.Limits{})
	if err != nil {
		return asn1.Element{}, malformed(t, err)
	}
	return e, nil
}

func malformed(t asn1.ObjectIdentifier, err error) error {
	return &AttributeError{t, MalformedAttribute, err.Error()}
}

// readAttributes reads a SET OF Attribute, whatever its tag. What was read before a fault is returned with it.
// maxAttributesPerSet bounds the signed and the unsigned attributes of one signature.
const maxAttributesPerSet = 10_000

func readAttributes(e asn1.Element) (Attributes, error) {
	var out Attributes
	r := e.Children()
	for r.More() {
		if len(out) >= maxAttributesPerSet {
			return out, tooMany("attributes", maxAttributesPerSet)
		}
		a, err := r.Expect(asn1.TagSequence)
		if err != nil {
			return out, err
		}
		attribute, err := readAttribute(a)
		if err != nil {
			return out, err
		}
		out = append(out, attribute)
	}
	return out, r.Err()
}

func readAttribute(e asn1.Element) (Attribute, error) {
	out := Attribute{Raw: e.Raw}
	r := e.Children()
	t, err := r.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return out, err
	}
	if out.Type, err = t.ObjectIdentifier(); err != nil {
		return out, err
	}
	set, err := r.Expect(asn1.TagSet)
	if err != nil {
		return out, err
	}
	values := set.Children()
	for values.More() {
		v, err := values.Next()
		if err != nil {
			return out, err
		}
		out.Values = append(out.Values, v.Raw)
	}
	if err := values.Err(); err != nil {
		return out, err
	}
	return out, r.End()
}

// MessageDigest returns the message-digest attribute (RFC 5652, 11.2), or an *AttributeError if it does not stand exactly once, as an OCTET STRING.
func (si *SignerInfo) MessageDigest() ([]byte, error) {
	e, err := si.SignedAttributes.single(OIDMessageDigest)
	if err != nil {
		return nil, err
	}
	if !e.Is(asn1.TagOctetString) {
		return nil, &AttributeError{OIDMessageDigest, MalformedAttribute, "is not an OCTET STRING"}
	}
	b, err := e.OctetString()
	if err != nil {
		return nil, malformed(OIDMessageDigest, err)
	}
	return b, nil
}

// ContentType returns the content-type attribute (RFC 5652, 11.1), or an *AttributeError.
func (si *SignerInfo) ContentType() (asn1.ObjectIdentifier, error) {
	e, err := si.SignedAttributes.single(OIDContentType)
	if err != nil {
		return "", err
	}
	if !e.Is(asn1.TagObjectIdentifier) {
		return "", &AttributeError{OIDContentType, MalformedAttribute, "is not an OBJECT IDENTIFIER"}
	}
	o, err := e.ObjectIdentifier()
	if err != nil {
		return "", malformed(OIDContentType, err)
	}
	return o, nil
}

// SigningTime returns the claimed signing time (RFC 5652, 11.3), in UTC. It is false when there is none, and also when there are several or an
// illegible one; SignedAttributes.Has(OIDSigningTime) tells these apart.
func (si *SignerInfo) SigningTime() (time.Time, bool) {
	e, err := si.SignedAttributes.single(OIDSigningTime)
	if err != nil {
		return time.Time{}, false
	}
	t, err := e.Time()
	return t, err == nil
}

// Timestamps returns the signature timestamps: tokens over the value of this signature (RFC 3161, A).
func (si *SignerInfo) Timestamps() [][]byte {
	return si.UnsignedAttributes.Values(OIDSignatureTimestamp)
}

// ContentTimestamps returns the tokens over the content that were made before signing (ETSI EN 319 122-1, 5.2.8).
func (si *SignerInfo) ContentTimestamps() [][]byte {
	return si.SignedAttributes.Values(OIDContentTimestamp)
}

// AlgorithmProtection is the attribute that keeps the algorithms from being exchanged (RFC 6211, 2).
type AlgorithmProtection struct {
	DigestAlgorithm    algo.Identifier
	SignatureAlgorithm algo.Identifier // zero if the attribute protects a MAC
}

// AlgorithmProtection returns the attribute, or an *AttributeError, whose Code is MissingAttribute where there is none.
//
//	CMSAlgorithmProtection ::= SEQUENCE {
//	  digestAlgorithm DigestAlgorithmIdentifier,
//	  signatureAlgorithm [1] SignatureAlgorithmIdentifier OPTIONAL,
//	  macAlgorithm [2] MessageAuthenticationCodeAlgorithm OPTIONAL }
func (si *SignerInfo) AlgorithmProtection() (*AlgorithmProtection, error) {
	e, err := si.SignedAttributes.single(OIDAlgorithmProtection)
	if err != nil {
		return nil, err
	}
	r := e.Children()
	p := &AlgorithmProtection{}
	if p.DigestAlgorithm, err = readIdentifier(r); err != nil {
		return nil, malformed(OIDAlgorithmProtection, err)
	}
	s, ok, err := r.Optional(asn1.Context(1))
	if err == nil && ok {
		p.SignatureAlgorithm, err = algo.ReadIdentifier(s)
	}
	if err != nil {
		return nil, malformed(OIDAlgorithmProtection, err)
	}
	return p, nil
}

// Commitment is what the signer undertakes by signing (ETSI EN 319 122-1, 5.2.3).
type Commitment struct {
	Type       asn1.ObjectIdentifier
	Qualifiers []OtherValue
}

// Commitments returns the commitments the signer made by signing. An illegible one is left out here and stays in SignedAttributes.
//
//	CommitmentTypeIndication ::= SEQUENCE {
//	  commitmentTypeId OBJECT IDENTIFIER,
//	  commitmentTypeQualifier SEQUENCE SIZE (1..MAX) OF CommitmentTypeQualifier OPTIONAL }
func (si *SignerInfo) Commitments() []Commitment {
	var out []Commitment
	for _, v := range si.SignedAttributes.Values(OIDCommitmentType) {
		e, err := asn1.Parse(v, asn1.Limits{})
		if err != nil {
			continue
		}
		r := e.Children()
		c := Commitment{}
		if c.Type, err = readOID(r); err != nil {
			continue
		}
		if list, ok, err := r.Optional(asn1.TagSequence); ok && err == nil {
			_ = each(list, func(q asn1.Element) error { // one that can't be read takes nothing from the commitment
				v, err := readOtherValue(q)
				if err == nil {
					c.Qualifiers = append(c.Qualifiers, v)
				}
				return err
			})
		}
		out = append(out, c)
	}
	return out
}
