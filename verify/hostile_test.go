package verify_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"mohur/internal/asn1"
	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// pdfWriter writes a PDF object by object; each end closes a revision with a table of what was written since the last one.
type pdfWriter struct {
	bytes.Buffer
	lines []string // of the next table: number and entry
	size  int
	prev  int
	open  []int // where ByteRanges wait for the end of the revision
}

func newPDF() *pdfWriter {
	p := &pdfWriter{}
	p.WriteString("%PDF-1.7\n%\xE2\xE3\xCF\xD3\n")
	return p
}

func (p *pdfWriter) obj(n int, body string) *pdfWriter {
	p.lines = append(p.lines, fmt.Sprintf("%d 1\n%010d 00000 n \n", n, p.Len()))
	p.size = max(p.size, n+1)
	fmt.Fprintf(p, "%d 0 obj\n%s\nendobj\n", n, body)
	return p
}

func (p *pdfWriter) stream(n int, dict string, body []byte) *pdfWriter {
	return p.obj(n, fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(body), body))
}

const byteRange = "[0000000000 0000000000 0000000000 0000000000]"

// signature writes a signature dictionary over its revision; the value is no message that anybody signed.
func (p *pdfWriter) signature(n int, contents string) *pdfWriter {
	p.obj(n, "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange "+byteRange+" /Contents <"+contents+">>>")
	p.open = append(p.open, bytes.LastIndex(p.Bytes(), []byte(byteRange)))
	return p
}

func (p *pdfWriter) end(trailer string) *pdfWriter {
	at := p.Len()
	fmt.Fprintf(p, "xref\n%s", strings.Join(p.lines, ""))
	prev := ""
	if p.prev > 0 {
		prev = fmt.Sprintf(" /Prev %d", p.prev)
	}
	fmt.Fprintf(p, "trailer\n<</Size %d /Root 1 0 R%s %s>>\nstartxref\n%d\n%%%%EOF\n", p.size, prev, trailer, at)
	p.prev, p.lines = at, nil
	raw := p.Bytes()
	for _, at := range p.open {
		from := at + bytes.Index(raw[at:], []byte("/Contents ")) + len("/Contents ")
		to := from + bytes.IndexByte(raw[from:], '>') + 1
		copy(raw[at:], fmt.Sprintf("[%010d %010d %010d %010d]", 0, from, to, len(raw)-to))
	}
	p.open = nil
	return p
}

// pages writes the catalogue and a page; extra goes into the catalogue, annots onto the page.
func (p *pdfWriter) pages(extra, annots string) *pdfWriter {
	return p.obj(1, "<</Type /Catalog /Pages 2 0 R"+extra+">>").obj(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>").
		obj(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200]"+annots+">>")
}

// signedPDF is a file with one signature, whose catalogue has some more.
func signedPDF(extra, annots string, more ...string) *pdfWriter {
	p := newPDF().pages(" /AcroForm <</Fields [4 0 R]>>"+extra, annots).obj(4, "<</FT /Sig /T (s) /V 5 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0]>>")
	p.signature(5, "3003020101")
	for i, o := range more {
		p.obj(10+i, o)
	}
	return p.end("")
}

func deflated(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// bomb inflates to so many zero bytes.
func bomb(n int64) []byte {
	var out bytes.Buffer
	w, _ := zlib.NewWriterLevel(&out, zlib.BestSpeed)
	_, _ = io.CopyN(w, nulls{}, n)
	_ = w.Close()
	return out.Bytes()
}

type nulls struct{}

func (nulls) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// xrefStream ends a file with a cross-reference stream over rows of one, four and two bytes.
func (p *pdfWriter) xrefStream(n int, extra string, data []byte) []byte {
	at := p.Len()
	p.stream(n, fmt.Sprintf("/Type /XRef /Root 1 0 R /W [1 4 2] %s", extra), data)
	fmt.Fprintf(p, "startxref\n%d\n%%%%EOF\n", at)
	return p.Bytes()
}

func row(kind byte, a uint32, b uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint32([]byte{kind}, a), b)
}

// compressed is a file whose catalogue lies in an object stream.
func compressed(stream string, rows ...[]byte) []byte {
	p := newPDF()
	at := p.Len()
	p.obj(2, stream)
	all := bytes.Join(append([][]byte{row(0, 0, 65535), row(2, 2, 0), row(1, uint32(at), 0)}, rows...), nil)
	return p.xrefStream(9, "/Size 10", all)
}

func objectStream(n, first int, dict string, body []byte) string {
	return fmt.Sprintf("<</Type /ObjStm /N %d /First %d %s /Length %d>>\nstream\n%s\nendstream", n, first, dict, len(body), body)
}

func refs(first, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%d 0 R ", first+i)
	}
	return b.String()
}

