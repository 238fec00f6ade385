package verify_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/signing"
	"mohur/signing/pades"
	"mohur/verify"
)

// noon is when the documents of these tests are signed and, unless a test says otherwise, verified.
func noon() time.Time { return demopki.Epoch().Add(3 * time.Hour) }

// world is a hierarchy, whose clock a test may move, and what a verifier knows of it.
type world struct {
	t     testing.TB
	clock time.Time
	noon  time.Time // when the documents of the combinations are signed
	pki   *demopki.Hierarchy
	trust *certs.TrustStore
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: noon()}
	h, err := demopki.New(demopki.Options{Now: func() time.Time { return w.clock }})
	if err != nil {
		t.Fatal(err)
	}
	w.pki = h
	w.trust = certs.NewTrustStore(w.parse(h.Root().Raw))
	return w
}

func (w *world) parse(der []byte) *certs.Certificate {
	w.t.Helper()
	c, err := certs.Parse(der)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) person(p demopki.Person) *demopki.Signer {
	w.t.Helper()
	s, err := w.pki.Person(p)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// crls is today's revocation data at a time.
func (w *world) crls(at time.Time) *certs.MemoryRevocation {
	w.t.Helper()
	lists, err := w.pki.CRLsAt(at)
	if err != nil {
		w.t.Fatal(err)
	}
	m := &certs.MemoryRevocation{}
	for _, der := range lists {
		l, err := certs.ParseCRL(der)
		if err != nil {
			w.t.Fatal(err)
		}
		m.Add(certs.RevocationData{CRL: l, Origin: certs.OriginInput})
	}
	return m
}

// sign signs a PDF at the world's clock; edit changes the options.
func (w *world) sign(doc []byte, s *demopki.Signer, edit func(*pades.Options)) []byte {
	w.t.Helper()
	o := pades.Options{Request: signing.Request{Signer: s.Key, Certificate: s.Certificate, Chain: s.Chain, Now: func() time.Time { return w.clock }}}
	if edit != nil {
		edit(&o)
	}
	var out bytes.Buffer
	if _, err := pades.Sign(context.Background(), bytes.NewReader(doc), int64(len(doc)), &out, o); err != nil {
		w.t.Fatal(err)
	}
	return out.Bytes()
}

// backDated signs with a clock that is so many days off, as the authority's: the program itself takes no token of another time than its own.
func backDated(tsa signing.Timestamper, days int) func(*pades.Options) {
	return func(o *pades.Options) {
		stamped(tsa)(o)
		o.Now = func() time.Time { return noon().AddDate(0, 0, days) }
	}
}

// stamped asks for a signature timestamp of an authority.
func stamped(tsa signing.Timestamper) func(*pades.Options) {
	return func(o *pades.Options) { o.Level, o.Timestamper = signing.BaselineT, tsa }
}

// input is a document with everything a verifier has at noon.
func (w *world) input(doc []byte) verify.Input {
	return verify.Input{
		Name: "letter.pdf", Content: bytes.NewReader(doc), Size: int64(len(doc)), Trust: w.trust, Revocation: w.crls(w.clock), Time: w.clock.Add(time.Minute),
	}
}

// verify judges a document by the basic policy.
func (w *world) verify(in verify.Input) *verify.Report {
	w.t.Helper()
	return w.verifyBy(in, nil)
}

func (w *world) verifyBy(in verify.Input, p *verify.Policy) *verify.Report {
	w.t.Helper()
	r, err := verify.Document(context.Background(), in, p)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// message makes a CMS signature over content.
func (w *world) message(s *demopki.Signer, content []byte, edit func(*cms.Builder)) []byte {
	w.t.Helper()
	b := cms.Builder{Certificate: s.Certificate, Chain: s.Chain, SigningTime: w.clock}
	if edit != nil {
		edit(&b)
	}
	d, err := b.ContentDigest()
	if err != nil {
		w.t.Fatal(err)
	}
	out, err := b.Sign(context.Background(), s.Key, d.Sum(content))
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// page is a PDF of one page with a line of text.
func page(text string) []byte {
	content := "BT /F1 24 Tf 72 720 Td (" + text + ") Tj ET"
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// update appends a revision that replaces one object.
func update(doc []byte, object int, body string) []byte {
	text := string(doc)
	last := text[strings.LastIndex(text, "startxref")+len("startxref"):]
	var prev int
	fmt.Sscan(last, &prev)
	trailer := text[strings.LastIndex(text, "trailer"):]
	trailer = trailer[strings.Index(trailer, "<<")+2 : strings.Index(trailer, "startxref")]
	trailer = trailer[:strings.LastIndex(trailer, ">>")]
	if i := strings.Index(trailer, "/Prev"); i >= 0 {
		rest := strings.TrimLeft(trailer[i+5:], " 0123456789")
		trailer = trailer[:i] + rest
	}
	var b bytes.Buffer
	b.Write(doc)
	at := b.Len()
	fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", object, body)
	start := b.Len()
	fmt.Fprintf(&b, "xref\n%d 1\n%010d 00000 n \ntrailer\n<<%s /Prev %d >>\nstartxref\n%d\n%%%%EOF\n", object, at, trailer, prev, start)
	return b.Bytes()
}

// reasonKeys lists the keys of a signature's reasons of a severity.
func reasonKeys(s *verify.SignatureReport, severity verify.Severity) []string {
	var out []string
	for _, r := range s.Reasons {
		if r.Severity == severity {
			out = append(out, r.Key)
		}
	}
	return out
}
