package archtest

import (
	"cmp"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/requirements.md anew")

const requirementsPage = "docs/requirements.md"

// requirement is a number of the requirements with a few words about it. now says that it belongs to what is there; the others come later.
type requirement struct {
	id, text string
	now      bool
}

// cited is where a number is cited.
type cited struct {
	tests, code map[string]bool
}

// citation is a number, a list or a range of numbers: "S1-22", "S1-17 to S1-21", "S3-03, -04 and -05".
var (
	citation = regexp.MustCompile(`S([1-6])-(\d\d)\b`)
	follows  = regexp.MustCompile(`^(\s*,\s*|\s*;\s*|\s+and\s+|\s*,\s*and\s+|\s+to\s+|\s*–\s*|\s+)(?:S([1-6]))?-(\d\d)\b`)
)

// citations lists the numbers that a text cites.
func citations(text string) []string {
	var out []string
	for {
		m := citation.FindStringSubmatchIndex(text)
		if m == nil {
			return out
		}
		system, n := text[m[2]:m[3]], text[m[4]:m[5]]
		out = append(out, "S"+system+"-"+n)
		text = text[m[1]:]
		for {
			f := follows.FindStringSubmatch(text)
			if f == nil || f[2] != "" && f[2] != system {
				break
			}
			if sep := strings.TrimSpace(f[1]); sep == "to" || sep == "–" {
				from, _ := strconv.Atoi(n)
				to, _ := strconv.Atoi(f[3])
				for i := from + 1; i < to; i++ {
					out = append(out, fmt.Sprintf("S%s-%02d", system, i))
				}
			}
			n = f[3]
			out = append(out, "S"+system+"-"+n)
			text = text[len(f[0]):]
		}
	}
}

func TestCitationsAreRead(t *testing.T) {
	for text, want := range map[string]string{
		"met (S1-22)":                 "S1-22",
		"S1-17 to S1-21":              "S1-17 S1-18 S1-19 S1-20 S1-21",
		"S1-28 to -30":                "S1-28 S1-29 S1-30",
		"S3-03, -04 and -06; S1-01":   "S3-03 S3-04 S3-06 S1-01",
		"S1-16, S1-22":                "S1-16 S1-22",
		"ES1-2 and S7-01 are no such": "",
	} {
		if got := strings.Join(citations(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// everyCitation reads every Go file: what a comment or a test's name or text says belongs to the declaration around it or below it.
func everyCitation(t *testing.T) map[string]*cited {
	t.Helper()
	out := map[string]*cited{}
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); n == "testdata" || n == "var" || n == "node_modules" || n == "archtest" || strings.HasPrefix(n, ".") && n != ".." {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") {
			return nil
		}
		rel, _ := filepath.Rel(root, p)
		return readCitations(out, p, filepath.ToSlash(filepath.Dir(rel)))
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// readCitations reads one file.
func readCitations(out map[string]*cited, path, pkg string) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
	if err != nil {
		return err
	}
	test := strings.HasSuffix(path, "_test.go") || strings.Contains(pkg, "storetest")
	note := func(pos token.Pos, text string) {
		for _, id := range citations(text) {
			c := out[id]
			if c == nil {
				c = &cited{map[string]bool{}, map[string]bool{}}
				out[id] = c
			}
			in := c.code
			if test {
				in = c.tests
			}
			in[pkg+"."+declaration(f, pos)] = true
		}
	}
	for _, g := range f.Comments {
		note(g.Pos(), g.Text())
	}
	if test {
		ast.Inspect(f, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
				note(l.Pos(), l.Value)
			}
			return true
		})
	}
	return nil
}

// declaration names what a place in a file belongs to: the declaration around it, else the next one, else the package.
func declaration(f *ast.File, pos token.Pos) string {
	if pos < f.Name.Pos() {
		return "(package)"
	}
	for _, d := range f.Decls {
		if pos > d.End() {
			continue
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				return d.Name.Name
			}
			return receiver(d.Recv.List[0].Type) + "." + d.Name.Name
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				return spec(d, pos)
			}
		}
	}
	return "(package)"
}

