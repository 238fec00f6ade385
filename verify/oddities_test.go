package verify_test

import (
	"slices"
	"testing"

	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// TestOdditiesOfTheFileAreSaid: what another program may read in another way is a warning on the signature, and no more under the policy basic.
func TestOdditiesOfTheFileAreSaid(t *testing.T) {
	w := newWorld(t)
	s := w.person(demopki.Person{})
	for name, c := range map[string]struct {
		doc  []byte
		odd  bool
		kind string
	}{
		"clean":         {page("salam"), false, ""},
		"leading bytes": {append([]byte("junk\n"), page("salam")...), true, "PDF_LEADING_BYTES"},
	} {
		r := w.verify(w.input(w.sign(c.doc, s, nil)))
		i := slices.IndexFunc(r.Signatures[0].Reasons, func(r verify.Reason) bool { return r.Key == verify.ConstraintStructure })
		if r.Indication != etsi.TotalPassed || (i >= 0) != c.odd {
			t.Errorf("%s: %s %+v", name, r.Indication, r.Signatures[0].Reasons)
			continue
		}
		if got := r.Signatures[0].Reasons; c.odd && (got[i].Severity != verify.SeverityWarning || got[i].Args[0].Value != c.kind) {
			t.Errorf("%s: %+v", name, got[i])
		}
	}
}
