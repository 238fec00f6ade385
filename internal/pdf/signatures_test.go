package pdf

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

func signaturesOf(t *testing.T, raw []byte) []*Signature {
	t.Helper()
	sigs, err := open(t, raw).Signatures()
	if err != nil {
		t.Fatal(err)
	}
	return sigs
}

func problemKeys(s *Signature) string {
	var keys []string
	for _, p := range s.Problems {
		keys = append(keys, p.Key)
	}
	return strings.Join(keys, " ")
}

func TestSignature(t *testing.T) {
	extra := "/Name <feff018f006c0069> /Reason (Raz\\304\\261yam) /Location (Bak\xc4\xb1) /ContactInfo (a@b) /M (D:20261122160530+04'00') /Cert <3000> "
	b := signed(" /Perms <</DocMDP 8 0 R>>", extra+docMDP(2), "/Lock <</Action /Include /Fields [(name)] /P 2>> /SV <</Ff 1>>")
	raw := b.Bytes()
	s := signaturesOf(t, raw)[0]
	if s.FieldName != "seal" || s.FieldRef != (Ref{oSig, 0}) || s.Ref != (Ref{oValue, 0}) || s.Orphan || s.IsDocumentTimestamp() {
		t.Errorf("%+v", s)
	}
	if s.Name != "Əli" || s.Reason != "Razıyam" || s.Location != "Bakı" || s.ContactInfo != "a@b" || s.SigningTime.Hour() != 12 {
		t.Errorf("%q %q %q %q %v", s.Name, s.Reason, s.Location, s.ContactInfo, s.SigningTime)
	}
	if hex.EncodeToString(s.Contents) != "3003020101" || s.Padding != 11 || len(s.Certs) != 1 || len(s.Problems) != 0 {
		t.Errorf("%x padding %d %v", s.Contents, s.Padding, s.Problems)
	}
	if s.DocMDP != 2 || !s.Certification || s.Lock == nil || s.Lock.P != 2 || s.SeedValue["Ff"] != Integer(1) {
		t.Errorf("%d %v %+v %v", s.DocMDP, s.Certification, s.Lock, s.SeedValue)
	}
	if s.Coverage() != CoversWhole || s.Revision != 0 || s.End() != int64(len(raw)) {
		t.Errorf("%v %d %d", s.Coverage(), s.Revision, s.End())
	}
	gap := bytes.Index(raw, []byte(contents))
	want := slices.Concat(raw[:gap], raw[gap+len(contents):])
	if got, err := io.ReadAll(s.SignedBytes()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("signed bytes: %d, want %d: %v", len(got), len(want), err)
	}
}

// byteRange replaces the one ByteRange of a file without changing its length.
func byteRange(raw []byte, text string) []byte {
	i := bytes.Index(raw, []byte("/ByteRange ["))
	out := slices.Clone(raw)
	copy(out[i+len("/ByteRange "):], fmt.Sprintf("%-*s", len(byteRangePlaceholder), text))
	return out
}

func TestByteRangeFaults(t *testing.T) {
	raw := signed("", "", "").Bytes()
	s := signaturesOf(t, raw)[0]
	from, to, n := s.ByteRange[1], s.ByteRange[2], s.ByteRange[3]
	cases := []struct {
		name, text, want string
		coverage         Coverage
	}{
		{"as it should be", fmt.Sprintf("[0 %d %d %d]", from, to, n), "", CoversWhole},
		{"zeros", "[0 0 0 0]", "PDF_BYTE_RANGE_OVERLAP", CoversPart},
		{"one range", fmt.Sprintf("[0 %d]", len(raw)), "PDF_BYTE_RANGE_COUNT", CoversPart},
		{"three ranges", fmt.Sprintf("[0 10 20 %d %d %d]", from-20, to, n), "PDF_BYTE_RANGE_COUNT", CoversPart},
		{"negative", fmt.Sprintf("[0 %d %d -1]", from, to), "PDF_BYTE_RANGE_NEGATIVE", CoversPart},
		{"not numbers", "[0 (x) 1 2]", "PDF_BYTE_RANGE_NOT_NUMBERS", CoversPart},
		{"not from the start", fmt.Sprintf("[1 %d %d %d]", from-1, to, n), "PDF_BYTE_RANGE_START", CoversPart},
		{"beyond the end", fmt.Sprintf("[0 %d %d %d]", from, to, n+1), "PDF_BYTE_RANGE_BEYOND_END", CoversPart},
		{"enormous", "[0 9223372036854775807 9223372036854775807 1]", "PDF_BYTE_RANGE_BEYOND_END", CoversPart},
		{"hole too wide at the left", fmt.Sprintf("[0 %d %d %d]", from-1, to, n), "PDF_BYTE_RANGE_GAP", CoversPart},
		{"hole too wide at the right", fmt.Sprintf("[0 %d %d %d]", from, to+1, n-1), "PDF_BYTE_RANGE_GAP", CoversPart},
		{"brackets covered", fmt.Sprintf("[0 %d %d %d]", from+1, to-1, n+1), "PDF_BYTE_RANGE_GAP", CoversPart},
		{"overlap", fmt.Sprintf("[0 %d %d %d]", from, from-5, 10), "PDF_BYTE_RANGE_OVERLAP", CoversPart},
		{"end inside the revision", fmt.Sprintf("[0 %d %d %d]", from, to, n-20), "PDF_BYTE_RANGE_END", CoversPart},
		{"last line end not covered", fmt.Sprintf("[0 %d %d %d]", from, to, n-1), "", CoversWhole},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := signaturesOf(t, byteRange(raw, c.text))[0]
			if problemKeys(s) != c.want || s.Coverage() != c.coverage {
				t.Fatalf("%v %s, want %s %s", s.Problems, s.Coverage(), c.want, c.coverage)
			}
		})
	}
	if s := signaturesOf(t, bytes.Replace(raw, []byte("/ByteRange"), []byte("/ByteRangX"), 1))[0]; problemKeys(s) != "PDF_BYTE_RANGE_MISSING" {
		t.Error(s.Problems)
	}
}

