package report

import (
	"mohur/certs"
	"mohur/verify"
)

// Holder is who holds the signing certificate, as the certificate says and the identity rules read it.
type Holder struct {
	FIN          string     `json:"fin,omitempty"`
	VOEN         string     `json:"voen,omitempty"`
	GivenName    string     `json:"givenName,omitempty"`
	Surname      string     `json:"surname,omitempty"`
	Organisation string     `json:"organisation,omitempty"`
	Title        string     `json:"title,omitempty"`
	SealRight    bool       `json:"sealRight,omitempty"`
	Rule         string     `json:"rule,omitempty"` // the identity rule that read the codes
	Issuer       string     `json:"issuer"`
	Qualified    *Qualified `json:"qualified,omitempty"`
}

// Qualified are the issuer's statements about a qualified certificate (ETSI EN 319 412-5).
type Qualified struct {
	Compliance bool         `json:"qcCompliance"`
	Device     bool         `json:"qcSSCD"`
	Types      []string     `json:"qcType,omitempty"` // "esign", "eseal", "web", or identifiers
	Countries  []string     `json:"qcCClegislation,omitempty"`
	Retention  *int         `json:"qcRetentionPeriod,omitempty"` // years
	Limit      string       `json:"qcLimitValue,omitempty"`
	Disclosure []Disclosure `json:"qcPDS,omitempty"`
	Semantics  []string     `json:"semantics,omitempty"` // "natural", "legal" (EN 319 412-1), or identifiers
}

// Disclosure is where the issuer's disclosure statement is, in one language.
type Disclosure struct {
	URL      string `json:"url"`
	Language string `json:"language"`
}

func holder(s verify.Signer) *Holder {
	if s.SHA256 == "" {
		return nil // no signing certificate was found
	}
	id := s.Identity
	return &Holder{
		FIN: id.FIN, VOEN: id.VOEN, GivenName: id.GivenName, Surname: id.Surname, Organisation: s.Organisation, Title: id.Title, SealRight: id.SealRight,
		Rule: id.Rule, Issuer: s.Issuer, Qualified: statements(s.Statements),
	}
}

func statements(q *certs.QCStatements) *Qualified {
	if q == nil {
		return nil
	}
	out := &Qualified{Compliance: q.Compliance, Device: q.SSCD, Types: q.TypeNames(), Countries: q.Countries, Semantics: q.SemanticsNames()}
	if q.Retention >= 0 {
		out.Retention = &q.Retention
	}
	if q.Limit != nil {
		out.Limit = q.Limit.String()
	}
	for _, d := range q.Disclosure {
		out.Disclosure = append(out.Disclosure, Disclosure{d.URL, d.Language})
	}
	return out
}
