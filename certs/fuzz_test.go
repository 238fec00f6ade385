package certs

import (
	"bytes"
	"crypto/x509"
	"errors"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"mohur/internal/seeds"
)

// FuzzParse asks that any bytes are either a certificate that can be judged or a ParseError, and that nothing of what was read is changed.
func FuzzParse(f *testing.F) {
	ca := issue(f, "ca", nil)
	full := issue(f, "leaf", ca, azerbaijani, published, func(c *x509.Certificate) {
		c.DNSNames, c.EmailAddresses, c.ExtKeyUsage = []string{"a.gov.az"}, []string{"a@gov.az"}, []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping}
	})
	constrained := issue(f, "ca", ca, func(c *x509.Certificate) { c.PermittedDNSDomains, c.MaxPathLen = []string{".gov.az"}, 3 })
	for _, c := range []*issued{ca, full, constrained} {
		f.Add(c.Raw)
	}
	trust := NewTrustStore(ca.Certificate)
	for _, b := range seeds.Files(f, ".crt", ".pem", ".der", ".cer") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b)
		if err != nil {
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("%T", err)
			}
			return
		}
		if !bytes.Equal(c.Raw, b) {
			t.Fatal("the certificate's bytes were changed")
		}
		_, _, _ = c.Subject.String(), c.Subject.Display(), c.IsSelfSigned()
		validate(Request{Leaf: c, Candidates: []*Certificate{c}, Trust: trust, Time: epoch(), Policy: PathPolicy{StrictProfile: true, AnchorConstraints: true}})
		validate(Request{Leaf: c, Trust: NewTrustStore(c), Time: epoch(), Policy: PathPolicy{AnchorConstraints: true, AnchorValidity: true}})
		DefaultIdentityRules().Identify([]*Certificate{c})
	})
}

// FuzzParseCRL asks that any bytes are a CRL that can be judged, or a ParseError, and that no altered one is believed.
func FuzzParseCRL(f *testing.F) {
	h := newHierarchy(f)
	list := crl(f, h.ca, epoch().Add(-time.Hour), revoking(h.signer, epoch().Add(-2*time.Hour), 1))
	f.Add(list.Raw())
	f.Add(crl(f, h.ca, epoch().Add(-time.Hour)).Raw())
	base := h.request(f)
	for _, b := range seeds.Files(f, ".crl", ".pem") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseCRL(b)
		if err != nil {
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("%T", err)
			}
			return
		}
		r := base
		evidence(RevocationData{CRL: l})(&r)
		s := validate(r).Status[0]
		if s.State == StateRevoked && !bytes.Equal(l.RawTBS, list.CRL.RawTBS) {
			t.Fatal("an altered CRL was believed")
		}
		l.Lookup(h.signer.Issuer, h.signer.Serial)
	})
}

// FuzzParseOCSP is FuzzParseCRL for OCSP responses.
func FuzzParseOCSP(f *testing.F) {
	h := newHierarchy(f)
	responder := issue(f, "responder", h.ca, leaf, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageOCSPSigning} })
	good := answer(f, h.signer, h.ca, ocsp.Response{Status: ocsp.Good})
	f.Add(good.Raw())
	f.Add(answer(f, h.signer, responder, ocsp.Response{Status: ocsp.Revoked, RevokedAt: epoch().Add(-2 * time.Hour)}).Raw())
	f.Add([]byte{0x30, 3, 0x0a, 1, 3})
	base := h.request(f)
	for _, b := range seeds.Files(f, ".pem", ".der", ".ors") {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := ParseOCSP(b)
		if err != nil {
			var pe *ParseError
			if !errors.As(err, &pe) {
				t.Fatalf("%T", err)
			}
			return
		}
		r := base
		evidence(RevocationData{OCSP: o})(&r)
		if s := validate(r).Status[0]; s.State == StateGood && !bytes.Equal(o.RawTBS, good.OCSP.RawTBS) {
			t.Fatal("an altered response was believed")
		}
	})
}
