package certs

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	stdasn1 "encoding/asn1"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"mohur/internal/asn1"
	"mohur/verify/etsi"
)

// scope is an issuingDistributionPoint of the given parts.
func scope(parts ...[]byte) func(*x509.RevocationList) {
	return crlExtension(stdasn1.ObjectIdentifier{2, 5, 29, 28}, true, asn1.Sequence(parts...))
}

func flag(n uint32) []byte { return asn1.Encode(asn1.Context(n), false, []byte{0xff}) }

func pointName(u string) []byte {
	return asn1.Explicit(0, asn1.Explicit(0, asn1.Encode(asn1.Context(6), false, []byte(u))))
}

// judged returns the status of the signer for one piece of evidence.
func judged(t *testing.T, h hierarchy, d ...RevocationData) CertificateStatus {
	t.Helper()
	return validate(h.request(t, append(d, crl(t, h.root, epoch().Add(-time.Hour)))...)).Status[0]
}

func TestCRLsThatMustNotCount(t *testing.T) {
	h := newHierarchy(t, published)
	hourAgo := epoch().Add(-time.Hour)
	noSign := issue(t, "Şəxslər üçün Mərkəz", h.root, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	end := issue(t, "leaf", noSign, leaf)
	stranger := issue(t, "Şəxslər üçün Mərkəz", issue(t, "elsewhere", nil))
	for name, c := range map[string]struct {
		h    hierarchy
		data RevocationData
		why  string
	}{
		"another key of the same name":      {h, crl(t, stranger, hourAgo), UnusableSignature},
		"for CAs only":                      {h, crl(t, h.ca, hourAgo, scope(flag(2))), UnusableScope},
		"for attribute certificates":        {h, crl(t, h.ca, hourAgo, scope(flag(5))), UnusableScope},
		"of another distribution point":     {h, crl(t, h.ca, hourAgo, scope(pointName("http://pki.mohur.test/other.crl"))), UnusableScope},
		"unknown critical extension":        {h, crl(t, h.ca, hourAgo, crlExtension(stdasn1.ObjectIdentifier{1, 2, 3}, true, asn1.Null())), UnusableCriticalExtension},
		"unknown critical entry extension":  {h, crl(t, h.ca, hourAgo, oddEntry), UnusableCriticalExtension},
		"empty scope":                       {h, crl(t, h.ca, hourAgo, scope()), UnusableMalformed},
		"of an authority without the right": {hierarchy{h.root, noSign, end}, crl(t, signing(noSign), hourAgo), UnusableSigner},
		"some reasons only":                 {h, crl(t, h.ca, hourAgo, scope(asn1.Encode(asn1.Context(3), false, []byte{6, 0x40}))), UnusableReasons},
	} {
		t.Run(name, func(t *testing.T) {
			s := judged(t, c.h, c.data)
			if s.State == StateGood || len(s.Unusable) == 0 || s.Unusable[0].Key != c.why {
				t.Errorf("%s %v, want %s", s.State, s.Unusable, c.why)
			}
		})
	}
	good := crl(t, h.ca, hourAgo)
	tampered := bytes.Clone(good.Raw())
	tampered[len(tampered)-1] ^= 1
	l, err := ParseCRL(tampered)
	if err != nil {
		t.Fatal(err)
	}
	if s := judged(t, h, RevocationData{CRL: l}); s.State != StateMissing || s.Unusable[0].Key != UnusableSignature {
		t.Errorf("a CRL with an altered signature: %s %v", s.State, s.Unusable)
	}
}

// signing gives an authority the right to sign CRLs in the eyes of crypto/x509 only.
func signing(i *issued) *issued {
	c := *i
	std := *i.std
	std.KeyUsage |= x509.KeyUsageCRLSign
	c.std = &std
	return &c
}

func oddEntry(l *x509.RevocationList) {
	l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{
		SerialNumber: asBig(99), RevocationTime: epoch(), ExtraExtensions: []pkix.Extension{{Id: stdasn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: asn1.Null()}},
	})
}

