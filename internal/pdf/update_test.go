package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// formFile writes small PDF files of each kind.
type formFile struct {
	bytes.Buffer
	offsets map[int]int
}

func (b *formFile) obj(n int, body string) {
	if b.offsets == nil {
		b.offsets = map[int]int{}
		b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	}
	b.offsets[n] = b.Len()
	fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", n, body)
}

func (b *formFile) table(size int, trailer string) []byte {
	start := b.Len()
	fmt.Fprintf(b, "xref\n0 %d\n", size)
	for i := range size {
		if o, ok := b.offsets[i]; ok {
			fmt.Fprintf(b, "%010d 00000 n \n", o)
		} else {
			fmt.Fprintf(b, "0000000000 65535 f \n")
		}
	}
	fmt.Fprintf(b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF", size, trailer, start)
	return b.Bytes()
}

// form is a document with a text field, a nested field and resources that must all survive.
func form() []byte {
	var b formFile
	b.obj(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R 5 0 R]/DA(/Helv 0 Tf)/DR<</Font<</Helv 7 0 R>>>>/XFA[(a)8 0 R]/SigFlags 0>>>>")
	b.obj(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
	b.obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Annots[4 0 R 6 0 R]>>")
	b.obj(4, "<</Type/Annot/Subtype/Widget/FT/Tx/T(ad)/V(D\\(\\)\\\\)/Rect[10 10 90 30]/P 3 0 R>>")
	b.obj(5, "<</T(xana)/FT/Sig/Kids[6 0 R]>>")
	b.obj(6, "<</Type/Annot/Subtype/Widget/T(imza)/Parent 5 0 R/F 4/Rect[100 100 200 150]/P 3 0 R/Lock<</Type/SigFieldLock/Action/Include/Fields[(ad)]>>>>")
	b.obj(7, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	b.obj(8, "<</Length 3>>\nstream\nxfa\nendstream")
	return b.table(9, "/ID[<0102><0102>]")
}

func openBytes(t testing.TB, b []byte) *Document {
	t.Helper()
	d, err := Open(bytes.NewReader(b), int64(len(b)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// updated appends an update to the bytes of its document.
func updated(t testing.TB, original []byte, u *Update) []byte {
	t.Helper()
	var out bytes.Buffer
	if _, err := u.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(out.Bytes(), original) {
		t.Fatal("a byte of the document was changed")
	}
	return out.Bytes()
}

// check lets qpdf look at a file; a missing program fails the test.
func check(t *testing.T, b []byte, args ...string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("qpdf", append(append([]string{}, args...), "--check", path)...).CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("WARNING")) {
		t.Errorf("qpdf --check: %v\n%s", err, out)
	}
}

func TestUpdateKeepsTheForm(t *testing.T) {
	in := form()
	u, err := NewUpdate(openBytes(t, in))
	if err != nil {
		t.Fatal(err)
	}
	f, err := u.AddSignatureField("", 1, [4]float64{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Name != "Signature1" {
		t.Errorf("name %q", f.Name)
	}
	out := updated(t, in, u)
	check(t, out)
	d := openBytes(t, out)
	form := d.dict(d.Catalog()["AcroForm"])
	if len(d.array(form["Fields"])) != 3 || form["DA"] == nil || form["DR"] == nil || form["XFA"] == nil || form["SigFlags"] != Integer(3) {
		t.Errorf("form %v", form)
	}
	page := d.dict(Ref{Num: 3})
	if len(d.array(page["Annots"])) != 3 || page["MediaBox"] == nil {
		t.Errorf("page %v", page)
	}
	if v := d.dict(Ref{Num: 4})["V"].(String); string(v) != `D()\` {
		t.Errorf("value %q", v)
	}
	if first, second := d.ID(); string(first) != "\x01\x02" || len(second) != 16 {
		t.Errorf("identifiers %x %x", first, second)
	}
}

func TestFieldsAreFoundByTheirFullName(t *testing.T) {
	u, err := NewUpdate(openBytes(t, form()))
	if err != nil {
		t.Fatal(err)
	}
	fields := u.SignatureFields()
	if len(fields) != 1 {
		t.Fatalf("%v", fields)
	}
	f := fields[0]
	if f.Name != "xana.imza" || f.Filled || f.Rect != [4]float64{100, 100, 200, 150} || !f.Lock.Closes("ad") || f.Lock.Closes("başqa") {
		t.Errorf("%+v", f)
	}
	for _, taken := range []string{"ad", "xana", "a.b"} {
		if _, err := u.AddSignatureField(taken, 1, [4]float64{}); !errors.Is(err, ErrFieldName) {
			t.Errorf("%s: %v", taken, err)
		}
	}
	if _, err := u.AddSignatureField("yeni", 2, [4]float64{}); !errors.Is(err, ErrPage) {
		t.Errorf("page 2: %v", err)
	}
}

func TestFieldTreeThatEatsItsTail(t *testing.T) {
	var b formFile
	b.obj(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>")
	b.obj(2, "<</Type/Pages/Kids[2 0 R]/Count 1>>")
	b.obj(4, "<</T(a)/FT/Sig/Kids[4 0 R 5 0 R]>>")
	b.obj(5, "<</T(b)/Parent 4 0 R/Kids[4 0 R]>>")
	u, err := NewUpdate(openBytes(t, b.table(6, "")))
	if err != nil {
		t.Fatal(err)
	}
	if fields := u.SignatureFields(); len(fields) > 1 {
		t.Errorf("%v", fields)
	}
	if _, err := u.AddSignatureField("", 1, [4]float64{}); !errors.Is(err, ErrPage) {
		t.Errorf("a page tree without leaves: %v", err)
	}
}

func TestSignatureDictionaryHasItsPlaces(t *testing.T) {
	in := form()
	u, err := NewUpdate(openBytes(t, in))
	if err != nil {
		t.Fatal(err)
	}
	fields := u.SignatureFields()
	sig := u.Add(Null{})
	u.SetSignature(sig, Dict{"Type": Name("Sig"), "ContactInfo": String("/Contents <00>/ByteRange [0 0 0 0]"), "Reason": String("ə")}, 100)
	u.FillSignatureField(fields[0], sig, Ref{})
	inc, place, err := u.Increment()
	if err != nil {
		t.Fatal(err)
	}
	out := append(bytes.Clone(in), inc...)
	if out[place.Start] != '<' || out[place.End-1] != '>' || place.End-place.Start != 202 || place.Digits != 200 {
		t.Errorf("place %+v", place)
	}
	if r := place.ByteRange; r[0] != 0 || r[1] != place.Start || r[2] != place.End || r[2]+r[3] != int64(len(out)) {
		t.Errorf("range %v of %d", r, len(out))
	}
	check(t, out)
	d := openBytes(t, out)
	v := d.dict(d.dict(Ref{Num: 6})["V"])
	if got := fmt.Sprint(v["ByteRange"]); got != fmt.Sprint(Array{Integer(0), Integer(place.Start), Integer(place.End), Integer(place.ByteRange[3])}) {
		t.Errorf("written range %s", got)
	}
	again, _, err := u.Increment()
	if err != nil || !bytes.Equal(again, inc) {
		t.Error("a second try gave other bytes")
	}
}

func TestUpdateFollowsTheKindOfCrossReference(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.pdf")
	if err := os.WriteFile(plain, form(), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"object streams": {"--object-streams=generate"}, "linearised": {"--linearize"}, "linearised with object streams": {"--linearize", "--object-streams=generate"},
		"AES-256": {"--encrypt", "", "sahib", "256", "--"}, "AES-128": {"--encrypt", "", "sahib", "128", "--use-aes=y", "--"},
		"RC4":                         {"--allow-weak-crypto", "--encrypt", "", "sahib", "40", "--"},
		"AES-256 with object streams": {"--object-streams=generate", "--encrypt", "", "sahib", "256", "--"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "in.pdf")
			if out, err := exec.Command("qpdf", append(append([]string{}, args...), plain, file)...).CombinedOutput(); err != nil {
				t.Fatalf("qpdf: %v %s", err, out)
			}
			in, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			d := openBytes(t, in)
			kind := d.XRefKind()
			for range 2 { // an update of an update
				u, err := NewUpdate(openBytes(t, in))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := u.AddSignatureField("", 1, [4]float64{10, 200, 100, 250}); err != nil {
					t.Fatal(err)
				}
				in = updated(t, in, u)
			}
			d = openBytes(t, in)
			if d.XRefKind() != kind {
				t.Errorf("the section is of kind %d, was %d", d.XRefKind(), kind)
			}
			u, err := NewUpdate(d)
			if err != nil {
				t.Fatal(err)
			}
			if fields := u.SignatureFields(); len(fields) != 3 || fields[2].Name != "Signature2" {
				t.Errorf("%+v", fields)
			}
			if !strings.HasPrefix(name, "linearised") { // an update always ends linearisation, and qpdf says so
				check(t, in)
			}
		})
	}
}

func TestLeadingBytesAreNotCounted(t *testing.T) {
	in := append([]byte("garbage before the header\n"), form()...)
	u, err := NewUpdate(openBytes(t, in))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.AddSignatureField("", 1, [4]float64{}); err != nil {
		t.Fatal(err)
	}
	out := updated(t, in, u)
	d := openBytes(t, out)
	if n := len(d.array(d.dict(d.Catalog()["AcroForm"])["Fields"])); n != 3 {
		t.Errorf("%d fields", n)
	}
}

// hybridFile hides its form from readers of tables (ISO 32000-2, 7.5.8.4).
func hybridFile() []byte {
	var b formFile
	b.obj(1, "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>")
	b.obj(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
	b.obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>")
	member := "<</Fields[]/DA(/Helv 0 Tf)>>"
	b.obj(6, fmt.Sprintf("<</Type/ObjStm/N 1/First 4/Length %d>>\nstream\n5 0 %s\nendstream", 4+len(member), member))
	stm := b.Len()
	b.obj(7, "<</Type/XRef/Size 8/W[1 1 1]/Index[5 1]/Root 1 0 R/Length 3>>\nstream\n\x02\x06\x00\nendstream")
	return b.table(8, fmt.Sprintf("/XRefStm %d", stm))
}

func TestHiddenObjectsOfAHybridStayHidden(t *testing.T) {
	in := hybridFile()
	for range 2 {
		d := openBytes(t, in)
		if d.XRefKind() != XRefHybrid || !d.hides(5) || d.hides(3) {
			t.Fatalf("kind %d, form hidden %v, page hidden %v", d.XRefKind(), d.hides(5), d.hides(3))
		}
		u, err := NewUpdate(d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.AddSignatureField("", 1, [4]float64{}); err != nil {
			t.Fatal(err)
		}
		in = updated(t, in, u)
		check(t, in)
	}
	d := openBytes(t, in)
	form := d.dict(d.Catalog()["AcroForm"])
	if len(d.array(form["Fields"])) != 2 || form["DA"] == nil || len(d.Problems()) > 0 {
		t.Errorf("%v %v", form, d.Problems())
	}
}

func TestDanglingReferencesStayDangling(t *testing.T) {
	var b formFile
	b.obj(1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]/XFA 11 0 R>>>>")
	b.obj(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
	b.obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>")
	in := b.table(4, "/AdditionalStreams[/text 9 0 R]")
	u, err := NewUpdate(openBytes(t, in))
	if err != nil {
		t.Fatal(err)
	}
	f, err := u.AddSignatureField("", 1, [4]float64{})
	if err != nil || f.Ref.Num != 12 {
		t.Errorf("the new field is object %d: %v", f.Ref.Num, err)
	}
	check(t, updated(t, in, u))
}
