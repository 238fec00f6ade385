package pdf

import (
	"bytes"
	"fmt"
	"testing"
)

// TestStoreIsExtended: what was in the store stays, VRI included; what is there is not added twice; another update adds to it.
func TestStoreIsExtended(t *testing.T) {
	b := simple()
	b.stream(20, "", "old certificate")
	b.stream(21, "", "old list")
	b.obj(22, "[20 0 R]")
	b.obj(23, "<< /Certs 22 0 R /CRLs [21 0 R] /VRI << /0123456789ABCDEF0123456789ABCDEF01234567 << /CRL [21 0 R] >> >> >>")
	for name, doc := range map[string][]byte{"with a store": withStore(t, b.finish("").Bytes()), "without one": form()} {
		old := openBytes(t, doc)
		had, err := old.DSS()
		if err != nil {
			t.Fatal(err)
		}
		u, err := NewUpdate(old)
		if err != nil {
			t.Fatal(err)
		}
		long := bytes.Repeat([]byte("list "), 1000)
		n, err := u.AddDSS([][]byte{[]byte("old certificate"), []byte("new one"), []byte("new one")}, [][]byte{[]byte("answer")}, [][]byte{long})
		want := 4
		if had != nil {
			want = 3
		}
		if err != nil || n != want {
			t.Fatalf("%s: %d added: %v", name, n, err)
		}
		out := updated(t, doc, u)
		dss, err := openBytes(t, out).DSS()
		if err != nil || dss == nil || len(dss.Problems) > 0 {
			t.Fatalf("%s: %+v %v", name, dss, err)
		}
		if len(dss.Certs) != 2 || len(dss.OCSPs) != 1 || !bytes.Equal(dss.CRLs[len(dss.CRLs)-1], long) || had != nil && (len(dss.CRLs) != 2 || len(dss.VRI) != 1) {
			t.Errorf("%s: %d certificates, %d answers, %d lists, %d VRI", name, len(dss.Certs), len(dss.OCSPs), len(dss.CRLs), len(dss.VRI))
		}
		if len(out)-len(doc) > 3000 {
			t.Errorf("%s: %d bytes for a list of %d that repeats itself", name, len(out)-len(doc), len(long))
		}
		check(t, out)
		again, err := NewUpdate(openBytes(t, out))
		if err != nil {
			t.Fatal(err)
		}
		if n, err := again.AddDSS(dss.Certs, dss.OCSPs, dss.CRLs); n != 0 || err != nil {
			t.Errorf("%s: %d added that were there: %v", name, n, err)
		}
	}
}

// withStore names object 23 as the store in the catalogue.
func withStore(t *testing.T, doc []byte) []byte {
	t.Helper()
	u, err := NewUpdate(openBytes(t, doc))
	if err != nil {
		t.Fatal(err)
	}
	root, _ := u.Document().Root()
	c := u.Dict(root)
	c["DSS"] = Ref{Num: 23}
	u.Set(root, c)
	var out bytes.Buffer
	if _, err := u.WriteTo(&out); err != nil {
		t.Fatal(fmt.Errorf("write: %w", err))
	}
	return out.Bytes()
}
