package algo

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"

	"mohur/internal/asn1"
)

// KeyInfo describes a public key for reports and policies.
type KeyInfo struct {
	Family  Family // RSA, RSAPSS (the key may be used for that only), ECDSA or EdDSA
	Bits    int    // of the modulus or of the field; 256 for Ed25519, 448 for Ed448
	Curve   string // "P-256", "brainpoolP256r1", "Ed25519"; empty for RSA
	Problem string // what is odd about the encoding though the key can be read, in English; empty when nothing is
}

// PSSPublicKey is an RSA key that its certificate restricts to RSASSA-PSS (id-RSASSA-PSS in SubjectPublicKeyInfo).
type PSSPublicKey struct {
	*rsa.PublicKey
	Parameters *PSSParameters // nil: any parameters; otherwise RFC 4055, 3.3 binds the signature to them
}

// ParsePublicKey reads a SubjectPublicKeyInfo. The key is a *rsa.PublicKey, *PSSPublicKey, *ecdsa.PublicKey,
// *BrainpoolPublicKey, ed25519.PublicKey or Ed448PublicKey. A curve or kind that is not supported gives an UnsupportedError, a broken key a KeyError or an asn1.SyntaxError.
//
//	SubjectPublicKeyInfo ::= SEQUENCE {
//	     algorithm         AlgorithmIdentifier,
//	     subjectPublicKey  BIT STRING }   -- RFC 5280, 4.1
func ParsePublicKey(spki []byte) (crypto.PublicKey, KeyInfo, error) {
	e, err := asn1.Parse(spki, asn1.Limits{})
	if err != nil {
		return nil, KeyInfo{}, err
	}
	r := e.Children()
	a, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return nil, KeyInfo{}, err
	}
	id, err := ReadIdentifier(a)
	if err != nil {
		return nil, KeyInfo{}, err
	}
	bits, err := r.Expect(asn1.TagBitString)
	if err != nil {
		return nil, KeyInfo{}, err
	}
	key, unused, err := bits.BitString()
	if err != nil {
		return nil, KeyInfo{}, err
	}
	if err := r.End(); err != nil {
		return nil, KeyInfo{}, err
	}
	if unused != 0 {
		return nil, KeyInfo{}, &KeyError{Msg: "not a whole number of octets"}
	}
	return parseKey(id, key)
}

func parseKey(id Identifier, key []byte) (crypto.PublicKey, KeyInfo, error) {
	switch id.Algorithm {
	case oidRSAEncryption:
		return parseRSA(key)
	case oidRSAPSS:
		return parsePSSKey(id, key)
	case oidECPublicKey:
		return parseEC(id, key)
	case oidEd25519:
		if len(key) != ed25519.PublicKeySize {
			return nil, KeyInfo{}, &KeyError{Msg: "Ed25519 key of a wrong length"}
		}
		return ed25519.PublicKey(key), KeyInfo{Family: EdDSA, Bits: 256, Curve: "Ed25519"}, nil
	case oidEd448:
		if _, ok := newEdwards448().decode(key); !ok {
			return nil, KeyInfo{}, &KeyError{Msg: "no point of Ed448"}
		}
		return Ed448PublicKey(key), KeyInfo{Family: EdDSA, Bits: 448, Curve: "Ed448"}, nil
	}
	return nil, KeyInfo{}, &UnsupportedError{Algorithm: id.Algorithm, What: "public key algorithm"}
}

