package certs

import (
	"testing"
	"time"
)

func BenchmarkParse(b *testing.B) {
	h := newHierarchy(b, published)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(h.signer.Raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkValidate judges a path of three with CRLs that are parsed each time.
func BenchmarkValidate(b *testing.B) {
	h := newHierarchy(b)
	r := h.request(b)
	raws := [][]byte{crl(b, h.root, epoch().Add(-time.Hour)).Raw(), crl(b, h.ca, epoch().Add(-time.Hour)).Raw()}
	b.ReportAllocs()
	for b.Loop() {
		m := &MemoryRevocation{}
		for _, raw := range raws {
			l, err := ParseCRL(raw)
			if err != nil {
				b.Fatal(err)
			}
			m.Add(RevocationData{CRL: l})
		}
		r.Revocation = m
		if !validate(r).Passed() {
			b.Fatal("not passed")
		}
	}
}
