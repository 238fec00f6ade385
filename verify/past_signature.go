package verify

import (
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/verify/etsi"
)

const clausePSV = "ETSI EN 319 102-1, 5.6.2.4"

// pastSubject is what the past signature validation looks at: a signature or a timestamp token.
type pastSubject struct {
	id        string
	cert      *certs.Certificate
	path      *certs.Result
	digest    algo.Digest
	imprint   algo.Digest // of a timestamp token: what binds it to the stamped data
	algorithm algo.Signature
	current   outcome
}

// pastSignature is the past signature validation (ETSI EN 319 102-1, 5.6.2.4): with proof that the signature existed while its certificate
// could still be relied on, what is expired or revoked today does not matter. Anything else leaves the current outcome.
func (v *validation) pastSignature(s pastSubject, p *proofs) (*block, *block) {
	b := newBlock(v.policy, "PSV", clausePSV)
	b.conclude(s.current)
	pcv, control := v.pastCertificate(s.path, s.cert, p)
	if !pcv.passed() {
		return pcv, b
	}
	existed := p.of(s.id)
	if existed.at.Before(s.cert.NotBefore) {
		b.done = false
		b.require(reasonSignedBeforeCertificate, false, failed(etsi.NotYetValid), arg("notBefore", s.cert.NotBefore.UTC().Format(time.RFC3339)))
		return pcv, b
	}
	// However fresh the evidence is today: a signature that isn't proven to be older than the end of its certificate may be younger.
	if existed.at.After(control) || existed.at.After(s.cert.NotAfter) {
		b.weigh(reasonNoProof, Fail, false, s.current, []Arg{arg("control", control.UTC().Format(time.RFC3339))})
		return pcv, b
	}
	if v.reliableAt(s.digest, s.algorithm, s.cert, existed.at) && v.reliableAt(s.imprint, s.algorithm, s.cert, existed.at) {
		b.conclude(outcome{etsi.Passed, ""})
	}
	return pcv, b
}

const clauseLTA = "ETSI EN 319 102-1, 5.6.3"

// longTerm is the process for signatures with long-term availability (ETSI EN 319 102-1, 5.6.3.4) after the process with time.
func (v *validation) longTerm(j *judged, p *proofs) {
	b := newBlock(v.policy, "LTA", clauseLTA)
	j.long = b
	o := j.time.outcome()
	b.conclude(o)
	if o.passed() || !temporary(o) || o.is(etsi.TryLater) || j.cert == nil {
		return
	}
	pcv, psv := v.pastSignature(pastSubject{
		id: j.sig.id, cert: j.cert, path: j.path,
		digest: j.sig.digest, algorithm: j.sig.algorithm, current: o,
	}, p)
	j.past = append(j.past, pcv, psv)
	if !psv.passed() {
		b.conclude(psv.outcome())
		return
	}
	if a := v.acceptance(j.sig, j.cert, j.best.at); !a.passed() {
		b.conclude(a.outcome())
		return
	}
	b.conclude(v.timeConstraints(b, j))
}

// proveByTimestamps goes through the timestamps from the newest to the oldest (5.6.3.4, step 4): a newer one proves that an older one
// existed before its certificate expired or its algorithm ended.
func (v *validation) proveByTimestamps(all []*judgedTimestamp, p *proofs) {
	for _, t := range newestFirst(all) {
		if t.block.passed() {
			v.extract(p, t)
			continue
		}
		if o := t.block.outcome(); temporary(o) && t.cert != nil {
			pcv, psv := v.pastSignature(pastSubject{
				id: t.stamp.id, cert: t.cert, path: t.path,
				digest: t.sig.digest, imprint: t.stamp.token.Info.Digest, algorithm: t.sig.algorithm, current: o,
			}, p)
			t.parts = append(t.parts, pcv, psv)
			if psv.passed() {
				t.past = true
				v.extract(p, t)
			}
		}
	}
}
