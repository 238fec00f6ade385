// Package tsa judges timestamp tokens: whose they are, and whether the time they state can be believed (EN 319 102-1, 5.4; RFC 3161, 2.3).
// It must not know the documents that the tokens belong to: whether the imprint fits is the caller's question.
package tsa

import (
	"context"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/tsp"
	"mohur/verify/etsi"
)

// Request is everything the judgement of a token depends on. The zero value trusts nobody.
type Request struct {
	Candidates    []*certs.Certificate // certificates besides the token's own, such as those of the document: untrusted
	Trust         *certs.TrustStore
	Time          time.Time              // the time for which the TSA's certificate is judged
	EvidenceUntil time.Time              // as certs.Request.EvidenceUntil
	Revocation    certs.RevocationSource // besides what the token carries
	// Policy is as for any path. Purpose and key usage are set here: RFC 3161, 2.3 leaves no choice.
	Policy certs.PathPolicy
}

// Keys of reasons besides those of package certs.
const (
	ReasonSignerNotFound   = "TIMESTAMP_SIGNER_NOT_FOUND"  // no certificate fits the ESS certificate id
	ReasonSignerUnreadable = "TIMESTAMP_SIGNER_UNREADABLE" // it was found and can't be read, or its key is unknown
	ReasonSignature        = "TIMESTAMP_SIGNATURE_INVALID"
	ReasonContent          = "TIMESTAMP_CONTENT_ALTERED" // the signed digest isn't that of the TSTInfo
	ReasonPurpose          = "TIMESTAMP_PURPOSE"         // args: purposes, critical
	ReasonOutsideValidity  = "TIMESTAMP_OUTSIDE_VALIDITY"
)

// Result is the judgement.
type Result struct {
	Indication    etsi.Indication
	SubIndication etsi.SubIndication
	Reasons       []certs.Reason // why not passed; the first explains SubIndication
	Warnings      []certs.Reason
	Signer        *certs.Certificate // nil when not found
	Outcome       *tsp.Outcome       // of the cryptography; nil when the signer is not known
	Path          *certs.Result      // of the signer's certificate; nil when it was not reached
	Time          time.Time          // the genTime stated; to be believed only when passed
}

// Passed says whether the stated time can be believed.
func (r *Result) Passed() bool { return r.Indication == etsi.Passed }

func (r *Result) fail(i etsi.Indication, s etsi.SubIndication, reason certs.Reason) {
	if r.Indication == etsi.Passed {
		r.Indication, r.SubIndication = i, s
	}
	r.Reasons = append(r.Reasons, reason)
}

// Validate judges a token. It never returns nil, and no outcome is a Go error.
func Validate(ctx context.Context, token *tsp.Token, req Request) *Result {
	r := &Result{Indication: etsi.Passed, Time: token.Info.GenTime}
	candidates := append(tokenCertificates(token), req.Candidates...)
	if !r.identify(token, candidates) || !r.verify(token) {
		return r
	}
	r.purpose()
	if g := r.Time; g.Before(r.Signer.NotBefore) || g.After(r.Signer.NotAfter) {
		r.fail(etsi.Indeterminate, etsi.ChainConstraintsFailure, certs.Reason{Key: ReasonOutsideValidity, Certificate: r.Signer})
	}
	r.path(ctx, token, candidates, req)
	r.algorithms(token, req)
	return r
}

// tokenCertificates are the token's own certificates, as candidates; what can't be read is not one.
func tokenCertificates(token *tsp.Token) []*certs.Certificate {
	var out []*certs.Certificate
	for _, der := range token.CMS.Certificates {
		if c, err := certs.Parse(der); err == nil {
			out = append(out, c)
		}
	}
	return out
}

// identify finds the signer by the ESS certificate id, never by position (EN 319 102-1, 5.2.3; RFC 5816, 2.2.1).
func (r *Result) identify(token *tsp.Token, candidates []*certs.Certificate) bool {
	ders := make([][]byte, len(candidates))
	for i, c := range candidates {
		ders[i] = c.Raw
	}
	der := token.SignerCertificate(ders...)
	if der == nil {
		r.fail(etsi.Indeterminate, etsi.NoSigningCertificateFound, certs.Reason{Key: ReasonSignerNotFound})
		return false
	}
	c, err := certs.Parse(der)
	if err != nil || c.PublicKey == nil {
		r.Signer = c
		r.fail(etsi.Indeterminate, etsi.NoSigningCertificateFound, certs.Reason{Key: ReasonSignerUnreadable, Certificate: c})
		return false
	}
	r.Signer = c
	return true
}

