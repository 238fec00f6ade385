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
	var forbidden, overlay *Change
	for i := range s.changes {
		c := &s.changes[i]
		if !c.Allowed && forbidden == nil {
			forbidden = c
		}
		if c.Allowed && c.Overlay && overlay == nil {
			overlay = c
		}
	}
	b.ask(ConstraintForbiddenChange, s.modified != ModifiedForbidden, failed(etsi.FormatFailure), describe(forbidden)...)
	b.ask(ConstraintChangesKnown, s.modified != ModifiedUnknown, indeterminate(etsi.SigConstraintsFailure), describe(forbidden)...)
	b.ask(ConstraintAnnotationOverlay, overlay == nil, indeterminate(etsi.SigConstraintsFailure), describe(overlay)...)
}

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
