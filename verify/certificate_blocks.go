package verify

import (
	"slices"
	"time"

	"mohur/certs"
	"mohur/verify/etsi"
)

// pathChecks are the checks that every certificate of a path goes through, with their clause: the key of a check is that of the reason it gives
// when it is not met.
func pathChecks() []struct{ key, clause string } {
	return []struct{ key, clause string }{
		{certs.ReasonSignatureInvalid, "RFC 5280, 6.1.3 (a)(1)"},
		{certs.ReasonExpired, "RFC 5280, 6.1.3 (a)(2)"},
		{certs.ReasonNameChaining, "RFC 5280, 6.1.3 (a)(4)"},
		{certs.ReasonNameNotPermitted, "RFC 5280, 6.1.3 (b)"},
		{certs.ReasonNameExcluded, "RFC 5280, 6.1.3 (c)"},
		{certs.ReasonPolicyRequired, "RFC 5280, 6.1.3 (f)"},
		{certs.ReasonCriticalExtension, "RFC 5280, 6.1.4 (o)"},
	}
}

// issuerChecks are those of a certificate that issued the one below it.
func issuerChecks() []struct{ key, clause string } {
	return []struct{ key, clause string }{
		{certs.ReasonNotACA, "RFC 5280, 6.1.4 (k)"},
		{certs.ReasonPathLength, "RFC 5280, 6.1.4 (l)"},
		{certs.ReasonKeyUsageCertSign, "RFC 5280, 6.1.4 (n)"},
	}
}

// certificateBlocks are the parts of XCV: each certificate of the path with its checks (ETSI EN 319 102-1, 5.2.6.4), and below each the freshness
// of its revocation data for a control time (5.2.5), zero for none. They explain the conclusion of the block above and decide nothing.
func (v *validation) certificateBlocks(r *certs.Result, control time.Time) []Block {
	if r == nil {
		return nil
	}
	out := make([]Block, 0, len(r.Chain))
	for i, c := range r.Chain {
		b := Block{Name: "XCV", Clause: clauseXCV, Certificate: certificateID(c), Indication: etsi.Passed}
		anchor := r.Anchor != nil && i == len(r.Chain)-1
		if anchor {
			b.Constraints = []Constraint{{Key: certs.ReasonAnchorConfirmed, Clause: clauseXCV, Status: StatusOK}}
		} else if r.Anchor != nil {
			b.met(pathChecks())
			if i > 0 {
				b.met(issuerChecks())
			}
		}
		b.objections(r, c)
		if i < len(r.Status) && !anchor && r.Anchor != nil {
			v.revocationChecks(&b, r, i, control)
		}
		out = append(out, b)
	}
	return out
}

// met notes checks; objections turns those that were not met around.
func (b *Block) met(list []struct{ key, clause string }) {
	for _, c := range list {
		b.Constraints = append(b.Constraints, Constraint{Key: c.key, Clause: c.clause, Status: StatusOK})
	}
}

// objections notes what the path validation has against one certificate; the first decides its block.
func (b *Block) objections(r *certs.Result, c *certs.Certificate) {
	for i, reason := range r.Reasons {
		if reason.Certificate == nil || !reason.Certificate.Equal(c) {
			continue
		}
		n := Constraint{Key: reason.Key, Args: reasonArgs(reason), Clause: clauseXCV, Status: StatusNotOK}
		at := slices.IndexFunc(b.Constraints, func(o Constraint) bool {
			return o.Key == reason.Key || reason.Key == certs.ReasonNotYetValid && o.Key == certs.ReasonExpired
		})
		if at >= 0 {
			n.Clause = b.Constraints[at].Clause
			b.Constraints[at] = n
		} else {
			b.Constraints = append(b.Constraints, n)
		}
		if b.Indication == etsi.Passed {
			b.Indication = etsi.Indeterminate
			if i == 0 {
				b.Indication, b.SubIndication = r.Indication, r.SubIndication
			}
		}
	}
}

// revocationChecks notes what is known of a certificate's revocation, and whether it is fresh enough.
func (v *validation) revocationChecks(b *Block, r *certs.Result, i int, control time.Time) {
	st := &r.Status[i]
	if st.State != certs.StateGood && st.State != certs.StateRevoked && st.State != certs.StateOnHold {
		return
	}
	b.Constraints = append(b.Constraints, Constraint{Key: ConstraintRevocationAvailable, Clause: clauseXCV, Status: StatusOK})
	if st.State == certs.StateGood {
		b.Constraints = append(b.Constraints, Constraint{Key: certs.ReasonRevoked, Clause: clauseXCV, Status: StatusOK})
	}
	if control.IsZero() || st.Evidence == nil {
		return
	}
	fresh := newBlock(v.policy, "RFC", clauseRFC)
	fresh.Certificate = b.Certificate
	fresh.ask(ConstraintRevocationFresh, v.fresh(st, control), indeterminate(etsi.TryLater),
		arg("thisUpdate", issuance(st).UTC().Format(time.RFC3339)), arg("time", control.UTC().Format(time.RFC3339)),
		arg("subject", r.Chain[i].Subject.Display()))
	b.Parts = append(b.Parts, fresh.Block)
}
