package api

import (
	"strings"

	"mohur/verify"
)

// dssExtension is XmlCertificateExtension.
type dssExtension struct {
	Octets      []byte  `json:"octets"`
	OID         string  `json:"OID"`
	Description *string `json:"description"`
	Critical    bool    `json:"critical"`
}

type dssAuthorityKey struct {
	KeyIdentifier []byte `json:"keyIdentifier"`
	IssuerSerial  []byte `json:"authorityCertIssuerSerial"`
	dssExtension
}

type dssSubjectKey struct {
	Ski []byte `json:"ski"`
	dssExtension
}

type dssKeyUsages struct {
	Bits []string `json:"keyUsageBit"`
	dssExtension
}

type dssConstraints struct {
	CA      bool `json:"CA"`
	PathLen *int `json:"pathLenConstraint"`
	dssExtension
}

type dssOID struct {
	Value       string  `json:"value"`
	Description *string `json:"Description"`
}

type dssPurposes struct {
	OIDs []dssOID `json:"extendedKeyUsageOid"`
	dssExtension
}

type dssPolicyOID struct {
	dssOID
	CPS *string `json:"cpsUrl"`
}

type dssPolicies struct {
	Policies []dssPolicyOID `json:"certificatePolicy"`
	dssExtension
}

type dssAccess struct {
	Issuers []string `json:"caIssuersUrl"`
	OCSP    []string `json:"ocspUrl"`
	dssExtension
}

type dssPoints struct {
	URLs []string `json:"crlUrl"`
	dssExtension
}

// dssStatements is XmlQcStatements.
type dssStatements struct {
	Compliance  *dssPresent  `json:"QcCompliance"`
	Limit       *dssLimit    `json:"QcEuLimitValue"`
	Retention   *int         `json:"QcEuRetentionPeriod"`
	SSCD        *dssPresent  `json:"QcSSCD"`
	PDS         []dssInWords `json:"PdsLocation"`
	Types       []dssOID     `json:"QcType"`
	Countries   []string     `json:"CountryName"`
	Semantics   *dssOID      `json:"SemanticsIdentifier"`
	PSD2        *never       `json:"PSD2QcInfo"`
	QSCDCountry []never      `json:"QSCDCountryName"`
	IdentMethod *never       `json:"QcIdentMethod"`
	Other       []dssOID     `json:"OtherOID"`
	MRAMapping  *never       `json:"MRACertificateMapping"`
	EnactedMRA  *bool        `json:"enactedMRA"`
	dssExtension
}

type dssPresent struct {
	Present bool `json:"present"`
}

type dssLimit struct {
	Currency string `json:"currency"`
	Amount   int    `json:"amount"`
	Exponent int    `json:"exponent"`
}

type dssInWords struct {
	Value string `json:"value"`
	Lang  string `json:"lang"`
}

// statements spells out the issuer's statements about a qualified certificate (ETSI EN 319 412-5, 4).
func statements(r verify.CertificateReport, x dssExtension) dssStatements {
	out := dssStatements{Countries: []string{}, QSCDCountry: []never{}, Other: []dssOID{}, PDS: []dssInWords{}, Types: []dssOID{}, dssExtension: x}
	c, err := r.Parse()
	if err != nil || c.QCStatements == nil {
		return out
	}
	q := c.QCStatements
	out.Compliance, out.SSCD, out.Countries = &dssPresent{q.Compliance}, &dssPresent{q.SSCD}, every(q.Countries, same)
	for _, d := range q.Disclosure {
		out.PDS = append(out.PDS, dssInWords{d.URL, d.Language})
	}
	for _, t := range q.Types {
		out.Types = append(out.Types, dssOID{Value: t.String()})
	}
	if q.Retention >= 0 {
		out.Retention = new(q.Retention)
	}
	if q.Limit != nil {
		out.Limit = &dssLimit{q.Limit.Currency, q.Limit.Amount, q.Limit.Exponent}
	}
	if len(q.Semantics) > 0 {
		out.Semantics = &dssOID{Value: q.Semantics[0].String()}
	}
	return out
}

