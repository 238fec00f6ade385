package certs

import (
	"context"
	"slices"

	"mohur/verify/etsi"
)

// Validate judges a path for the leaf at the given time (EN 319 102-1, 5.2.6). It never returns nil, and no outcome is a Go error. Of several
// paths the first that passes counts, else the one that came nearest to passing.
func Validate(ctx context.Context, req Request) *Result {
	if req.Leaf == nil {
		return &Result{Indication: etsi.Indeterminate, SubIndication: etsi.NoCertificateChainFound, Reasons: []Reason{{Key: ReasonNoTrustAnchor}}}
	}
	b := newBuilder(&req)
	j := newStatusJudge(&req, b)
	var best *Result
	var rejected []RejectedPath
	b.paths(req.Leaf, func(chain []*Certificate, a *TrustAnchor) bool {
		r := judgePath(ctx, &req, j, chain, a)
		switch {
		case best == nil:
			best = r
		case nearness(r) > nearness(best):
			rejected = append(rejected, RejectedPath{best.Chain, best.Reasons})
			best = r
		default:
			rejected = append(rejected, RejectedPath{r.Chain, r.Reasons})
		}
		return best.Passed() || ctx.Err() != nil
	})
	if best == nil {
		return noPath(&req, b)
	}
	best.Rejected = rejected[:min(len(rejected), maxRejected)]
	return best
}

// noPath reports that no anchor was reached, how far it went and why not further.
func noPath(req *Request, b *builder) *Result {
	r := &Result{Indication: etsi.Indeterminate, SubIndication: etsi.NoCertificateChainFound, Chain: b.longest}
	first := Reason{Key: ReasonNoTrustAnchor, Certificate: req.Leaf}
	if len(b.longest) == 1 && req.Leaf.IsSelfIssued() {
		first.Key = ReasonSelfSigned
	}
	r.Reasons = append(r.Reasons, first)
	if b.exhausted {
		r.Reasons = append(r.Reasons, Reason{Key: ReasonTooMuchWork, Args: args("limit", "signatures"), Certificate: req.Leaf})
	}
	r.Reasons = append(r.Reasons, b.dead...)
	for _, c := range r.Chain {
		r.Status = append(r.Status, CertificateStatus{Certificate: c, State: StateMissing})
	}
	return r
}

// nearness orders outcomes by how little is missing to a pass.
func nearness(r *Result) int {
	order := []etsi.SubIndication{
		etsi.CertificateChainGeneral, etsi.ChainConstraintsFailure, etsi.RevokedNoPOE, etsi.RevokedCANoPOE, etsi.CryptoConstraintsNoPOE,
		etsi.OutOfBoundsNoPOE, etsi.OutOfBoundsNotRevoked, etsi.TryLater, "",
	}
	return slices.Index(order, r.SubIndication)
}

// judgePath judges one complete path.
func judgePath(ctx context.Context, req *Request, j *statusJudge, chain []*Certificate, a *TrustAnchor) *Result {
	p := checkPath(req, chain)
	r := &Result{Indication: etsi.Passed, Chain: chain, Anchor: a, Warnings: p.warnings, Policies: p.policies}
	for i := range chain {
		r.Status = append(r.Status, j.status(ctx, chain, i))
		if i < len(chain)-1 {
			r.Algorithms = append(r.Algorithms, AlgorithmUse{"certificate", chain[i], chain[i].SignatureAlgorithm, chain[i+1].KeyInfo})
		}
		r.Algorithms = append(r.Algorithms, r.Status[i].Algorithms...)
	}
	r.Supporting = slices.Clone(j.support)
	conclude(req, p, r)
	return r
}
