package verify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	stdasn1 "encoding/asn1"
	"math/big"
	"strings"
	"testing"
	"time"

	"mohur/certs"
)

// TestPurposesOfTheSigningCertificate: what a policy asks of the extended key usage, and that basic asks for nothing.
func TestPurposesOfTheSigningCertificate(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made := func(mod func(*x509.Certificate)) *certs.Certificate {
		tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "x"}, NotBefore: time.Unix(1e9, 0), NotAfter: time.Unix(2e9, 0)}
		mod(tmpl)
		der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := certs.Parse(der)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	none := made(func(*x509.Certificate) {})
	documents := made(func(c *x509.Certificate) {
		c.UnknownExtKeyUsage = []stdasn1.ObjectIdentifier{{1, 3, 6, 1, 5, 5, 7, 3, 36}}
	})
	servers := made(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })
	any := made(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} })
	mail := made(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection} })
	for policy, passing := range map[string]string{
		`{"name":"p"}`: "none documents servers any mail",
		`{"name":"p","constraints":{"EXTENDED_KEY_USAGE":"FAIL"}}`:                                                                     "none documents any",
		`{"name":"p","constraints":{"EXTENDED_KEY_USAGE":"FAIL"},"signer":{"extendedKeyUsage":["documentSigning","emailProtection"]}}`: "none documents any mail",
		`{"name":"p","constraints":{"EXTENDED_KEY_USAGE_NAMED":"FAIL"}}`:                                                               "documents",
		`{"name":"p","constraints":{"EXTENDED_KEY_USAGE_NAMED":"FAIL"},"signer":{"extendedKeyUsage":["1.3.6.1.5.5.7.3.1"]}}`:           "servers",
	} {
		p, err := LoadPolicy(strings.NewReader(policy))
		if err != nil {
			t.Fatal(err)
		}
		v := &validation{policy: p}
		for name, c := range map[string]*certs.Certificate{"none": none, "documents": documents, "servers": servers, "any": any, "mail": mail} {
			b := newBlock(p, "XCV", clauseXCV)
			v.purposeDemands(b, c)
			if want := strings.Contains(" "+passing+" ", " "+name+" "); b.passed() != want {
				t.Errorf("%s: %s passes %v", policy, name, b.passed())
			}
		}
	}
	if _, err := LoadPolicy(strings.NewReader(`{"name":"p","signer":{"extendedKeyUsage":["lawn mowing"]}}`)); err == nil {
		t.Error("a purpose that is none")
	}
}
