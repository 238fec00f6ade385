package api

import (
	"io"
	"net/http"

	"mohur/verify"
)

// dssCertificateReports is CertificateReportsDTO, whose keys begin small, unlike WSReportsDTO's.
type dssCertificateReports struct {
	DiagnosticData          *dssDiagnostic         `json:"diagnosticData"`
	SimpleCertificateReport *dssSimpleCertificates `json:"simpleCertificateReport"`
	DetailedReport          *dssDetailed           `json:"detailedReport"`
}

type dssSimpleCertificates struct {
	ValidationPolicy  dssPolicy  `json:"ValidationPolicy"`
	Certificate       *dssJudged `json:"Certificate"`
	ConnectionDetails *never     `json:"ConnectionDetails"`
	ValidationTime    *string    `json:"ValidationTime"`
}

// dssJudged is XmlChainItem: a certificate with the verdict on it; at the one asked about stand those above it.
type dssJudged struct {
	Subject                          dssJudgedSubject `json:"subject"`
	IssuerID                         *string          `json:"issuerId"`
	NotBefore                        *string          `json:"notBefore"`
	NotAfter                         *string          `json:"notAfter"`
	KeyUsages                        []string         `json:"keyUsage"`
	ExtendedKeyUsages                []string         `json:"extendedKeyUsage"`
	OCSPURLs                         []string         `json:"ocspUrl"`
	CRLURLs                          []string         `json:"crlUrl"`
	AIAURLs                          []string         `json:"aiaUrl"`
	CPSURLs                          []string         `json:"cpsUrl"`
	PDSURLs                          []string         `json:"pdsUrl"`
	QualificationAtIssuance          *string          `json:"qualificationAtIssuance"`
	QualificationDetailsAtIssuance   *dssDetails      `json:"qualificationDetailsAtIssuance"`
	QualificationAtValidation        *string          `json:"qualificationAtValidation"`
	QualificationDetailsAtValidation *dssDetails      `json:"qualificationDetailsAtValidation"`
	QWACProfile                      *string          `json:"qwacProfile"`
	QWACDetails                      *dssDetails      `json:"qwacDetails"`
	EnactedMRA                       *bool            `json:"enactedMRA"`
	Revocation                       *dssJudgedStatus `json:"revocation"`
	TrustAnchors                     []never          `json:"trustAnchor"`
	TrustStartDate                   *string          `json:"trustStartDate"`
	TrustSunsetDate                  *string          `json:"trustSunsetDate"`
	Indication                       string           `json:"Indication"`
	SubIndication                    *string          `json:"SubIndication"`
	X509ValidationDetails            dssDetails       `json:"X509ValidationDetails"`
	ChainItem                        []*dssJudged     `json:"ChainItem"`
	TLSBindingSignature              *never           `json:"TLSBindingSignature"`
	ID                               string           `json:"Id"`
}

type dssJudgedSubject struct {
	CommonName       *string `json:"commonName"`
	Surname          *string `json:"surname"`
	GivenName        *string `json:"givenName"`
	Pseudonym        *string `json:"pseudonym"`
	OrganizationName *string `json:"organizationName"`
	OrganizationUnit *string `json:"organizationUnit"`
	Email            *string `json:"email"`
	Locality         *string `json:"locality"`
	State            *string `json:"state"`
	Country          *string `json:"country"`
}

type dssJudgedStatus struct {
	ThisUpdate       *string `json:"thisUpdate"`
	RevocationDate   *string `json:"revocationDate"`
	RevocationReason *string `json:"revocationReason"`
}

// postDSSCertificate is DSS's validateCertificate.
func (s *server) postDSSCertificate(w http.ResponseWriter, r *http.Request) {
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	in, policy, err := s.certificateRequest(w, r)
	done()
	if err != nil {
		s.refuseJSON(w, r, err)
		return
	}
	s.admitted(w, r, int64(len(in.DER)), func(w http.ResponseWriter) {
		v, ok := s.judgeCertificate(w, r, in, policy)
		if !ok {
			return
		}
		rep := &verify.Report{Certificates: v.Certificates, Evidence: v.Evidence, Policy: v.Policy, Time: v.Time}
		out := newDSSWriter(rep, string(language(r)), "")
		out.path = v.Chain
		detailed := out.detailed()
		detailed.Tokens = append(detailed.Tokens, dssDetailedToken{Certificate: &dssDetailedCertificate{ID: v.Certificate}})
		detailed.BasicBuildingBlocks = append(detailed.BasicBuildingBlocks, out.blocks(v.Certificate, "CERTIFICATE", "OTHER", v.Chain, v.Blocks, nil))
		s.writeJSON(w, r, dssCertificateReports{out.diagnostic(), out.judged(v), detailed})
	})
}

