package webeid

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"mohur/certs"
	"mohur/internal/algo"
)

// MaxAuthToken bounds an authentication token, in bytes of JSON.
const MaxAuthToken = 10000

// AuthFormat is the format of the tokens made here. Those of later minor versions of it can be read too: their additions are not needed.
const AuthFormat = "web-eid:1.0"

// AuthToken is a Web eID authentication token: the answer to authenticate, which a page sends on to its server. Nothing in it is true before
// VerifyAuthToken said so.
type AuthToken struct {
	Certificate string `json:"unverifiedCertificate"` // DER in Base64
	Algorithm   string `json:"algorithm"`             // a JWS name, RFC 7518, 3.1
	Signature   string `json:"signature"`             // in Base64; ECDSA as r || s
	Format      string `json:"format"`
	AppVersion  string `json:"appVersion"` // a URL that names the program; worth nothing
}

// TokenError says why an authentication token is not accepted, for the log: the person hears only that it was not.
type TokenError struct {
	Reason string
	Err    error
}

// Error names the reason.
func (e *TokenError) Error() string {
	if e.Err != nil {
		return "webeid: the authentication token: " + e.Reason + ": " + e.Err.Error()
	}
	return "webeid: the authentication token: " + e.Reason
}

// Unwrap returns the cause.
func (e *TokenError) Unwrap() error { return e.Err }

// jwsAlgorithm returns what a JWS name means (RFC 7518, 3.3 to 3.5). ES512 is the curve P-521, and each curve has its own digest.
func jwsAlgorithm(name string) (SignatureAlgorithm, int, bool) {
	if len(name) != 5 {
		return SignatureAlgorithm{}, 0, false
	}
	bits, known := map[string]int{"256": 256, "384": 384, "512": 521}[name[2:]]
	a := SignatureAlgorithm{CryptoAlgorithm: RSA, HashFunction: "SHA-" + name[2:]}
	switch {
	case !known:
		return SignatureAlgorithm{}, 0, false
	case name[:2] == "ES":
		a.CryptoAlgorithm, a.PaddingScheme = ECC, PaddingNone
	case name[:2] == "RS":
		a.PaddingScheme = PaddingPKCS
	case name[:2] == "PS":
		a.PaddingScheme = PaddingPSS
	default:
		return SignatureAlgorithm{}, 0, false
	}
	return a, bits, true
}

// JWSName names what a key signs an authentication token with: the curve's own digest, or SHA-256 with RSA. Other keys give an error.
func JWSName(pub crypto.PublicKey) (string, SignatureAlgorithm, error) {
	for _, name := range []string{"ES256", "ES384", "ES512", "RS256", "PS256"} {
		a, bits, _ := jwsAlgorithm(name)
		want, err := AlgorithmOf(pub, a.Digest())
		if err == nil && want == a && fits(pub, a, bits) {
			return name, a, nil
		}
	}
	return "", SignatureAlgorithm{}, fmt.Errorf("webeid: authentication with a %T has no name", pub)
}

// fits says whether a key is of the kind that a JWS algorithm is for.
func fits(pub crypto.PublicKey, a SignatureAlgorithm, bits int) bool {
	key, ok := pub.(*ecdsa.PublicKey)
	return ok == (a.CryptoAlgorithm == ECC) && (!ok || key.Curve.Params().BitSize == bits)
}

// AuthMessage is what the signature of an authentication token is made over: hash(origin) || hash(nonce). The hashes keep the two fields apart.
func AuthMessage(d algo.Digest, origin, nonce string) []byte {
	return append(d.Sum([]byte(origin)), d.Sum([]byte(nonce))...)
}

// NewAuthToken puts a token together; value is the signature as the protocol carries it, over AuthMessage.
func NewAuthToken(certificate []byte, jws string, value []byte, program string) AuthToken {
	return AuthToken{
		Certificate: base64.StdEncoding.EncodeToString(certificate), Algorithm: jws, Signature: base64.StdEncoding.EncodeToString(value),
		Format: AuthFormat, AppVersion: program,
	}
}

// formats are the versions that can be read.
func readable(format string) bool {
	ok, err := regexp.MatchString(`^web-eid:1(\.[0-9]{1,3})?$`, format)
	return ok && err == nil
}

// VerifyAuthToken checks an authentication token (JSON) and returns the certificate (DER) whose key signed it for this origin and nonce. The
// origin is the one that the server is configured with, never one that the request names; the nonce is the server's own, given out once. Nothing
// is said about the certificate beyond that: its validity, path, revocation, usage and holder are the caller's to judge. The error is a
// *TokenError.
func VerifyAuthToken(token []byte, origin, nonce string) (certificate []byte, err error) {
	t, err := ParseAuthToken(token)
	if err != nil {
		return nil, err
	}
	if err := CheckOrigin(origin, true); err != nil {
		return nil, &TokenError{Reason: "the server's own origin", Err: err}
	}
	if err := checkNonce(nonce); err != nil {
		return nil, &TokenError{Reason: "the server's own nonce", Err: err}
	}
	a, bits, known := jwsAlgorithm(t.Algorithm)
	if !known {
		return nil, &TokenError{Reason: "its algorithm is not one of ES, RS and PS with 256, 384 and 512"}
	}
	der, err := base64.StdEncoding.Strict().DecodeString(t.Certificate)
	if err != nil || len(der) == 0 {
		return nil, &TokenError{Reason: "its certificate is not in Base64", Err: err}
	}
	value, err := base64.StdEncoding.Strict().DecodeString(t.Signature)
	if err != nil {
		return nil, &TokenError{Reason: "its signature is not in Base64", Err: err}
	}
	c, err := certs.Parse(der)
	if err != nil {
		return nil, &TokenError{Reason: "its certificate", Err: err}
	}
	if c.PublicKey == nil || !fits(c.PublicKey, a, bits) {
		return nil, &TokenError{Reason: "its algorithm is not for the certificate's key", Err: c.PublicKeyErr}
	}
	d := a.Digest()
	if err := a.Verify(c.PublicKey, d.Sum(AuthMessage(d, origin, nonce)), value); err != nil {
		return nil, &TokenError{Reason: "its signature is not by the certificate's key over this origin and nonce", Err: err}
	}
	return der, nil
}

// ParseAuthToken reads a token without judging it, other than its size and format. The error is a *TokenError.
func ParseAuthToken(token []byte) (AuthToken, error) {
	var t AuthToken
	if len(token) > MaxAuthToken {
		return t, &TokenError{Reason: fmt.Sprintf("it has more than %d bytes", MaxAuthToken)}
	}
	m, err := object(token)
	if err != nil {
		return t, &TokenError{Reason: "it is no JSON object", Err: err}
	}
	if err := text(m, "format", &t.Format); err != nil || !readable(t.Format) {
		return t, &TokenError{Reason: "its format is not web-eid:1", Err: err}
	}
	err = errors.Join(text(m, "unverifiedCertificate", &t.Certificate), text(m, "algorithm", &t.Algorithm), text(m, "signature", &t.Signature))
	if err != nil {
		return t, &TokenError{Reason: "it is incomplete", Err: err}
	}
	if v, ok := m["appVersion"]; ok {
		_ = json.Unmarshal(v, &t.AppVersion) // worth nothing either way
	}
	return t, nil
}
