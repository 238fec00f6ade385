package cms

import (
	"errors"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Qualifiers of a signature policy (ETSI EN 319 122-1, 5.2.9.2).
const (
	oidPolicyURI           asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.5.1"
	oidPolicyNotice        asn1.ObjectIdentifier = "1.2.840.113549.1.9.16.5.2"
	oidPolicySpecification asn1.ObjectIdentifier = "0.4.0.19122.2.1"
)

// SignaturePolicy says by which policy a signature claims to be made (ETSI EN 319 122-1, 5.2.9.1).
type SignaturePolicy struct {
	Implied bool // by context; everything else is then empty
	Policy  asn1.ObjectIdentifier
	Hash    OtherValue // Type: the digest algorithm; Value: the digest, which is zero octets where it isn't known

	URI           string       // where the policy can be had; empty when not said
	Notice        string       // what the signer wants whoever validates to read; empty when not said
	Specification string       // by which document the policy is written, an object identifier or URI; empty when not said
	Others        []OtherValue // further qualifiers
	Raw           []byte
}

// MatchesHash says whether the digest that the signer names is that of a policy document.
func (p *SignaturePolicy) MatchesHash(document []byte) bool {
	d, err := algo.ParseDigest(algo.Identifier{Algorithm: p.Hash.Type})
	if err != nil {
		return false
	}
	sum := d.Sum(document)
	return sum != nil && string(sum) == string(p.Hash.Value)
}

// SignaturePolicy returns the attribute, or an *AttributeError, whose Code is MissingAttribute where there is none.
//
//	SignaturePolicy ::= CHOICE { signaturePolicyId SignaturePolicyId, signaturePolicyImplied NULL }
//	SignaturePolicyId ::= SEQUENCE {
//	  sigPolicyId          OBJECT IDENTIFIER,
//	  sigPolicyHash        SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashValue OCTET STRING },
//	  sigPolicyQualifiers  SEQUENCE OF ... OPTIONAL }
func (si *SignerInfo) SignaturePolicy() (*SignaturePolicy, error) {
	e, err := si.SignedAttributes.single(OIDSignaturePolicy)
	if err != nil {
		return nil, err
	}
	p := &SignaturePolicy{Raw: e.Raw}
	if e.Is(asn1.TagNull) {
		p.Implied = true
		return p, nil
	}
	r := e.Children()
	o, err := r.Expect(asn1.TagObjectIdentifier)
	if err == nil {
		p.Policy, err = o.ObjectIdentifier()
	}
	if err != nil {
		return nil, malformed(OIDSignaturePolicy, err)
	}
	if hash, ok, _ := r.Optional(asn1.TagSequence); ok {
		h := hash.Children()
		id, err1 := readIdentifier(h)
		v, err2 := readOctets(h)
		if err := errors.Join(err1, err2); err != nil {
			return nil, malformed(OIDSignaturePolicy, err)
		}
		p.Hash = OtherValue{Type: id.Algorithm, Value: v}
	}
	if list, ok, _ := r.Optional(asn1.TagSequence); ok {
		if err := each(list, p.qualify); err != nil {
			return nil, malformed(OIDSignaturePolicy, err)
		}
	}
	return p, nil
}

// qualify reads SigPolicyQualifierInfo ::= SEQUENCE { sigPolicyQualifierId OBJECT IDENTIFIER, qualifier ANY }.
func (p *SignaturePolicy) qualify(e asn1.Element) error {
	v, err := readOtherValue(e)
	if err != nil {
		return err
	}
	value, err := asn1.Parse(v.Value, asn1.Limits{})
	if err != nil {
		return err
	}
	switch v.Type {
	case oidPolicyURI:
		p.URI, _ = text(value)
	case oidPolicyNotice:
		return each(value, func(part asn1.Element) error { // SPUserNotice: a reference, then the text
			if s, ok := text(part); ok {
				p.Notice = s
			}
			return nil
		})
	case oidPolicySpecification:
		p.Specification = specification(value)
	default:
		p.Others = append(p.Others, v)
	}
	return nil
}

// specification reads SPDocSpecification ::= CHOICE { oid OBJECT IDENTIFIER, uri IA5String }.
func specification(e asn1.Element) string {
	if e.Is(asn1.TagObjectIdentifier) {
		if o, err := e.ObjectIdentifier(); err == nil {
			return o.String()
		}
	}
	s, _ := text(e)
	return s
}

// PolicyStore is the policy document that travels with a signature (ETSI EN 319 122-1, 5.2.10), which nothing protects but the hash in the
// signature policy identifier.
type PolicyStore struct {
	Specification string
	Document      []byte // nil when only a place is given
	URI           string
}

// PolicyStore returns the attribute, or an *AttributeError, whose Code is MissingAttribute where there is none.
//
//	SignaturePolicyStore ::= SEQUENCE {
//	  spDocSpec SPDocSpecification,
//	  spDocument CHOICE { sigPolicyEncoded OCTET STRING, sigPolicyLocalURI UTF8String } }
func (si *SignerInfo) PolicyStore() (*PolicyStore, error) {
	e, err := si.UnsignedAttributes.single(OIDSignaturePolicyStore)
	if err != nil {
		return nil, err
	}
	r := e.Children()
	spec, err1 := r.Next()
	doc, err2 := r.Next()
	if err := errors.Join(err1, err2); err != nil {
		return nil, malformed(OIDSignaturePolicyStore, err)
	}
	out := &PolicyStore{Specification: specification(spec)}
	if doc.Is(asn1.TagOctetString) {
		if out.Document, err = doc.OctetString(); err != nil {
			return nil, malformed(OIDSignaturePolicyStore, err)
		}
		return out, nil
	}
	out.URI, _ = text(doc)
	return out, nil
}
