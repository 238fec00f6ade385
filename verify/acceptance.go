package verify

import (
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/verify/etsi"
)

const clauseSAV = "ETSI EN 319 102-1, 5.2.8"

// Reasons of the acceptance that carry their own key.
const (
	reasonDigestWeak      = "DIGEST_ALGORITHM_WEAK"
	reasonSignatureWeak   = "SIGNATURE_ALGORITHM_WEAK"
	reasonAlgorithmEnding = "ALGORITHM_ENDS"
)

// acceptance judges the signature's own attributes and algorithms at a time (ETSI EN 319 102-1, 5.2.8): what the format demands of the
// signed attributes, then whether every algorithm is reliable at that time (5.2.8.4.1, ETSI TS 119 312).
func (v *validation) acceptance(s *signature, cert *certs.Certificate, at time.Time) *block {
	b := newBlock(v.policy, "SAV", clauseSAV)
	b.judge(s.attributes)
	b.ask(ConstraintSigningTime, s.claimed != nil, indeterminate(etsi.SigConstraintsFailure))
	if s.claimed != nil && cert != nil {
		inside := !s.claimed.Before(cert.NotBefore) && !s.claimed.After(cert.NotAfter)
		b.ask(ConstraintSigningInTime, inside, indeterminate(etsi.SigConstraintsFailure), arg("time", s.claimed.UTC().Format(time.RFC3339)))
	}
	v.algorithms(b, s.digest, s.algorithm, cert, at)
	return b
}

// algorithms weighs the digest of the data, and digest and key of the signature value.
func (v *validation) algorithms(b *block, digest algo.Digest, sig algo.Signature, cert *certs.Certificate, at time.Time) {
	table := v.policy.Algorithms
	if digest.Valid() {
		v.reliable(b, reasonDigestWeak, table.digest(digest.String()), at)
	}
	if sig.Family == 0 || cert == nil {
		return
	}
	if d := digestName(sig); d != digest.String() {
		v.reliable(b, reasonDigestWeak, table.digest(d), at)
	}
	v.reliable(b, reasonSignatureWeak, table.signature(familyName(sig.Family), cert.KeyInfo.Bits), at)
}

// reliable records whether an algorithm may be relied on at a time, at the level that the policy and its table give it.
func (v *validation) reliable(b *block, key string, r reliability, at time.Time) {
	level := v.policy.Algorithms.weight(r, v.policy.level(ConstraintCryptographic))
	args := []Arg{arg("algorithm", r.name), arg("time", at.UTC().Format(time.RFC3339))}
	if level != Fail {
		key = reasonAlgorithmEnding
		args = []Arg{arg("algorithm", r.name), arg("end", r.end.Format(time.DateOnly))}
	}
	b.weigh(key, level, r.reliableAt(at), indeterminate(etsi.CryptoConstraintsNoPOE), args)
}

// reliableAt says whether every algorithm of a signature is reliable at a time by what the policy fails for.
func (v *validation) reliableAt(digest algo.Digest, sig algo.Signature, cert *certs.Certificate, at time.Time) bool {
	b := newBlock(v.policy, "", "")
	v.algorithms(b, digest, sig, cert, at)
	return b.passed()
}
