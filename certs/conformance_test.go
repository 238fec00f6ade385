//go:build conformance

package certs

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/internal/asn1"
)

// conformanceDir is the folder of public test suites that `make conformance` names.
func conformanceDir(t *testing.T, suite string) string {
	t.Helper()
	dir := os.Getenv("MOHUR_CONFORMANCE")
	if dir == "" {
		t.Fatal("MOHUR_CONFORMANCE names no folder of test suites: run make conformance")
	}
	return filepath.Join(dir, suite)
}

type pkitsVector struct {
	Name                        string
	CertPath, CRLPath           []string
	ShouldValidate              bool
	InitialPolicySet            []string
	InitialPolicyMappingInhibit bool
	InitialExplicitPolicy       bool
	InitialAnyPolicyInhibit     bool
}

func pkitsPolicy(t *testing.T, name string) asn1.ObjectIdentifier {
	if name == "anyPolicy" {
		return oidAnyPolicy
	}
	n, ok := strings.CutPrefix(name, "NIST-test-policy-")
	if !ok {
		t.Fatalf("policy %q", name)
	}
	return asn1.ObjectIdentifier("2.16.840.1.101.3.2.1.48." + n)
}

func TestPKITS(t *testing.T) {
	dir := conformanceDir(t, "pkits")
	b, err := os.ReadFile(filepath.Join(dir, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []pkitsVector
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	exceptions := map[string]string{ // RFC 5280 leaves algorithms open: DSA is not supported on purpose
		"4.1.4 Valid DSA Signatures Test4": "DSA", "4.1.5 Valid DSA Parameter Inheritance Test5": "DSA",
	}
	agree, wrongAccepts := 0, 0
	for _, v := range vectors {
		r := runPKITS(t, dir, v)
		if r.Passed() == v.ShouldValidate {
			agree++
			continue
		}
		if r.Passed() {
			wrongAccepts++
		}
		if exceptions[v.Name] == "" {
			t.Errorf("%s: want %v, got %s %v %+v", v.Name, v.ShouldValidate, r.SubIndication, keys(r.Reasons), unusableKeys(r))
		}
	}
	t.Logf("pkits: %d/%d, wrongly accepted %d", agree, len(vectors), wrongAccepts)
}

func keys(rs []Reason) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.Key+" "+r.Args["why"]+r.Args["detail"])
	}
	return out
}

func unusableKeys(r *Result) []string {
	var out []string
	for _, s := range r.Status {
		for _, u := range s.Unusable {
			out = append(out, s.Certificate.Subject.CommonName()+":"+u.Key+":"+u.Data.Source)
		}
	}
	return out
}

func runPKITS(t *testing.T, dir string, v pkitsVector) *Result {
	t.Helper()
	var path []*Certificate
	for _, name := range v.CertPath {
		b, err := os.ReadFile(filepath.Join(dir, "certs", name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Parse(b)
		if err != nil {
			return &Result{}
		}
		path = append(path, c)
	}
	src := &MemoryRevocation{}
	for _, name := range v.CRLPath {
		b, err := os.ReadFile(filepath.Join(dir, "crls", name))
		if err != nil {
			t.Fatal(err)
		}
		l, err := ParseCRL(b)
		if err != nil {
			continue
		}
		src.Add(RevocationData{CRL: l, Origin: OriginInput, Source: name})
	}
	req := Request{
		Leaf: path[len(path)-1], Candidates: path[1:], Trust: NewTrustStore(path[0]), Time: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC), Revocation: src,
		Policy: PathPolicy{RequireExplicit: v.InitialExplicitPolicy, InhibitAnyPolicy: v.InitialAnyPolicyInhibit, InhibitPolicyMapping: v.InitialPolicyMappingInhibit, Freshness: FreshnessRule{Enforce: true}},
	}
	for _, p := range v.InitialPolicySet {
		req.Policy.InitialPolicies = append(req.Policy.InitialPolicies, pkitsPolicy(t, p))
	}
	return Validate(context.Background(), req)
}
