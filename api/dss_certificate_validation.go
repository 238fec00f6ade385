package api

import (
	"io"
	"net/http"

	"mohur/verify"
)

// dssCertificateReports is CertificateReportsDTO.
type dssCertificateReports struct {
	DiagnosticData          *dssDiagnostic         `json:"DiagnosticData"`
	SimpleCertificateReport *dssSimpleCertificates `json:"SimpleCertificateReport"`
	DetailedReport          *dssDetailed           `json:"DetailedReport"`
}

type dssSimpleCertificates struct {
	ValidationPolicy  dssPolicy   `json:"ValidationPolicy"`
	ChainItem         []dssJudged `json:"ChainItem"`
	ConnectionDetails *never      `json:"ConnectionDetails"`
	ValidationTime    *string     `json:"ValidationTime"`
}

// dssJudged is one certificate of the path with the verdict on it.
type dssJudged struct {
	ID                    string            `json:"id"`
	Subject               map[string]string `json:"subject"`
	IssuerID              *string           `json:"issuerId"`
	NotBefore             *string           `json:"notBefore"`
	NotAfter              *string           `json:"notAfter"`
	KeyUsages             []string          `json:"keyUsages"`
	OCSPURLs              []string          `json:"ocspUrls"`
	CRLURLs               []string          `json:"crlUrls"`
	AIAURLs               []string          `json:"aiaUrls"`
	Revocation            *dssJudgedStatus  `json:"revocation"`
	TrustAnchors          []never           `json:"trustAnchors"`
	Indication            string            `json:"Indication"`
	SubIndication         *string           `json:"SubIndication"`
	X509ValidationDetails dssDetails        `json:"X509ValidationDetails"`
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
			err = &jsonError{at, "unknown key"}
		}
		return err
	})
	defer (&received{detached: u.taken}).remove()
	if err == nil {
		err = u.j.end()
	}
	if err == nil && len(in.DER) == 0 {
		err = &jsonError{"#/certificate", "no certificate"}
	}
	return in, policy, err
}

// certificate reads a RemoteCertificate; nil for null.
func (u *upload) certificate(at string) (der []byte, err error) {
	err = u.j.object(at, func(key, at string) error {
		if key != "encodedCertificate" {
			return &jsonError{at, "unknown key"}
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
	out := &dssSimpleCertificates{ValidationPolicy: w.policy(), ChainItem: []dssJudged{}, ValidationTime: moment(v.Time)}
	ids := v.Chain
	if len(ids) == 0 {
		ids = []string{v.Certificate}
	}
	for i, id := range ids {
		c := w.certs[id]
		item := dssJudged{
			ID: id, Subject: map[string]string{}, NotBefore: moment(c.NotBefore), NotAfter: moment(c.NotAfter), KeyUsages: []string{}, OCSPURLs: []string{}, CRLURLs: []string{},
			AIAURLs: []string{}, TrustAnchors: []never{}, Indication: "PASSED", X509ValidationDetails: w.details(nil),
		}
		if p, err := c.Parse(); err == nil {
			item.Subject["commonName"], item.Subject["country"] = p.Subject.CommonName(), p.Subject.Country()
			item.OCSPURLs, item.CRLURLs, item.AIAURLs = every(p.OCSPURLs, same), every(p.CRLURLs(), same), every(p.IssuerURLs, same)
			if p.KeyUsage != nil {
				item.KeyUsages = usages(p.KeyUsage.String())
			}
		}
		if i+1 < len(ids) {
			item.IssuerID = &ids[i+1]
		}
		for _, e := range v.Evidence {
			if e.Certificate == id {
				item.Revocation = &dssJudgedStatus{moment(e.ThisUpdate), whenever(e.RevokedAt), optional(e.Reason)}
			}
		}
		if i == 0 {
			item.Indication, item.SubIndication, item.X509ValidationDetails = indication(v.Indication), optional(string(v.SubIndication)), w.details(v.Reasons)
		} else if !w.certs[ids[len(ids)-1]].Anchor {
			item.Indication, item.SubIndication = "INDETERMINATE", new("NO_CERTIFICATE_CHAIN_FOUND")
		}
		out.ChainItem = append(out.ChainItem, item)
	}
	return out
}
