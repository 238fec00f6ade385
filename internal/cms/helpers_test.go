package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// signer is a key with a certificate made for the test.
type signer struct {
	name string
	key  crypto.Signer
	cert []byte
}

func (s signer) pub() crypto.PublicKey { return s.key.Public() }

// testSigners are made once: RSA keys are slow to make.
var testSigners = sync.OnceValue(func() map[string]signer {
	out := map[string]signer{}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	out["RSA"] = newSigner("RSA", r)
	for _, c := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		check(err)
		out[c.Params().Name] = newSigner(c.Params().Name, k)
	}
	_, e, err := ed25519.GenerateKey(rand.Reader)
	check(err)
	out["Ed25519"] = newSigner("Ed25519", e)
	return out
})

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func newSigner(name string, key crypto.Signer) signer {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 100))
	check(err)
	c := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Sınaq " + name}, SubjectKeyId: []byte{1, 2, 3, 4, byte(len(name))},
		NotBefore: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2044, 1, 1, 0, 0, 0, 0, time.UTC),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	check(err)
	return signer{name, key, der}
}

// write puts a file into the test's folder and returns its path.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

func (s signer) certFile(t testing.TB) string {
	t.Helper()
	return write(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert}))
}

func (s signer) keyFile(t testing.TB) string {
	t.Helper()
	b, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b}))
}

// openssl runs the second implementation and returns what it wrote. That it is there is part of the test.
func openssl(t testing.TB, args ...string) ([]byte, error) {
	t.Helper()
	var out, diag bytes.Buffer
	cmd := exec.Command("openssl", args...)
	cmd.Stdout, cmd.Stderr = &out, &diag
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatalf("openssl is needed for this test: %v", err)
	}
	if err != nil {
		t.Logf("openssl %v: %s", args, diag.Bytes())
	}
	return out.Bytes(), err
}

// parse expects a message that can be read.
func parse(t testing.TB, b []byte) *SignedData {
	t.Helper()
	sd, err := Parse(b, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return sd
}

// verify runs Verify on the only signer.
func verify(t testing.TB, sd *SignedData, pub crypto.PublicKey, content []byte) *Outcome {
	t.Helper()
	if len(sd.SignerInfos) != 1 {
		t.Fatalf("%d signers", len(sd.SignerInfos))
	}
	var o *Outcome
	var err error
	if content == nil {
		o, err = sd.SignerInfos[0].Verify(pub, nil)
	} else {
		o, err = sd.SignerInfos[0].Verify(pub, bytes.NewReader(content))
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}
