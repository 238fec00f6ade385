//go:build conformance

// Package conformance runs the public test suites and our own attack set through the program, and holds what is not equal to the expected
// verdict against a list of named deviations. `make conformance` runs it; the suites lie in the folder that MOHUR_CONFORMANCE names.
package conformance

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mohur/verify/report"
)

// program is the path of the binary under test.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "mohur-conformance")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(dir, "mohur")
	if out, err := exec.Command("go", "build", "-o", program, "mohur/cmd/mohur").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%s%v\n", out, err)
		os.Exit(1)
	}
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

// root is the folder of the suites.
func root(t *testing.T, suite string) string {
	t.Helper()
	dir := os.Getenv("MOHUR_CONFORMANCE")
	if dir == "" {
		t.Fatal("MOHUR_CONFORMANCE names no folder of test suites: run make conformance")
	}
	if _, err := os.Stat(filepath.Join(dir, suite)); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, suite)
}

// run verifies files as a person would and returns one answer per file.
func run(t *testing.T, args []string, files ...string) []report.Document {
	t.Helper()
	if len(files) == 0 {
		return nil
	}
	cmd := exec.Command(program, slices.Concat([]string{"verify", "--json", "--lang", "en", "--offline"}, args, []string{"--"}, files)...)
	var diagnostics strings.Builder
	cmd.Stderr = &diagnostics
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || diagnostics.Len() > 0) {
		t.Fatalf("%v: %v %s", args, err, diagnostics.String())
	}
	var docs []report.Document
	for line := range strings.Lines(string(out)) {
		var d report.Document
		if err := json.Unmarshal([]byte(line), &d); err != nil {
			t.Fatal(err)
		}
		docs = append(docs, d)
	}
	if len(docs) != len(files) {
		t.Fatalf("%d answers for %d files", len(docs), len(files))
	}
	return docs
}

// suite collects outcomes and judges them at its end.
type suite struct {
	t           *testing.T
	name        string
	agree       int
	deviations  map[string]string // case -> how it differs
	unsupported []string
	notes       []string
}

func newSuite(t *testing.T, name string) *suite {
	return &suite{t: t, name: name, deviations: map[string]string{}}
}

// check counts a case; difference is empty when it agrees.
func (s *suite) check(name, difference string) {
	if difference == "" {
		s.agree++
		return
	}
	s.deviations[name] = difference
}

// notYet counts a case whose container the program names and does not read yet.
func (s *suite) notYet(name string) { s.unsupported = append(s.unsupported, name) }

func (s *suite) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

// finish prints the table line and fails on a deviation that is not listed, and on a listed one that deviates no longer.
func (s *suite) finish() {
	s.t.Helper()
	total := s.agree + len(s.deviations)
	s.t.Logf("suite %s: %d/%d, deviations %d, not yet read %d", s.name, s.agree, total, len(s.deviations), len(s.unsupported))
	for _, n := range s.notes {
		s.t.Logf("%s: %s", s.name, n)
	}
	for _, u := range s.unsupported {
		s.t.Logf("%s: format not yet read: %s", s.name, u)
	}
	listed := map[string]deviation{}
	for _, d := range deviations(s.t) {
		if d.Suite == s.name {
			listed[d.Case] = d
		}
	}
	names := make([]string, 0, len(s.deviations))
	for n := range s.deviations {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if d, ok := listed[n]; ok {
			s.t.Logf("%s: %s: %s; %s (%s)", s.name, n, s.deviations[n], d.Reason, d.Clause)
			delete(listed, n)
			continue
		}
		s.t.Errorf("%s: %s deviates and is not listed: %s", s.name, n, s.deviations[n])
	}
	for n := range listed {
		s.t.Errorf("%s: %s is listed as a deviation and deviates no more", s.name, n)
	}
}

// deviations reads the list.
func deviations(t *testing.T) []deviation {
	t.Helper()
	b, err := os.ReadFile("deviations.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []deviation
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	return list
}

// table reads a tab-separated file by its header.
func table(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", path, len(rows), err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := map[string]string{}
		for i, v := range row {
			m[rows[0][i]] = v
		}
		out = append(out, m)
	}
	return out
}

// verdicts lists the verdicts of a document's signatures as the suites write them, sorted.
func verdicts(d report.Document) []string {
	var out []string
	for _, s := range d.Signatures {
		v := strings.ReplaceAll(string(s.Indication), "-", "_")
		if s.SubIndication != "" {
			v += "/" + string(s.SubIndication)
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// intacts lists 1 and 0 per signature, sorted.
func intacts(d report.Document) []string {
	var out []string
	for _, s := range d.Signatures {
		out = append(out, map[bool]string{true: "1", false: "0"}[s.Intact])
	}
	slices.Sort(out)
	return out
}

// list splits a cell with | and sorts it.
func list(cell string) []string {
	if cell == "" {
		return nil
	}
	out := strings.Split(cell, "|")
	slices.Sort(out)
	return out
}

// hasReason says whether any signature has a reason of that key.
func hasReason(d report.Document, keys ...string) bool {
	for _, s := range d.Signatures {
		for _, r := range s.Reasons {
			if slices.Contains(keys, r.Key) {
				return true
			}
		}
	}
	return false
}

// failure is the error of a document, empty for none.
func failure(d report.Document) string {
	if d.Error == nil {
		return ""
	}
	return *d.Error
}

// unsupportedFormat says whether the program named the container and does not read it yet.
func unsupportedFormat(d report.Document) bool {
	return strings.HasPrefix(failure(d), "This format is not yet supported")
}