// hostile are files that somebody made to cost more than they should. What is said of them does not matter, only that it is said soon.
func hostile() map[string]func() []byte {
	flate := "/Filter /FlateDecode"
	catalog := " <</Type /Catalog /Pages 3 0 R>>"
	return map[string]func() []byte{
		"Prev that is its own":      func() []byte { return newPDF().pages("", "").end(fmt.Sprintf("/Prev %d", 0)).Bytes() },
		"100,000 startxref":         func() []byte { return append(signedPDF("", "").Bytes(), strings.Repeat("startxref 5 ", 100_000)...) },
		"100,000 xref":              func() []byte { return append(signedPDF("", "").Bytes(), strings.Repeat("\nxref\n0 1\n", 100_000)...) },
		"100,000 ends of file":      func() []byte { return append(signedPDF("", "").Bytes(), strings.Repeat("%%EOF\n", 100_000)...) },
		"20 MB of white space":      func() []byte { return append(signedPDF("", "").Bytes(), bytes.Repeat([]byte{' '}, 20<<20)...) },
		"1,000,000 object headers":  func() []byte { return append([]byte("%PDF-1.7\n"), strings.Repeat("1 0 obj ", 1_000_000)...) },
		"1,000 revisions":           manyRevisions,
		"1,900 revisions of a form": manyFormRevisions,
		"1,000 signatures":          func() []byte { return manySignatures(1000) },
		"20,000 orphans":            manyOrphans,
		"1,000,000 entries": func() []byte {
			return newPDF().pages("", "").xrefStream(9, flate+" /Size 1000000", deflated(bytes.Repeat(row(1, 9, 0), 1_000_000)))
		},
		"10,000,000 entries": func() []byte {
			return newPDF().pages("", "").xrefStream(9, flate+" /Size 10000000", bomb(70_000_000))
		},
		"object stream that holds itself": func() []byte { return compressed(objectStream(1, 4, "", []byte("1 0 "+catalog)), row(2, 2, 0)) },
		"object stream in another": func() []byte {
			return newPDF().xrefStream(9, "/Size 4", bytes.Join([][]byte{row(0, 0, 0), row(2, 2, 0), row(2, 3, 0), row(2, 2, 0)}, nil))
		},
		"object stream of 100 MB": func() []byte { return compressed(objectStream(1, 4, flate, bomb(100<<20))) },
		"object stream of a million": func() []byte {
			index := strings.Repeat("5 0 ", 1_000_000)
			return compressed(objectStream(1_000_000, len(index), flate, deflated([]byte(index+catalog))))
		},
		"bombs in bombs": func() []byte {
			return signedPDF(" /DSS <</Certs [10 0 R]>>", "", stream("[/FlateDecode /FlateDecode /FlateDecode]", deflated(deflated(bomb(100<<20))))).Bytes()
		},
		"100 bombs in the DSS": func() []byte {
			bombs := slices.Repeat([]string{stream("/FlateDecode", bomb(8<<20))}, 100)
			return signedPDF(" /DSS <</Certs ["+refs(10, 100)+"] /CRLs ["+refs(10, 100)+"]>>", "", bombs...).Bytes()
		},
		"LZW without end": func() []byte {
			return signedPDF(" /DSS <</CRLs [10 0 R]>>", "", stream("/LZWDecode", bytes.Repeat([]byte{0x80, 0x0b, 0x60, 0x50, 0x22}, 400_000))).Bytes()
		},
		"run lengths": func() []byte {
			return signedPDF(" /DSS <</CRLs [10 0 R]>>", "", stream("/RunLengthDecode", bytes.Repeat([]byte{129, 0}, 1_000_000))).Bytes()
		},
		"predictor with enormous rows": func() []byte {
			return signedPDF(" /DSS <</CRLs [10 0 R]>>", "", stream("/FlateDecode /DecodeParms <</Predictor 12 /Columns 4194304 /Colors 64>>", bomb(1<<20))).Bytes()
		},
		"predictor with tiny rows": func() []byte {
			return signedPDF(" /DSS <</CRLs [10 0 R]>>", "", stream("/FlateDecode /DecodeParms <</Predictor 15 /Columns 1>>", bomb(64<<20))).Bytes()
		},
		"1,000 filters": func() []byte {
			return signedPDF(" /DSS <</CRLs [10 0 R]>>", "", stream("["+strings.Repeat("/FlateDecode ", 1000)+"]", bomb(1<<20))).Bytes()
		},
		"lengths that name each other": func() []byte {
			return signedPDF(" /DSS <</CRLs [10 0 R 11 0 R]>>", "", "<</Length 11 0 R>>\nstream\nx\nendstream", "<</Length 10 0 R>>\nstream\nx\nendstream").Bytes()
		},
		"reference loop":    func() []byte { return signedPDF(" /DSS 10 0 R", "", "11 0 R", "10 0 R").Bytes() },
		"deep arrays":       func() []byte { return signedPDF(" /X 10 0 R", "", strings.Repeat("[", 1_000_000)).Bytes() },
		"deep dictionaries": func() []byte { return signedPDF(" /X 10 0 R", "", strings.Repeat("<</A", 500_000)).Bytes() },
		"2,000,000 dictionaries": func() []byte {
			return updated(signedPDF(" /Dests 10 0 R", "", "["+strings.Repeat("<<>>", 2_000_000)+"]"))
		},
		"1,000,000 small entries": func() []byte {
			return updated(signedPDF(" /Dests 10 0 R", "", "["+strings.Repeat("<</A 1>>", 700_000)+"]"))
		},
		"string of 20 MB":          func() []byte { return signedPDF(" /X 10 0 R", "", "("+strings.Repeat("(", 20<<20)).Bytes() },
		"wide page tree":           func() []byte { return wide("/Type /Pages") },
		"wide field tree":          func() []byte { return wide("/FT /Tx") },
		"20,000 fields of a name":  func() []byte { return fields(func(int) string { return "a" }) },
		"20,000 fields":            func() []byte { return fields(func(i int) string { return fmt.Sprint(i) }) },
		"deep trees":               deepTrees,
		"50,000 annotations":       func() []byte { return annotations("<</Type /Annot /Subtype /Link /Rect [0 0 1 1]>> ") },
		"50,000 empty annotations": func() []byte { return annotations("<<>> ") },
		"chain of 50,000 objects":  longChain,
		"30,000 VRI": func() []byte {
			var vri strings.Builder
			for i := range 30_000 {
				fmt.Fprintf(&vri, "/%040X <</Cert [10 0 R 10 0 R]>>", i)
			}
			return signedPDF(" /DSS <</VRI <<"+vri.String()+">>>>", "", stream("/FlateDecode", bomb(1<<10))).Bytes()
		},
		"comments": func() []byte { return signedPDF(" /X 10 0 R", "", strings.Repeat("%\n", 5_000_000)+"1").Bytes() },
		"message of nested indefinite lengths": func() []byte {
			return append(bytes.Repeat([]byte{0x30, 0x80}, 2_000_000), make([]byte, 4_000_000)...)
		},
		"message of 1,000,000 sets": func() []byte {
			return asn1.Sequence(asn1.OID("1.2.840.113549.1.7.2"), asn1.Explicit(0, asn1.Sequence(bytes.Repeat([]byte{0x31, 0}, 1_000_000))))
		},
	}
}

