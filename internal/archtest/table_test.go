package archtest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// importTable maps a package path (relative to the module) to the own packages it may import; "everything" lifts the limit.
type importTable map[string][]string

var quoted = regexp.MustCompile("`([^`]+)`")

// readTable reads the table below the heading "Who may import whom".
func readTable(t *testing.T, path string) importTable {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), "## Who may import whom")
	if !ok {
		t.Fatal("ARCHITECTURE.md has no import table")
	}
	table := importTable{}
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "## ") {
			break
		}
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 4 || !strings.Contains(cells[1], "`") {
			continue
		}
		var allowed []string
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			allowed = append(allowed, m[1])
		}
		if strings.Contains(cells[2], "everything") {
			allowed = []string{"everything"}
		}
		for _, m := range quoted.FindAllStringSubmatch(cells[1], -1) {
			if _, twice := table[m[1]]; twice {
				t.Errorf("ARCHITECTURE.md names %s twice", m[1])
			}
			table[m[1]] = allowed
		}
	}
	if len(table) < 20 {
		t.Fatalf("only %d packages read from the import table", len(table))
	}
	return table
}

// allows says whether the table lets package from import package to.
func (it importTable) allows(from, to string) bool {
	for _, a := range it[from] {
		if a == "everything" || a == to {
			return true
		}
		if base, ok := strings.CutSuffix(a, "..."); ok && (to == base || strings.HasPrefix(to, base+"/")) {
			return true
		}
	}
	return false
}

func TestTableAllows(t *testing.T) {
	it := importTable{"a": {"b", "c..."}, "x": {"everything"}}
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"a", "b", true},
		{"a", "b/d", false},
		{"a", "c", true},
		{"a", "c/d", true},
		{"a", "cd", false},
		{"x", "anything", true},
		{"unknown", "b", false},
	} {
		if got := it.allows(c.from, c.to); got != c.want {
			t.Errorf("allows(%s, %s) = %v", c.from, c.to, got)
		}
	}
}
