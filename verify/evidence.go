package verify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"mohur/certs"
)

// evidence is the revocation data that travel with a document, parsed once.
type evidence struct {
	data   []certs.RevocationData
	broken int // blobs that could not be read
}

// id names a blob by its content.
func (b revocationBlob) id() string { return blobID(b.der) }

func blobID(der []byte) string {
	sum := sha256.Sum256(der)
	return "R-" + hex.EncodeToString(sum[:])
}

func evidenceID(d certs.RevocationData) string { return blobID(d.Raw()) }

// collect parses each blob once, in the order of the document.
func collect(lists ...[]revocationBlob) *evidence {
	e := &evidence{}
	seen := map[string]bool{}
	for _, list := range lists {
		for _, b := range list {
			if id := b.id(); seen[id] {
				continue
			} else {
				seen[id] = true
			}
			d, err := b.parse()
			if err != nil {
				e.broken++
				continue
			}
			e.data = append(e.data, d)
		}
	}
	return e
}

func (b revocationBlob) parse() (certs.RevocationData, error) {
	if b.ocsp {
		r, err := certs.ParseOCSP(b.der)
		return certs.RevocationData{OCSP: r, Origin: b.origin}, err
	}
	c, err := certs.ParseCRL(b.der)
	return certs.RevocationData{CRL: c, Origin: b.origin}, err
}

// sources asks the document's own evidence first and then the input's, and returns all of it: whoever judges looks at everything.
type sources struct {
	own   []certs.RevocationData
	other certs.RevocationSource
}

// Revocation implements certs.RevocationSource.
func (s sources) Revocation(ctx context.Context, cert, issuer *certs.Certificate) ([]certs.RevocationData, error) {
	out := append([]certs.RevocationData{}, s.own...)
	if s.other == nil {
		return out, nil
	}
	more, err := s.other.Revocation(ctx, cert, issuer)
	return append(out, more...), err
}

// sourceFor is what a signature's path is judged with: evidence of the whole document counts for each of its signatures.
func (v *validation) sourceFor(_ *signature) certs.RevocationSource {
	return sources{own: v.evidence.data, other: v.in.Revocation}
}
