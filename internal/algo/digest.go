// Package algo knows the algorithms of signed documents: their identifiers, message digests, public keys, and the one primitive that certificates,
// revocation data, timestamps and documents share: does this value verify with this key.
//
// It is deliberately able to verify what is no longer trustworthy (MD5, SHA-1, RSA of 512 bits), because old documents must be judged and not
// merely be illegible; whether an algorithm is good enough, and when, is policy, which this package must not know. What it can't judge it says
// with an UnsupportedError; it never guesses a parameter.
package algo

import (
	"bytes"
	"crypto"
	_ "crypto/md5" // linked for crypto.Hash.New: old documents are verified, and judged by policy
	_ "crypto/sha1"
	_ "crypto/sha256"
	"crypto/sha3"
	_ "crypto/sha512"
	"hash"
	"strings"

	"mohur/internal/asn1"
)

// Digest is a message digest algorithm. The zero value is none.
type Digest uint8

// The digests that can be computed.
const (
	MD5 Digest = iota + 1
	SHA1
	SHA224
	SHA256
	SHA384
	SHA512
	SHA512_224
	SHA512_256
	SHA3_224
	SHA3_256
	SHA3_384
	SHA3_512
	SHAKE256 // with 512 bits of output (RFC 8702, 3.1)
)

// digestInfo is what is known of a digest. name is what a reader sees, id the same within a signature algorithm's name.
type digestInfo struct {
	hash     crypto.Hash
	oid      asn1.ObjectIdentifier
	name, id string
}

// info describes a digest; a switch, so that there is no table to change and no work at start.
func (d Digest) info() digestInfo {
	switch d {
	case MD5:
		return digestInfo{crypto.MD5, "1.2.840.113549.2.5", "MD5", "MD5"}
	case SHA1:
		return digestInfo{crypto.SHA1, "1.3.14.3.2.26", "SHA1", "SHA1"}
	case SHA224:
		return digestInfo{crypto.SHA224, "2.16.840.1.101.3.4.2.4", "SHA224", "SHA224"}
	case SHA256:
		return digestInfo{crypto.SHA256, "2.16.840.1.101.3.4.2.1", "SHA256", "SHA256"}
	case SHA384:
		return digestInfo{crypto.SHA384, "2.16.840.1.101.3.4.2.2", "SHA384", "SHA384"}
	case SHA512:
		return digestInfo{crypto.SHA512, "2.16.840.1.101.3.4.2.3", "SHA512", "SHA512"}
	case SHA512_224:
		return digestInfo{crypto.SHA512_224, "2.16.840.1.101.3.4.2.5", "SHA512-224", "SHA512_224"}
	case SHA512_256:
		return digestInfo{crypto.SHA512_256, "2.16.840.1.101.3.4.2.6", "SHA512-256", "SHA512_256"}
	case SHA3_224:
		return digestInfo{crypto.SHA3_224, "2.16.840.1.101.3.4.2.7", "SHA3-224", "SHA3_224"}
	case SHA3_256:
		return digestInfo{crypto.SHA3_256, "2.16.840.1.101.3.4.2.8", "SHA3-256", "SHA3_256"}
	case SHA3_384:
		return digestInfo{crypto.SHA3_384, "2.16.840.1.101.3.4.2.9", "SHA3-384", "SHA3_384"}
	case SHA3_512:
		return digestInfo{crypto.SHA3_512, "2.16.840.1.101.3.4.2.10", "SHA3-512", "SHA3_512"}
	case SHAKE256:
		return digestInfo{0, "2.16.840.1.101.3.4.2.12", "SHAKE256-512", "SHAKE256_512"}
	}
	return digestInfo{}
}

// Digests lists every digest that can be computed, weakest first.
func Digests() []Digest {
	return []Digest{MD5, SHA1, SHA224, SHA256, SHA384, SHA512, SHA512_224, SHA512_256, SHA3_224, SHA3_256, SHA3_384, SHA3_512, SHAKE256}
}

// String returns the name as EU DSS spells it, such as "SHA256" or "SHA3-256"; empty for none.
func (d Digest) String() string { return d.info().name }

// Valid says whether d is a digest.
func (d Digest) Valid() bool { return d.info().oid != "" }

// Hash returns the digest's name in the standard library, or zero, which SHAKE256 has there too.
func (d Digest) Hash() crypto.Hash { return d.info().hash }

// OID returns the digest's object identifier, empty for none.
func (d Digest) OID() asn1.ObjectIdentifier { return d.info().oid }

// Size returns the number of octets of a digest value, 0 for none.
func (d Digest) Size() int {
	if h := d.New(); h != nil {
		return h.Size()
	}
	return 0
}

// New returns a hash in its initial state, or nil if d is no digest.
func (d Digest) New() hash.Hash {
	switch {
	case !d.Valid():
		return nil
	case d == SHAKE256:
		return shake256{sha3.NewSHAKE256()}
	}
	return d.Hash().New()
}

// Sum returns the digest of b, or nil if d is no digest.
func (d Digest) Sum(b []byte) []byte {
	h := d.New()
	if h == nil {
		return nil
	}
	h.Write(b)
	return h.Sum(nil)
}

// Identifier returns the DER encoding of the digest's AlgorithmIdentifier, without parameters as RFC 5754, 2 prefers.
func (d Digest) Identifier() []byte { return asn1.Sequence(asn1.OID(d.OID())) }

// DigestFromHash returns the digest that the standard library calls h, or zero.
func DigestFromHash(h crypto.Hash) Digest {
	for _, d := range Digests() {
		if h != 0 && d.Hash() == h {
			return d
		}
	}
	return 0
}

// DigestFromName returns the digest of this name: "SHA256", "SHA-256", "SHA3-256", "SHA3_256"; zero if there is none.
func DigestFromName(name string) Digest {
	if rest, ok := strings.CutPrefix(name, "SHA-"); ok {
		name = "SHA" + rest
	}
	for _, d := range Digests() {
		if i := d.info(); name == i.name || name == i.id {
			return d
		}
	}
	return 0
}

// oidSHAKE256Len is id-shake256-len, whose parameter is the output length in bits (RFC 8419, 2.2).
const oidSHAKE256Len asn1.ObjectIdentifier = "2.16.840.1.101.3.4.2.18"

// ParseDigest reads a digest algorithm identifier. Parameters are NULL or absent (RFC 5754, 2) and otherwise ignored: only SHAKE256 has one, its length.
// Some writers put the identifier of a signature algorithm there; its digest is then meant.
func ParseDigest(id Identifier) (Digest, error) {
	for _, d := range Digests() {
		if d.OID() == id.Algorithm {
			return d, nil
		}
	}
	if id.Algorithm == oidSHAKE256Len {
		if bytes.Equal(id.Parameters, asn1.Int(512)) {
			return SHAKE256, nil
		}
		return 0, &UnsupportedError{Algorithm: id.Algorithm, What: "output length of"}
	}
	if s, ok := lookUpSignature(id.Algorithm); ok && s.digest.Valid() {
		return s.digest, nil
	}
	return 0, &UnsupportedError{Algorithm: id.Algorithm, What: "digest algorithm"}
}

// NamesDigest says whether an identifier is that of a digest algorithm itself, and not of a signature algorithm that implies one.
func NamesDigest(id Identifier) bool {
	d, err := ParseDigest(id)
	return err == nil && (d.OID() == id.Algorithm || id.Algorithm == oidSHAKE256Len)
}
