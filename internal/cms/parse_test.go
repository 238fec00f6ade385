package cms

import (
	"bytes"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/seeds"
)

func TestParseRefusals(t *testing.T) {
	good := newCraft(t, "P-256", message).message(t)
	for name, b := range map[string][]byte{
		"nothing":          nil,
		"text":             []byte("%PDF-1.7"),
		"zeros":            make([]byte, 100),
		"truncated":        good[:len(good)-1],
		"header only":      good[:4],
		"a certificate":    testSigners()["RSA"].cert,
		"no signers":       asn1.Sequence(asn1.OID(OIDSignedData), asn1.Explicit(0, asn1.Sequence(asn1.Int(1), asn1.SetOf(), asn1.Sequence(asn1.OID(OIDData))))),
		"no content":       asn1.Sequence(asn1.OID(OIDSignedData)),
		"content is a SET": asn1.Sequence(asn1.OID(OIDSignedData), asn1.Explicit(0, asn1.SetOf())),
		"more than there is": func() []byte {
			c := newCraft(t, "P-256", message)
			c.afterSigners = asn1.Null()
			return c.message(t)
		}(),
	} {
		sd, err := Parse(b, Limits{})
		var p *ParseError
		if sd != nil || !errors.As(err, &p) {
			t.Errorf("%s: %v, %v", name, sd, err)
		}
	}
	if _, err := Parse(good[:len(good)-1], Limits{}); !errors.Is(err, asn1.ErrTruncated) {
		t.Errorf("%v", err)
	}
}

