//go:build conformance

package certs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
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

// pemParts splits a test file with text and PEM blocks.
func pemParts(t *testing.T, path string) map[string][][]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][][]byte{}
	for {
		var block *pem.Block
		if block, b = pem.Decode(b); block == nil {
			return out
		}
		out[block.Type] = append(out[block.Type], block.Bytes)
	}
}

func statusOf(t *testing.T, leaf []byte, issuers [][]byte, at time.Time, data ...RevocationData) *Result {
	t.Helper()
	l, err := Parse(leaf)
	if err != nil {
		t.Fatal(err)
	}
	trust := &TrustStore{}
	for _, issuer := range issuers {
		i, err := Parse(issuer)
		if err != nil {
			t.Fatal(err)
		}
		trust.add(&TrustAnchor{Certificate: i})
	}
	src := &MemoryRevocation{}
	src.Add(data...)
	return Validate(context.Background(), Request{
		Leaf: l, Trust: trust, Time: at, Revocation: src,
		Policy: PathPolicy{Freshness: FreshnessRule{MaxAge: 7 * 24 * time.Hour, Enforce: true}},
	})
}

func TestBoringSSLOCSP(t *testing.T) {
	dir := conformanceDir(t, "boringssl-pki")
	b, err := os.ReadFile(filepath.Join(dir, "ocsp-cases.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	agree, total := 0, 0
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if f[0] == "file" {
			continue
		}
		total++
		parts := pemParts(t, filepath.Join(dir, "ocsp_unittest", f[0]))
		r := statusOf(t, parts["CERTIFICATE"][0], parts["CA CERTIFICATE"], time.Unix(1488672000, 0), parsedOCSP(parts["OCSP RESPONSE"][0])...)
		got := "UNKNOWN"
		switch {
		case r.Passed():
			got = "GOOD"
		case r.Status[0].State == StateRevoked && r.Status[0].Fresh:
			got = "REVOKED"
		}
		if got == f[1] {
			agree++
		} else {
			t.Errorf("%s: want %s, got %s %v %v", f[0], f[1], got, keys(r.Reasons), unusableKeys(r))
		}
	}
	t.Logf("boringssl ocsp: %d/%d", agree, total)
}

func parsedOCSP(der []byte) []RevocationData {
	o, err := ParseOCSP(der)
	if err != nil {
		return nil
	}
	return []RevocationData{{OCSP: o, Origin: OriginInput}}
}

func TestBoringSSLCRL(t *testing.T) {
	dir := filepath.Join(conformanceDir(t, "boringssl-pki"), "crl_unittest")
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	agree := 0
	for _, f := range files {
		parts := pemParts(t, filepath.Join(dir, f.Name()))
		var data []RevocationData
		for _, der := range parts["CRL"] {
			if l, err := ParseCRL(der); err == nil {
				data = append(data, RevocationData{CRL: l, Origin: OriginInput})
			}
		}
		r := statusOf(t, parts["CERTIFICATE"][0], append(parts["CA CERTIFICATE"], parts["CA CERTIFICATE 2"]...), time.Unix(1489017600, 0), data...)
		want, _, _ := strings.Cut(strings.TrimSuffix(f.Name(), ".pem"), "_")
		got := "bad"
		switch {
		case r.Passed():
			got = "good"
		case r.Status[0].State == StateRevoked:
			got = "revoked"
		}
		if got == want || got == "bad" && want == "invalid" {
			agree++
		} else {
			t.Errorf("%s: got %s %v %v", f.Name(), got, keys(r.Reasons), unusableKeys(r))
		}
	}
	t.Logf("boringssl crl: %d/%d", agree, len(files))
}

func TestOpenSSLOCSP(t *testing.T) {
	dir := conformanceDir(t, "openssl-ocsp")
	b, err := os.ReadFile(filepath.Join(dir, "openssl-ocsp.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Root, Cert, Moment string
		OtherCerts               []string `json:"other_certs"`
		OCSPs                    []string
		Error                    *struct{ Class string }
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	load := func(name string) []*Certificate {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		list, err := ParseCertificates(b)
		if err != nil || len(list) == 0 {
			t.Fatal(name, err)
		}
		return list
	}
	agree := 0
	for _, c := range cases {
		at, err := time.Parse(time.RFC3339, c.Moment)
		if err != nil {
			t.Fatal(err)
		}
		src := &MemoryRevocation{}
		for _, o := range c.OCSPs {
			b, err := os.ReadFile(filepath.Join(dir, o))
			if err != nil {
				t.Fatal(err)
			}
			if der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(b)), "")); err == nil {
				b = der
			}
			src.Add(parsedOCSP(b)...)
		}
		req := Request{Leaf: load(c.Cert)[0], Candidates: load(c.Root), Trust: NewTrustStore(load(c.Root)[0]), Time: at, Revocation: src, Policy: PathPolicy{Revocation: RevocationIfPresent, Freshness: FreshnessRule{Enforce: true}}}
		for _, o := range c.OtherCerts {
			req.Candidates = append(req.Candidates, load(o)...)
		}
		r := Validate(context.Background(), req)
		passed := r.Passed() && r.Status[0].State == StateGood
		for _, s := range r.Status { // evidence that is given must be good; a CA of which none is given is not asked for any
			passed = passed && len(s.Unusable) == 0
		}
		if passed == (c.Error == nil) {
			agree++
		} else {
			t.Errorf("%s: got %s %v %v", c.Name, r.SubIndication, keys(r.Reasons), unusableKeys(r))
		}
	}
	t.Logf("openssl ocsp: %d/%d", agree, len(cases))
}

