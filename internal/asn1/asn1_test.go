package asn1

import (
	"bytes"
	stdasn1 "encoding/asn1"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// unhex reads hexadecimal with spaces.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func parseHex(t *testing.T, s string) Element {
	t.Helper()
	e, err := Parse(unhex(t, s), Limits{})
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return e
}

func TestElements(t *testing.T) {
	for _, c := range []struct {
		name, in   string
		tag        Tag
		content    string
		indefinite bool
		longForm   bool
	}{
		{"primitive", "04 02 0102", TagOctetString, "0102", false, false},
		{"long length", "04 81 80" + strings.Repeat("00", 128), TagOctetString, strings.Repeat("00", 128), false, false},
		{"length longer than needed", "04 82 0002 0102", TagOctetString, "0102", false, true},
		{"length with leading zeros", "04 83 000080" + strings.Repeat("00", 128), TagOctetString, strings.Repeat("00", 128), false, true},
		{"indefinite", "30 80 0500 0000", TagSequence, "0500", true, false},
		{"indefinite in indefinite", "30 80 3080 0500 0000 0000", TagSequence, "308005000000", true, false},
		{"zeros inside a definite element are no end", "30 80 0402 0000 0000", TagSequence, "04020000", true, false},
		{"context tag", "a3 02 0500", Context(3), "0500", false, false},
		{"high tag", "bf 8101 02 0500", Context(129), "0500", false, false},
		{"low tag in high form", "bf 03 02 0500", Context(3), "0500", false, true},
		{"application", "61 00", Application(1), "", false, false},
	} {
		e := parseHex(t, c.in)
		if e.Tag != c.tag || hex.EncodeToString(e.Content) != c.content || e.Indefinite != c.indefinite || e.LongForm != c.longForm {
			t.Errorf("%s: %+v", c.name, e)
		}
		if !bytes.Equal(e.Raw, unhex(t, c.in)) {
			t.Errorf("%s: raw %x", c.name, e.Raw)
		}
	}
}

func TestBrokenElements(t *testing.T) {
	for name, in := range map[string]string{
		"nothing": "", "tag only": "30", "length missing": "3082", "content missing": "0405 01", "length of lengths missing": "0484 0001",
		"no end": "30 80 0500", "half an end": "30 80 0500 00", "end with content": "30 80 00 01 00", "end nowhere": "0000",
		"primitive of indefinite length": "04 80 0000", "reserved length": "04 ff", "huge length": "04 88 7fffffffffffffff", "very long length": "04 8b ffffffffffffffffffffff",
		"endless tag": "1f ffffffffffffff 00", "two elements": "0500 0500",
	} {
		if e, err := Parse(unhex(t, in), Limits{}); err == nil {
			t.Errorf("%s: read as %+v", name, e)
		}
	}
	if _, err := Parse(unhex(t, "3003 0201"), Limits{}); !errors.Is(err, ErrTruncated) {
		t.Errorf("truncated: %v", err)
	}
}

func TestLimits(t *testing.T) {
	deep := bytes.Repeat([]byte{0x30, 0x80}, 50)
	if _, err := Parse(append(deep, make([]byte, 100)...), Limits{}); !errors.Is(err, ErrLimit) {
		t.Errorf("depth: %v", err)
	}
	if _, err := Parse(append(deep, make([]byte, 100)...), Limits{Depth: 60}); err != nil {
		t.Errorf("depth that is allowed: %v", err)
	}
	wide := append(append([]byte{0x30, 0x80}, bytes.Repeat([]byte{5, 0}, 1000)...), 0, 0)
	if _, err := Parse(wide, Limits{Elements: 500}); !errors.Is(err, ErrLimit) {
		t.Errorf("elements: %v", err)
	}
	// Definite lengths cost nothing until they are opened; then depth counts all the same.
	var b []byte
	for range 60 {
		b = Sequence(b)
	}
	e, err := Parse(b, Limits{})
	for err == nil {
		e, err = e.Children().Next()
	}
	if !errors.Is(err, ErrLimit) {
		t.Errorf("depth by definite lengths: %v", err)
	}
}

