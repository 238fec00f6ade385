package verify_test

import (
	"slices"
	"strings"
	"testing"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// counter makes a counter-signature over the value of a SignerInfo.
func (w *world) counter(s *demopki.Signer, over []byte, inside ...[]byte) []byte {
	w.t.Helper()
	e, err := asn1.Parse(over, asn1.Limits{})
	if err != nil {
		w.t.Fatal(err)
	}
	var value []byte
	for r := e.Children(); r.More(); {
		f, err := r.Next()
		if err != nil {
			w.t.Fatal(err)
		}
		if f.Is(asn1.TagOctetString) {
			value = f.Content
		}
	}
	return w.signerInfo(s, value, false, [][]byte{essV2(essID(nil, algo.SHA256.Sum(s.Certificate)))}, inside...)
}

// TestSignersAndCounterSignatures: two signers of one message, one of them counter-signed, and that counter-signature again, each with its own
// verdict; the report tells whose value each signs.
func TestSignersAndCounterSignatures(t *testing.T) {
	w := newWorld(t)
	content := []byte("Müqavilə")
	var people []*demopki.Signer
	certificates := w.pki.Intermediates()
	for range 4 {
		p := w.person(demopki.Person{})
		people, certificates = append(people, p), append(certificates, p.Certificate)
	}
	reference := func(s *demopki.Signer) [][]byte { return [][]byte{essV2(essID(nil, algo.SHA256.Sum(s.Certificate)))} }
	first := w.signerInfo(people[0], content, true, reference(people[0]))
	inner := w.counter(people[1], first)
	nested := w.counter(people[2], inner)
	inner = withUnsigned(t, inner, cms.EncodeAttribute(cms.OIDCounterSignature, nested))
	first = withUnsigned(t, first, cms.EncodeAttribute(cms.OIDCounterSignature, inner))
	second := w.signerInfo(people[3], content, true, reference(people[3]))
	doc := signedData(content, certificates, first, second)

	r := w.verify(w.input(doc))
	names := map[string]*verify.SignatureReport{}
	var list []string
	for _, s := range r.Signatures {
		names[s.Name] = s
		list = append(list, s.Name)
		if s.Indication != etsi.TotalPassed || !s.Intact {
			t.Errorf("%s: %s/%s %+v", s.Name, s.Indication, s.SubIndication, s.Reasons)
		}
	}
	slices.SortFunc(list, func(a, b string) int { return strings.Count(a, ".") - strings.Count(b, ".") })
	if len(list) != 4 || strings.Count(list[1], ".") != 0 || strings.Count(list[2], ".") != 1 || strings.Count(list[3], ".") != 2 {
		t.Fatalf("%v", list)
	}
	for name, s := range names {
		parent, nested := name, false
		if i := strings.LastIndex(name, "."); i >= 0 {
			parent, nested = name[:i], true
		}
		if nested && s.Parent != names[parent].ID || !nested && s.Parent != "" {
			t.Errorf("%s signs %q", name, s.Parent)
		}
	}

	// A value of the nested one that is changed spoils that one alone.
	at := strings.Index(string(doc), string(nested))
	broken := []byte(string(doc))
	broken[at+len(nested)-1] ^= 1
	failed := 0
	for _, s := range w.verify(w.input(broken)).Signatures {
		if s.Indication == etsi.TotalFailed {
			failed++
			if strings.Count(s.Name, ".") != 2 {
				t.Errorf("%s failed", s.Name)
			}
		}
	}
	if failed != 1 {
		t.Errorf("%d signatures failed", failed)
	}
}

// withUnsigned adds unsigned attributes to a SignerInfo that has none.
func withUnsigned(t *testing.T, info []byte, attributes ...[]byte) []byte {
	t.Helper()
	e, err := asn1.Parse(info, asn1.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return asn1.Sequence(e.Content, asn1.Encode(asn1.Context(1), true, attributes...))
}

// TestClaimsOfTheSignerAreShown: what a signer wrote about himself and the content, and an attribute certificate, stand in the report.
func TestClaimsOfTheSignerAreShown(t *testing.T) {
	w := newWorld(t)
	s := w.person(demopki.Person{})
	notRead := asn1.Sequence(asn1.Sequence(asn1.Int(1)))
	der := w.message(s, []byte("x"), func(b *cms.Builder) {
		b.Content = []byte("x")
		b.SignedAttributes = [][]byte{
			cms.EncodeAttribute(cms.OIDSignaturePolicy, asn1.Null()),
			cms.EncodeAttribute(cms.OIDCommitmentType, asn1.Sequence(asn1.OID("1.2.840.113549.1.9.16.6.5"))),
			cms.EncodeAttribute(cms.OIDSignerLocation, asn1.Sequence(asn1.Explicit(1, asn1.UTF8String("Bakı")))),
			cms.EncodeAttribute(cms.OIDSignerAttributesV2, asn1.Sequence(
				asn1.Explicit(0, asn1.Sequence(cms.EncodeAttribute("2.5.4.12", asn1.UTF8String("Mühasib")))), asn1.Explicit(1, asn1.Sequence(asn1.Explicit(0, notRead))))),
			cms.EncodeAttribute(cms.OIDContentHints, asn1.Sequence(asn1.UTF8String("Məktub"), asn1.OID(cms.OIDData))),
			cms.EncodeAttribute(cms.OIDMIMEType, asn1.UTF8String(strings.Repeat("a", 5000))),
			cms.EncodeAttribute("1.2.3.4", asn1.Null()),
		}
	})
	r := w.verify(w.input(der))
	said := map[string]string{}
	for _, a := range r.Signatures[0].Technical.Attributes {
		if !a.Signed {
			t.Errorf("%s is not signed", a.Name)
		}
		for _, v := range a.Values {
			said[a.Name+" "+v.Name] = v.Value
		}
	}
	for key, want := range map[string]string{
		"signature-policy-identifier policy": "implied", "commitment-type-indication name": "proofOfApproval", "signer-location locality": "Bakı",
		"signer-attributes-v2 claimed": "2.5.4.12: Mühasib", "content-hints description": "Məktub",
	} {
		if said[key] != want {
			t.Errorf("%s: %q, want %q", key, said[key], want)
		}
	}
	if n := len([]rune(said["mime-type mimeType"])); n > 1001 {
		t.Errorf("a text of %d characters is repeated", n)
	}
	if len(r.AttributeCertificates) != 1 || r.AttributeCertificates[0].Problem == "" || r.AttributeCertificates[0].SHA256 != said["signer-attributes-v2 certified"] {
		t.Errorf("%+v", r.AttributeCertificates)
	}
}
