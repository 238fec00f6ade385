package cms

import (
	"errors"
	"math/big"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// ReferenceKind says what a reference is to.
type ReferenceKind string

// What the references of a CAdES-C signature are to.
const (
	ReferenceCertificate ReferenceKind = "CERTIFICATE"
	ReferenceCRL         ReferenceKind = "CRL"
	ReferenceOCSP        ReferenceKind = "OCSP"
	ReferenceOther       ReferenceKind = "OTHER"
)

// Reference names a certificate or revocation data by a hash (ETSI EN 319 122-1, A.1.1.1 and A.1.2.1).
type Reference struct {
	Kind       ReferenceKind
	Digest     algo.Digest // zero when it isn't known
	Hash       []byte      // nil for an OCSP response that is named without one
	IssuerRaw  []byte      // of the certificate or CRL; nil when absent
	Serial     *big.Int    // of the certificate; nil when absent
	ProducedAt time.Time   // of the OCSP response, or issue of the CRL; zero when absent
}

// Matches says whether the hash is that of some octets.
func (r Reference) Matches(b []byte) bool {
	sum := r.Digest.Sum(b)
	return sum != nil && len(sum) == len(r.Hash) && string(sum) == string(r.Hash)
}

// CertificateReferences returns the references to the certificates of the path, without the signer's own. It is empty when there are none; an
// *AttributeError says that one can't be read.
//
//	CompleteCertificateRefs ::= SEQUENCE OF OtherCertID
//	OtherCertID ::= SEQUENCE { otherCertHash OtherHash, issuerSerial IssuerSerial OPTIONAL }
func (si *SignerInfo) CertificateReferences() ([]Reference, error) {
	var out []Reference
	err := si.eachReference(OIDCertificateReferences, func(e asn1.Element) error {
		r := e.Children()
		ref, err := readOtherHash(r)
		if err != nil {
			return err
		}
		ref.Kind = ReferenceCertificate
		if s, ok, err := r.Optional(asn1.TagSequence); err != nil {
			return err
		} else if ok {
			var id ESSCertID
			if err := id.readIssuerSerial(s); err != nil {
				return err
			}
			ref.IssuerRaw, ref.Serial = id.IssuerRaw, id.Serial
		}
		out = append(out, ref)
		return nil
	})
	return out, err
}

// RevocationReferences returns the references to the revocation data of the path, in the order of the certificates that they are about. It is
// empty when there are none; an *AttributeError says that one can't be read.
//
//	CompleteRevocationRefs ::= SEQUENCE OF CrlOcspRef
//	CrlOcspRef ::= SEQUENCE {
//	  crlids [0] SEQUENCE { crls SEQUENCE OF CrlValidatedID } OPTIONAL,
//	  ocspids [1] SEQUENCE { ocspResponses SEQUENCE OF OcspResponsesID } OPTIONAL,
//	  otherRev [2] OtherRevRefs OPTIONAL }
func (si *SignerInfo) RevocationReferences() ([]Reference, error) {
	var out []Reference
	err := si.eachReference(OIDRevocationReferences, func(e asn1.Element) error {
		return each(e, func(tagged asn1.Element) error {
			if !tagged.Is(asn1.Context(0)) && !tagged.Is(asn1.Context(1)) {
				out = append(out, Reference{Kind: ReferenceOther})
				return nil
			}
			list, err := tagged.Children().Expect(asn1.TagSequence)
			if err != nil {
				return err
			}
			items, err := list.Children().Expect(asn1.TagSequence)
			if err != nil {
				return err
			}
			return each(items, func(item asn1.Element) error {
				read := readCRLReference
				if tagged.Is(asn1.Context(1)) {
					read = readOCSPReference
				}
				ref, err := read(item.Children())
				out = append(out, ref)
				return err
			})
		})
	})
	return out, err
}

// eachReference calls f with each element of an attribute that is a SEQUENCE OF.
func (si *SignerInfo) eachReference(t asn1.ObjectIdentifier, f func(asn1.Element) error) error {
	for _, v := range si.UnsignedAttributes.Values(t) {
		e, err := asn1.Parse(v, asn1.Limits{})
		if err == nil {
			err = each(e, f)
		}
		if err != nil {
			return malformed(t, err)
		}
	}
	return nil
}

// readOtherHash reads
//
//	OtherHash ::= CHOICE {
//	  sha1Hash OCTET STRING,
//	  otherHash SEQUENCE { hashAlgorithm AlgorithmIdentifier, hashValue OCTET STRING } }
func readOtherHash(r *asn1.Reader) (Reference, error) {
	e, err := r.Next()
	if err != nil {
		return Reference{}, err
	}
	if e.Is(asn1.TagOctetString) {
		h, err := e.OctetString()
		return Reference{Digest: algo.SHA1, Hash: h}, err
	}
	c := e.Children()
	id, err := readIdentifier(c)
	if err != nil {
		return Reference{}, err
	}
	out := Reference{}
	if out.Digest, err = algo.ParseDigest(id); err != nil {
		out.Digest = 0 // kept and matched by nothing
	}
	out.Hash, err = readOctets(c)
	return out, err
}

// readCRLReference reads
//
//	CrlValidatedID ::= SEQUENCE {
//	  crlHash OtherHash,
//	  crlIdentifier SEQUENCE { crlissuer Name, crlIssuedTime UTCTime, crlNumber INTEGER OPTIONAL } OPTIONAL }
func readCRLReference(r *asn1.Reader) (Reference, error) {
	ref, err := readOtherHash(r)
	ref.Kind = ReferenceCRL
	if err != nil {
		return ref, err
	}
	id, ok, err := r.Optional(asn1.TagSequence)
	if err != nil || !ok {
		return ref, err
	}
	c := id.Children()
	name, err1 := c.Expect(asn1.TagSequence)
	issued, err2 := c.Next()
	if err := errors.Join(err1, err2); err != nil {
		return ref, err
	}
	ref.IssuerRaw = name.Raw
	ref.ProducedAt, err = issued.Time()
	return ref, err
}

// readOCSPReference reads
//
//	OcspResponsesID ::= SEQUENCE {
//	  ocspIdentifier SEQUENCE { ocspResponderID ResponderID, producedAt GeneralizedTime },
//	  ocspRepHash OtherHash OPTIONAL }
func readOCSPReference(r *asn1.Reader) (Reference, error) {
	ref := Reference{}
	id, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return Reference{Kind: ReferenceOCSP}, err
	}
	if r.More() {
		if ref, err = readOtherHash(r); err != nil {
			return ref, err
		}
	}
	ref.Kind = ReferenceOCSP
	c := id.Children()
	_, err1 := c.Next()
	at, err2 := c.Next()
	if err := errors.Join(err1, err2); err != nil {
		return ref, err
	}
	ref.ProducedAt, err = at.Time()
	return ref, err
}
