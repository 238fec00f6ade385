package pdf

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// changeCase is one update of a signed file and what each permission makes of it.
type changeCase struct {
	name   string
	update func(b *builder)
	want   [4]string // modified without DocMDP, under P=1, 2 and 3
	key    string    // one that must be among the changes, with "page" or field after a space
}

var (
	always    = [4]string{"permitted", "permitted", "permitted", "permitted"}
	filling   = [4]string{"permitted", "forbidden", "permitted", "permitted"}
	annotated = [4]string{"forbidden", "forbidden", "forbidden", "permitted"}
	neverOK   = [4]string{"forbidden", "forbidden", "forbidden", "forbidden"}
	unsure    = [4]string{"unknown", "unknown", "unknown", "unknown"}
	nothing   = [4]string{"none", "none", "none", "none"}
)

func root(b *builder) { b.finish("/Root 1 0 R") }

// withCatalog rewrites the catalogue with one more entry.
func withCatalog(extra string) func(b *builder) {
	return func(b *builder) { b.obj(oCatalog, fmt.Sprintf(catalogDict, b.catalog()+extra)); root(b) }
}

// catalog returns what signed had put into the catalogue.
func (b *builder) catalog() string {
	s := b.String()
	i := strings.Index(s, "/AcroForm 5 0 R") + len("/AcroForm 5 0 R")
	return s[i : i+strings.Index(s[i:], "\nendobj")-2]
}

// withPage writes the page anew, with one text put in another's place.
func withPage(from, to string) func(b *builder) {
	return func(b *builder) { b.obj(oPage, strings.Replace(pageDict, from, to, 1)); root(b) }
}

func fieldsAnd(more string) string {
	return "<</Fields [6 0 R 7 0 R 13 0 R " + more + "] /SigFlags 3 /DR <</Font <</Helv 9 0 R>>>>>>"
}

func formWith(more string) string { return "<</Fields [6 0 R 7 0 R 13 0 R] /SigFlags 3 " + more + ">>" }

// masked adds a signature field with a value and a picture over the whole page.
func masked(value string) func(b *builder) {
	return func(b *builder) {
		b.obj(oForm, fieldsAnd("14 0 R"))
		b.obj(oPage, strings.Replace(pageDict, "13 0 R]", "13 0 R 14 0 R]", 1))
		b.obj(oNext, "<</FT /Sig /T (mask) /V "+value+" /Type /Annot /Subtype /Widget /Rect [0 0 200 200] /P 3 0 R /AP <</N 10 0 R>>>>")
		root(b)
	}
}