func TestContents(t *testing.T) {
	raw := signed("", "", "").Bytes()
	for hexed, want := range map[string]string{
		"3003020101" + "0000000000000000000000": "3003020101 ",
		"30800201010000" + "000000000000000000": "30800201010000 ",
		"3003020101" + "0000000000000000000001": "30030201010000000000000000000001 PDF_CONTENTS_TRAILING_DATA",
		"00000000000000000000000000000000":      "00000000000000000000000000000000 PDF_CONTENTS_NOT_CMS",
		"30840000000100" + "000000000000000000": "30840000000100 ",
		"30ff0000000100" + "000000000000000000": "30ff0000000100000000000000000000 PDF_CONTENTS_NOT_CMS",
	} {
		s := signaturesOf(t, bytes.Replace(raw, []byte(contents), []byte("<"+hexed+">"), 1))[0]
		if got := hex.EncodeToString(s.Contents) + " " + problemKeys(s); got != want {
			t.Errorf("%s: %s, want %s", hexed, got, want)
		}
	}
	hidden := signaturesOf(t, bytes.Replace(raw, []byte(contents), []byte("<3003020101 [9 0 R] endobj 000000>"), 1))[0]
	if !strings.Contains(problemKeys(hidden), "PDF_CONTENTS_NOT_HEX") || hidden.Coverage() != CoversPart {
		t.Error("objects inside /Contents:", hidden.Problems)
	}
	s := signaturesOf(t, bytes.Replace(raw, []byte(contents), []byte("(3003020101"+"0000000000000000000000)"), 1))[0]
	if !strings.Contains(problemKeys(s), "PDF_CONTENTS_NOT_HEX") || s.Coverage() != CoversPart {
		t.Error("a literal string as /Contents:", s.Problems)
	}
}

// The hole of one signature may not be the /Contents of another.
func TestBorrowedContents(t *testing.T) {
	b := signed("", "", "")
	b.obj(oEmptySig, "<</Type /Annot /Subtype /Widget /FT /Sig /T (second) /Rect [100 100 180 130] /P 3 0 R /V 14 0 R>>")
	s := signaturesOf(t, b.Bytes())[0]
	b.obj(oNext, fmt.Sprintf("<</Type /Sig /Filter /Adobe.PPKLite /ByteRange [0 %d %d %d] /Contents %s>>", s.ByteRange[1], s.ByteRange[2], s.ByteRange[3], contents))
	root(b)
	sigs := signaturesOf(t, b.Bytes())
	if len(sigs) != 2 || sigs[1].Coverage() != CoversPart || problemKeys(sigs[1]) != "PDF_BYTE_RANGE_GAP PDF_BYTE_RANGE_COLLISION" {
		t.Fatalf("%+v", sigs)
	}
}

