package verify_test

import (
	"slices"
	"testing"

	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// blockOf finds a block by name.
func blockOf(t *testing.T, list []verify.Block, name string) verify.Block {
	t.Helper()
	i := slices.IndexFunc(list, func(b verify.Block) bool { return b.Name == name })
	if i < 0 {
		t.Fatalf("no block %s", name)
	}
	return list[i]
}

// TestEveryCertificateHasItsChecks: XCV says of each certificate of the path what was checked, under which clause, and how fresh its data are.
func TestEveryCertificateHasItsChecks(t *testing.T) {
	w := newWorld(t)
	r := w.verify(w.input(w.sign(page("salam"), w.person(demopki.Person{}), stamped(w.pki))))
	s := r.Signatures[0]
	if s.Indication != etsi.TotalPassed {
		t.Fatalf("%s %v", s.Indication, s.Reasons)
	}
	for _, name := range []string{"FC", "ISC", "VCI", "XCV", "CV", "SAV", "BASIC", "TIME", "LTA"} {
		if b := blockOf(t, s.Blocks, name); b.Clause == "" || b.Indication != etsi.Passed || len(b.Constraints) == 0 && name != "BASIC" && name != "LTA" {
			t.Errorf("%+v", b)
		}
	}
	for _, xcv := range []verify.Block{blockOf(t, s.Blocks, "XCV"), blockOf(t, s.Timestamps[0].Blocks, "XCV")} {
		if len(xcv.Parts) < 2 || xcv.Parts[len(xcv.Parts)-1].Constraints[0].Key != "CHAIN_ANCHOR" {
			t.Fatalf("%+v", xcv)
		}
		for i, part := range xcv.Parts[:len(xcv.Parts)-1] {
			if part.Certificate == "" || part.Indication != etsi.Passed || len(part.Constraints) < 8 {
				t.Errorf("part %d: %+v", i, part)
			}
			for _, c := range part.Constraints {
				if c.Clause == "" || c.Status != verify.StatusOK {
					t.Errorf("part %d: %+v", i, c)
				}
			}
		}
	}
	leaf := blockOf(t, s.Blocks, "XCV").Parts[0]
	if rfc := blockOf(t, leaf.Parts, "RFC"); rfc.Certificate != s.Certificate || len(rfc.Constraints) != 1 {
		t.Errorf("%+v", rfc)
	}
}

// TestTheGuiltyCertificateIsNamed: the objection stands at the certificate that it is about, and nowhere else.
func TestTheGuiltyCertificateIsNamed(t *testing.T) {
	w := newWorld(t)
	p := w.person(demopki.Person{})
	doc := w.sign(page("salam"), p, nil)
	in := w.input(doc)
	in.Time = w.parse(p.Certificate).NotAfter.AddDate(0, 0, 1)
	r := w.verify(in)
	xcv := blockOf(t, r.Signatures[0].Blocks, "XCV")
	for i, part := range xcv.Parts {
		at := slices.IndexFunc(part.Constraints, func(c verify.Constraint) bool {
			return c.Key == "CERTIFICATE_EXPIRED" && c.Status == verify.StatusNotOK
		})
		if (at >= 0) != (i == 0) || (part.Indication == etsi.Passed) != (i > 0) {
			t.Errorf("part %d: %+v", i, part)
		}
	}
}
