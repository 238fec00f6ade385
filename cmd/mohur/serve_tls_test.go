package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// writeServerCertificate makes a certificate with a serial number, and its key, in dir.
func writeServerCertificate(t testing.TB, dir string, serial int64, at time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, NotBefore: at.Add(-time.Hour), NotAfter: at.Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: der}, "key.pem": {Type: "PRIVATE KEY", Bytes: private}} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServedCertificateIsReadAgain: a new pair is taken within seconds, a broken one never.
func TestServedCertificateIsReadAgain(t *testing.T) {
	dir, now := t.TempDir(), time.Now()
	cfg := tlsConfig{Listen: ":0", Certificate: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	s := &servedCertificate{cfg: cfg, now: func() time.Time { return now }, log: slog.New(slog.DiscardHandler)}
	if _, err := s.get(&tls.ClientHelloInfo{}); err == nil {
		t.Error("a certificate that is not there is served")
	}
	serial := func() int64 {
		t.Helper()
		c, err := s.get(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		return leaf.SerialNumber.Int64()
	}
	writeServerCertificate(t, dir, 1, now)
	if serial() != 1 {
		t.Error("not the first")
	}
	writeServerCertificate(t, dir, 2, now.Add(time.Second))
	if serial() != 1 {
		t.Error("looked again at once")
	}
	now = now.Add(reloadEvery)
	if serial() != 2 {
		t.Error("not the second")
	}
	if err := os.WriteFile(cfg.Key, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(reloadEvery)
	if serial() != 2 {
		t.Error("not the old one while the new one is broken")
	}
	writeServerCertificate(t, dir, 3, now)
	now = now.Add(reloadEvery)
	if serial() != 3 {
		t.Error("not the third")
	}
}

func TestTLSConfiguration(t *testing.T) {
	for name, c := range map[string]struct {
		t  tlsConfig
		ok bool
	}{
		"none":          {tlsConfig{}, true},
		"no listener":   {tlsConfig{Key: "k"}, false},
		"no key":        {tlsConfig{Listen: ":1", Certificate: "c", PublicURL: "https://a"}, false},
		"no address":    {tlsConfig{Listen: ":1", Certificate: "c", Key: "k"}, false},
		"http":          {tlsConfig{Listen: ":1", Certificate: "c", Key: "k", PublicURL: "http://a"}, false},
		"all of it":     {tlsConfig{Listen: ":1", Certificate: "c", Key: "k", PublicURL: "https://a:1"}, true},
		"with a path":   {tlsConfig{Listen: ":1", Certificate: "c", Key: "k", PublicURL: "https://a/b"}, false},
		"with the rest": {tlsConfig{Listen: ":1", Certificate: "c", Key: "k", PublicURL: "https://a", ClientCA: "x"}, true},
	} {
		if err := c.t.check(); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
