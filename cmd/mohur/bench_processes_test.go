//go:build bench

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// pair is a document that mohur verify and pdfsig are given.
type pair struct {
	title, path string
	trust       []string // options of mohur verify
	passes      bool     // it is TOTAL-PASSED with that trust
}

// TestBenchmarkProcesses prints what the program costs before it does anything, and what verifying a document costs as a whole process beside
// pdfsig, in alternating runs. It asserts only that each did its work, never how fast.
func TestBenchmarkProcesses(t *testing.T) {
	mohur, err := filepath.Abs("../../bin/mohur")
	if err != nil {
		t.Fatal(err)
	}
	runs := 4*benchRuns() + 1 // a few milliseconds each: more of them cost little and settle the median
	startup := compare(t, "start-up", runs, []contender{
		{"mohur version", []string{mohur, "version"}, passed},
		{"pdfsig -v", []string{"pdfsig", "-v"}, func(string, int) bool { return true }},
	})
	pairs := processPairs(t)
	table := []string{fmt.Sprintf("  %-34s %8.1f %8s %8s", "mohur version", ms(startup[0]), "", "")}
	for _, p := range pairs {
		args := append([]string{mohur, "verify", "--json", "--offline"}, p.trust...)
		cpu := compare(t, "verify "+p.title, runs, []contender{
			{"mohur verify", append(args, p.path), func(out string, exit int) bool {
				return strings.Contains(out, `"intact":true`) && (exit == exitPassed || exit == exitFailed && !p.passes)
			}},
			{"pdfsig -no-ocsp", []string{"pdfsig", "-no-ocsp", p.path}, func(out string, _ int) bool { return strings.Contains(out, "Signature is Valid") }},
		})
		table = append(table, fmt.Sprintf("  %-34s %8.1f %8.1f %8.2f", p.title, ms(cpu[0]), ms(cpu[1]), float64(cpu[0])/float64(max(cpu[1], time.Microsecond))))
	}
	fmt.Printf("\nCPU in ms, medians of %d alternating runs\n  %-34s %8s %8s %8s\n%s\n", runs, "", "mohur", "pdfsig", "ratio", strings.Join(table, "\n"))
}

// processPairs are the documents: made here, and where MOHUR_CONFORMANCE names the public suites theirs too.
func processPairs(t *testing.T) []pair {
	t.Helper()
	dir := t.TempDir()
	set := benchFixtures(t, dir)
	trust := []string{"--anchors", set.anchor, "--revocation", set.revocation}
	var out []pair
	for _, f := range set.files[:2] { // the largest is TestBenchmarkPeers'
		out = append(out, pair{f.title, f.path, trust, true})
	}
	for _, m := range benchMade() {
		out = append(out, pair{m.title, filepath.Join(dir, m.file), trust, true})
	}
	suites := os.Getenv("MOHUR_CONFORMANCE")
	if suites == "" {
		fmt.Println("MOHUR_CONFORMANCE names no folder: the public suites' documents are left out")
		return out
	}
	attack := filepath.Join(suites, "attack")
	theirs := []string{"--anchors", filepath.Join(attack, "pki", "root.cert.pem"), "--revocation", filepath.Join(attack, "pki")}
	resources := func(module, file string) string {
		return filepath.Join(suites, "dss", module, "src/test/resources", file)
	}
	return append(out,
		pair{"B-LTA, P-256 (attack)", filepath.Join(attack, "blta_p256.pdf"), theirs, true},
		pair{"B-LTA, RSA-2048 (attack)", filepath.Join(attack, "blta_rsa2048.pdf"), theirs, true},
		pair{"320 KB B-LT (PAdES-LT.pdf)", resources("dss-pades", "validation/PAdES-LT.pdf"), nil, false},
		pair{"24 signatures (25sigs.pdf)", resources("dss-cookbook", "snippets/25sigs.pdf"), nil, false})
}
