package api

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// CertificateVerifier judges a certificate under the named policy with whatever trust and revocation data the program has. Its errors are
// Verifier's.
type CertificateVerifier interface {
	VerifyCertificate(ctx context.Context, in verify.CertificateInput, policy string) (*verify.CertificateVerdict, error)
}

// CertificateAnswer is the verdict on a certificate: the body of POST /v1/certificates/validations.
type CertificateAnswer struct {
	Indication    etsi.Indication    `json:"indication"`
	SubIndication etsi.SubIndication `json:"subIndication"`
	Subject       string             `json:"subject"`
	Issuer        string             `json:"issuer"`
	SHA256        string             `json:"sha256" doc:"of the certificate, hexadecimal"`
	Chain         []ChainCertificate `json:"chain" doc:"from the certificate up, as far as the path went"`
	Revocation    []RevocationAnswer `json:"revocation" doc:"what issuers say of the certificates of the path"`
	Reasons       []report.Reason    `json:"reasons"`
	Policy        string             `json:"policy"`
	Time          time.Time          `json:"validationTime"`
}

// ChainCertificate is one certificate of the path.
type ChainCertificate struct {
	ID        string    `json:"id"`
	Subject   string    `json:"subject"`
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	Anchor    bool      `json:"anchor"`
}

// RevocationAnswer is a piece of evidence.
type RevocationAnswer struct {
	Certificate string     `json:"certificate"`
	Kind        string     `json:"kind" enum:"CRL,OCSP"`
	Status      string     `json:"status"`
	RevokedAt   *time.Time `json:"revokedAt"`
	ThisUpdate  time.Time  `json:"thisUpdate"`
	NextUpdate  *time.Time `json:"nextUpdate"`
}

// Bounds of certificates in a body: of one, and of a chain's together.
const (
	maxCertificate = 1 << 20
	maxChain       = 4 << 20
)

// postCertificate judges the certificate in the body, DER or PEM; further ones in the PEM are candidates for the path.
func (s *server) postCertificate(w http.ResponseWriter, r *http.Request) {
	q, refusal := s.query(r, "policy", "time", "language")
	if refusal != nil {
		s.refuseWish(w, r, *refusal)
		return
	}
	done, ok := s.incoming(w, r)
	if !ok {
		return
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCertificate))
	done()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		s.refuse(w, r, problemTooLarge(), "max", int64(maxCertificate))
		return
	case err != nil:
		s.refuseUpload(w, r, err)
		return
	}
	in := verify.CertificateInput{DER: b, Time: q.time, Now: s.Now}
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("-----BEGIN")) {
		var refused *Problem
		if in.DER, in.Chain, refused = fromPEM(b); refused != nil {
			s.refuse(w, r, *refused, "max", strconv.Itoa(maxItems))
			return
		}
	}
	if len(in.DER) == 0 {
		s.refuse(w, r, invalid("#", "body"))
		return
	}
	s.admitted(w, r, int64(len(b)), func(w http.ResponseWriter) {
		if v, ok := s.judgeCertificate(w, r, in, q.policyOr(s.Policy)); ok {
			s.writeJSON(w, r, certificateAnswer(v, string(language(r))))
		}
	})
}

// fromPEM takes the first certificate for the one asked about. Something else than a certificate, more certificates than are looked at, and
// bytes behind the last one that are no PEM are refused: what is left out in silence could be the issuer that the path lacks.
func fromPEM(b []byte) (leaf []byte, chain [][]byte, refused *Problem) {
	refuse := func(code string) ([]byte, [][]byte, *Problem) { p := invalid("#", code); return nil, nil, &p }
	for len(bytes.TrimSpace(b)) > 0 {
		block, rest := pem.Decode(b)
		if block == nil {
			break // a text behind the certificates, as openssl writes it before them
		}
		if b = rest; block.Type != "CERTIFICATE" && block.Type != "X509 CERTIFICATE" {
			return refuse("pem-type")
		}
		if chain = append(chain, block.Bytes); len(chain) > maxItems {
			return refuse("pem-count")
		}
	}
	if bytes.Contains(b, []byte("-----BEGIN")) {
		return refuse("pem")
	}
	if len(chain) == 0 {
		return refuse("pem")
	}
	return chain[0], chain[1:], nil
}

// judgeCertificate asks the verifier; it has answered when it returns false.
func (s *server) judgeCertificate(w http.ResponseWriter, r *http.Request, in verify.CertificateInput, policy string) (*verify.CertificateVerdict, bool) {
	ctx, cancel := context.WithTimeout(r.Context(), s.Timeout)
	defer cancel()
	v, err := s.Certificates.VerifyCertificate(ctx, in, policy)
	if err != nil {
		s.refuseVerdict(ctx, w, r, err)
		return nil, false
	}
	return v, true
}

func certificateAnswer(v *verify.CertificateVerdict, lang string) CertificateAnswer {
	out := CertificateAnswer{
		Indication: v.Indication, SubIndication: v.SubIndication, Subject: v.Subject.Subject, Issuer: v.Subject.Issuer, SHA256: v.Subject.SHA256, Policy: v.Policy.Name,
		Time: v.Time, Chain: []ChainCertificate{}, Reasons: every(v.Reasons, func(r verify.Reason) report.Reason {
			return report.Reason{Key: r.Key, Text: report.Text(lang, r.Key, r.Args), Severity: r.Severity, Clause: r.Clause}
		}),
		Revocation: every(v.Evidence, func(e verify.Evidence) RevocationAnswer {
			return RevocationAnswer{Certificate: e.Certificate, Kind: e.Kind, Status: e.Status, RevokedAt: e.RevokedAt, ThisUpdate: e.ThisUpdate, NextUpdate: e.NextUpdate}
		}),
	}
	for _, id := range v.Chain {
		for _, c := range v.Certificates {
			if c.ID == id {
				out.Chain = append(out.Chain, ChainCertificate{ID: id, Subject: c.Subject, NotBefore: c.NotBefore, NotAfter: c.NotAfter, Anchor: c.Anchor})
			}
		}
	}
	return out
}
