package pdf

import (
	"fmt"
	"strings"
	"testing"
)

// shadow is a document that its author prepared so that a later revision can show something else than what was signed.
type shadow struct {
	name    string
	prepare func(b *builder) // objects besides those of a plain signed file, or instead of them; before the signature
	update  func(b *builder) // before the next revision is finished
	key     string
}

// prepared is signed with what a shadow needs.
func prepared(prepare func(b *builder)) *builder {
	b := newBuilder()
	b.obj(oCatalog, fmt.Sprintf(catalogDict, " /Perms <</DocMDP 8 0 R>>"))
	b.obj(oPages, "<</Type /Pages /Kids [3 0 R] /Count 1>>")
	b.obj(oPage, pageDict)
	b.stream(oContent, "", "BT /F1 12 Tf (100 AZN) Tj ET /AP Do")
	b.obj(oForm, fieldsAnd(""))
	b.obj(oText, fmt.Sprintf(textDict, ""))
	b.obj(oSig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (seal) /Rect [0 0 0 0] /P 3 0 R /V 8 0 R >>")
	b.obj(oFont, "<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>")
	b.stream(oSpare, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "1 g")
	b.stream(oXObject, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "0 g")
	b.obj(oEmptySig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (second) /Rect [100 100 180 130] /P 3 0 R>>")
	prepare(b)
	b.sig(oValue, docMDP(2))
	root(b)
	return b
}

func group(ap string) string {
	return "<</FT /Tx /T (group) /Kids [15 0 R] /Type /Annot /Subtype /Widget /Rect [0 0 200 200] /P 3 0 R /AP <</N " + ap + ">>>>"
}

// The page is the /XObject dictionary of its own resources: its metadata may change, and is drawn.
func selfDrawn(metadata string) string {
	return strings.Replace(pageDict, "/XObject <</P 11 0 R>>", "/XObject 3 0 R", 1)[:len("<<")] + "/Metadata " + metadata + " " +
		strings.Replace(pageDict, "/XObject <</P 11 0 R>>", "/XObject 3 0 R", 1)[len("<<"):]
}

const ahead = 6000 // an offset behind everything that is signed

var shadows = []shadow{
	{"an object that lies behind the signed end", func(b *builder) {
		b.obj(oPage, strings.Replace(pageDict, "/Contents 4 0 R", "/Contents [4 0 R 30 0 R]", 1))
		b.offsets[30], b.size = fmt.Sprintf("%010d 00000 n \n", ahead), 31
	}, func(b *builder) {
		b.WriteString(strings.Repeat("\n", ahead-b.Len()))
		b.WriteString("30 0 obj\n<</Length 1>>\nstream\nQ\nendstream\nendobj\n")
	}, "PDF_CHANGE_PAGE_CONTENT"},
	{"a stream whose length reaches behind the signed end", func(b *builder) {
		b.obj(oContent, fmt.Sprintf("<</Length %d>>\nstream\nBT (100 AZN) Tj ET\nendstream", ahead))
	}, func(b *builder) {
		start := strings.Index(b.String(), "BT (100")
		b.WriteString(strings.Repeat("\n", start+ahead-b.Len()) + "endstream\nendobj\n")
	}, "PDF_CHANGE_PAGE_CONTENT"},
	{"a widget that is a group of fields", func(b *builder) {
		b.obj(oPage, strings.Replace(pageDict, "13 0 R]", "13 0 R 14 0 R]", 1))
		b.obj(oForm, fieldsAnd("14 0 R"))
		b.obj(oNext, group("11 0 R"))
		b.obj(15, "<</T (x) /Parent 14 0 R>>")
	}, func(b *builder) { b.obj(oNext, group("10 0 R")) }, "PDF_CHANGE_FIELD_DEFINITION"},
	{"a field that is a dictionary of XObjects", func(b *builder) {
		b.obj(oPage, strings.Replace(pageDict, "/XObject <</P 11 0 R>>", "/XObject 14 0 R", 1))
		b.obj(oForm, fieldsAnd("14 0 R"))
		b.obj(oNext, "<</FT /Tx /T (x) /AP 11 0 R>>")
	}, func(b *builder) { b.obj(oNext, "<</FT /Tx /T (x) /AP 10 0 R>>") }, "PDF_CHANGE_PAGE_RESOURCES"},
	{
		"a page that is a dictionary of XObjects", func(b *builder) { b.obj(oPage, selfDrawn("11 0 R")) },
		func(b *builder) { b.obj(oPage, selfDrawn("10 0 R")) }, "PDF_CHANGE_PAGE_RESOURCES",
	},
	{"a page that is shown twice, at another place", func(b *builder) {
		b.obj(30, "<</Type /Page /Parent 2 0 R>>")
		b.obj(oPages, "<</Type /Pages /Kids [3 0 R 30 0 R 3 0 R] /Count 3>>")
	}, func(b *builder) { b.obj(oPages, "<</Type /Pages /Kids [3 0 R 3 0 R 30 0 R] /Count 3>>") }, "PDF_CHANGE_PAGE_TREE"},
	{"pages that are counted wrong in another way", func(b *builder) {
		b.obj(30, "<</Type /Pages /Parent 2 0 R /Kids [3 0 R] /Count 2>>")
		b.obj(oPages, "<</Type /Pages /Kids [30 0 R] /Count 2>>")
	}, func(b *builder) { b.obj(30, "<</Type /Pages /Parent 2 0 R /Kids [3 0 R] /Count 0>>") }, "PDF_CHANGE_PAGE_TREE"},
	{
		"a hidden field that comes to light", func(b *builder) { b.obj(oText, fmt.Sprintf(textDict, " /F 2 /V (900) /AP <</N 10 0 R>>")) },
		func(b *builder) { b.obj(oText, fmt.Sprintf(textDict, " /F 4 /V (900) /AP <</N 10 0 R>>")) }, "PDF_CHANGE_FORM_APPEARANCE",
	},
	{"an object that is missing when the document is signed", func(b *builder) {
		b.obj(oPage, strings.Replace(pageDict, "/Contents 4 0 R", "/Contents [4 0 R 30 0 R]", 1))
		b.size = 31
	}, func(b *builder) { b.stream(30, "", "Q") }, "PDF_CHANGE_PAGE_CONTENT"},
}

func TestShadows(t *testing.T) {
	for _, c := range shadows {
		t.Run(c.name, func(t *testing.T) {
			b := prepared(c.prepare)
			b.obj(40, "<<>>")
			c.update(b)
			root(b)
			s, diff := firstChanges(t, b)
			if diff.Modified != ModificationForbidden || !s.Certification || s.Coverage() != CoversRevision {
				t.Fatalf("%s %s %+v %v", diff.Modified, s.Coverage(), diff.Changes, s.Problems)
			}
			if !strings.Contains(fmt.Sprint(diff.Changes), c.key) {
				t.Errorf("%s is not among %+v", c.key, diff.Changes)
			}
		})
	}
}

// What such a document shows must not depend on which view is read first.
func TestShadowsInEitherOrder(t *testing.T) {
	for _, c := range shadows {
		b := prepared(c.prepare)
		signedEnd := int64(b.Len())
		b.obj(40, "<<>>")
		c.update(b)
		root(b)
		for _, first := range []int64{signedEnd, int64(b.Len())} {
			d := open(t, b.Bytes())
			if v, err := d.At(first); err == nil {
				v.pageList()
				v.form()
			}
			got, err := d.compare(signedEnd, d.Size(), 1000)
			if err != nil || len(got.changes) == 0 {
				t.Errorf("%s, read up to %d first: %+v %v", c.name, first, got, err)
			}
		}
	}
}

// A later revision that does something worse to what an earlier one changed already is not taken for the same.
func TestGravestChangeOfOnePlaceCounts(t *testing.T) {
	xfa := func(template, data string) string {
		return formWith("/DR <</Font <</Helv 9 0 R>>>> /XFA [(template) " + template + " (datasets) " + data + "]")
	}
	b := prepared(func(b *builder) { b.obj(oForm, xfa("(t)", "(100)")) })
	b.obj(oForm, xfa("(t)", "(900)"))
	root(b)
	if _, diff := firstChanges(t, b); diff.Modified != ModificationPermitted {
		t.Fatalf("filled in: %s %+v", diff.Modified, diff.Changes)
	}
	b.obj(oForm, xfa("(T)", "(900)"))
	root(b)
	if _, diff := firstChanges(t, b); diff.Modified != ModificationForbidden {
		t.Errorf("and another template: %s %+v", diff.Modified, diff.Changes)
	}
}

// An old startxref behind a signed file makes it the file before it was signed: the signature is named all the same.
func TestSignatureOfALeftOutRevision(t *testing.T) {
	b := simple()
	before := b.xref
	b.obj(oCatalog, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [7 0 R] /SigFlags 3>>>>")
	b.obj(oSig, "<</FT /Sig /T (seal) /V 8 0 R>>")
	b.sig(oValue, "")
	root(b)
	fmt.Fprintf(b, "startxref\n%d\n%%%%EOF\n", before)
	d := open(t, b.Bytes())
	sigs, err := d.Signatures()
	if err != nil || len(sigs) != 1 || sigs[0].FieldName != "seal" || !sigs[0].Orphan {
		t.Fatalf("%+v %v", sigs, err)
	}
	diff, err := d.Changes(sigs[0])
	if err != nil || diff.Modified != ModificationForbidden || !named(diff, "PDF_UNCOVERED_BYTES") {
		t.Errorf("%+v %v", diff, err)
	}
}
