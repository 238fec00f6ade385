package certs

import (
	"time"

	"mohur/verify/etsi"
)

// conclude puts the findings into the order in which EN 319 102-1, 5.2.6.4 and the field's reference implementation ask: certificate by certificate from
// the leaf up, and for each its structure and constraints, its revocation, its algorithms, and its validity; that of the leaf comes after
// everything (step 7). The first objection names the outcome; all are reported.
func conclude(req *Request, p *pathCheck, r *Result) {
	for i := range r.Chain {
		for _, f := range p.findings {
			if f.index == i && f.sub != etsi.OutOfBoundsNoPOE {
				r.object(f.sub, f.reason)
			}
		}
		if i < len(r.Chain)-1 {
			r.concludeRevocation(req, i)
			r.concludeAlgorithms(req, i)
		}
		if i > 0 {
			r.concludeValidity(p, i)
		}
	}
	r.concludeValidity(p, 0)
}

func (r *Result) concludeValidity(p *pathCheck, i int) {
	for _, f := range p.findings {
		if f.index == i && f.sub == etsi.OutOfBoundsNoPOE {
			r.object(r.outOfBounds(i, f.reason), f.reason)
		}
	}
}

func (r *Result) object(sub etsi.SubIndication, reason Reason) {
	if r.Indication == etsi.Passed {
		r.Indication, r.SubIndication = etsi.Indeterminate, sub
	}
	r.Reasons = append(r.Reasons, reason)
}

// outOfBounds tells apart an expired certificate that was not revoked while it lived (5.2.6.4, step 2) and one of which nothing is known.
func (r *Result) outOfBounds(i int, why Reason) etsi.SubIndication {
	s := r.Status[i].State
	if why.Key == ReasonExpired && i == 0 && (s == StateGood || s == StateUnchecked) {
		return etsi.OutOfBoundsNotRevoked
	}
	return etsi.OutOfBoundsNoPOE
}

// concludeRevocation turns a status into objections (5.2.6.4, steps 4 and 5).
func (r *Result) concludeRevocation(req *Request, i int) {
	s := &r.Status[i]
	switch s.State {
	case StateRevoked, StateOnHold:
		r.concludeRevoked(req, i)
	case StateUnknown:
		r.object(etsi.TryLater, Reason{Key: ReasonRevocationUnknown, Certificate: s.Certificate})
	case StateMissing:
		r.concludeMissing(req, s)
	}
	if s.Evidence == nil || s.Fresh {
		return
	}
	stale := Reason{Key: ReasonRevocationStale, Args: args("thisUpdate", stamp(s.ThisUpdate), "nextUpdate", stamp(s.NextUpdate)), Certificate: s.Certificate}
	if req.Policy.Freshness.Enforce {
		r.object(etsi.TryLater, stale)
	} else {
		r.Warnings = append(r.Warnings, stale)
	}
}

func (r *Result) concludeRevoked(req *Request, i int) {
	s := &r.Status[i]
	if s.RevokedAt.After(req.Time) { // revoked since: not so at the time asked for
		return
	}
	if s.State == StateOnHold {
		r.object(etsi.TryLater, Reason{Key: ReasonOnHold, Args: args("time", stamp(s.RevokedAt)), Certificate: s.Certificate})
		return
	}
	sub := etsi.RevokedNoPOE
	if i > 0 {
		sub = etsi.RevokedCANoPOE
	}
	r.object(sub, Reason{Key: ReasonRevoked, Args: args("time", stamp(s.RevokedAt), "reason", s.Reason.String()), Certificate: s.Certificate})
}

// concludeMissing: nothing at all means to come back later; evidence about the certificate that could not be used is a fault of the chain.
func (r *Result) concludeMissing(req *Request, s *CertificateStatus) {
	reason := Reason{Key: ReasonRevocationMissing, Certificate: s.Certificate}
	sub := etsi.TryLater
	for _, u := range s.Unusable {
		if u.Key == UnusableOtherCertificate || u.Key == UnusableScope {
			continue
		}
		if reason.Key == ReasonRevocationMissing {
			reason.Key, reason.Args = ReasonRevocationUnusable, args("why", u.Key)
		}
		switch u.Key {
		case UnusableExpiredCertificate, UnusableBeforeCertificate, UnusableSignerExpired, UnusableSignature, UnusableSigner, UnusableCertHash:
			sub = etsi.CertificateChainGeneral
		}
	}
	if req.Policy.Revocation == RevocationIfPresent {
		r.Warnings = append(r.Warnings, reason)
		return
	}
	r.object(sub, reason)
}

// concludeAlgorithms asks the caller about the certificate's signature and those of its evidence.
func (r *Result) concludeAlgorithms(req *Request, i int) {
	if req.Policy.Algorithms == nil {
		return
	}
	uses := append([]AlgorithmUse{{"certificate", r.Chain[i], r.Chain[i].SignatureAlgorithm, r.Chain[i+1].KeyInfo}}, r.Status[i].Algorithms...)
	for _, u := range uses {
		if why := req.Policy.Algorithms(u, req.Time); why != nil {
			r.object(etsi.CryptoConstraintsNoPOE, why.about(u.Certificate))
		}
	}
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
