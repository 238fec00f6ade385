package certs

import "mohur/internal/asn1"

// pkcs7Certificates takes the certificates out of a degenerate SignedData (RFC 5652, 5.1 and RFC 2797), which Windows and many CAs hand out.
func pkcs7Certificates(b []byte) ([][]byte, bool) {
	info := asn1.NewReader(b, asn1.Limits{})
	outer, err := info.Expect(asn1.TagSequence)
	if err != nil {
		return nil, false
	}
	r := outer.Children()
	typ, err := r.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return nil, false
	}
	if oid, err := typ.ObjectIdentifier(); err != nil || oid != "1.2.840.113549.1.7.2" {
		return nil, false
	}
	content, err := r.Expect(asn1.Context(0))
	if err != nil {
		return nil, false
	}
	signed, err := content.Children().Expect(asn1.TagSequence)
	if err != nil {
		return nil, false
	}
	var out [][]byte
	for parts := signed.Children(); parts.More(); {
		p, err := parts.Next()
		if err != nil {
			return nil, false
		}
		if p.Tag != asn1.Context(0) {
			continue
		}
		for list := p.Children(); list.More(); {
			c, err := list.Next()
			if err != nil {
				return nil, false
			}
			if c.Tag == asn1.TagSequence {
				out = append(out, c.Raw)
			}
		}
	}
	return out, true
}
