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

// maxHashed bounds the octets that are hashed in search of what the archive timestamps of version 2 of one message are over, besides its content.
const maxHashed = 1 << 30

// archivedMessage is what the archive timestamps of version 2 of all signers of a message have in common: everything before the SignerInfo, in
// each encoding that is met, hashed once.
type archivedMessage struct {
	sd      *cms.SignedData
	content *signedContent
	forms   []messageForm
	left    int64 // of maxHashed
}

// messageForm is one way to write a message down. The standard asks for the octets as received (ETSI TS 101 733, 6.4.1, note 4); much of the field
// writes DER, or DER around content that stays as received.
type messageForm struct {
	der    bool     // the SignerInfo is written in DER
	parts  [][]byte // encapContentInfo, certificates, crls
	states map[algo.Digest]hash.Hash
}

// newArchivedMessage prepares a message; nil for none.
func newArchivedMessage(sd *cms.SignedData, content *signedContent) *archivedMessage {
	if sd == nil {
		return nil
	}
	return &archivedMessage{sd: sd, content: content, left: maxHashed}
}

// open lists the ways to write the message down: as received, in DER, and in DER around content as received.
func (m *archivedMessage) open() []messageForm {
	if m.forms != nil {
		return m.forms
	}
	received := [][]byte{m.sd.RawContentInfo, m.sd.RawCertificates, m.sd.RawRevocation}
	der := inDER(received)
	m.forms = []messageForm{{parts: received, states: map[algo.Digest]hash.Hash{}}, {parts: der, der: true}}
	if slices.EqualFunc(received, der, bytes.Equal) {
		m.forms[1].states = m.forms[0].states
		return m.forms
	}
	m.forms[1].states = map[algo.Digest]hash.Hash{}
	if !bytes.Equal(received[0], der[0]) {
		around := append([][]byte{received[0]}, der[1:]...)
		m.forms = append(m.forms, messageForm{parts: around, der: true, states: map[algo.Digest]hash.Hash{}})
	}
	return m.forms
}

// inDER encodes elements in DER; one that can't be read stays as it is.
func inDER(list [][]byte) [][]byte {
	out := slices.Clone(list)
	for i, b := range list {
		e, err := asn1.Parse(b, asn1.Limits{})
		if err != nil || e.IsDER() {
			continue
		}
		if der, err := e.DER(); err == nil {
			out[i] = der
		}
	}
	return out
}

// state is the digest over everything before the SignerInfo.
func (m *archivedMessage) state(f *messageForm, d algo.Digest) (hash.Hash, error) {
	if h, ok := f.states[d]; ok {
		return h, nil
	}
	h := d.New()
	for i, part := range f.parts {
		h.Write(part)
		if i == 0 && m.sd.Content == nil { // the content that is detached stands behind encapContentInfo
			if _, err := io.Copy(h, m.content.open()); err != nil {
				return nil, err
			}
		}
	}
	f.states[d] = h
	return h, nil
}

// archivedV2 finds what a version 2 archive timestamp stamps and what that proves (ETSI TS 101 733, 6.4.1): encapContentInfo, the content where it
// is detached, certificates, crls, and all of the SignerInfo with the unsigned attributes that were there then. Of the ways to write that down
// the one counts whose digest is the imprint; since each is an encoding of the same data, and found only by its digest, none proves more than
// it holds.
func (u *unsignedTimestamps) archivedV2(raw []byte) (*signedContent, []string) {
	none := &signedContent{name: "archive"}
	token := u.token(raw)
	if token == nil || u.message == nil || !token.Info.Digest.Valid() || u.content.open == nil {
		return none, nil
	}
	d := token.Info.Digest
	forms := u.message.open()
	for _, present := range u.presentAt(raw) {
		for i := range forms {
			state, err := u.message.state(&forms[i], d)
			if err != nil {
				return none, nil
			}
			for _, tail := range u.tails(forms[i].der, present) {
				if u.message.left -= int64(len(tail)); u.message.left < 0 {
					return none, nil
				}
				if sum := continued(state, tail); sum != nil && bytes.Equal(sum, token.Info.Imprint) {
					return &signedContent{name: "archive", digests: map[algo.Digest][]byte{d: sum}}, u.covered(present)
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

// tails writes down the SignerInfo with the unsigned attributes of these positions: as the element [1] or, after the older annex K, one after
// another without its tag and length (ETSI TS 101 733 V2.2.1, table K.3, note 3, asks to try both), each in the order received and in that of DER.
func (u *unsignedTimestamps) tails(der bool, present []int) [][]byte {
	fields, attributes := u.parts(der)
	var list [][]byte
	for _, i := range present {
		if i < len(attributes) {
			list = append(list, attributes[i])
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
			out = append(out, slices.Concat(fields, asn1.Encode(asn1.Context(1), true, o...)))
		}
		out = append(out, slices.Concat(fields, bytes.Join(o, nil)))
	}
	return out
}

// parts are the fields of the SignerInfo up to its signature, one after another, and the unsigned attributes; as received or in DER.
func (u *unsignedTimestamps) parts(der bool) (fields []byte, attributes [][]byte) {
	own := &u.received
	if der {
		own = &u.encoded
	}
	if own.fields == nil {
		raw, attributes := signerParts(u.si.Raw)
		if der {
			raw, attributes = inDER(raw), inDER(attributes)
		}
		own.fields, own.attributes = bytes.Join(raw, nil), attributes
	}
	return own.fields, own.attributes
}

// signerForm is a SignerInfo written down in one way.
type signerForm struct {
	fields     []byte
	attributes [][]byte
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
