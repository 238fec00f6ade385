package pkcs11

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// Bounds on what a token may say of an RSA key.
const (
	maxModulusBytes  = 2048
	maxExponentBytes = 4
)

var (
	oidP256    = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7}
	oidP384    = asn1.ObjectIdentifier{1, 3, 132, 0, 34}
	oidP521    = asn1.ObjectIdentifier{1, 3, 132, 0, 35}
	oidEd25519 = asn1.ObjectIdentifier{1, 3, 101, 112}
)

// rsaPublic builds a key from CKA_MODULUS and CKA_PUBLIC_EXPONENT.
func rsaPublic(modulus, exponent []byte) (crypto.PublicKey, error) {
	if len(modulus) == 0 || len(modulus) > maxModulusBytes || len(exponent) == 0 || len(exponent) > maxExponentBytes {
		return nil, errors.New("the modulus or the exponent is missing or too long")
	}
	pub := &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}
	if pub.N.Sign() <= 0 || pub.E < 3 {
		return nil, errors.New("the modulus or the exponent is too small")
	}
	return pub, nil
}

// ecPublic builds a key from CKA_EC_PARAMS (an OBJECT IDENTIFIER, or for Edwards curves also a PrintableString) and CKA_EC_POINT (an OCTET
// STRING around the point; some tokens leave the wrapping out).
func ecPublic(params, point []byte) (crypto.PublicKey, error) {
	inner := point
	var wrapped []byte
	if rest, err := asn1.Unmarshal(point, &wrapped); err == nil && len(rest) == 0 {
		inner = wrapped
	}
	if isEd25519(params) {
		if len(inner) != ed25519.PublicKeySize {
			return nil, fmt.Errorf("an Ed25519 point of %d bytes", len(inner))
		}
		return ed25519.PublicKey(inner), nil
	}
	curve, err := curveOf(params)
	if err != nil {
		return nil, err
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(curve, inner)
	if err != nil {
		pub, err = ecdsa.ParseUncompressedPublicKey(curve, point)
	}
	if err != nil {
		return nil, err // not a nil key inside a non-nil interface
	}
	return pub, nil
}

// isEd25519 recognises both spellings of the curve.
func isEd25519(params []byte) bool {
	var oid asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(params, &oid); err == nil && len(rest) == 0 {
		return oid.Equal(oidEd25519)
	}
	var name string
	rest, err := asn1.Unmarshal(params, &name)
	return err == nil && len(rest) == 0 && name == "edwards25519"
}

// curveOf names the curves that signatures are made with here.
func curveOf(params []byte) (elliptic.Curve, error) {
	var oid asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(params, &oid); err != nil || len(rest) > 0 {
		return nil, errors.New("the curve is not given by name")
	}
	switch {
	case oid.Equal(oidP256):
		return elliptic.P256(), nil
	case oid.Equal(oidP384):
		return elliptic.P384(), nil
	case oid.Equal(oidP521):
		return elliptic.P521(), nil
	}
	return nil, fmt.Errorf("the curve %v is not supported", oid)
}

// certificatePublic takes the key out of a certificate.
func certificatePublic(der []byte) (crypto.PublicKey, error) {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	switch cert.PublicKey.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return cert.PublicKey, nil
	}
	return nil, fmt.Errorf("a certificate with a %v key", cert.PublicKeyAlgorithm)
}

// same compares public keys.
func same(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

// DescribeKey names a public key's algorithm and size for people: "RSA-3072", "P-256", "Ed25519".
func DescribeKey(pub crypto.PublicKey) string {
	switch k := pub.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA-%d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return "unknown"
}
