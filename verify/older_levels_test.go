package verify_test

import (
	"bytes"
	"context"
	"slices"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// older builds the levels C, X, XL and A of ETSI TS 101 733 by the letter of its clauses, apart from the code under test: it cuts a message into
// its elements and puts imprints together from them. EU DSS 6.4 was asked once about what it makes (levels CAdES_C, _X, _XL and _A, both
// encodings of the unsigned attributes, content inside and outside): the verdicts agree, and every imprint is intact to it too, but for archive
// timestamps over indefinite lengths and content in segments, which DSS encodes anew where the clause asks for the octets as received.
type older struct {
	w   *world
	tsa *demopki.TSA
	doc []byte
	in  []byte // the detached content; nil when it is inside
}

// top cuts a message into encapContentInfo, certificates, crls and the one SignerInfo.
func (o *older) top() (content, certificates, crls []byte, signer asn1.Element) {
	o.w.t.Helper()
	info := o.children(o.parse(o.doc))
	for _, f := range o.children(o.children(info[1])[0])[2:] {
		switch f.Tag {
		case asn1.TagSequence:
			content = f.Raw
		case asn1.Context(0):
			certificates = f.Raw
		case asn1.Context(1):
			crls = f.Raw
		case asn1.TagSet:
			signer = o.children(f)[0]
		}
	}
	return content, certificates, crls, signer
}

func (o *older) parse(b []byte) asn1.Element {
	o.w.t.Helper()
	e, err := asn1.Parse(b, asn1.Limits{})
	if err != nil {
		o.w.t.Fatal(err)
	}
	return e
}

func (o *older) children(e asn1.Element) (out []asn1.Element) {
	o.w.t.Helper()
	for r := e.Children(); r.More() || r.Err() != nil; {
		c, err := r.Next()
		if err != nil {
			o.w.t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

// stamp asks the authority for a token over some octets.
func (o *older) stamp(parts ...[]byte) []byte {
	o.w.t.Helper()
	token, err := o.tsa.Timestamp(context.Background(), algo.SHA256, algo.SHA256.Sum(bytes.Join(parts, nil)))
	if err != nil {
		o.w.t.Fatal(err)
	}
	return token
}

// add adds an unsigned attribute.
func (o *older) add(t asn1.ObjectIdentifier, value []byte) {
	o.w.t.Helper()
	var err error
	if o.doc, err = cms.AddUnsignedAttributes(o.doc, 0, cms.EncodeAttribute(t, value)); err != nil {
		o.w.t.Fatal(err)
	}
}

func (o *older) signatureTimestamp() {
	_, _, _, si := o.top()
	for _, f := range o.children(si) {
		if f.Is(asn1.TagOctetString) {
			o.add(cms.OIDSignatureTimestamp, o.stamp(f.Content))
		}
	}
}

// otherHash is OtherHash of SHA-256.
func otherHash(b []byte) []byte {
	return asn1.Sequence(algo.SHA256.Identifier(), asn1.OctetString(algo.SHA256.Sum(b)))
}

// references adds those to the certificates of the path and to lists.
func (o *older) references(certificates, lists [][]byte) {
	var refs, crls [][]byte
	for _, c := range certificates {
		refs = append(refs, asn1.Sequence(otherHash(c)))
	}
	for _, l := range lists {
		crls = append(crls, asn1.Sequence(otherHash(l)))
	}
	o.add(cms.OIDCertificateReferences, asn1.Sequence(refs...))
	o.add(cms.OIDRevocationReferences, asn1.Sequence(asn1.Sequence(asn1.Explicit(0, asn1.Sequence(asn1.Sequence(crls...))))))
}

func (o *older) values(certificates, lists [][]byte) {
	o.add(cms.OIDCertificateValues, asn1.Sequence(certificates...))
	o.add(cms.OIDRevocationValues, asn1.Sequence(asn1.Explicit(0, asn1.Sequence(lists...))))
}

// inner is type and values of the attributes of a type, without the SEQUENCE around them.
func (o *older) inner(t asn1.ObjectIdentifier) (out []byte) {
	_, _, _, si := o.top()
	fields := o.children(si)
	for _, a := range o.children(fields[len(fields)-1]) {
		if bytes.Equal(o.children(a)[0].Raw, asn1.OID(t)) {
			out = append(out, a.Content...)
		}
	}
	return out
}

// typeX1 and typeX2 are the timestamps over references, with the signature and without it.
func (o *older) typeX1() {
	_, _, _, si := o.top()
	var value []byte
	for _, f := range o.children(si) {
		if f.Is(asn1.TagOctetString) {
			value = f.Content
		}
	}
	o.add(cms.OIDCTimestamp, o.stamp(value, o.inner(cms.OIDSignatureTimestamp), o.inner(cms.OIDCertificateReferences), o.inner(cms.OIDRevocationReferences)))
}

func (o *older) typeX2() {
	o.add(cms.OIDCertificateCRLTimestamp, o.stamp(o.inner(cms.OIDCertificateReferences), o.inner(cms.OIDRevocationReferences)))
}

// archive adds an archive timestamp of version 2; tagged is with tag and length of the unsigned attributes.
func (o *older) archive(tagged bool) {
	content, certificates, crls, si := o.top()
	parts := [][]byte{content, o.in, certificates, crls}
	for _, f := range o.children(si) {
		if f.Is(asn1.Context(1)) && !tagged {
			parts = append(parts, f.Content)
			continue
		}
		parts = append(parts, f.Raw)
	}
	o.add(cms.OIDArchiveTimestampV2, o.stamp(parts...))
}

// newOlder is a message of level T.
func newOlder(w *world, detached bool) *older {
	w.t.Helper()
	content := []byte("Müqavilə")
	o := &older{w: w, tsa: w.pki.TSA()}
	o.doc = w.message(w.person(demopki.Person{}), content, func(b *cms.Builder) {
		if !detached {
			b.Content = content
		}
	})
	if detached {
		o.in = content
	}
	o.signatureTimestamp()
	return o
}

func (o *older) input() verify.Input {
	in := o.w.input(o.doc)
	if o.in != nil {
		in.Detached = []verify.Data{{Name: "content", Content: bytes.NewReader(o.in), Size: int64(len(o.in))}}
	}
	return in
}

// material is what the levels C and XL refer to and carry.
func (o *older) material() (certificates, lists [][]byte) {
	lists, err := o.w.pki.CRLsAt(o.w.clock)
	if err != nil {
		o.w.t.Fatal(err)
	}
	return append(o.w.pki.Intermediates(), o.w.pki.Anchors()...), lists
}

// full makes a message of level A with two archive timestamps, the second a day later.
func (o *older) full(tagged bool) {
	certificates, lists := o.material()
	o.references(certificates, lists)
	o.typeX1()
	o.typeX2()
	o.values(certificates, lists)
	o.archive(tagged)
	o.w.clock = o.w.clock.Add(time.Hour)
	o.archive(tagged)
}

func kinds(s *verify.SignatureReport) map[verify.TimestampType]int {
	out := map[verify.TimestampType]int{}
	for _, t := range s.Timestamps {
		if t.Intact && t.Indication == etsi.Passed {
			out[t.Type]++
		}
	}
	return out
}

func TestOlderLevelsAreRead(t *testing.T) {
	for name, c := range map[string]struct{ detached, tagged, ber bool }{
		"content inside": {false, true, false}, "content outside": {true, true, false}, "by the older annex": {false, false, false},
		"indefinite lengths": {false, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := newOlder(w, c.detached)
			if c.ber {
				o.doc = indefinite(o.doc)
			}
			o.full(c.tagged)
			r := w.verify(o.input())
			s := r.Signatures[0]
			want := map[verify.TimestampType]int{verify.SignatureTimestamp: 1, verify.ValidationDataTimestamp: 1, verify.ReferencesTimestamp: 1, verify.ArchiveTimestamp: 2}
			if got := kinds(s); r.Indication != etsi.TotalPassed || len(got) != len(want) || got[verify.ArchiveTimestamp] != 2 || len(s.Timestamps) != 5 {
				t.Fatalf("%s/%s, timestamps that passed %v of %d, %+v", r.Indication, r.SubIndication, got, len(s.Timestamps), s.Reasons)
			}
			found := 0
			for _, a := range s.Technical.Attributes {
				for _, v := range a.Values {
					if v.Name == "found" {
						found++
					}
				}
			}
			if found < 5 {
				t.Errorf("only %d references were found among the values", found)
			}
		})
	}
}

// TestOlderImprintsAreHeld: what was changed after an archive timestamp, a timestamp over references or their values is told.
func TestOlderImprintsAreHeld(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(o *older)
		kind  verify.TimestampType
	}{
		"a reference replaced":                           {func(o *older) { o.doc = replaced(o.doc, cms.OIDCertificateReferences) }, verify.ReferencesTimestamp},
		"a reference replaced, signature and references": {func(o *older) { o.doc = replaced(o.doc, cms.OIDRevocationReferences) }, verify.ValidationDataTimestamp},
		"a value replaced":                               {func(o *older) { o.doc = replaced(o.doc, cms.OIDRevocationValues) }, verify.ArchiveTimestamp},
		"content replaced":                               {func(o *older) { o.in = []byte("Müqavile") }, verify.ArchiveTimestamp},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			o := newOlder(w, true)
			o.full(true)
			c.spoil(o)
			for _, stamp := range w.verify(o.input()).Signatures[0].Timestamps {
				if stamp.Type == c.kind && (stamp.Intact || stamp.SubIndication != etsi.HashFailure) {
					t.Errorf("%s is %s/%s, intact %v", stamp.Type, stamp.Indication, stamp.SubIndication, stamp.Intact)
				}
			}
		})
	}
}

