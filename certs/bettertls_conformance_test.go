//go:build conformance

package certs

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/Netflix/bettertls/test-suites/certutil"
	"github.com/Netflix/bettertls/test-suites/nameconstraints"
	"github.com/Netflix/bettertls/test-suites/pathbuilding"
	bettertls "github.com/Netflix/bettertls/test-suites/test-case"

	"mohur/internal/asn1"
)

// TestBetterTLS runs the cases of BetterTLS, whose certificates its module makes: paths among many crossed authorities, and name constraints.
// What it calls soft, where clients may differ, is held as strictly as the rest: a name is only what the alternative names say (RFC 6125),
// every alternative name is constrained (RFC 5280, 6.1.3 (b)), a common name is not (4.2.1.10).
func TestBetterTLS(t *testing.T) {
	anchor, key, err := certutil.GenerateSelfSignedCert("bettertls_trust_root")
	if err != nil {
		t.Fatal(err)
	}
	root, err := Parse(anchor.Raw)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []bettertls.TestCaseProvider{pathbuilding.NewTestCaseProvider(), nameconstraints.NewTestCaseProvider()} {
		j := judgeSuite{t: t}
		n, err := p.GetTestCaseCount()
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			c, err := p.GetTestCase(i)
			if err != nil {
				t.Fatal(err)
			}
			chain, err := c.GetCertificates(anchor, key)
			if err != nil {
				t.Fatal(p.Name(), i, err)
			}
			want := c.ExpectedResult() == bettertls.EXPECTED_RESULT_PASS || c.ExpectedResult() == bettertls.EXPECTED_RESULT_SOFT_PASS
			got, detail := runBetterTLS(chain.Certificate, root, c.GetHostname())
			j.result(fmt.Sprintf("bettertls-%s %d", p.Name(), i), got == want, fmt.Sprintf("want %v, got %v %s %+v", c.ExpectedResult(), got, detail, c))
		}
		j.report("bettertls-" + p.Name())
	}
}

func runBetterTLS(chain [][]byte, root *Certificate, host string) (bool, string) {
	var all []*Certificate
	for _, der := range chain {
		c, err := Parse(der)
		if err != nil {
			return false, err.Error()
		}
		all = append(all, c)
	}
	req := Request{Leaf: all[0], Candidates: all[1:], Trust: NewTrustStore(root), Time: time.Now(), Policy: PathPolicy{
		Revocation: RevocationIgnored, ExtendedKeyUsage: []asn1.ObjectIdentifier{"1.3.6.1.5.5.7.3.1"},
	}}
	req.Policy.Algorithms = func(use AlgorithmUse, _ time.Time) *Reason {
		if use.Algorithm.Digest.String() == "SHA1" {
			return &Reason{Key: ReasonAlgorithm}
		}
		return nil
	}
	r := Validate(context.Background(), req)
	if !r.Passed() {
		return false, strings.Join(keys(r.Reasons), ",")
	}
	kind := "DNS"
	if _, err := netip.ParseAddr(host); err == nil {
		kind = "IP" // an address is only looked for among addresses (RFC 9525, 6.5)
	}
	return limboName(all[0], kind, host), "name"
}
