package algo

import (
	"fmt"

	"mohur/internal/asn1"
)

// Family is a kind of signature algorithm.
type Family uint8

// The families that can be verified.
const (
	RSA        Family = iota + 1 // RSASSA-PKCS1-v1_5, RFC 8017, 8.2
	RSAPSS                       // RSASSA-PSS, RFC 8017, 8.1
	ECDSA                        // value as SEQUENCE { r, s }, RFC 3279, 2.2.3
	PlainECDSA                   // value as r || s, BSI TR-03111, 5.2.1
	EdDSA                        // Ed25519 and Ed448, RFC 8032 and RFC 8419
)

// String returns the family's name.
func (f Family) String() string {
	switch f {
	case RSA:
		return "RSA"
	case RSAPSS:
		return "RSASSA-PSS"
	case ECDSA:
		return "ECDSA"
	case PlainECDSA:
		return "PLAIN-ECDSA"
	case EdDSA:
		return "EdDSA"
	}
	return ""
}

// Object identifiers of keys and of algorithms whose digest stands elsewhere.
const (
	oidRSAEncryption asn1.ObjectIdentifier = "1.2.840.113549.1.1.1"
	oidRSAPSS        asn1.ObjectIdentifier = "1.2.840.113549.1.1.10"
	oidMGF1          asn1.ObjectIdentifier = "1.2.840.113549.1.1.8"
	oidECPublicKey   asn1.ObjectIdentifier = "1.2.840.10045.2.1"
	oidEd25519       asn1.ObjectIdentifier = "1.3.101.112"
	oidEd448         asn1.ObjectIdentifier = "1.3.101.113"
)

// Signature is a signature algorithm with everything needed to verify a value.
type Signature struct {
	Family Family
	Digest Digest         // of the message; Ed25519 and Ed448, which hash by themselves, have SHA512 and SHAKE256 here (RFC 8419, 3.1)
	PSS    *PSSParameters // set for RSAPSS only
	Name   string         // as EU DSS spells it: RSA_SHA256, ECDSA_SHA3_256, RSA_SSA_PSS_SHA256_MGF1, PLAIN_ECDSA_SHA256, ED25519, ED448
}

// signatureKind is one row of the object identifiers; digest zero means that it is given elsewhere.
type signatureKind struct {
	family Family
	digest Digest
}

func lookUpSignature(o asn1.ObjectIdentifier) (signatureKind, bool) {
	for _, look := range [...]func(asn1.ObjectIdentifier) (signatureKind, bool){lookUpRSA, lookUpECDSA, lookUpPlain} {
		if k, ok := look(o); ok {
			return k, true
		}
	}
	if o == oidEd25519 {
		return signatureKind{EdDSA, SHA512}, true
	}
	if o == oidEd448 {
		return signatureKind{EdDSA, SHAKE256}, true
	}
	return signatureKind{}, false
}

// lookUpRSA knows RFC 8017, A.2.4, NIST's sigAlgs arc for SHA-3, and the OIW identifiers of old.
func lookUpRSA(o asn1.ObjectIdentifier) (signatureKind, bool) {
	switch o {
	case oidRSAEncryption:
		return signatureKind{RSA, 0}, true
	case "1.2.840.113549.1.1.4":
		return signatureKind{RSA, MD5}, true
	case "1.2.840.113549.1.1.5", "1.3.14.3.2.29", "1.3.14.3.2.15":
		return signatureKind{RSA, SHA1}, true
	case "1.2.840.113549.1.1.14":
		return signatureKind{RSA, SHA224}, true
	case "1.2.840.113549.1.1.11":
		return signatureKind{RSA, SHA256}, true
	case "1.2.840.113549.1.1.12":
		return signatureKind{RSA, SHA384}, true
	case "1.2.840.113549.1.1.13":
		return signatureKind{RSA, SHA512}, true
	case "1.2.840.113549.1.1.15":
		return signatureKind{RSA, SHA512_224}, true
	case "1.2.840.113549.1.1.16":
		return signatureKind{RSA, SHA512_256}, true
	case "2.16.840.1.101.3.4.3.13":
		return signatureKind{RSA, SHA3_224}, true
	case "2.16.840.1.101.3.4.3.14":
		return signatureKind{RSA, SHA3_256}, true
	case "2.16.840.1.101.3.4.3.15":
		return signatureKind{RSA, SHA3_384}, true
	case "2.16.840.1.101.3.4.3.16":
		return signatureKind{RSA, SHA3_512}, true
	case oidRSAPSS:
		return signatureKind{RSAPSS, 0}, true
	}
	return signatureKind{}, false
}