// replaced turns over the last octet of the value of an unsigned attribute.
func replaced(doc []byte, t asn1.ObjectIdentifier) []byte {
	out := bytes.Clone(doc)
	at := bytes.LastIndex(out, asn1.OID(t))
	set, err := asn1.NewReader(out[at+len(asn1.OID(t)):], asn1.Limits{}).Next()
	if err != nil {
		panic(err)
	}
	out[at+len(asn1.OID(t))+len(set.Raw)-1] ^= 1
	return out
}

// indefinite writes the elements around content, certificates and signers with indefinite lengths, and the content in two segments.
func indefinite(doc []byte) []byte {
	var write func(e asn1.Element, depth int) []byte
	write = func(e asn1.Element, depth int) []byte {
		if !e.Constructed || depth > 3 && !(depth == 4 && e.Is(asn1.Context(0))) {
			if e.Is(asn1.TagOctetString) && depth == 5 {
				return append(append([]byte{0x24, 0x80}, slices.Concat(asn1.OctetString(e.Content[:3]), asn1.OctetString(e.Content[3:]))...), 0, 0)
			}
			return e.Raw
		}
		out := []byte{e.Raw[0], 0x80}
		for r := e.Children(); r.More(); {
			c, err := r.Next()
			if err != nil {
				panic(err)
			}
			out = append(out, write(c, depth+1)...)
		}
		return append(out, 0, 0)
	}
	e, err := asn1.Parse(doc, asn1.Limits{})
	if err != nil {
		panic(err)
	}
	return write(e, 0)
}

