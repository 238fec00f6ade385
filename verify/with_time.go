package verify

import (
	"time"

	"mohur/certs"
	"mohur/verify/etsi"
)

const clauseTime = "ETSI EN 319 102-1, 5.5"

// Reasons of the process with time.
const (
	reasonSignedBeforeCertificate = "SIGNED_BEFORE_CERTIFICATE"
	reasonHeldAtSigning           = "CERTIFICATE_HELD_AT_SIGNING"
	reasonProvenBefore            = "EXISTENCE_PROVEN" // args: time
	reasonNoProof                 = "NO_PROOF_OF_EXISTENCE"
)

// withTime is the process for signatures with time (ETSI EN 319 102-1, 5.5.4): the earliest time that valid, trusted timestamps prove
// replaces the validation time where that decides. An untrusted timestamp moves nothing.
func (v *validation) withTime(j *judged, p *proofs) {
	b := newBlock(v.policy, "TIME", clauseTime)
	j.time = b
	j.best = p.of(j.sig.id)
	if j.best.proven {
		b.inform(reasonProvenBefore, arg("time", j.best.at.UTC().Format(time.RFC3339)))
	}
	for _, t := range j.timestamps {
		if !t.valid() {
			b.warn(reasonTimestampIgnored, arg("type", string(t.stamp.kind)), arg("time", t.told()), arg("indication", string(t.block.Indication)), arg("subIndication", string(t.block.SubIndication)))
		}
	}
	o := j.basic.outcome()
	if !o.passed() && !temporary(o) {
		b.conclude(o)
		return
	}
	o = v.atBestTime(b, j, o)
	if o.indication == etsi.Failed {
		return
	}
	if o.passed() {
		o = v.suspension(b, j)
	}
	if o.passed() {
		o = v.timeConstraints(b, j)
	}
	if o.passed() {
		o = v.freshness(j)
	}
	b.conclude(o)
}

// atBestTime compares the best signature time with what made the basic process doubt (5.5.4, step 4).
func (v *validation) atBestTime(b *block, j *judged, o outcome) outcome {
	best := j.best.at
	if (o.passed() || o.is(etsi.OutOfBoundsNotRevoked, etsi.OutOfBoundsNoPOE)) && best.Before(j.cert.NotBefore) {
		b.require(reasonSignedBeforeCertificate, false, failed(etsi.NotYetValid), arg("notBefore", j.cert.NotBefore.UTC().Format(time.RFC3339)))
		return b.outcome()
	}
	if o.passed() || !j.best.proven {
		return o
	}
	if o.is(etsi.OutOfBoundsNotRevoked, etsi.OutOfBoundsNoPOE) && !best.After(j.cert.NotAfter) {
		if late := v.responders(b, j.path); !late.passed() {
			return late // what past validation would come to (5.6.2.4.4, step 7)
		}
	}
	if !settledByTime(j, o) {
		return o
	}
	// The doubts were about the validation time. Judged at the best signature time, with all evidence known today, none may be left: a
	// revocation after that time, an expiry after it, an algorithm that ended after it.
	if then := v.path(v.pathRequest(j.cert, best)); !then.Passed() {
		return o
	}
	return v.acceptance(j.sig, j.cert, best).outcome()
}

// settledByTime says whether the best signature time alone can settle an outcome. An expired issuer can't be settled so: who holds its key
// today could make any evidence; that takes proof of the evidence's own existence (5.6).
func settledByTime(j *judged, o outcome) bool {
	held := o.is(etsi.TryLater) && j.path.Reasons[0].Key == certs.ReasonOnHold
	if !held && !o.is(etsi.RevokedNoPOE, etsi.RevokedCANoPOE, etsi.OutOfBoundsNotRevoked, etsi.CryptoConstraintsNoPOE) {
		return false
	}
	for _, r := range j.path.Reasons {
		if r.Key == certs.ReasonExpired && r.Certificate != nil && !r.Certificate.Equal(j.cert) {
			return false
		}
	}
	return true
}

// suspension looks for a hold at a proven signing time. A complete CRL drops a hold that was lifted, so only evidence of that time can show
// it: the path is judged at that time as it could be judged then. Where such evidence says on hold, nobody can say yet what the signature
// is worth.
func (v *validation) suspension(b *block, j *judged) outcome {
	if !j.best.proven {
		return outcome{etsi.Passed, ""}
	}
	req := v.pathRequest(j.cert, j.best.at)
	req.EvidenceUntil, req.Policy.Revocation = j.best.at, certs.RevocationIfPresent
	then := v.path(req)
	for i := range then.Status {
		st := &then.Status[i]
		held := st.State == certs.StateOnHold && !st.RevokedAt.After(j.best.at)
		if !b.require(reasonHeldAtSigning, !held, indeterminate(etsi.TryLater), arg("time", st.RevokedAt.UTC().Format(time.RFC3339))) {
			return b.outcome()
		}
	}
	return outcome{etsi.Passed, ""}
}

// timeConstraints checks whether the time is proven where the policy asks for it, the order of timestamps and the delay of the first (5.5.4, steps 5 b and c).
func (v *validation) timeConstraints(into *block, j *judged) outcome {
	b := newBlock(v.policy, into.Name, into.Clause)
	var last time.Time
	ordered := true
	for _, t := range j.timestamps {
		if !t.valid() {
			continue
		}
		if t.at().Before(last) {
			ordered = false
		}
		last = t.at()
	}
	b.ask(ConstraintProvenTime, j.best.proven, indeterminate(etsi.NoPOE))
	b.ask(ConstraintTimestampOrder, ordered, indeterminate(etsi.TimestampOrderFailure))
	if limit := time.Duration(v.policy.Timestamp.MaxDelay); limit > 0 && j.best.proven && j.sig.claimed != nil {
		b.ask(ConstraintTimestampDelay, j.best.at.Sub(*j.sig.claimed) <= limit, indeterminate(etsi.SigConstraintsFailure), arg("limit", limit.String()))
	}
	into.Constraints = append(into.Constraints, b.Constraints...)
	return b.outcome()
}
