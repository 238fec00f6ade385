package certs

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"mohur/internal/asn1"
)

// Identity is what a certificate says of its holder in the terms of Azerbaijani offices.
type Identity struct {
	FIN          string // personal code of a natural person; empty when the certificate names none
	VOEN         string // tax number of the organisation, ten digits
	GivenName    string
	Surname      string
	Name         string // to be shown: Name.Display
	Organization string
	Title        string
	SealRight    bool   // möhür hüququ: the holder may seal for the organisation
	Rule         string // the name of the rule that read it
}

// IdentityRule says how an issuer writes holders' codes into certificates. There is no common profile, so it is configuration data per issuer.
type IdentityRule struct {
	Name string `json:"name"`
	// Issuers are SHA-256 fingerprints (hexadecimal) of authorities: the rule applies to certificates whose validated path passes one of them.
	// Empty applies to every trusted issuer.
	Issuers   []string     `json:"issuers,omitempty"`
	FIN       []Extraction `json:"fin"`
	VOEN      []Extraction `json:"voen"`
	SealRight []Extraction `json:"sealRight"`
}

// Extraction takes a value out of one place of a certificate.
type Extraction struct {
	// Attribute is the OID of a subject attribute, or "policy" (OIDs of certificate policies), "qcType" (OIDs of EN 319 412-5 types), "san" (e-mail
	// addresses, DNS names and URIs).
	Attribute string `json:"attribute"`
	// Pattern must match the whole value, letters in any case; its first group, if it has one, is what is taken.
	Pattern string `json:"pattern"`

	re *regexp.Regexp
}

// IdentityRules are tried in order; for each code the first rule that applies and finds something counts.
type IdentityRules []IdentityRule

// ParseIdentityRules reads rules from JSON and refuses unknown keys, unknown places and bad patterns by name.
func ParseIdentityRules(b []byte) (IdentityRules, error) {
	var rules IdentityRules
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&rules); err != nil {
		return nil, fmt.Errorf("identity rules: %w", err)
	}
	if err := rules.compile(); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("identity rules: there is more after the list")
	}
	if len(rules) == 0 {
		return nil, errors.New("identity rules: the list is empty, so that nobody's codes would be read")
	}
	return rules, nil
}

// DefaultIdentityRules reads codes where EN 319 412 and practice expect them: the FİN in serialNumber, the VÖEN in organizationIdentifier, else in the
// text of O or OU. No seal right is read: which mark stands for it differs by issuer.
func DefaultIdentityRules() IdentityRules { return defaultIdentityRules() }

// defaultIdentityRules are compiled once, when they are first asked for.
var defaultIdentityRules = sync.OnceValue(func() IdentityRules {
	rules := IdentityRules{{
		Name: "default",
		FIN:  []Extraction{{Attribute: string(oidSerialNumber), Pattern: `(?:PNOAZ-|IDCAZ-|F[İI]N[:\s-]*)?([0-9A-Z]{7})`}},
		VOEN: []Extraction{
			{Attribute: string(oidOrganizationIdentifier), Pattern: `(?:NTRAZ-|VATAZ-|V[ÖO]EN[:\s-]*)?([0-9]{10})`},
			{Attribute: string(oidOrganizationalUnit), Pattern: `.*V[ÖO]EN[:\s-]*([0-9]{10})\b.*`},
			{Attribute: string(oidOrganization), Pattern: `.*V[ÖO]EN[:\s-]*([0-9]{10})\b.*`},
		},
	}}
	if rules.compile() != nil { // the patterns above are constants; a test compiles them
		return nil
	}
	return rules
})

func (rs IdentityRules) compile() error {
	for i := range rs {
		r := &rs[i]
		if r.Name == "" {
			return fmt.Errorf("identity rules: rule %d has no name", i+1)
		}
		for _, list := range [][]Extraction{r.FIN, r.VOEN, r.SealRight} {
			for j := range list {
				if err := list[j].compile(); err != nil {
					return fmt.Errorf("identity rule %q: %w", r.Name, err)
				}
			}
		}
		for j, f := range r.Issuers {
			r.Issuers[j] = strings.ToLower(strings.ReplaceAll(f, ":", ""))
			if b, err := hex.DecodeString(r.Issuers[j]); err != nil || len(b) != 32 {
				return fmt.Errorf("identity rule %q: issuer %q is no SHA-256 fingerprint", r.Name, f)
			}
		}
	}
	return nil
}

func (e *Extraction) compile() error {
	switch e.Attribute {
	case "policy", "qcType", "san":
	default:
		if strings.Trim(e.Attribute, "0123456789.") != "" || !strings.Contains(e.Attribute, ".") {
			return fmt.Errorf("attribute %q is neither an OID nor policy, qcType or san", e.Attribute)
		}
	}
	re, err := regexp.Compile(`(?is)\A(?:` + e.Pattern + `)\z`)
	e.re = re
	return err
}

// Identify reads the holder from a validated path, leaf first.
func (rs IdentityRules) Identify(chain []*Certificate) Identity {
	if len(chain) == 0 {
		return Identity{}
	}
	leaf := chain[0]
	id := Identity{
		GivenName: leaf.Subject.GivenName(), Surname: leaf.Subject.Surname(), Name: leaf.Subject.Display(),
		Organization: leaf.Subject.Organization(), Title: leaf.Subject.Title(),
	}
	for i := range rs {
		r := &rs[i]
		if !r.appliesTo(chain) {
			continue
		}
		fin, voen, seal := extract(r.FIN, leaf), extract(r.VOEN, leaf), extract(r.SealRight, leaf)
		if id.Rule == "" && (fin != "" || voen != "" || seal != "") {
			id.Rule = r.Name
		}
		if id.FIN == "" {
			id.FIN = strings.ToUpper(fin)
		}
		if id.VOEN == "" {
			id.VOEN = voen
		}
		id.SealRight = id.SealRight || seal != ""
	}
	return id
}

func (r *IdentityRule) appliesTo(chain []*Certificate) bool {
	return len(r.Issuers) == 0 || slices.ContainsFunc(chain[1:], func(c *Certificate) bool { return slices.Contains(r.Issuers, c.Fingerprint()) })
}

func extract(list []Extraction, c *Certificate) string {
	for _, e := range list {
		for _, v := range e.values(c) {
			if e.re == nil {
				continue
			}
			if m := e.re.FindStringSubmatch(strings.TrimSpace(v)); len(m) > 1 {
				return m[1]
			} else if m != nil {
				return m[0]
			}
		}
	}
	return ""
}

func (e Extraction) values(c *Certificate) []string {
	var out []string
	switch e.Attribute {
	case "policy":
		for _, p := range c.Policies {
			out = append(out, string(p.ID))
		}
	case "qcType":
		if c.QCStatements != nil {
			for _, t := range c.QCStatements.Types {
				out = append(out, string(t))
			}
		}
	case "san":
		for _, g := range c.SubjectAltNames {
			if g.Text != "" {
				out = append(out, g.Text)
			}
		}
	default:
		return c.Subject.All(asn1.ObjectIdentifier(e.Attribute))
	}
	return out
}
