package verify_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/demopki"
	"mohur/internal/pdf"
	"mohur/verify"
	"mohur/verify/etsi"
)

// archive appends two revisions: a DSS with every certificate and all evidence of a moment, and a document timestamp over it (ETSI EN 319
// 142-1, 5.4), so that a B-T becomes a B-LTA. The evidence is the three CRLs and an OCSP answer for each signing certificate.
func (w *world) archive(doc []byte, signers ...*demopki.Signer) []byte {
	return w.archiveWith(doc, nil, signers...)
}

// archiveWith is archive with more certificates in the DSS.
func (w *world) archiveWith(doc []byte, more [][]byte, signers ...*demopki.Signer) []byte {
	w.t.Helper()
	crls, err := w.pki.CRLsAt(w.clock)
	w.must(err)
	ders := append(w.pki.Anchors(), w.pki.Intermediates()...)
	subjects := [][]byte{w.pki.TSA().Certificate()}
	for _, s := range signers {
		subjects = append(subjects, s.Certificate)
	}
	var answers [][]byte
	for _, der := range subjects {
		a, err := w.pki.OCSPAt(der, w.clock)
		w.must(err)
		answers = append(answers, a)
	}
	doc = w.revise(doc, func(u *pdf.Update) {
		root, _ := u.Document().Root()
		catalog := u.Dict(root)
		catalog["DSS"] = u.Add(pdf.Dict{
			"Type": pdf.Name("DSS"), "Certs": streams(u, slices.Concat(more, ders, subjects)), "CRLs": streams(u, crls), "OCSPs": streams(u, answers),
		})
		u.Set(root, catalog)
	})
	return w.stampDocument(doc)
}

func streams(u *pdf.Update, list [][]byte) pdf.Array {
	var out pdf.Array
	for _, b := range list {
		out = append(out, u.Add(pdf.NewStream(pdf.Dict{}, b)))
	}
	return out
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// revise appends an update.
func (w *world) revise(doc []byte, change func(*pdf.Update)) []byte {
	w.t.Helper()
	d, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)), pdf.Options{})
	w.must(err)
	u, err := pdf.NewUpdate(d)
	w.must(err)
	change(u)
	var out bytes.Buffer
	_, err = u.WriteTo(&out)
	w.must(err)
	return out.Bytes()
}

// stampDocument appends a document timestamp.
func (w *world) stampDocument(doc []byte) []byte {
	w.t.Helper()
	d, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)), pdf.Options{})
	w.must(err)
	u, err := pdf.NewUpdate(d)
	w.must(err)
	field, err := u.AddSignatureField("", 1, [4]float64{})
	w.must(err)
	ref := u.Add(pdf.Null{})
	u.FillSignatureField(field, ref, pdf.Ref{})
	u.SetSignature(ref, pdf.Dict{"Type": pdf.Name("DocTimeStamp"), "Filter": pdf.Name("Adobe.PPKLite"), "SubFilter": pdf.Name("ETSI.RFC3161")}, 8<<10)
	increment, place, err := u.Increment()
	w.must(err)
	out := append(bytes.Clone(doc), increment...)
	h := algo.SHA256.New()
	h.Write(out[:place.Start])
	h.Write(out[place.End:])
	token, err := w.pki.Timestamp(context.Background(), algo.SHA256, h.Sum(nil))
	w.must(err)
	hex.Encode(out[place.Start+1:], token)
	return out
}

// countersigned is a document of about size bytes that n people signed one after another.
func (w *world) countersigned(size, n int, signers ...*demopki.Signer) []byte {
	doc := large(size)
	for i := range n {
		doc = w.sign(doc, signers[i%len(signers)], nil)
	}
	return doc
}

// newWorldOf is a hierarchy all of whose keys are of a kind.
func newWorldOf(t testing.TB, k demopki.KeyKind) *world {
	w := &world{t: t, clock: noon()}
	h, err := demopki.New(demopki.Options{Now: func() time.Time { return w.clock }, Key: k})
	if err != nil {
		t.Fatal(err)
	}
	w.pki, w.trust = h, certs.NewTrustStore(w.parse(h.Root().Raw))
	return w
}

func keyed(k demopki.KeyKind) demopki.Person {
	return demopki.Person{Profile: demopki.Profile{Key: k}}
}

// sample is a document to measure with.
type sample struct {
	name string
	make func(t testing.TB) verify.Input
}

