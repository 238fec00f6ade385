package certs

import (
	"slices"
	"time"

	"mohur/internal/asn1"
	"mohur/verify/etsi"
)

// finding is one objection against one certificate of a path.
type finding struct {
	index  int // in the path, 0 is the leaf
	sub    etsi.SubIndication
	reason Reason
}

// pathCheck is RFC 5280, 6.1 over one path, from the anchor down.
type pathCheck struct {
	req      *Request
	chain    []*Certificate // leaf first, anchor last
	findings []finding
	warnings []Reason
	policies []asn1.ObjectIdentifier
	names    *nameState
	policy   *policyState
	length   int // max_path_length
}

func checkPath(req *Request, chain []*Certificate) *pathCheck {
	n := len(chain) - 1
	p := &pathCheck{req: req, chain: chain, names: newNameState(), policy: newPolicyState(&req.Policy, n), length: n}
	if n > 0 && req.Policy.AnchorConstraints {
		p.anchor(chain[n])
	}
	for i := n - 1; i >= 0; i-- {
		p.certificate(i)
		if i > 0 {
			p.prepare(i)
		}
	}
	if n > 0 {
		p.wrapUp()
	}
	return p
}

func (p *pathCheck) object(i int, sub etsi.SubIndication, r Reason) {
	r.Certificate = p.chain[i]
	p.findings = append(p.findings, finding{i, sub, r})
}

func (p *pathCheck) fail(i int, key string, kv ...string) {
	p.object(i, etsi.ChainConstraintsFailure, Reason{Key: key, Args: args(kv...)})
}

// anchor applies the anchor's own extensions and validity as constraints on the path (RFC 5937, 3).
func (p *pathCheck) anchor(a *Certificate) {
	i := len(p.chain) - 1
	p.structure(i)
	p.validity(i)
	p.prepare(i)
}

// certificate is 6.1.3. The signature was verified, and the names chained, when the path was built.
func (p *pathCheck) certificate(i int) {
	c := p.chain[i]
	p.structure(i)
	p.validity(i)
	if i == 0 || !c.IsSelfIssued() {
		if r := p.names.check(c); r != nil {
			p.object(i, etsi.ChainConstraintsFailure, *r)
		}
	}
	if !p.policy.process(c, i == 0) {
		p.fail(i, ReasonPolicyRequired)
	}
}

// structure refuses what the parser found wrong, as far as it matters for a path.
func (p *pathCheck) structure(i int) {
	c := p.chain[i]
	for _, o := range c.Problems {
		switch o.Key {
		case "EXTENSION_CRITICAL_UNKNOWN":
			p.fail(i, ReasonCriticalExtension, "oid", o.Detail)
		case "EXTENSION_MALFORMED":
			if c.matters(o.Detail) {
				p.fail(i, ReasonMalformed, "problem", o.Key, "detail", o.Detail)
				continue
			}
			p.warn(i, o)
		case "EXTENSION_DUPLICATE", "SIGNATURE_ALGORITHMS_DIFFER", "EXTENSIONS_BEFORE_V3", "VERSION_ODD":
			p.fail(i, ReasonMalformed, "problem", o.Key, "detail", o.Detail)
		default:
			p.warn(i, o)
		}
	}
}

func (p *pathCheck) warn(i int, o Problem) {
	p.warnings = append(p.warnings, Reason{Key: ReasonMalformed, Args: args("problem", o.Key, "detail", o.Detail), Certificate: p.chain[i]})
}

// matters says whether a malformed extension spoils the path: critical ones, and those that path validation reads.
func (c *Certificate) matters(id string) bool {
	e, _ := c.Extension(asn1.ObjectIdentifier(id))
	if e.Critical {
		return true
	}
	switch e.ID {
	case oidKeyUsage, oidBasicConstraints, oidNameConstraints, oidCertificatePolicies, oidPolicyMappings, oidPolicyConstraints,
		oidInhibitAnyPolicy, oidExtKeyUsage, oidSubjectAltName, oidAuthorityKeyID:
		return true
	}
	return false
}

// validity is 6.1.3 (a)(2). What an expired leaf means depends on its revocation: conclude decides.
func (p *pathCheck) validity(i int) {
	c, at := p.chain[i], p.req.Time
	switch {
	case at.Before(c.NotBefore):
		p.object(i, etsi.OutOfBoundsNoPOE, Reason{Key: ReasonNotYetValid, Args: args("notBefore", c.NotBefore.Format(time.RFC3339))})
	case at.After(c.NotAfter):
		p.object(i, etsi.OutOfBoundsNoPOE, Reason{Key: ReasonExpired, Args: args("notAfter", c.NotAfter.Format(time.RFC3339))})
	}
}

// prepare is 6.1.4: what a certificate that issues another one must fulfil, and what it asks of those below.
func (p *pathCheck) prepare(i int) {
	c := p.chain[i]
	if !p.policy.prepare(c) {
		p.fail(i, ReasonPolicyMapping)
	}
	p.names.add(c.NameConstraints)
	if c.BasicConstraints == nil || !c.BasicConstraints.IsCA {
		p.fail(i, ReasonNotACA)
	}
	if !c.IsSelfIssued() && i < len(p.chain)-1 {
		if p.length <= 0 {
			p.fail(i, ReasonPathLength)
		}
		p.length--
	}
	if b := c.BasicConstraints; b != nil && b.PathLen >= 0 && b.PathLen < p.length {
		p.length = b.PathLen
	}
	if c.KeyUsage != nil && !c.KeyUsage.Has(KeyCertSign) {
		p.fail(i, ReasonKeyUsageCertSign)
	}
	p.purposes(i)
}

// purposes asks that no CA is limited to other purposes than the one wanted; RFC 5280 leaves the meaning of the extension in CAs open, and the field
// reads it as a limit on what is below.
func (p *pathCheck) purposes(i int) {
	c := p.chain[i]
	if len(p.req.Policy.ExtendedKeyUsage) == 0 || c.ExtendedKeyUsage == nil || c.ExtendedKeyUsage.Has(PurposeAny) {
		return
	}
	if !slices.ContainsFunc(p.req.Policy.ExtendedKeyUsage, c.ExtendedKeyUsage.Has) {
		p.fail(i, ReasonExtendedKeyUsage, "wanted", string(p.req.Policy.ExtendedKeyUsage[0]))
	}
}

// wrapUp is 6.1.5, and what the caller asks of the leaf.
func (p *pathCheck) wrapUp() {
	leaf := p.chain[0]
	var ok bool
	if p.policies, ok = p.policy.finish(leaf, p.req.Policy.InitialPolicies); !ok {
		p.fail(0, ReasonPolicyRequired)
	}
	p.leafUse(leaf)
}

func (p *pathCheck) leafUse(leaf *Certificate) {
	if want := p.req.Policy.KeyUsage; want != 0 && leaf.KeyUsage != nil && *leaf.KeyUsage&want == 0 {
		p.fail(0, ReasonKeyUsage, "wanted", want.String())
	}
	wanted := p.req.Policy.ExtendedKeyUsage
	if len(wanted) == 0 || leaf.ExtendedKeyUsage == nil || leaf.ExtendedKeyUsage.Has(PurposeAny) {
		return
	}
	if !slices.ContainsFunc(wanted, leaf.ExtendedKeyUsage.Has) {
		p.fail(0, ReasonExtendedKeyUsage, "wanted", string(wanted[0]))
	}
}
