package pdf

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"testing"
)

// builder writes a PDF object by object and keeps the offsets. Each finish ends a revision.
type builder struct {
	bytes.Buffer
	offsets map[int]string // the lines of the next table
	xref    int
	size    int
	pending []int // offsets of ByteRange placeholders of this revision
	ends    []int
}

func newBuilder() *builder {
	b := &builder{offsets: map[int]string{}}
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return b
}

func (b *builder) objGen(num, gen int, body string) {
	b.offsets[num] = fmt.Sprintf("%010d %05d n \n", b.Len(), gen)
	b.size = max(b.size, num+1)
	fmt.Fprintf(b, "%d %d obj\n%s\nendobj\n", num, gen, body)
}

func (b *builder) obj(num int, body string) { b.objGen(num, 0, body) }

func (b *builder) free(num int) { b.offsets[num] = "0000000000 00001 f \n" }

func (b *builder) stream(num int, dict, body string) {
	b.obj(num, fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(body), body))
}

const byteRangePlaceholder = "[0000000000 0000000000 0000000000 0000000000]"

// contents is a SEQUENCE that holds INTEGER 1, padded with zeros.
const contents = "<3003020101" + "0000000000000000000000>"

// sig writes a signature dictionary whose ByteRange is set at finish.
func (b *builder) sig(num int, extra string) {
	body := "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached " + extra + " /ByteRange " + byteRangePlaceholder + " /Contents " + contents + ">>"
	if strings.Contains(extra, "/SubFilter") {
		body = "<</Filter /Adobe.PPKLite " + extra + " /ByteRange " + byteRangePlaceholder + " /Contents " + contents + ">>"
	}
	b.obj(num, body)
	b.pending = append(b.pending, bytes.LastIndex(b.Bytes(), []byte(byteRangePlaceholder)))
}

// finish writes a table with the objects since the last one, then sets the ByteRanges to cover everything so far.
func (b *builder) finish(trailer string) *builder {
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
		if line, ok := b.offsets[n]; ok {
			fmt.Fprintf(b, "%d 1\n%s", n, line)
		}
	}
	b.offsets = map[int]string{}
	fmt.Fprintf(b, "trailer\n<</Size %d%s %s>>\nstartxref\n%d\n%%%%EOF\n", b.size, prev, trailer, b.xref)
	b.patch()
	b.ends = append(b.ends, b.Len())
	return b
}

func (b *builder) patch() {
	raw := b.Bytes()
	for _, at := range b.pending {
		from := at + bytes.Index(raw[at:], []byte("/Contents ")) + len("/Contents ")
		to := from + len(contents)
		copy(raw[at:], fmt.Sprintf("[%010d %010d %010d %010d]", 0, from, to, len(raw)-to))
	}
	b.pending = nil
}

// simple is a one-page file.
func simple() *builder {
	b := newBuilder()
	b.obj(1, "<</Type /Catalog /Pages 2 0 R>>")
	b.obj(2, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	b.obj(3, "<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R>>")
	b.stream(4, "", "0 0 10 10 re f")
	return b.finish("/Root 1 0 R")
}

// The objects of signed, by number.
const (
	oCatalog = iota + 1
	oPages
	oPage
	oContent
	oForm
	oText
	oSig
	oValue
	oFont
	oSpare
	oXObject
	oLength
	oEmptySig
	oNext
)

const (
	pageDict = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Annots [6 0 R 7 0 R 13 0 R] " +
		"/Resources <</Font <</F1 9 0 R>> /XObject <</P 11 0 R>>>>>>"
	catalogDict = "<</Type /Catalog /Pages 2 0 R /AcroForm 5 0 R%s>>"
	textDict    = "<</Type /Annot /Subtype /Widget /FT /Tx /T (name) /Rect [10 10 90 30] /P 3 0 R%s>>"
)

// signed is a file with a text field, an empty signature field and a signature over its only revision. perms goes into the catalogue,
// sigExtra into the signature dictionary, fieldExtra into its field.
func signed(catalogExtra, sigExtra, fieldExtra string) *builder {
	b := newBuilder()
	b.obj(oCatalog, fmt.Sprintf(catalogDict, catalogExtra))
	b.obj(oPages, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	b.obj(oPage, pageDict)
	b.obj(oContent, "<</Length 12 0 R>>\nstream\nBT /F1 12 Tf (100 AZN) Tj ET /P Do\nendstream")
	b.obj(oForm, "<</Fields [6 0 R 7 0 R 13 0 R] /SigFlags 3 /DR <</Font <</Helv 9 0 R>>>>>>")
	b.obj(oText, fmt.Sprintf(textDict, ""))
	b.obj(oSig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (seal) /Rect [0 0 0 0] /P 3 0 R /V 8 0 R "+fieldExtra+">>")
	b.sig(oValue, sigExtra)
	b.obj(oFont, "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>")
	b.stream(oSpare, "/Type /XObject /Subtype /Form", "1 0 0 rg 0 0 200 200 re f")
	b.stream(oXObject, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "0 g")
	b.obj(oLength, "34")
	b.obj(oEmptySig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (second) /Rect [100 100 180 130] /P 3 0 R>>")
	return b.finish("/Root 1 0 R")
}

func docMDP(p int) string {
	return fmt.Sprintf("/Reference [<</Type /SigRef /TransformMethod /DocMDP /TransformParams <</Type /TransformParams /P %d /V /1.2>> /Data 1 0 R>>]", p)
}

func open(t *testing.T, b []byte) *Document {
	t.Helper()
	d, err := Open(bytes.NewReader(b), int64(len(b)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func deflate(s string) string {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return out.String()
}

// xrefRow is one entry of a cross-reference stream with /W [1 4 2].
func xrefRow(kind byte, a uint32, c uint16) string {
	return string([]byte{kind, byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a), byte(c >> 8), byte(c)})
}
