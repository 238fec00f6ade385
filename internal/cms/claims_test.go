package cms

import (
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// without has unsigned attributes in place of signed ones.
func without(t testing.TB, attributes ...[]byte) *SignerInfo {
	t.Helper()
	c := newCraft(t, "P-256", message)
	c.unsigned = attributes
	sd, err := Parse(c.message(t), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return sd.SignerInfos[0]
}

func TestWhatTheSignerSaysOfTheContent(t *testing.T) {
	si := with(t,
		EncodeAttribute(OIDContentHints, asn1.Sequence(asn1.UTF8String("Müqavilə.pdf"), asn1.OID(OIDData))),
		EncodeAttribute(OIDContentReference, asn1.Sequence(asn1.OID(OIDSignedData), asn1.OctetString([]byte("id")), asn1.OctetString([]byte("value")))),
		EncodeAttribute(OIDContentIdentifier, asn1.OctetString([]byte("id"))),
		EncodeAttribute(OIDMIMEType, asn1.UTF8String("application/pdf")),
	)
	if h, err := si.ContentHints(); err != nil || h.Description != "Müqavilə.pdf" || h.ContentType != OIDData {
		t.Errorf("hints %+v, %v", h, err)
	}
	if r, err := si.ContentReference(); err != nil || r.ContentType != OIDSignedData || string(r.Identifier) != "id" || string(r.SignatureValue) != "value" {
		t.Errorf("reference %+v, %v", r, err)
	}
	if id, err := si.ContentIdentifier(); err != nil || string(id) != "id" {
		t.Errorf("identifier %q, %v", id, err)
	}
	if m, err := si.MIMEType(); err != nil || m != "application/pdf" {
		t.Errorf("type %q, %v", m, err)
	}
	if h, err := with(t, EncodeAttribute(OIDContentHints, asn1.Sequence(asn1.OID(OIDData)))).ContentHints(); err != nil || h.Description != "" {
		t.Errorf("hints without description: %+v, %v", h, err)
	}
	bad := with(t,
		EncodeAttribute(OIDContentHints, asn1.Sequence(asn1.UTF8String("x"))), EncodeAttribute(OIDContentReference, asn1.Sequence(asn1.OID(OIDData))),
		EncodeAttribute(OIDMIMEType, asn1.Int(1)), EncodeAttribute(OIDContentIdentifier, asn1.Sequence(asn1.Int(1))),
	)
	var a *AttributeError
	_, err1 := bad.ContentHints()
	_, err2 := bad.ContentReference()
	_, err3 := bad.MIMEType()
	_, err4 := bad.ContentIdentifier()
	for i, err := range []error{err1, err2, err3, err4} {
		if !errors.As(err, &a) || a.Code != MalformedAttribute {
			t.Errorf("%d: %v", i, err)
		}
	}
}

func TestSignerLocation(t *testing.T) {
	address := asn1.Sequence(asn1.UTF8String("Nizami küç. 1"), asn1.UTF8String("AZ1000"))
	si := with(t, EncodeAttribute(OIDSignerLocation, asn1.Sequence(
		asn1.Explicit(0, asn1.Encode(asn1.TagPrintableString, false, []byte("AZ"))),
		// Bakı in BER: a string in two segments.
		asn1.Explicit(1, asn1.Encode(asn1.TagUTF8String, true, asn1.OctetString([]byte("Ba")), asn1.OctetString([]byte("kı")))),
		asn1.Explicit(2, address))))
	l, err := si.SignerLocation()
	if err != nil || l.Country != "AZ" || l.Locality != "Bakı" || !slices.Equal(l.PostalAddress, []string{"Nizami küç. 1", "AZ1000"}) {
		t.Errorf("%+v, %v", l, err)
	}
	var seven [][]byte
	for range 7 {
		seven = append(seven, asn1.UTF8String("x"))
	}
	for name, raw := range map[string][]byte{
		"seven lines": asn1.Sequence(asn1.Explicit(2, asn1.Sequence(seven...))), "no text": asn1.Sequence(asn1.Explicit(0, asn1.Int(1))),
		"nothing inside": asn1.Sequence(asn1.Explicit(0)), "a number": asn1.Int(1),
	} {
		if _, err := with(t, EncodeAttribute(OIDSignerLocation, raw)).SignerLocation(); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}

// attributeCert is an attribute certificate of version 2 for a holder named by his certificate.
func attributeCert(name []byte) []byte {
	names := asn1.Sequence(asn1.Explicit(4, name))
	at := func(year int) []byte { return asn1.GeneralizedTime(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)) }
	info := asn1.Sequence(asn1.Int(1), asn1.Sequence(asn1.Explicit(0, names, asn1.Int(7))), asn1.Explicit(0, names), algo.SHA256.Identifier(), asn1.Int(42),
		asn1.Sequence(at(2026), at(2027)), asn1.Sequence(EncodeAttribute("2.5.4.72", asn1.UTF8String("Direktor"))))
	return asn1.Sequence(info, algo.SHA256.Identifier(), asn1.BitString([]byte{1}))
}

func TestSignerAttributes(t *testing.T) {
	id, err := IdentifyCertificate(testSigners()["P-256"].cert)
	if err != nil {
		t.Fatal(err)
	}
	claimed := EncodeAttribute("2.5.4.12", asn1.UTF8String("Mühasib"))
	certificate := attributeCert(id.IssuerRaw)
	other := asn1.Sequence(asn1.OID("1.2.3"), asn1.Null())
	for name, c := range map[string]struct {
		attribute        []byte
		others, asserted int
	}{
		"version 1": {EncodeAttribute(OIDSignerAttributes, asn1.Sequence(asn1.Explicit(0, asn1.Sequence(claimed)), asn1.Explicit(1, certificate))), 0, 0},
		"version 2": {EncodeAttribute(OIDSignerAttributesV2, asn1.Sequence(asn1.Explicit(0, asn1.Sequence(claimed)),
			asn1.Explicit(1, asn1.Sequence(asn1.Explicit(0, certificate), asn1.Explicit(1, other))), asn1.Explicit(2, asn1.Sequence(other)))), 1, 1},
	} {
		a, err := with(t, c.attribute).SignerAttributes()
		if err != nil || len(a.Claimed) != 1 || a.Claimed[0].Type != "2.5.4.12" || Text(a.Claimed[0].Values[0]) != "Mühasib" ||
			len(a.Certified) != 1 || len(a.Other) != c.others || len(a.Assertions) != c.asserted {
			t.Errorf("%s: %+v, %v", name, a, err)
			continue
		}
		got, err := ParseAttributeCertificate(a.Certified[0])
		if err != nil || got.Serial.Cmp(big.NewInt(42)) != 0 || got.HolderSerial.Cmp(big.NewInt(7)) != 0 || string(got.HolderIssuerRaw) != string(id.IssuerRaw) ||
			string(got.IssuerRaw) != string(id.IssuerRaw) || got.NotAfter.Year() != 2027 || !slices.Equal(got.Attributes.Types(), []asn1.ObjectIdentifier{"2.5.4.72"}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	for name, raw := range map[string][]byte{"unknown part": asn1.Sequence(asn1.Explicit(5, asn1.Sequence())), "no list": asn1.Sequence(asn1.Explicit(0, asn1.Int(1)))} {
		if _, err := with(t, EncodeAttribute(OIDSignerAttributesV2, raw)).SignerAttributes(); err == nil {
			t.Errorf("%s is read", name)
		}
	}
	if _, err := ParseAttributeCertificate(asn1.Sequence(asn1.Sequence(asn1.Int(1)))); err == nil {
		t.Error("half a certificate is read")
	}
}

func TestReferencesToValidationData(t *testing.T) {
	cert, list, answer := []byte("certificate"), []byte("list"), []byte("answer")
	id, err := IdentifyCertificate(testSigners()["P-256"].cert)
	if err != nil {
		t.Fatal(err)
	}
	other := func(b []byte) []byte {
		return asn1.Sequence(algo.SHA256.Identifier(), asn1.OctetString(algo.SHA256.Sum(b)))
	}
	issuerSerial := asn1.Sequence(asn1.Sequence(asn1.Explicit(4, id.IssuerRaw)), asn1.Int(9))
	at := asn1.GeneralizedTime(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	si := without(t,
		EncodeAttribute(OIDCertificateReferences, asn1.Sequence(asn1.Sequence(other(cert), issuerSerial), asn1.Sequence(asn1.OctetString(algo.SHA1.Sum(cert))))),
		EncodeAttribute(OIDRevocationReferences, asn1.Sequence(
			asn1.Sequence(asn1.Explicit(0, asn1.Sequence(asn1.Sequence(asn1.Sequence(other(list), asn1.Sequence(id.IssuerRaw, at)))))),
			asn1.Sequence(asn1.Explicit(1, asn1.Sequence(asn1.Sequence(
				asn1.Sequence(asn1.Sequence(asn1.Explicit(1, id.IssuerRaw), at), other(answer)), asn1.Sequence(asn1.Sequence(asn1.Explicit(1, id.IssuerRaw), at)))))),
			asn1.Sequence(asn1.Explicit(2, asn1.Sequence())))))
	refs, err := si.CertificateReferences()
	if err != nil || len(refs) != 2 || !refs[0].Matches(cert) || !refs[1].Matches(cert) || refs[0].Matches(list) || refs[0].Serial.Int64() != 9 || refs[1].Digest != algo.SHA1 {
		t.Errorf("%+v, %v", refs, err)
	}
	refs, err = si.RevocationReferences()
	if err != nil || len(refs) != 4 {
		t.Fatalf("%+v, %v", refs, err)
	}
	var kinds []ReferenceKind
	for _, r := range refs {
		kinds = append(kinds, r.Kind)
	}
	if !slices.Equal(kinds, []ReferenceKind{ReferenceCRL, ReferenceOCSP, ReferenceOCSP, ReferenceOther}) || !refs[0].Matches(list) || !refs[1].Matches(answer) ||
		refs[2].Hash != nil || refs[2].Matches(nil) || refs[1].ProducedAt.Year() != 2026 || refs[0].ProducedAt.Year() != 2026 {
		t.Errorf("%+v", refs)
	}
	bad := without(t, EncodeAttribute(OIDCertificateReferences, asn1.Sequence(asn1.Sequence(asn1.Int(1)))), EncodeAttribute(OIDRevocationReferences, asn1.Sequence(asn1.Sequence(asn1.Explicit(0, asn1.Int(1))))))
	_, err1 := bad.CertificateReferences()
	_, err2 := bad.RevocationReferences()
	if err1 == nil || err2 == nil {
		t.Errorf("%v, %v", err1, err2)
	}
}

func TestPolicyQualifiersAndStore(t *testing.T) {
	document := []byte("siyasət")
	qualifiers := asn1.Sequence(
		asn1.Sequence(asn1.OID(oidPolicyURI), asn1.Encode(asn1.TagIA5String, false, []byte("https://example.az/policy"))),
		asn1.Sequence(asn1.OID(oidPolicyNotice), asn1.Sequence(asn1.UTF8String("Diqqət"))),
		asn1.Sequence(asn1.OID(oidPolicySpecification), asn1.OID("1.2.3")), asn1.Sequence(asn1.OID("1.2.9"), asn1.Null()))
	policy := func(q ...[]byte) []byte {
		return EncodeAttribute(OIDSignaturePolicy, asn1.Sequence(append([][]byte{asn1.OID("1.2.3.4"), asn1.Sequence(algo.SHA256.Identifier(), asn1.OctetString(algo.SHA256.Sum(document)))}, q...)...))
	}
	p, err := with(t, policy(qualifiers)).SignaturePolicy()
	if err != nil || p.URI != "https://example.az/policy" || p.Notice != "Diqqət" || p.Specification != "1.2.3" || len(p.Others) != 1 || !p.MatchesHash(document) || p.MatchesHash(nil) {
		t.Errorf("%+v, %v", p, err)
	}
	if _, err := with(t, policy(asn1.Sequence(asn1.Int(1)))).SignaturePolicy(); err == nil {
		t.Error("a number is read as a qualifier")
	}
	s, err := without(t, EncodeAttribute(OIDSignaturePolicyStore, asn1.Sequence(asn1.OID("1.2.3"), asn1.OctetString(document)))).PolicyStore()
	if err != nil || string(s.Document) != string(document) || s.Specification != "1.2.3" {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = without(t, EncodeAttribute(OIDSignaturePolicyStore, asn1.Sequence(asn1.Encode(asn1.TagIA5String, false, []byte("urn:x")), asn1.UTF8String("file")))).PolicyStore()
	if err != nil || s.Document != nil || s.URI != "file" || s.Specification != "urn:x" {
		t.Errorf("%+v, %v", s, err)
	}
	var a *AttributeError
	if _, err := without(t).PolicyStore(); !errors.As(err, &a) || a.Code != MissingAttribute {
		t.Error(err)
	}
}

func TestBasicOCSPResponseInside(t *testing.T) {
	basic := asn1.Sequence(asn1.Sequence(asn1.Int(1)))
	wrapped, ok := asOCSPResponse(basic)
	if !ok || string(BasicOCSPResponse(wrapped)) != string(basic) {
		t.Errorf("%x", wrapped)
	}
	for _, b := range [][]byte{nil, basic, asn1.Sequence(asn1.Encode(asn1.TagEnumerated, false, []byte{6}))} {
		if got := BasicOCSPResponse(b); got != nil {
			t.Errorf("%x in %x", got, b)
		}
	}
}

// FuzzAttributes reads one value as every attribute there is.
func FuzzAttributes(f *testing.F) {
	f.Add(asn1.Sequence(asn1.Explicit(0, asn1.Sequence(asn1.UTF8String("x"))), asn1.Explicit(1, asn1.Sequence(asn1.Explicit(0, attributeCert(asn1.Sequence()))))))
	f.Add(attributeCert(asn1.Sequence()))
	f.Add(asn1.Sequence(asn1.OID("1.2.3.4"), asn1.Sequence(algo.SHA256.Identifier(), asn1.OctetString(nil)), asn1.Sequence(asn1.Sequence(asn1.OID(oidPolicyNotice), asn1.Sequence(asn1.UTF8String("x"))))))
	f.Add(asn1.Sequence(asn1.Sequence(asn1.Explicit(1, asn1.Sequence(asn1.Sequence(asn1.Sequence(asn1.Sequence(asn1.Null(), asn1.Null()))))))))
	types := []asn1.ObjectIdentifier{
		OIDContentHints, OIDContentReference, OIDContentIdentifier, OIDMIMEType, OIDSignerLocation, OIDSignerAttributes, OIDCommitmentType, OIDSignaturePolicy,
		OIDSignaturePolicyStore, OIDCertificateReferences, OIDRevocationReferences, OIDCertificateValues, OIDRevocationValues, OIDCounterSignature,
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		si := &SignerInfo{}
		for _, o := range types {
			si.SignedAttributes = append(si.SignedAttributes, Attribute{Type: o, Values: [][]byte{b}})
		}
		si.UnsignedAttributes = si.SignedAttributes
		si.ContentHints()
		si.ContentReference()
		si.ContentIdentifier()
		si.MIMEType()
		if l, err := si.SignerLocation(); err == nil && len(l.PostalAddress) > 6 {
			t.Fatal("more lines than an address has")
		}
		si.SignerAttributes()
		si.Commitments()
		si.SignaturePolicy()
		si.PolicyStore()
		certs, _ := si.CertificateReferences()
		lists, _ := si.RevocationReferences()
		for _, r := range append(certs, lists...) {
			if r.Hash == nil && r.Matches(nil) {
				t.Fatal("a reference without a hash matches")
			}
		}
		ParseAttributeCertificate(b)
		BasicOCSPResponse(b)
		Text(b)
		si.CounterSignatures()
	})
}
