package certs

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"os"
	"reflect"
	"regexp"
	"testing"

	"mohur/internal/asn1"
)

func statement(id asn1.ObjectIdentifier, info ...[]byte) []byte {
	return asn1.Sequence(append([][]byte{asn1.OID(id)}, info...)...)
}

func printable(s string) []byte { return asn1.Encode(asn1.TagPrintableString, false, []byte(s)) }

func TestQCStatementsAreRead(t *testing.T) {
	ca := issue(t, "ca", nil)
	value := asn1.Sequence(
		statement("0.4.0.1862.1.1"), statement("0.4.0.1862.1.4"),
		statement("0.4.0.1862.1.2", asn1.Sequence(printable("AZN"), asn1.Int(250), asn1.Int(3))),
		statement("0.4.0.1862.1.3", asn1.Int(15)),
		statement("0.4.0.1862.1.5", asn1.Sequence(asn1.Sequence(asn1.Encode(asn1.TagIA5String, false, []byte("https://pki.mohur.test/pds")), printable("az")))),
		statement("0.4.0.1862.1.6", asn1.Sequence(asn1.OID(QcTypeESeal), asn1.OID("1.2.3"))),
		statement("0.4.0.1862.1.7", asn1.Sequence(printable("AZ"))),
		statement("1.3.6.1.5.5.7.11.2", asn1.Sequence(asn1.OID(SemanticsLegal))),
		statement("1.2.3.4"),
	)
	c := issue(t, "leaf", ca, leaf, extension("1.3.6.1.5.5.7.1.3", false, value))
	q := c.QCStatements
	if q == nil || !q.Compliance || !q.SSCD || q.Retention != 15 || len(q.Statements) != 9 || !q.HasType(QcTypeESeal) || q.HasType(QcTypeESign) {
		t.Fatalf("%+v", q)
	}
	if q.Limit.String() != "250000 AZN" || !reflect.DeepEqual(q.Disclosure, []DisclosureStatement{{"https://pki.mohur.test/pds", "az"}}) ||
		!reflect.DeepEqual(q.TypeNames(), []string{"eseal", "1.2.3"}) || !reflect.DeepEqual(q.Countries, []string{"AZ"}) || !reflect.DeepEqual(q.SemanticsNames(), []string{"legal"}) {
		t.Errorf("%+v %v", q, q.Limit)
	}
	numeric := issue(t, "leaf", ca, leaf, extension("1.3.6.1.5.5.7.1.3", false, asn1.Sequence(
		statement("0.4.0.1862.1.2", asn1.Sequence(asn1.Int(944), asn1.Int(5), asn1.Int(-1))), statement("1.3.6.1.5.5.7.11.2"))))
	if got := numeric.QCStatements; got == nil || got.Limit.String() != "5e-1 944" || got.Retention != -1 || got.Semantics != nil {
		t.Errorf("%+v", got)
	}
	for name, bad := range map[string][]byte{
		"a limit without amount": statement("0.4.0.1862.1.2", asn1.Sequence(printable("AZN"))), "a type that is none": statement("0.4.0.1862.1.6", asn1.Int(1)),
		"a huge amount":        statement("0.4.0.1862.1.2", asn1.Sequence(printable("AZN"), asn1.Integer(new(big.Int).Lsh(big.NewInt(1), 200)), asn1.Int(0))),
		"a PDS without a page": statement("0.4.0.1862.1.5", asn1.Sequence(asn1.Sequence())), "no identifier": asn1.Sequence(),
	} {
		c := issue(t, "leaf", ca, leaf, extension("1.3.6.1.5.5.7.1.3", false, asn1.Sequence(bad)))
		if !c.HasProblem("EXTENSION_MALFORMED") {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestWeakKeysAreTold: a key with the fingerprint of CVE-2017-15361, and one with a small exponent, verify and are warned of.
func TestWeakKeysAreTold(t *testing.T) {
	root := issue(t, "root", nil)
	m := big.NewInt(2)
	for _, p := range []int64{3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167} {
		m.Mul(m, big.NewInt(p))
	}
	n := new(big.Int).Exp(big.NewInt(65537), big.NewInt(123456789), m)
	n.Add(n, new(big.Int).Mul(m, new(big.Int).Lsh(big.NewInt(1), uint(2048-m.BitLen())))) // has the residues; that it has two factors nobody needs here
	good, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key  *rsa.PublicKey
		want string
	}{
		"roca": {&rsa.PublicKey{N: n, E: 65537}, ReasonKeyROCA}, "exponent 3": {&rsa.PublicKey{N: good.N, E: 3}, ReasonKeyExponent}, "good": {&good.PublicKey, ""},
	} {
		der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
			SerialNumber: big.NewInt(5), Subject: pkix.Name{CommonName: name}, NotBefore: epoch().AddDate(-1, 0, 0), NotAfter: epoch().AddDate(1, 0, 0),
		}, root.std, c.key, root.key)
		if err != nil {
			t.Fatal(err)
		}
		end, err := Parse(der)
		if err != nil {
			t.Fatal(err)
		}
		r := validate(Request{Leaf: end, Trust: NewTrustStore(root.Certificate), Time: epoch(), Policy: PathPolicy{Revocation: RevocationIgnored}})
		want(t, r, "", "")
		got := ""
		for _, w := range r.Warnings {
			got = w.Key
		}
		if got != c.want {
			t.Errorf("%s: warned of %q, want %q", name, got, c.want)
		}
	}
}

func TestTheDocumentedRulesAreGood(t *testing.T) {
	page, err := os.ReadFile("../docs/identity-rules.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindSubmatch(page)
	if block == nil {
		t.Fatal("no example")
	}
	rules, err := ParseIdentityRules(block[1])
	if err != nil || len(rules) != 4 {
		t.Fatal(len(rules), err)
	}
	mine := issue(t, "mine", nil)
	rules[0].Issuers = []string{mine.Fingerprint()}
	end := issue(t, "leaf", mine, leaf, azerbaijani)
	if id := rules.Identify([]*Certificate{end.Certificate, mine.Certificate}); id.FIN != "5AZ1F2N" || id.VOEN != "1400000011" || id.Rule != rules[0].Name {
		t.Errorf("%+v", id)
	}
	if id := rules.Identify([]*Certificate{end.Certificate}); id.FIN != "" || id.Rule != "" {
		t.Errorf("without a path through the issuer: %+v", id)
	}
	for name, bad := range map[string]string{
		"no list": `{}`, "empty": `[]`, "more": `[{"name":"a"}] x`, "no name": `[{"fin":[]}]`, "fingerprint": `[{"name":"a","issuers":["12"]}]`,
	} {
		if rules, err := ParseIdentityRules([]byte(bad)); err == nil || rules != nil {
			t.Errorf("%s: %v", name, rules)
		}
	}
}
