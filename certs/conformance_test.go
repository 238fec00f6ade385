//go:build conformance

package certs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
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

// deviations are the cases in which this package differs from a suite on purpose, each with its reason.
func deviations() map[string]string {
	const (
		tlsOnly = "a rule of TLS or MLS clients that RFC 5280 does not have"
		dsa     = "DSA is not supported: ETSI TS 119 312 ended it"
	)
	return map[string]string{
		"4.1.4 Valid DSA Signatures Test4":                                                dsa,
		"4.1.5 Valid DSA Parameter Inheritance Test5":                                     dsa,
		"intermediate-eku-mlsclientauth/mlsclientauth.test":                               tlsOnly,
		"target-eku-any/mlsclientauth.test":                                               tlsOnly,
		"target-eku-none/mlsclientauth.test":                                              tlsOnly,
		"root-eku-clientauth/serverauth-strict.test":                                      tlsOnly,
		"many-names/ok-all-types.test":                                                    "URI constraints are compared here (RFC 5280, 4.2.1.10), there they are passed over",
		"root-lacks-basic-constraints/ta-with-constraints-require-basic-constraints.test": "an anchor without the extension is one: RFC 5280, 6.1.1 (d)",
		"cve::cve-2024-0567":                                                              "the anchor is not self-signed and has no key identifier of its issuer, which another case of the suite refuses",
	}
}

// judgeSuite compares outcomes with what the suite expects; a deviation must be listed, and a listed one must still deviate.
type judgeSuite struct {
	t                    *testing.T
	agree, total, differ int
}

func (j *judgeSuite) result(name string, agrees bool, detail string) {
	j.t.Helper()
	j.total++
	if !agrees {
		j.differ++
	}
	reason, listed := deviations()[name]
	switch {
	case agrees && listed:
		j.t.Errorf("%s is listed as a deviation and deviates no more", name)
	case agrees:
		j.agree++
	case listed:
		j.t.Logf("deviation: %s: %s", name, reason)
	default:
		j.t.Errorf("%s deviates and is not listed: %s", name, detail)
	}
}

func (j *judgeSuite) report(suite string) {
	j.t.Logf("suite %s: %d/%d, deviations %d, not yet read 0", suite, j.agree, j.total, j.differ)
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
	j := judgeSuite{t: t}
	for _, v := range vectors {
		r := runPKITS(t, dir, v)
		if r.Passed() && !v.ShouldValidate {
			t.Errorf("%s: wrongly accepted", v.Name)
		}
		j.result(v.Name, r.Passed() == v.ShouldValidate, fmt.Sprintf("want %v, got %s %v %v", v.ShouldValidate, r.SubIndication, keys(r.Reasons), unusableKeys(r)))
	}
	j.report("pkits")
}

func keys(rs []Reason) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.Key+" "+r.Args["why"]+r.Args["detail"]+r.Args["clause"])
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
	return statusBy(t, leaf, issuers, at, false, data...)
}

// statusBy judges with or without the demands of RFC 5280 on issuers: the CRL cases ask for them.
func statusBy(t *testing.T, leaf []byte, issuers [][]byte, at time.Time, strict bool, data ...RevocationData) *Result {
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
		Policy: PathPolicy{StrictCRL: strict, Freshness: FreshnessRule{MaxAge: 7 * 24 * time.Hour, Enforce: true}},
	})
}

