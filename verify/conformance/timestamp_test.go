//go:build conformance

package conformance

import (
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/tsp"
	"mohur/verify/etsi"
)

// TestInjectedCertificate takes a timestamp response into whose token somebody put a certificate of his own, and trusts just that one: the
// token must not pass, and the signer named must be the one that the token itself names by its ESS certificate id.
func TestInjectedCertificate(t *testing.T) {
	path := filepath.Join(root(t, "sigstore-tsa"), "response-injected-certs.tsr")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tsp.ParseResponse(b)
	if err != nil {
		t.Fatal(err)
	}
	token, err := tsp.ParseToken(resp.Token)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := certs.Parse(token.SignerCertificate())
	if err != nil {
		t.Fatal(err)
	}
	s := newSuite(t, "sigstore-tsa")
	injected := 0
	for _, der := range token.CMS.Certificates {
		c, err := certs.Parse(der)
		if err != nil {
			t.Fatal(err)
		}
		if c.Equal(signer) || signer.CheckSignatureFrom(c) == nil || c.IsSelfIssued() && c.Subject.Equal(signer.Issuer) {
			continue
		}
		injected++
		anchor := filepath.Join(t.TempDir(), "anchor.pem")
		if err := os.WriteFile(anchor, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		d := run(t, []string{"--anchors", anchor, "--time", token.Info.GenTime.Add(time.Minute).Format(time.RFC3339)}, path)[0]
		difference := ""
		if len(d.Timestamps) != 1 || d.Timestamps[0].Indication == etsi.Passed || d.Timestamps[0].ProducedBy != signer.Subject.Display() {
			difference = "the injected certificate is believed"
		}
		s.check(c.Subject.Display(), difference)
	}
	if injected == 0 {
		t.Error("no certificate is injected into the sample")
	}
	s.finish()
}
