package certs

import (
	"context"
	"crypto/sha1" // the name of a responder's key
	"crypto/x509"
	stdasn1 "encoding/asn1"
	"slices"
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/verify/etsi"
)

// relativeName is DistributionPointName in its second form: one RDN, relative to the CRL issuer (RFC 5280, 4.2.1.13).
func relativeName(cn string) []byte {
	return asn1.Explicit(0, asn1.Encode(asn1.Context(1), true, attribute(oidCommonName, asn1.TagUTF8String, cn)))
}

func TestDistributionPointsNamedRelativeToTheIssuer(t *testing.T) {
	hourAgo := epoch().Add(-time.Hour)
	h := newHierarchy(t, extension("2.5.29.31", false, asn1.Sequence(asn1.Sequence(relativeName("part 1")))))
	full := asn1.Explicit(0, asn1.Encode(asn1.Context(0), true, asn1.Explicit(4, dn(
		attribute(oidCommonName, asn1.TagUTF8String, h.ca.Subject.CommonName()), attribute(oidCommonName, asn1.TagUTF8String, "part 1")))))
	if p := h.signer.CRLDistributionPoints; len(p) != 1 || len(p[0].FullName) != 1 || p[0].FullName[0].Directory.CommonName() != "part 1" || len(p[0].FullName[0].Directory.RDNs) != 2 {
		t.Fatalf("%+v", p)
	}
	for name, c := range map[string]struct {
		scope []byte
		want  RevocationState
	}{
		"both relative": {relativeName("part 1"), StateGood}, "written out in the list": {full, StateGood},
		"another part": {relativeName("part 2"), StateMissing}, "another form": {pointName(crlURL), StateMissing},
	} {
		if s := judged(t, h, crl(t, h.ca, hourAgo, scope(c.scope))); s.State != c.want {
			t.Errorf("%s: %s %v", name, s.State, s.Unusable)
		}
	}
}

// TestFreshestListsAreAsked: the delta that a certificate, or its list, names is fetched and laid over the list.
func TestFreshestListsAreAsked(t *testing.T) {
	const deltaURL = "http://pki.mohur.test/delta.crl"
	freshest := asn1.Sequence(asn1.Sequence(pointName(deltaURL)))
	number := func(n int64) func(*x509.RevocationList) { return func(l *x509.RevocationList) { l.Number = asBig(n) } }
	for name, inCertificate := range map[string]bool{"named by the certificate": true, "named by the list": false} {
		t.Run(name, func(t *testing.T) {
			mods := []func(*x509.Certificate){func(c *x509.Certificate) { c.CRLDistributionPoints = []string{crlURL} }}
			base := []func(*x509.RevocationList){number(10)}
			if inCertificate {
				mods = append(mods, extension("2.5.29.46", false, freshest))
			} else {
				base = append(base, crlExtension(stdasn1.ObjectIdentifier{2, 5, 29, 46}, false, freshest))
			}
			h := newHierarchy(t, func(c *x509.Certificate) {
				for _, m := range mods {
					m(c)
				}
			})
			w := &web{get: map[string]func([]byte) []byte{
				crlURL: always(crl(t, h.ca, epoch().Add(-5*time.Hour), base...).Raw()),
				deltaURL: always(crl(t, h.ca, epoch().Add(-time.Hour), number(11), crlExtension(stdasn1.ObjectIdentifier{2, 5, 29, 27}, true, asn1.Int(10)),
					revoking(h.signer, epoch().Add(-2*time.Hour), 1)).Raw()),
			}}
			r := h.request(t)
			root := &MemoryRevocation{}
			root.Add(crl(t, h.root, epoch().Add(-time.Hour)))
			r.Revocation = Sources{root, &OnlineRevocation{Fetch: w}}
			got := validate(r)
			want(t, got, etsi.RevokedNoPOE, ReasonRevoked)
			if got.Status[0].Delta == nil || !slices.Contains(w.asked, "GET "+deltaURL) {
				t.Errorf("asked %v", w.asked)
			}
			w.get[deltaURL] = nil // without the delta the list counts, and the failure is told
			r.Revocation = Sources{root, &OnlineRevocation{Fetch: w}}
			got = validate(r)
			want(t, got, "", "")
			if e := SourceErrors(got.Status[0].SourceError); len(e) != 1 || e[0].URL != deltaURL {
				t.Errorf("%v", got.Status[0].SourceError)
			}
		})
	}
}

