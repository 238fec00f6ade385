package cms

import (
	"testing"

	"mohur/internal/asn1"
)

func TestSameName(t *testing.T) {
	name := func(rdns ...[]byte) []byte { return asn1.Sequence(rdns...) }
	cn := func(tag asn1.Tag, v string) []byte {
		return asn1.SetOf(asn1.Sequence(asn1.OID("2.5.4.3"), asn1.Encode(tag, false, []byte(v))))
	}
	o := asn1.SetOf(asn1.Sequence(asn1.OID("2.5.4.10"), asn1.UTF8String("ASAN")))
	base := name(cn(asn1.TagUTF8String, "Milli Kök CA"), o)
	for what, c := range map[string]struct {
		other []byte
		same  bool
	}{
		"itself":              {base, true},
		"BMPString":           {name(cn(asn1.TagBMPString, "\x00M\x00i\x00l\x00l\x00i\x00 \x00K\x00\xf6\x00k\x00 \x00C\x00A"), o), true},
		"T61String":           {name(cn(asn1.TagT61String, "Milli K\xf6k CA"), o), true},
		"case and space":      {name(cn(asn1.TagUTF8String, " milli  KÖK ca "), o), true},
		"another name":        {name(cn(asn1.TagUTF8String, "Milli Kök CB"), o), false},
		"another order":       {name(o, cn(asn1.TagUTF8String, "Milli Kök CA")), false},
		"less":                {name(cn(asn1.TagUTF8String, "Milli Kök CA")), false},
		"another type":        {name(asn1.SetOf(asn1.Sequence(asn1.OID("2.5.4.11"), asn1.UTF8String("Milli Kök CA"))), o), false},
		"octets, not strings": {name(cn(asn1.TagOctetString, "Milli Kök CA"), o), false},
		"no name":             {asn1.Null(), false},
		"nothing":             {nil, false},
	} {
		if sameName(base, c.other) != c.same || sameName(c.other, base) != c.same {
			t.Errorf("%s: same is %v", what, !c.same)
		}
	}
	if sameName(asn1.Null(), asn1.Int(1)) {
		t.Error("two things that are no names are the same")
	}
}
