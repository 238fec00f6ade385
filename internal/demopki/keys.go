package demopki

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"io"
)

// KeyKind is an algorithm with its size. The zero value is P-256, which is quick to make.
type KeyKind uint8

// The kinds of key. RSA1024 is there to be refused by verifiers.
const (
	P256 KeyKind = iota
	P384
	P521
	RSA2048
	RSA3072
	RSA4096
	RSA1024
	Ed25519
)

// String gives the usual name of the kind.
func (k KeyKind) String() string {
	names := [...]string{"P-256", "P-384", "P-521", "RSA-2048", "RSA-3072", "RSA-4096", "RSA-1024", "Ed25519"}
	if int(k) >= len(names) {
		return fmt.Sprintf("KeyKind(%d)", uint8(k))
	}
	return names[k]
}

// GenerateKey makes a software key.
func GenerateKey(k KeyKind, random io.Reader) (crypto.Signer, error) {
	switch k {
	case P256:
		return ecdsa.GenerateKey(elliptic.P256(), random)
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), random)
	case P521:
		return ecdsa.GenerateKey(elliptic.P521(), random)
	case RSA2048:
		return rsa.GenerateKey(random, 2048)
	case RSA3072:
		return rsa.GenerateKey(random, 3072)
	case RSA4096:
		return rsa.GenerateKey(random, 4096)
	case RSA1024:
		return rsa.GenerateKey(random, 1024)
	case Ed25519:
		_, key, err := ed25519.GenerateKey(random)
		return key, err
	}
	return nil, fmt.Errorf("demopki: there is no key kind %v", k)
}