// spec names the part of a declaration that a place belongs to.
func spec(d *ast.GenDecl, pos token.Pos) string {
	for _, s := range d.Specs {
		if pos > s.End() && s != d.Specs[len(d.Specs)-1] {
			continue
		}
		switch s := s.(type) {
		case *ast.TypeSpec:
			return s.Name.Name
		case *ast.ValueSpec:
			return s.Names[0].Name
		}
	}
	return d.Tok.String()
}

// receiver names a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
}

// TestRequirementsPage holds docs/requirements.md to the citations: go test ./internal/archtest -run RequirementsPage -update writes it. A number
// is met when a test cites it and production code does; nothing else makes it so.
func TestRequirementsPage(t *testing.T) {
	found := everyCitation(t)
	page := requirementsText(t, found)
	if *update {
		if err := os.WriteFile(filepath.Join(root, requirementsPage), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(filepath.Join(root, requirementsPage))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != page {
		t.Error(requirementsPage + " is not what tests and code cite: go test ./internal/archtest -run RequirementsPage -update")
	}
}

// TestEveryRequirementHasATest: each number of the project-opinion service, and those of document circulation that it needs, is cited by a test. The
// page says where only nouns, and no verb or page, meet it. A citation of a number that does not exist is a slip of the pen.
func TestEveryRequirementHasATest(t *testing.T) {
	found, known := everyCitation(t), map[string]bool{}
	for _, r := range requirements() {
		known[r.id] = true
		if !r.now {
			continue
		}
		if c := found[r.id]; c == nil || len(c.tests) == 0 {
			t.Errorf("%s (%s): no test cites it", r.id, r.text)
		}
	}
	for id := range found {
		if strings.HasPrefix(id, "S1-") && !known[id] {
			t.Errorf("%s is cited and is no requirement", id)
		}
	}
}

// missing says what a number wants, empty if nothing. A noun of docket meets nothing by itself: a verb, a page or a letter does.
func missing(c *cited) string {
	var wants []string
	if len(c.tests) == 0 {
		wants = append(wants, "no test cites it")
	}
	nouns := 0
	for name := range c.code {
		if strings.HasPrefix(name, "docket.") {
			nouns++
		}
	}
	if len(c.code) == nouns {
		wants = append(wants, "no verb or page cites it")
	}
	return strings.Join(wants, ", ")
}

// requirementsText is the page.
func requirementsText(t *testing.T, found map[string]*cited) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Requirements and their proof\n\nMade from the numbers that tests and code cite, by `go test ./internal/archtest -run RequirementsPage -update`; a test holds it current.\n" +
		"**Met** stands only where a test cites the number and a verb, a page or a letter of the program does; what is planned has not been begun. Numbers of tests are names of Go functions: run one with `go test ./PACKAGE -run NAME`.\n")
	for _, system := range []struct{ id, title string }{
		{"S1", "Project-opinion service"}, {"S3", "Electronic document circulation"}, {"S5", "Reception and appeals"}, {"S6", "Reports and statistics"},
	} {
		fmt.Fprintf(&b, "\n## %s %s\n\n| number | requirement | state | tests | code |\n|---|---|---|---|---|\n", system.id, system.title)
		for _, r := range requirements() {
			if !strings.HasPrefix(r.id, system.id+"-") {
				continue
			}
			c := cmp.Or(found[r.id], &cited{})
			state := "**met**"
			switch {
			case !r.now && len(c.tests) == 0:
				state = "planned"
			case !r.now:
				state = "planned; in part there"
			case missing(c) != "":
				state = missing(c)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.id, r.text, state, listed(c.tests), listed(c.code))
		}
	}
	b.WriteString("\n## Journeys of the browser\n\n| journey | state | tests |\n|---|---|---|\n")
	for _, j := range journeys(t) {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", j[0], j[1], j[2])
	}
	return b.String()
}

