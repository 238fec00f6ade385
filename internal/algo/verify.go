package algo

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"math/big"

	"mohur/internal/asn1"
)

// VerifyDigest says whether value is this algorithm's signature with the key over a message of which only the digest, made with s.Digest, is
// given. It returns nil, ErrMismatch, an UnsupportedError (EdDSA needs the message itself) or a KeyError.
func (s Signature) VerifyDigest(pub crypto.PublicKey, digest, value []byte) error {
	if len(digest) != s.Digest.Size() || len(digest) == 0 {
		return fmt.Errorf("algo: a digest of %d octets is no %s: %w", len(digest), s.Digest, ErrMismatch)
	}
	switch s.Family {
	case RSA:
		key, ok := pub.(*rsa.PublicKey)
		if !ok {
			return s.wrongKey(pub)
		}
		return verifyPKCS1(key, s.Digest, digest, value)
	case RSAPSS:
		key, err := s.pssKey(pub)
		if err != nil {
			return err
		}
		return verifyPSS(key, s.PSS, digest, value)
	case ECDSA:
		return s.verifyECDSA(pub, digest, value)
	case PlainECDSA:
		if size := fieldSize(pub); size != 0 && len(value) != 2*size {
			return ErrMismatch // BSI TR-03111, 5.2.1: both halves have the length of the field
		}
		der, err := EncodePlainECDSA(value)
		if err != nil {
			return err
		}
		return s.verifyECDSA(pub, digest, der)
	case EdDSA:
		return &UnsupportedError{Algorithm: s.oid(), What: "verification from a digest with"}
	}
	return &UnsupportedError{What: "signature algorithm: none"}
}

// maxMessage bounds a message that must be held in memory as a whole, which only Ed25519 and Ed448 ask for.
const maxMessage = 256 << 20

// VerifyMessage is VerifyDigest over the message itself, which is streamed, except for EdDSA, which needs it whole and takes at most 256 MiB.
// Besides VerifyDigest's errors it returns those of the reader.
func (s Signature) VerifyMessage(pub crypto.PublicKey, message io.Reader, value []byte) error {
	if s.Family != EdDSA {
		h := s.Digest.New()
		if h == nil {
			return &UnsupportedError{What: "signature algorithm: none"}
		}
		if _, err := io.Copy(h, message); err != nil {
			return err
		}
		return s.VerifyDigest(pub, h.Sum(nil), value)
	}
	b, err := io.ReadAll(io.LimitReader(message, maxMessage+1))
	if err != nil {
		return err
	}
	if len(b) > maxMessage {
		return &UnsupportedError{Algorithm: s.oid(), What: "message of more than 256 MiB with"}
	}
	return s.VerifyBytes(pub, b, value)
}

// VerifyBytes is VerifyMessage over a message in memory.
func (s Signature) VerifyBytes(pub crypto.PublicKey, message, value []byte) error {
	if s.Family != EdDSA {
		return s.VerifyDigest(pub, s.Digest.Sum(message), value)
	}
	valid := false
	switch key := pub.(type) {
	case ed25519.PublicKey:
		if s.Digest != SHA512 || len(key) != ed25519.PublicKeySize {
			return s.wrongKey(pub)
		}
		valid = ed25519.Verify(key, message, value)
	case Ed448PublicKey:
		if s.Digest != SHAKE256 {
			return s.wrongKey(pub)
		}
		valid = verifyEd448(key, message, value)
	default:
		return s.wrongKey(pub)
	}
	if !valid {
		return ErrMismatch
	}
	return nil
}

// fieldSize returns the octets of a curve's field, 0 for other keys.
func fieldSize(pub crypto.PublicKey) int {
	switch key := pub.(type) {
	case *ecdsa.PublicKey:
		return (key.Curve.Params().BitSize + 7) / 8
	case *BrainpoolPublicKey:
		return (key.curve.p.BitLen() + 7) / 8
	}
	return 0
}

func (s Signature) wrongKey(pub crypto.PublicKey) error {
	return &KeyError{Msg: fmt.Sprintf("a key of type %T can't verify %s", pub, s.Name)}
}

// pssKey returns the key, after the checks of RFC 4055, 3.3 where the certificate binds it to parameters.
func (s Signature) pssKey(pub crypto.PublicKey) (*rsa.PublicKey, error) {
	if s.PSS == nil || !s.PSS.Digest.Valid() || !s.PSS.MGF.Valid() {
		return nil, &UnsupportedError{What: "RSASSA-PSS without parameters"}
	}
	switch key := pub.(type) {
	case *rsa.PublicKey:
		return key, nil
	case *PSSPublicKey:
		if p := key.Parameters; p != nil && (p.Digest != s.PSS.Digest || p.MGF != s.PSS.MGF || s.PSS.SaltLength < p.SaltLength) {
			return nil, &KeyError{Msg: "the RSASSA-PSS parameters of the signature are not those the key is restricted to"}
		}
		return key.PublicKey, nil
	}
	return nil, s.wrongKey(pub)
}

func (s Signature) verifyECDSA(pub crypto.PublicKey, digest, der []byte) error {
	valid := false
	switch key := pub.(type) {
	case *ecdsa.PublicKey:
		valid = ecdsa.VerifyASN1(key, digest, der)
	case *BrainpoolPublicKey:
		valid = key.verify(digest, der)
	default:
		return s.wrongKey(pub)
	}
	if !valid {
		return ErrMismatch
	}
	return nil
}

// EncodePlainECDSA turns r || s, as smart cards and web signing write it, into SEQUENCE { r, s }, the form that CMS and certificates carry.
// A value that can't be one gives ErrMismatch.
func EncodePlainECDSA(value []byte) ([]byte, error) {
	if len(value) == 0 || len(value)%2 != 0 || len(value) > 2*66 {
		return nil, ErrMismatch
	}
	half := len(value) / 2
	r, s := new(big.Int).SetBytes(value[:half]), new(big.Int).SetBytes(value[half:])
	return asn1.Sequence(asn1.Integer(r), asn1.Integer(s)), nil
}

// DecodePlainECDSA turns the SEQUENCE { r, s } of an ECDSA value into r || s, each of size octets, the inverse of EncodePlainECDSA.
func DecodePlainECDSA(der []byte, size int) ([]byte, error) {
	e, err := asn1.Parse(der, asn1.Limits{})
	if err != nil {
		return nil, err
	}
	out := make([]byte, 2*size)
	c := e.Children()
	for i := range 2 {
		n, err := c.Expect(asn1.TagInteger)
		if err != nil {
			return nil, err
		}
		v, err := n.Integer()
		if err != nil {
			return nil, err
		}
		if v.Sign() <= 0 || (v.BitLen()+7)/8 > size {
			return nil, errors.New("algo: an ECDSA value does not fit the curve")
		}
		v.FillBytes(out[i*size : (i+1)*size])
	}
	return out, c.End()
}
