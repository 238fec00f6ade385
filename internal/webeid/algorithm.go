package webeid

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"fmt"

	"mohur/internal/algo"
)

// SignatureAlgorithm is a signature algorithm as the protocol names it.
type SignatureAlgorithm struct {
	CryptoAlgorithm string `json:"cryptoAlgorithm"` // "ECC" or "RSA"
	HashFunction    string `json:"hashFunction"`    // "SHA-256"
	PaddingScheme   string `json:"paddingScheme"`   // "NONE" with ECC; "PKCS1.5" or "PSS" with RSA
}

// The protocol's words.
const (
	ECC         = "ECC"
	RSA         = "RSA"
	PaddingNone = "NONE"
	PaddingPKCS = "PKCS1.5"
	PaddingPSS  = "PSS"
)

// hashFunction is one row of the protocol's hash functions.
type hashFunction struct {
	name   string
	digest algo.Digest
}

// hashFunctions are the protocol's, the ones to prefer first.
func hashFunctions() []hashFunction {
	return []hashFunction{
		{"SHA-256", algo.SHA256},
		{"SHA-384", algo.SHA384},
		{"SHA-512", algo.SHA512},
		{"SHA-224", algo.SHA224},
		{"SHA3-256", algo.SHA3_256},
		{"SHA3-384", algo.SHA3_384},
		{"SHA3-512", algo.SHA3_512},
		{"SHA3-224", algo.SHA3_224},
	}
}

// Digest returns the digest that a hash function's name means, zero for a name that the protocol does not have.
func Digest(name string) algo.Digest {
	for _, f := range hashFunctions() {
		if f.name == name {
			return f.digest
		}
	}
	return 0
}

// HashFunction returns a digest's name in the protocol, empty for one that it does not have.
func HashFunction(d algo.Digest) string {
	for _, f := range hashFunctions() {
		if f.digest == d {
			return f.name
		}
	}
	return ""
}

// AlgorithmOf names what a key signs with over a digest: ECC, RSA with PKCS #1 v1.5, or RSA with PSS where the certificate restricts the key to
// it. Keys that the protocol has no name for, such as Ed25519, give an error.
func AlgorithmOf(pub crypto.PublicKey, d algo.Digest) (SignatureAlgorithm, error) {
	a := SignatureAlgorithm{HashFunction: HashFunction(d)}
	switch pub.(type) {
	case *ecdsa.PublicKey, *algo.BrainpoolPublicKey:
		a.CryptoAlgorithm, a.PaddingScheme = ECC, PaddingNone
	case *rsa.PublicKey:
		a.CryptoAlgorithm, a.PaddingScheme = RSA, PaddingPKCS
	case *algo.PSSPublicKey:
		a.CryptoAlgorithm, a.PaddingScheme = RSA, PaddingPSS
	default:
		return SignatureAlgorithm{}, fmt.Errorf("webeid: the protocol has no name for signatures with a %T", pub)
	}
	if a.HashFunction == "" {
		return SignatureAlgorithm{}, fmt.Errorf("webeid: the protocol has no name for %s", d)
	}
	return a, nil
}

// Supported lists what a key can sign with, the best first: a digest of the curve's own strength with ECC, SHA-256 with RSA, stronger ones, and
// none that is weaker than SHA-256.
func Supported(pub crypto.PublicKey) []SignatureAlgorithm {
	digests := []algo.Digest{algo.SHA256, algo.SHA384, algo.SHA512}
	if key, ok := pub.(*ecdsa.PublicKey); ok {
		switch bits := key.Curve.Params().BitSize; {
		case bits > 384:
			digests = []algo.Digest{algo.SHA512, algo.SHA384, algo.SHA256}
		case bits > 256:
			digests = []algo.Digest{algo.SHA384, algo.SHA512, algo.SHA256}
		}
	}
	var out []SignatureAlgorithm
	for _, d := range digests {
		if a, err := AlgorithmOf(pub, d); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// Digest returns the algorithm's digest, zero for an unknown name.
func (a SignatureAlgorithm) Digest() algo.Digest { return Digest(a.HashFunction) }

// Signature returns the algorithm in the form that CMS and certificates know, ECDSA with SEQUENCE { r, s }; see Decode.
func (a SignatureAlgorithm) Signature() (algo.Signature, error) {
	d := a.Digest()
	if d == 0 {
		return algo.Signature{}, invalid("unknown hash function", nil)
	}
	switch [2]string{a.CryptoAlgorithm, a.PaddingScheme} {
	case [2]string{ECC, PaddingNone}:
		return algo.NewSignature(algo.ECDSA, d)
	case [2]string{RSA, PaddingPKCS}:
		return algo.NewSignature(algo.RSA, d)
	case [2]string{RSA, PaddingPSS}:
		return algo.NewSignature(algo.RSAPSS, d)
	}
	return algo.Signature{}, invalid("unknown signature algorithm", nil)
}

// Options are the algorithm's for crypto.Signer. PSS has a salt as long as the digest (RFC 7518, 3.5).
func (a SignatureAlgorithm) Options() (crypto.SignerOpts, error) {
	s, err := a.Signature()
	if err != nil {
		return nil, err
	}
	if s.Family == algo.RSAPSS {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: s.Digest.Hash()}, nil
	}
	return s.Digest.Hash(), nil
}

// Encode turns a signature value as crypto.Signer and CMS have it into the protocol's: ECDSA as r || s, each as long as the curve's field.
func (a SignatureAlgorithm) Encode(pub crypto.PublicKey, value []byte) ([]byte, error) {
	if a.CryptoAlgorithm != ECC {
		return value, nil
	}
	key, ok := pub.(*ecdsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("webeid: an ECC value of a %T", pub)
	}
	return algo.DecodePlainECDSA(value, (key.Curve.Params().BitSize+7)/8)
}

// Decode is the inverse of Encode: a value as the protocol carries it becomes what CMS carries. A length that the key can't have is an error.
func (a SignatureAlgorithm) Decode(pub crypto.PublicKey, value []byte) ([]byte, error) {
	switch key := pub.(type) {
	case *ecdsa.PublicKey:
		if a.CryptoAlgorithm != ECC || len(value) != 2*((key.Curve.Params().BitSize+7)/8) {
			return nil, invalid("the signature does not fit the certificate's key", nil)
		}
		return algo.EncodePlainECDSA(value)
	case *rsa.PublicKey:
		if a.CryptoAlgorithm == RSA && len(value) == key.Size() {
			return value, nil
		}
	case *algo.PSSPublicKey:
		if a.CryptoAlgorithm == RSA && a.PaddingScheme == PaddingPSS && len(value) == key.Size() {
			return value, nil
		}
	}
	return nil, invalid("the signature does not fit the certificate's key", nil)
}

// Verify says whether value, as the protocol carries it, is the algorithm's signature with the key over a message that has the digest.
func (a SignatureAlgorithm) Verify(pub crypto.PublicKey, digest, value []byte) error {
	s, err := a.Signature()
	if err != nil {
		return err
	}
	der, err := a.Decode(pub, value)
	if err != nil {
		return err
	}
	return s.VerifyDigest(pub, digest, der)
}
