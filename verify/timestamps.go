package verify

import (
	"time"

	"mohur/certs"
	"mohur/verify/etsi"
)

const clauseTST = "ETSI EN 319 102-1, 5.4"

// Reasons of timestamps.
const (
	reasonTokenUnreadable   = "TIMESTAMP_UNREADABLE"
	reasonImprintUnchecked  = "TIMESTAMP_DATA_NOT_FOUND"
	reasonImprintMismatch   = "TIMESTAMP_IMPRINT_MISMATCH"
	reasonTimestampingUsage = "TIMESTAMP_EXTENDED_KEY_USAGE"
	reasonTimestampIgnored  = "TIMESTAMP_NOT_TRUSTED"
)

// judgedTimestamp is a timestamp with what the building blocks concluded at the validation time.
type judgedTimestamp struct {
	stamp  *timestamp
	sig    *signature // the token's own signature in the neutral model
	cert   *certs.Certificate
	path   *certs.Result
	intact bool
	block  *block // conclusion of the process
	parts  []*block
	past   bool // valid only by past signature validation (5.6.2.4)
}

// at is the time that the token states.
func (t *judgedTimestamp) at() time.Time {
	if t.stamp.token == nil {
		return time.Time{}
	}
	return t.stamp.token.Info.GenTime
}

// told is that time as a reason spells it, a dash for a token that can't be read.
func (t *judgedTimestamp) told() string {
	if t.at().IsZero() {
		return "—"
	}
	return t.at().UTC().Format(time.RFC3339)
}

// valid says whether the token proves anything: it passed, now or by its past validation.
func (t *judgedTimestamp) valid() bool { return t.block.passed() || t.past }

// timestampValidation is the process for timestamps (ETSI EN 319 102-1, 5.4): the token is a signature like any other, judged by the same
// blocks, whose signer must be a time-stamping authority and whose imprint must be that of the stamped data.
func (v *validation) timestampValidation(t *timestamp) *judgedTimestamp {
	j := &judgedTimestamp{stamp: t, block: newBlock(v.policy, "TST", clauseTST)}
	fc := newBlock(v.policy, "FC", clauseFC)
	j.parts = append(j.parts, fc)
	if !fc.require(reasonTokenUnreadable, t.broken == nil && t.token != nil, failed(etsi.FormatFailure), causeOf(t.broken)...) {
		j.block.conclude(fc.outcome())
		return j
	}
	fc.judge(t.format)
	j.sig = t.signed
	var isc *block
	pool := append(append([]*certs.Certificate{}, j.sig.candidates...), v.pool...)
	isc, j.cert = v.identifySigningCertificate(j.sig, pool)
	xcv, path := v.timestampPath(j.cert)
	j.path = path
	cv, intact := v.cryptographic(j.sig, j.cert)
	v.imprint(cv, t)
	j.intact = intact && t.found && t.matches
	sav := newBlock(v.policy, "SAV", clauseSAV)
	v.algorithms(sav, t.token.Info.Digest, j.sig.algorithm, j.cert, v.time)
	if d := j.sig.digest; d.Valid() && d != t.token.Info.Digest && d.String() != digestName(j.sig.algorithm) {
		v.reliable(sav, reasonDigestWeak, v.policy.Algorithms.digest(d.String()), v.time)
	}
	j.parts = append(j.parts, isc, cv, xcv, sav)
	j.block.conclude(firstFailure([]*block{fc, isc, cv, xcv, sav}))
	return j
}

// imprint weighs whether the token is about the stamped data (5.4.4, step 1).
func (v *validation) imprint(b *block, t *timestamp) {
	if b.require(reasonImprintUnchecked, t.found, indeterminate(etsi.SignedDataNotFound)) {
		b.require(reasonImprintMismatch, t.matches, failed(etsi.HashFailure))
	}
}

// firstFailure is the outcome of the first block that did not pass; what proofs of existence may still change comes last.
func firstFailure(blocks []*block) outcome {
	var soft *block
	for _, b := range blocks {
		switch {
		case b.passed():
		case temporary(b.outcome()):
			if soft == nil {
				soft = b
			}
		default:
			return b.outcome()
		}
	}
	if soft != nil {
		return soft.outcome()
	}
	return outcome{etsi.Passed, ""}
}

// timestampPath validates the path of a time-stamping authority: its certificate must be for time-stamping and nothing else, critically
// (RFC 3161, 2.3).
func (v *validation) timestampPath(cert *certs.Certificate) (*block, *certs.Result) {
	b := newBlock(v.policy, "XCV", clauseXCV)
	if cert == nil {
		b.conclude(indeterminate(etsi.NoSigningCertificateFound))
		return b, nil
	}
	r := v.path(v.pathRequest(cert, v.time))
	v.report(b, r)
	b.Parts = v.certificateBlocks(r, time.Time{})
	eku := cert.ExtendedKeyUsage
	only := eku != nil && eku.Critical && eku.Only(certs.PurposeTimeStamping)
	b.require(reasonTimestampingUsage, only, indeterminate(etsi.ChainConstraintsFailure))
	return b, r
}
