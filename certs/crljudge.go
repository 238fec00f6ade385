package certs

import (
	"bytes"
	"context"
	"slices"
)

// signerVerdict is what is known of a certificate as signer of CRLs for one anchor.
type signerVerdict struct {
	key string // an Unusable key, empty when entitled
}

// usableCRL is a CRL that passed all checks that don't depend on its counterpart.
type usableCRL struct {
	data    RevocationData
	signer  *Certificate
	reasons ReasonFlags
	point   *DistributionPoint
}

// judgeCRLs is RFC 5280, 6.3.3 for all CRLs at hand: complete ones, each with the newest delta that fits it.
func (j *statusJudge) judgeCRLs(ctx context.Context, data []RevocationData, c, issuer, anchor *Certificate) ([]candidate, []Unusable) {
	var complete, deltas []usableCRL
	var bad []Unusable
	for _, d := range data {
		u, why := j.judgeCRL(ctx, d, c, issuer, anchor)
		switch {
		case why != "":
			bad = append(bad, Unusable{d, why})
		case d.CRL.BaseNumber != nil:
			deltas = append(deltas, u)
		default:
			complete = append(complete, u)
		}
	}
	var out []candidate
	for _, base := range complete {
		delta := newestDelta(base, deltas)
		cand := j.fromCRL(base, delta, c, issuer)
		if cand.status.State == StateGood && !coversExpired(c, cand.status.ThisUpdate, base.data.CRL.ExpiredCerts) {
			bad = append(bad, Unusable{base.data, UnusableExpiredCertificate})
			continue
		}
		out = append(out, cand)
	}
	if len(complete) == 0 {
		for _, d := range deltas {
			bad = append(bad, Unusable{d.data, UnusableDeltaWithoutBase})
		}
	}
	return out, bad
}

// judgeCRL checks one CRL alone: scope, time, extensions, signer.
func (j *statusJudge) judgeCRL(ctx context.Context, d RevocationData, c, issuer, anchor *Certificate) (usableCRL, string) {
	l := d.CRL
	u := usableCRL{data: d}
	if !l.Issuer.Equal(c.Issuer) && (l.Scope == nil || !l.Scope.Indirect) {
		return u, UnusableOtherCertificate
	}
	for _, p := range l.Problems {
		switch p.Key {
		case "EXTENSION_CRITICAL_UNKNOWN":
			return u, UnusableCriticalExtension
		case "EXTENSION_MALFORMED", "EXTENSION_DUPLICATE", "SIGNATURE_ALGORITHMS_DIFFER", "EXTENSIONS_BEFORE_V2", "ENTRY_EXTENSIONS_BEFORE_V2", "VERSION_ODD", "ENTRY_ISSUER_IN_DIRECT_CRL":
			return u, UnusableMalformed
		case "REVOKED_LIST_EMPTY": // RFC 5280, 5.1.2.6 forbids it, widely used software writes it, and it says nothing else
			if j.req.Policy.StrictCRL {
				return u, UnusableMalformed
			}
		}
	}
	if number, ok := findExtension(l.Extensions, "2.5.29.20"); j.req.Policy.StrictProfile && (!ok || number.Critical) { // RFC 5280, 5.2.3
		return u, UnusableMalformed
	}
	if !l.NextUpdate.IsZero() && l.NextUpdate.Before(l.ThisUpdate) {
		return u, UnusableMalformed
	}
	if key := j.timing(d, c, l.ThisUpdate); key != "" {
		return u, key
	}
	var key string
	if u.point, u.reasons, key = scopeOf(l, c); key != "" {
		return u, key
	}
	u.signer, key = j.crlSigner(ctx, l, c, issuer, anchor)
	return u, key
}

// scopeOf finds the distribution point of the certificate that the CRL serves, and the reasons it covers for it (RFC 5280, 6.3.3 (b) and (d)). A
// certificate without distribution points has one implied: the issuer's name.
func scopeOf(l *CRL, c *Certificate) (*DistributionPoint, ReasonFlags, string) {
	if l.Scope != nil && !l.Scope.fits(c) {
		return nil, 0, UnusableScope
	}
	points := c.CRLDistributionPoints
	if l.Scope == nil && l.Issuer.Equal(c.Issuer) && !delegated(points, c.Issuer) { // complete for its issuer: 6.3.3 ends with such CRLs, in no point
		points = nil
	}
	if len(points) == 0 {
		points = []DistributionPoint{{hasName: true, FullName: []GeneralName{{Type: DirectoryName, Directory: c.Issuer}}}}
	}
	var reasons ReasonFlags
	var point *DistributionPoint
	for i := range points {
		p := &points[i]
		if !p.servedBy(l, c) {
			continue
		}
		point = p
		reasons |= p.reasons(l)
	}
	if point == nil || reasons == 0 {
		return nil, 0, UnusableScope
	}
	return point, reasons, ""
}

// delegated says whether every distribution point names another CRL issuer: the CA's own list is then not the one that lists the certificate.
func delegated(points []DistributionPoint, issuer Name) bool {
	for i := range points {
		if len(points[i].Issuer) == 0 || namesInclude(points[i].Issuer, issuer) {
			return false
		}
	}
	return len(points) > 0
}

