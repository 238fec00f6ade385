package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestListsFromTheEnvironment(t *testing.T) {
	join := string(os.PathListSeparator)
	c, err := loadConfig("", []string{
		"MOHUR_DATA=" + t.TempDir(), "MOHUR_TRUST_ANCHORS=/a" + join + "/b", "MOHUR_SEAL_CHAIN=/c",
		"MOHUR_FETCH_MAP=http://pki.example/=127.0.0.1:8421, https://tsa.example:8443/=[::1]:9", "MOHUR_TRUST_SEAL_POLICIES=1.2.3,1.2.4",
		"MOHUR_TIMESTAMPS_AUTHORITIES=http://a.example/tsa, http://b.example/", "MOHUR_SEAL_LEVEL=b-lta", "MOHUR_CONFORMANCE=/elsewhere",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][2][]string{
		"anchors":       {c.Trust.Anchors, {"/a", "/b"}},
		"chain":         {c.Seal.Chain, {"/c"}},
		"map":           {c.Fetch.Map, {"http://pki.example/=127.0.0.1:8421", "https://tsa.example:8443/=[::1]:9"}},
		"authorities":   {c.timestampAuthorities(), {"http://a.example/tsa", "http://b.example/"}},
		"level":         {{c.Seal.Level}, {"B-LTA"}},
		"seal policies": {c.Trust.SealPolicies, {"1.2.3", "1.2.4"}},
	} {
		if !slices.Equal(got[0], got[1]) {
			t.Errorf("%s: %q, want %q", name, got[0], got[1])
		}
	}
}

func TestConfigurationRefusals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mohur.toml")
	for name, text := range map[string]string{
		"unknown key": "data = \"/tmp\"\ncolour = 1\n", "no data": "[trust]\nanchors = [\"/a\"]\n", "no anchors": "data = \"" + t.TempDir() + "\"\n", "no TOML": "data = ",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadConfig(file, nil); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func TestConfigurationSentences(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mohur.toml")
	seal := "[seal]\nkey = \"pkcs11:token=x;object=y?module-path=/m\"\n"
	member := "[[credentials.x.members]]\nkey = \"pkcs11:token=x;object=y?module-path=/m\"\npin_file = \"/p\"\n"
	for name, c := range map[string]struct{ text, says string }{
		"a number for a folder":    {"data = 5\n", `'data' expected type 'string'`},
		"a number for a list":      {"[trust]\nanchors = 5\n", "'trust.anchors'"},
		"a port in words":          {"[mail]\nport = \"smtp\"\n", "'mail.port'"},
		"a port too high":          {"[mail]\nport = 99999\n", `"mail.port" is 99999`},
		"no duration":              {"[fetch]\ntimeout = \"soon\"\n", "'fetch.timeout'"},
		"an address without http":  {"public_url = \"rey.example.az\"\n", `"public_url" is "rey.example.az"`},
		"an address with a path":   {"public_url = \"https://rey.example.az/x\"\n", "without a path"},
		"log-ins without TLS":      {"public_url = \"http://rey.example.az\"\n", "log-ins need https"},
		"a listener for all":       {"listen = \":8080\"\n", "log-ins need https"},
		"no network":               {"proxies = [\"10.0.0.0/99\"]\n", `"proxies" holds "10.0.0.0/99"`},
		"files in no bucket":       {"[blobs]\nurl = \"s3://\"\n", `"blobs.url" is no such address`},
		"a bucket nowhere":         {"[blobs]\nurl = \"s3://b/x?region=r\"\n", `"blobs.url" names no endpoint`},
		"a bucket with a secret":   {"[blobs]\nurl = \"s3://b?endpoint=https://h&key=x\"\n", `"blobs.url" has a part "key"`},
		"a seal without PIN":       {seal + "tsa = \"http://tsa.example/\"\n", `seal: "pin_file"`},
		"a seal with two PINs":     {seal + "pin_file = \"/p\"\npin_credential = \"seal-pin\"\n", `leave one out`},
		"a seal without TSA":       {seal + "pin_file = \"/p\"\n", `"seal.tsa"`},
		"a client without means":   {"[clients.erp]\ntenant = \"a\"\n", `none of "token_sha256", "jwks"`},
		"a client's odd key":       {"[clients.erp]\ncolour = \"a\"\n", `no key "clients.erp.colour"`},
		"a client's odd name":      {"[clients.\"A b\"]\njwks = \"a\"\n", `no key "clients.A b.jwks"`},
		"a half certificate":       {"[clients.erp]\ncertificate_subject = \"CN=a\"\n", "need each other"},
		"a short token hash":       {"[clients.erp]\ntoken_sha256 = \"abc\"\n", `"token_sha256" is not`},
		"nobody authorises":        {"[clients.erp]\njwks = \"a\"\nauthorised_by = \"nobody\"\n", `"authorised_by" is "nobody"`},
		"a way back that is open":  {"[clients.erp]\njwks = \"a\"\nredirect_uris = [\"http://x.example/\"]\n", "https is needed"},
		"a person without way":     {"[clients.erp]\njwks = \"a\"\nauthorised_by = \"person\"\n", `"redirect_uris" is missing`},
		"a client twice":           {"[api]\nclients = [\"erp=" + strings.Repeat("ab", 32) + "\"]\n[clients.erp]\njwks = \"a\"\n", "in api.clients and in clients"},
		"a token twice":            {"[clients.a]\ntoken_sha256 = \"" + strings.Repeat("ab", 32) + "\"\n[clients.b]\ntoken_sha256 = \"" + strings.Repeat("ab", 32) + "\"\n", "another's too"},
		"two TSA settings":         {"[seal]\ntsa = \"http://a.example/\"\n[timestamps]\nauthorities = [\"http://b.example/\"]\n", `short form`},
		"a TSA twice":              {"[timestamps]\nauthorities = [\"http://b.example/\", \"http://b.example/\"]\n", `twice`},
		"a list with none":         {"[timestamps]\nauthorities = [\"http://b.example/\", \"tsa\"]\n", `"timestamps.authorities" is "tsa"`},
		"a level without proof":    {"[seal]\nlevel = \"B-B\"\n", `"seal.level" is "B-B"`},
		"a level that is none":     {"[seal]\nlevel = \"B-X\"\n", `"seal.level" is "B-X"`},
		"evidence of the future":   {"[seal]\nevidence_age = \"-1h\"\n", `"seal.evidence_age" is -1h`},
		"a credential of none":     {"[credentials.default]\nper_day = 3\n", `"credentials.default" has no members`},
		"a credential twice":       {seal + "pin_file = \"/p\"\ntsa = \"http://tsa.example/\"\n[credentials.default]\nper_day = 3\n", `"seal.key" and "credentials.default"`},
		"a field of none":          {"[credentials.x]\ncolour = 3\n", `no key "credentials.x.colour"`},
		"a member's field of none": {member + "colour = 3\n", "colour"},
		"a member without key":     {"[[credentials.x.members]]\npin_file = \"/p\"\n", `credentials.x.members, 1: "key"`},
		"a member without PIN":     {"[[credentials.x.members]]\nkey = \"pkcs11:token=x;object=y?module-path=/m\"\n", `"pin_file"`},
		"a member without module":  {"[[credentials.x.members]]\nkey = \"pkcs11:token=x;object=y\"\n", "module-path"},
		"a slot number":            {"[[credentials.x.members]]\nkey = \"pkcs11:slot-id=1;object=y?module-path=/m\"\n", "slot"},
		"two members of one name":  {member + "name = \"a\"\n" + member + "name = \"a\"\n", "two members are called so"},
		"a name with spaces":       {"[[credentials.\"x y\".members]]\nkey = \"\"\n", `can't be called "x y"`},
		"a quota below none":       {member + "[credentials.x]\nper_day = -1\n", `"credentials.x.per_day" is -1`},
		"a warning for no day":     {member + "[credentials.x]\nwarn_days = [0]\n", `"credentials.x.warn_days" holds 0`},
		"credentials without TSA":  {member, `"seal.tsa"`},
		"a TSA that is none":       {seal + "pin_file = \"/p\"\ntsa = \"tsa\"\n", `"seal.tsa" is "tsa"`},
	} {
		text := c.text
		if name != "a number for a folder" {
			text = "data = \"" + t.TempDir() + "\"\n" + text
		}
		if name != "a number for a list" {
			text += "[trust]\nanchors = [\"/a\"]\n"
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := loadConfig(file, nil)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := loadConfig("", []string{"MOHUR_DATA=" + t.TempDir(), "MOHUR_TRUST_ANCHORS=/a", "MOHUR_MAIL_PORT=25", "MOHUR_FETCH_TIMEOUT=3s", "MOHUR_PROXIES=10.0.0.1,fd00::/8"}); err != nil || c.Mail.Port != 25 || len(c.Proxies) != 2 {
		t.Errorf("numbers from the environment: %v", err)
	}
}

// [oidc] wants an issuer with TLS and our name there (S1-01).
func TestConfigurationOfThePortal(t *testing.T) {
	for name, c := range map[string]struct {
		config oidcConfig
		want   string
	}{
		"none":          {oidcConfig{}, ""},
		"good":          {oidcConfig{Issuer: "https://portal.example.az", ClientID: "mohur"}, ""},
		"here":          {oidcConfig{Issuer: "http://localhost:8082", ClientID: "mohur"}, ""},
		"without TLS":   {oidcConfig{Issuer: "http://portal.example.az", ClientID: "mohur"}, "oidc.issuer"},
		"no address":    {oidcConfig{Issuer: "portal", ClientID: "mohur"}, "oidc.issuer"},
		"with a query":  {oidcConfig{Issuer: "https://portal.example.az/?x=1", ClientID: "mohur"}, "oidc.issuer"},
		"without us":    {oidcConfig{Issuer: "https://portal.example.az"}, "oidc.client_id"},
		"with a person": {oidcConfig{Issuer: "https://x@portal.example.az", ClientID: "mohur"}, "oidc.issuer"},
	} {
		err := c.config.check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	path := filepath.Join(t.TempDir(), "secret")
	for _, c := range []struct {
		text string
		mode os.FileMode
		want string
	}{{"s3cret\n", 0o600, "s3cret"}, {"s3cret", 0o644, ""}, {" \n", 0o600, ""}} {
		if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, c.mode); err != nil {
			t.Fatal(err)
		}
		got, err := (&oidcConfig{SecretFile: path}).secret()
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q with mode %o: %q %v", c.text, c.mode, got, err)
		}
	}
}
