package oauth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"
)

// maxJWT bounds an assertion.
const maxJWT = 16 << 10

// header is a JOSE header (RFC 7515, 4.1), as far as a compact JWS of ours may have one.
type header struct {
	Alg  string          `json:"alg"`
	Kid  string          `json:"kid"`
	Typ  string          `json:"typ"`
	Crit json.RawMessage `json:"crit"`
	Enc  json.RawMessage `json:"enc"`
	B64  json.RawMessage `json:"b64"`
	Zip  json.RawMessage `json:"zip"`
}

// claims are those of RFC 7519, 4.1.
type claims struct {
	Issuer   string       `json:"iss"`
	Subject  string       `json:"sub"`
	Audience audience     `json:"aud"`
	Expires  *numericDate `json:"exp"`
	Begins   *numericDate `json:"nbf"`
	Issued   *numericDate `json:"iat"`
	ID       string       `json:"jti"`
}

// audience is one text or a list of them.
type audience []string

// UnmarshalJSON takes both forms (RFC 7519, 4.1.3).
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// numericDate is seconds since 1970, with a fraction if need be (RFC 7519, 2).
type numericDate struct{ time.Time }

// UnmarshalJSON takes a number within the years that a certificate could name.
func (d *numericDate) UnmarshalJSON(b []byte) error {
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	if math.IsNaN(f) || f < 0 || f > 253402300799 {
		return errors.New("oauth: a time out of range")
	}
	whole, part := math.Modf(f)
	d.Time = time.Unix(int64(whole), int64(part*1e9)).UTC()
	return nil
}

// jwt is a compact JWS (RFC 7515, 3.1) taken apart; nothing of it is believed before verify.
type jwt struct {
	header header
	claims claims
	signed []byte // what the signature is over
	value  []byte // of the signature
}

// parseJWT takes a compact JWS apart. Encryption, extensions that must be understood (crit) and detached payloads are refused.
func parseJWT(text string) (*jwt, error) {
	if len(text) > maxJWT {
		return nil, fmt.Errorf("oauth: a JWT of %d bytes", len(text))
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("oauth: a JWT of %d parts", len(parts))
	}
	var raw [3][]byte
	for i, p := range parts {
		b, err := numberBytes(p)
		if err != nil {
			return nil, fmt.Errorf("oauth: part %d of the JWT: %w", i+1, err)
		}
		raw[i] = b
	}
	j := &jwt{signed: []byte(parts[0] + "." + parts[1]), value: raw[2]}
	if err := json.Unmarshal(raw[0], &j.header); err != nil {
		return nil, fmt.Errorf("oauth: header of the JWT: %w", err)
	}
	if j.header.Crit != nil || j.header.Enc != nil || j.header.B64 != nil || j.header.Zip != nil {
		return nil, errors.New("oauth: the JWT's header asks for what is not offered")
	}
	if err := json.Unmarshal(raw[1], &j.claims); err != nil {
		return nil, fmt.Errorf("oauth: claims of the JWT: %w", err)
	}
	return j, nil
}

// errSignature says that no key of the client made the signature.
var errSignature = errors.New("oauth: no key of the client fits the JWT's signature")

// verify finds the key that made the signature. The algorithm must be one that the key is taken for, so neither "none" nor a keyed hash can be.
func (j *jwt) verify(keys []Key) error {
	for _, k := range keys {
		if j.header.Kid != "" && k.ID != "" && j.header.Kid != k.ID || !slices.Contains(k.Algorithms, j.header.Alg) {
			continue
		}
		if k.fits(j.header.Alg, j.signed, j.value) {
			return nil
		}
	}
	return errSignature
}

// fits says whether the key made the value over what was signed (RFC 7518, 3.3 to 3.5; RFC 8037, 3.1).
func (k Key) fits(alg string, signed, value []byte) bool {
	digest := sha256.Sum256(signed)
	switch p := k.Public.(type) {
	case *rsa.PublicKey:
		if alg == "PS256" {
			return rsa.VerifyPSS(p, crypto.SHA256, digest[:], value, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}) == nil
		}
		return alg == "RS256" && rsa.VerifyPKCS1v15(p, crypto.SHA256, digest[:], value) == nil
	case *ecdsa.PublicKey:
		if alg != "ES256" || len(value) != 64 {
			return false
		}
		return ecdsa.Verify(p, digest[:], new(big.Int).SetBytes(value[:32]), new(big.Int).SetBytes(value[32:]))
	case ed25519.PublicKey:
		return alg == "EdDSA" && ed25519.Verify(p, signed, value)
	}
	return false
}
