package pkcs11

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"
)

// plan is how one signature is made with what the token offers.
type plan struct {
	mechanism mechanism
	data      []byte
	encode    func([]byte) ([]byte, error) // from the token's form to Go's; nil leaves it
	verify    func(signature []byte) error
}

// errNotOffered says that no mechanism of the token can do it.
var errNotOffered = errors.New("the token offers no mechanism for it")

// planFor chooses the mechanism. Hashing was done before; where the token only offers the bare RSA operation, padding is done here too.
func planFor(pub crypto.PublicKey, offered map[uint]bool, random io.Reader, digest []byte, opts crypto.SignerOpts) (plan, error) {
	if opts == nil {
		opts = crypto.Hash(0)
	}
	hash := opts.HashFunc()
	if hash != 0 && hash.Size() != len(digest) {
		return plan{}, fmt.Errorf("the digest has %d bytes, %v has %d", len(digest), hash, hash.Size())
	}
	switch k := pub.(type) {
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return planPSS(k, offered, random, digest, hash, pss)
		}
		return planPKCS1(k, offered, digest, hash)
	case *ecdsa.PublicKey:
		return planECDSA(k, offered, digest)
	case ed25519.PublicKey:
		return planEdDSA(k, offered, digest, opts)
	}
	return plan{}, fmt.Errorf("no signature is made with a %T", pub)
}

// planPKCS1 makes RSASSA-PKCS1-v1_5 (RFC 8017, 8.2): DigestInfo is made here and padded by the token, or both are done here.
func planPKCS1(pub *rsa.PublicKey, offered map[uint]bool, digest []byte, hash crypto.Hash) (plan, error) {
	info := digest // without a hash the caller gives what is to be padded, as crypto/rsa does
	if hash != 0 {
		var err error
		if info, err = digestInfo(hash, digest); err != nil {
			return plan{}, err
		}
	}
	p := plan{data: info, verify: func(sig []byte) error { return verifyPKCS1(pub, hash, digest, info, sig) }}
	switch {
	case offered[mechRSAPKCS]:
		p.mechanism.kind = mechRSAPKCS
	case offered[mechRSARaw]:
		p.mechanism.kind = mechRSARaw
		var err error
		p.data, err = padPKCS1(info, pub.Size())
		return p, err
	default:
		return plan{}, errNotOffered
	}
	return p, nil
}

// verifyPKCS1 is RSASSA-PKCS1-v1_5-VERIFY (RFC 8017, 8.2.2): the value raised to the public exponent must be the one encoding that there is. For
// moduli of 2048 bits crypto/rsa is the fastest; its longer ones take constant time, which public values don't need and which costs two and a
// half times as much (130 instead of 50 microseconds for 3072 bits).
func verifyPKCS1(pub *rsa.PublicKey, hash crypto.Hash, digest, info, sig []byte) error {
	const assembled = 2048
	if pub.N.BitLen() <= assembled || pub.N.Bit(0) == 0 {
		return rsa.VerifyPKCS1v15(pub, hash, digest, sig)
	}
	want, err := padPKCS1(info, pub.Size())
	if err != nil {
		return err
	}
	s := new(big.Int).SetBytes(sig)
	if len(sig) != pub.Size() || s.Cmp(pub.N) >= 0 || pub.E < 3 || s.Exp(s, big.NewInt(int64(pub.E)), pub.N).Cmp(new(big.Int).SetBytes(want)) != 0 {
		return rsa.ErrVerification
	}
	return nil
}

// digestIdentifiers are the hash algorithms of DigestInfo.
var digestIdentifiers = sync.OnceValue(func() map[crypto.Hash]asn1.ObjectIdentifier {
	return map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA1:     {1, 3, 14, 3, 2, 26},
		crypto.SHA224:   {2, 16, 840, 1, 101, 3, 4, 2, 4},
		crypto.SHA256:   {2, 16, 840, 1, 101, 3, 4, 2, 1},
		crypto.SHA384:   {2, 16, 840, 1, 101, 3, 4, 2, 2},
		crypto.SHA512:   {2, 16, 840, 1, 101, 3, 4, 2, 3},
		crypto.SHA3_256: {2, 16, 840, 1, 101, 3, 4, 2, 8},
		crypto.SHA3_384: {2, 16, 840, 1, 101, 3, 4, 2, 9},
		crypto.SHA3_512: {2, 16, 840, 1, 101, 3, 4, 2, 10},
	}
})

// digestInfo encodes what RFC 8017, 9.2 step 2 asks for.
//
//	DigestInfo ::= SEQUENCE { digestAlgorithm AlgorithmIdentifier, digest OCTET STRING }
func digestInfo(hash crypto.Hash, digest []byte) ([]byte, error) {
	oid, ok := digestIdentifiers()[hash]
	if !ok {
		return nil, fmt.Errorf("no RSA signature is made with %v", hash)
	}
	return asn1.Marshal(struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}{pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.NullRawValue}, digest})
}

