package demopki

import (
	"bytes"
	"crypto/x509"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

func newHierarchyForTest(t *testing.T) *Hierarchy {
	t.Helper()
	h, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func person(t *testing.T, h *Hierarchy, p Person) *Signer {
	t.Helper()
	s, err := h.Person(p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// chainError is what crypto/x509 thinks of a signer at the hierarchy's time.
func chainError(h *Hierarchy, s *Signer) error {
	roots, inter := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(h.Root())
	for _, der := range s.Chain {
		if c, err := x509.ParseCertificate(der); err == nil {
			inter.AddCert(c)
		}
	}
	_, err := s.Leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: inter, CurrentTime: h.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err
}

func TestGoodSignersChainToTheRoot(t *testing.T) {
	h := newHierarchyForTest(t)
	for _, k := range []KeyKind{P256, P384, P521, RSA2048, Ed25519} {
		s := person(t, h, Person{Profile: Profile{Key: k}, GivenName: "Gülnarə", Surname: "İsmayılğızı", FIN: "7ABCD12", VOEN: "1700000021"})
		if err := chainError(h, s); err != nil {
			t.Errorf("%v: %v", k, err)
		}
		if s.Leaf.Subject.SerialNumber != "7ABCD12" || s.Leaf.Subject.CommonName != "İsmayılğızı Gülnarə" {
			t.Errorf("%v: subject %v", k, s.Leaf.Subject)
		}
		if s.Leaf.KeyUsage != x509.KeyUsageContentCommitment {
			t.Errorf("%v: key usage %b, want nonRepudiation alone", k, s.Leaf.KeyUsage)
		}
	}
	b, err := h.Body(Body{})
	if err != nil {
		t.Fatal(err)
	}
	if err := chainError(h, b); err != nil {
		t.Error(err)
	}
	if !strings.Contains(b.Leaf.Subject.String(), "2.5.4.97=") {
		t.Errorf("no organizationIdentifier in %v", b.Leaf.Subject)
	}
}

func TestTheDefectIsTheOneAskedFor(t *testing.T) {
	h := newHierarchyForTest(t)
	cases := []struct {
		name   string
		defect Defect
		error  string
	}{
		{"expired", Expired, "expired"},
		{"not yet valid", NotYetValid, "not yet valid"},
		{"untrusted root", UntrustedRoot, "unknown authority"},
		{"missing intermediate", MissingIntermediate, "unknown authority"},
		{"unknown critical extension", UnknownCriticalExtension, "unhandled critical extension"},
		{"SHA-1", SHA1Signature, "unknown authority"}, // crypto/x509 refuses SHA-1 in chains
		{"broken signature", BrokenSignature, "unknown authority"},
		{"wrong issuer name", WrongIssuerName, "unknown authority"},
		{"wrong key usage", WrongKeyUsage, ""},
		{"wrong extended key usage", WrongExtendedKeyUsage, ""},
		{"no revocation source", NoRevocationSource, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := person(t, h, Person{Profile: Profile{Defect: c.defect}})
			err := chainError(h, s)
			if c.error == "" && err != nil || c.error != "" && (err == nil || !strings.Contains(err.Error(), c.error)) {
				t.Errorf("got %v, want %q", err, c.error)
			}
		})
	}
	s := person(t, h, Person{Profile: Profile{Defect: SHA1Signature}})
	if s.Leaf.SignatureAlgorithm != x509.ECDSAWithSHA1 {
		t.Errorf("signed with %v", s.Leaf.SignatureAlgorithm)
	}
	weak := person(t, h, Person{Profile: Profile{Key: RSA1024}})
	if err := chainError(h, weak); err != nil {
		t.Errorf("a weak key is no defect of the chain: %v", err)
	}
}

func TestStatusFollowsTheClock(t *testing.T) {
	h := newHierarchyForTest(t)
	now := h.now()
	s, held := person(t, h, Person{}), person(t, h, Person{})
	if err := h.Revoke(s.Certificate, now.Add(-time.Hour), KeyCompromise); err != nil {
		t.Fatal(err)
	}
	if err := h.Hold(held.Certificate, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := h.Release(held.Certificate, now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		signer *Signer
		at     time.Time
		status int
		reason int
	}{
		{"before the revocation", s, now.Add(-90 * time.Minute), ocsp.Good, 0},
		{"after the revocation", s, now, ocsp.Revoked, ocsp.KeyCompromise},
		{"while on hold", held, now.Add(-90 * time.Minute), ocsp.Revoked, ocsp.CertificateHold},
		{"after the hold", held, now, ocsp.Good, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			der, err := h.OCSPAt(c.signer.Certificate, c.at)
			if err != nil {
				t.Fatal(err)
			}
			r, err := ocsp.ParseResponseForCert(der, c.signer.Leaf, h.PersonsCA())
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != c.status || c.status == ocsp.Revoked && r.RevocationReason != c.reason {
				t.Errorf("OCSP status %d reason %d", r.Status, r.RevocationReason)
			}
			if onCRL(t, h, c.signer.Leaf.SerialNumber, c.at) != (c.status == ocsp.Revoked) {
				t.Error("the CRL says otherwise")
			}
		})
	}
}

func onCRL(t *testing.T, h *Hierarchy, serial *big.Int, at time.Time) bool {
	t.Helper()
	lists, err := h.CRLsAt(at)
	if err != nil {
		t.Fatal(err)
	}
	crl, err := x509.ParseRevocationList(lists[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := crl.CheckSignatureFrom(h.PersonsCA()); err != nil {
		t.Fatal(err)
	}
	if d := crl.NextUpdate.Sub(crl.ThisUpdate); d != CRLValidity {
		t.Errorf("the CRL lives %v", d)
	}
	for _, e := range crl.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(serial) == 0 {
			return true
		}
	}
	return false
}

func TestForeignCertificatesHaveNoStatus(t *testing.T) {
	h := newHierarchyForTest(t)
	other := newHierarchyForTest(t)
	s := person(t, other, Person{})
	if err := h.Revoke(s.Certificate, h.now(), KeyCompromise); err == nil {
		t.Error("revoked a certificate that it never issued")
	}
	if _, err := h.OCSP(s.Certificate); err == nil {
		t.Error("answered for a certificate that it never issued")
	}
}

func TestHandlerServesWhatCertificatesName(t *testing.T) {
	h := newHierarchyForTest(t)
	srv := httptest.NewServer(h.Handler())
	defer srv.Close()
	s := person(t, h, Person{})
	local := func(u string) string { return srv.URL + strings.TrimPrefix(u, DefaultBaseURL) }

	ca := get(t, local(s.Leaf.IssuingCertificateURL[0]))
	if !bytes.Equal(ca, h.PersonsCA().Raw) {
		t.Error("AIA leads to another certificate")
	}
	if _, err := x509.ParseRevocationList(get(t, local(s.Leaf.CRLDistributionPoints[0]))); err != nil {
		t.Error(err)
	}
	req, err := ocsp.CreateRequest(s.Leaf, h.PersonsCA(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Post(local(s.Leaf.OCSPServer[0]), "application/ocsp-request", bytes.NewReader(req))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	if r, err := ocsp.ParseResponseForCert(body.Bytes(), s.Leaf, h.PersonsCA()); err != nil || r.Status != ocsp.Good {
		t.Errorf("%v %v", r, err)
	}
}

func get(t *testing.T, u string) []byte {
	t.Helper()
	resp, err := http.Get(u)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", u, resp.StatusCode, err)
	}
	return b.Bytes()
}

func TestFaults(t *testing.T) {
	h := newHierarchyForTest(t)
	srv := httptest.NewServer(h.Handler())
	defer srv.Close()
	h.SetFault(CRLService, Fault{Dead: true})
	if resp, err := http.Get(srv.URL + "/crl/root.crl"); err == nil {
		resp.Body.Close()
		t.Error("a dead service answered")
	}
	h.SetFault(CRLService, Fault{HTTPStatus: http.StatusTeapot})
	resp, err := http.Get(srv.URL + "/crl/root.crl")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusTeapot {
		t.Errorf("status %d", resp.StatusCode)
	}
	h.SetFault(CRLService, Fault{})
	get(t, srv.URL+"/crl/root.crl")
	s := person(t, h, Person{})
	req, _ := ocsp.CreateRequest(s.Leaf, h.PersonsCA(), nil)
	if got := h.respond(append(req, 0), h.now()); !bytes.Equal(got, ocsp.MalformedRequestErrorResponse) {
		t.Errorf("trailing bytes: %x", got)
	}
}

func TestSaveAndLoad(t *testing.T) {
	h := newHierarchyForTest(t)
	s := person(t, h, Person{})
	if err := h.Revoke(s.Certificate, h.now(), Superseded); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "pki")
	if err := h.Save(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Save(dir, "ali"); err != nil {
		t.Fatal(err)
	}
	fi, err := os.Stat(filepath.Join(dir, "root.key.pem"))
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("the root's key file: %v %v", fi, err)
	}
	back, err := Load(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	s2, err := LoadSigner(dir, "ali")
	if err != nil {
		t.Fatal(err)
	}
	if err := chainError(back, s2); err != nil {
		t.Error(err)
	}
	if !onCRL(t, back, s2.Leaf.SerialNumber, back.now()) {
		t.Error("the revocation was forgotten")
	}
	next := person(t, back, Person{})
	if next.Leaf.SerialNumber.Cmp(s.Leaf.SerialNumber) == 0 {
		t.Error("a serial number came twice")
	}
}

func TestOCSPRequestFuzzSeedIsAnswered(t *testing.T) {
	h := newHierarchyForTest(t)
	for _, b := range [][]byte{nil, {0x30, 0}, {0x30, 0x80, 0, 0}} {
		if _, err := ocsp.ParseResponse(h.respond(b, h.now()), nil); err == nil {
			t.Errorf("%x: answered", b)
		}
	}
}

func FuzzOCSPRequest(f *testing.F) {
	h, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	s, err := h.Person(Person{})
	if err != nil {
		f.Fatal(err)
	}
	req, err := ocsp.CreateRequest(s.Leaf, h.PersonsCA(), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(req)
	f.Fuzz(func(t *testing.T, b []byte) {
		if out := h.respond(b, h.now()); len(out) < 5 || out[0] != 0x30 {
			t.Errorf("%x", out)
		}
	})
}

func TestSealRightIsAPolicyOfItsOwn(t *testing.T) {
	h, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, right := range []bool{true, false} {
		s, err := h.Person(Person{SealRight: right})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, p := range s.Leaf.Policies {
			found = found || p.String() == SealRightPolicy
		}
		if found != right {
			t.Errorf("seal right %v: policies %v", right, s.Leaf.Policies)
		}
	}
}