// lookUpECDSA knows RFC 5758, 3.2 and NIST's sigAlgs arc for SHA-3.
func lookUpECDSA(o asn1.ObjectIdentifier) (signatureKind, bool) {
	switch o {
	case oidECPublicKey:
		return signatureKind{ECDSA, 0}, true
	case "1.2.840.10045.4.1":
		return signatureKind{ECDSA, SHA1}, true
	case "1.2.840.10045.4.3.1":
		return signatureKind{ECDSA, SHA224}, true
	case "1.2.840.10045.4.3.2":
		return signatureKind{ECDSA, SHA256}, true
	case "1.2.840.10045.4.3.3":
		return signatureKind{ECDSA, SHA384}, true
	case "1.2.840.10045.4.3.4":
		return signatureKind{ECDSA, SHA512}, true
	case "2.16.840.1.101.3.4.3.9":
		return signatureKind{ECDSA, SHA3_224}, true
	case "2.16.840.1.101.3.4.3.10":
		return signatureKind{ECDSA, SHA3_256}, true
	case "2.16.840.1.101.3.4.3.11":
		return signatureKind{ECDSA, SHA3_384}, true
	case "2.16.840.1.101.3.4.3.12":
		return signatureKind{ECDSA, SHA3_512}, true
	}
	return signatureKind{}, false
}

// lookUpPlain knows BSI TR-03111, 5.2.1.1: ecdsa-plain-SHA*.
func lookUpPlain(o asn1.ObjectIdentifier) (signatureKind, bool) {
	switch o {
	case "0.4.0.127.0.7.1.1.4.1.1":
		return signatureKind{PlainECDSA, SHA1}, true
	case "0.4.0.127.0.7.1.1.4.1.2":
		return signatureKind{PlainECDSA, SHA224}, true
	case "0.4.0.127.0.7.1.1.4.1.3":
		return signatureKind{PlainECDSA, SHA256}, true
	case "0.4.0.127.0.7.1.1.4.1.4":
		return signatureKind{PlainECDSA, SHA384}, true
	case "0.4.0.127.0.7.1.1.4.1.5":
		return signatureKind{PlainECDSA, SHA512}, true
	case "0.4.0.127.0.7.1.1.4.1.8":
		return signatureKind{PlainECDSA, SHA3_224}, true
	case "0.4.0.127.0.7.1.1.4.1.9":
		return signatureKind{PlainECDSA, SHA3_256}, true
	case "0.4.0.127.0.7.1.1.4.1.10":
		return signatureKind{PlainECDSA, SHA3_384}, true
	case "0.4.0.127.0.7.1.1.4.1.11":
		return signatureKind{PlainECDSA, SHA3_512}, true
	}
	return signatureKind{}, false
}

// ParseSignature reads a signature algorithm identifier. fallback is the digest algorithm that stands beside it in a CMS SignerInfo; it counts
// only where the identifier names none, which is so for rsaEncryption (RFC 3370, 3.2) and id-ecPublicKey, and may be zero for certificates.
func ParseSignature(id Identifier, fallback Digest) (Signature, error) {
	k, ok := lookUpSignature(id.Algorithm)
	if !ok {
		return Signature{}, &UnsupportedError{Algorithm: id.Algorithm, What: "signature algorithm"}
	}
	if k.family == RSAPSS {
		p, err := parsePSS(id)
		if err != nil {
			return Signature{}, err
		}
		return newSignature(RSAPSS, p.Digest, p), nil
	}
	if k.family != ECDSA && !id.noParameters() {
		return Signature{}, &UnsupportedError{Algorithm: id.Algorithm, What: "parameters of the signature algorithm"}
	}
	if !k.digest.Valid() {
		if k.digest = fallback; !fallback.Valid() {
			return Signature{}, &UnsupportedError{Algorithm: id.Algorithm, What: "signature algorithm without a digest"}
		}
	}
	return newSignature(k.family, k.digest, nil), nil
}