func stream(filter string, body []byte) string {
	return fmt.Sprintf("<</Filter %s /Length %d>>\nstream\n%s\nendstream", filter, len(body), body)
}

// updated appends a revision that changes the page.
func updated(p *pdfWriter) []byte {
	return p.obj(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 201]>>").end("").Bytes()
}

func manyRevisions() []byte {
	p := signedPDF("", "")
	for i := range 1000 {
		p.obj(20, fmt.Sprint(i)).end("")
	}
	return p.Bytes()
}

// manyFormRevisions changes a field of a form with many in each revision.
func manyFormRevisions() []byte {
	p := signedPDF("", "")
	p.obj(1, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [4 0 R "+refs(10, 500)+"]>>>>")
	for i := range 500 {
		p.obj(10+i, fmt.Sprintf("<</FT /Tx /T (%d) /V (a)>>", i))
	}
	p.end("")
	for i := range 1900 {
		p.obj(10+i%500, fmt.Sprintf("<</FT /Tx /T (%d) /V (%d)>>", i%500, i)).end("")
	}
	return p.Bytes()
}

// manySignatures signs n times, each in a revision and a field of its own.
func manySignatures(n int) []byte {
	p := newPDF().pages("", "").end("")
	var list strings.Builder
	for i := range n {
		field := 10 + 2*i
		fmt.Fprintf(&list, "%d 0 R ", field)
		p.pages(" /AcroForm <</SigFlags 3 /Fields 4 0 R>>", " /Annots 4 0 R").obj(4, "["+list.String()+"]").
			obj(field, fmt.Sprintf("<</FT /Sig /T (s%d) /V %d 0 R /Type /Annot /Subtype /Widget /Rect [0 0 0 0] /P 3 0 R>>", i, field+1)).
			signature(field+1, "3003020101").end("")
	}
	return p.Bytes()
}

func manyOrphans() []byte {
	p := signedPDF("", "")
	for i := range 20_000 {
		p.obj(10+i, "<</Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 9 19 9] /Contents <3003020101>>>")
	}
	return p.end("").Bytes()
}

func wide(kind string) []byte {
	kids := strings.Repeat("11 0 R ", 100_000)
	return signedPDF("", "").obj(1, "<</Type /Catalog /Pages 10 0 R /AcroForm <</Fields [10 0 R]>>>>").obj(10, "<<"+kind+" /T (a) /Kids ["+kids+"]>>").
		obj(11, "<<"+kind+" /T (b) /Kids ["+kids+"]>>").end("").Bytes()
}

func fields(name func(int) string) []byte {
	p := signedPDF("", "")
	const n = 20_000
	p.obj(1, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [4 0 R "+refs(10, n)+"]>>>>")
	for i := range n {
		p.obj(10+i, "<</FT /Tx /T ("+name(i)+") /V (a)>>")
	}
	return updated(p.end(""))
}

func deepTrees() []byte {
	p := signedPDF("", "").obj(1, "<</Type /Catalog /Pages 10 0 R /AcroForm <</Fields [10 0 R]>>>>")
	for i := range 50_000 {
		p.obj(10+i, fmt.Sprintf("<</Type /Pages /T (a) /Kids [%d 0 R]>>", 11+i))
	}
	return p.end("").Bytes()
}

// annotations puts direct annotations onto the page, then others in their place.
func annotations(one string) []byte {
	all := strings.Repeat(one, 50_000)
	p := signedPDF("", " /Annots ["+all+"]")
	return p.obj(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Annots [<</A 1>> "+strings.ReplaceAll(all, "1 1", "1 2")+"]>>").end("").Bytes()
}

// longChain is a chain of objects below the outlines, whose last one an update replaces.
func longChain() []byte {
	p := signedPDF(" /Outlines 10 0 R", "")
	const n = 50_000
	for _, last := range []string{"(x)", "(y)"} {
		for i := range n {
			p.obj(10+i, fmt.Sprintf("<</Next %d 0 R /Prev 10 0 R>>", 11+i))
		}
		p.obj(10+n, last).end("")
	}
	return p.Bytes()
}

// TestManyNamesakes: a crowd of false certificates of the signer's authority neither hides the true one nor costs much.
func TestManyNamesakes(t *testing.T) {
	in := manyNamesakes(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := verify.Document(context.Background(), in, nil)
	runtime.ReadMemStats(&after)
	if err != nil || r.Indication != etsi.TotalPassed {
		t.Errorf("%v %+v", err, r)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
		t.Errorf("%d MB allocated", got>>20)
	}
}

// manyNamesakes is a B-LTA whose DSS has a crowd of certificates with the name of the signer's authority.
func manyNamesakes(t testing.TB) verify.Input {
	w := newWorld(t)
	s := w.person(demopki.Person{})
	var crowd [][]byte
	for i := range 1000 { // the same name and key identifier, another key: a copy of the authority with a bit of its key turned over
		der := bytes.Clone(w.pki.PersonsCA().Raw)
		der[len(der)-1-i%64] ^= byte(1 + i/64)
		crowd = append(crowd, der)
	}
	return w.input(w.archiveWith(w.sign(page("salam"), s, stamped(w.pki)), crowd, s))
}

const (
	hostileHeap      = 64 << 20  // bytes in memory at any one time
	hostileAllocated = 256 << 20 // bytes in all, garbage included: a measure of the work
	hostileParsed    = 64        // bytes more for each of the file, which objects need that are really there
	hostileRead      = 24        // bytes read for each of the file, and a megabyte
)

// watchingReader counts the bytes that are read, and looks at the heap meanwhile.
type watchingReader struct {
	io.ReaderAt
	read, calls int64
	heap        uint64
}

func (c *watchingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.read += int64(n)
	if c.calls++; c.calls%64 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		c.heap = max(c.heap, m.HeapAlloc)
	}
	return n, err
}

// TestHostileFilesAreBounded: memory, work and reading stay within bounds for every hostile file, nothing passes, and errors are typed.
func TestHostileFilesAreBounded(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	for name, make := range hostile() {
		t.Run(name, func(t *testing.T) {
			raw := make()
			content := &watchingReader{ReaderAt: bytes.NewReader(raw)}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			r, err := verify.Document(context.Background(), verify.Input{Name: "x", Content: content, Size: int64(len(raw)), Time: noon()}, nil)
			runtime.ReadMemStats(&after)
			if err != nil && !errors.As(err, new(*verify.Error)) || err == nil && r.Indication == etsi.TotalPassed {
				t.Errorf("%v, error %v", r, err)
			}
			size := uint64(len(raw))
			if got := max(content.heap, after.HeapAlloc) - min(before.HeapAlloc, after.HeapAlloc); got > hostileHeap+hostileParsed*size {
				t.Errorf("%d MB in memory for a file of %d KB", got>>20, size>>10)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > hostileAllocated+hostileParsed*size {
				t.Errorf("%d MB allocated for a file of %d KB", got>>20, size>>10)
			}
			if content.read > hostileRead*int64(size)+1<<20 {
				t.Errorf("%d KB read of %d KB", content.read>>10, size>>10)
			}
		})
	}
}

// BenchmarkHostile prints what each hostile file costs.
func BenchmarkHostile(b *testing.B) {
	for name, make := range hostile() {
		b.Run(name, func(b *testing.B) {
			raw := make()
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			start := cpuTime(b)
			for b.Loop() {
				_, _ = verify.Document(context.Background(), verify.Input{Name: "x", Content: bytes.NewReader(raw), Size: int64(len(raw)), Time: noon()}, nil)
			}
			b.ReportMetric(float64((cpuTime(b)-start).Microseconds())/1000/float64(b.N), "cpu-ms/op")
		})
	}
}
