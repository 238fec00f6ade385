package verify

import "mohur/verify/etsi"

const clauseFC = "ETSI EN 319 102-1, 5.2.2"

// formatChecking judges whether the signature conforms to its format and, for a PDF, what happened to the document after it was signed
// (ETSI EN 319 102-1, 5.2.2; ISO 32000-2, 12.8). The adapter has looked; the policy weighs.
func (v *validation) formatChecking(s *signature) *block {
	b := newBlock(v.policy, "FC", clauseFC)
	b.judge(s.structure)
	if s.format == FormatPDF || s.format == FormatPAdES {
		v.changes(b, s)
	}
	if v.duplicated[s.id] {
		b.ask(ConstraintSignatureDuplicated, false, failed(etsi.FormatFailure))
	}
	return b
}

// changes weighs what later revisions did.
func (v *validation) changes(b *block, s *signature) {
	first := func(pick func(*Change) bool) *Change {
		for i := range s.changes {
			if pick(&s.changes[i]) {
				return &s.changes[i]
			}
		}
		return nil
	}
	uncovered := first(func(c *Change) bool { return !c.Allowed && c.Key == ConstraintUncoveredBytes })
	forbidden := first(func(c *Change) bool {
		return !c.Allowed && c.Key != ConstraintUncoveredBytes && c.Kind != changeUnknown
	})
	unknown := first(func(c *Change) bool { return !c.Allowed && c.Kind == changeUnknown })
	overlay := first(func(c *Change) bool { return c.Allowed && c.Overlay })
	b.ask(ConstraintUncoveredBytes, uncovered == nil, failed(etsi.FormatFailure), describe(uncovered)...)
	b.ask(ConstraintForbiddenChange, s.modified != ModifiedForbidden || forbidden == nil && uncovered != nil, failed(etsi.FormatFailure), describe(forbidden)...)
	b.ask(ConstraintChangesKnown, s.modified != ModifiedUnknown, indeterminate(etsi.SigConstraintsFailure), describe(unknown)...)
	b.ask(ConstraintAnnotationOverlay, overlay == nil, indeterminate(etsi.SigConstraintsFailure), describe(overlay)...)
}

// changeUnknown is the kind of a change that could not be judged.
const changeUnknown = "unknown"

// judge weighs what the adapter found.
func (b *block) judge(list []finding) {
	for _, f := range list {
		if f.always {
			b.require(f.key, f.met, f.otherwise, f.args...)
		} else {
			b.ask(f.key, f.met, f.otherwise, f.args...)
		}
	}
}

// describe makes the arguments that name a change.
func describe(c *Change) []Arg {
	if c == nil {
		return nil
	}
	return append([]Arg{arg("kind", c.Kind), arg("change", c.Key)}, c.Args...)
}
