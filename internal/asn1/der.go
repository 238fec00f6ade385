package asn1

import (
	"bytes"
	"slices"
)

// IsDER says whether an element, with everything inside, is encoded as DER demands as far as the encoding itself shows: definite and shortest
// lengths, primitive strings, BOOLEAN TRUE as FF, SET contents in order. An error means that the inside can't be read.
func (e Element) IsDER() (bool, error) {
	der, err := e.DER()
	if err != nil {
		return false, err
	}
	return bytes.Equal(der, e.Raw), nil
}

// DER returns the element encoded in DER: indefinite lengths made definite, constructed strings joined, SET contents sorted. It copies, and is
// meant for parts such as signed attributes (RFC 5652, 5.4), not for whole documents.
func (e Element) DER() ([]byte, error) {
	switch {
	case e.Constructed && e.Tag == TagOctetString:
		b, err := e.OctetString()
		return Encode(e.Tag, false, b), err
	case e.Constructed && e.Tag == TagBitString:
		b, unused, err := e.BitString()
		return Encode(e.Tag, false, []byte{byte(unused)}, b), err
	case !e.Constructed && e.Tag == TagBoolean:
		v, err := e.Boolean()
		return Boolean(v), err
	case !e.Constructed:
		return Encode(e.Tag, false, e.Content), nil
	}
	var parts [][]byte
	r := e.Children()
	for r.More() {
		c, err := r.Next()
		if err != nil {
			return nil, err
		}
		b, err := c.DER()
		if err != nil {
			return nil, err
		}
		parts = append(parts, b)
	}
	if e.Tag == TagSet {
		slices.SortFunc(parts, bytes.Compare)
	}
	return Encode(e.Tag, true, parts...), r.Err()
}