// subjectOf fills the parts of the subject's name, which attribute returns by their OIDs (X.520).
func subjectOf[OID ~string](c *dssCertificate, attribute func(OID) string) {
	for oid, to := range map[OID]**string{
		"2.5.4.5": &c.SubjectSerialNumber, "2.5.4.3": &c.CommonName, "2.5.4.7": &c.Locality, "2.5.4.8": &c.State, "2.5.4.6": &c.CountryName,
		"2.5.4.97": &c.OrganizationIdentifier, "2.5.4.10": &c.OrganizationName, "2.5.4.11": &c.OrganizationalUnit, "2.5.4.12": &c.Title,
		"2.5.4.42": &c.GivenName, "2.5.4.4": &c.Surname, "2.5.4.65": &c.Pseudonym, "1.2.840.113549.1.9.1": &c.Email,
	} {
		*to = optional(attribute(oid))
	}
}

// extensions spells out the extensions that DSS spells out; the others as octets.
func extensions(r verify.CertificateReport) []map[string]any {
	out := []map[string]any{}
	c, err := r.Parse()
	if err != nil {
		return out
	}
	for _, e := range c.Extensions {
		x := dssExtension{OID: e.ID.String(), Critical: e.Critical}
		switch {
		case e.ID == "2.5.29.35" && c.AuthorityKeyID != nil:
			out = append(out, map[string]any{"AuthorityKeyIdentifier": dssAuthorityKey{KeyIdentifier: c.AuthorityKeyID.KeyID, dssExtension: x}})
		case e.ID == "2.5.29.14":
			out = append(out, map[string]any{"SubjectKeyIdentifier": dssSubjectKey{c.SubjectKeyID, x}})
		case e.ID == "2.5.29.15" && c.KeyUsage != nil:
			out = append(out, map[string]any{"KeyUsages": dssKeyUsages{usages(c.KeyUsage.String()), x}})
		case e.ID == "2.5.29.19" && c.BasicConstraints != nil:
			b := dssConstraints{CA: c.BasicConstraints.IsCA, dssExtension: x}
			if c.BasicConstraints.PathLen >= 0 {
				b.PathLen = new(c.BasicConstraints.PathLen)
			}
			out = append(out, map[string]any{"BasicConstraints": b})
		case e.ID == "2.5.29.37" && c.ExtendedKeyUsage != nil:
			p := dssPurposes{OIDs: []dssOID{}, dssExtension: x}
			for _, oid := range c.ExtendedKeyUsage.Purposes {
				p.OIDs = append(p.OIDs, dssOID{Value: oid.String()})
			}
			out = append(out, map[string]any{"ExtendedKeyUsages": p})
		case e.ID == "2.5.29.32":
			p := dssPolicies{Policies: []dssPolicyOID{}, dssExtension: x}
			for _, policy := range c.Policies {
				p.Policies = append(p.Policies, dssPolicyOID{dssOID{Value: policy.ID.String()}, optional(strings.Join(policy.CPS, " "))})
			}
			out = append(out, map[string]any{"CertificatePolicies": p})
		case e.ID == "1.3.6.1.5.5.7.1.1":
			out = append(out, map[string]any{"AuthorityInformationAccess": dssAccess{every(c.IssuerURLs, same), every(c.OCSPURLs, same), x}})
		case e.ID == "1.3.6.1.5.5.7.1.3" && c.QCStatements != nil:
			out = append(out, map[string]any{"QcStatements": statements(r, x)})
		case e.ID == "2.5.29.31":
			out = append(out, map[string]any{"CRLDistributionPoints": dssPoints{every(c.CRLURLs(), same), x}})
		default:
			x.Octets = e.Value
			out = append(out, map[string]any{"CertificateExtension": x})
		}
	}
	return out
}

// same leaves a text as it is.
func same(s string) string { return s }

// usages splits the names of key usage bits (RFC 5280, 4.2.1.3) into DSS's list, in DSS's spelling.
func usages(s string) []string {
	out := []string{}
	for name := range strings.SplitSeq(s, ",") {
		switch name = strings.TrimSpace(name); name {
		case "":
		case "cRLSign":
			out = append(out, "crlSign")
		case "contentCommitment":
			out = append(out, "nonRepudiation")
		default:
			out = append(out, name)
		}
	}
	return out
}