// TestArchiveTimestampProvesWhatItCovers: revocation data and certificates that an archive timestamp of version 2 covers count as of its time,
// after the certificate of the signature timestamp has expired; without it they don't.
func TestArchiveTimestampProvesWhatItCovers(t *testing.T) {
	for name, archived := range map[string]bool{"archived before": true, "not archived": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			short, err := w.pki.NewTSA(demopki.TSAOptions{NotAfter: w.clock.Add(30 * 24 * time.Hour)})
			if err != nil {
				t.Fatal(err)
			}
			o := newOlder(w, false)
			o.doc = w.message(w.person(demopki.Person{Profile: demopki.Profile{NotAfter: w.clock.Add(20 * 24 * time.Hour)}}), []byte("Müqavilə"), func(b *cms.Builder) { b.Content = []byte("Müqavilə") })
			o.tsa = short
			o.signatureTimestamp()
			w.clock = w.clock.Add(19 * 24 * time.Hour)
			certificates, lists := o.material() // later than the signature, while the signer's certificate is in force
			o.values(certificates, lists)
			w.clock = w.clock.Add(6 * 24 * time.Hour) // the signer's certificate is past its end, the authority's is not
			o.tsa = w.pki.TSA()
			if archived {
				o.archive(true)
			}
			in := o.input()
			in.Time = w.clock.Add(15 * 24 * time.Hour)
			// Of the day after for the authority that expires, of today for that of the archive timestamp.
			in.Revocation = certs.Sources{w.crls(w.clock.Add(24 * time.Hour)), w.crls(in.Time)}
			r := w.verify(in)
			if passed := r.Indication == etsi.TotalPassed; passed != archived {
				t.Errorf("%s/%s: %+v", r.Indication, r.SubIndication, r.Signatures[0].Reasons)
				for _, s := range r.Signatures[0].Timestamps {
					t.Logf("%s %s/%s", s.Type, s.Indication, s.SubIndication)
				}
			}
		})
	}
}