func TestBoringSSLChains(t *testing.T) {
	root := filepath.Join(conformanceDir(t, "boringssl-pki"), "verify_certificate_chain_unittest")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.test"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	agree := 0
	for _, f := range files {
		name, _ := filepath.Rel(root, f)
		got, want, detail := runBoringChain(t, f)
		if got == want {
			agree++
		} else {
			t.Errorf("%s: want %v, got %v %s", name, want, got, detail)
		}
	}
	t.Logf("boringssl chains: %d/%d", agree, len(files))
}

// boringTest is one test file: keys with values, and the errors that are expected.
type boringTest struct {
	value  map[string]string
	errors []string
}

func readBoringTest(t *testing.T, path string) boringTest {
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := boringTest{value: map[string]string{}}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "ERROR:") {
			out.errors = append(out.errors, line)
		}
		if k, v, ok := strings.Cut(line, ": "); ok && k == strings.ToLower(k) {
			out.value[k] = v
		}
	}
	return out
}

func runBoringChain(t *testing.T, path string) (got, want bool, detail string) {
	bt := readBoringTest(t, path)
	want = len(bt.errors) == 0
	var chain []*Certificate
	for _, der := range pemParts(t, filepath.Join(filepath.Dir(path), bt.value["chain"]))["CERTIFICATE"] {
		c, err := Parse(der)
		if err != nil {
			return false, want, err.Error()
		}
		chain = append(chain, c)
	}
	at := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC)
	if v := bt.value["utc_time"]; v != "DEFAULT" {
		var err error
		if at, err = time.Parse("060102150405Z", v); err != nil {
			t.Fatal(err)
		}
	}
	req := Request{Leaf: chain[0], Candidates: chain[1:], Time: at, Policy: PathPolicy{Revocation: RevocationIgnored}}
	boringTrust(&req, bt, chain)
	boringPurpose(&req, bt.value["key_purpose"])
	boringPolicies(&req, bt)
	req.Policy.Algorithms = func(use AlgorithmUse, _ time.Time) *Reason {
		if use.Key.Family.String() == "RSA" && use.Key.Bits < 1024 || use.Algorithm.Digest.String() == "SHA1" && bt.value["digest_policy"] == "STRONG" {
			return &Reason{Key: ReasonAlgorithm}
		}
		return nil
	}
	r := Validate(context.Background(), req)
	return r.Passed(), want, strings.Join(keys(r.Reasons), ",") + " | " + strings.Join(bt.errors, ",")
}

func boringTrust(req *Request, bt boringTest, chain []*Certificate) {
	kind := bt.value["last_cert_trust"]
	last := chain[len(chain)-1]
	switch {
	case kind == "UNSPECIFIED" || kind == "DISTRUSTED":
		return
	case strings.HasPrefix(kind, "TRUSTED_LEAF") && len(chain) > 1, kind == "TRUSTED_ANCHOR" && len(chain) == 1:
		return
	}
	req.Trust = NewTrustStore(last)
	req.Policy.AnchorConstraints = strings.Contains(kind, "CONSTRAINTS") || strings.Contains(kind, "EXPIRATION")
}

func boringPurpose(req *Request, purpose string) {
	switch {
	case strings.HasPrefix(purpose, "SERVER_AUTH"):
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{"1.3.6.1.5.5.7.3.1"}
	case strings.HasPrefix(purpose, "CLIENT_AUTH"):
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{"1.3.6.1.5.5.7.3.2"}
	case purpose == "MLS_CLIENT_AUTH":
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{"1.3.6.1.5.5.7.3.31"}
	case purpose == "C2PA_MANIFEST":
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{"1.3.6.1.4.1.62558.2.1"}
	case purpose == "C2PA_TIMESTAMPING":
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{PurposeTimeStamping}
	}
}

func boringPolicies(req *Request, bt boringTest) {
	for _, p := range strings.FieldsFunc(bt.value["user_initial_policies"], func(r rune) bool { return r == ',' || r == ' ' }) {
		req.Policy.InitialPolicies = append(req.Policy.InitialPolicies, asn1.ObjectIdentifier(p))
	}
	req.Policy.RequireExplicit = bt.value["initial_explicit_policy"] == "true"
}
