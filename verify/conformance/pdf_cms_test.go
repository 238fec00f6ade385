//go:build conformance

package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/verify/etsi"
	"mohur/verify/report"
)

// TestAttack runs our own attack set exactly as its bar says: no `reject` passes, every `accept` does, and indication, sub-indication and
// reason are the expected ones.
func TestAttack(t *testing.T) {
	dir := root(t, "attack")
	rows := table(t, filepath.Join(dir, "cases.tsv"))
	var files []string
	for _, r := range rows {
		files = append(files, filepath.Join(dir, r["path"]))
	}
	docs := run(t, []string{
		"--anchors", filepath.Join(dir, "pki", "root.cert.pem"), "--revocation", filepath.Join(dir, "pki"),
		"--time", "2026-11-22T12:00:00Z", "--policy", "basic",
	}, files...)
	s := newSuite(t, "attack")
	for i, r := range rows {
		d := docs[i]
		passed := d.Indication == etsi.TotalPassed
		if r["expected"] == "reject" && passed || r["expected"] == "accept" && !passed {
			t.Errorf("attack: %s: %s is %s", r["path"], r["expected"], d.Indication)
		}
		difference := ""
		if string(d.Indication) != r["indication"] || !slices.Contains(strings.Split(r["subIndication"], "|"), string(d.SubIndication)) ||
			r["reason_key"] != "" && !hasReason(d, r["reason_key"]) {
			difference = fmt.Sprintf("want %s/%s %s, got %s/%s", r["indication"], r["subIndication"], r["reason_key"], d.Indication, d.SubIndication)
		}
		s.check(r["path"], difference)
	}
	s.finish()
}

// readable says whether a row is of a format that is read today.
func readable(format string) bool {
	return slices.Contains([]string{"PAdES", "PDF-PKCS7", "PDF-other", "CAdES", "CMS", "TST"}, format)
}

// TestDSS holds the number of signatures, intact, and the verdicts without anchors against those of EU DSS 6.4.
func TestDSS(t *testing.T) {
	dir := root(t, "dss")
	counts, intact, verdict := newSuite(t, "dss-signatures"), newSuite(t, "dss-intact"), newSuite(t, "dss-verdicts")
	tokens, stamps, levels := newSuite(t, "dss-tokens"), newSuite(t, "dss-timestamps"), newSuite(t, "dss-levels")
	var rows []map[string]string
	var files []string
	for _, r := range table(t, filepath.Join(dir, "cases.tsv")) {
		rows, files = append(rows, r), append(files, filepath.Join(dir, r["path"]))
	}
	informative, informativeAgree := 0, 0
	for i, d := range run(t, []string{"--time", "2026-11-22T12:00:00Z"}, files...) {
		r := rows[i]
		if !readable(r["format"]) {
			if !unsupportedFormat(d) && len(d.Signatures) > 0 {
				t.Errorf("%s of format %s was read: list it among the readable ones", r["path"], r["format"])
			}
			counts.notYet(r["path"])
			continue
		}
		want := 0
		fmt.Sscan(r["n_sigs"], &want)
		if len(d.Signatures) != want || d.Error != nil {
			counts.check(r["path"], fmt.Sprintf("want %d signatures, got %d %s", want, len(d.Signatures), failure(d)))
			continue
		}
		counts.check(r["path"], "")
		if r["format"] == "TST" { // a token alone: nothing lies beside that it could speak of
			tokens.check(r["path"], differ([]string{"DETACHED_TIMESTAMP " + r["dss_ind"] + "/" + r["dss_sub"]}, stampsOf(d)))
			continue
		}
		stamps.check(r["path"], differ([]string{r["n_ts"]}, []string{fmt.Sprint(countStamps(d))}))
		levels.check(r["path"], differ(list(r["levels"]), levelsOf(d)))
		intact.check(r["path"], differ(list(r["sig_valid"]), intacts(d)))
		expected := list(r["dss_per_sig"])
		verdict.check(r["path"], differ(expected, verdicts(d)))
		for k, v := range expected {
			if v != "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND" {
				informative++
				if k < len(d.Signatures) && verdicts(d)[k] == v {
					informativeAgree++
				}
			}
		}
	}
	verdict.note("of %d signatures that are not just NO_CERTIFICATE_CHAIN_FOUND, %d agree", informative, informativeAgree)
	counts.finish()
	tokens.finish()
	stamps.finish()
	levels.finish()
	intact.finish()
	verdict.finish()
}

