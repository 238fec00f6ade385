package certs

import (
	"context"
	"errors"
	"slices"
	"time"
)

// statusJudge collects and judges the evidence about the certificates of one validation. Signers of evidence are validated by the same engine, one
// level deep each, so that evidence can't vouch for itself.
type statusJudge struct {
	req     *Request
	builder *builder
	until   time.Time // latest issue of evidence
	depth   int       // 0 for the path itself, more for signers of evidence
	done    map[[64]byte]*CertificateStatus
	signers map[[64]byte]*signerVerdict // certificates tried as signers of CRLs
	support []CertificateStatus         // what was found about signers of evidence
}

// maxSignerDepth bounds chains of evidence about signers of evidence.
const maxSignerDepth = 3

// onlineSkew is how much later than the validation time evidence may have been issued that was asked for online just then.
const onlineSkew = 5 * time.Minute

func newStatusJudge(req *Request, b *builder) *statusJudge {
	j := &statusJudge{req: req, builder: b, until: req.EvidenceUntil, done: map[[64]byte]*CertificateStatus{}, signers: map[[64]byte]*signerVerdict{}}
	if j.until.IsZero() {
		j.until = req.Time
	}
	return j
}

// candidate is a usable piece of evidence about one certificate.
type candidate struct {
	status  CertificateStatus
	reasons ReasonFlags // which reasons it covers
}

// status judges certificate i of a path.
func (j *statusJudge) status(ctx context.Context, chain []*Certificate, i int) CertificateStatus {
	c := chain[i]
	if i == len(chain)-1 {
		return CertificateStatus{Certificate: c, State: StateUnchecked, Fresh: true}
	}
	if why := c.needsNoRevocation(); why != "" || j.req.Policy.Revocation == RevocationIgnored {
		return CertificateStatus{Certificate: c, State: StateUnchecked, Fresh: true}
	}
	var key [64]byte
	copy(key[:32], c.fingerprint[:])
	copy(key[32:], chain[i+1].keyDigest[:])
	if s := j.done[key]; s != nil {
		return *s
	}
	s := j.judge(ctx, c, chain[i+1], chain[len(chain)-1])
	j.done[key] = &s
	if j.depth > 0 && s.Evidence != nil {
		j.support = append(j.support, s)
	}
	return s
}

// needsNoRevocation says why a certificate needs no evidence, empty if it does: ETSI EN 319 412-1, 5.2 (validity assured short term) and RFC 9608
// (noRevAvail).
func (c *Certificate) needsNoRevocation() string {
	switch {
	case c.ValidityAssuredShort:
		return "validityAssuredShortTerm"
	case c.NoRevocationAvailable:
		return "noRevAvail"
	case c.IsSelfIssued() && c.IsSelfSigned():
		return "selfSigned"
	}
	return ""
}

func (j *statusJudge) judge(ctx context.Context, c, issuer, anchor *Certificate) CertificateStatus {
	src := j.req.Revocation
	if src == nil {
		return CertificateStatus{Certificate: c, State: StateMissing}
	}
	data, err := src.Revocation(ctx, c, issuer)
	out := j.judgeAll(ctx, data, c, issuer, anchor)
	answered := slices.ContainsFunc(data, func(d RevocationData) bool { return d.OCSP != nil && d.Origin == OriginOnline })
	if second, ok := src.(SecondSource); ok && answered && (out.State == StateMissing || out.State == StateUnknown) {
		more, err2 := second.Second(ctx, c, issuer)
		err = errors.Join(err, err2)
		if len(more) > 0 {
			out = j.judgeAll(ctx, append(slices.Clone(data), more...), c, issuer, anchor)
		}
	}
	out.SourceError = err
	return out
}

// judgeAll judges all evidence about one certificate.
func (j *statusJudge) judgeAll(ctx context.Context, data []RevocationData, c, issuer, anchor *Certificate) CertificateStatus {
	out := CertificateStatus{Certificate: c, State: StateMissing}
	var usable []candidate
	var crls []RevocationData
	data = slices.Clone(data)
	slices.SortStableFunc(data, func(a, b RevocationData) int { return b.issued().Compare(a.issued()) }) // the youngest first: work is bounded
	for _, d := range data {
		switch {
		case d.OCSP != nil:
			cand, why := j.judgeOCSP(ctx, d, c, issuer, anchor)
			if why != "" {
				out.Unusable = append(out.Unusable, Unusable{d, why})
				continue
			}
			usable = append(usable, cand)
		case d.CRL != nil:
			crls = append(crls, d)
		}
	}
	found, bad := j.judgeCRLs(ctx, crls, c, issuer, anchor)
	usable = append(usable, found...)
	out.Unusable = append(out.Unusable, bad...)
	return j.decide(out, usable)
}

// decide chooses among usable evidence: a revocation, once stated, is final whoever else says otherwise; short of that the youngest evidence counts.
func (j *statusJudge) decide(out CertificateStatus, usable []candidate) CertificateStatus {
	var covered ReasonFlags
	for _, u := range usable {
		covered |= u.reasons
	}
	slices.SortStableFunc(usable, func(a, b candidate) int { return b.status.issued().Compare(a.status.issued()) })
	var best *candidate
	for i := range usable {
		u := &usable[i]
		if u.status.State == StateRevoked && (best == nil || best.status.State != StateRevoked || u.status.RevokedAt.Before(best.status.RevokedAt)) {
			best = u
		}
	}
	for i := range usable {
		if best == nil && (usable[i].status.State != StateGood || covered&allReasons == allReasons) {
			best = &usable[i]
		}
	}
	if best == nil {
		if len(usable) > 0 { // RFC 5280, 6.3.3: not every reason is covered
			out.State = StateUnknown
			out.Unusable = append(out.Unusable, Unusable{*usable[0].status.Evidence, UnusableReasons})
		}
		return out
	}
	unusable := out.Unusable
	out = best.status
	out.Unusable = unusable
	return out
}

// issued is the time from which the evidence speaks.
func (s *CertificateStatus) issued() time.Time {
	if s.ProducedAt.After(s.ThisUpdate) && s.Evidence != nil && s.Evidence.OCSP != nil {
		return s.ProducedAt
	}
	return s.ThisUpdate
}

// timing judges when evidence was issued; the answer is an Unusable key, empty if it may be used.
func (j *statusJudge) timing(d RevocationData, c *Certificate, issued time.Time) string {
	limit := j.until
	if d.Origin == OriginOnline || d.Origin == OriginCache {
		limit = limit.Add(onlineSkew)
	}
	switch {
	case issued.After(limit):
		return UnusableFuture
	case issued.Before(c.NotBefore):
		return UnusableBeforeCertificate
	}
	return ""
}

// fresh is the revocation freshness checker (EN 319 102-1, 5.2.5).
func (j *statusJudge) fresh(thisUpdate, nextUpdate time.Time) bool {
	rule := j.req.Policy.Freshness
	at := j.req.Time
	if rule.MaxAge > 0 && at.Sub(thisUpdate) > rule.MaxAge {
		return false
	}
	if nextUpdate.IsZero() {
		return rule.MaxAge > 0 || rule.AllowNoNextUpdate
	}
	return !at.After(nextUpdate)
}

// coversExpired says whether evidence issued at a time still speaks of a certificate that had expired by then: issuers may drop expired certificates
// unless they say otherwise (archiveCutoff, RFC 6960, 4.4.4; expiredCertsOnCRL, X.509, 9.5.2.3).
func coversExpired(c *Certificate, issued, since time.Time) bool {
	if !issued.After(c.NotAfter) {
		return true
	}
	return !since.IsZero() && !c.NotAfter.Before(since)
}
