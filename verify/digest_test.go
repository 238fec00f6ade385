package verify

import (
	"bytes"
	"io"
	"testing"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
)

// TestDigestIsKnownByItsOwnIdentifiers: Ed448 comes with id-shake256-len, whose length is a parameter (RFC 8419, 2.2); the identifier of a
// signature algorithm in its place is no digest.
func TestDigestIsKnownByItsOwnIdentifiers(t *testing.T) {
	for name, c := range map[string]struct {
		id      algo.Identifier
		unknown bool
	}{
		"SHA-256":                     {algo.Identifier{Algorithm: algo.SHA256.OID()}, false},
		"SHAKE256":                    {algo.Identifier{Algorithm: algo.SHAKE256.OID()}, false},
		"SHAKE256 of 512 bits":        {algo.Identifier{Algorithm: "2.16.840.1.101.3.4.2.18", Parameters: asn1.Int(512)}, false},
		"SHAKE256 of 8 bits":          {algo.Identifier{Algorithm: "2.16.840.1.101.3.4.2.18", Parameters: asn1.Int(8)}, true},
		"RSA with SHA-256, no digest": {algo.Identifier{Algorithm: "1.2.840.113549.1.1.11"}, true},
	} {
		si := &cms.SignerInfo{DigestAlgorithm: c.id}
		d, _ := si.Digest()
		content := &signedContent{name: "content", open: func() io.Reader { return bytes.NewReader(nil) }}
		if r := contentReference(si, content, d); r.unknown != c.unknown {
			t.Errorf("%s: unknown %v", name, r.unknown)
		}
	}
}
