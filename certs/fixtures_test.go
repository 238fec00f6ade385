package certs

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	stdasn1 "encoding/asn1"
	"math/big"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"mohur/internal/asn1"
)

// epoch is the time for which the tests validate.
func epoch() time.Time { return time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC) }

// issued is a certificate of a test with its key.
type issued struct {
	*Certificate
	std    *x509.Certificate
	key    *ecdsa.PrivateKey
	parent *issued
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// issue makes a certificate below parent (nil: self-signed), a CA unless mod says otherwise.
func issue(t testing.TB, name string, parent *issued, mods ...func(*x509.Certificate)) *issued {
	t.Helper()
	out := &issued{key: newKey(t), parent: parent}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial.Add(serial, big.NewInt(1)), Subject: pkix.Name{CommonName: name}, NotBefore: epoch().AddDate(-1, 0, 0), NotAfter: epoch().AddDate(2, 0, 0),
		BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	for _, m := range mods {
		m(tmpl)
	}
	if tmpl.PublicKey != nil {
		out.key, _ = tmpl.PublicKey.(*ecdsa.PrivateKey)
		tmpl.PublicKey = nil
	}
	signer, std := out, tmpl
	if parent != nil {
		signer, std = parent, parent.std
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, std, out.key.Public(), signer.key)
	if err != nil {
		t.Fatal(err)
	}
	out.parse(t, der)
	if out.std == nil { // more than crypto/x509 can read
		out.std = tmpl
	}
	return out
}

func (i *issued) parse(t testing.TB, der []byte) {
	t.Helper()
	var err error
	if i.Certificate, err = Parse(der); err != nil {
		t.Fatal(err)
	}
	i.std, _ = x509.ParseCertificate(der)
}

// leaf makes an end-entity certificate.
func leaf(c *x509.Certificate) {
	c.IsCA, c.KeyUsage = false, x509.KeyUsageContentCommitment
	c.NotAfter = epoch().AddDate(1, 11, 0) // before its issuer
}

// edit rewrites the signed part and signs again with the issuer's key.
func (i *issued) edit(t testing.TB, change func(tbs [][]byte) [][]byte) *issued {
	t.Helper()
	tbs, err := asn1.Parse(i.RawTBS, asn1.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var parts [][]byte
	for r := tbs.Children(); r.More(); {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, e.Raw)
	}
	signer := i
	if i.parent != nil {
		signer = i.parent
	}
	out := &issued{key: i.key, parent: i.parent}
	out.parse(t, signed(t, asn1.Sequence(change(parts)...), i.SignatureAlgorithmID.Raw, signer.key))
	return out
}

func signed(t testing.TB, tbs, algorithm []byte, key crypto.Signer) []byte {
	t.Helper()
	h := sha256.Sum256(tbs)
	sig, err := key.Sign(rand.Reader, h[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return asn1.Sequence(tbs, algorithm, asn1.BitString(sig))
}

// crl makes a CRL signed by the authority.
func crl(t testing.TB, ca *issued, at time.Time, mods ...func(*x509.RevocationList)) RevocationData {
	t.Helper()
	tmpl := &x509.RevocationList{Number: big.NewInt(at.Unix()), ThisUpdate: at, NextUpdate: at.AddDate(0, 0, 7)}
	for _, m := range mods {
		m(tmpl)
	}
	der, err := x509.CreateRevocationList(rand.Reader, tmpl, ca.std, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := ParseCRL(der)
	if err != nil {
		t.Fatal(err)
	}
	return RevocationData{CRL: l, Origin: OriginInput, Source: ca.Subject.CommonName()}
}

func revoking(c *issued, at time.Time, reason int) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: c.Serial, RevocationTime: at, ReasonCode: reason})
	}
}

func crlExtension(id stdasn1.ObjectIdentifier, critical bool, value []byte) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: id, Critical: critical, Value: value})
	}
}

// answer makes an OCSP response about c, signed by responder.
func answer(t testing.TB, c, responder *issued, tmpl ocsp.Response) RevocationData {
	t.Helper()
	tmpl.SerialNumber = c.Serial
	if tmpl.ThisUpdate.IsZero() {
		tmpl.ThisUpdate = epoch().Add(-time.Hour)
	}
	if tmpl.NextUpdate.IsZero() {
		tmpl.NextUpdate = tmpl.ThisUpdate.Add(24 * time.Hour)
	}
	if responder != c.parent {
		tmpl.Certificate = responder.std
	}
	der, err := ocsp.CreateResponse(c.parent.std, responder.std, tmpl, responder.key)
	if err != nil {
		t.Fatal(err)
	}
	return RevocationData{OCSP: ocspAt(t, der, tmpl.ThisUpdate, responder.key), Origin: OriginInput, Source: "ocsp"}
}

// ocspAt sets producedAt, which x/crypto takes from the clock, and signs again.
func ocspAt(t testing.TB, der []byte, at time.Time, key crypto.Signer) *OCSPResponse {
	t.Helper()
	r, err := ParseOCSP(der)
	if err != nil {
		t.Fatal(err)
	}
	tbs, err := asn1.Parse(r.RawTBS, asn1.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var parts [][]byte
	for c := tbs.Children(); c.More(); {
		e, err := c.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e.Tag == asn1.TagGeneralizedTime {
			parts = append(parts, asn1.GeneralizedTime(at))
			continue
		}
		parts = append(parts, e.Raw)
	}
	var certificates []byte
	for _, c := range r.Certificates {
		certificates = append(certificates, c.Raw...)
	}
	ecdsaSHA256 := asn1.Sequence(asn1.OID("1.2.840.10045.4.3.2"))
	whole := asn1.Sequence(parts...)
	h := sha256.Sum256(whole)
	sig, err := key.Sign(rand.Reader, h[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	basic := [][]byte{whole, ecdsaSHA256, asn1.BitString(sig)}
	if certificates != nil {
		basic = append(basic, asn1.Explicit(0, asn1.Sequence(certificates)))
	}
	out, err := ParseOCSP(asn1.Sequence(basic...))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// hierarchy is root, intermediate and signer.
type hierarchy struct{ root, ca, signer *issued }

func newHierarchy(t testing.TB, mods ...func(*x509.Certificate)) hierarchy {
	h := hierarchy{root: issue(t, "Milli Kök Mərkəzi", nil)}
	h.ca = issue(t, "Şəxslər üçün Mərkəz", h.root)
	h.signer = issue(t, "Əli Həsənov", h.ca, append([]func(*x509.Certificate){leaf}, mods...)...)
	return h
}

// request asks for the signer with fresh CRLs of both authorities, unless other evidence is given.
func (h hierarchy) request(t testing.TB, evidence ...RevocationData) Request {
	src := &MemoryRevocation{}
	if evidence == nil {
		evidence = []RevocationData{crl(t, h.root, epoch().Add(-time.Hour)), crl(t, h.ca, epoch().Add(-time.Hour))}
	}
	src.Add(evidence...)
	return Request{Leaf: h.signer.Certificate, Candidates: []*Certificate{h.ca.Certificate}, Trust: NewTrustStore(h.root.Certificate), Time: epoch(), Revocation: src}
}

func validate(r Request) *Result { return Validate(context.Background(), r) }
