package api

import (
	"crypto/sha256"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"mohur/verify"
)

type dssCertificate struct {
	ID                      string           `json:"Id"`
	SubjectName             []dssName        `json:"SubjectDistinguishedName"`
	IssuerName              []dssName        `json:"IssuerDistinguishedName"`
	SerialNumber            *big.Int         `json:"SerialNumber"`
	SubjectSerialNumber     *string          `json:"SubjectSerialNumber"`
	CommonName              *string          `json:"CommonName"`
	Locality                *string          `json:"Locality"`
	State                   *string          `json:"State"`
	CountryName             *string          `json:"CountryName"`
	OrganizationIdentifier  *string          `json:"OrganizationIdentifier"`
	OrganizationName        *string          `json:"OrganizationName"`
	OrganizationalUnit      *string          `json:"OrganizationalUnit"`
	Title                   *string          `json:"Title"`
	GivenName               *string          `json:"GivenName"`
	Surname                 *string          `json:"Surname"`
	Pseudonym               *string          `json:"Pseudonym"`
	Email                   *string          `json:"Email"`
	Source                  []string         `json:"Source"`
	NotAfter                *string          `json:"NotAfter"`
	NotBefore               *string          `json:"NotBefore"`
	PublicKeySize           int              `json:"PublicKeySize"`
	PublicKeyEncryptionAlgo string           `json:"PublicKeyEncryptionAlgo"`
	EntityKey               string           `json:"EntityKey"`
	IssuerEntityKey         dssIssuerKey     `json:"IssuerEntityKey"`
	BasicSignature          dssPrimitive     `json:"BasicSignature"`
	SigningCertificate      *dssSigning      `json:"SigningCertificate"`
	ChainItem               []dssItem        `json:"ChainItem"`
	Trusted                 dssTrusted       `json:"Trusted"`
	SelfSigned              bool             `json:"SelfSigned"`
	Extensions              []map[string]any `json:"certificateExtensions"`
	TrustServiceProvider    []never          `json:"TrustServiceProvider"`
	CertificateRevocation   []dssStatus      `json:"CertificateRevocation"`
	Base64Encoded           []byte           `json:"Base64Encoded"`
	DigestAlgoAndValue      dssDigest        `json:"DigestAlgoAndValue"`
	Duplicated              *bool            `json:"Duplicated"`
}

type dssName struct {
	Value  string `json:"value"`
	Format string `json:"Format"`
}

type dssIssuerKey struct {
	Value       string `json:"value"`
	Key         bool   `json:"key"`
	SubjectName bool   `json:"subjectName"`
}

type dssTrusted struct {
	Value      bool    `json:"value"`
	StartDate  *string `json:"startDate"`
	SunsetDate *string `json:"sunsetDate"`
}

type dssStatus struct {
	Status         string  `json:"Status"`
	Reason         *string `json:"Reason"`
	RevocationDate *string `json:"RevocationDate"`
	Revocation     string  `json:"Revocation"`
}

type dssRevocation struct {
	ID                       string        `json:"Id"`
	Origin                   string        `json:"Origin"`
	Type                     string        `json:"Type"`
	SourceAddress            *string       `json:"SourceAddress"`
	ProductionDate           *string       `json:"ProductionDate"`
	ThisUpdate               *string       `json:"ThisUpdate"`
	NextUpdate               *string       `json:"NextUpdate"`
	CRLNumber                *big.Int      `json:"CRLNumber"`
	ExpiredCertsOnCRL        *string       `json:"ExpiredCertsOnCRL"`
	ArchiveCutOff            *string       `json:"ArchiveCutOff"`
	CertHashExtensionPresent *bool         `json:"CertHashExtensionPresent"`
	CertHashExtensionMatch   *bool         `json:"CertHashExtensionMatch"`
	BasicSignature           *never        `json:"BasicSignature"`
	SigningCertificate       *dssSigning   `json:"SigningCertificate"`
	ChainItem                []dssItem     `json:"ChainItem"`
	FoundCertificates        dssFoundCerts `json:"FoundCertificates"`
	Base64Encoded            []byte        `json:"Base64Encoded"`
	DigestAlgoAndValue       dssDigest     `json:"DigestAlgoAndValue"`
	Duplicated               *bool         `json:"Duplicated"`
}

