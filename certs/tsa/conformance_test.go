//go:build conformance

package tsa

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"mohur/certs"
	"mohur/internal/tsp"
)

// TestInjectedCertificates runs a real response into which a stranger's certificate was put: trusting that certificate alone must not make it pass.
func TestInjectedCertificates(t *testing.T) {
	dir := os.Getenv("MOHUR_CONFORMANCE")
	if dir == "" {
		t.Fatal("MOHUR_CONFORMANCE names no folder of test suites: run make conformance")
	}
	b, err := os.ReadFile(filepath.Join(dir, "sigstore-tsa", "response-injected-certs.tsr"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := tsp.ParseResponse(b)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tsp.ParseToken(res.Token)
	if err != nil {
		t.Fatal(err)
	}
	named := tok.SignerCertificate()
	if named == nil {
		t.Fatal("the signer of the ESS certificate id was not found")
	}
	for _, der := range tok.CMS.Certificates {
		if string(der) == string(named) {
			continue
		}
		c, err := certs.Parse(der)
		if err != nil {
			t.Fatal(err)
		}
		r := Validate(context.Background(), tok, Request{
			Trust: certs.NewTrustStore(c), Time: tok.Info.GenTime, Policy: certs.PathPolicy{Revocation: certs.RevocationIgnored},
		})
		if string(r.Signer.Raw) != string(named) {
			t.Errorf("signer named %s", r.Signer.Subject)
		}
		if r.Passed() {
			t.Errorf("passed with %s as the only anchor", c.Subject)
		}
	}
}