// reasons is the interim reasons mask (RFC 5280, 6.3.3 (d)).
func (d *DistributionPoint) reasons(l *CRL) ReasonFlags {
	r := allReasons
	if d.Reasons != 0 {
		r &= d.Reasons
	}
	if l.Scope != nil && l.Scope.hasOnlyReasons {
		r &= l.Scope.OnlyReasons
	}
	return r
}

// servedBy is RFC 5280, 6.3.3 (b)(1) and (b)(2)(i): the CRL comes from the point's CRL issuer and is the part that the point names.
func (d *DistributionPoint) servedBy(l *CRL, c *Certificate) bool {
	if len(d.Issuer) > 0 {
		if !namesInclude(d.Issuer, l.Issuer) || l.Scope == nil || !l.Scope.Indirect {
			return false
		}
	} else if !l.Issuer.Equal(c.Issuer) || l.Scope != nil && l.Scope.Indirect && len(c.CRLDistributionPoints) > 0 {
		return false
	}
	if l.Scope == nil || !l.Scope.hasName {
		return true
	}
	names := d.FullName
	if !d.hasName {
		names = d.Issuer
	}
	return slices.ContainsFunc(names, func(n GeneralName) bool {
		return slices.ContainsFunc(l.Scope.FullName, func(o GeneralName) bool { return n.same(o) })
	})
}

func (g GeneralName) same(o GeneralName) bool {
	if g.Type != o.Type {
		return false
	}
	if g.Type == DirectoryName {
		return g.Directory.Equal(o.Directory)
	}
	return g.Text == o.Text && bytes.Equal(g.IP, o.IP) && (g.Text != "" || g.IP != nil || bytes.Equal(g.Raw, o.Raw))
}

// fits is RFC 5280, 6.3.3 (b)(2)(ii) to (iv).
func (p *IssuingDistributionPoint) fits(c *Certificate) bool {
	ca := c.BasicConstraints != nil && c.BasicConstraints.IsCA
	n := 0
	for _, only := range []bool{p.OnlyUser, p.OnlyCA, p.OnlyAttribute} {
		if only {
			n++
		}
	}
	if n > 0 && c.Version < 3 { // 5.2.5: such a scope includes no certificate of version 1 or 2
		return false
	}
	return n <= 1 && !p.OnlyAttribute && !(p.OnlyUser && ca) && !(p.OnlyCA && !ca)
}

// newestDelta is RFC 5280, 5.2.4 and 6.3.3 (c): same issuer, scope and key identifier, and built on this base or an earlier one.
func newestDelta(base usableCRL, deltas []usableCRL) *usableCRL {
	var best *usableCRL
	b := base.data.CRL
	for i := range deltas {
		d := deltas[i].data.CRL
		if !d.Issuer.Equal(b.Issuer) || !sameScope(b, d) || !sameKeyID(b, d) || b.Number == nil || d.Number == nil ||
			b.Number.Cmp(d.BaseNumber) < 0 || b.Number.Cmp(d.Number) >= 0 {
			continue
		}
		if best == nil || d.Number.Cmp(best.data.CRL.Number) > 0 {
			best = &deltas[i]
		}
	}
	return best
}

func sameScope(a, b *CRL) bool {
	x, _ := findExtension(a.Extensions, "2.5.29.28")
	y, _ := findExtension(b.Extensions, "2.5.29.28")
	return bytes.Equal(x.Value, y.Value)
}

func sameKeyID(a, b *CRL) bool {
	x, _ := findExtension(a.Extensions, "2.5.29.35")
	y, _ := findExtension(b.Extensions, "2.5.29.35")
	return bytes.Equal(x.Value, y.Value)
}

// fromCRL reads the certificate's entry from the delta first, then from the base (RFC 5280, 6.3.3 (i) to (k)).
func (j *statusJudge) fromCRL(base usableCRL, delta *usableCRL, c, issuer *Certificate) candidate {
	l := base.data.CRL
	s := CertificateStatus{
		Certificate: c, State: StateGood, Evidence: &base.data, ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate, Signer: base.signer,
		NotAfterCovered: l.ExpiredCerts, Fresh: j.fresh(l.ThisUpdate, l.NextUpdate), Algorithms: crlAlgorithms(base, c, issuer),
	}
	entry, listed := l.Lookup(c.Issuer, c.Serial)
	if delta != nil {
		d := delta.data.CRL
		if e, ok := d.Lookup(c.Issuer, c.Serial); ok {
			entry, listed = e, true
		}
		s.Delta = &delta.data
		s.Algorithms = append(s.Algorithms, crlAlgorithms(*delta, c, issuer)...)
		s.ThisUpdate, s.NextUpdate, s.Fresh = d.ThisUpdate, d.NextUpdate, j.fresh(d.ThisUpdate, d.NextUpdate)
	}
	if listed && entry.Reason != RemoveFromCRL {
		s.State, s.RevokedAt, s.Reason, s.Invalidity = StateRevoked, entry.RevokedAt, entry.Reason, entry.Invalidity
		if entry.Reason == CertificateHold {
			s.State = StateOnHold
		}
	}
	return candidate{status: s, reasons: base.reasons}
}

func crlAlgorithms(u usableCRL, c, issuer *Certificate) []AlgorithmUse {
	return []AlgorithmUse{{Place: "crl", Certificate: c, Algorithm: u.data.CRL.SignatureAlgorithm, Key: u.signer.KeyInfo}}
}
