package asn1

import (
	"bytes"
	"slices"
)

// IsDER says whether an element, with everything inside, is encoded as DER demands as far as the encoding itself shows: definite and shortest
// lengths, primitive strings, BOOLEAN TRUE as FF, SET contents in order. What can't be read is not DER.
func (e Element) IsDER() bool {
	if e.Indefinite || e.LongForm {
		return false
	}
	if !e.Constructed {
		return e.Tag != TagBoolean || len(e.Content) == 1 && (e.Content[0] == 0 || e.Content[0] == 0xff)
	}
	if e.Tag == TagOctetString || e.Tag == TagBitString {
		return false
	}
	var last []byte
	r := e.Children()
	for r.More() {
		c, err := r.Next()
		if err != nil || !c.IsDER() {
			return false
		}
		if e.Tag == TagSet && bytes.Compare(last, c.Raw) > 0 {
			return false
		}
		last = c.Raw
	}
	return r.Err() == nil
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
