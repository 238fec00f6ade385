package verify

import (
	"time"

	"mohur/certs"
	"mohur/verify/etsi"
)

const clauseRFC = "ETSI EN 319 102-1, 5.2.5"

// freshness judges whether the revocation data are young enough for the best signature time (ETSI EN 319 102-1, 5.2.5). Data that are not
// fresh say nothing yet about that time: INDETERMINATE / TRY_LATER when the policy insists. The block is kept with the signature.
func (v *validation) freshness(j *judged) outcome {
	b := newBlock(v.policy, "RFC", clauseRFC)
	j.past = append(j.past, b)
	if j.path == nil {
		return outcome{etsi.Passed, ""}
	}
	for i := range j.path.Status {
		st := &j.path.Status[i]
		if st.Evidence == nil || st.Certificate == nil {
			continue
		}
		b.ask(ConstraintRevocationFresh, v.fresh(st, j.best.at), indeterminate(etsi.TryLater),
			arg("thisUpdate", issuance(st).UTC().Format(time.RFC3339)), arg("time", j.best.at.UTC().Format(time.RFC3339)),
			arg("subject", st.Certificate.Subject.Display()))
	}
	return b.outcome()
}

// fresh says whether the evidence of a certificate's status is fresh at a control time: not older than the policy's age, or, without one,
// not past its own nextUpdate. Evidence issued after the control time is the best there is.
func (v *validation) fresh(st *certs.CertificateStatus, control time.Time) bool {
	issued := issuance(st)
	if !issued.Before(control) {
		return true
	}
	if limit := time.Duration(v.policy.Revocation.MaxAge); limit > 0 {
		return control.Sub(issued) <= limit
	}
	return !st.NextUpdate.IsZero() && !st.NextUpdate.Before(control)
}

// freshUntil is the last time at which evidence is fresh.
func (v *validation) freshUntil(st *certs.CertificateStatus) time.Time {
	if limit := time.Duration(v.policy.Revocation.MaxAge); limit > 0 {
		return issuance(st).Add(limit)
	}
	if st.NextUpdate.After(issuance(st)) {
		return st.NextUpdate
	}
	return issuance(st)
}

// issuance is when the evidence was made: a CRL's thisUpdate; for OCSP thisUpdate too, since producedAt only says when it was signed.
func issuance(st *certs.CertificateStatus) time.Time { return st.ThisUpdate }
