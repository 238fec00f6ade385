package oauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Key is a public key of a client, with the algorithms that it is taken for: the key decides, never the message (RFC 8725, 3.1).
type Key struct {
	ID         string // kid; may be empty
	Public     crypto.PublicKey
	Algorithms []string // of RS256, PS256, ES256, EdDSA
}

// Bounds of a key set and of RSA keys.
const (
	maxKeySet   = 256 << 10
	maxKeys     = 64
	minRSA      = 2048
	maxRSA      = 8192
	maxExponent = 1<<31 - 1
)

// jwk is a key as RFC 7517 writes it. The members after Alg belong to private and secret keys.
type jwk struct {
	Kty    string          `json:"kty"`
	Use    string          `json:"use"`
	Ops    []string        `json:"key_ops"`
	Alg    string          `json:"alg"`
	Kid    string          `json:"kid"`
	Crv    string          `json:"crv"`
	X      string          `json:"x"`
	Y      string          `json:"y"`
	N      string          `json:"n"`
	E      string          `json:"e"`
	D      json.RawMessage `json:"d"`
	P      json.RawMessage `json:"p"`
	Secret json.RawMessage `json:"k"`
}

// ParseKeys reads a client's key set (RFC 7517, 5): RSA of 2048 to 8192 bits, P-256 and Ed25519. Keys for encryption are passed over; a
// private or secret key is refused, for it should not be here; so is a set without a key that can be used.
func ParseKeys(b []byte) ([]Key, error) {
	if len(b) > maxKeySet {
		return nil, fmt.Errorf("oauth: a key set of %d bytes", len(b))
	}
	var set struct {
		Keys []jwk `json:"keys"`
	}
	if err := json.Unmarshal(b, &set); err != nil {
		return nil, fmt.Errorf("oauth: key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("oauth: a key set of %d keys", len(set.Keys))
	}
	var out []Key
	for i, j := range set.Keys {
		if j.Use != "" && j.Use != "sig" || len(j.Ops) > 0 && !slices.Contains(j.Ops, "verify") {
			continue
		}
		k, err := j.key()
		if err != nil {
			return nil, fmt.Errorf("oauth: key %d of the set: %w", i+1, err)
		}
		out = append(out, k)
	}
	if len(out) == 0 {
		return nil, errors.New("oauth: the key set has no key for signatures")
	}
	return out, nil
}

// key reads one key and settles its algorithms.
func (j jwk) key() (Key, error) {
	if j.D != nil || j.P != nil || j.Secret != nil {
		return Key{}, errors.New("it is a private or secret key; give the public one")
	}
	k := Key{ID: j.Kid}
	var err error
	switch {
	case j.Kty == "RSA":
		k.Public, err = j.rsa()
		k.Algorithms = []string{"RS256", "PS256"}
	case j.Kty == "EC" && j.Crv == "P-256":
		k.Public, err = j.p256()
		k.Algorithms = []string{"ES256"}
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		x, bad := numberBytes(j.X)
		if bad != nil || len(x) != ed25519.PublicKeySize {
			return Key{}, errors.New("x is no Ed25519 key")
		}
		k.Public, k.Algorithms = ed25519.PublicKey(x), []string{"EdDSA"}
	default:
		return Key{}, fmt.Errorf("kty %q, crv %q: RSA, P-256 or Ed25519 is needed", j.Kty, j.Crv)
	}
	if err != nil {
		return Key{}, err
	}
	if j.Alg != "" {
		if !slices.Contains(k.Algorithms, j.Alg) {
			return Key{}, fmt.Errorf("alg %q does not go with the key", j.Alg)
		}
		k.Algorithms = []string{j.Alg}
	}
	return k, nil
}

// rsa reads n and e (RFC 7518, 6.3.1).
func (j jwk) rsa() (*rsa.PublicKey, error) {
	n, errN := numberBytes(j.N)
	e, errE := numberBytes(j.E)
	if err := errors.Join(errN, errE); err != nil {
		return nil, err
	}
	modulus, exponent := new(big.Int).SetBytes(n), new(big.Int).SetBytes(e)
	switch {
	case modulus.BitLen() < minRSA || modulus.BitLen() > maxRSA || modulus.Bit(0) == 0:
		return nil, fmt.Errorf("an RSA key of %d bits; %d to %d are needed", modulus.BitLen(), minRSA, maxRSA)
	case !exponent.IsInt64() || exponent.Int64() < 3 || exponent.Int64() > maxExponent || exponent.Bit(0) == 0:
		return nil, errors.New("the RSA exponent is out of range")
	}
	return &rsa.PublicKey{N: modulus, E: int(exponent.Int64())}, nil
}

// p256 reads x and y (RFC 7518, 6.2.1); a point off the curve is refused.
func (j jwk) p256() (*ecdsa.PublicKey, error) {
	x, errX := numberBytes(j.X)
	y, errY := numberBytes(j.Y)
	if err := errors.Join(errX, errY); err != nil {
		return nil, err
	}
	if len(x) != 32 || len(y) != 32 {
		return nil, errors.New("a coordinate does not have 32 bytes")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
}

// numberBytes decodes base64url without padding (RFC 7515, 2).
func numberBytes(s string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err == nil && len(b) == 0 {
		err = errors.New("a member is missing")
	}
	return b, err
}