func TestParseLimits(t *testing.T) {
	c := newCraft(t, "P-256", message)
	c.signed(t)
	for range 10 {
		c.certificates = append(c.certificates, asn1.Sequence())
		c.extraSigners = append(c.extraSigners, asn1.Sequence())
		c.crls = append(c.crls, asn1.Sequence())
	}
	b := c.message(t)
	for name, l := range map[string]Limits{
		"certificates": {Certificates: 5}, "signers": {Signers: 5}, "elements": {ASN1: asn1.Limits{Elements: 20}}, "depth": {ASN1: asn1.Limits{Depth: 3}},
	} {
		if _, err := Parse(b, l); !errors.Is(err, asn1.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if sd := parse(t, b); len(sd.SignerInfos) != 11 || len(sd.Certificates) != 11 || len(sd.CRLs) != 10 {
		t.Error("what is allowed was not read")
	}
}

func TestTrailingBytes(t *testing.T) {
	good := newCraft(t, "P-256", message).message(t)
	for want, tail := range map[ProblemCode][]byte{TrailingZeros: make([]byte, 8), TrailingData: []byte("\x00\x00more"), "": nil} {
		sd := parse(t, slices.Concat(good, tail))
		if !bytes.Equal(sd.Raw, good) || (len(sd.Problems) == 0) != (want == "") || want != "" && sd.Problems[0].Code != want {
			t.Errorf("%q: %v", tail, sd.Problems)
		}
	}
}

func TestCertificateChoices(t *testing.T) {
	c := newCraft(t, "P-256", message)
	choice := func(n uint32) []byte { return asn1.Encode(asn1.Context(n), true, asn1.Int(int64(n))) }
	c.certificates = append(c.certificates, choice(0), choice(1), choice(2), choice(3), choice(7))
	sd := parse(t, c.message(t))
	if len(sd.Certificates) != 1 || len(sd.AttributeCertificates) != 2 || len(sd.OtherCertificates) != 3 {
		t.Errorf("%d, %d, %d", len(sd.Certificates), len(sd.AttributeCertificates), len(sd.OtherCertificates))
	}
	if len(sd.Problems) != 1 || sd.Problems[0].Code != UnknownCertificateKind {
		t.Errorf("%v", sd.Problems)
	}
}

// OCSP responses in crls are what other libraries take for a message without signers.
func TestRevocationChoices(t *testing.T) {
	c := newCraft(t, "P-256", message)
	crl := asn1.Sequence(asn1.Sequence(asn1.Int(1)))
	ocsp := asn1.Sequence(asn1.Encode(asn1.TagEnumerated, false, []byte{0}))
	basic := asn1.Sequence(asn1.Sequence(asn1.Int(1)))
	other := func(oid asn1.ObjectIdentifier, v []byte) []byte {
		return asn1.Encode(asn1.Context(1), true, asn1.OID(oid), v)
	}
	c.crls = [][]byte{
		crl, other(oidRevocationOCSP, ocsp), other(oidBasicOCSP, basic), other(oidRevocationOCSP, basic),
		other("1.2.3", asn1.Null()), other(oidRevocationOCSP, asn1.Int(1)), asn1.Encode(asn1.Context(1), true, asn1.Null()), asn1.Encode(asn1.Context(5), true),
	}
	sd := parse(t, c.message(t))
	if len(sd.CRLs) != 1 || len(sd.OCSPResponses) != 3 || len(sd.OtherRevocation) != 4 || len(sd.Problems) != 2 || len(sd.SignerInfos) != 1 {
		t.Errorf("%d CRLs, %d OCSP responses, %d others, %v", len(sd.CRLs), len(sd.OCSPResponses), len(sd.OtherRevocation), sd.Problems)
	}
	if !bytes.Equal(sd.OCSPResponses[0], ocsp) || !bytes.Contains(sd.OCSPResponses[1], basic) || len(sd.OCSPResponses[1]) <= len(basic) {
		t.Errorf("%x", sd.OCSPResponses)
	}
}

func TestContentOfPKCS7(t *testing.T) {
	c := newCraft(t, "RSA", asn1.Int(5)) // PKCS #7, 9.3: the contents octets of whatever it is
	c.encapsulated = asn1.Sequence(asn1.Int(5))
	sd := parse(t, c.message(t))
	if o := verify(t, sd, c.s.pub(), nil); !o.Intact() || len(sd.Problems) != 1 || sd.Problems[0].Code != ContentNotOctetString {
		t.Errorf("%+v, %v", o, sd.Problems)
	}
}

// with returns the SignerInfo of a message that has one more signed attribute.
func with(t *testing.T, attributes ...[]byte) *SignerInfo {
	t.Helper()
	c := newCraft(t, "P-256", message)
	c.attributes = append(c.attributes, attributes...)
	return parse(t, c.message(t)).SignerInfos[0]
}

func TestSigningCertificateAttributes(t *testing.T) {
	cert := testSigners()["P-256"].cert
	id, _ := IdentifyCertificate(cert)
	serial := asn1.Sequence(asn1.Sequence(asn1.Explicit(4, id.IssuerRaw)), asn1.Integer(id.Serial))
	v := func(ids ...[]byte) []byte { return asn1.Sequence(asn1.Sequence(ids...)) }
	v1 := func(ids ...[]byte) []byte { return EncodeAttribute(OIDSigningCertificate, v(ids...)) }
	v2 := func(ids ...[]byte) []byte { return EncodeAttribute(OIDSigningCertificateV2, v(ids...)) }
	hash := func(d algo.Digest) []byte { return asn1.OctetString(d.Sum(cert)) }
	for name, c := range map[string]struct {
		attributes [][]byte
		want       []bool // whether each id matches the certificate
		code       ProblemCode
	}{
		"version 1":                  {[][]byte{v1(asn1.Sequence(hash(algo.SHA1)))}, []bool{true}, ""},
		"version 1 with serial":      {[][]byte{v1(asn1.Sequence(hash(algo.SHA1), serial))}, []bool{true}, ""},
		"version 2, SHA-256":         {[][]byte{v2(asn1.Sequence(hash(algo.SHA256)))}, []bool{true}, ""},
		"version 2, SHA-512":         {[][]byte{v2(asn1.Sequence(algo.SHA512.Identifier(), hash(algo.SHA512), serial))}, []bool{true}, ""},
		"version 2, SHA3-256":        {[][]byte{v2(asn1.Sequence(algo.SHA3_256.Identifier(), hash(algo.SHA3_256)))}, []bool{true}, ""},
		"wrong algorithm":            {[][]byte{v2(asn1.Sequence(algo.SHA512.Identifier(), hash(algo.SHA256)))}, []bool{false}, ""},
		"unknown algorithm":          {[][]byte{v2(asn1.Sequence(asn1.Sequence(asn1.OID("1.2.3")), hash(algo.SHA256)))}, []bool{false}, ""},
		"hash of another":            {[][]byte{v2(asn1.Sequence(asn1.OctetString(make([]byte, 32))))}, []bool{false}, ""},
		"empty hash":                 {[][]byte{v2(asn1.Sequence(asn1.OctetString(nil)))}, []bool{false}, ""},
		"several":                    {[][]byte{v2(asn1.Sequence(hash(algo.SHA256)), asn1.Sequence(asn1.OctetString([]byte{1})))}, []bool{true, false}, ""},
		"both versions":              {[][]byte{v1(asn1.Sequence(hash(algo.SHA1))), v2(asn1.Sequence(hash(algo.SHA256)))}, []bool{true, true}, ""},
		"none":                       {nil, nil, MissingAttribute},
		"names nothing":              {[][]byte{v2()}, nil, MalformedAttribute},
		"twice":                      {[][]byte{v2(asn1.Sequence(hash(algo.SHA256))), v2(asn1.Sequence(hash(algo.SHA256)), asn1.Sequence(hash(algo.SHA256)))}, nil, RepeatedAttribute},
		"no hash":                    {[][]byte{v2(asn1.Sequence(serial))}, nil, MalformedAttribute},
		"is a number":                {[][]byte{EncodeAttribute(OIDSigningCertificateV2, asn1.Int(1))}, nil, MalformedAttribute},
		"serial without issuer":      {[][]byte{v2(asn1.Sequence(hash(algo.SHA256), asn1.Sequence(asn1.Integer(id.Serial))))}, nil, MalformedAttribute},
		"something after the serial": {[][]byte{v2(asn1.Sequence(hash(algo.SHA256), serial, asn1.Null()))}, nil, MalformedAttribute},
	} {
		ids, err := with(t, c.attributes...).SigningCertificateIDs()
		var a *AttributeError
		if c.code != "" {
			if !errors.As(err, &a) || a.Code != c.code {
				t.Errorf("%s: %v, %v", name, ids, err)
			}
			continue
		}
		var got []bool
		for _, e := range ids {
			got = append(got, e.MatchesHash(cert))
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestOtherAttributes(t *testing.T) {
	crl, ocsp := asn1.Sequence(asn1.Sequence(asn1.Int(1))), asn1.Sequence(asn1.Encode(asn1.TagEnumerated, false, []byte{0}))
	si := with(t,
		EncodeAttribute(OIDCommitmentType, asn1.Sequence(asn1.OID("1.2.840.113549.1.9.16.6.5"))),
		EncodeAttribute(OIDSignaturePolicy, asn1.Sequence(asn1.OID("1.2.3.4"), asn1.Sequence(algo.SHA256.Identifier(), asn1.OctetString(make([]byte, 32))))),
		EncodeAttribute(OIDAdobeRevocationInfoArchival, asn1.Sequence(asn1.Explicit(0, asn1.Sequence(crl, crl)), asn1.Explicit(1, asn1.Sequence(ocsp)))),
		EncodeAttribute(OIDContentTimestamp, asn1.Sequence(asn1.Int(1))),
		EncodeAttribute(OIDMIMEType, asn1.UTF8String("text/plain")),
	)
	if got := si.Commitments(); len(got) != 1 || got[0].Type != "1.2.840.113549.1.9.16.6.5" {
		t.Errorf("commitments %v", got)
	}
	p, err := si.SignaturePolicy()
	if err != nil || p.Policy != "1.2.3.4" || p.Hash.Type != algo.SHA256.OID() || len(p.Hash.Value) != 32 || p.Implied {
		t.Errorf("policy %+v, %v", p, err)
	}
	rev, err := si.AdobeRevocation()
	if err != nil || len(rev.CRLs) != 2 || len(rev.OCSPResponses) != 1 {
		t.Errorf("revocation %+v, %v", rev, err)
	}
	if len(si.ContentTimestamps()) != 1 || !slices.Contains(si.SignedAttributes.Types(), OIDMIMEType) {
		t.Errorf("%v", si.SignedAttributes.Types())
	}
	if p, err := with(t, EncodeAttribute(OIDSignaturePolicy, asn1.Null())).SignaturePolicy(); err != nil || !p.Implied {
		t.Errorf("implied policy: %+v, %v", p, err)
	}
	var a *AttributeError
	if _, err := with(t).SignaturePolicy(); !errors.As(err, &a) || a.Code != MissingAttribute {
		t.Errorf("%v", err)
	}
	if _, err := with(t, EncodeAttribute(OIDAdobeRevocationInfoArchival, asn1.Int(1))).AdobeRevocation(); !errors.As(err, &a) {
		t.Errorf("%v", err)
	}
}

func TestValuesOfExtendedLongForms(t *testing.T) {
	crl, basic := asn1.Sequence(asn1.Sequence(asn1.Int(1))), asn1.Sequence(asn1.Sequence(asn1.Int(2)))
	c := newCraft(t, "P-256", message)
	c.unsigned = [][]byte{
		EncodeAttribute(OIDCertificateValues, asn1.Sequence(c.s.cert, c.s.cert)),
		EncodeAttribute(OIDRevocationValues, asn1.Sequence(asn1.Explicit(0, asn1.Sequence(crl)), asn1.Explicit(1, asn1.Sequence(basic, asn1.Sequence())), asn1.Explicit(2, asn1.Null()))),
	}
	si := parse(t, c.message(t)).SignerInfos[0]
	certs, err := si.CertificateValues()
	if err != nil || len(certs) != 2 || !bytes.Equal(certs[1], c.s.cert) {
		t.Errorf("%d certificates, %v", len(certs), err)
	}
	rev, err := si.RevocationValues()
	if err != nil || len(rev.CRLs) != 1 || len(rev.OCSPResponses) != 1 || len(rev.Other) != 2 {
		t.Errorf("%+v, %v", rev, err)
	}
}

func TestSigningTimeSpellings(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 11, 12, 0, time.UTC)
	spelled := func(tag asn1.Tag, s string) []byte {
		return EncodeAttribute(OIDSigningTime, asn1.Encode(tag, false, []byte(s)))
	}
	for name, c := range map[string]struct {
		attribute []byte
		ok        bool
	}{
		"UTCTime":         {spelled(asn1.TagUTCTime, "261122101112Z"), true},
		"GeneralizedTime": {spelled(asn1.TagGeneralizedTime, "20261122101112Z"), true},
		"Baku":            {spelled(asn1.TagUTCTime, "261122141112+0400"), true},
		"words":           {spelled(asn1.TagUTF8String, "now"), false},
		"illegible":       {spelled(asn1.TagUTCTime, "now"), false},
		"two values":      {EncodeAttribute(OIDSigningTime, asn1.Time(at), asn1.Time(at.Add(time.Hour))), false},
	} {
		if got, ok := with(t, c.attribute).SigningTime(); ok != c.ok || ok && !got.Equal(at) {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
}

func TestIdentifyCertificate(t *testing.T) {
	s := testSigners()["P-256"]
	id, err := IdentifyCertificate(s.cert)
	if err != nil || !bytes.Equal(id.SubjectKeyID, []byte{1, 2, 3, 4, 5}) {
		t.Fatalf("%+v, %v", id, err)
	}
	for n := range s.cert {
		if _, err := IdentifyCertificate(s.cert[:n]); err == nil {
			t.Fatalf("%d octets are a certificate", n)
		}
	}
	other, _ := IdentifyCertificate(testSigners()["RSA"].cert)
	sibling := CertificateID{IssuerRaw: id.IssuerRaw, Serial: new(big.Int).Add(id.Serial, big.NewInt(1)), SubjectKeyID: []byte{9}}
	c := newCraft(t, "P-256", message)
	for _, sid := range [][]byte{c.sid, asn1.Encode(asn1.Context(0), false, id.SubjectKeyID)} {
		c.sid = sid
		si := parse(t, c.message(t)).SignerInfos[0]
		if !si.IdentifiedBy(id) || si.IdentifiedBy(other) || si.IdentifiedBy(sibling) || si.IdentifiedBy(CertificateID{}) {
			t.Errorf("%x", sid)
		}
	}
}

// FuzzParse reads, looks at everything, and verifies; nothing made up by a fuzzer may come out intact unless it is a known message.
func FuzzParse(f *testing.F) {
	s := testSigners()["P-256"]
	c := newCraft(f, "P-256", message)
	c.encapsulated = asn1.OctetString(message)
	c.unsigned = [][]byte{EncodeAttribute(OIDSignatureTimestamp, asn1.Sequence())}
	c.attributes = append(c.attributes, EncodeAttribute(OIDSigningCertificateV2, asn1.Sequence(asn1.Sequence(asn1.Sequence(asn1.OctetString(algo.SHA256.Sum(s.cert)))))))
	c.crls = [][]byte{asn1.Sequence()}
	good := c.message(f)
	f.Add(good)
	f.Add(ber(f, good, 8))
	f.Add(append(ber(f, good, 0, asImplicit(0, c.set())), 0, 0, 0))
	value := bytes.Clone(c.value)
	for _, b := range seeds.Files(f, ".p7s", ".p7m", ".pkcs7", ".tst", ".tsr", ".scs", ".bin", ".sig") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		sd, err := Parse(b, Limits{})
		if err != nil {
			return
		}
		for _, si := range sd.SignerInfos {
			o, err := si.Verify(s.pub(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if o.Intact() && (!bytes.Equal(si.Signature, value) || !bytes.Equal(sd.Content.Bytes(), message)) {
				t.Fatalf("a forgery: %+v", o)
			}
			si.SigningTime()
			si.SigningCertificateIDs()
			si.SignaturePolicy()
			si.AdobeRevocation()
			si.RevocationValues()
			si.CertificateValues()
			si.Commitments()
			for _, cs := range si.CounterSignatures() {
				cs.VerifyDigest(s.pub(), make([]byte, 32))
			}
		}
		for _, c := range sd.Certificates {
			IdentifyCertificate(c)
		}
		if added, err := AddSignatureTimestamp(b, 0, asn1.Sequence()); err == nil {
			if again, err := Parse(added, Limits{}); err != nil || len(again.SignerInfos) != len(sd.SignerInfos) {
				t.Fatalf("what was added to can't be read: %v", err)
			}
		}
	})
}
