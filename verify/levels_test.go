package verify_test

import (
	"slices"
	"testing"

	"mohur/internal/demopki"
	"mohur/verify"
	"mohur/verify/etsi"
)

// TestLevelsDecide shows for constraints what a policy's level does: the same document, another level, another verdict, and at WARN the same
// key among the warnings.
func TestLevelsDecide(t *testing.T) {
	for name, c := range map[string]struct {
		constraint string
		make       func(w *world) verify.Input
		sub        etsi.SubIndication // at FAIL
		key        string             // among the warnings at WARN
	}{
		"changed page": {verify.ConstraintForbiddenChange, func(w *world) verify.Input {
			return w.input(update(w.sign(page("salam"), w.person(demopki.Person{}), nil), 4, "<< /Length 2 >>\nstream\nBT\nendstream"))
		}, etsi.FormatFailure, verify.ConstraintForbiddenChange},
		"bytes behind": {verify.ConstraintUncoveredBytes, func(w *world) verify.Input {
			return w.input(append(w.sign(page("salam"), w.person(demopki.Person{}), nil), "more"...))
		}, etsi.FormatFailure, verify.ConstraintUncoveredBytes},
		"log-in certificate": {verify.ConstraintKeyUsage, func(w *world) verify.Input {
			return w.input(w.sign(page("salam"), w.person(demopki.Person{Profile: demopki.Profile{Authentication: true}}), nil))
		}, etsi.ChainConstraintsFailure, verify.ConstraintKeyUsage},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			in := c.make(w)
			p := verify.Basic()
			p.Constraints[c.constraint] = verify.Fail
			if r := w.verifyBy(in, p); r.Indication == etsi.TotalPassed || r.SubIndication != c.sub {
				t.Errorf("at FAIL: %s/%s, want %s", r.Indication, r.SubIndication, c.sub)
			}
			p.Constraints[c.constraint] = verify.Warn
			r := w.verifyBy(in, p)
			if r.Indication != etsi.TotalPassed || !slices.Contains(reasonKeys(r.Signatures[0], verify.SeverityWarning), c.key) {
				t.Errorf("at WARN: %s/%s %+v", r.Indication, r.SubIndication, r.Signatures[0].Reasons)
			}
			p.Constraints[c.constraint] = verify.Ignore
			if r := w.verifyBy(in, p); r.Indication != etsi.TotalPassed || slices.Contains(reasonKeys(r.Signatures[0], verify.SeverityWarning), c.key) {
				t.Errorf("at IGNORE: %s/%s %+v", r.Indication, r.SubIndication, r.Signatures[0].Reasons)
			}
		})
	}
}

// TestRevocationAvailable: without evidence nothing passes, unless the policy says that it need not be there.
func TestRevocationAvailable(t *testing.T) {
	w := newWorld(t)
	in := w.input(w.sign(page("salam"), w.person(demopki.Person{}), nil))
	in.Revocation = nil
	p := verify.Basic()
	p.Constraints[verify.ConstraintRevocationAvailable] = verify.Warn
	if r := w.verifyBy(in, p); r.Indication != etsi.TotalPassed {
		t.Errorf("%s/%s", r.Indication, r.SubIndication)
	}
	if r := w.verify(in); r.Indication == etsi.TotalPassed {
		t.Error("basic passes without evidence")
	}
}
