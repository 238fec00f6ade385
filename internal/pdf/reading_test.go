package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// streamed is a file whose cross-reference data is a stream and whose catalogue lies in an object stream.
func streamed(extra string) []byte {
	b := newBuilder()
	b.obj(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	pages := b.Len()
	b.obj(3, "<</Type /Page /Parent 2 0 R /Contents 6 0 R>>")
	at3 := bytes.Index(b.Bytes(), []byte("3 0 obj"))
	_ = pages
	at4 := b.Len()
	body := "1 0 5 34 <</Type /Catalog /Pages 2 0 R >>  (five)"
	b.stream(4, "/Type /ObjStm /N 2 /First 9 /Filter /FlateDecode", deflate(body))
	at6 := b.Len()
	b.stream(6, "", "Q")
	at7 := b.Len()
	at2 := bytes.Index(b.Bytes(), []byte("2 0 obj"))
	rows := xrefRow(0, 0, 65535) + xrefRow(2, 4, 0) + xrefRow(1, uint32(at2), 0) + xrefRow(1, uint32(at3), 0) + xrefRow(1, uint32(at4), 0) +
		xrefRow(2, 4, 1) + xrefRow(1, uint32(at6), 0) + xrefRow(1, uint32(at7), 0)
	b.stream(7, "/Type /XRef /Size 8 /Root 1 0 R /W [1 4 2] /Filter /FlateDecode "+extra, deflate(rows))
	fmt.Fprintf(b, "startxref\n%d\n%%%%EOF\n", at7)
	return b.Bytes()
}

func TestOpenStreams(t *testing.T) {
	d := open(t, streamed(""))
	if d.XRefKind() != XRefStream || len(d.Problems()) != 0 {
		t.Fatal(d.XRefKind(), d.Problems())
	}
	if s, ok := d.Resolve(Ref{5, 0}).(String); !ok || string(s) != "five" {
		t.Fatal("member of an object stream")
	}
	if !isNull(d.Resolve(Ref{5, 1})) {
		t.Fatal("a compressed object has generation 0")
	}
	if n := len(d.pageList().list); n != 1 {
		t.Fatal(n, "pages")
	}
	revs := d.Revisions()
	if len(revs) != 1 || revs[0].End != d.Size() {
		t.Fatalf("%+v", revs)
	}
}

// hybrid hides object 5 from readers that know no cross-reference streams; conflict makes the two sources disagree on object 4.
func hybrid(conflict bool) []byte {
	b := newBuilder()
	b.obj(1, "<</Type /Catalog /Pages 2 0 R>>")
	b.obj(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	b.obj(3, "<</Type /Page /Parent 2 0 R /Contents 4 0 R>>")
	b.stream(4, "", "Q")
	at5 := b.Len()
	b.obj(5, "(hidden)")
	delete(b.offsets, 5)
	stm := b.Len()
	index, rows := "[5 1]", xrefRow(1, uint32(at5), 0)
	if conflict {
		index, rows = "[4 2]", xrefRow(1, uint32(at5), 0)+rows
	}
	b.stream(6, "/Type /XRef /Size 7 /W [1 4 2] /Index "+index, rows)
	delete(b.offsets, 6)
	b.finish(fmt.Sprintf("/Root 1 0 R /XRefStm %d", stm))
	return b.Bytes()
}

func TestOpenHybrid(t *testing.T) {
	d := open(t, hybrid(false))
	if s, _ := d.Resolve(Ref{5, 0}).(String); d.XRefKind() != XRefHybrid || string(s) != "hidden" || len(d.Problems()) != 0 {
		t.Fatal(d.XRefKind(), s, d.Problems())
	}
	d = open(t, hybrid(true))
	if _, ok := d.Resolve(Ref{4, 0}).(*Stream); !ok || !hasProblem(d, "PDF_HYBRID_CONFLICT") {
		t.Fatal("two places for one object were not noticed", d.Problems())
	}
}

func hasProblem(d *Document, key string) bool {
	return slices.ContainsFunc(d.Problems(), func(p Problem) bool { return p.Key == key })
}

func TestRevisions(t *testing.T) {
	b := simple()
	b.obj(5, "(two)")
	b.finish("/Root 1 0 R")
	b.obj(5, "(three)")
	b.finish("/Root 1 0 R")
	d := open(t, b.Bytes())
	revs := d.Revisions()
	if len(revs) != 3 {
		t.Fatalf("%+v", revs)
	}
	for i, want := range []string{"", "two", "three"} {
		if revs[i].End != int64(b.ends[i]) {
			t.Errorf("revision %d ends at %d, want %d", i, revs[i].End, b.ends[i])
		}
		v, err := d.At(revs[i].End)
		if err != nil {
			t.Fatal(err)
		}
		if s, _ := v.Resolve(Ref{5, 0}).(String); string(s) != want {
			t.Errorf("revision %d has %q, want %q", i, s, want)
		}
	}
}

// linearized has the first page's section in front and the main one behind, as annex F orders them.
func TestLinearizedIsOneRevision(t *testing.T) {
	b := newBuilder()
	first := b.Len()
	const row = "%010d 00000 n \n"
	head := "xref\n3 1\n" + row + "trailer\n<</Size 5 /Root 1 0 R /Prev %010d>>\nstartxref\n0\n%%%%EOF\n"
	fmt.Fprintf(b, head, 0, 0)
	b.obj(3, "<</Type /Page /Parent 2 0 R>>")
	page3 := bytes.Index(b.Bytes(), []byte("3 0 obj"))
	b.obj(1, "<</Type /Catalog /Pages 2 0 R>>")
	b.obj(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	main := b.Len()
	raw := b.Bytes()
	at := func(s string) int { return bytes.Index(raw, []byte(s)) }
	fmt.Fprintf(b, "xref\n0 3\n0000000000 65535 f \n"+row+row+"trailer\n<</Size 5>>\nstartxref\n%d\n%%%%EOF\n", at("1 0 obj"), at("2 0 obj"), first)
	copy(b.Bytes()[first:], fmt.Sprintf(head, page3, main))
	d := open(t, b.Bytes())
	revs := d.Revisions()
	if len(revs) != 1 || revs[0].End != d.Size() || len(d.pageList().list) != 1 {
		t.Fatalf("%+v %v", revs, d.Problems())
	}
}

func TestToleratedFaults(t *testing.T) {
	plain := simple().String()
	start := strings.LastIndex(plain, "startxref")
	cases := []struct{ name, raw, problem string }{
		{"bytes before the header", "MIME stuff\n" + plain, "PDF_LEADING_BYTES"},
		{"startxref a little off", plain[:start] + fmt.Sprintf("startxref\n%d\n%%%%EOF\n", strings.Index(plain, "xref\n")+5), "PDF_STARTXREF_OFFSET"},
		{"object offset a little off", strings.Replace(plain, "0000000015 00000 n", "0000000011 00000 n", 1), "PDF_XREF_OFFSET"},
		{"first subsection from 1", strings.Replace(plain, "0 1\n0000000000 65535 f \n", "1 1\n0000000000 65535 f \n", 1), "PDF_XREF_FIRST"},
		{"appended startxref to nowhere", plain + "startxref\n7\n%%EOF\n", "PDF_STARTXREF_UNREADABLE"},
		{"wrong stream length", strings.Replace(plain, "/Length 14", "/Length 13", 1), "PDF_STREAM_LENGTH"},
		{"a chain that bites its tail", string(prevLoop()), "PDF_PREV_LOOP"},
		{"a Prev of nothing", strings.Replace(plain, "/Root 1 0 R", "/Root 1 0 R /Prev 0", 1), "PDF_PREV_ZERO"},
		{"one object twice in one section", strings.Replace(plain, "trailer", "4 1\n0000000015 00000 n \ntrailer", 1), "PDF_XREF_DUPLICATE"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := open(t, []byte(c.raw))
			s, _ := d.Resolve(Ref{4, 0}).(*Stream)
			if s == nil || len(d.pageList().list) != 1 {
				t.Fatal("not read", d.Problems())
			}
			if body, err := d.DecodeStream(s); err != nil || string(body) != "0 0 10 10 re f" {
				t.Fatalf("%q %v", body, err)
			}
			if c.problem != "" && !hasProblem(d, c.problem) {
				t.Fatalf("%s was not reported: %v", c.problem, d.Problems())
			}
		})
	}
}

func TestRefused(t *testing.T) {
	plain := simple().String()
	for name, raw := range map[string]string{
		"empty": "", "text": "hello", "header only": "%PDF-1.7\n", "no startxref": strings.Replace(plain, "startxref", "startxxxx", 1),
		"no root": strings.Replace(plain, "/Root", "/Rood", 1), "cut": plain[:len(plain)-60],
		"trailer is no dictionary": strings.Replace(plain, "<</Size", "[/Size", 1),
	} {
		_, err := Open(strings.NewReader(raw), int64(len(raw)), Options{})
		if err == nil {
			t.Errorf("%s was opened", name)
		}
		if f := (*FormatError)(nil); !errors.Is(err, ErrNotPDF) && !errors.As(err, &f) {
			t.Errorf("%s: untyped error %v", name, err)
		}
	}
	broken := errors.New("disk")
	if _, err := Open(failingReader{broken}, 100, Options{}); !errors.Is(err, broken) {
		t.Errorf("the reader's error is lost: %v", err)
	}
}

type failingReader struct{ err error }

func (f failingReader) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"Salam": "Salam", "\xfe\xff\x01\x8f\x00e": "Əe", "\xff\xfe\x8f\x01": "Ə", "\xef\xbb\xbfşə": "şə", "şə": "şə", "D\xfcnya \x80\xa0": "Dünya •€",
		"\xfe\xff\x00\x1b\x00a\x00z\x00\x1b\x00x": "x", "\x18": "˘",
	} {
		if got := DecodeText(String(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, s := range []string{"", "abc", "Dövlət Xidmətləri Ağ İ"} {
		if got := DecodeText(EncodeText(s)); got != s {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{
		"D:20261122160530+04'00'": "2026-11-22T12:05:30Z", "D:20261122160530Z": "2026-11-22T16:05:30Z", "D:2026": "2026-01-01T00:00:00Z",
		"20261122": "2026-11-22T00:00:00Z", "D:20261122160530-0130": "2026-11-22T17:35:30Z",
	} {
		got, ok := ParseDate(String(in))
		if !ok || got.Format("2006-01-02T15:04:05Z07:00") != want {
			t.Errorf("%s: %v, want %s", in, got, want)
		}
	}
	for _, in := range []string{"", "D:", "D:20261322", "yesterday", "D:20261122250000"} {
		if got, ok := ParseDate(String(in)); ok {
			t.Errorf("%q was read as %v", in, got)
		}
	}
}

func TestLexerOddities(t *testing.T) {
	for in, want := range map[string]string{
		"(a\\\nb\\101\\8\\r)": "(abA8\\015)", "<4>": "(@)", "<4 1 4x2>": "(AB)", "/A#20#zz": "/A#20#23zz", "[+1 -.5 4. --3 1e5]": "", "[1 0 R 2 0]": "[1 0 R 2 0]",
		"<</A/B/C[1]>>": "<</A /B /C [1]>>", "12345678901234567890": "12345678901234567000.0", "% c\n true": "true",
	} {
		p := &parser{cursor: memoryCursor([]byte(in)), limits: Limits{}.withDefaults()}
		o, err := p.object(0, "")
		if want == "" {
			continue
		}
		if err != nil || string(AppendObject(nil, o)) != want {
			t.Errorf("%s: %s %v, want %s", in, AppendObject(nil, o), err, want)
		}
	}
}