func TestCRLsThatCount(t *testing.T) {
	h := newHierarchy(t, published)
	hourAgo := epoch().Add(-time.Hour)
	newKey := issue(t, "Şəxslər üçün Mərkəz", h.root) // the same authority's other key, certified by the same root
	for name, data := range map[string][]RevocationData{
		"for users":                  {crl(t, h.ca, hourAgo, scope(flag(1)))},
		"of the distribution point":  {crl(t, h.ca, hourAgo, scope(pointName(crlURL)))},
		"of the other key":           {crl(t, newKey, hourAgo)},
		"two lists of some reasons":  {crl(t, h.ca, hourAgo, scope(asn1.Encode(asn1.Context(3), false, []byte{6, 0x40}))), crl(t, h.ca, hourAgo.Add(time.Second), scope(asn1.Encode(asn1.Context(3), false, []byte{7, 0x3f, 0x80})))},
		"an unknown plain extension": {crl(t, h.ca, hourAgo, crlExtension(stdasn1.ObjectIdentifier{1, 2, 3}, false, asn1.Null()))},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.request(t, append(data, crl(t, h.root, hourAgo))...)
			r.Candidates = append(r.Candidates, newKey.Certificate)
			if s := validate(r).Status[0]; s.State != StateGood {
				t.Errorf("%s %v", s.State, s.Unusable)
			}
		})
	}
	empty := crl(t, h.ca, hourAgo)
	empty.CRL = emptyList(t, h.ca)
	if s := judged(t, h, empty); s.State != StateGood {
		t.Errorf("a CRL with an empty list: %s %v", s.State, s.Unusable)
	}
	// The other key counts only as long as it is not revoked itself.
	r := h.request(t, crl(t, newKey, hourAgo), crl(t, h.root, hourAgo, revoking(newKey, hourAgo, 1)))
	r.Candidates = append(r.Candidates, newKey.Certificate)
	if s := validate(r).Status[0]; s.State != StateMissing || s.Unusable[0].Key != UnusableSignerRevoked {
		t.Errorf("a revoked signer of CRLs: %s %v", s.State, s.Unusable)
	}
}

func TestIndirectCRL(t *testing.T) {
	root := issue(t, "root", nil)
	lister := issue(t, "lister", root, func(c *x509.Certificate) { c.IsCA, c.KeyUsage, c.SubjectKeyId = false, x509.KeyUsageCRLSign, []byte{7} })
	ca := issue(t, "ca", root)
	named := asn1.Explicit(4, lister.RawSubject)
	point := asn1.Sequence(asn1.Sequence(pointName(crlURL), asn1.Encode(asn1.Context(2), true, named)))
	end := issue(t, "leaf", ca, leaf, extension("2.5.29.31", false, point))
	other := issue(t, "other", ca, leaf)
	entryOf := func(c *issued) func(*x509.RevocationList) {
		return func(l *x509.RevocationList) {
			issuer := asn1.Sequence(asn1.Explicit(4, c.RawIssuer))
			l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{
				SerialNumber: end.Serial, RevocationTime: epoch().Add(-2 * time.Hour),
				ExtraExtensions: []pkix.Extension{{Id: stdasn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: issuer}},
			})
		}
	}
	indirect := scope(pointName(crlURL), flag(4))
	h := hierarchy{root, ca, end}
	for name, c := range map[string]struct {
		data  RevocationData
		state RevocationState
	}{
		"empty":                        {crl(t, lister, epoch().Add(-time.Hour), indirect), StateGood},
		"listed":                       {crl(t, lister, epoch().Add(-time.Hour), indirect, entryOf(end)), StateRevoked},
		"the number of another issuer": {crl(t, lister, epoch().Add(-time.Hour), indirect, entryOf(&issued{Certificate: lister.Certificate})), StateGood},
		"not marked indirect":          {crl(t, lister, epoch().Add(-time.Hour), scope(pointName(crlURL))), StateMissing},
		"the CA's own list":            {crl(t, ca, epoch().Add(-time.Hour)), StateMissing},
	} {
		t.Run(name, func(t *testing.T) {
			r := h.request(t, c.data, crl(t, root, epoch().Add(-time.Hour)))
			r.Candidates = append(r.Candidates, lister.Certificate, other.Certificate)
			if s := validate(r).Status[0]; s.State != c.state {
				t.Errorf("%s %v, want %s", s.State, s.Unusable, c.state)
			}
		})
	}
}

