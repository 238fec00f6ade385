package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestListsFromTheEnvironment(t *testing.T) {
	join := string(os.PathListSeparator)
	c, err := loadConfig("", []string{
		"MOHUR_DATA=" + t.TempDir(), "MOHUR_TRUST_ANCHORS=/a" + join + "/b", "MOHUR_SEAL_CHAIN=/c",
		"MOHUR_FETCH_MAP=http://pki.example/=127.0.0.1:8421, https://tsa.example:8443/=[::1]:9", "MOHUR_TRUST_SEAL_POLICIES=1.2.3,1.2.4",
		"MOHUR_CONFORMANCE=/elsewhere",
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string][2][]string{
		"anchors":       {c.Trust.Anchors, {"/a", "/b"}},
		"chain":         {c.Seal.Chain, {"/c"}},
		"map":           {c.Fetch.Map, {"http://pki.example/=127.0.0.1:8421", "https://tsa.example:8443/=[::1]:9"}},
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
