package pades

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mohur/internal/demopki"
	"mohur/internal/pdf"
)

// plainPDF writes objects 1.. as a file with a cross-reference table.
func plainPDF(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
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
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

// fullForm has everything that a careless writer loses: a text field with a value, a checkbox, /DR, /DA, a nested signature field whose widget
// is a kid, indirect /Fields and /Annots, entries of the catalogue that nobody knows.
func fullForm(rotate, more string) []byte {
	return plainPDF(
		"<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R/Perms 13 0 R/Version/1.7/Lang(az)/PieceInfo<</Mohur<</Private(x)>>>>>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1"+rotate+">>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<<>>/Annots 4 0 R>>",
		"[7 0 R 8 0 R 11 0 R]",
		"<</Fields 6 0 R/DA(/Helv 0 Tf 0 g)/DR<</Font<</Helv 12 0 R>>>>/Q 1"+more+">>",
		"[7 0 R 8 0 R 9 0 R]",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(ad)/V<FEFF018F006C0069>/Rect[10 250 90 270]/P 3 0 R/F 4>>",
		"<</Type/Annot/Subtype/Widget/FT/Btn/T(razi)/V/Yes/AS/Yes/Rect[10 220 20 230]/P 3 0 R/F 4>>",
		"<</T(xana)/Kids[10 0 R]>>",
		"<</T(imza)/FT/Sig/Parent 9 0 R/Kids[11 0 R]>>",
		"<</Type/Annot/Subtype/Widget/Parent 10 0 R/F 4/Rect[100 100 280 180]/P 3 0 R>>",
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
		"<<>>",
	)
}

func TestNothingOfAFormIsLost(t *testing.T) {
	w := newWorld(t)
	in := fullForm("", "/NeedAppearances true")
	o := w.options(t, demopki.P256)
	o.Field, o.Appearance, o.Certification = "xana.imza", visible(), 2
	out, _ := sealed(t, in, o)
	o = w.options(t, demopki.RSA2048)
	out, _ = sealed(t, out, o)
	if list := intact(t, out, ""); len(list) != 2 || list[0].FieldName != "xana.imza" || !list[0].Certification {
		t.Errorf("%+v", list)
	}
	accepted(t, out, 1, "") // poppler takes a nested field whose widget is a kid for unsigned, whoever signed it
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, out, 0o600); err != nil {
		t.Fatal(err)
	}
	dump, err := run(t, "qpdf", "--qdf", "--object-streams=disable", path, "-")
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"/DA (/Helv 0 Tf 0 g)", "/Helv", "/NeedAppearances true", "/Q 1", "/V /Yes", "/PieceInfo", "/Lang (az)", "/Version /1.7", "/T (razi)", "/DocMDP"} {
		if !strings.Contains(dump, kept) {
			t.Errorf("%s was lost", kept)
		}
	}
	if n := strings.Count(dump, "/FT /Sig"); n != 2 {
		t.Errorf("%d signature fields", n)
	}
	if strings.Count(dump, "/Version") != 1 {
		t.Error("a key of the catalogue stands twice")
	}
	d, err := pdf.Open(bytes.NewReader(out), int64(len(out)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range d.Problems() {
		t.Errorf("%+v", p)
	}
}

func TestSealIsUprightOnATurnedPage(t *testing.T) {
	w := newWorld(t)
	for _, rotate := range []int{0, 90, 180, 270} {
		o := w.options(t, demopki.P256)
		o.Rect, o.Appearance = [4]float64{100, 190, 280, 290}, &Appearance{Title: "YUXARI", Lines: []string{"ASAGI"}}
		out, _ := sealed(t, fullForm(fmt.Sprintf("/Rotate %d", rotate), ""), o)
		path := filepath.Join(t.TempDir(), "x.pdf")
		if err := os.WriteFile(path, out, 0o600); err != nil {
			t.Fatal(err)
		}
		boxes, err := run(t, "pdftotext", "-bbox", path, "-") // in the turned page's own coordinates
		if err != nil {
			t.Fatal(err)
		}
		upper, lower := box(t, boxes, "YUXARI"), box(t, boxes, "ASAGI")
		if upper[2]-upper[0] < upper[3]-upper[1] || upper[1] >= lower[1] {
			t.Errorf("turned by %d: the text lies at %v and %v", rotate, upper, lower)
		}
	}
}

// box reads the rectangle of a word that pdftotext found.
func box(t *testing.T, html, word string) (b [4]float64) {
	t.Helper()
	for _, line := range strings.Split(html, "\n") {
		if strings.Contains(line, ">"+word+"<") {
			if _, err := fmt.Sscanf(strings.TrimSpace(line), `<word xMin="%f" yMin="%f" xMax="%f" yMax="%f">`, &b[0], &b[1], &b[2], &b[3]); err != nil {
				t.Fatal(err)
			}
			return b
		}
	}
	t.Fatalf("%s is not on the page:\n%s", word, html)
	return b
}
