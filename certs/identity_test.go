package certs

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
	"testing"
)

func TestDefaultRulesReadCodes(t *testing.T) {
	rules := DefaultIdentityRules()
	if rules == nil {
		t.Fatal("the default rules don't compile")
	}
	ca := issue(t, "ca", nil)
	for name, c := range map[string]struct {
		mod       func(*x509.Certificate)
		fin, voen string
	}{
		"plain":           {azerbaijani, "5AZ1F2N", "1400000011"},
		"lower case":      {subject(pkix.Name{SerialNumber: "5az1f2n"}), "5AZ1F2N", ""},
		"with a label":    {subject(pkix.Name{SerialNumber: "FİN: 5AZ1F2N"}), "5AZ1F2N", ""},
		"EN 319 412 form": {subject(pkix.Name{SerialNumber: "PNOAZ-5AZ1F2N"}), "5AZ1F2N", ""},
		"VÖEN in OU":      {subject(pkix.Name{OrganizationalUnit: []string{"Şöbə", "VÖEN: 1400000011"}}), "", "1400000011"},
		"VOEN in O":       {subject(pkix.Name{Organization: []string{"ABC MMC, VOEN 1400000011"}}), "", "1400000011"},
		"too long":        {subject(pkix.Name{SerialNumber: "5AZ1F2NX", Organization: []string{"VÖEN 14000000112"}}), "", ""},
		"another country": {subject(pkix.Name{SerialNumber: "PNOEE-5AZ1F2N"}), "", ""},
		"nothing":         {subject(pkix.Name{CommonName: "5AZ1F2N"}), "", ""},
	} {
		end := issue(t, "leaf", ca, leaf, c.mod)
		id := rules.Identify([]*Certificate{end.Certificate, ca.Certificate})
		if id.FIN != c.fin || id.VOEN != c.voen || id.SealRight {
			t.Errorf("%s: FİN %q, VÖEN %q, seal right %v", name, id.FIN, id.VOEN, id.SealRight)
		}
		if found := c.fin+c.voen != ""; (id.Rule == "default") != found {
			t.Errorf("%s: rule %q", name, id.Rule)
		}
	}
}

func subject(n pkix.Name) func(*x509.Certificate) {
	return func(c *x509.Certificate) { c.Subject = n }
}

func TestRulesBelongToIssuers(t *testing.T) {
	mine, other := issue(t, "mine", nil), issue(t, "mine", nil) // the same name: only the fingerprint tells them apart
	rules, err := ParseIdentityRules([]byte(`[{"name":"mine","issuers":["` + strings.ToUpper(mine.Fingerprint()) + `"],
		"fin":[{"attribute":"2.5.4.3","pattern":"F-([0-9A-Z]{7})"}],"voen":[],"sealRight":[{"attribute":"policy","pattern":"2\\.999\\.31\\.3"}]}]`))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := x509.OIDFromInts([]uint64{2, 999, 31, 3})
	if err != nil {
		t.Fatal(err)
	}
	mods := []func(*x509.Certificate){leaf, subject(pkix.Name{CommonName: "F-5AZ1F2N"}), func(c *x509.Certificate) { c.Policies = []x509.OID{policy} }}
	good, foreign := issue(t, "", mine, mods...), issue(t, "", other, mods...)
	if id := rules.Identify([]*Certificate{good.Certificate, mine.Certificate}); id.FIN != "5AZ1F2N" || !id.SealRight || id.Rule != "mine" {
		t.Errorf("%+v", id)
	}
	if id := rules.Identify([]*Certificate{foreign.Certificate, other.Certificate}); id.FIN != "" || id.SealRight || id.Rule != "" {
		t.Errorf("a rule was applied to another issuer: %+v", id)
	}
	if id := rules.Identify(nil); id != (Identity{}) {
		t.Errorf("%+v", id)
	}
}

func TestBadRulesAreRefusedByName(t *testing.T) {
	for bad, want := range map[string]string{
		`[{"name":"a","fin":[{"attribute":"serialNumber","pattern":"x"}]}]`: `attribute "serialNumber"`,
		`[{"name":"a","fin":[{"attribute":"2.5.4.5","pattern":"("}]}]`:      "identity rule \"a\"",
		`[{"name":"a","pin":[]}]`: "unknown field",
		`{`:                       "identity rules",
	} {
		if _, err := ParseIdentityRules([]byte(bad)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
