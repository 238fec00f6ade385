package verify

import (
	"testing"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
)

// index makes an ATSHashIndex; with an algorithm it is of version 2 or 3.
func index(d algo.Digest, lists ...[][]byte) []byte {
	var parts [][]byte
	if d != 0 {
		parts = append(parts, d.Identifier())
	}
	for _, l := range lists {
		var hashes [][]byte
		for _, b := range l {
			hashes = append(hashes, asn1.OctetString(b))
		}
		parts = append(parts, asn1.Sequence(hashes...))
	}
	return asn1.Sequence(parts...)
}

func TestHashIndexNamesWhatIsThere(t *testing.T) {
	cert, attribute := []byte{0x30, 0x01, 0x00}, []byte{0x30, 0x03, 0x02, 0x01, 0x07}
	sd := &cms.SignedData{Certificates: [][]byte{cert}}
	si := &cms.SignerInfo{UnsignedAttributes: cms.Attributes{{Type: cms.OIDSignatureTimestamp, Values: [][]byte{attribute}, Raw: []byte("raw")}}}
	typed := append(asn1.OID(cms.OIDSignatureTimestamp), attribute...)
	for name, c := range map[string]struct {
		raw      []byte
		proves   int
		complete bool
	}{
		"version 3":            {index(algo.SHA512, [][]byte{algo.SHA512.Sum(cert)}, nil, [][]byte{algo.SHA512.Sum(typed)}), 2, true},
		"version 1, SHA-256":   {index(0, [][]byte{algo.SHA256.Sum(cert)}, nil, nil), 1, true},
		"a certificate gone":   {index(algo.SHA256, [][]byte{algo.SHA256.Sum([]byte("x"))}, nil, nil), 0, false},
		"an attribute gone":    {index(algo.SHA256, nil, nil, [][]byte{algo.SHA256.Sum([]byte("x"))}), 0, false},
		"another digest":       {index(algo.SHA384, [][]byte{algo.SHA256.Sum(cert)}, nil, nil), 0, false},
		"nothing named at all": {index(algo.SHA256, nil, nil, nil), 0, true},
	} {
		x, err := parseHashIndex(c.raw)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if proves, complete := x.resolve(&unsignedTimestamps{si: si, sd: sd}); len(proves) != c.proves || complete != c.complete {
			t.Errorf("%s: proves %v, complete %v", name, proves, complete)
		}
	}
}

func FuzzHashIndex(f *testing.F) {
	f.Add(index(algo.SHA256, [][]byte{make([]byte, 32)}, nil, nil))
	f.Add(index(0, nil, [][]byte{make([]byte, 32)}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := parseHashIndex(b)
		if err != nil {
			return
		}
		if _, complete := x.resolve(&unsignedTimestamps{si: &cms.SignerInfo{}, sd: &cms.SignedData{}}); complete && len(x.certificates)+len(x.crls)+len(x.attributes) > 0 {
			t.Fatal("an index names what is not there")
		}
	})
}
