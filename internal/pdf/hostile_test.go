package pdf

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// bomb inflates to n zero bytes.
func bomb(n int64) string {
	var out bytes.Buffer
	w, _ := zlib.NewWriterLevel(&out, zlib.BestCompression)
	_, _ = io.CopyN(w, zeros{}, n)
	_ = w.Close()
	return out.String()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// everything does what a validator does with a file.
func everything(r io.ReaderAt, size int64, l Limits) error {
	d, err := Open(r, size, Options{Limits: l})
	if err != nil {
		return err
	}
	d.Revisions()
	sigs, err := d.Signatures()
	for _, s := range sigs {
		if _, err := d.Changes(s); err != nil {
			return err
		}
		s.Coverage()
	}
	d.pageList()
	if _, err := d.DSS(); err != nil {
		return err
	}
	for n := range min(d.NextObject(), 2000) {
		if s, ok := d.Resolve(Ref{n, 0}).(*Stream); ok {
			_, _ = d.DecodeStream(s)
		}
	}
	return err
}

// typed tells that an error is one that callers can tell apart.
func typed(err error) bool {
	return err == nil || errors.Is(err, ErrNotPDF) || errors.Is(err, ErrPassword) || errors.As(err, new(*FormatError)) ||
		errors.As(err, new(*LimitError)) || errors.As(err, new(*EncryptionError)) || errors.As(err, new(*FilterError))
}

func one(objects ...string) []byte {
	b := newBuilder()
	for i, o := range objects {
		b.obj(i+1, o)
	}
	return b.finish("/Root 1 0 R").Bytes()
}

func objStream(n, first int, body string) string {
	z := deflate(body)
	return fmt.Sprintf("<</Type /ObjStm /N %d /First %d /Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream", n, first, len(z), z)
}

// compressedIn is a file whose cross-reference stream puts object 1 into an object stream of the given number.
func compressedIn(holder uint32, rows string, objects ...string) []byte {
	b := newBuilder()
	for i, o := range objects {
		b.obj(i+2, o)
	}
	at := b.Len()
	all := xrefRow(0, 0, 65535) + xrefRow(2, holder, 0) + rows
	b.stream(9, "/Type /XRef /Size 10 /Root 1 0 R /W [1 4 2]", all)
	fmt.Fprintf(b, "startxref\n%d\n%%%%EOF\n", at)
	return b.Bytes()
}

func prevLoop() []byte {
	b := simple()
	s := b.String()
	x := strings.LastIndex(s, "xref\n0")
	return []byte(strings.Replace(s, "/Root 1 0 R", fmt.Sprintf("/Root 1 0 R /Prev %d", x), 1))
}

func wideTree(kind string) []byte {
	var kids strings.Builder
	for range 20_000 {
		kids.WriteString("3 0 R ")
	}
	return one("<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [2 0 R]>>>>", "<<"+kind+" /T (a) /Kids ["+kids.String()+"]>>",
		"<<"+kind+" /T (b) /Kids ["+kids.String()+"]>>")
}

func deepTree(n int) []byte {
	objects := []string{"<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [2 0 R]>>>>"}
	for i := range n {
		objects = append(objects, fmt.Sprintf("<</Type /Pages /T (a) /Kids [%d 0 R]>>", i+3))
	}
	return one(objects...)
}

func manyRevisions(n int) []byte {
	b := signed("", "", "")
	for i := range n {
		b.obj(oNext, fmt.Sprintf("(%d)", i))
		root(b)
	}
	return b.Bytes()
}

// chained is a signed file and an update, both with a chain of n objects below the outlines.
func chained(n int) []byte {
	b := signed(" /Outlines 20 0 R", "", "")
	for _, last := range []string{"(x)", "(y)"} {
		for i := range n {
			b.obj(20+i, fmt.Sprintf("<</Next %d 0 R /Prev 20 0 R>>", 21+i))
		}
		b.obj(20+n, last)
		root(b)
	}
	return b.Bytes()
}

func TestHostileFiles(t *testing.T) {
	page := "<</Type /Catalog /Pages 2 0 R>>"
	big := bomb(100 << 20) // more than Limits.Stream
	cases := map[string][]byte{
		"Prev that is its own":                prevLoop(),
		"object stream that holds itself":     compressedIn(2, xrefRow(2, 2, 0), objStream(2, 8, "1 0 2 5 <<>>  <<>>")),
		"object stream in an object stream":   compressedIn(2, xrefRow(2, 3, 0)+xrefRow(2, 2, 0), "1", "2"),
		"object stream that is the catalogue": compressedIn(1, "", "1"),
		"length that is its own stream":       one(page, "<</Length 2 0 R>>\nstream\nx\nendstream"),
		"lengths that name each other":        one(page, "<</Length 3 0 R>>\nstream\nx\nendstream", "<</Length 2 0 R>>\nstream\nx\nendstream"),
		"reference loop":                      one("<</Pages 2 0 R>>", "3 0 R", "2 0 R"),
		"negative length":                     one(page, "<</Length -5>>\nstream\nx\nendstream"),
		"length beyond the file":              one(page, "<</Length 99999999999>>\nstream\nx"),
		"deep arrays":                         one(page, strings.Repeat("[", 100_000)),
		"deep dictionaries":                   one(page, strings.Repeat("<</A", 100_000)),
		"page tree that is its own kid":       one(page, "<</Type /Pages /Kids [2 0 R 2 0 R]>>"),
		"wide page tree":                      wideTree("/Type /Pages"),
		"wide field tree":                     wideTree("/FT /Sig"),
		"deep trees":                          deepTree(20_000),
		"deflate bomb":                        one(page, fmt.Sprintf("<</Filter /FlateDecode /Length %d>>\nstream\n%s\nendstream", len(big), big)),
		"bomb in the DSS":                     one("<</Pages 2 0 R /DSS <</Certs [3 0 R 3 0 R 4 0 R]>>>>", "<<>>", "<</Filter /FlateDecode>>\nstream\n"+big+"\nendstream", "<</Filter /FlateDecode>>\nstream\n"+big+"\nendstream"),
		"filters without end":                 one(page, "<</Filter ["+strings.Repeat("/FlateDecode ", 1000)+"] /Length 1>>\nstream\nx\nendstream"),
		"enormous subsection":                 []byte("%PDF-1.7\nxref\n0 2147483647\n0000000000 65535 f \ntrailer\n<</Root 1 0 R>>\nstartxref\n9\n%%EOF"),
		"enormous columns":                    one(page, "<</Filter /FlateDecode /DecodeParms <</Predictor 12 /Columns 2147483647>> /Length 1>>\nstream\nx\nendstream"),
		"many revisions":                      manyRevisions(300),
		"long chain":                          chained(3000),
		"string without end":                  one(page, "("+strings.Repeat("(", 1<<20)),
		"many startxref":                      append(simple().Bytes(), strings.Repeat("startxref 5 ", 100_000)...),
		"no end of objects":                   append([]byte("%PDF-1.7\n"), strings.Repeat("1 0 obj ", 100_000)...),
	}
	for name, raw := range cases {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := everything(bytes.NewReader(raw), int64(len(raw)), Limits{})
			runtime.ReadMemStats(&after)
			if !typed(err) {
				t.Errorf("untyped error %v", err)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 256<<20+64*uint64(len(raw)) { // a measure of the work
				t.Errorf("%d MB were allocated for %d KB", got>>20, len(raw)>>10)
			}
			if used := after.HeapSys - before.HeapSys; after.HeapSys > before.HeapSys && used > 512<<20 {
				t.Errorf("the heap grew by %d MB", used>>20)
			}
		})
	}
}