// TestLevelsAreNamed: B and T by what is there, LT and what rests on it by what the validation data cover.
func TestLevelsAreNamed(t *testing.T) {
	w := newWorld(t)
	policy := cms.EncodeAttribute(cms.OIDSignaturePolicy, asn1.Sequence(asn1.OID("1.2.3.4"), asn1.Sequence(algo.SHA256.Identifier(), asn1.OctetString(make([]byte, 32)))))
	message := func(edit func(*cms.Builder)) *older {
		o := &older{w: w, tsa: w.pki.TSA()}
		o.doc = w.message(w.person(demopki.Person{}), []byte("Müqavilə"), func(b *cms.Builder) {
			b.Content = []byte("Müqavilə")
			edit(b)
		})
		return o
	}
	none := func(*cms.Builder) {}
	timeless := func(b *cms.Builder) { b.SigningTime = time.Time{} }
	for want, make := range map[string]func() *older{
		"CAdES-BASELINE-B": func() *older { return message(none) },
		"CAdES-BASELINE-T": func() *older { return newOlder(w, false) },
		"CAdES-BASELINE-LT": func() *older {
			_, lists := message(none).material()
			o := message(func(b *cms.Builder) { b.Chain, b.CRLs = append(b.Chain, w.pki.Intermediates()...), lists })
			o.signatureTimestamp()
			return o
		},
		"CAdES-BES": func() *older { return message(timeless) },
		"CAdES-EPES": func() *older {
			return message(func(b *cms.Builder) { timeless(b); b.SignedAttributes = [][]byte{policy} })
		},
		"CAdES-T": func() *older {
			o := message(timeless)
			o.signatureTimestamp()
			return o
		},
		"CAdES-C": func() *older {
			o := newOlder(w, false)
			o.references(o.material())
			return o
		},
		"CAdES-X": func() *older {
			o := newOlder(w, false)
			o.references(o.material())
			o.typeX2()
			return o
		},
		"CAdES-XL": func() *older {
			o := newOlder(w, false)
			o.references(o.material())
			o.values(o.material())
			return o
		},
		"CAdES-A": func() *older {
			o := newOlder(w, true)
			o.references(o.material())
			o.values(o.material())
			o.archive(true)
			return o
		},
		"": func() *older { // a reference by SHA-1 in the attribute that is for others
			o := &older{w: w}
			s := w.person(demopki.Person{})
			o.doc = w.referring(s, []byte("x"), essV2(essID(asn1.Sequence(asn1.OID(algo.SHA1.OID())), algo.SHA1.Sum(s.Certificate))))
			return o
		},
	} {
		o := make()
		if got := w.verify(o.input()).Signatures[0].Level; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	// Without the revocation data the values are not complete.
	o := newOlder(w, false)
	certificates, _ := o.material()
	o.add(cms.OIDCertificateValues, asn1.Sequence(certificates...))
	if got := w.verify(o.input()).Signatures[0].Level; got != "CAdES-BASELINE-T" {
		t.Errorf("with certificates alone: %q", got)
	}
}
