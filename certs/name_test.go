package certs

import (
	"testing"

	"mohur/internal/asn1"
)

// dn builds a name of one RDN per attribute.
func dn(attributes ...[]byte) []byte {
	var rdns [][]byte
	for _, a := range attributes {
		rdns = append(rdns, asn1.SetOf(a))
	}
	return asn1.Sequence(rdns...)
}

func attribute(oid asn1.ObjectIdentifier, tag asn1.Tag, value string) []byte {
	return asn1.Sequence(asn1.OID(oid), asn1.Encode(tag, false, []byte(value)))
}

func parsedName(t *testing.T, der []byte) Name {
	t.Helper()
	n, err := ParseName(der)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNamesCompareAsRFC5280Asks(t *testing.T) {
	cn := func(tag asn1.Tag, v string) []byte { return dn(attribute(oidCommonName, tag, v)) }
	for name, c := range map[string]struct {
		a, b  []byte
		equal bool
	}{
		"string types":      {cn(asn1.TagPrintableString, "Good CA"), cn(asn1.TagUTF8String, "Good CA"), true},
		"case":              {cn(asn1.TagUTF8String, "Good CA"), cn(asn1.TagUTF8String, "GOOD ca"), true},
		"spaces":            {cn(asn1.TagUTF8String, "  Good   CA "), cn(asn1.TagUTF8String, "Good CA"), true},
		"BMPString":         {cn(asn1.TagBMPString, "\x01\x8f\x00l\x00i"), cn(asn1.TagUTF8String, "Əli"), true},
		"compatibility":     {cn(asn1.TagUTF8String, "ﬁn"), cn(asn1.TagUTF8String, "fin"), true},
		"composed":          {cn(asn1.TagUTF8String, "Go\u0308mru\u0308k"), cn(asn1.TagUTF8String, "Gömrük"), true},
		"soft hyphen":       {cn(asn1.TagUTF8String, "Good\u00adCA"), cn(asn1.TagUTF8String, "GoodCA"), true},
		"ı is not i":        {cn(asn1.TagUTF8String, "qızıl"), cn(asn1.TagUTF8String, "qizil"), false},
		"spaces count once": {cn(asn1.TagUTF8String, "Good CA"), cn(asn1.TagUTF8String, "GoodCA"), false},
		"other attribute":   {cn(asn1.TagUTF8String, "x"), dn(attribute(oidOrganization, asn1.TagUTF8String, "x")), false},
		"order of RDNs":     {dn(attribute(oidCountry, 19, "AZ"), attribute(oidCommonName, 12, "x")), dn(attribute(oidCommonName, 12, "x"), attribute(oidCountry, 19, "AZ")), false},
		"order in an RDN": {
			asn1.Sequence(asn1.Encode(asn1.TagSet, true, attribute(oidCountry, 19, "AZ"), attribute(oidCommonName, 12, "x"))),
			asn1.Sequence(asn1.Encode(asn1.TagSet, true, attribute(oidCommonName, 12, "x"), attribute(oidCountry, 19, "AZ"))), true,
		},
		"prefix": {dn(attribute(oidCountry, 19, "AZ")), dn(attribute(oidCountry, 19, "AZ"), attribute(oidCommonName, 12, "x")), false},
	} {
		a, b := parsedName(t, c.a), parsedName(t, c.b)
		if a.Equal(b) != c.equal || b.Equal(a) != c.equal || (a.key() == b.key()) != c.equal {
			t.Errorf("%s: %q and %q equal: %v", name, a, b, a.Equal(b))
		}
	}
}

func TestSubtreesOfNames(t *testing.T) {
	base := parsedName(t, dn(attribute(oidCountry, 19, "AZ"), attribute(oidOrganization, 12, "Agentlik")))
	in := parsedName(t, dn(attribute(oidCountry, 19, "az"), attribute(oidOrganization, 19, "AGENTLIK"), attribute(oidCommonName, 12, "x")))
	out := parsedName(t, dn(attribute(oidOrganization, 12, "Agentlik"), attribute(oidCountry, 19, "AZ")))
	if !in.within(base) || !base.within(base) || out.within(base) || base.within(in) {
		t.Error("subtrees are judged wrongly")
	}
}

func TestNamesAreWrittenAsRFC4514(t *testing.T) {
	n := parsedName(t, dn(attribute(oidCountry, 19, "AZ"), attribute(oidOrganization, 12, "A, B + \"C\" <D>;\\"), attribute(oidCommonName, 12, " #Əli "), attribute("1.2.3", 12, "#x")))
	want := `1.2.3=\#x,CN=\ #Əli\ ,O=A\, B \+ \"C\" \<D\>\;\\,C=AZ`
	if got := n.String(); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	latin := parsedName(t, dn(attribute(oidCommonName, asn1.TagT61String, "M\xfcller")))
	if latin.CommonName() != "Müller" {
		t.Errorf("T61String: %q", latin.CommonName())
	}
	odd := parsedName(t, dn(attribute(oidCommonName, asn1.TagInteger, "\x05")))
	if odd.CommonName() != "#020105" || odd.Display() != "#020105" {
		t.Errorf("%q", odd.CommonName())
	}
}