// sparse is a file of which all but a head and a tail are zero bytes: a large stream.
type sparse struct {
	head, tail []byte
	size       int64
	read       int64
}

func (s *sparse) ReadAt(p []byte, off int64) (int, error) {
	if off >= s.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), s.size-off))
	s.read += int64(n)
	clear(p[:n])
	if off < int64(len(s.head)) {
		copy(p[:n], s.head[off:])
	}
	start := s.size - int64(len(s.tail))
	for i := max(start-off, 0); i < int64(n); i++ {
		p[i] = s.tail[off+i-start]
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// A large file is not read to be opened, and not held to be compared.
func TestLargeFileStaysOutOfMemory(t *testing.T) {
	const size = 100 << 20
	b := newBuilder()
	b.obj(1, "<</Type /Catalog /Pages 2 0 R>>")
	b.obj(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	b.obj(3, "<</Type /Page /Parent 2 0 R /Contents 4 0 R>>")
	at4 := b.Len()
	head := b.String() + fmt.Sprintf("4 0 obj\n<</Length %d>>\nstream\n", size)
	at := func(s string) int { return strings.Index(head, s) }
	tail := "\nendstream\nendobj\nxref\n0 5\n0000000000 65535 f \n"
	for _, o := range []int{at("1 0 obj"), at("2 0 obj"), at("3 0 obj"), at4} {
		tail += fmt.Sprintf("%010d 00000 n \n", o)
	}
	xref := int64(len(head)) + size + int64(strings.Index(tail, "xref"))
	tail += fmt.Sprintf("trailer\n<</Size 5 /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", xref)
	f := &sparse{head: []byte(head), tail: []byte(tail), size: int64(len(head)+len(tail)) + size}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	d, err := Open(f, f.size, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Signatures(); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if len(d.pageList().list) != 1 || len(d.Problems()) != 0 {
		t.Fatal(d.Problems())
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 2<<20 || f.read > 2<<20 {
		t.Fatalf("%d bytes allocated, %d read", used, f.read)
	}
}

func TestLimits(t *testing.T) {
	b := simple()
	b.stream(5, "/Filter /FlateDecode", bomb(1<<20))
	raw := b.finish("/Root 1 0 R").Bytes()
	for name, l := range map[string]Limits{"objects": {Objects: 3}, "revisions": {Revisions: 1}} {
		var limit *LimitError
		if _, err := Open(bytes.NewReader(raw), int64(len(raw)), Options{Limits: l}); !errors.As(err, &limit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, l := range map[string]Limits{"stream": {Stream: 1000}, "inflated": {Inflated: 1000}} {
		d, err := Open(bytes.NewReader(raw), int64(len(raw)), Options{Limits: l})
		if err != nil {
			t.Fatal(err)
		}
		s, _ := d.Resolve(Ref{5, 0}).(*Stream)
		var limit *LimitError
		if _, err := d.DecodeStream(s); !errors.As(err, &limit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
