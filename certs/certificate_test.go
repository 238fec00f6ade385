package certs

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	stdasn1 "encoding/asn1"
	"encoding/pem"
	"errors"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"mohur/internal/asn1"
)

func azerbaijani(c *x509.Certificate) {
	leaf(c)
	c.Subject = pkix.Name{
		Country: []string{"AZ"}, Organization: []string{"Dövlət Gömrük Komitəsi"}, CommonName: "HƏSƏNOV ƏLİ", SerialNumber: "5AZ1F2N",
		ExtraNames: []pkix.AttributeTypeAndValue{
			{Type: stdasn1.ObjectIdentifier{2, 5, 4, 42}, Value: "Əli"},
			{Type: stdasn1.ObjectIdentifier{2, 5, 4, 4}, Value: "Həsənov"},
			{Type: stdasn1.ObjectIdentifier{2, 5, 4, 97}, Value: "1400000011"},
			{Type: stdasn1.ObjectIdentifier{2, 5, 4, 12}, Value: "Şöbə müdiri"},
		},
	}
}

func TestParseReadsWhatSignersCarry(t *testing.T) {
	ca := issue(t, "ca", nil)
	qc := asn1.Sequence(
		asn1.Sequence(asn1.OID("0.4.0.1862.1.1")), asn1.Sequence(asn1.OID("0.4.0.1862.1.4")),
		asn1.Sequence(asn1.OID("0.4.0.1862.1.6"), asn1.Sequence(asn1.OID("0.4.0.1862.1.6.1"))),
		asn1.Sequence(asn1.OID("0.4.0.1862.1.3"), asn1.Int(10)))
	policy, err := x509.OIDFromInts([]uint64{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	c := issue(t, "", ca, azerbaijani, func(c *x509.Certificate) {
		c.OCSPServer, c.IssuingCertificateURL = []string{"http://pki.mohur.test/ocsp"}, []string{"http://pki.mohur.test/ca.cer"}
		c.CRLDistributionPoints = []string{"ldap://x/cn=crl", "http://pki.mohur.test/ca.crl"}
		c.Policies = []x509.OID{policy}
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
		c.URIs = []*url.URL{{Scheme: "urn", Opaque: "x"}}
	}, extension("1.3.6.1.5.5.7.1.3", false, qc), extension("1.3.6.1.5.5.7.48.1.5", false, asn1.Null()))
	s := c.Subject
	for what, pair := range map[string][2]string{
		"common name": {s.CommonName(), "HƏSƏNOV ƏLİ"}, "organisation": {s.Organization(), "Dövlət Gömrük Komitəsi"}, "FİN": {s.SerialNumber(), "5AZ1F2N"},
		"VÖEN": {s.OrganizationIdentifier(), "1400000011"}, "given name": {s.GivenName(), "Əli"}, "surname": {s.Surname(), "Həsənov"}, "title": {s.Title(), "Şöbə müdiri"},
		"country": {s.Country(), "AZ"}, "display": {s.Display(), "HƏSƏNOV ƏLİ"}, "issuer": {c.Issuer.String(), "CN=ca"},
		"OCSP": {c.OCSPURLs[0], "http://pki.mohur.test/ocsp"}, "issuers": {c.IssuerURLs[0], "http://pki.mohur.test/ca.cer"}, "CRL": {c.CRLURLs()[0], "http://pki.mohur.test/ca.crl"},
		"policy": {string(c.Policies[0].ID), "1.2.3.4"}, "key usage": {c.KeyUsage.String(), "nonRepudiation"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %q, want %q", what, pair[0], pair[1])
		}
	}
	q := c.QCStatements
	if q == nil || !q.Compliance || !q.SSCD || !q.HasType(QcTypeESign) || q.HasType(QcTypeESeal) || q.Retention != 10 {
		t.Errorf("QC statements %+v", q)
	}
	if !c.OCSPNoCheck || !c.ExtendedKeyUsage.Only(PurposeTimeStamping) || len(c.CRLURLs()) != 1 || len(c.Problems) != 0 {
		t.Errorf("nocheck %v, purposes %+v, CRLs %v, problems %v", c.OCSPNoCheck, c.ExtendedKeyUsage, c.CRLURLs(), c.Problems)
	}
	if !bytes.Equal(c.RawTBS, c.std.RawTBSCertificate) || !bytes.Equal(c.RawSPKI, c.std.RawSubjectPublicKeyInfo) || c.Serial.Cmp(c.std.SerialNumber) != 0 {
		t.Error("raw parts differ from crypto/x509's")
	}
}

// tbs indexes of a version 3 certificate
const (
	tbsSerial   = 1
	tbsValidity = 4
	tbsSubject  = 5
)

func TestOddCertificatesAreJudgedNotDropped(t *testing.T) {
	ca := issue(t, "ca", nil)
	base := issue(t, "leaf", ca, leaf)
	for name, c := range map[string]struct {
		change  func([][]byte) [][]byte
		problem string
	}{
		"negative serial": {func(p [][]byte) [][]byte { p[tbsSerial] = asn1.Int(-5); return p }, "SERIAL_NEGATIVE"},
		"serial zero":     {func(p [][]byte) [][]byte { p[tbsSerial] = asn1.Int(0); return p }, "SERIAL_ZERO"},
		"21 octets":       {func(p [][]byte) [][]byte { p[tbsSerial] = asn1.Integer(new(big.Int).Lsh(big.NewInt(1), 165)); return p }, "SERIAL_TOO_LONG"},
		"padded serial":   {func(p [][]byte) [][]byte { p[tbsSerial] = []byte{2, 2, 0, 5}; return p }, ""},
		"no seconds": {func(p [][]byte) [][]byte {
			p[tbsValidity] = asn1.Sequence([]byte("\x17\x0b2501010000Z"), []byte("\x17\x0b3501010000Z"))
			return p
		}, "VALIDITY_ENCODING"},
		"empty subject": {func(p [][]byte) [][]byte { p[tbsSubject] = asn1.Sequence(); return p }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			odd := base.edit(t, c.change)
			if c.problem != "" && !odd.HasProblem(c.problem) {
				t.Errorf("problems %v", odd.Problems)
			}
			r := Request{Leaf: odd.Certificate, Trust: NewTrustStore(ca.Certificate), Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored}}
			want(t, validate(r), "", "")
			if name == "negative serial" || name == "serial zero" || name == "21 octets" {
				r.Policy.StrictProfile = true
				if got := validate(r); !hasReason(got, ReasonProfile) {
					t.Errorf("the strict profile lets it pass: %v", got.Reasons)
				}
			}
		})
	}
}