// journeys lists J1 to J15 with the functions of the browser's tests that walk them.
func journeys(t *testing.T) [][3]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "cmd/mohur", "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	number, walked := regexp.MustCompile(`\bJ(\d{1,2})\b`), map[string]map[string]bool{}
	for _, path := range files {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || fn.Doc == nil || fn.Recv == nil {
				continue
			}
			for _, m := range number.FindAllString(fn.Doc.Text(), -1) {
				if walked[m] == nil {
					walked[m] = map[string]bool{}
				}
				walked[m]["cmd/mohur."+receiver(fn.Recv.List[0].Type)+"."+fn.Name.Name] = true
			}
		}
	}
	later := map[string]string{"J11": "planned (the Register)", "J12": "planned (the Register)", "J13": "planned (the archive)"}
	var out [][3]string
	for i := 1; i <= 15; i++ {
		j := "J" + strconv.Itoa(i)
		state := cmp.Or(later[j], "**walked**")
		if later[j] == "" && len(walked[j]) == 0 {
			state = "not walked"
		}
		out = append(out, [3]string{j, state, listed(walked[j])})
	}
	return out
}

// listed writes names.
func listed(names map[string]bool) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(slices.Sorted(maps.Keys(names)), "`, `") + "`"
}

// requirements are the numbers, in their order.
func requirements() []requirement {
	var out []requirement
	for line := range strings.Lines(requirementLines) {
		id, text, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok {
			continue
		}
		text, now := strings.CutPrefix(text, "* ")
		out = append(out, requirement{id, text, now || strings.HasPrefix(id, "S1-")})
	}
	return out
}

// requirementLines are the numbers with a few words each. A star marks those of other systems that the project-opinion service needs.
const requirementLines = `
S1-01 Entry from the e-government portal with the portal's identity
S1-02 Registration: name of the state body, unique
S1-03 Registration: e-mail address
S1-04 Registration: mobile number
S1-05 Registration: signed application letter, its signature judged at once
S1-06 Registration finished, awaiting approval
S1-07 Mail that the registration is finished
S1-08 Approval or refusal, by SMS and mail
S1-09 Only an approved body's people; two doors at home
S1-10 Name, surname and body filled in by the system
S1-11 Cover letter's number and date, kind of document, name of the project
S1-12 The data confirmed by the responsible person's signature
S1-13 Confirmation: mail it, PDF, home; a sealed receipt
S1-14 Deficiencies reported through the system
S1-15 Sent projects; each reviewed within 30 days
S1-16 The list tells of letters, acceptance and deficiency
S1-17 Search by the project's name
S1-18 Search by the main document's number
S1-19 Filter by date received
S1-20 Filter by due date
S1-21 Number of rows shown
S1-22 Correct the editable parts, from keyboard and touch too
S1-23 Column: project's name
S1-24 Column: kind
S1-25 Column: date received
S1-26 Column: due date
S1-27 Mailbox with unread count
S1-28 Additional document
S1-29 Standing within the 30 days
S1-30 Full details
S1-31 Correspondence: search, sender, text, date, document
S1-32 Correspondence: write, send, attach, remove
S1-33 Opinion letter made, sealed, delivered
S1-34 Working group: units, sub-opinions, visas
S1-35 Check of the signing device; drafts that survive; a session that asks before it ends
S1-36 Follow-up after the opinion
S3-01 Incoming documents moved and followed
S3-02 Control of execution
S3-03 * Journals and register of documents
S3-04 * Before signing: drafting, visas and annexes checked
S3-05 * After signing: registered, stored, delivered by the dispatch list
S3-06 * Outgoing check; return with reasons
S3-07 Folders, retention periods, nomenclature
S3-08 Archive work
S3-09 Certified copies
S3-10 Seals of units, bound to kinds of documents
S3-11 Exchange with other systems
S3-12 * Official secrets: label and need to know
S3-13 Report to the Administration of the President
S3-14 Visas on other drafts
S3-15 * Distribution of work; the deputy of an absent head
S3-16 * Everybody answers for what he prepared and signed
S3-17 * Official numbers by template
S3-18 * Kinds of documents
S3-19 Centres' copies and monthly statistics
S3-20 Matters of the board
S3-21 Help and training
S3-22 Work plans
S5-01 Reception schedule
S5-02 Visitors
S5-03 Control of proposals, applications and complaints
S5-04 Repeated appeals
S5-05 Complaints about e-services
S5-06 Appeals by other channels
S6-01 Daily statistics
S6-02 Monthly statistics of appeals
S6-03 Periodic review
S6-04 Annual report
S6-05 Report to the Administration of the President
S6-06 Period reports by unit
S6-07 Satisfaction surveys
`
