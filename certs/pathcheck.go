package certs

import (
	"crypto/rsa"
	"fmt"
	"slices"
	"strconv"
	"time"

	"mohur/internal/algo"
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
	depth := n
	if req.Policy.AnchorConstraints { // the anchor then counts as the first certificate of the path
		depth++
	}
	p := &pathCheck{req: req, chain: chain, names: newNameState(), policy: newPolicyState(&req.Policy, depth), length: depth}
	if req.Policy.AnchorConstraints {
		p.anchor()
	}
	if req.Policy.AnchorValidity {
		p.validity(n)
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
	p.profile()
	p.keys()
	return p
}

// keys warns of keys that may belong to somebody else by now. They verify what they verify; what that is worth is for people to say.
func (p *pathCheck) keys() {
	for _, c := range p.chain {
		k, ok := c.PublicKey.(*rsa.PublicKey)
		if pss, is := c.PublicKey.(*algo.PSSPublicKey); is {
			k, ok = pss.PublicKey, true
		}
		if !ok {
			continue
		}
		if algo.IsROCA(k) {
			p.warnings = append(p.warnings, Reason{Key: ReasonKeyROCA, Args: args("bits", strconv.Itoa(c.KeyInfo.Bits)), Certificate: c})
		}
		if k.E < 65537 { // FIPS 186-5, A.1.1: an exponent above 2^16
			p.warnings = append(p.warnings, Reason{Key: ReasonKeyExponent, Args: args("exponent", strconv.Itoa(k.E)), Certificate: c})
		}
	}
}

func (p *pathCheck) object(i int, sub etsi.SubIndication, r Reason) {
	r.Certificate = p.chain[i]
	p.findings = append(p.findings, finding{i, sub, r})
}

func (p *pathCheck) fail(i int, key string, kv ...string) {
	p.object(i, etsi.ChainConstraintsFailure, Reason{Key: key, Args: args(kv...)})
}

// anchor applies the anchor's own extensions as constraints on the path (RFC 5937, 3): its policies, if it names any, are the first of the path.
func (p *pathCheck) anchor() {
	i := len(p.chain) - 1
	p.structure(i)
	if i == 0 {
		p.leafUse(p.chain[0])
		return
	}
	if len(p.chain[i].Policies) > 0 && !p.policy.process(p.chain[i], false) {
		p.fail(i, ReasonPolicyRequired)
	}
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
	c, at := p.chain[i], p.req.Time.Truncate(time.Second) // a validity ends with its last second, not before
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
	anchor := i == len(p.chain)-1
	if c.BasicConstraints == nil && !anchor || c.BasicConstraints != nil && !c.BasicConstraints.IsCA {
		p.fail(i, ReasonNotACA)
	}
	if !c.IsSelfIssued() {
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
	c, wanted := p.chain[i], p.req.Policy.ExtendedKeyUsage
	throughout := p.req.Policy.Purpose == PurposeNamedThroughout && i < len(p.chain)-1
	if len(wanted) == 0 || !throughout && (c.ExtendedKeyUsage == nil || c.ExtendedKeyUsage.Has(PurposeAny)) {
		return
	}
	if !slices.ContainsFunc(wanted, c.ExtendedKeyUsage.Has) {
		p.fail(i, ReasonExtendedKeyUsage, "wanted", string(wanted[0]))
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
	if p.req.Policy.Purpose != PurposeNotExcluded {
		p.strictPurpose(leaf)
		return
	}
	if len(wanted) == 0 || leaf.ExtendedKeyUsage == nil || leaf.ExtendedKeyUsage.Has(PurposeAny) {
		return
	}
	if !slices.ContainsFunc(wanted, leaf.ExtendedKeyUsage.Has) {
		p.fail(0, ReasonExtendedKeyUsage, "wanted", string(wanted[0]))
	}
}

// strictPurpose is PurposeNamed.
func (p *pathCheck) strictPurpose(leaf *Certificate) {
	wanted := p.req.Policy.ExtendedKeyUsage
	named := len(wanted) == 0 || slices.ContainsFunc(wanted, leaf.ExtendedKeyUsage.Has)
	for _, alone := range []asn1.ObjectIdentifier{PurposeTimeStamping, PurposeOCSPSigning, "1.3.6.1.5.5.7.3.3"} {
		if leaf.ExtendedKeyUsage.Has(alone) && !leaf.ExtendedKeyUsage.Only(alone) {
			named = false
		}
	}
	if !named {
		p.fail(0, ReasonExtendedKeyUsage, "wanted", fmt.Sprint(wanted))
	}
	if leaf.isCA() && len(p.chain) > 1 {
		p.fail(0, ReasonExtendedKeyUsage, "wanted", "no CA")
	}
}