var changeCases = []changeCase{
	{"nothing but white space", func(b *builder) { b.WriteString("\r\n\n  ") }, nothing, ""},
	{"an object nobody refers to", func(b *builder) { b.stream(oSpare, "", "Q"); root(b) }, nothing, ""},
	{"content moved to another object", func(b *builder) {
		b.obj(oPage, strings.Replace(pageDict, "/Contents 4 0 R", "/Contents 14 0 R", 1))
		b.stream(oNext, "", "BT /F1 12 Tf (100 AZN) Tj ET /P Do")
		root(b)
	}, nothing, ""},
	{"fonts added to the form", func(b *builder) {
		b.obj(oForm, formWith("/DR <</Font <</Helv 9 0 R /Cour 10 0 R>>>> /DA (/Cour 0 Tf)"))
		root(b)
	}, always, "PDF_CHANGE_FORM_DICTIONARY"},
	{"font of the form replaced", func(b *builder) { b.obj(oForm, formWith("/DR <</Font <</Helv 10 0 R>>>>")); root(b) }, neverOK, "PDF_CHANGE_FORM_FONT"},
	{"validation data", withCatalog(" /DSS <</Certs [10 0 R]>>"), always, "PDF_CHANGE_DSS"},
	{"extensions", withCatalog(" /Extensions <</ESIC <</BaseVersion /1.7 /ExtensionLevel 2>>>>"), always, "PDF_CHANGE_EXTENSIONS"},
	{"XMP metadata", func(b *builder) {
		b.stream(oNext, "/Type /Metadata /Subtype /XML", "<x/>")
		withCatalog(" /Metadata 14 0 R")(b)
	}, always, "PDF_CHANGE_METADATA"},
	{"metadata that is none", withCatalog(" /Metadata 10 0 R"), neverOK, "PDF_CHANGE_METADATA"},
	{"another parent of a field", func(b *builder) {
		b.obj(oText, fmt.Sprintf(textDict, " /Parent 14 0 R"))
		b.obj(oNext, "<</V (900)>>")
		root(b)
	}, neverOK, "PDF_CHANGE_FIELD_DEFINITION name"},
	{"document information", func(b *builder) { b.obj(oNext, "<</Title (x)>>"); b.finish("/Root 1 0 R /Info 14 0 R") }, always, "PDF_CHANGE_INFO"},
	{"document timestamp", func(b *builder) {
		b.obj(oForm, fieldsAnd("14 0 R"))
		b.obj(oNext, "<</FT /Sig /T (ts) /V 15 0 R /Subtype /Widget /Rect [0 0 0 0]>>")
		b.sig(oNext+1, "/Type /DocTimeStamp /SubFilter /ETSI.RFC3161")
		root(b)
	}, always, "PDF_CHANGE_TIMESTAMP_ADDED ts"},
	{"second signature in the empty field", func(b *builder) {
		b.obj(oEmptySig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (second) /Rect [100 100 180 130] /P 3 0 R /V 14 0 R /AP <</N 10 0 R>>>>")
		b.sig(oNext, "")
		root(b)
	}, filling, "PDF_CHANGE_SIGNATURE_ADDED second"},
	{"second signature in a field of its own", func(b *builder) {
		b.obj(oForm, fieldsAnd("14 0 R"))
		b.obj(oPage, strings.Replace(pageDict, "13 0 R]", "13 0 R 14 0 R]", 1))
		b.obj(oNext, "<</FT /Sig /T (third) /V 15 0 R /Type /Annot /Subtype /Widget /Rect [5 5 90 40] /P 3 0 R /AP <</N 10 0 R>>>>")
		b.sig(oNext+1, "")
		root(b)
	}, filling, "PDF_CHANGE_SIGNATURE_ADDED third"},
	{"text field filled in", func(b *builder) { b.obj(oText, fmt.Sprintf(textDict, " /V (Leyla)")); root(b) }, filling, "PDF_CHANGE_FORM_VALUE name"},
	{"appearance of a text field", func(b *builder) { b.obj(oText, fmt.Sprintf(textDict, " /AP <</N 10 0 R>>")); root(b) }, filling, "PDF_CHANGE_FORM_APPEARANCE name"},
	{"empty signature field added", func(b *builder) {
		b.obj(oForm, fieldsAnd("14 0 R"))
		b.obj(oNext, "<</FT /Sig /T (later)>>")
		root(b)
	}, filling, "PDF_CHANGE_SIGNATURE_FIELD_ADDED later"},
	{"annotation added", func(b *builder) {
		b.obj(oPage, strings.Replace(pageDict, "13 0 R]", "13 0 R 14 0 R]", 1))
		b.obj(oNext, "<</Type /Annot /Subtype /FreeText /Rect [0 0 200 200] /Contents (900 AZN)>>")
		root(b)
	}, annotated, "PDF_CHANGE_ANNOTATION_ADDED overlay"},
	{"hidden annotation added", func(b *builder) {
		b.obj(oPage, strings.Replace(pageDict, "13 0 R]", "13 0 R 14 0 R]", 1))
		b.obj(oNext, "<</Type /Annot /Subtype /FreeText /F 2 /Rect [0 0 200 200]>>")
		root(b)
	}, annotated, "PDF_CHANGE_ANNOTATION_ADDED"},
	{"painted field that nobody signed", func(b *builder) {
		b.obj(oForm, fieldsAnd("14 0 R"))
		b.obj(oPage, strings.Replace(pageDict, "13 0 R]", "13 0 R 14 0 R]", 1))
		b.obj(oNext, "<</FT /Sig /T (mask) /Type /Annot /Subtype /Widget /Rect [0 0 200 200] /P 3 0 R /AP <</N 10 0 R>>>>")
		root(b)
	}, annotated, "PDF_CHANGE_ANNOTATION_ADDED mask"},
	{"signature field that holds a number", masked("1"), neverOK, "PDF_CHANGE_FIELD_ADDED mask"},
	{"signature field that holds a list", masked("[10 0 R]"), neverOK, "PDF_CHANGE_FIELD_ADDED mask"},
	{"field over the page that names the first signature", masked("8 0 R"), neverOK, "PDF_CHANGE_FIELD_ADDED mask"},
	{"empty field that names the first signature", func(b *builder) {
		b.obj(oEmptySig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (second) /Rect [100 100 180 130] /P 3 0 R /V 8 0 R /AP <</N 10 0 R>>>>")
		root(b)
	}, neverOK, "PDF_CHANGE_FIELD_ADDED second"},
	{"timestamp with a picture over the page", masked("<</Type /DocTimeStamp /SubFilter /ETSI.RFC3161>>"), annotated, "PDF_CHANGE_ANNOTATION_ADDED mask"},
	{"timestamp with a picture in an empty field", func(b *builder) {
		b.obj(oEmptySig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (second) /Rect [100 100 180 130] /P 3 0 R /V <</SubFilter /ETSI.RFC3161>> /AP <</N 10 0 R>>>>")
		root(b)
	}, annotated, "PDF_CHANGE_ANNOTATION_ADDED second"},
	{"signature over the page", masked("<</Type /Sig>>"), filling, "PDF_CHANGE_SIGNATURE_ADDED overlay"},
	{"no signature in the empty field", func(b *builder) {
		b.obj(oEmptySig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (second) /Rect [100 100 180 130] /P 3 0 R /V (x) /AP <</N 10 0 R>>>>")
		root(b)
	}, neverOK, "PDF_CHANGE_FIELD_DEFINITION second"},
	{"values drawn anew", func(b *builder) {
		b.obj(oForm, formWith("/DR <</Font <</Helv 9 0 R>>>> /NeedAppearances true"))
		root(b)
	}, filling, "PDF_CHANGE_FORM_DICTIONARY"},
	{"content replaced under the same number", func(b *builder) { b.stream(oContent, "", "BT /F1 12 Tf (900 AZN) Tj ET /P Do"); root(b) }, neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"content replaced by a planted object", withPage("/Contents 4 0 R", "/Contents 10 0 R"), neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"content extended", withPage("/Contents 4 0 R", "/Contents [4 0 R 10 0 R]"), neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"content cut short by its length object", func(b *builder) { b.obj(oLength, "20"); root(b) }, neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"content freed", func(b *builder) { b.free(oContent); root(b) }, neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"content under a new generation", func(b *builder) {
		b.objGen(oContent, 1, "<</Length 1>>\nstream\nQ\nendstream")
		b.obj(oPage, strings.Replace(pageDict, "4 0 R", "4 1 R", 1))
		root(b)
	}, neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"font behind the text replaced", func(b *builder) { b.obj(oFont, "<</Type /Font /Subtype /Type1 /BaseFont /Symbol>>"); root(b) }, neverOK, "PDF_CHANGE_PAGE_RESOURCES page"},
	{"XObject of the page replaced", func(b *builder) { b.stream(oXObject, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "1 g"); root(b) }, neverOK, "PDF_CHANGE_PAGE_RESOURCES page"},
	{"XObject of the page replaced as an appearance", func(b *builder) {
		b.obj(oText, fmt.Sprintf(textDict, " /AP <</N 11 0 R>>"))
		b.stream(oXObject, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "1 g")
		root(b)
	}, neverOK, "PDF_CHANGE_PAGE_RESOURCES page"},
	{"another catalogue", func(b *builder) {
		b.obj(14, strings.Replace(fmt.Sprintf(catalogDict, b.catalog()), "2 0 R", "15 0 R", 1))
		b.obj(15, "<</Type /Pages /Kids [16 0 R] /Count 1>>")
		b.obj(16, strings.Replace(strings.Replace(pageDict, "/Contents 4 0 R", "/Contents 10 0 R", 1), "2 0 R", "15 0 R", 1))
		b.finish("/Root 14 0 R")
	}, neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"page added", func(b *builder) {
		b.obj(oPages, "<</Type /Pages /Kids [3 0 R 14 0 R] /Count 2>>")
		b.obj(oNext, "<</Type /Page /Parent 2 0 R /Contents 10 0 R>>")
		root(b)
	}, neverOK, "PDF_CHANGE_PAGE_ADDED"},
	{"page shown twice", func(b *builder) { b.obj(oPages, "<</Type /Pages /Kids [3 0 R 3 0 R] /Count 2>>"); root(b) }, neverOK, "PDF_CHANGE_PAGE_TREE"},
	{"page shown twice and counted once", func(b *builder) { b.obj(oPages, "<</Type /Pages /Kids [3 0 R 3 0 R] /Count 1>>"); root(b) }, neverOK, "PDF_CHANGE_PAGE_TREE"},
	{"page not counted", func(b *builder) { b.obj(oPages, "<</Type /Pages /Kids [3 0 R] /Count 0>>"); root(b) }, neverOK, "PDF_CHANGE_PAGE_TREE"},
	{"entry a little off", func(b *builder) {
		at := strings.Index(b.String(), "4 0 obj")
		b.offsets[oContent] = fmt.Sprintf("%010d 00000 n \n", at+3)
		root(b)
	}, unsure, "PDF_AMBIGUOUS_STRUCTURE"},
	{"two roots", func(b *builder) { b.finish("/Root 14 0 R /Root 1 0 R") }, unsure, "PDF_AMBIGUOUS_STRUCTURE"},
	{"two contents in an object stream", func(b *builder) {
		body := strings.Replace(pageDict, "/Contents", "/Contents 10 0 R /Contents", 1)
		b.stream(20, "/Type /ObjStm /N 1 /First 4", "3 0 "+body)
		b.free(oPage)
		at := b.Len()
		b.stream(21, "/Type /XRef /Size 22 /W [1 4 2] /Index [3 1]", xrefRow(2, 20, 0))
		b.finish(fmt.Sprintf("/Root 1 0 R /XRefStm %d", at))
	}, unsure, "PDF_AMBIGUOUS_STRUCTURE"},
	{"page removed", func(b *builder) { b.obj(oPages, "<</Type /Pages /Kids [] /Count 0>>"); root(b) }, neverOK, "PDF_CHANGE_PAGE_REMOVED"},
	{"page turned", withPage("/Contents", "/Rotate 180 /Contents"), neverOK, "PDF_CHANGE_PAGE_GEOMETRY page"},
	{"page cut", func(b *builder) { b.obj(oPages, "<</Type /Pages /Kids [3 0 R] /Count 1 /CropBox [0 0 5 5]>>"); root(b) }, neverOK, "PDF_CHANGE_PAGE_GEOMETRY page"},
	{"widget taken off the page", withPage("6 0 R 7 0 R", "7 0 R"), neverOK, "PDF_CHANGE_ANNOTATION_REMOVED page"},
	{"field added", func(b *builder) { b.obj(oForm, fieldsAnd("14 0 R")); b.obj(oNext, "<</FT /Tx /T (sum)>>"); root(b) }, neverOK, "PDF_CHANGE_FIELD_ADDED sum"},
	{"field removed", func(b *builder) {
		b.obj(oForm, "<</Fields [7 0 R 13 0 R] /SigFlags 3 /DR <</Font <</Helv 9 0 R>>>>>>")
		root(b)
	}, neverOK, "PDF_CHANGE_FIELD_REMOVED name"},
	{"field moved", func(b *builder) {
		b.obj(oText, strings.Replace(fmt.Sprintf(textDict, ""), "[10 10", "[50 50", 1))
		root(b)
	}, neverOK, "PDF_CHANGE_FIELD_DEFINITION name"},
	{"second field of the signed one's name", func(b *builder) {
		b.obj(oForm, fieldsAnd("14 0 R"))
		b.obj(oNext, "<</FT /Sig /T (seal) /V 15 0 R>>")
		b.sig(oNext+1, "")
		root(b)
	}, neverOK, "PDF_CHANGE_FIELD_DUPLICATE seal"},
	{"appearance of the signed field", func(b *builder) {
		b.obj(oSig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (seal) /Rect [0 0 0 0] /P 3 0 R /V 8 0 R /AP <</N 10 0 R>>>>")
		root(b)
	}, neverOK, "PDF_CHANGE_SIGNATURE_APPEARANCE seal"},
	{"open action", withCatalog(" /OpenAction <</S /JavaScript /JS (x)>>"), neverOK, "PDF_CHANGE_OPEN_ACTION"},
	{"script", withCatalog(" /Names <</JavaScript <</Names [(a) <</S /JavaScript /JS (x)>>]>>>>"), neverOK, "PDF_CHANGE_JAVASCRIPT"},
	{"attachment", withCatalog(" /Names <</EmbeddedFiles <</Names []>>>>"), neverOK, "PDF_CHANGE_EMBEDDED_FILES"},
	{"outlines", withCatalog(" /Outlines <</First 10 0 R>>"), neverOK, "PDF_CHANGE_OUTLINES"},
	{"layers", withCatalog(" /OCProperties <</OCGs []>>"), neverOK, "PDF_CHANGE_LAYERS"},
	{"XFA", func(b *builder) {
		b.obj(oForm, "<</Fields [6 0 R 7 0 R 13 0 R] /SigFlags 3 /DR <</Font <</Helv 9 0 R>>>> /XFA 10 0 R>>")
		root(b)
	}, neverOK, "PDF_CHANGE_XFA"},
	{"changed and changed back", func(b *builder) {
		b.stream(oContent, "", "Q")
		root(b)
		b.stream(oContent, "", "BT /F1 12 Tf (100 AZN) Tj ET /P Do")
		root(b)
	}, neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"change hidden behind a later signature", func(b *builder) {
		b.stream(oContent, "", "Q")
		root(b)
		b.obj(oEmptySig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (second) /Rect [100 100 180 130] /P 3 0 R /V 14 0 R>>")
		b.sig(oNext, "")
		root(b)
	}, neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
	{"bytes nobody covers", func(b *builder) { b.WriteString("% hello") }, neverOK, "PDF_UNCOVERED_BYTES"},
	{"form and content share an unknown key", func(b *builder) {
		b.stream(oXObject, "/Type /XObject /Subtype /Form /BBox [0 0 9 9]", "0 g")
		b.obj(oCatalog, fmt.Sprintf(catalogDict, b.catalog()+" /Unheard 10 0 R"))
		root(b)
	}, neverOK, "PDF_CHANGE_CATALOG"},
	{"two values for one key", func(b *builder) {
		b.obj(oCatalog, fmt.Sprintf(catalogDict, b.catalog()+" /DSS <</Certs []>> /Pages 2 0 R /Lang (az) /Lang (en)"))
		root(b)
	}, neverOK, "PDF_AMBIGUOUS_STRUCTURE"},
	{"lying length", func(b *builder) {
		b.obj(oNext, "<</Length 1000>>\nstream\nQ\nendstream")
		b.obj(oCatalog, fmt.Sprintf(catalogDict, b.catalog()+" /DSS <</Certs [14 0 R]>>"))
		b.obj(oPage, strings.Replace(pageDict, "/Contents 4 0 R", "/Contents [4 0 R] /PieceInfo 14 0 R", 1))
		root(b)
	}, neverOK, "PDF_CHANGE_PAGE_CONTENT page"},
}

func TestChanges(t *testing.T) {
	for _, c := range changeCases {
		for p := range 4 {
			t.Run(fmt.Sprintf("%s/P=%d", c.name, p), func(t *testing.T) {
				catalog, extra := "", ""
				if p > 0 {
					catalog, extra = " /Perms <</DocMDP 8 0 R>>", docMDP(p)
				}
				b := signed(catalog, extra, "")
				c.update(b)
				s, diff := firstChanges(t, b)
				if got := diff.Modified.String(); got != c.want[p] {
					t.Fatalf("modified %s, want %s: %+v (problems %v)", got, c.want[p], diff.Changes, s.Problems)
				}
				if c.key != "" && !named(diff, c.key) {
					t.Fatalf("%s is not among %+v", c.key, diff.Changes)
				}
			})
		}
	}
}

func firstChanges(t *testing.T, b *builder) (*Signature, *Difference) {
	t.Helper()
	d := open(t, b.Bytes())
	sigs, err := d.Signatures()
	if err != nil || len(sigs) == 0 {
		t.Fatalf("signatures %v %v", sigs, err)
	}
	i := slices.IndexFunc(sigs, func(s *Signature) bool { return s.FieldName == "seal" })
	diff, err := d.Changes(sigs[max(i, 0)])
	if err != nil {
		t.Fatal(err)
	}
	return sigs[max(i, 0)], diff
}

// named looks for "KEY", "KEY field", "KEY page" or "KEY overlay".
func named(diff *Difference, want string) bool {
	key, at, _ := strings.Cut(want, " ")
	for _, c := range diff.Changes {
		if c.Key != key {
			continue
		}
		switch at {
		case "":
			return !c.Overlay
		case "page":
			return c.Page == 1
		case "overlay":
			return c.Overlay && c.Page == 1
		default:
			return c.Field == at
		}
	}
	return false
}

func TestLocks(t *testing.T) {
	fill := func(b *builder) { b.obj(oText, fmt.Sprintf(textDict, " /V (Leyla)")); root(b) }
	mdp := func(s string) string {
		return "/Reference [<</TransformMethod /FieldMDP /TransformParams <<" + s + ">>>>]"
	}
	cases := []struct{ name, sig, field, want string }{
		{"none", "", "", "permitted"},
		{"all", mdp("/Action /All"), "", "forbidden"},
		{"this one", mdp("/Action /Include /Fields [(name)]"), "", "forbidden"},
		{"another", mdp("/Action /Include /Fields [(sum)]"), "", "permitted"},
		{"all but this", mdp("/Action /Exclude /Fields [(name)]"), "", "permitted"},
		{"all but another", mdp("/Action /Exclude /Fields [(nam)]"), "", "forbidden"},
		{"by the field's lock", "", "/Lock <</Type /SigFieldLock /Action /All>>", "forbidden"},
		{"by the lock's permission", "", "/Lock <</Type /SigFieldLock /Action /Include /Fields [] /P 1>>", "forbidden"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := signed("", c.sig, c.field)
			fill(b)
			if _, diff := firstChanges(t, b); diff.Modified.String() != c.want {
				t.Fatalf("%s: %+v", diff.Modified, diff.Changes)
			}
		})
	}
}

// What was concluded while an object was taken as unchanged is worth nothing once it turns out changed: the outlines lead to it through an
// object that the DSS, where changes are allowed, leads to first.
func TestAssumptionsAreForgotten(t *testing.T) {
	b := signed(" /DSS <</Certs 20 0 R>> /Outlines 21 0 R", "", "")
	b.obj(20, "<</A 21 0 R /B 1>>")
	b.obj(21, "<</Up 20 0 R>>")
	root(b)
	at := int64(b.Len())
	b.obj(20, "<</A 21 0 R /B 2>>")
	root(b)
	d := open(t, b.Bytes())
	c, err := d.compare(at, d.Size(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	if diff := (&Difference{Changes: c.changes}); !named(diff, "PDF_CHANGE_DSS") || !named(diff, "PDF_CHANGE_OUTLINES") {
		t.Fatalf("%+v", c.changes)
	}
}

// An object in an object stream changes with the stream, though its own entry stays.
func TestObjectStreamReplaced(t *testing.T) {
	b := signed(" /Outlines 21 0 R", "", "")
	for _, count := range []string{"1", "2"} {
		b.stream(20, "/Type /ObjStm /N 1 /First 5", "21 0 <</Count "+count+">>")
		at := b.Len()
		b.stream(22, "/Type /XRef /Size 23 /W [1 4 2] /Index [21 1]", xrefRow(2, 20, 0))
		b.finish(fmt.Sprintf("/Root 1 0 R /XRefStm %d", at))
	}
	d := open(t, b.Bytes())
	c, err := d.compare(int64(b.ends[1]), d.Size(), 1000)
	if err != nil || !named(&Difference{Changes: c.changes}, "PDF_CHANGE_OUTLINES") {
		t.Fatalf("%+v %v", c, err)
	}
}

func TestXFA(t *testing.T) {
	for name, c := range map[string]struct {
		template, data, want string
	}{
		"data": {"(t)", "(900)", "permitted"}, "template": {"(T)", "(100)", "forbidden"},
	} {
		b := signed("", "", "")
		b.obj(oForm, formWith("/DR <</Font <</Helv 9 0 R>>>> /XFA [(template) (t) (datasets) (100)]"))
		root(b)
		from := int64(b.Len())
		b.obj(oForm, formWith("/DR <</Font <</Helv 9 0 R>>>> /XFA [(template) "+c.template+" (datasets) "+c.data+"]"))
		root(b)
		d := open(t, b.Bytes())
		got, err := d.compare(from, d.Size(), 1000)
		if err != nil || len(got.changes) != 1 || (got.changes[0].need == 2) != (c.want == "permitted") {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
}

func TestStructureTreeMayGrowByFields(t *testing.T) {
	const tree = "<</Type /StructTreeRoot /K 21 0 R /ParentTree 24 0 R>>"
	base := func() *builder {
		b := signed(" /StructTreeRoot 20 0 R", "", "")
		b.obj(20, tree)
		b.obj(21, "<</S /Document /P 20 0 R /K [22 0 R]>>")
		b.obj(22, "<</S /P /P 21 0 R /K 0 /ActualText (100)>>")
		b.obj(24, "<</Nums []>>")
		root(b)
		return b
	}
	cases := map[string]struct {
		update func(b *builder)
		need   int
	}{
		"an element for a field": {func(b *builder) {
			b.obj(21, "<</S /Document /P 20 0 R /K [22 0 R 23 0 R]>>")
			b.obj(23, "<</S /Form /P 21 0 R /K <</Type /OBJR /Obj 13 0 R>>>>")
			b.obj(24, "<</Nums [0 23 0 R]>>")
		}, 2},
		"an element of text": {func(b *builder) {
			b.obj(21, "<</S /Document /P 20 0 R /K [22 0 R 23 0 R]>>")
			b.obj(23, "<</S /P /P 21 0 R /K 1>>")
		}, never},
		"another text read aloud": {func(b *builder) { b.obj(22, "<</S /P /P 21 0 R /K 0 /ActualText (900)>>") }, never},
		"an element taken away":   {func(b *builder) { b.obj(21, "<</S /Document /P 20 0 R /K []>>") }, never},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			b := base()
			from := int64(b.Len())
			c.update(b)
			root(b)
			d := open(t, b.Bytes())
			got, err := d.compare(from, d.Size(), 1000)
			if err != nil || len(got.changes) != 1 || got.changes[0].need != c.need || got.changes[0].Key != "PDF_CHANGE_STRUCTURE_TREE" {
				t.Fatalf("%+v %v", got, err)
			}
		})
	}
}

// A DocMDP transform that the catalogue does not name can't widen what is allowed.
func TestUncertifiedDocMDPDoesNotWiden(t *testing.T) {
	b := signed("", docMDP(3), "")
	b.obj(oPage, strings.Replace(pageDict, "13 0 R]", "13 0 R 14 0 R]", 1))
	b.obj(oNext, "<</Type /Annot /Subtype /FreeText /Rect [0 0 200 200]>>")
	root(b)
	s, diff := firstChanges(t, b)
	if s.Certification || diff.Modified != ModificationForbidden {
		t.Fatalf("%v %v", s.Certification, diff.Modified)
	}
}

// When the budget is spent the answer is that nobody knows.
func TestComparisonBudget(t *testing.T) {
	b := signed("", "", "")
	b.obj(oCatalog, fmt.Sprintf(catalogDict, " /DSS <</Certs [10 0 R]>>"))
	root(b)
	raw := b.Bytes()
	d := open(t, raw)
	d.limits.Compared = 5
	sigs, err := d.Signatures()
	if err != nil {
		t.Fatal(err)
	}
	diff, err := d.Changes(sigs[0])
	if err != nil || diff.Modified != ModificationUnknown {
		t.Fatalf("%v %v", diff, err)
	}
}
