package conformance

import (
	"encoding/json"
	"os"
	"testing"
)

// deviation is one case whose verdict differs from the expected one for a reason that is stated.
type deviation struct {
	Suite, Case, Reason, Clause string
}

// TestDeviationsAreExplained holds also without the suites: whoever adds a line says why, with the clause, and only once.
func TestDeviationsAreExplained(t *testing.T) {
	b, err := os.ReadFile("deviations.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []deviation
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, d := range list {
		if d.Suite == "" || d.Case == "" || len(d.Reason) < 20 || d.Clause == "" {
			t.Errorf("a deviation needs suite, case, reason and clause: %+v", d)
		}
		if id := d.Suite + " " + d.Case; seen[id] {
			t.Errorf("%s is listed twice", id)
		} else {
			seen[id] = true
		}
	}
}
