package verify

import (
	"time"

	"mohur/verify/etsi"
)

const clauseTime = "ETSI EN 319 102-1, 5.5"

// Reasons of the process with time.
const (
	reasonSignedBeforeCertificate = "SIGNED_BEFORE_CERTIFICATE"
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
			b.warn(reasonTimestampIgnored, arg("type", string(t.stamp.kind)), arg("time", t.at().UTC().Format(time.RFC3339)), arg("indication", string(t.block.Indication)), arg("subIndication", string(t.block.SubIndication)))
		}
	}
	o := j.basic.outcome()
	if !o.passed() && !temporary(o) {
		b.conclude(o)
		return
	}
	o = v.atBestTime(b, j, o)
	if b.done {
		return
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
	switch {
	case o.is(etsi.RevokedNoPOE):
		if r := j.path.Revoked(); r != nil && j.best.proven && best.Before(r.RevokedAt) {
			return v.acceptedAt(b, j, best)
		}
	case o.is(etsi.OutOfBoundsNotRevoked, etsi.OutOfBoundsNoPOE):
		if best.Before(j.cert.NotBefore) {
			b.require(reasonSignedBeforeCertificate, false, failed(etsi.NotYetValid), arg("notBefore", j.cert.NotBefore.UTC().Format(time.RFC3339)))
			return b.outcome()
		}
		if o.is(etsi.OutOfBoundsNotRevoked) && j.best.proven && !best.After(j.cert.NotAfter) {
			return v.acceptedAt(b, j, best)
		}
	case o.is(etsi.CryptoConstraintsNoPOE):
		if j.best.proven && v.chainReliableAt(j, best) && v.reliableAt(j.sig.digest, j.sig.algorithm, j.cert, best) {
			return v.restAt(b, j, best)
		}
	case o.passed():
		return v.acceptedAt(b, j, best)
	}
	return o
}

// acceptedAt repeats the acceptance for the best signature time (5.5.4, step 5).
func (v *validation) acceptedAt(_ *block, j *judged, at time.Time) outcome {
	return v.acceptance(j.sig, j.cert, at).outcome()
}

// restAt goes on where only the algorithms were in doubt: whether the path itself stands.
func (v *validation) restAt(b *block, j *judged, at time.Time) outcome {
	if x := j.chain.outcome(); !x.passed() && !x.is(etsi.CryptoConstraintsNoPOE) {
		return v.atBestTime(b, j, x)
	}
	return v.acceptedAt(b, j, at)
}

// chainReliableAt says whether every algorithm that the path rests on was reliable at a time.
func (v *validation) chainReliableAt(j *judged, at time.Time) bool {
	for _, u := range j.path.Algorithms {
		if v.algorithmCheck(u, at) != nil {
			return false
		}
	}
	return true
}

// timeConstraints checks the order of timestamps and the delay of the first (5.5.4, steps 5 b and c).
func (v *validation) timeConstraints(b *block, j *judged) outcome {
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
	b.ask(ConstraintTimestampOrder, ordered, indeterminate(etsi.TimestampOrderFailure))
	if limit := time.Duration(v.policy.Timestamp.MaxDelay); limit > 0 && j.best.proven && j.sig.claimed != nil {
		b.ask(ConstraintTimestampDelay, j.best.at.Sub(*j.sig.claimed) <= limit, indeterminate(etsi.SigConstraintsFailure), arg("limit", limit.String()))
	}
	if !b.passed() {
		return b.outcome()
	}
	return outcome{etsi.Passed, ""}
}
