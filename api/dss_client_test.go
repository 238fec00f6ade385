//go:build interop

package api

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/certs"
	"mohur/internal/cms"
	"mohur/internal/demopki"
)

// TestDSSClient lets DSS's own Java client call this server (scripts/dss-client.sh): over sealed PDFs of the interoperability set and over a
// detached CMS signature. The client fails on whatever its classes don't know, and on what does not come back from JSON and XML as it went in.
func TestDSSClient(t *testing.T) {
	set, client := os.Getenv("MOHUR_DSS_SET"), strings.Fields(os.Getenv("MOHUR_DSS_CLIENT"))
	if set == "" || len(client) == 0 {
		t.Fatal("MOHUR_DSS_SET and MOHUR_DSS_CLIENT say what to send and who sends it: run scripts/dss-client.sh")
	}
	at, dir := instantOf(t, filepath.Join(set, "time.txt")), t.TempDir()
	v := realVerifier{certs.NewTrustStore(), &certs.MemoryRevocation{}}
	var roots []*certs.Certificate
	block, _ := pem.Decode(readFile(t, filepath.Join(set, "root.pem")))
	roots = append(roots, certificateOf(t, block.Bytes))
	lists, err := filepath.Glob(filepath.Join(set, "*.crl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range lists {
		addCRL(t, v.crls, readFile(t, f))
	}
	roots = append(roots, clientSet(t, v.crls, dir, at))
	v.trust = certs.NewTrustStore(roots...)
	pdfs, err := filepath.Glob(filepath.Join(set, "*.pdf"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range pdfs {
		if name := filepath.Base(f); !strings.Contains(name, "newer") && !strings.Contains(name, "hybrid") && n < 8 {
			n++
			write(t, filepath.Join(dir, name), readFile(t, f))
		}
	}
	if n == 0 {
		t.Fatalf("%s has no PDF", set)
	}
	url, _ := serve(t, v, func(o *Options) {
		o.Certificates, o.MaxBytes, o.Now, o.Rate = v, 20<<20, func() time.Time { return at }, Rate{PerSecond: 1000, Burst: 10000}
	})
	out, err := exec.CommandContext(t.Context(), client[0], append(client[1:], url, dir)...).CombinedOutput()
	fmt.Print(string(out))
	if err != nil {
		t.Errorf("DSS's client: %v", err)
	}
}

// clientSet writes a detached signature, its content, and the signer's certificates, and returns the root.
func clientSet(t *testing.T, crls *certs.MemoryRevocation, dir string, at time.Time) *certs.Certificate {
	t.Helper()
	h, err := demopki.New(demopki.Options{Now: func() time.Time { return at.Add(-time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Person(demopki.Person{})
	if err != nil {
		t.Fatal(err)
	}
	made, err := h.CRLsAt(at.Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	for _, der := range made {
		addCRL(t, crls, der)
	}
	b := cms.Builder{Certificate: s.Certificate, Chain: s.Chain, SigningTime: at.Add(-30 * time.Minute)}
	d, err := b.ContentDigest()
	if err != nil {
		t.Fatal(err)
	}
	signature, err := b.Sign(context.Background(), s.Key, d.Sum([]byte("salam")))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "letter.p7s"), signature)
	write(t, filepath.Join(dir, "letter.p7s.content"), []byte("salam"))
	write(t, filepath.Join(dir, "signer.cer"), s.Certificate)
	for i, c := range s.Chain {
		write(t, filepath.Join(dir, fmt.Sprintf("chain-%d.cer", i)), c)
	}
	write(t, filepath.Join(dir, "time.txt"), []byte(at.Format(time.RFC3339)))
	return certificateOf(t, h.Root().Raw)
}

func instantOf(t *testing.T, path string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, string(bytes.TrimSpace(readFile(t, path))))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func certificateOf(t *testing.T, der []byte) *certs.Certificate {
	t.Helper()
	c, err := certs.Parse(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func addCRL(t *testing.T, crls *certs.MemoryRevocation, der []byte) {
	t.Helper()
	l, err := certs.ParseCRL(der)
	if err != nil {
		t.Fatal(err)
	}
	crls.Add(certs.RevocationData{CRL: l, Origin: certs.OriginInput})
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
