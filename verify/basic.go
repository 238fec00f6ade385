package verify

import (
	"mohur/certs"
	"mohur/verify/etsi"
)

const clauseBasic = "ETSI EN 319 102-1, 5.3"

// judged is a signature with what the building blocks concluded at the validation time.
type judged struct {
	sig    *signature
	cert   *certs.Certificate
	path   *certs.Result
	intact bool

	format, identity, context, chain, value, accept *block
	basic                                           *block
	time                                            *block
	long                                            *block
	past                                            []*block // past certificate and past signature validation, in order

	timestamps []*judgedTimestamp
	best       proof // the best signature time
}

// basicValidation is the process for basic signatures (ETSI EN 319 102-1, 5.3.4): the building blocks in order. What is wrong with the
// bytes is said before what is unknown about the certificate, since no trust anchor can mend it; a path that is only out of its time leaves
// the question open to proofs of existence, after the acceptance checks.
func (v *validation) basicValidation(j *judged) {
	s := j.sig
	j.format = v.formatChecking(s)
	j.identity, j.cert = v.identifySigningCertificate(s, v.pool)
	j.context = v.contextInitialization(s)
	j.chain, j.path = v.x509(j.cert)
	j.value, j.intact = v.cryptographic(s, j.cert)
	j.accept = v.acceptance(s, j.cert, v.time)
	j.basic = newBlock(v.policy, "BASIC", clauseBasic)
	j.basic.conclude(v.contentProof(j, basicConclusion(j)))
}

// basicConclusion is the outcome of the first block that decides. What is proven wrong is said before what is unknown, and what the bytes
// lack before what a path lacks.
func basicConclusion(j *judged) outcome {
	for _, b := range []*block{j.format, j.identity, j.context, j.value} {
		if b.Indication == etsi.Failed {
			return b.outcome()
		}
	}
	for _, b := range []*block{j.identity, j.context, j.value} {
		if !b.passed() {
			return b.outcome()
		}
	}
	x := j.chain.outcome()
	if !x.passed() && !temporary(x) {
		return x
	}
	if !j.format.passed() {
		return j.format.outcome()
	}
	if !j.accept.passed() {
		if a := j.accept.outcome(); !a.is(etsi.CryptoConstraintsNoPOE) || x.passed() {
			return a
		}
	}
	return x
}

// temporary says whether proofs of existence may still change an outcome (5.5.4, step 2; 5.6.3.4, step 3).
func temporary(o outcome) bool {
	return o.is(etsi.RevokedNoPOE, etsi.RevokedCANoPOE, etsi.OutOfBoundsNoPOE, etsi.OutOfBoundsNotRevoked, etsi.CryptoConstraintsNoPOE,
		etsi.RevocationOutOfBoundsNoPOE, etsi.TryLater)
}

// contentProof turns a lack of proof into proof of the contrary (5.3.4, steps 4 and 6): a valid content timestamp shows that the signature
// was made after its time, so when that is after the revocation the signature is REVOKED, after expiry EXPIRED.
func (v *validation) contentProof(j *judged, o outcome) outcome {
	if !o.is(etsi.RevokedNoPOE, etsi.OutOfBoundsNoPOE, etsi.OutOfBoundsNotRevoked) || j.path == nil {
		return o
	}
	for _, t := range j.timestamps {
		if t.stamp.kind != ContentTimestamp || !t.block.passed() {
			continue
		}
		made := t.stamp.token.Info.GenTime
		if r := j.path.Revoked(); o.is(etsi.RevokedNoPOE) && r != nil && !made.Before(r.RevokedAt) {
			return failed(etsi.Revoked)
		}
		if !o.is(etsi.RevokedNoPOE) && made.After(j.cert.NotAfter) {
			return failed(etsi.Expired)
		}
	}
	return o
}
