package certs

import (
	"strings"

	"mohur/verify/etsi"
)

// profileRule is a demand of RFC 5280 on those who issue certificates, which a relying party need not enforce. broken says
// that a certificate does not keep it; place is its index in the path, 0 for the leaf.
type profileRule struct {
	clause string
	broken func(c *Certificate, place int) bool
}

// profile lists the demands, each with its clause.
func profile() []profileRule {
	return []profileRule{
		{"4.1.2.2 serial number positive, at most 20 octets", func(c *Certificate, _ int) bool {
			return hasProblem(c.Problems, "SERIAL_NEGATIVE") || hasProblem(c.Problems, "SERIAL_ZERO") || hasProblem(c.Problems, "SERIAL_TOO_LONG")
		}},
		{"4.1.2.4 issuer not empty", func(c *Certificate, _ int) bool { return c.Issuer.IsEmpty() }},
		{"4.1.2.6 subject of a CA not empty", func(c *Certificate, place int) bool { return place > 0 && c.Subject.IsEmpty() }},
		{"4.2.1.1 authority key identifier present, not critical", func(c *Certificate, _ int) bool {
			e, ok := c.Extension(oidAuthorityKeyID)
			return e.Critical || !ok && !c.IsSelfSigned()
		}},
		{"4.2.1.2 subject key identifier present in CAs, not critical", func(c *Certificate, place int) bool {
			e, ok := c.Extension(oidSubjectKeyID)
			return e.Critical || !ok && place > 0
		}},
		{"4.2.1.3 keyCertSign only in CAs", func(c *Certificate, _ int) bool {
			return c.KeyUsage != nil && c.KeyUsage.Has(KeyCertSign) && !c.isCA()
		}},
		{"4.2.1.6 subject alternative name critical when the subject is empty", func(c *Certificate, _ int) bool {
			e, ok := c.Extension(oidSubjectAltName)
			return c.Subject.IsEmpty() && (!ok || !e.Critical)
		}},
		{"4.2.1.6 subject alternative name not without a name", func(c *Certificate, _ int) bool {
			return hasProblem(c.Problems, "SUBJECT_ALT_NAME_EMPTY")
		}},
		{"4.2.1.6 DNS names in preferred syntax", func(c *Certificate, _ int) bool {
			for _, g := range c.SubjectAltNames {
				if g.Type == DNSName && (!validDNS(g.Text) || strings.Contains(g.Text, "_")) {
					return true
				}
			}
			return false
		}},
		{"4.2.1.9 basic constraints present and critical in CAs", func(c *Certificate, place int) bool {
			e, ok := c.Extension(oidBasicConstraints)
			return place > 0 && (!ok || !e.Critical)
		}},
		{"4.2.1.10 name constraints critical, only in CAs, DNS names without a leading dot", brokenNameConstraints},
		{"4.2.1.11 policy constraints critical", func(c *Certificate, _ int) bool {
			e, ok := c.Extension(oidPolicyConstraints)
			return ok && !e.Critical
		}},
		{"4.2.2.1 authority information access not critical", func(c *Certificate, _ int) bool {
			e, _ := c.Extension(oidAuthorityInfoAccess)
			return e.Critical
		}},
	}
}

func brokenNameConstraints(c *Certificate, _ int) bool {
	e, ok := c.Extension(oidNameConstraints)
	if !ok || c.NameConstraints == nil {
		return false
	}
	for _, g := range append(append([]GeneralName(nil), c.NameConstraints.Permitted...), c.NameConstraints.Excluded...) {
		if g.Type == DNSName && strings.HasPrefix(g.Text, ".") {
			return true
		}
	}
	return !e.Critical || !c.isCA()
}

func (c *Certificate) isCA() bool { return c.BasicConstraints != nil && c.BasicConstraints.IsCA }

// profile refuses what breaks the profile of RFC 5280, if the caller asked for that.
func (p *pathCheck) profile() {
	if !p.req.Policy.StrictProfile {
		return
	}
	rules := profile()
	for i, c := range p.chain {
		for _, r := range rules {
			if r.broken(c, i) {
				p.object(i, etsi.ChainConstraintsFailure, Reason{Key: ReasonProfile, Args: args("clause", r.clause)})
			}
		}
	}
}