func newSignature(f Family, d Digest, p *PSSParameters) Signature {
	s := Signature{Family: f, Digest: d, PSS: p}
	switch f {
	case RSA:
		s.Name = "RSA_" + d.info().id
	case RSAPSS:
		s.Name = "RSA_SSA_PSS_" + d.info().id + "_MGF1"
	case ECDSA:
		s.Name = "ECDSA_" + d.info().id
	case PlainECDSA:
		s.Name = "PLAIN_ECDSA_" + d.info().id
	case EdDSA:
		s.Name = "ED25519"
		if d == SHAKE256 {
			s.Name = "ED448"
		}
	}
	return s
}

// NewSignature returns the algorithm of a family with a digest, for making signatures: RSASSA-PSS then has MGF1 with the same digest and a salt
// as long as the digest (RFC 4055, 3.1), and EdDSA is Ed448 with SHAKE256 and Ed25519 with any other.
func NewSignature(f Family, d Digest) (Signature, error) {
	switch f {
	case EdDSA:
		if d != SHAKE256 {
			d = SHA512
		}
		return newSignature(EdDSA, d, nil), nil
	case RSA, RSAPSS, ECDSA, PlainECDSA:
	default:
		return Signature{}, &UnsupportedError{What: fmt.Sprintf("signature family %d", f)}
	}
	if !d.Valid() {
		return Signature{}, &UnsupportedError{What: "digest algorithm: none given"}
	}
	if f == RSAPSS {
		return newSignature(f, d, &PSSParameters{Digest: d, MGF: d, SaltLength: d.Size()}), nil
	}
	return newSignature(f, d, nil), nil
}

// String returns the name.
func (s Signature) String() string { return s.Name }

// Identifier returns the DER encoding of the AlgorithmIdentifier, or an error where no object identifier exists for the combination.
func (s Signature) Identifier() ([]byte, error) {
	if s.Family == RSAPSS {
		if s.PSS == nil {
			return nil, &UnsupportedError{What: "RSASSA-PSS without parameters"}
		}
		return s.PSS.identifier(), nil
	}
	o := s.oid()
	if o == "" {
		return nil, &UnsupportedError{What: "combination " + s.Name}
	}
	if s.Family == RSA {
		return asn1.Sequence(asn1.OID(o), asn1.Null()), nil // NULL is demanded by RFC 4055, 5
	}
	return asn1.Sequence(asn1.OID(o)), nil
}

// oid finds the identifier by asking the same switch that reads it.
func (s Signature) oid() asn1.ObjectIdentifier {
	switch {
	case s.Family == EdDSA && s.Digest == SHAKE256:
		return oidEd448
	case s.Family == EdDSA:
		return oidEd25519
	}
	arcs := map[Family][]asn1.ObjectIdentifier{
		RSA:        {"1.2.840.113549.1.1", "2.16.840.1.101.3.4.3"},
		ECDSA:      {"1.2.840.10045.4.3", "1.2.840.10045.4", "2.16.840.1.101.3.4.3"},
		PlainECDSA: {"0.4.0.127.0.7.1.1.4.1"},
	}
	for _, arc := range arcs[s.Family] {
		for last := 1; last <= 16; last++ {
			o := asn1.ObjectIdentifier(fmt.Sprintf("%s.%d", arc, last))
			if k, ok := lookUpSignature(o); ok && k.family == s.Family && k.digest == s.Digest {
				return o
			}
		}
	}
	return ""
}
