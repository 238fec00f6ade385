package verify

import (
	"time"

	"mohur/certs"
	"mohur/verify/etsi"
)

const (
	clausePCV = "ETSI EN 319 102-1, 5.6.2.1"
	clauseVTS = "ETSI EN 319 102-1, 5.6.2.2"
)

// Reasons of the past validations.
const (
	reasonNoPastEvidence = "PAST_REVOCATION_NOT_PROVEN"
	reasonControlTime    = "CONTROL_TIME"
	reasonPastChain      = "PAST_CHAIN"
)

// pastCertificate is the past certificate validation (ETSI EN 319 102-1, 5.6.2.1): the path is validated inside the intersection of its
// validity, without revocation; then the time up to which the evidence still tells that it was good is slid back. It returns that time.
func (v *validation) pastCertificate(path *certs.Result, leaf *certs.Certificate, p *proofs) (*block, time.Time) {
	b := newBlock(v.policy, "PCV", clausePCV)
	if path == nil || path.Anchor == nil || len(path.Chain) == 0 {
		b.conclude(indeterminate(etsi.NoCertificateChainFound))
		return b, time.Time{}
	}
	from, to := intersection(path)
	if !b.require(reasonPastChain, !to.Before(from), indeterminate(etsi.CertificateChainGeneral)) {
		return b, time.Time{}
	}
	req := v.pathRequest(leaf, to)
	req.Policy.Revocation, req.Policy.Algorithms = certs.RevocationIgnored, nil
	past := v.path(req)
	if !past.Passed() {
		v.report(b, past)
		return b, time.Time{}
	}
	vts, control := v.slide(path, p)
	b.Constraints, b.Parts = append(b.Constraints, vts.Constraints...), append(b.Parts, vts.Block)
	b.conclude(vts.outcome())
	if control.IsZero() {
		return b, control
	}
	b.inform(reasonControlTime, arg("time", control.UTC().Format(time.RFC3339)))
	return b, control
}

// intersection is the time in which every certificate of a path below its anchor was valid.
func intersection(path *certs.Result) (from, to time.Time) {
	for i, c := range path.Chain {
		if i > 0 && i == len(path.Chain)-1 {
			break
		}
		if i == 0 || c.NotBefore.After(from) {
			from = c.NotBefore
		}
		if i == 0 || c.NotAfter.Before(to) {
			to = c.NotAfter
		}
	}
	return from, to
}

// slide is the validation time sliding (ETSI EN 319 102-1, 5.6.2.2): from the anchor down, evidence that is proven to have existed at the
// control time either moves that time back (revoked; stale; an algorithm that had ended) or leaves it.
func (v *validation) slide(path *certs.Result, p *proofs) (*block, time.Time) {
	b := newBlock(v.policy, "VTS", clauseVTS)
	control := v.time
	for i := len(path.Chain) - 2; i >= 0; i-- {
		c, issuer := path.Chain[i], path.Chain[i+1]
		st := v.statusFor(path, i, control, p)
		if st == nil {
			b.require(reasonNoPastEvidence, false, indeterminate(etsi.NoPOE), arg("subject", c.Subject.Display()))
			return b, time.Time{}
		}
		if st.State == certs.StateUnchecked {
			continue
		}
		b.require(reasonNoPastEvidence, true, outcome{})
		control = earlier(control, v.movedBy(st, control))
		for _, u := range st.Algorithms {
			control = v.beforeEnd(u, control)
		}
		control = v.beforeEnd(certs.AlgorithmUse{Place: "certificate", Certificate: c, Algorithm: c.SignatureAlgorithm, Key: issuer.KeyInfo}, control)
	}
	return b, control
}

// statusFor takes the judged status of a certificate when its evidence, and the certificate, are proven for the control time.
func (v *validation) statusFor(path *certs.Result, i int, control time.Time, p *proofs) *certs.CertificateStatus {
	usable := func(st *certs.CertificateStatus) bool {
		if st.State == certs.StateUnchecked {
			return true
		}
		decided := st.State == certs.StateGood || st.State == certs.StateRevoked || st.State == certs.StateOnHold
		if !decided || st.Evidence == nil {
			return false
		}
		existed := p.of(evidenceID(*st.Evidence)).at
		if st.Signer != nil && existed.After(st.Signer.NotAfter) {
			return false // whoever held the responder's key later could have made it
		}
		return !existed.After(control) && !p.of(certificateID(path.Chain[i])).at.After(control)
	}
	if i < len(path.Status) && usable(&path.Status[i]) {
		return &path.Status[i]
	}
	req := v.pathRequest(path.Chain[i], control)
	req.Policy.Algorithms, req.EvidenceUntil = nil, control
	again := v.path(req)
	if len(again.Status) > 0 && usable(&again.Status[0]) {
		return &again.Status[0]
	}
	return nil
}

// movedBy is the control time after looking at one status. Data that are not fresh move it only when the policy fails for that, as the checker's
// answer then is FAILED (5.6.2.2.4, step 2 c); and then to the last time at which they still were fresh. The clause says to their issuance,
// which no timestamp can precede that was made with the data at hand: every archive would end with its first certificate.
func (v *validation) movedBy(st *certs.CertificateStatus, control time.Time) time.Time {
	switch {
	case st.State == certs.StateRevoked || st.State == certs.StateOnHold:
		return st.RevokedAt
	case v.policy.level(ConstraintRevocationFresh) == Fail && !v.fresh(st, control):
		return v.freshUntil(st)
	}
	return control
}

// beforeEnd moves the control time before the end of an algorithm that the policy fails for.
func (v *validation) beforeEnd(u certs.AlgorithmUse, control time.Time) time.Time {
	rel := v.policy.Algorithms.worst(u)
	if rel.known && !rel.reliableAt(control) && v.policy.Algorithms.weight(rel, v.policy.level(ConstraintCryptographic)) == Fail {
		return rel.end.Add(-time.Second)
	}
	return control
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