// verify is the cryptographic verification (EN 319 102-1, 5.2.7).
func (r *Result) verify(token *tsp.Token) bool {
	o, err := token.Verify(r.Signer.Raw, r.Signer.PublicKey)
	if err != nil {
		r.fail(etsi.Failed, etsi.FormatFailure, certs.Reason{Key: ReasonSignerUnreadable, Certificate: r.Signer})
		return false
	}
	r.Outcome = o
	switch {
	case o.Valid():
		return true
	case !o.DigestMatches || !o.ContentTypeMatches:
		r.fail(etsi.Failed, etsi.HashFailure, certs.Reason{Key: ReasonContent})
	default:
		r.fail(etsi.Failed, etsi.SigCryptoFailure, certs.Reason{Key: ReasonSignature, Certificate: r.Signer})
	}
	return false
}

// purpose is RFC 3161, 2.3: "The corresponding certificate MUST contain only one instance of the extended key usage field extension ... with KeyPurposeID
// having value: id-kp-timeStamping. This extension MUST be critical."
func (r *Result) purpose() {
	e := r.Signer.ExtendedKeyUsage
	if e.Only(certs.PurposeTimeStamping) && e.Critical {
		return
	}
	purposes, critical := "", "false"
	if e != nil {
		for i, p := range e.Purposes {
			if i > 0 {
				purposes += " "
			}
			purposes += string(p)
		}
		if e.Critical {
			critical = "true"
		}
	}
	r.fail(etsi.Indeterminate, etsi.ChainConstraintsFailure,
		certs.Reason{Key: ReasonPurpose, Args: map[string]string{"purposes": purposes, "critical": critical}, Certificate: r.Signer})
}

// path validates the signer's certificate with what the token carries of certificates and evidence.
func (r *Result) path(ctx context.Context, token *tsp.Token, candidates []*certs.Certificate, req Request) {
	policy := req.Policy
	policy.KeyUsage = certs.DigitalSignature | certs.NonRepudiation
	r.Path = certs.Validate(ctx, certs.Request{
		Leaf: r.Signer, Candidates: candidates, Trust: req.Trust, Time: req.Time, EvidenceUntil: req.EvidenceUntil,
		Revocation: certs.Sources{embedded(token), req.Revocation}, Policy: policy,
	})
	r.Warnings = append(r.Warnings, r.Path.Warnings...)
	if !r.Path.Passed() {
		if r.Indication == etsi.Passed {
			r.Indication, r.SubIndication = r.Path.Indication, r.Path.SubIndication
		}
		r.Reasons = append(r.Reasons, r.Path.Reasons...)
	}
}

// embedded is the evidence that the token itself carries.
func embedded(token *tsp.Token) *certs.MemoryRevocation {
	m := &certs.MemoryRevocation{}
	for _, der := range token.CMS.CRLs {
		if l, err := certs.ParseCRL(der); err == nil {
			m.Add(certs.RevocationData{CRL: l, Origin: certs.OriginTimestamp})
		}
	}
	for _, der := range token.CMS.OCSPResponses {
		if o, err := certs.ParseOCSP(der); err == nil {
			m.Add(certs.RevocationData{OCSP: o, Origin: certs.OriginTimestamp})
		}
	}
	return m
}

// algorithms asks the caller about the token's own signature and its imprint (EN 319 102-1, 5.2.8).
func (r *Result) algorithms(token *tsp.Token, req Request) {
	if req.Policy.Algorithms == nil {
		return
	}
	uses := []certs.AlgorithmUse{
		{Place: "timestamp", Certificate: r.Signer, Algorithm: r.Outcome.Signature, Key: r.Signer.KeyInfo},
		{Place: "imprint", Certificate: r.Signer, Algorithm: algo.Signature{Digest: token.Info.Digest, Name: token.Info.Digest.String()}},
	}
	for _, u := range uses {
		if why := req.Policy.Algorithms(u, req.Time); why != nil {
			r.fail(etsi.Indeterminate, etsi.CryptoConstraintsNoPOE, *why)
		}
	}
}