// padPKCS1 is EMSA-PKCS1-v1_5 (RFC 8017, 9.2): 00 01 FF.. 00 T.
func padPKCS1(t []byte, size int) ([]byte, error) {
	if size < len(t)+11 {
		return nil, errors.New("the RSA key is too short for this digest")
	}
	out := make([]byte, size)
	out[1] = 1
	for i := 2; i < size-len(t)-1; i++ {
		out[i] = 0xFF
	}
	copy(out[size-len(t):], t)
	return out, nil
}

// hashMechanism are CKM_* and CKG_MGF1_* of a hash in CK_RSA_PKCS_PSS_PARAMS.
var hashMechanism = sync.OnceValue(func() map[crypto.Hash][2]uint {
	return map[crypto.Hash][2]uint{
		crypto.SHA1: {0x220, 1}, crypto.SHA256: {0x250, 2}, crypto.SHA384: {0x260, 3}, crypto.SHA512: {0x270, 4}, crypto.SHA224: {0x255, 5},
		crypto.SHA3_256: {0x2B0, 7}, crypto.SHA3_384: {0x2C0, 8}, crypto.SHA3_512: {0x2D0, 9},
	}
})

// planPSS makes RSASSA-PSS (RFC 8017, 8.1), MGF1 with the same hash.
func planPSS(pub *rsa.PublicKey, offered map[uint]bool, random io.Reader, digest []byte, hash crypto.Hash, o *rsa.PSSOptions) (plan, error) {
	numbers, ok := hashMechanism()[hash]
	if !ok {
		return plan{}, fmt.Errorf("no RSA-PSS signature is made with %v", hash)
	}
	salt := o.SaltLength
	switch salt {
	case rsa.PSSSaltLengthEqualsHash:
		salt = hash.Size()
	case rsa.PSSSaltLengthAuto:
		salt = (pub.N.BitLen()-1+7)/8 - 2 - hash.Size()
	}
	if salt < 0 || (pub.N.BitLen()-1+7)/8 < hash.Size()+salt+2 {
		return plan{}, errors.New("the RSA key is too short for this digest and salt")
	}
	p := plan{
		data: digest,
		verify: func(sig []byte) error {
			return rsa.VerifyPSS(pub, hash, digest, sig, &rsa.PSSOptions{SaltLength: salt})
		},
	}
	switch {
	case offered[mechRSAPSS]:
		p.mechanism = mechanism{kind: mechRSAPSS, pss: &pssParameters{hash: numbers[0], mgf: numbers[1], salt: uint(salt)}}
	case offered[mechRSARaw]:
		p.mechanism.kind = mechRSARaw
		var err error
		p.data, err = padPSS(digest, pub.N.BitLen(), hash, salt, random)
		return p, err
	default:
		return plan{}, errNotOffered
	}
	return p, nil
}

// planECDSA lets the token sign the digest, cut to the order's length as it would do itself (FIPS 186-5, 6.4.1): some tokens refuse more.
func planECDSA(pub *ecdsa.PublicKey, offered map[uint]bool, digest []byte) (plan, error) {
	if !offered[mechECDSA] {
		return plan{}, errNotOffered
	}
	size := (pub.Curve.Params().BitSize + 7) / 8
	return plan{
		mechanism: mechanism{kind: mechECDSA},
		data:      digest[:min(len(digest), size)],
		encode:    func(raw []byte) ([]byte, error) { return derECDSA(raw, size) },
		verify: func(sig []byte) error {
			if !ecdsa.VerifyASN1(pub, digest, sig) {
				return errors.New("ECDSA verification failed")
			}
			return nil
		},
	}, nil
}

// derECDSA turns r||s into Ecdsa-Sig-Value (RFC 3279, 2.2.3).
//
//	Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }
func derECDSA(raw []byte, size int) ([]byte, error) {
	if len(raw) != 2*size {
		return nil, fmt.Errorf("the token gave %d bytes of r and s, want %d", len(raw), 2*size)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:size]), new(big.Int).SetBytes(raw[size:])})
}

// planEdDSA signs the message itself: Ed25519 hashes inside (RFC 8032).
func planEdDSA(pub ed25519.PublicKey, offered map[uint]bool, message []byte, opts crypto.SignerOpts) (plan, error) {
	if opts.HashFunc() != 0 {
		return plan{}, errors.New("Ed25519 signs messages, not digests")
	}
	if !offered[mechEdDSA] {
		return plan{}, errNotOffered
	}
	return plan{
		mechanism: mechanism{kind: mechEdDSA}, data: message,
		verify: func(sig []byte) error {
			if !ed25519.Verify(pub, message, sig) {
				return errors.New("Ed25519 verification failed")
			}
			return nil
		},
	}, nil
}
