package verify

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLoadPolicyKeepsWhatTheFileDoesNotMention(t *testing.T) {
	p, err := LoadPolicy(strings.NewReader(`{
		"base": "azerbaijan-enhanced", "name": "registry",
		"constraints": {"PDF_ANNOTATION_OVERLAYS": "FAIL"},
		"algorithms": {"digests": [{"name": "SHA256"}, {"name": "SHA512", "end": "2040-01-01"}]}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "registry" || p.level(ConstraintAnnotationOverlay) != Fail || p.level(ConstraintByteRange) != Fail {
		t.Errorf("constraints not merged: %+v", p)
	}
	if time.Duration(p.Revocation.MaxAge) != 3*time.Hour || len(p.Algorithms.Signatures) == 0 {
		t.Errorf("the base's other rules are lost: %+v", p)
	}
	if len(p.Algorithms.Digests) != 2 || !p.Algorithms.Digests[0].End.Time.IsZero() || p.Algorithms.Digests[1].End.Time.Year() != 2040 {
		t.Errorf("digests = %+v, want the file's two and nothing of the base's", p.Algorithms.Digests)
	}
}

func TestLoadPolicyRefusalsNameTheLine(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
		want string
	}{
		"unknown constraint": {"{\"name\":\"x\",\n\"constraints\": {\n\"PDF_COLOUR_CHANGE\": \"FAIL\"}}", 3, "no constraint"},
		"unknown level":      {"{\"name\":\"x\",\n\"constraints\": {\"PDF_BYTE_RANGE\": \"STRICT\"}}", 2, "is no level"},
		"unknown setting":    {"{\"name\":\"x\",\n\n\"colour\": 1}", 3, "no setting"},
		"bad date":           {"{\"name\":\"x\",\"algorithms\":{\n\"updateDate\":\"soon\"}}", 2, "no date"},
		"bad duration":       {"{\"name\":\"x\",\"revocation\":{\n\"maxAge\":\"-3h\"}}", 2, "no duration"},
		"not an object":      {"[1]", 1, "JSON object"},
		"no name":            {"{}", 1, "no \"name\""},
		"twice":              {"{\"name\":\"x\",\n\"name\":\"y\"}", 2, "twice"},
		"wrong type":         {"{\"name\":\n7}", 2, "is a string"},
		"syntax":             {"{\"name\":\n\"x\",,}", 2, "invalid character"},
		"cut off":            {"{\"name\":\n\"x\"", 2, "ends too early"},
		"trailing":           {"{\"name\":\"x\"}\n{}", 2, "more after"},
		"unknown base":       {"{\"name\":\"x\",\n\"base\":\"none\"}", 2, "no policy"},
		"family":             {"{\"name\":\"x\",\"algorithms\":{\"signatures\":[\n{\"family\":\"ROT\",\"minBits\":13}]}}", 2, "no family"},
		"fraction of a bit":  {"{\"name\":\"x\",\"algorithms\":{\"signatures\":[\n{\"family\":\"RSA\",\"minBits\":1.5}]}}", 2, "whole number"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadPolicy(strings.NewReader(c.text))
			var refused *PolicyError
			if !errors.As(err, &refused) || refused.Line != c.line || !strings.Contains(refused.Reason, c.want) {
				t.Errorf("got %v, want line %d and %q", err, c.line, c.want)
			}
		})
	}
}

func TestBuiltInPoliciesSurviveTheirOwnFile(t *testing.T) {
	for _, name := range PolicyNames() {
		p, err := NamedPolicy(name)
		if err != nil {
			t.Fatal(err)
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := LoadPolicy(strings.NewReader(string(b)))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c, _ := json.Marshal(again)
		if string(b) != string(c) {
			t.Errorf("%s changes when it is written and read:\n%s\n%s", name, b, c)
		}
	}
}

// TestEveryConstraintIsKnown reads the names out of the source: one that is missing from the list could not be set by a file, one that no
// check asks would be a promise not kept.
func TestEveryConstraintIsKnown(t *testing.T) {
	declared := regexp.MustCompile(`(?m)^\t(Constraint\w+)\s+= "(\w+)"`)
	b, err := os.ReadFile("constraints.go")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var asked strings.Builder
	for _, f := range files {
		if f == "constraints.go" || f == "policies.go" || strings.HasSuffix(f, "_test.go") {
			continue
		}
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		asked.Write(text)
	}
	names := declared.FindAllStringSubmatch(string(b), -1)
	if len(names) != len(constraintKeys()) {
		t.Errorf("%d constraints are declared, %d listed", len(names), len(constraintKeys()))
	}
	for _, n := range names {
		if !slices.Contains(constraintKeys(), n[2]) {
			t.Errorf("%s is not listed", n[1])
		}
		if !strings.Contains(asked.String(), n[1]) {
			t.Errorf("%s is asked by no check", n[1])
		}
	}
}

func FuzzLoadPolicy(f *testing.F) {
	for _, name := range PolicyNames() {
		p, _ := NamedPolicy(name)
		b, _ := json.Marshal(p)
		f.Add(b)
	}
	f.Add([]byte(`{"name":"x","constraints":{"PDF_BYTE_RANGE":"WARN"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := LoadPolicy(strings.NewReader(string(b)))
		if (p == nil) == (err == nil) {
			t.Fatalf("policy %v, error %v", p, err)
		}
	})
}