func TestBoringSSLOCSP(t *testing.T) {
	dir := conformanceDir(t, "boringssl-pki")
	b, err := os.ReadFile(filepath.Join(dir, "ocsp-cases.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	j := judgeSuite{t: t}
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if f[0] == "file" {
			continue
		}
		parts := pemParts(t, filepath.Join(dir, "ocsp_unittest", f[0]))
		r := statusOf(t, parts["CERTIFICATE"][0], parts["CA CERTIFICATE"], time.Unix(1488672000, 0), parsedOCSP(parts["OCSP RESPONSE"][0])...)
		got := "UNKNOWN"
		switch {
		case r.Passed():
			got = "GOOD"
		case r.Status[0].State == StateRevoked && r.Status[0].Fresh:
			got = "REVOKED"
		}
		j.result(f[0], got == f[1], fmt.Sprintf("want %s, got %s %v %v", f[1], got, keys(r.Reasons), unusableKeys(r)))
	}
	j.report("boringssl-ocsp")
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
	j := judgeSuite{t: t}
	for _, f := range files {
		parts := pemParts(t, filepath.Join(dir, f.Name()))
		var data []RevocationData
		for _, der := range parts["CRL"] {
			if l, err := ParseCRL(der); err == nil {
				data = append(data, RevocationData{CRL: l, Origin: OriginInput})
			}
		}
		r := statusBy(t, parts["CERTIFICATE"][0], append(parts["CA CERTIFICATE"], parts["CA CERTIFICATE 2"]...), time.Unix(1489017600, 0), true, data...)
		want, _, _ := strings.Cut(strings.TrimSuffix(f.Name(), ".pem"), "_")
		got := "bad"
		switch {
		case r.Passed():
			got = "good"
		case r.Status[0].State == StateRevoked:
			got = "revoked"
		}
		j.result(f.Name(), got == want || got == "bad" && want == "invalid", fmt.Sprintf("got %s %v %v", got, keys(r.Reasons), unusableKeys(r)))
	}
	j.report("boringssl-crl")
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
	j := judgeSuite{t: t}
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
		j.result(c.Name, passed == (c.Error == nil), fmt.Sprintf("got %s %v %v", r.SubIndication, keys(r.Reasons), unusableKeys(r)))
	}
	j.report("openssl-ocsp")
}

func TestBoringSSLChains(t *testing.T) {
	root := filepath.Join(conformanceDir(t, "boringssl-pki"), "verify_certificate_chain_unittest")
	files, err := filepath.Glob(filepath.Join(root, "*", "*.test"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, len(files))
	}
	j := judgeSuite{t: t}
	for _, f := range files {
		name, _ := filepath.Rel(root, f)
		got, want, detail := runBoringChain(t, f)
		j.result(name, got == want, fmt.Sprintf("want %v, got %v %s", want, got, detail))
	}
	j.report("boringssl-chains")
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
	if k := chain[0].KeyInfo; k.Family.String() == "RSA" && k.Bits < 1024 { // the leaf's own key is judged with the signature that it made
		return false, want, "key"
	}
	return r.Passed(), want, strings.Join(keys(r.Reasons), ",") + " | " + strings.Join(bt.errors, ",")
}

func boringTrust(req *Request, bt boringTest, chain []*Certificate) {
	kind := bt.value["last_cert_trust"]
	last := chain[len(chain)-1]
	switch {
	case kind == "UNSPECIFIED" || kind == "DISTRUSTED":
		return
	case kind == "TRUSTED_LEAF_REQUIRE_SELF_SIGNED" && !last.IsSelfSigned(), strings.HasPrefix(kind, "TRUSTED_LEAF") && len(chain) > 1, kind == "TRUSTED_ANCHOR" && len(chain) == 1:
		return
	}
	req.Trust = NewTrustStore(last)
	leaf := strings.HasPrefix(kind, "TRUSTED_LEAF")
	req.Policy.AnchorConstraints = strings.Contains(kind, "WITH_CONSTRAINTS") || strings.Contains(kind, "AND_CONSTRAINTS") || leaf
	req.Policy.AnchorValidity = strings.Contains(kind, "EXPIRATION") || leaf
}

func boringPurpose(req *Request, purpose string) {
	switch {
	case strings.HasSuffix(purpose, "_STRICT_LEAF"):
		req.Policy.Purpose = PurposeNamed
	case strings.HasSuffix(purpose, "_STRICT"):
		req.Policy.Purpose = PurposeNamedThroughout
	}
	switch {
	case strings.HasPrefix(purpose, "SERVER_AUTH"):
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{"1.3.6.1.5.5.7.3.1"}
	case strings.HasPrefix(purpose, "CLIENT_AUTH"):
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{"1.3.6.1.5.5.7.3.2"}
	case purpose == "MLS_CLIENT_AUTH":
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{"1.3.6.1.5.5.7.3.31"}
	case purpose == "C2PA_MANIFEST":
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{"1.3.6.1.5.5.7.3.4", "2.23.146.2.1.3"}
	case purpose == "C2PA_TIMESTAMPING":
		req.Policy.ExtendedKeyUsage = []asn1.ObjectIdentifier{PurposeTimeStamping, "2.23.146.2.1.3"}
	}
}

