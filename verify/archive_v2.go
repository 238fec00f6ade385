package verify

import (
	"bytes"
	"hash"
	"io"
	"slices"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
)

// olderForm is one way to write down what an archive timestamp of version 2 is over. The standard asks for the octets as received (ETSI TS 101
// 733, 6.4.1, note 4); much of the field writes DER, or DER around content that stays as received.
type olderForm struct {
	before     [][]byte // encapContentInfo, nil for the detached content, certificates, crls, the SignerInfo's fields up to its signature
	attributes [][]byte // each unsigned attribute, in the order of the message
	states     map[algo.Digest]hash.Hash
}

// archivedV2 finds what a version 2 archive timestamp stamps and what that proves (ETSI TS 101 733, 6.4.1): encapContentInfo, the content where it
// is detached, certificates, crls, and all of the SignerInfo with the unsigned attributes that were there then. Of the ways to write that down
// the one counts whose digest is the imprint; since each is an encoding of the same data, and found only by its digest, none proves more than
// it holds.
func (u *unsignedTimestamps) archivedV2(raw []byte) (*signedContent, []string) {
	none := &signedContent{name: "archive"}
	token := u.token(raw)
	if token == nil || u.sd == nil || !token.Info.Digest.Valid() || u.content.open == nil {
		return none, nil
	}
	if u.older == nil {
		u.older = u.olderForms()
	}
	for _, present := range u.presentAt(raw) {
		for i := range u.older {
			state, err := u.older[i].state(token.Info.Digest, u.content)
			if err != nil {
				return none, nil
			}
			for _, tail := range u.older[i].tails(present) {
				sum := continued(state, tail)
				if sum != nil && bytes.Equal(sum, token.Info.Imprint) {
					found := &signedContent{name: "archive", digests: map[algo.Digest][]byte{token.Info.Digest: sum}}
					return found, u.covered(present)
				}
			}
		}
	}
	return inMemory("archive", nil), nil // the data are here, and none of their encodings has that imprint
}

// covered lists what is proven by an archive timestamp of version 2 over the unsigned attributes of these positions.
func (u *unsignedTimestamps) covered(present []int) []string {
	out := slices.Concat(u.messageIDs(), u.signedIDs())
	for _, i := range present {
		out = append(out, u.attributeIDs(u.si.UnsignedAttributes[i])...)
	}
	return out
}

// presentAt lists the unsigned attributes that may have been there when an archive timestamp was made, by position: all but itself and the
// archive timestamps that are not older, or those that stand before it.
func (u *unsignedTimestamps) presentAt(raw []byte) [][]int {
	own := u.token(raw)
	var older, before []int
	passed := false
	for i, a := range u.si.UnsignedAttributes {
		kind, _ := timestampKind(a.Type)
		self := slices.ContainsFunc(a.Values, func(v []byte) bool { return bytes.Equal(v, raw) })
		passed = passed || self
		if !passed {
			before = append(before, i)
		}
		later := kind == ArchiveTimestamp && slices.ContainsFunc(a.Values, func(v []byte) bool {
			t := u.token(v)
			return t == nil || !t.Info.GenTime.Before(own.Info.GenTime)
		})
		if !self && !later {
			older = append(older, i)
		}
	}
	if slices.Equal(older, before) {
		return [][]int{older}
	}
	return [][]int{older, before}
}

// olderForms writes down the parts of a message in each way that is met: as received, in DER, and in DER around content as received.
func (u *unsignedTimestamps) olderForms() []olderForm {
	received := olderForm{before: [][]byte{u.sd.RawContentInfo, nil, u.sd.RawCertificates, u.sd.RawRevocation}}
	fields, attributes := signerParts(u.si.Raw)
	received.before = append(received.before, fields...)
	received.attributes = attributes
	der := olderForm{}
	same := true
	encode := func(list [][]byte) (out [][]byte) {
		for _, b := range list {
			d, equal := b, true
			if b != nil {
				d, equal = equalDER(b)
			}
			same = same && equal
			out = append(out, d)
		}
		return out
	}
	der.before, der.attributes = encode(received.before), encode(received.attributes)
	if same {
		return []olderForm{received}
	}
	mixed := olderForm{before: slices.Clone(der.before), attributes: der.attributes}
	mixed.before[0] = received.before[0]
	return []olderForm{received, der, mixed}
}

// signerParts lists the fields of a SignerInfo up to its signature, and the attributes after it.
func signerParts(raw []byte) (fields, attributes [][]byte) {
	e, err := asn1.Parse(raw, asn1.Limits{})
	if err != nil {
		return nil, nil
	}
	for r := e.Children(); r.More(); {
		f, err := r.Next()
		if err != nil {
			return fields, attributes
		}
		if !f.Is(asn1.Context(1)) {
			fields = append(fields, f.Raw)
			continue
		}
		for list := f.Children(); list.More(); {
			a, err := list.Next()
			if err != nil {
				return fields, attributes
			}
			attributes = append(attributes, a.Raw)
		}
	}
	return fields, attributes
}

// state is the digest over everything before the unsigned attributes, computed once for all archive timestamps.
func (f *olderForm) state(d algo.Digest, content *signedContent) (hash.Hash, error) {
	if h, ok := f.states[d]; ok {
		return h, nil
	}
	h := d.New()
	for i, part := range f.before {
		h.Write(part)
		if i == 0 && !hasContent(part) {
			if _, err := io.Copy(h, content.open()); err != nil {
				return nil, err
			}
		}
	}
	if f.states == nil {
		f.states = map[algo.Digest]hash.Hash{}
	}
	f.states[d] = h
	return h, nil
}

// hasContent says whether encapContentInfo has eContent (RFC 5652, 5.2).
func hasContent(info []byte) bool {
	e, err := asn1.Parse(info, asn1.Limits{})
	if err != nil {
		return true
	}
	r := e.Children()
	if _, err := r.Next(); err != nil {
		return true
	}
	return r.More()
}

// tails writes down the unsigned attributes of these positions: as the element [1] or, after the older annex K, one after another without its tag
// and length (ETSI TS 101 733 V2.2.1, table K.3, note 3, asks to try both), each in the order received and in that of DER.
func (f *olderForm) tails(present []int) [][]byte {
	var list [][]byte
	for _, i := range present {
		if i < len(f.attributes) {
			list = append(list, f.attributes[i])
		}
	}
	sorted := slices.Clone(list)
	slices.SortFunc(sorted, bytes.Compare)
	orders := [][][]byte{list}
	if !slices.EqualFunc(list, sorted, bytes.Equal) {
		orders = append(orders, sorted)
	}
	var out [][]byte
	for _, o := range orders {
		if len(o) > 0 {
			out = append(out, asn1.Encode(asn1.Context(1), true, o...))
		}
		out = append(out, bytes.Join(o, nil))
	}
	return out
}

// continued is the digest of what a state has seen and more, leaving the state as it is; nil for a digest that can't be continued.
func continued(state hash.Hash, more []byte) []byte {
	c, ok := state.(hash.Cloner)
	if !ok {
		return nil
	}
	clone, err := c.Clone()
	if err != nil {
		return nil
	}
	clone.Write(more)
	return clone.Sum(nil)
}

// olderArchive says whether a signature has an archive timestamp of a version before the third.
func olderArchive(as cms.Attributes) bool {
	return as.Has(cms.OIDArchiveTimestamp) || as.Has(cms.OIDArchiveTimestampV2)
}