func TestSignatureDiscovery(t *testing.T) {
	form := func(fields string, objects ...string) []byte {
		b := newBuilder()
		b.obj(1, "<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields ["+fields+"]>>>>")
		b.obj(2, "<</Type /Pages /Kids [] /Count 0>>")
		b.sig(3, "")
		for i, o := range objects {
			b.obj(4+i, o)
		}
		return b.finish("/Root 1 0 R").Bytes()
	}
	cases := []struct {
		name string
		raw  []byte
		want string
	}{
		{"plain", form("4 0 R", "<</FT /Sig /T (a) /V 3 0 R>>"), "a"},
		{"dot in a name", form("4 0 R", "<</FT /Sig /T (a.b) /V 3 0 R>>"), "a.b"},
		{"nested, inherited type", form("4 0 R", "<</FT /Sig /T (a) /Kids [5 0 R]>>", "<</T (b) /Kids [6 0 R]>>", "<</T (c) /V 3 0 R>>"), "a.b.c"},
		{"inherited value", form("4 0 R", "<</FT /Sig /T (a) /V 3 0 R /Kids [5 0 R]>>", "<</Subtype /Widget>>"), "a"},
		{"empty", form("4 0 R", "<</FT /Sig /T (a)>>"), "orphan"},
		{"value that leads nowhere", form("4 0 R", "<</FT /Sig /T (a) /V 99 0 R>>"), "orphan"},
		{"no field", form(""), "orphan"},
		{"freed by a later revision", freed(), "orphan"},
		{"loop", form("4 0 R", "<</FT /Sig /T (a) /V 3 0 R /Kids [4 0 R 5 0 R]>>", "<</T (b) /Kids [4 0 R]>>"), "a"},
		{"two fields, one value", form("4 0 R 5 0 R", "<</FT /Sig /T (a) /V 3 0 R>>", "<</FT /Sig /T (b) /V 3 0 R>>"), "a"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range signaturesOf(t, c.raw) {
				if strings.Contains(problemKeys(s), "PDF_SIGNATURE_FREED") {
					got = append(got, "orphan")
					continue
				}
				if s.Orphan {
					got = append(got, "orphan")
				} else {
					got = append(got, s.FieldName)
				}
				if shared := strings.Contains(problemKeys(s), "PDF_SIGNATURE_SHARED"); shared != (c.name == "two fields, one value") || s.Coverage() != CoversWhole {
					t.Error(s.Coverage(), s.Problems)
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Fatalf("%v, want %s", got, c.want)
			}
		})
	}
}

// A revision that has no end mark was not finished when it was signed.
func TestRevisionWithoutEndMark(t *testing.T) {
	raw := signed("", "", "").Bytes()
	if s := signaturesOf(t, raw)[0]; s.Revision != 0 {
		t.Error(s.Revision)
	}
	if s := signaturesOf(t, bytes.Replace(raw, []byte("%%EOF"), []byte("%%eof"), 1))[0]; s.Revision != -1 {
		t.Error("without an end mark:", s.Revision)
	}
}

// freed is a signed file whose last revision removes the signature.
func freed() []byte {
	b := signed("", "", "")
	b.obj(oForm, "<</Fields [6 0 R]>>")
	b.free(oSig)
	b.free(oValue)
	root(b)
	return b.Bytes()
}

func TestDirectSignatureDictionary(t *testing.T) {
	b := newBuilder()
	b.obj(1, "<</Type /Catalog /AcroForm <</Fields [4 0 R]>>>>")
	b.sig(4, "")
	raw := b.finish("/Root 1 0 R").String()
	// The dictionary becomes the value of the field itself; the spaces keep every offset.
	head := "<</Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached "
	raw = strings.Replace(raw, head, fmt.Sprintf("%-*s", len(head), "<</FT /Sig /V <</Filter /Adobe.PPKLite"), 1)
	raw = strings.Replace(raw, contents+">>\nendobj\n", contents+">>>>endobj", 1)
	s := signaturesOf(t, []byte(raw))
	if len(s) != 1 || s[0].Orphan || s[0].Ref != (Ref{}) || s[0].Coverage() != CoversWhole {
		t.Fatalf("%+v", s)
	}
}

func TestDSS(t *testing.T) {
	b := signed("", "", "")
	b.obj(oCatalog, fmt.Sprintf(catalogDict, " /DSS <</Certs [14 0 R 99 0 R] /OCSPs 15 0 R /CRLs [] /VRI <</Type /VRI /ab01 <</Cert [14 0 R] /TU (D:2026) /TS 16 0 R>>>>>>"))
	b.stream(14, "/Filter /FlateDecode", deflate("certificate"))
	b.obj(15, "[16 0 R]")
	b.stream(16, "", "ocsp")
	root(b)
	d := open(t, b.Bytes())
	s, err := d.DSS()
	if err != nil || len(s.Certs) != 1 || string(s.Certs[0]) != "certificate" || len(s.OCSPs) != 1 || len(s.CRLs) != 0 {
		t.Fatalf("%+v %v", s, err)
	}
	v := s.VRI["AB01"]
	if len(s.VRI) != 1 || len(v.Certs) != 1 || string(v.Timestamp) != "ocsp" || v.Time.Year() != 2026 {
		t.Fatalf("%+v", s.VRI)
	}
	if len(s.Problems) != 1 || s.Problems[0].Key != "PDF_DSS_DANGLING" {
		t.Fatal(s.Problems)
	}
	if none, err := open(t, simple().Bytes()).DSS(); none != nil || err != nil {
		t.Fatal(none, err)
	}
}