func TestNegativeSerialIsFoundOnItsCRL(t *testing.T) {
	for _, n := range []int64{-1, -128, -129, 0, 127, 128, 1 << 40} {
		want := stdInteger(t, big.NewInt(n))
		if got := serialContents(big.NewInt(n)); got != want {
			t.Errorf("%d: %x, want %x", n, got, want)
		}
	}
	if got := string(minimal([]byte{0, 0, 5})); got != "\x05" {
		t.Errorf("%x", got)
	}
}

func stdInteger(t *testing.T, n *big.Int) string {
	b, err := stdasn1.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[2:])
}

func TestDuplicateAndMalformedExtensionsSpoilThePath(t *testing.T) {
	ca := issue(t, "ca", nil)
	for name, mods := range map[string][]func(*x509.Certificate){
		"policies that are none": {extension("2.5.29.32", false, asn1.Sequence())},
		"duplicate policy":       {extension("2.5.29.32", false, asn1.Sequence(asn1.Sequence(asn1.OID("1.2.3")), asn1.Sequence(asn1.OID("1.2.3"))))},
		"empty purposes":         {extension("2.5.29.37", false, asn1.Sequence())},
	} {
		c := issue(t, "leaf", ca, append([]func(*x509.Certificate){leaf}, mods...)...)
		r := validate(Request{Leaf: c.Certificate, Trust: NewTrustStore(ca.Certificate), Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored}})
		if r.Passed() || !hasReason(r, ReasonMalformed) {
			t.Errorf("%s: %v", name, r.Reasons)
		}
	}
}

func TestSignedPartAndOuterAlgorithmMustAgree(t *testing.T) {
	ca := issue(t, "ca", nil)
	c := issue(t, "leaf", ca, leaf)
	null, err := Parse(signed(t, c.RawTBS, asn1.Sequence(asn1.OID("1.2.840.10045.4.3.2"), asn1.Null()), ca.key))
	if err != nil || len(null.Problems) != 0 {
		t.Fatal("NULL and absent parameters are the same: ", err, null.Problems)
	}
	der := signed(t, c.RawTBS, asn1.Sequence(asn1.OID("1.2.840.10045.4.3.3")), ca.key)
	odd, err := Parse(der)
	if err != nil || !odd.HasProblem("SIGNATURE_ALGORITHMS_DIFFER") {
		t.Fatal(err, odd.Problems)
	}
}

func TestEmptyAlternativeNameIsOddOnly(t *testing.T) {
	ca := issue(t, "ca", nil)
	c := issue(t, "leaf", ca, leaf, extension("2.5.29.17", false, asn1.Sequence()))
	r := Request{Leaf: c.Certificate, Trust: NewTrustStore(ca.Certificate), Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored}}
	want(t, validate(r), "", "")
	if r.Policy.StrictProfile = true; !hasReason(validate(r), ReasonProfile) {
		t.Error("the strict profile lets it pass")
	}
}

