package verify_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"testing"

	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// mutable is a genuine document with the bytes that its first signature leaves out.
type mutable struct {
	doc      []byte
	from, to int // the hole of /Contents
	signed   int // where the signed bytes end
}

func mutableOf(doc []byte, signed int) mutable {
	from := bytes.Index(doc, []byte("/Contents<")) + len("/Contents<")
	if from < len("/Contents<") {
		from = bytes.Index(doc, []byte("/Contents <")) + len("/Contents <")
	}
	return mutable{doc, from, from + bytes.IndexByte(doc[from:], '>'), signed}
}

// check holds a changed document against the rule: what was signed is not intact once a byte of it changed, and never passes.
func (m mutable) check(t *testing.T, in verify.Input, bad []byte, at int) {
	t.Helper()
	in.Content, in.Size = bytes.NewReader(bad), int64(len(bad))
	r, err := verify.Document(context.Background(), in, nil)
	if err != nil {
		return
	}
	inHole := at >= m.from && at < m.to
	for _, s := range r.Signatures {
		if at < m.signed && !inHole && s.Intact && s.Coverage != verify.CoversPartial {
			t.Fatalf("byte %d, which the signature covers, changed, and it is intact", at)
		}
	}
	if at < m.signed && !inHole && r.Indication == etsi.TotalPassed {
		t.Fatalf("byte %d changed, and the document passes", at)
	}
}

// FuzzSignedDocumentMutations changes bytes of a genuine document of two revisions, of which the first is signed: as runs of the fuzzer where it
// likes, as a test at 3,000 places that are the same every time.
func FuzzSignedDocumentMutations(f *testing.F) {
	w := newWorld(f)
	first := w.sign(page("salam"), w.person(demopki.Person{}), nil)
	doc := update(first, 60, "<< /Unused true >>")
	m := mutableOf(doc, len(first))
	in := w.input(doc)
	if r := w.verify(in); r.Indication != etsi.TotalPassed || !r.Signatures[0].Intact {
		f.Fatalf("the fixture does not pass: %+v", r.Signatures)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		f.Add(random.Uint32(), byte(1+random.UintN(255)))
	}
	f.Fuzz(func(t *testing.T, where uint32, with byte) {
		at := int(where) % m.signed
		if with == 0 {
			return
		}
		bad := bytes.Clone(doc)
		bad[at] ^= with
		m.check(t, in, bad, at)
	})
}
