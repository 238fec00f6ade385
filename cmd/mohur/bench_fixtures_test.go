//go:build bench

package main

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/demopki"
	"mohur/signing"
	"mohur/signing/pades"
)

// benchFile is one document of the comparison.
type benchFile struct{ title, path string }

// benchSet is what the programs are given.
type benchSet struct {
	files              []benchFile
	anchor, revocation string
}

// benchSizes are the documents of the comparison.
func benchSizes() []benchSize {
	return []benchSize{{"50 KB B-B", 30 << 10}, {"5 MB B-B", 5 << 20}, {"100 MB B-B", 100 << 20}}
}

// madeDocument is a document of the comparison with evidence of its own, or with many signatures.
type madeDocument struct {
	title, file string
	bytes       int // of its picture
	level       signing.Level
	signatures  int
}

// benchMade are those documents.
func benchMade() []madeDocument {
	return []madeDocument{
		{"B-LTA", "lta.pdf", 30 << 10, signing.BaselineLTA, 1},
		{"320 KB B-LT", "lt.pdf", 300 << 10, signing.BaselineLT, 1},
		{"24 signatures B-T", "many.pdf", 300 << 10, signing.BaselineT, 24},
	}
}

// benchSize is a document's name and the size of its picture in bytes.
type benchSize struct {
	title string
	bytes int
}

// benchFixtures has the documents made by a process of their own: the kernel counts a parent's memory into a child's peak, so this process
// has to stay small.
func benchFixtures(t *testing.T, dir string) benchSet {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestMakeBenchFixtures$")
	cmd.Env = append(os.Environ(), "MOHUR_BENCH_DIR="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("making the documents: %v: %s", err, out)
	}
	set := benchSet{anchor: filepath.Join(dir, "anchor.pem"), revocation: filepath.Join(dir, "crl")}
	for _, size := range benchSizes() {
		set.files = append(set.files, benchFile{size.title, filepath.Join(dir, fmt.Sprintf("%d.pdf", size.bytes))})
	}
	return set
}

// TestMakeBenchFixtures makes sealed PDFs of three sizes, and some with evidence or many signatures, over one hierarchy, RSA-2048 as most peers are used to, and writes anchor and CRLs.
// It is run by benchFixtures, which says where.
func TestMakeBenchFixtures(t *testing.T) {
	dir := os.Getenv("MOHUR_BENCH_DIR")
	if dir == "" {
		return // not asked for
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	h, err := demopki.New(demopki.Options{Now: time.Now, Key: demopki.RSA2048})
	must(err)
	s, err := h.Body(demopki.Body{Profile: demopki.Profile{Key: demopki.RSA2048}})
	must(err)
	set := benchSet{anchor: filepath.Join(dir, "anchor.pem"), revocation: filepath.Join(dir, "crl")}
	must(os.WriteFile(set.anchor, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Anchors()[0]}), 0o644))
	must(os.MkdirAll(set.revocation, 0o755))
	lists, err := h.CRLs()
	must(err)
	for i, der := range lists {
		must(os.WriteFile(filepath.Join(set.revocation, fmt.Sprintf("%d.crl", i)), der, 0o644))
	}
	for _, size := range benchSizes() {
		must(writeSigned(filepath.Join(dir, fmt.Sprintf("%d.pdf", size.bytes)), plainPDF(size.bytes), 1, func(in []byte, out io.Writer) error {
			_, err := pades.Sign(t.Context(), bytes.NewReader(in), int64(len(in)), out, pades.Options{
				Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: time.Now},
			})
			return err
		}))
	}
	root, err := certs.Parse(h.Root().Raw)
	must(err)
	trust := certs.NewTrustStore(root)
	for _, m := range benchMade() {
		must(writeSigned(filepath.Join(dir, m.file), plainPDF(m.bytes), m.signatures, func(in []byte, out io.Writer) error {
			_, err := pades.Sign(t.Context(), bytes.NewReader(in), int64(len(in)), out, pades.Options{Request: signing.Request{
				Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: time.Now, Level: m.level, Timestamper: h, TimestampTrust: trust,
				Evidence: &signing.Collector{Trust: trust, Revocation: h.Responders(nil), Now: time.Now},
			}})
			return err
		}))
	}
}

// writeSigned has a document signed so many times, one signature after the other, and writes it.
func writeSigned(path string, document []byte, times int, sign func(in []byte, out io.Writer) error) error {
	for range times {
		var out bytes.Buffer
		if err := sign(document, &out); err != nil {
			return err
		}
		document = out.Bytes()
	}
	return os.WriteFile(path, document, 0o644)
}

// plainPDF is a PDF of one page with an image-like stream of the given size that does not compress.
func plainPDF(size int) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(body string) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(offsets), body)
	}
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Kids[3 0 R]/Count 1>>")
	object("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>")
	object("<</Length 27>>\nstream\nq 500 0 0 500 40 200 cm Q  \nendstream")
	noise := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	random.Read(noise)
	offsets = append(offsets, b.Len())
	fmt.Fprintf(&b, "5 0 obj\n<</Type/XObject/Subtype/Image/Width 1/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Length %d>>\nstream\n", size, size)
	b.Write(noise)
	b.WriteString("\nendstream\nendobj\n")
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R/ID[<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>]>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, start)
	return b.Bytes()
}