func TestReader(t *testing.T) {
	e := parseHex(t, "30 0b 020101 a003 020105 0101 ff")
	r := e.Children()
	if tag, ok := r.Peek(); !ok || tag != TagInteger {
		t.Errorf("peek: %v", tag)
	}
	if _, ok, err := r.Optional(Context(0)); ok || err != nil {
		t.Error("an optional element that isn't there was read")
	}
	n, err := r.Expect(TagInteger)
	if err != nil || n.Offset != 2 {
		t.Errorf("%+v, %v", n, err)
	}
	x, ok, err := r.Optional(Context(0))
	if err != nil || !ok {
		t.Fatal(err)
	}
	if v, err := x.Children().Expect(TagInteger); err != nil || v.Offset != 7 {
		t.Errorf("offset %d of a nested element, %v", v.Offset, err)
	}
	if err := r.End(); err == nil {
		t.Error("the end was found before the end")
	}
	r = e.Children()
	if _, err := r.Expect(TagSequence); err == nil {
		t.Error("an INTEGER is a SEQUENCE")
	}
	if _, err := r.Next(); err == nil || r.More() {
		t.Error("a reader goes on after an error")
	}
	if _, err := parseHex(t, "0401 00").Children().Next(); err == nil {
		t.Error("a primitive element has children")
	}
}

func TestOffsetsInsideIndefiniteLengths(t *testing.T) {
	e := parseHex(t, "30 80 30 80 0201 07 0000 0000")
	inner, err := e.Children().Next()
	if err != nil || inner.Offset != 2 {
		t.Fatalf("%d, %v", inner.Offset, err)
	}
	if n, err := inner.Children().Next(); err != nil || n.Offset != 4 {
		t.Errorf("%d, %v", n.Offset, err)
	}
}

func TestIntegers(t *testing.T) {
	for in, want := range map[string]int64{"0201 00": 0, "0201 7f": 127, "0202 0080": 128, "0201 80": -128, "0201 ff": -1, "0202 ff7f": -129, "0203 000001": 1} {
		v, err := parseHex(t, in).Integer()
		if err != nil || v.Int64() != want {
			t.Errorf("%s: %v, %v", in, v, err)
		}
	}
	for _, v := range []int64{0, 1, 127, 128, 255, 256, -1, -127, -128, -129, -255, -256, -257, 1 << 40, -(1 << 40)} {
		want, err := stdasn1.Marshal(v)
		if got := Int(v); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%d encoded as %x, want %x", v, got, want)
		}
	}
	big1 := new(big.Int).Lsh(big.NewInt(3), 200)
	if v, err := parseHex(t, hex.EncodeToString(Integer(big1))).Integer(); err != nil || v.Cmp(big1) != 0 {
		t.Errorf("%v, %v", v, err)
	}
	for _, bad := range []string{"0200", "2203 020101"} {
		if _, err := parseHex(t, bad).Integer(); err == nil {
			t.Errorf("%s is an INTEGER", bad)
		}
	}
	if _, err := parseHex(t, "0205 0100000000").Int(); err == nil {
		t.Error("a number of 33 bits is small")
	}
}

func TestObjectIdentifiers(t *testing.T) {
	uuid := ObjectIdentifier("2.25.329800735698586629295641978511506172918")
	for _, o := range []ObjectIdentifier{"0.0", "0.39", "1.0", "1.39.3", "2.0", "2.47.1", "2.48", "2.999.3", "1.2.840.113549.1.7.2", "0.4.0.1733.2.4", "2.5.4.5", uuid} {
		e := parseHex(t, hex.EncodeToString(OID(o)))
		if got, err := e.ObjectIdentifier(); err != nil || got != o {
			t.Errorf("%s read back as %s, %v", o, got, err)
		}
	}
	std, _ := stdasn1.Marshal(stdasn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1})
	if !bytes.Equal(OID("2.16.840.1.101.3.4.2.1"), std) {
		t.Errorf("%x, want %x", OID("2.16.840.1.101.3.4.2.1"), std)
	}
	for _, bad := range []ObjectIdentifier{"", "1", "1.40", "3.1", "1.2.", "1..2", "1.2.x", "1.02", "-1.2", "1.2." + ObjectIdentifier(strings.Repeat("9", 600))} {
		if b := bad.contents(); b != nil {
			t.Errorf("%q is encoded as %x", bad, b)
		}
	}
	for _, bad := range []string{"0600", "0601 80", "0602 2a80", "0603 2a8001", "2603 060100", "0682 0101" + strings.Repeat("01", 257)} {
		if o, err := parseHex(t, bad).ObjectIdentifier(); err == nil {
			t.Errorf("%s is %s", bad, o)
		}
	}
}