func boringPolicies(req *Request, bt boringTest) {
	for _, p := range strings.FieldsFunc(bt.value["user_initial_policies"], func(r rune) bool { return r == ',' || r == ' ' }) {
		req.Policy.InitialPolicies = append(req.Policy.InitialPolicies, asn1.ObjectIdentifier(p))
	}
	req.Policy.RequireExplicit = bt.value["initial_explicit_policy"] == "true"
}

type limboCase struct {
	ID                     string
	TrustedCerts           []string `json:"trusted_certs"`
	UntrustedIntermediates []string `json:"untrusted_intermediates"`
	PeerCertificate        string   `json:"peer_certificate"`
	ValidationTime         string   `json:"validation_time"`
	ExtendedKeyUsage       []string `json:"extended_key_usage"`
	ExpectedResult         string   `json:"expected_result"`
	ValidationKind         string   `json:"validation_kind"`
	MaxChainDepth          *int     `json:"max_chain_depth"`
	CRLs                   []string
	ExpectedPeerName       *struct{ Kind, Value string } `json:"expected_peer_name"`
}

func TestLimbo(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(conformanceDir(t, "x509-limbo"), "limbo-core.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Testcases []limboCase }
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	j := judgeSuite{t: t}
	for _, c := range file.Testcases {
		if strings.HasPrefix(c.ID, "webpki::") || strings.HasPrefix(c.ID, "online::") {
			continue
		}
		start := time.Now()
		got, detail := runLimbo(t, c)
		if d := time.Since(start); d > time.Second {
			t.Errorf("%s took %s", c.ID, d)
		}
		j.result(c.ID, got == (c.ExpectedResult == "SUCCESS"), fmt.Sprintf("want %s, got %v %s", c.ExpectedResult, got, detail))
	}
	j.report("limbo")
}

func limboCerts(pems ...string) ([]*Certificate, error) {
	var out []*Certificate
	for _, p := range pems {
		list, err := ParseCertificates([]byte(p))
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func runLimbo(t *testing.T, c limboCase) (bool, string) {
	roots, err1 := limboCerts(c.TrustedCerts...)
	inter, err2 := limboCerts(c.UntrustedIntermediates...)
	leaf, err3 := limboCerts(c.PeerCertificate)
	if err1 != nil || err2 != nil || err3 != nil {
		return false, "unreadable"
	}
	at, err := time.Parse(time.RFC3339, c.ValidationTime)
	if err != nil {
		at = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	req := Request{Leaf: leaf[0], Candidates: inter, Trust: NewTrustStore(roots...), Time: at, Policy: PathPolicy{Revocation: RevocationIgnored, AnchorConstraints: true, AnchorValidity: true, StrictProfile: true}}
	if len(c.CRLs) > 0 {
		req.Policy.Revocation = RevocationRequired
		src := &MemoryRevocation{}
		for _, p := range c.CRLs {
			for _, der := range blocks([]byte(p)) {
				if l, err := ParseCRL(der); err == nil {
					src.Add(RevocationData{CRL: l, Origin: OriginInput})
				}
			}
		}
		req.Revocation = src
	}
	purpose := map[string]asn1.ObjectIdentifier{"serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2"}
	for _, e := range c.ExtendedKeyUsage {
		req.Policy.ExtendedKeyUsage = append(req.Policy.ExtendedKeyUsage, purpose[e])
	}
	if c.MaxChainDepth != nil {
		req.Policy.MaxLength = *c.MaxChainDepth + 2
	}
	r := Validate(context.Background(), req)
	if !r.Passed() {
		return false, strings.Join(keys(r.Reasons), ",") + " " + strings.Join(unusableKeys(r), ",")
	}
	if n := c.ExpectedPeerName; n != nil && !limboName(leaf[0], n.Kind, n.Value) {
		return false, "name"
	}
	return true, ""
}

// limboName is the check of a server's name, which is the application's and not the path's.
func limboName(c *Certificate, kind, value string) bool {
	for _, g := range c.SubjectAltNames {
		if a, ok := g.Addr(); kind == "IP" && g.Type == IPAddress && ok && a.String() == value {
			return true
		}
		if kind == "DNS" && g.Type == DNSName {
			if equalFoldASCII(g.Text, value) {
				return true
			}
			_, rest, _ := strings.Cut(value, ".")
			if w, ok := strings.CutPrefix(g.Text, "*."); ok && equalFoldASCII(w, rest) {
				return true
			}
		}
	}
	return false
}