// countStamps counts the timestamps as DSS does: each once per signature that it is about, and those about none.
func countStamps(d report.Document) int {
	n := 0
	own := map[time.Time]bool{}
	for _, s := range d.Signatures {
		n += len(s.Timestamps)
		for _, t := range s.Timestamps {
			if t.Type == "DOCUMENT_TIMESTAMP" && t.Time != nil {
				own[*t.Time] = true
			}
		}
	}
	for _, t := range d.Timestamps {
		if t.Time == nil || !own[*t.Time] {
			n++
		}
	}
	return n
}

// levelsOf names the levels as DSS does, sorted.
func levelsOf(d report.Document) []string {
	var out []string
	for _, s := range d.Signatures {
		name := strings.ReplaceAll(s.Level, "-", "_")
		switch {
		case name != "":
		case s.Format == "PDF" || s.Format == "PAdES":
			name = "PDF_NOT_ETSI"
		default:
			name = "CMS_NOT_ETSI"
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func differ(want, got []string) string {
	if slices.Equal(want, got) {
		return ""
	}
	return fmt.Sprintf("want %v, got %v", want, got)
}

// anchoredRow is one run of DSS with trust anchors.
type anchoredRow struct {
	Path             string   `json:"path"`
	Trusted          []string `json:"trusted"`
	Adjunct          []string `json:"adjunct"`
	Detached         []string `json:"detached"`
	DetachedER       []string `json:"detachedER"`
	ValidationTimeMs int64    `json:"validationTimeMs"`
	Sigs             []struct {
		Level string  `json:"level"`
		Ind   string  `json:"ind"`
		Sub   *string `json:"sub"`
	} `json:"sigs"`
	Tss []struct {
		Type string  `json:"type"`
		Ind  string  `json:"ind"`
		Sub  *string `json:"sub"`
	} `json:"tss"`
}

// stamps lists the timestamps that are read here: not those of evidence records.
func (a anchoredRow) stamps() []string {
	var out []string
	for _, s := range a.Tss {
		if strings.HasPrefix(s.Type, "EVIDENCE_RECORD") {
			continue
		}
		v := s.Type + " " + s.Ind
		if s.Sub != nil && *s.Sub != "" {
			v += "/" + *s.Sub
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// stampsOf lists the timestamps of a document once each.
func stampsOf(d report.Document) []string {
	var out []string
	add := func(s report.Timestamp) {
		v := string(s.Type) + " " + string(s.Indication)
		if s.SubIndication != "" {
			v += "/" + string(s.SubIndication)
		}
		out = append(out, v)
	}
	for _, sig := range d.Signatures {
		for _, s := range sig.Timestamps {
			if s.Type != "DOCUMENT_TIMESTAMP" {
				add(s)
			}
		}
	}
	for _, s := range d.Timestamps {
		add(s)
	}
	slices.Sort(out)
	return out
}

func (a anchoredRow) levels() []string {
	var out []string
	for _, s := range a.Sigs {
		out = append(out, s.Level)
	}
	slices.Sort(out)
	return out
}

func (a anchoredRow) expected() []string {
	var out []string
	for _, s := range a.Sigs {
		v := s.Ind
		if s.Sub != nil && *s.Sub != "" {
			v += "/" + *s.Sub
		}
		out = append(out, v)
	}
	slices.Sort(out)
	return out
}

// TestDSSAnchored holds the verdicts with anchors, time and detached files against those of EU DSS 6.4.
func TestDSSAnchored(t *testing.T) {
	dir := root(t, "dss")
	f, err := os.Open(filepath.Join(dir, "anchored.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	formats := map[string]string{}
	for _, r := range table(t, filepath.Join(dir, "cases.tsv")) {
		formats[r["path"]] = r["format"]
	}
	s, stamps, levels := newSuite(t, "dss-anchored"), newSuite(t, "dss-anchored-timestamps"), newSuite(t, "dss-anchored-levels")
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	final, finalAgree := 0, 0
	for n := 1; lines.Scan(); n++ {
		var a anchoredRow
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%03d %s", n, a.Path)
		if !readable(formats[a.Path]) {
			s.notYet(name)
			continue
		}
		d := run(t, a.arguments(dir), filepath.Join(dir, a.Path))[0]
		difference := differ(a.expected(), verdicts(d))
		s.check(name, difference)
		stamps.check(name, differ(a.stamps(), stampsOf(d)))
		levels.check(name, differ(a.levels(), levelsOf(d)))
		if slices.ContainsFunc(a.expected(), func(v string) bool { return strings.HasPrefix(v, "TOTAL_") }) {
			final++
			if difference == "" {
				finalAgree++
			}
		}
	}
	s.note("of %d runs with TOTAL_PASSED or TOTAL_FAILED, %d agree", final, finalAgree)
	s.finish()
	stamps.finish()
	levels.finish()
}

func (a anchoredRow) arguments(dir string) []string {
	args := []string{"--time", time.UnixMilli(a.ValidationTimeMs).UTC().Format(time.RFC3339)}
	for _, c := range a.Trusted {
		args = append(args, "--anchors", filepath.Join(dir, "certs", c))
	}
	for _, c := range a.Adjunct { // candidates that are never trusted
		args = append(args, "--revocation", filepath.Join(dir, "certs", c))
	}
	for _, d := range a.Detached {
		args = append(args, "--detached", filepath.Join(dir, d))
	}
	return args
}

// TestPyHanko holds the difference analysis against that of pyHanko.
func TestPyHanko(t *testing.T) {
	dir := root(t, "pyhanko")
	s := newSuite(t, "pyhanko")
	for _, r := range table(t, filepath.Join(dir, "cases.tsv")) {
		d := run(t, []string{"--anchors", filepath.Join(dir, "pki", "root.cert.pem"), "--time", "2020-11-01T00:00:00Z"}, filepath.Join(dir, r["path"]))[0]
		s.check(r["path"], pyHankoDifference(r["expected"], d))
	}
	s.finish()
}

func pyHankoDifference(expected string, d report.Document) string {
	good := len(d.Signatures) > 0
	for _, sig := range d.Signatures {
		good = good && sig.Intact && (sig.Modified == "none" || sig.Modified == "permitted") && sig.Covers != "partial"
	}
	var got []string
	for _, sig := range d.Signatures {
		got = append(got, fmt.Sprintf("intact=%v modified=%s covers=%s", sig.Intact, sig.Modified, sig.Covers))
	}
	wantGood := !strings.HasPrefix(expected, "REJECT") && !strings.HasPrefix(expected, "template")
	if strings.Contains(expected, "pubkey decryption") {
		if d.Error != nil && strings.Contains(*d.Error, "encrypted") {
			return ""
		}
		return "a public-key encrypted file is not refused by name"
	}
	if good == wantGood {
		return ""
	}
	return fmt.Sprintf("want %s, got %v %s", expected, got, failure(d))
}

// TestSiVa and TestDigiDoc4j hold intact against the suites of the Estonian services.
func TestSiVa(t *testing.T) {
	dir := root(t, "siva")
	b, err := os.ReadFile(filepath.Join(dir, "cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Path     string `json:"path"`
		Test     string `json:"test"`
		Expected string `json:"expected"`
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	s := newSuite(t, "siva")
	for _, c := range cases {
		expectation(t, s, c.Test+" "+c.Path, filepath.Join(dir, c.Path), c.Expected)
	}
	s.finish()
}

func TestDigiDoc4j(t *testing.T) {
	dir := root(t, "digidoc4j")
	s := newSuite(t, "digidoc4j")
	for _, r := range table(t, filepath.Join(dir, "cases.tsv")) {
		expectation(t, s, r["path"], filepath.Join(dir, r["path"]), r["expected"])
	}
	s.finish()
}

// expectation holds one file against intact, not intact, no signature, refused, or refused by name.
func expectation(t *testing.T, s *suite, name, path, expected string) {
	d := run(t, []string{"--time", "2026-11-22T12:00:00Z"}, path)[0]
	if expected == "refused by name (DDOC)" {
		if strings.Contains(failure(d), "DDOC") {
			s.check(name, "")
		} else {
			s.check(name, "not refused by name: "+failure(d))
		}
		return
	}
	if unsupportedFormat(d) {
		s.notYet(name)
		return
	}
	got := "intact"
	switch {
	case d.Error != nil:
		got = "refused"
	case len(d.Signatures) == 0:
		got = "no signature"
	case slices.Contains(intacts(d), "0"):
		got = "not intact"
	}
	if got == expected {
		s.check(name, "")
		return
	}
	s.check(name, fmt.Sprintf("want %s, got %s %s", expected, got, failure(d)))
}