func TestStrings(t *testing.T) {
	constructed := "24 80 0402 0102 2404 0402 0304 0400 0000"
	e := parseHex(t, constructed)
	if b, err := e.OctetString(); err != nil || hex.EncodeToString(b) != "01020304" {
		t.Errorf("%x, %v", b, err)
	}
	var pieces int
	if err := e.Segments(func([]byte) error { pieces++; return nil }); err != nil || pieces != 3 {
		t.Errorf("%d pieces, %v", pieces, err)
	}
	if _, err := parseHex(t, "2403 020101").OctetString(); err == nil {
		t.Error("an INTEGER is part of an OCTET STRING")
	}
	for in, want := range map[string]string{"0303 00 0102": "0102/0", "0302 04 f0": "f0/4", "0301 00": "/0", "2309 0302 00 01 0303 04 02f0": "0102f0/4"} {
		b, unused, err := parseHex(t, in).BitString()
		if got := hex.EncodeToString(b) + "/" + string(rune('0'+unused)); err != nil || got != want {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for _, bad := range []string{"0300", "0302 08 01", "0301 01", "2308 0302 04 f0 0302 00 01"} {
		if b, _, err := parseHex(t, bad).BitString(); err == nil {
			t.Errorf("%s is %x", bad, b)
		}
	}
	for in, want := range map[string]bool{"0101 00": false, "0101 ff": true, "0101 01": true} {
		if v, err := parseHex(t, in).Boolean(); err != nil || v != want {
			t.Errorf("%s: %v, %v", in, v, err)
		}
	}
}

func TestTimes(t *testing.T) {
	utc := func(s string) []byte { return Encode(TagUTCTime, false, []byte(s)) }
	general := func(s string) []byte { return Encode(TagGeneralizedTime, false, []byte(s)) }
	for _, c := range []struct {
		in   []byte
		want string // empty: refused
	}{
		{utc("261122101112Z"), "2026-11-22T10:11:12Z"},
		{utc("2611221011Z"), "2026-11-22T10:11:00Z"},
		{utc("261122101112+0400"), "2026-11-22T06:11:12Z"},
		{utc("500101000000Z"), "1950-01-01T00:00:00Z"},
		{utc("491231235959Z"), "2049-12-31T23:59:59Z"},
		{general("20261122101112Z"), "2026-11-22T10:11:12Z"},
		{general("20261122101112.5Z"), "2026-11-22T10:11:12.5Z"},
		{general("20261122101112,25Z"), "2026-11-22T10:11:12.25Z"},
		{general("20261122101112"), ""},
		{general("20261332101112Z"), ""},
		{general("20260230101112Z"), ""},
		{utc("261122101112"), ""},
		{utc(""), ""},
		{utc("x61122101112Z"), ""},
		{utc("20261122101112Z"), ""},
		{general(strings.Repeat("2", 50)), ""},
		{Int(1), ""},
	} {
		e, err := Parse(c.in, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Time()
		if c.want == "" {
			if err == nil {
				t.Errorf("%q is %v", e.Content, got)
			}
		} else if err != nil || got.Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q: %v, %v", e.Content, got, err)
		}
	}
	for _, at := range []time.Time{
		time.Date(2026, 11, 22, 10, 11, 12, 0, time.FixedZone("Baku", 4*3600)), time.Date(1949, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		e, err := Parse(Time(at), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.Time(); err != nil || !got.Equal(at) || e.Is(TagUTCTime) != (at.Year() >= 1950 && at.Year() < 2050) {
			t.Errorf("%v read back as %v, %v", at, got, err)
		}
	}
}

func TestDER(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"indefinite length", "30 80 0500 0000", "30 02 0500"},
		{"long length", "30 8102 0500", "30 02 0500"},
		{"constructed string", "24 80 0401 01 0401 02 0000", "04 02 0102"},
		{"constructed bit string", "23 80 0302 00 01 0302 04 20 0000", "03 03 04 0120"},
		{"TRUE", "0101 01", "0101 ff"},
		{"SET out of order", "31 05 0500 0101 ff", "31 05 0101 ff 0500"},
		{"deep inside", "30 80 31 80 24 80 0401 01 0000 0101 05 0000 0000", "30 08 31 06 0101 ff 0401 01"},
	} {
		e := parseHex(t, c.in)
		if e.IsDER() {
			t.Errorf("%s: taken for DER", c.name)
		}
		got, err := e.DER()
		if err != nil || !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%s: %x, %v", c.name, got, err)
		}
		if !parseHex(t, hex.EncodeToString(got)).IsDER() {
			t.Errorf("%s: the result is not taken for DER", c.name)
		}
	}
	if _, err := parseHex(t, "30 04 0405 0102").DER(); err == nil {
		t.Error("a truncated element inside was encoded")
	}
}

func TestSetOfIsSorted(t *testing.T) {
	a, b := Int(2), OctetString([]byte{1})
	if got := SetOf(b, a); !bytes.Equal(got, SetOf(a, b)) || got[2] != byte(TagInteger) {
		t.Errorf("%x", got)
	}
}

func TestTagNames(t *testing.T) {
	for tag, want := range map[Tag]string{TagSequence: "SEQUENCE", Context(3): "[3]", Application(2): "[APPLICATION 2]", Tag(3<<classShift | 1): "[PRIVATE 1]", 9: "[UNIVERSAL 9]"} {
		if tag.String() != want {
			t.Errorf("%s, want %s", tag, want)
		}
	}
}

// FuzzReader walks whatever it is given to the bottom, and holds that DER is stable and never longer than allowed by the input.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"30 80 0500 0000", "24 80 0401 01 0401 02 0000", "3182 0005 0101 01 0500", "0603 2a0304", "170d 3236313132323130313131325a", "1f8101 00", "0302 04f0"} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b, Limits{Depth: 20, Elements: 5000})
		if err != nil {
			return
		}
		if len(e.Raw) != len(b) {
			t.Fatal("an element that is the whole input is not as long as it")
		}
		e.Integer()
		e.BitString()
		e.OctetString()
		e.Boolean()
		e.Time()
		if o, err := e.ObjectIdentifier(); err == nil {
			if back := Encode(TagObjectIdentifier, false, o.contents()); !bytes.Equal(back[len(back)-len(e.Content):], e.Content) {
				t.Fatalf("%s is encoded as %x", o, back)
			}
		}
		der, err := e.DER()
		if err != nil {
			return
		}
		again, err := Parse(der, Limits{Depth: 20, Elements: 5000})
		if err != nil {
			t.Fatalf("DER that can't be read: %x: %v", der, err)
		}
		if e.IsDER() && !bytes.Equal(der, b) {
			t.Fatalf("%x is DER, and its DER is %x", b, der)
		}
		if twice, err := again.DER(); err != nil || !bytes.Equal(twice, der) {
			t.Fatalf("DER of DER differs: %x, %x, %v", der, twice, err)
		}
	})
}

// TestArcsOfAnySizeAreWrittenAsTheyWereRead holds what fuzzing found: an arc of 330 bits was read, and could not be written.
func TestArcsOfAnySizeAreWrittenAsTheyWereRead(t *testing.T) {
	for _, n := range []int{1, 9, 10, 48, maxOID - 2} {
		contents := append([]byte{0x2a}, bytes.Repeat([]byte{0xf7}, n)...)
		contents = append(contents, 0x30)
		o, ok := parseOID(contents)
		if !ok || !bytes.Equal(o.contents(), contents) {
			t.Errorf("an arc of %d octets: %v, read as %s, written as %x", n+1, ok, o, o.contents())
		}
	}
}
