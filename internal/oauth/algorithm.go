package oauth

import (
	"crypto"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// digests are those that hashes may be made with.
func digests() []algo.Digest { return []algo.Digest{algo.SHA256, algo.SHA384, algo.SHA512} }

// DigestByOID finds a digest by its object identifier.
func DigestByOID(oid string) (algo.Digest, bool) {
	for _, d := range digests() {
		if string(d.OID()) == oid {
			return d, true
		}
	}
	return 0, false
}

// digestByLength finds the digest whose values have that many bytes.
func digestByLength(n int) (algo.Digest, bool) {
	for _, d := range digests() {
		if d.Size() == n {
			return d, true
		}
	}
	return 0, false
}

// maxText bounds a hash, or the parameters of an algorithm, as text.
const maxText = 1024

// octets reads a short value as clients write it: base64 of either alphabet, with or without padding, and percent-encoded by some.
func octets(text string) ([]byte, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("oauth: a value of %d characters", len(text))
	}
	if strings.Contains(text, "%") {
		plain, err := url.PathUnescape(text) // a plus stays a plus
		if err != nil {
			return nil, err
		}
		text = plain
	}
	text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	b, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err == nil && len(b) == 0 {
		err = errors.New("oauth: an empty value")
	}
	return b, err
}

// Hashes reads hashes of one digest and writes them in one way. The digest may be left open: then their length says it.
func Hashes(texts []string, oid string) (values [][]byte, canonical []string, d algo.Digest, err error) {
	if len(texts) == 0 || len(texts) > MaxHashes {
		return nil, nil, 0, fmt.Errorf("oauth: %d hashes; 1 to %d may be given", len(texts), MaxHashes)
	}
	if oid != "" {
		known := false
		if d, known = DigestByOID(oid); !known {
			return nil, nil, 0, fmt.Errorf("oauth: digest %.60q", oid)
		}
	}
	for i, t := range texts {
		b, err := octets(t)
		if err != nil {
			return nil, nil, 0, fmt.Errorf("oauth: hash %d: %w", i+1, err)
		}
		if d == 0 {
			d, _ = digestByLength(len(b))
		}
		if d == 0 || len(b) != d.Size() {
			return nil, nil, 0, fmt.Errorf("oauth: hash %d has %d bytes", i+1, len(b))
		}
		values, canonical = append(values, b), append(canonical, base64.StdEncoding.EncodeToString(b))
	}
	return values, canonical, d, nil
}

// Algorithm is a signature algorithm with its parameters.
type Algorithm struct {
	algo.Signature
}

// Object identifiers of keys, which some clients give as signature algorithms (CSC API 1.0.4.0, 11.9: then the digest says the rest).
const (
	oidECPublicKey = "1.2.840.10045.2.1"
	oidRSAPSS      = "1.2.840.113549.1.1.10"
)

// ParseAlgorithm reads signAlgo, signAlgoParams (base64 of DER) and the digest, which may be none where signAlgo names one. PSS without
// parameters has the digest's own length of salt; with parameters it has what they say, and another digest there is refused.
func ParseAlgorithm(signAlgo, params string, d algo.Digest) (Algorithm, error) {
	der, err := Parameters(params)
	if err != nil {
		return Algorithm{}, err
	}
	var sig algo.Signature
	switch {
	case signAlgo == "":
		return Algorithm{}, errors.New("oauth: no signature algorithm")
	case signAlgo == oidECPublicKey:
		if len(der) > 0 {
			return Algorithm{}, errors.New("oauth: parameters of ECDSA")
		}
		sig, err = algo.NewSignature(algo.ECDSA, d)
	case signAlgo == oidRSAPSS && len(der) == 0:
		sig, err = algo.NewSignature(algo.RSAPSS, d)
	default:
		sig, err = parseSignature(signAlgo, der, d)
	}
	if err != nil {
		return Algorithm{}, err
	}
	a := Algorithm{sig}
	return a, a.offered(d)
}

// Parameters reads signAlgoParams: DER in base64, at most a few hundred bytes; none where the text is empty.
func Parameters(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return octets(text)
}

// parseSignature reads an AlgorithmIdentifier that came in two parts.
func parseSignature(oid string, params []byte, d algo.Digest) (algo.Signature, error) {
	if len(oid) > 64 || strings.Trim(oid, "0123456789.") != "" {
		return algo.Signature{}, fmt.Errorf("oauth: signature algorithm %.64q", oid)
	}
	sig, err := algo.ParseSignature(algo.Identifier{Algorithm: asn1.ObjectIdentifier(oid), Parameters: params}, d)
	if err == nil && sig.Family == algo.ECDSA && len(params) > 0 {
		err = errors.New("oauth: parameters of ECDSA")
	}
	return sig, err
}

// offered refuses what a digest or a scheme should not be: another digest than the hashes', one too weak, two in one PSS, and schemes that hash
// by themselves.
func (a Algorithm) offered(d algo.Digest) error {
	switch {
	case a.Family != algo.RSA && a.Family != algo.RSAPSS && a.Family != algo.ECDSA:
		return fmt.Errorf("oauth: %s signs no hash", a.Name)
	case d != 0 && a.Digest != d:
		return fmt.Errorf("oauth: %s with hashes of %s", a.Name, d)
	case a.PSS != nil && a.PSS.SaltLength == 0: // to a crypto.Signer zero means another thing
		return fmt.Errorf("oauth: %s without salt", a.Name)
	case a.PSS != nil && a.PSS.MGF != a.Digest:
		return fmt.Errorf("oauth: %s with a mask of %s", a.Name, a.PSS.MGF)
	}
	if _, ok := DigestByOID(string(a.Digest.OID())); !ok {
		return fmt.Errorf("oauth: %s", a.Name)
	}
	return nil
}

// String names the algorithm with everything that its signatures depend on: authorisations are bound to it.
func (a Algorithm) String() string {
	if a.PSS != nil {
		return fmt.Sprintf("%s salt %d", a.Name, a.PSS.SaltLength)
	}
	return a.Name
}

// Options says to a crypto.Signer what to do with a digest.
func (a Algorithm) Options() crypto.SignerOpts {
	if a.PSS != nil {
		return &rsa.PSSOptions{SaltLength: a.PSS.SaltLength, Hash: a.Digest.Hash()}
	}
	return a.Digest.Hash()
}

// Fits says whether the key can sign so: its kind, and room for the salt in its modulus (RFC 8017, 9.1.1).
func (a Algorithm) Fits(pub crypto.PublicKey) error {
	switch p := pub.(type) {
	case *rsa.PublicKey:
		if a.Family != algo.RSA && a.Family != algo.RSAPSS {
			return fmt.Errorf("oauth: %s with an RSA key", a.Name)
		}
		if room := (p.N.BitLen()-1+7)/8 - a.Digest.Size() - 2; a.PSS != nil && a.PSS.SaltLength > room {
			return fmt.Errorf("oauth: a salt of %d bytes, the key has room for %d", a.PSS.SaltLength, room)
		}
		return nil
	default:
		if a.Family != algo.ECDSA {
			return fmt.Errorf("oauth: %s with a key that is not RSA", a.Name)
		}
		return nil
	}
}
