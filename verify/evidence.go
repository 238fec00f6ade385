package verify

import (
	"crypto/sha256"
	"encoding/hex"

	"mohur/certs"
)

// id names a blob by its content.
func (b revocationBlob) id() string { return blobID(b.der) }

func blobID(der []byte) string {
	sum := sha256.Sum256(der)
	return "R-" + hex.EncodeToString(sum[:])
}

func evidenceID(d certs.RevocationData) string { return blobID(d.Raw()) }

// collect parses the revocation data that travel with a document, in its order. A blob that can't be read proves nothing and is left out.
func collect(lists ...[]revocationBlob) *certs.MemoryRevocation {
	m := &certs.MemoryRevocation{}
	for _, list := range lists {
		for _, b := range list {
			if d, err := b.parse(); err == nil {
				m.Add(d)
			}
		}
	}
	return m
}

func (b revocationBlob) parse() (certs.RevocationData, error) {
	if b.ocsp {
		r, err := certs.ParseOCSP(b.der)
		return certs.RevocationData{OCSP: r, Origin: b.origin}, err
	}
	c, err := certs.ParseCRL(b.der)
	return certs.RevocationData{CRL: c, Origin: b.origin}, err
}

// source is what every path of this validation is judged with: evidence of the whole document counts for each of its signatures, and what
// the input offers besides.
func (v *validation) source() certs.RevocationSource {
	return certs.Sources{v.evidence, v.in.Revocation}
}
