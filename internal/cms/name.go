package cms

import (
	"bytes"
	"slices"
	"strings"

	"mohur/internal/asn1"
)

// sameName says whether two encoded Names are the same (RFC 5280, 7.1): the same encoding, or attributes of the same types whose strings differ
// in their ASN.1 string type, case and white space only. What can't be read is the same as nothing.
func sameName(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, ok1 := readName(a)
	y, ok2 := readName(b)
	return ok1 && ok2 && slices.EqualFunc(x, y, func(p, q nameAttribute) bool { return p == q })
}

// nameAttribute is one AttributeTypeAndValue, with the place of its RelativeDistinguishedName and its value in a form that can be compared.
type nameAttribute struct {
	rdn   int
	typ   asn1.ObjectIdentifier
	value string
}

// readName reads
//
//	RDNSequence ::= SEQUENCE OF SET OF SEQUENCE { type OBJECT IDENTIFIER, value ANY }   -- RFC 5280, 4.1.2.4
func readName(b []byte) ([]nameAttribute, bool) {
	e, err := asn1.Parse(b, asn1.Limits{Elements: 1000})
	if err != nil || !e.Is(asn1.TagSequence) {
		return nil, false
	}
	var out []nameAttribute
	names := e.Children()
	for rdn := 0; names.More(); rdn++ {
		set, err := names.Expect(asn1.TagSet)
		if err != nil {
			return nil, false
		}
		attributes := set.Children()
		for attributes.More() {
			a, ok := readNameAttribute(attributes, rdn)
			if !ok {
				return nil, false
			}
			out = append(out, a)
		}
		if attributes.Err() != nil {
			return nil, false
		}
	}
	return out, names.Err() == nil
}

func readNameAttribute(r *asn1.Reader, rdn int) (nameAttribute, bool) {
	e, err := r.Expect(asn1.TagSequence)
	if err != nil {
		return nameAttribute{}, false
	}
	c := e.Children()
	t, err := c.Expect(asn1.TagObjectIdentifier)
	if err != nil {
		return nameAttribute{}, false
	}
	o, err := t.ObjectIdentifier()
	if err != nil {
		return nameAttribute{}, false
	}
	v, err := c.Next()
	if err != nil || c.End() != nil {
		return nameAttribute{}, false
	}
	return nameAttribute{rdn, o, comparableForm(v)}, true
}

// comparableForm returns a string without case, white space at its ends and runs of white space; anything else as encoded.
func comparableForm(v asn1.Element) string {
	s, ok := text(v)
	if !ok {
		return "\x00" + string(v.Raw)
	}
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}
