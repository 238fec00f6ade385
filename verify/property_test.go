package verify_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"reflect"
	"slices"
	"testing"

	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/internal/seeds"
	"mohur/verify"
	"mohur/verify/etsi"
)

// TestNoByteOutsideTheSignatureMayChange turns over one bit of every byte of a signed PDF. Outside the hole of /Contents nothing may ever
// pass; inside, where certificates and unsigned attributes lie, what still passes is the same signature of the same signer.
func TestNoByteOutsideTheSignatureMayChange(t *testing.T) {
	w := newWorld(t)
	doc := w.sign(page("salam"), w.person(demopki.Person{}), nil)
	from := bytes.LastIndex(doc, []byte("/Contents")) + len("/Contents")
	to := from + bytes.IndexByte(doc[from:], '>') + 1
	in := w.input(doc)
	sound := w.verify(in)
	if sound.Indication != etsi.TotalPassed {
		t.Fatal("the fixture does not pass")
	}
	for i := range doc {
		if i >= from && i < to && i%13 != 0 {
			continue
		}
		bad := bytes.Clone(doc)
		bad[i] ^= 1 << (i % 8)
		in.Content = bytes.NewReader(bad)
		r, err := verify.Document(context.Background(), in, nil)
		if err != nil || r.Indication != etsi.TotalPassed {
			continue
		}
		if i < from || i >= to {
			t.Fatalf("byte %d (%q) changed, and the document passes", i, doc[i])
		}
		if !reflect.DeepEqual(r.Signatures[0].Signer, sound.Signatures[0].Signer) {
			t.Fatalf("byte %d changed, and another signer is named", i)
		}
	}
}

// TestNoPrefixOrSuffixPasses cuts and pads a signed PDF: no other document than the signed one passes.
func TestNoPrefixOrSuffixPasses(t *testing.T) {
	w := newWorld(t)
	doc := w.sign(page("salam"), w.person(demopki.Person{}), nil)
	in := w.input(doc)
	for cut := 1; cut < len(doc); cut += 97 {
		in.Content, in.Size = bytes.NewReader(doc[:len(doc)-cut]), int64(len(doc)-cut)
		if r, err := verify.Document(context.Background(), in, nil); err == nil && r.Indication == etsi.TotalPassed {
			t.Fatalf("passes without its last %d bytes", cut)
		}
	}
	for _, tail := range []string{"x", "%%EOF", "\n1 0 obj\nnull\nendobj\n", "\x00x"} {
		long := append(bytes.Clone(doc), tail...)
		in.Content, in.Size = bytes.NewReader(long), int64(len(long))
		if r, err := verify.Document(context.Background(), in, nil); err == nil && r.Indication == etsi.TotalPassed {
			t.Fatalf("passes with %q behind it", tail)
		}
	}
}

// TestEveryKindOfKey signs with every kind of key: all pass, and not one after its text was changed.
func TestEveryKindOfKey(t *testing.T) {
	for _, kind := range []demopki.KeyKind{demopki.P256, demopki.P384, demopki.RSA2048, demopki.RSA3072} {
		t.Run(kind.String(), func(t *testing.T) {
			w := newWorld(t)
			doc := w.sign(page("salam"), w.person(demopki.Person{Profile: demopki.Profile{Key: kind}}), nil)
			if r := w.verify(w.input(doc)); r.Indication != etsi.TotalPassed {
				t.Errorf("%s/%s %+v", r.Indication, r.SubIndication, r.Signatures[0].Reasons)
			}
			doc[bytes.Index(doc, []byte("salam"))] = 'S'
			if r := w.verify(w.input(doc)); r.SubIndication != etsi.HashFailure {
				t.Errorf("changed: %s/%s", r.Indication, r.SubIndication)
			}
		})
	}
}

// FuzzDocument feeds anything: no panic, no pass without a trusted anchor, and the same answer twice.
func FuzzDocument(f *testing.F) {
	w := newWorld(f)
	s := w.person(demopki.Person{})
	doc := w.sign(page("salam"), s, stamped(w.pki))
	content := []byte("məktub")
	f.Add(doc)
	f.Add(update(doc, 4, "<< /Length 2 >>\nstream\nBT\nendstream"))
	f.Add(w.message(s, content, nil))
	f.Add(w.message(s, content, func(b *cms.Builder) { b.Content = content }))
	f.Add([]byte("<xml/>"))
	archived := newOlder(w, false)
	archived.full(true)
	f.Add(archived.doc)
	f.Add(indefinite(archived.doc))
	for _, b := range seeds.Files(f, ".pdf", ".p7s", ".p7m", ".pkcs7", ".tst", ".tsr", ".scs", ".bin", ".sig") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		in := verify.Input{Name: "x", Content: bytes.NewReader(b), Size: int64(len(b)), Time: noon()}
		one, err := verify.Document(context.Background(), in, nil)
		if err != nil {
			return
		}
		if one.Indication == etsi.TotalPassed {
			t.Fatal("passes, and nobody is trusted")
		}
		two, err := verify.Document(context.Background(), in, nil)
		if err != nil || sha256.Sum256(dump(t, one)) != sha256.Sum256(dump(t, two)) {
			t.Fatal("two runs differ")
		}
	})
}

// large is a PDF of about size bytes: one page and an attached stream.
func large(size int) []byte {
	doc := page("salam")
	body := append([]byte("<< /Length "), []byte(itoa(size))...)
	body = append(body, " >>\nstream\n"...)
	body = append(body, bytes.Repeat([]byte("0123456789abcdef"), size/16)...)
	body = append(body, bytes.Repeat([]byte("x"), size%16)...)
	body = append(body, "\nendstream"...)
	return update(doc, 6, string(body))
}

func itoa(n int) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append(b, byte('0'+n%10))
	}
	slices.Reverse(b)
	return string(b)
}

func benchmark(b *testing.B, size int) {
	w := newWorld(b)
	doc := w.sign(large(size), w.person(demopki.Person{}), nil)
	in := w.input(doc)
	if r := w.verify(in); r.Indication != etsi.TotalPassed {
		b.Fatalf("%s/%s", r.Indication, r.SubIndication)
	}
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		in.Content = io.NewSectionReader(bytes.NewReader(doc), 0, int64(len(doc)))
		w.verify(in)
	}
}

// BenchmarkVerify50KB, 5MB and 100MB verify a B-B signature with its path and CRLs parsed and checked each time.
func BenchmarkVerify50KB(b *testing.B)  { benchmark(b, 50<<10) }
func BenchmarkVerify5MB(b *testing.B)   { benchmark(b, 5<<20) }
func BenchmarkVerify100MB(b *testing.B) { benchmark(b, 100<<20) }

// BenchmarkThroughput verifies 50 KB documents on all processors.
func BenchmarkThroughput(b *testing.B) {
	w := newWorld(b)
	doc := w.sign(large(50<<10), w.person(demopki.Person{}), nil)
	in := w.input(doc)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			own := in
			own.Content = bytes.NewReader(doc)
			if r, err := verify.Document(context.Background(), own, nil); err != nil || r.Indication != etsi.TotalPassed {
				b.Error(err)
				return
			}
		}
	})
}