// certificateRequest reads a CertificateToValidateDTO.
func (s *server) certificateRequest(w http.ResponseWriter, r *http.Request) (in verify.CertificateInput, policy string, err error) {
	in.Now, policy = s.Now, s.Policy
	u := s.newUpload(w, r)
	var sent int
	err = u.j.object("#", func(key, at string) (err error) {
		switch key {
		case "certificate":
			in.DER, err = u.certificate(at)
		case "certificateChain":
			err = u.j.array(at, func(at string) error {
				der, err := u.certificate(at)
				if der != nil {
					in.Chain = append(in.Chain, der)
				}
				if sent += len(der); err == nil && sent > maxChain {
					err = errTooLarge
				}
				return err
			})
		case "policy":
			var name string
			if name, err = u.policyDocument(at); name != "" {
				policy = name
			}
		case "cryptographicSuite":
			err = u.absent(at)
		case "validationTime":
			in.Time, err = u.moment(at)
		case "tokenExtractionStrategy":
			_, err = u.tokens(at)
		default:
			err = &jsonError{at, faultKey}
		}
		return err
	})
	defer (&received{detached: u.taken}).remove()
	if err == nil {
		err = u.j.end()
	}
	if err == nil && len(in.DER) == 0 {
		err = &jsonError{"#/certificate", faultMissing}
	}
	return in, policy, err
}

// certificate reads a RemoteCertificate; nil for null.
func (u *upload) certificate(at string) (der []byte, err error) {
	err = u.j.object(at, func(key, at string) error {
		if key != "encodedCertificate" {
			return &jsonError{at, faultKey}
		}
		_, err := u.j.base64(at, func(r io.Reader) (err error) {
			if der, err = io.ReadAll(io.LimitReader(r, maxCertificate+1)); err == nil && len(der) > maxCertificate {
				err = errTooLarge
			}
			return err
		})
		return err
	})
	return der, err
}

// judged is the simple report: the verdict stands at the certificate asked about, and at those above it what is said of them.
func (w *dssWriter) judged(v *verify.CertificateVerdict) *dssSimpleCertificates {
	out := &dssSimpleCertificates{ValidationPolicy: w.policy(), ValidationTime: moment(v.Time)}
	ids := v.Chain
	if len(ids) == 0 {
		ids = []string{v.Certificate}
	}
	for i, id := range ids {
		item := w.judgedCertificate(id, v.Evidence)
		if i+1 < len(ids) {
			item.IssuerID = &ids[i+1]
		}
		if i == 0 {
			item.Indication, item.SubIndication, item.X509ValidationDetails = indication(v.Indication), optional(string(v.SubIndication)), w.details(v.Reasons)
			out.Certificate = item
			continue
		}
		if !w.certs[ids[len(ids)-1]].Anchor {
			item.Indication, item.SubIndication = "INDETERMINATE", new("NO_CERTIFICATE_CHAIN_FOUND")
		}
		out.Certificate.ChainItem = append(out.Certificate.ChainItem, item)
	}
	return out
}

// judgedCertificate describes one certificate of the path.
func (w *dssWriter) judgedCertificate(id string, evidence []verify.Evidence) *dssJudged {
	c := w.certs[id]
	item := &dssJudged{
		ID: id, NotBefore: moment(c.NotBefore), NotAfter: moment(c.NotAfter), KeyUsages: []string{}, ExtendedKeyUsages: []string{}, OCSPURLs: []string{}, CRLURLs: []string{},
		AIAURLs: []string{}, CPSURLs: []string{}, PDSURLs: []string{}, TrustAnchors: []never{}, Indication: "PASSED", X509ValidationDetails: w.details(nil), ChainItem: []*dssJudged{},
	}
	for _, e := range evidence {
		if e.Certificate == id {
			item.Revocation = &dssJudgedStatus{moment(e.ThisUpdate), whenever(e.RevokedAt), optional(e.Reason)}
		}
	}
	p, err := c.Parse()
	if err != nil {
		return item
	}
	var names dssCertificate
	subjectOf(&names, p.Subject.Get)
	item.Subject = dssJudgedSubject{
		names.CommonName, names.Surname, names.GivenName, names.Pseudonym, names.OrganizationName, names.OrganizationalUnit, names.Email, names.Locality, names.State, names.CountryName,
	}
	item.OCSPURLs, item.CRLURLs, item.AIAURLs = every(p.OCSPURLs, same), every(p.CRLURLs(), same), every(p.IssuerURLs, same)
	if p.KeyUsage != nil {
		item.KeyUsages = usages(p.KeyUsage.String())
	}
	if p.ExtendedKeyUsage != nil {
		for _, purpose := range p.ExtendedKeyUsage.Purposes {
			item.ExtendedKeyUsages = append(item.ExtendedKeyUsages, purpose.String())
		}
	}
	for _, policy := range p.Policies {
		item.CPSURLs = append(item.CPSURLs, policy.CPS...)
	}
	if p.QCStatements != nil {
		for _, d := range p.QCStatements.Disclosure {
			item.PDSURLs = append(item.PDSURLs, d.URL)
		}
	}
	return item
}
