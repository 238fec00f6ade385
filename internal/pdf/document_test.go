package pdf

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// file builds a PDF object by object and keeps the offsets.
type builder struct {
	bytes.Buffer
	offsets map[int]int
	xref    int
	size    int
}

func newBuilder() *builder {
	b := &builder{offsets: map[int]int{}}
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return b
}

func (b *builder) obj(num int, body string) {
	b.offsets[num] = b.Len()
	b.size = max(b.size, num+1)
	fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", num, body)
}

func (b *builder) stream(num int, dict, body string) {
	b.obj(num, fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(body), body))
}

// finish writes a table with the objects since the last one.
func (b *builder) finish(trailer string) {
	prev := ""
	if b.xref > 0 {
		prev = fmt.Sprintf(" /Prev %d", b.xref)
	}
	b.xref = b.Len()
	b.WriteString("xref\n")
	if prev == "" {
		b.WriteString("0 1\n0000000000 65535 f \n")
	}
	for n := range b.size {
		if off, ok := b.offsets[n]; ok {
			fmt.Fprintf(b, "%d 1\n%010d 00000 n \n", n, off)
		}
	}
	b.offsets = map[int]int{}
	fmt.Fprintf(b, "trailer\n<</Size %d%s %s>>\nstartxref\n%d\n%%%%EOF\n", b.size, prev, trailer, b.xref)
}

func simple() *builder {
	b := newBuilder()
	b.obj(1, "<</Type /Catalog /Pages 2 0 R>>")
	b.obj(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	b.obj(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R>>")
	b.stream(4, "", "0 0 10 10 re f")
	b.finish("/Root 1 0 R")
	return b
}

func open(t *testing.T, b []byte) *Document {
	t.Helper()
	d, err := Open(bytes.NewReader(b), int64(len(b)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOpenTable(t *testing.T) {
	d := open(t, simple().Bytes())
	if d.XRefKind() != XRefTable || d.NextObject() != 5 || d.Catalog()["Type"] != Name("Catalog") {
		t.Fatalf("kind %v next %d catalog %v", d.XRefKind(), d.NextObject(), d.Catalog())
	}
	s, _ := d.Resolve(Ref{4, 0}).(*Stream)
	b, err := d.DecodeStream(s)
	if err != nil || string(b) != "0 0 10 10 re f" {
		t.Fatalf("%q %v", b, err)
	}
	if len(d.Problems()) != 0 {
		t.Fatal(d.Problems())
	}
}

func TestAppendObjectRoundTrip(t *testing.T) {
	in := `<</A [1 -2 0.5 true null (a\(b\)\\) <00ff80>] /B#20C /D#23 /E <</F 12 0 R>>>>`
	p := &parser{cursor: memoryCursor([]byte(in)), limits: Limits{}.withDefaults()}
	o, err := p.object(0, "")
	if err != nil {
		t.Fatal(err)
	}
	first := string(AppendObject(nil, o))
	p = &parser{cursor: memoryCursor([]byte(first)), limits: Limits{}.withDefaults()}
	again, err := p.object(0, "")
	if err != nil || string(AppendObject(nil, again)) != first {
		t.Fatalf("%s: %v", first, err)
	}
	if !strings.Contains(first, "12 0 R") || !strings.Contains(first, "/B#20C") {
		t.Fatal(first)
	}
}
