package verify

import (
	"context"
	"errors"
	"time"

	"mohur/certs"
	"mohur/verify/etsi"
)

// errChain is for a chain with something in it that is no certificate.
var errChain = errors.New("a certificate of the chain can't be read")

// CertificateInput is one certificate and everything its verdict may depend on.
type CertificateInput struct {
	DER   []byte
	Chain [][]byte // candidates that the caller sends along: untrusted

	Trust        *certs.TrustStore
	Certificates []*certs.Certificate
	Revocation   certs.RevocationSource
	Identity     certs.IdentityRules // nil takes certs.DefaultIdentityRules

	Time time.Time
	Now  func() time.Time
}

// CertificateVerdict is the judgement of a certificate's path at a time (ETSI EN 319 102-1, 5.2.6).
type CertificateVerdict struct {
	Indication    etsi.Indication // PASSED, INDETERMINATE or FAILED
	SubIndication etsi.SubIndication
	Certificate   string   // id
	Chain         []string // ids from the certificate up, as far as the path went
	Subject       Signer
	Certificates  []CertificateReport
	Evidence      []Evidence
	Reasons       []Reason
	Blocks        []Block
	Policy        PolicyReference
	Time          time.Time
}

// ValidateCertificate judges a certificate by itself under a policy; a nil policy is Basic. The error is an *Error when the bytes are no
// certificate or no time was given.
func ValidateCertificate(ctx context.Context, in CertificateInput, p *Policy) (*CertificateVerdict, error) {
	if p == nil {
		p = Basic()
	}
	leaf, err := certs.Parse(in.DER)
	if err != nil {
		return nil, &Error{Code: CodeUnreadable, Err: err}
	}
	doc := &Input{Trust: in.Trust, Certificates: in.Certificates, Revocation: in.Revocation, Time: in.Time, Now: in.Now}
	at, err := doc.validationTime()
	if err != nil {
		return nil, err
	}
	sent, broken := parseCertificates(in.Chain...)
	if broken > 0 {
		return nil, &Error{Code: CodeUnreadable, Err: errChain}
	}
	v := &validation{ctx: ctx, in: doc, policy: p.clone(), time: at, doc: &document{certificates: append([]*certs.Certificate{leaf}, sent...)}}
	v.gather()
	b, r := v.x509(leaf)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &writer{seen: map[string]bool{}}
	w.certificate(leaf, in.Trust)
	w.path(r, in.Trust)
	out := &CertificateVerdict{
		Indication: b.Indication, SubIndication: b.SubIndication, Certificate: certificateID(leaf), Chain: chainOf(r), Subject: signerOf(leaf, r, in.Identity),
		Certificates: w.certificates, Evidence: w.evidence, Blocks: []Block{b.Block}, Policy: v.policy.reference(), Time: at.UTC(),
	}
	out.Reasons = reasons(out.Blocks)
	return out, nil
}