func TestGarbageIsAParseError(t *testing.T) {
	c := issue(t, "x", nil)
	for name, der := range map[string][]byte{
		"nothing": nil, "text": []byte("hello"), "cut": c.Raw[:len(c.Raw)-1], "trailing": append(bytes.Clone(c.Raw), 0), "too large": make([]byte, MaxCertificateSize+1),
		"nested": bytes.Repeat([]byte{0x30, 0x80}, 1000),
	} {
		_, err := Parse(der)
		var pe *ParseError
		if !errors.As(err, &pe) || pe.What != "certificate" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTimeForms(t *testing.T) {
	for text, want := range map[string]string{
		"\x17\x0d500101000000Z": "1950-01-01T00:00:00Z", "\x17\x0d491231235959Z": "2049-12-31T23:59:59Z", "\x17\x0d990101000000Z": "1999-01-01T00:00:00Z",
		"\x18\x0f20500101000000Z": "2050-01-01T00:00:00Z", "\x18\x1320260901090000.500Z": "2026-09-01T09:00:00.5Z", "\x17\x11260901130000+0400": "2026-09-01T09:00:00Z",
	} {
		s := []byte(text)
		got, _, ok := readTime((*cryptobyte.String)(&s))
		if !ok || got.Format(time.RFC3339Nano) != want {
			t.Errorf("%q: %s %v, want %s", text, got.Format(time.RFC3339Nano), ok, want)
		}
	}
	for _, bad := range []string{"\x17\x0d261301000000Z", "\x17\x05hello", "\x04\x0d260101000000Z", "\x18\x0f2026010100000aZ"} {
		s := []byte(bad)
		if got, _, ok := readTime((*cryptobyte.String)(&s)); ok {
			t.Errorf("%q read as %s", bad, got)
		}
	}
}

func TestTrustStoreReadsTheFormsOfTheField(t *testing.T) {
	a, b, c := issue(t, "a", nil), issue(t, "b", nil), issue(t, "c", nil)
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	two := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Raw}), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: b.Raw})...)
	write("anchors/two.pem", append([]byte("subject=a\n"), two...))
	write("anchors/deep/c.cer", c.Raw)
	write("anchors/readme.txt", []byte("not a certificate"))
	write("anchors/again.der", a.Raw)
	linked := issue(t, "linked", nil)
	if err := errors.Join(
		os.Symlink(write("elsewhere/linked.cer", linked.Raw), filepath.Join(dir, "anchors", "link.cer")), os.Symlink("missing", filepath.Join(dir, "anchors", "dangling.cer")),
		os.Symlink(dir, filepath.Join(dir, "anchors", "loop"))); err != nil {
		t.Fatal(err)
	}
	s, err := LoadTrustStore(filepath.Join(dir, "anchors"))
	if err != nil || s.Len() != 4 || s.Anchor(linked.Certificate) == nil {
		t.Fatalf("%d anchors, %v", s.Len(), err)
	}
	if s.Anchor(c.Certificate) == nil || s.Anchors()[0].Source == "" {
		t.Errorf("anchors %+v", s.Anchors())
	}
	p7 := asn1.Sequence(asn1.OID("1.2.840.113549.1.7.2"), asn1.Explicit(0, asn1.Sequence(
		asn1.Int(1), asn1.SetOf(), asn1.Sequence(asn1.OID("1.2.840.113549.1.7.1")), asn1.Encode(asn1.Context(0), true, a.Raw, b.Raw), asn1.SetOf())))
	for _, data := range [][]byte{p7, pem.EncodeToMemory(&pem.Block{Type: "PKCS7", Bytes: p7})} {
		s, err := LoadTrustStore(write("chain.p7b", data))
		if err != nil || s.Len() != 2 {
			t.Errorf("p7b: %d, %v", s.Len(), err)
		}
	}
	for _, bad := range []string{write("empty.pem", nil), write("text.pem", []byte("x")), filepath.Join(dir, "missing.pem"), write("cut.der", a.Raw[:100])} {
		if _, err := LoadTrustStore(bad); err == nil {
			t.Errorf("%s: no error", filepath.Base(bad))
		}
	}
}

func TestRevocationFolderGivesNoAnchors(t *testing.T) {
	h := newHierarchy(t)
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"root.crl": crl(t, h.root, epoch().Add(-time.Hour)).Raw(), "root.cer": h.root.Raw, "ca.cer": h.ca.Raw, "notes.txt": []byte("x"),
		"ca.crl.pem": pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: crl(t, h.ca, epoch().Add(-time.Hour)).Raw()}),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, found, err := LoadRevocation(dir)
	if err != nil || m.Len() != 2 || len(found) != 2 {
		t.Fatalf("%d pieces of evidence, %d certificates, %v", m.Len(), len(found), err)
	}
	r := Request{Leaf: h.signer.Certificate, Candidates: found, Trust: &TrustStore{}, Time: epoch(), Revocation: m}
	if got := validate(r); got.Passed() || got.Anchor != nil {
		t.Fatal("a certificate of the revocation folder became an anchor")
	}
	r.Trust = NewTrustStore(h.root.Certificate)
	want(t, validate(r), "", "")
}