// samples are the documents that the bars speak of. Trust store and policy are loaded before; all that a document carries, and the CRLs given
// beside it, is parsed and verified for each verdict.
func samples() []sample {
	var out []sample
	for _, k := range []demopki.KeyKind{demopki.RSA2048, demopki.P256} {
		out = append(out, sample{"b-b/" + k.String(), func(t testing.TB) verify.Input {
			w := newWorldOf(t, k)
			return w.input(w.sign(large(50<<10), w.person(keyed(k)), nil))
		}}, sample{"b-lta/" + k.String(), func(t testing.TB) verify.Input {
			w := newWorldOf(t, k)
			s := w.person(keyed(k))
			doc := w.archive(w.sign(large(50<<10), s, stamped(w.pki)), s)
			in := w.input(doc)
			in.Revocation = nil // its own evidence is all there is
			return in
		}}, sample{"24-signatures/" + k.String(), func(t testing.TB) verify.Input {
			w := newWorldOf(t, k)
			return w.input(w.countersigned(500<<10, 24, w.person(keyed(k)), w.person(keyed(k)), w.person(keyed(k))))
		}})
	}
	return out
}

// fresh is the input again, with its evidence parsed anew as a new process would.
func fresh(t testing.TB, in verify.Input, doc []byte) verify.Input {
	in.Content = bytes.NewReader(doc)
	given, _ := in.Revocation.(*certs.MemoryRevocation)
	if given == nil {
		return in
	}
	anew := &certs.MemoryRevocation{}
	for _, d := range given.All() {
		l, err := certs.ParseCRL(d.Raw())
		if err != nil {
			t.Fatal(err)
		}
		anew.Add(certs.RevocationData{CRL: l, Origin: d.Origin})
	}
	in.Revocation = anew
	return in
}

// TestSamples: what is measured passes, and has the level it is named for.
func TestSamples(t *testing.T) {
	levels := map[string]string{"b-b": "PAdES-BASELINE-B", "b-lta": "PAdES-BASELINE-LTA", "24-signatures": "PAdES-BASELINE-B"}
	for _, s := range samples() {
		r, err := verify.Document(context.Background(), s.make(t), nil)
		if err != nil || r.Indication != etsi.TotalPassed {
			t.Fatalf("%s: %s/%s %v", s.name, r.Indication, r.SubIndication, err)
		}
		kind, _, _ := strings.Cut(s.name, "/")
		if r.Signatures[0].Level != levels[kind] {
			t.Errorf("%s: level %s", s.name, r.Signatures[0].Level)
		}
	}
}

// BenchmarkVerify measures one verdict. The bars (CPU, this kind of machine): b-b 1 ms, b-lta 3 ms.
func BenchmarkVerify(b *testing.B) {
	for _, s := range samples() {
		b.Run(s.name, func(b *testing.B) {
			in := s.make(b)
			doc := make([]byte, in.Size)
			if _, err := in.Content.ReadAt(doc, 0); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			start := cpuTime(b)
			for b.Loop() {
				r, err := verify.Document(context.Background(), fresh(b, in, doc), nil)
				if err != nil || r.Indication != etsi.TotalPassed {
					b.Fatal(fmt.Sprint(err, r))
				}
			}
			b.ReportMetric(float64((cpuTime(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}

// cpuTime is what the process has used so far, user and system: on a shared machine the wall clock says nothing.
func cpuTime(t testing.TB) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkVerifyManySignatures judges 25sigs.pdf of EU DSS's documents, which has 24 signatures of as many revisions, when MOHUR_CONFORMANCE says where it
// lies; without anchors, as DSS's own figure is taken.
func BenchmarkVerifyManySignatures(b *testing.B) {
	suites := os.Getenv("MOHUR_CONFORMANCE")
	if suites == "" {
		b.Log("MOHUR_CONFORMANCE names no folder: 25sigs.pdf is not measured")
		return
	}
	doc, err := os.ReadFile(filepath.Join(suites, "dss", "dss-cookbook", "src", "test", "resources", "snippets", "25sigs.pdf"))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	start := cpuTime(b)
	for b.Loop() {
		r, err := verify.Document(context.Background(), verify.Input{Name: "25sigs.pdf", Content: bytes.NewReader(doc), Size: int64(len(doc)), Time: noon()}, nil)
		if err != nil || len(r.Signatures) != 24 {
			b.Fatal(err, r)
		}
	}
	b.ReportMetric(float64((cpuTime(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}