func TestResponderMustBeNamedAndIssuedByTheCAKey(t *testing.T) {
	h := newHierarchy(t)
	purpose := func(c *x509.Certificate) {
		leaf(c)
		c.KeyUsage, c.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning}
	}
	fake := issue(t, "Şəxslər üçün Mərkəz", nil) // bears the CA's name, has another key
	ofFake := issue(t, "responder", fake, purpose)
	good := ocsp.Response{Status: ocsp.Good}
	if s := judged(t, h, answer(t, h.signer, ofFake, good)); s.State != StateMissing || s.Unusable[0].Key != UnusableSigner {
		t.Errorf("a responder of another key: %s %v", s.State, s.Unusable)
	}
	right := answer(t, h.signer, issue(t, "responder", h.ca, purpose), good)
	if s := judged(t, h, right); s.State != StateGood {
		t.Errorf("%s %v", s.State, s.Unusable)
	}
	wrongName := parsedName(t, dn(attribute(oidCommonName, asn1.TagUTF8String, "somebody else")))
	right.OCSP.ResponderName, right.OCSP.ResponderKeyHash = &wrongName, nil
	if s := judged(t, h, right); s.State != StateMissing {
		t.Errorf("a response in another's name: %s", s.State)
	}
	revokedResponder := issue(t, "responder", h.ca, purpose)
	s := judged(t, h, answer(t, h.signer, revokedResponder, good), crl(t, h.ca, epoch().Add(-2*time.Hour), revoking(revokedResponder, epoch().Add(-3*time.Hour), 1)))
	if s.Evidence == nil || s.Evidence.OCSP != nil || s.Unusable[0].Key != UnusableSignerRevoked {
		t.Errorf("the answer of a revoked responder counted: %v", s.Unusable)
	}
}

func TestAnswerAboutAnExpiredCertificate(t *testing.T) {
	h := newHierarchy(t)
	after := h.signer.NotAfter.Add(time.Hour)
	r := h.request(t, answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good, ThisUpdate: after}))
	r.Time = after
	want(t, validate(r), etsi.CertificateChainGeneral, ReasonRevocationUnusable)
}

func TestCertIDNamesIssuerKeyAndName(t *testing.T) {
	h := newHierarchy(t)
	id := answer(t, h.signer, h.ca, ocsp.Response{Status: ocsp.Good}).OCSP.Responses[0].ID
	if !id.matches(h.signer.Certificate, h.ca.Certificate) {
		t.Fatal("an identifier does not name its own certificate")
	}
	sameName := issue(t, "Şəxslər üçün Mərkəz", nil)
	sameKey := issue(t, "another", nil, func(c *x509.Certificate) { c.PublicKey = h.ca.key })
	for what, other := range map[string]*issued{"the name alone": sameName, "the key alone": sameKey} {
		if id.matches(h.signer.Certificate, other.Certificate) {
			t.Errorf("%s was enough", what)
		}
	}
	id.Digest = 0
	if id.matches(h.signer.Certificate, h.ca.Certificate) {
		t.Error("an unknown digest algorithm matched")
	}
}

// emptyList makes a CRL whose revokedCertificates is there and empty, as OpenSSL writes it.
func emptyList(t *testing.T, ca *issued) *CRL {
	t.Helper()
	algorithm := ca.SignatureAlgorithmID.Raw
	tbs := asn1.Sequence(asn1.Int(1), algorithm, ca.RawSubject, asn1.Time(epoch().Add(-time.Hour)), asn1.Time(epoch().AddDate(0, 0, 7)), asn1.Sequence())
	l, err := ParseCRL(signed(t, tbs, algorithm, ca.key))
	if err != nil || !l.HasProblem("REVOKED_LIST_EMPTY") {
		t.Fatal(err)
	}
	return l
}

// TestEvidenceAboutSignersOfEvidenceIsTold: what a verdict rests on can be archived whole.
func TestEvidenceAboutSignersOfEvidenceIsTold(t *testing.T) {
	h := newHierarchy(t)
	responder := issue(t, "responder", h.ca, leaf, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} })
	list := crl(t, h.ca, epoch().Add(-time.Hour), revoking(h.signer, epoch().Add(-2*time.Hour), 1))
	r := validate(h.request(t, crl(t, h.root, epoch().Add(-time.Hour)), answer(t, h.signer, responder, ocsp.Response{Status: ocsp.Good}), list))
	want(t, r, etsi.RevokedNoPOE, ReasonRevoked)
	if len(r.Supporting) != 1 || !r.Supporting[0].Certificate.Equal(responder.Certificate) || r.Supporting[0].Evidence.CRL != list.CRL {
		t.Errorf("%+v", r.Supporting)
	}
}