// parseRSA reads RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017, A.1.1). A modulus encoded as a negative
// number, as in Estonian certificates of 2014 and 2015, is taken as the positive number that was meant, and said to be so.
func parseRSA(b []byte) (crypto.PublicKey, KeyInfo, error) {
	e, err := asn1.Parse(b, asn1.Limits{})
	if err != nil {
		return nil, KeyInfo{}, err
	}
	info := KeyInfo{Family: RSA}
	r := e.Children()
	var v [2]*big.Int
	for i := range v {
		n, err := r.Expect(asn1.TagInteger)
		if err != nil {
			return nil, KeyInfo{}, err
		}
		if v[i], err = n.Integer(); err != nil {
			return nil, KeyInfo{}, err
		}
		if v[i].Sign() < 0 {
			info.Problem = "an RSA number is encoded as a negative INTEGER"
			v[i].SetBytes(n.Content)
		}
	}
	if err := r.End(); err != nil {
		return nil, KeyInfo{}, err
	}
	info.Bits = v[0].BitLen()
	if err := checkRSA(v[0], v[1]); err != nil {
		return nil, info, err
	}
	if !v[1].IsInt64() || int64(int(v[1].Int64())) != v[1].Int64() {
		return nil, info, &UnsupportedError{What: "RSA public exponent of more than 63 bits"}
	}
	return &rsa.PublicKey{N: v[0], E: int(v[1].Int64())}, info, nil
}

func parsePSSKey(id Identifier, key []byte) (crypto.PublicKey, KeyInfo, error) {
	var p *PSSParameters
	if !id.noParameters() {
		var err error
		if p, err = parsePSS(id); err != nil {
			return nil, KeyInfo{}, err
		}
	}
	pub, info, err := parseRSA(key)
	if err != nil {
		return nil, info, err
	}
	info.Family = RSAPSS
	return &PSSPublicKey{PublicKey: pub.(*rsa.PublicKey), Parameters: p}, info, nil
}

// parseEC reads a point on a named curve (RFC 5480, 2.1.1 and 2.2). Curves given by their parameters are refused: a verifier that believes
// them can be made to accept another key (CVE-2020-0601).
func parseEC(id Identifier, key []byte) (crypto.PublicKey, KeyInfo, error) {
	if len(id.Parameters) == 0 {
		return nil, KeyInfo{}, &KeyError{Msg: "elliptic curve key without a curve"}
	}
	e, err := asn1.Parse(id.Parameters, asn1.Limits{})
	if err != nil {
		return nil, KeyInfo{}, err
	}
	if !e.Is(asn1.TagObjectIdentifier) {
		return nil, KeyInfo{}, &UnsupportedError{Algorithm: id.Algorithm, What: "curve given by its parameters in a key of"}
	}
	name, err := e.ObjectIdentifier()
	if err != nil {
		return nil, KeyInfo{}, err
	}
	if c := brainpool(name); c != nil {
		pub, err := parseBrainpoolPoint(c, key)
		if err != nil {
			return nil, KeyInfo{}, err
		}
		return pub, KeyInfo{Family: ECDSA, Bits: c.p.BitLen(), Curve: c.name}, nil
	}
	curve := namedCurve(name)
	if curve == nil {
		return nil, KeyInfo{}, &UnsupportedError{Algorithm: name, What: "elliptic curve"}
	}
	info := KeyInfo{Family: ECDSA, Bits: curve.Params().BitSize, Curve: curve.Params().Name}
	pub, err := parsePoint(curve, key)
	return pub, info, err
}

func namedCurve(o asn1.ObjectIdentifier) elliptic.Curve {
	switch o {
	case "1.3.132.0.33":
		return elliptic.P224()
	case "1.2.840.10045.3.1.7":
		return elliptic.P256()
	case "1.3.132.0.34":
		return elliptic.P384()
	case "1.3.132.0.35":
		return elliptic.P521()
	}
	return nil
}

// parsePoint reads an uncompressed or compressed point and checks that it lies on the curve.
func parsePoint(curve elliptic.Curve, b []byte) (crypto.PublicKey, error) {
	if len(b) > 0 && (b[0] == 2 || b[0] == 3) {
		x, y := elliptic.UnmarshalCompressed(curve, b)
		if x == nil {
			return nil, &KeyError{Msg: "the point is not on the curve"}
		}
		size := (curve.Params().BitSize + 7) / 8
		u := make([]byte, 1+2*size)
		u[0] = 4
		x.FillBytes(u[1 : 1+size])
		y.FillBytes(u[1+size:])
		b = u
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(curve, b)
	if err != nil {
		return nil, &KeyError{Msg: "the point is not on the curve"}
	}
	return pub, nil
}