// certificate describes one certificate of the verdict.
func (w *dssWriter) certificate(c verify.CertificateReport) dssCertificate {
	out := dssCertificate{
		ID: c.ID, SubjectName: names(c.Subject), IssuerName: names(c.Issuer), SerialNumber: serial(c), Source: []string{"SIGNATURE"}, NotAfter: moment(c.NotAfter),
		NotBefore: moment(c.NotBefore), ChainItem: []dssItem{}, Trusted: dssTrusted{Value: c.Anchor}, Extensions: []map[string]any{}, TrustServiceProvider: []never{},
		CertificateRevocation: w.statuses(c.ID), DigestAlgoAndValue: certificateDigest(c.ID, nil),
	}
	if c.Anchor {
		out.Source = []string{"TRUSTED_STORE"}
	}
	if strings.Contains(w.tokens, "CERTIFICATES") || w.tokens == "EXTRACT_ALL" {
		out.Base64Encoded = c.DER
	}
	out.PublicKeyEncryptionAlgo, out.PublicKeySize = c.Key()
	out.BasicSignature.Encryption, out.BasicSignature.Digest = c.SignedBy()
	out.BasicSignature.KeyLength = "?" // of the issuer, which may not be here
	p, err := c.Parse()
	if err != nil {
		return out
	}
	subjectOf(&out, p.Subject.Get)
	out.EntityKey, out.SelfSigned = "EK-"+strings.ToUpper(fmt.Sprintf("%x", sha256.Sum256(p.RawSPKI))), p.IsSelfSigned()
	out.Extensions = extensions(c)
	if path := w.above(c.ID); len(path) > 0 {
		issuer := w.certs[path[0]]
		_, bits := issuer.Key()
		out.BasicSignature.KeyLength, out.SigningCertificate, out.ChainItem = fmt.Sprint(bits), signing(path[0]), chainItems(path)
		if parsed, err := issuer.Parse(); err == nil {
			holds := p.CheckSignatureFrom(parsed) == nil
			out.BasicSignature.Intact, out.BasicSignature.Valid = holds, holds
			out.IssuerEntityKey = dssIssuerKey{"EK-" + strings.ToUpper(fmt.Sprintf("%x", sha256.Sum256(parsed.RawSPKI))), holds, p.Issuer.Equal(parsed.Subject)}
		}
	}
	return out
}

// above is the path from a certificate's issuer up, out of the first chain that holds it.
func (w *dssWriter) above(id string) []string {
	chains := [][]string{w.path}
	for _, s := range w.r.Signatures {
		chains = append(chains, s.Chain)
		for _, t := range s.Timestamps {
			chains = append(chains, t.Chain)
		}
	}
	for _, t := range w.r.Timestamps {
		chains = append(chains, t.Chain)
	}
	for _, chain := range chains {
		if i := slices.Index(chain, id); i >= 0 {
			return chain[i+1:]
		}
	}
	return nil
}

// names is a distinguished name in DSS's two forms.
func names(dn string) []dssName {
	return []dssName{{strings.ToLower(dn), "CANONICAL"}, {dn, "RFC2253"}}
}

// statuses are what the evidence says of a certificate.
func (w *dssWriter) statuses(id string) []dssStatus {
	out := []dssStatus{}
	for _, e := range w.r.Evidence {
		if e.Certificate != id {
			continue
		}
		s := dssStatus{Status: "GOOD", RevocationDate: whenever(e.RevokedAt), Revocation: e.ID}
		if e.RevokedAt != nil {
			s.Status, s.Reason = "REVOKED", optional(e.Reason)
		}
		out = append(out, s)
	}
	return out
}

func (w *dssWriter) revocations() []dssRevocation {
	out, seen := []dssRevocation{}, map[string]bool{}
	for _, e := range w.r.Evidence {
		if seen[e.ID] {
			continue
		}
		seen[e.ID] = true
		sum := sha256.Sum256(e.DER)
		produced := moment(e.ProducedAt)
		if produced == nil {
			produced = moment(e.ThisUpdate)
		}
		r := dssRevocation{
			ID: e.ID, Origin: "EXTERNAL", Type: e.Kind, ProductionDate: produced, ThisUpdate: moment(e.ThisUpdate), NextUpdate: whenever(e.NextUpdate),
			ChainItem: []dssItem{}, FoundCertificates: dssFoundCerts{[]dssRelated{}, []never{}}, DigestAlgoAndValue: dssDigest{DigestMethod: "SHA256", DigestValue: sum[:]},
		}
		if strings.Contains(w.tokens, "REVOCATION") || w.tokens == "EXTRACT_ALL" {
			r.Base64Encoded = e.DER
		}
		out = append(out, r)
	}
	return out
}