// TestRemovedFromACompleteListIsGood: removeFromCRL outside a delta lists nobody (RFC 5280, 5.3.1).
func TestRemovedFromACompleteListIsGood(t *testing.T) {
	h := newHierarchy(t)
	if s := judged(t, h, crl(t, h.ca, epoch().Add(-time.Hour), revoking(h.signer, epoch().Add(-2*time.Hour), 8))); s.State != StateGood {
		t.Errorf("%s", s.State)
	}
	// Listed twice, the graver entry counts, whichever stands first.
	for _, first := range []int{1, 6} {
		s := judged(t, h, crl(t, h.ca, epoch().Add(-time.Hour), revoking(h.signer, epoch().Add(-2*time.Hour), first), revoking(h.signer, epoch().Add(-2*time.Hour), 7-first)))
		if s.State != StateRevoked || s.Reason != KeyCompromise {
			t.Errorf("%s %s", s.State, s.Reason)
		}
	}
}

// basicOCSP writes an answer "good" by hand: any digest in the CertID, any form of the responder's identifier, any serial.
func basicOCSP(t *testing.T, h hierarchy, d algo.Digest, responderID []byte) RevocationData {
	t.Helper()
	id := asn1.Sequence(asn1.Sequence(asn1.OID(d.OID())), asn1.OctetString(d.Sum(h.ca.RawSubject)), asn1.OctetString(d.Sum(h.ca.keyBits())), asn1.Integer(h.signer.Serial))
	at := asn1.GeneralizedTime(epoch().Add(-time.Minute))
	tbs := asn1.Sequence(responderID, at, asn1.Sequence(asn1.Sequence(id, asn1.Encode(asn1.Context(0), false, nil), at)))
	r, err := ParseOCSP(signed(t, tbs, asn1.Sequence(asn1.OID("1.2.840.10045.4.3.2")), h.ca.key))
	if err != nil {
		t.Fatal(err)
	}
	return RevocationData{OCSP: r, Origin: OriginInput}
}

func TestFormsOfAnOCSPAnswer(t *testing.T) {
	h := newHierarchy(t)
	key := sha1.Sum(h.ca.keyBits())
	wide := algo.SHA256.Sum(h.ca.keyBits())
	byName, byKey := asn1.Explicit(1, h.ca.RawSubject), asn1.Explicit(2, asn1.OctetString(key[:]))
	for name, c := range map[string]struct {
		data RevocationData
		want RevocationState
	}{
		"SHA-1, by name": {basicOCSP(t, h, algo.SHA1, byName), StateGood}, "SHA-1, by key": {basicOCSP(t, h, algo.SHA1, byKey), StateGood},
		"SHA-256, by name": {basicOCSP(t, h, algo.SHA256, byName), StateGood}, "SHA-512, by key": {basicOCSP(t, h, algo.SHA512, byKey), StateGood},
		"by another's name": {basicOCSP(t, h, algo.SHA256, asn1.Explicit(1, h.root.RawSubject)), StateMissing},
		"by another's key":  {basicOCSP(t, h, algo.SHA256, asn1.Explicit(2, asn1.OctetString(make([]byte, 20)))), StateMissing},
		"by key, SHA-256":   {basicOCSP(t, h, algo.SHA256, asn1.Explicit(2, asn1.OctetString(wide))), StateMissing}, // RFC 6960, 4.2.1: SHA-1 names the key
	} {
		if s := judged(t, h, c.data); s.State != c.want {
			t.Errorf("%s: %s %v", name, s.State, s.Unusable)
		}
	}
	negative := newHierarchy(t)
	negative.signer = negative.signer.edit(t, func(p [][]byte) [][]byte { p[tbsSerial] = asn1.Int(-77); return p })
	if s := judged(t, negative, basicOCSP(t, negative, algo.SHA256, asn1.Explicit(1, negative.ca.RawSubject))); s.State != StateGood {
		t.Errorf("a negative serial number: %s %v", s.State, s.Unusable)
	}
}

// TestARequestWithANonceIsNotServedFromACache: and an answer without the nonce is taken, as responders that sign ahead send none (RFC 8954, 2.1).
func TestARequestWithANonceIsNotServedFromACache(t *testing.T) {
	h := newHierarchy(t, published)
	k := &keeping{web: &web{post: map[string]func([]byte) []byte{ocspURL: always(basicOCSP(t, h, algo.SHA1, asn1.Explicit(1, h.ca.RawSubject)).OCSP.Raw)}}, kept: map[string]time.Time{}}
	o := &OnlineRevocation{Fetch: k, Nonce: func() ([]byte, error) { return make([]byte, 32), nil }}
	data, err := o.Revocation(context.Background(), h.signer.Certificate, h.ca.Certificate)
	if err != nil || len(data) != 1 || len(k.kept) != 0 {
		t.Errorf("%d answers, %v, kept %v", len(data), err, k.kept)
	}
}
