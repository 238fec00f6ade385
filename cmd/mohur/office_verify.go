package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/desk"
	"mohur/internal/locale"
	"mohur/internal/pdf"
	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

// judge verifies documents with the service's trust, candidates and revocation sources. Desk, pages and API share one.
type judge struct {
	trust        *trustStores
	revocation   certs.RevocationSource
	issuers      *issuerFetcher // nil fetches none
	sealPolicies []string       // certificate policies that say "seal right"
	now          func() time.Time
}

// policy returns the configured policy as it is now, or a shipped one. No other file is read: whoever asks names a policy, not a path.
func (j *judge) policy(t *trusted, name string) (*verify.Policy, error) {
	if name == j.trust.policyName {
		return t.policy, nil
	}
	return verify.NamedPolicy(name)
}

// readPolicy returns a shipped policy, or the one in a file.
func readPolicy(name string) (*verify.Policy, error) {
	if slices.Contains(verify.PolicyNames(), name) {
		return verify.NamedPolicy(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("policy %q: neither a shipped policy (%s) nor a readable file", name, strings.Join(verify.PolicyNames(), ", "))
	}
	defer f.Close()
	return verify.LoadPolicy(f)
}

// Verify judges a document under a named policy; the pages' and the API's port. What the caller left open is filled in.
func (j *judge) Verify(ctx context.Context, in verify.Input, policy string) (*verify.Report, error) {
	t := j.trust.now() // once: the verdict goes by one store and one policy from beginning to end
	p, err := j.policy(t, cmp.Or(policy, verify.PolicyBasic))
	if err != nil {
		return nil, err
	}
	in.Trust, in.Certificates, in.Revocation, in.Identity = t.anchors, t.candidates, j.revocation, t.identity
	if in.Time.IsZero() {
		in.Time = j.now()
	}
	return j.issuers.document(ctx, in, p)
}

// VerifyCertificate judges a certificate by itself under a named policy, with the same trust and evidence.
func (j *judge) VerifyCertificate(ctx context.Context, in verify.CertificateInput, policy string) (*verify.CertificateVerdict, error) {
	t := j.trust.now()
	p, err := j.policy(t, cmp.Or(policy, verify.PolicyBasic))
	if err != nil {
		return nil, err
	}
	in.Trust, in.Certificates, in.Revocation, in.Identity = t.anchors, t.candidates, j.revocation, t.identity
	if in.Time.IsZero() {
		in.Time = j.now()
	}
	return verify.ValidateCertificate(ctx, in, p)
}

// deskVerifier is the desk's Verifier port over a judge.
type deskVerifier struct{ *judge }

// PolicyVersion names the present version of a policy: the hash of what it says.
func (v deskVerifier) PolicyVersion(policy string) string {
	p, err := v.policy(v.trust.now(), policy)
	if err != nil {
		return ""
	}
	canonical, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return string(fingerprint(sha256.Sum256(canonical)))
}

// Verify judges a stored file and keeps what decisions need.
func (v deskVerifier) Verify(ctx context.Context, in desk.VerifyInput) (*docket.Verification, error) {
	r, err := v.judge.Verify(ctx, verify.Input{Name: in.Name, Content: in.File, Size: in.Size, Time: in.Time, Detached: beside(in)}, in.Policy)
	if err != nil {
		return unreadable(err)
	}
	simple, err := json.Marshal(report.Simple(r, string(locale.Azerbaijani)))
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	out := &docket.Verification{
		Policy: in.Policy, PolicyVersion: v.PolicyVersion(in.Policy), Format: string(r.Format), Indication: r.Indication, SubIndication: r.SubIndication, Report: simple,
	}
	for _, s := range r.Signatures {
		out.Signatures = append(out.Signatures, v.signature(r, s))
	}
	for _, e := range r.Evidence {
		out.Evidence = append(out.Evidence, docket.Evidence{Kind: e.Kind, Status: e.Status, ThisUpdate: e.ThisUpdate, DER: e.DER})
	}
	return out, nil
}

// beside is what a detached signature speaks of.
func beside(in desk.VerifyInput) []verify.Data {
	switch {
	case in.Beside != nil:
		return []verify.Data{{Content: in.Beside, Size: in.BesideSize}}
	case in.BesideSHA256 != "":
		return []verify.Data{{DigestAlgorithm: "SHA256", Digest: in.BesideSHA256.Bytes()}}
	}
	return nil
}

// signature picks out of a report what a decision about one signature needs.
func (v deskVerifier) signature(r *verify.Report, s *verify.SignatureReport) docket.SignatureVerdict {
	out := docket.SignatureVerdict{
		ID: s.ID, Format: string(s.Format), Level: s.Level, Indication: s.Indication, SubIndication: s.SubIndication, Intact: s.Intact,
		Covers: string(s.Coverage), Modified: string(s.Modified), Orphan: s.Orphan, Field: s.Name, Certificate: docket.Hash(s.Signer.SHA256),
		BestSignatureTime: s.BestSignatureTime, RevocationMissing: revocationMissing(s),
		Signer: docket.Signer{
			Name: s.Signer.DisplayName(), FIN: s.Signer.Identity.FIN, Organisation: s.Signer.Organisation,
			VOEN: s.Signer.Identity.VOEN, SealRight: s.Signer.Identity.SealRight || v.sealRight(r, s.Certificate),
		},
	}
	// Whatever revocation data is waited for could not bring a certificate back that is not in force.
	if out.RevocationMissing && outOfForce(r, s) {
		out.SubIndication, out.RevocationMissing = etsi.OutOfBoundsNoPOE, false
	}
	if s.ClaimedSigningTime != nil {
		out.ClaimedSigningTime = *s.ClaimedSigningTime
	}
	for _, why := range s.Reasons {
		reason := docket.Reason{Key: why.Key, Args: map[string]string{}}
		for _, a := range why.Args {
			reason.Args[a.Name] = a.Value
		}
		out.Reasons = append(out.Reasons, reason)
	}
	return out
}

// outOfForce says whether the signing certificate was over, or not yet in force, at the time for which the signature is known to exist.
func outOfForce(r *verify.Report, s *verify.SignatureReport) bool {
	return slices.ContainsFunc(r.Certificates, func(c verify.CertificateReport) bool {
		return c.ID == s.Certificate && s.Certificate != "" && (s.BestSignatureTime.Before(c.NotBefore) || s.BestSignatureTime.After(c.NotAfter))
	})
}

// sealRight says whether the signing certificate names a policy that stands for the seal right, or is a seal certificate itself.
func (v deskVerifier) sealRight(r *verify.Report, id string) bool {
	i := slices.IndexFunc(r.Certificates, func(c verify.CertificateReport) bool { return c.ID == id })
	if i < 0 || id == "" {
		return false
	}
	c, err := certs.Parse(r.Certificates[i].DER)
	if err != nil {
		return false
	}
	for _, p := range c.Policies {
		if slices.Contains(v.sealPolicies, string(p.ID)) {
			return true
		}
	}
	return false
}

// revocationMissing says whether revocation data that could not be had now could still change the verdict: it is INDETERMINATE for want of
// data (TRY_LATER, or CERTIFICATE_CHAIN_GENERAL_FAILURE where there is none at all), and not for a hold.
func revocationMissing(s *verify.SignatureReport) bool {
	if s.Indication != etsi.Indeterminate || s.SubIndication != etsi.TryLater && s.SubIndication != etsi.CertificateChainGeneral {
		return false
	}
	has := func(key string) bool {
		return slices.ContainsFunc(s.Reasons, func(r verify.Reason) bool { return r.Key == key })
	}
	return !has(certs.ReasonOnHold) && (has(certs.ReasonRevocationMissing) || has(certs.ReasonRevocationUnusable) || has(certs.ReasonRevocationStale))
}

// unreadable turns "this is no document with signatures" into a verdict without signatures, for a form that has to say so in words; anything
// else could not run.
func unreadable(err error) (*docket.Verification, error) {
	e, ok := errors.AsType[*verify.Error](err)
	if !ok || e.Code == verify.CodeNoTime || e.Code == verify.CodeTooLarge {
		return nil, err
	}
	return &docket.Verification{Indication: etsi.NoSignatureFound, Report: []byte(`{}`)}, nil
}

// fingerprint is a certificate's SHA-256 as the desk writes it.
func fingerprint(sum [32]byte) docket.Hash { return docket.Hash(hex.EncodeToString(sum[:])) }

// SignedOnly says whether a PDF's bytes after base add signatures and what belongs to them, and nothing else.
func (v deskVerifier) SignedOnly(_ context.Context, in desk.VerifyInput, base int64) (bool, error) {
	d, err := pdf.Open(in.File, in.Size, pdf.Options{})
	if err != nil {
		return false, nil //nolint:nilerr // what can't be read is no signed record, and the verdict says why
	}
	revisions := d.Revisions()
	if !slices.ContainsFunc(revisions, func(r pdf.Revision) bool { return r.End == base }) {
		return false, nil
	}
	diff, err := d.ChangesSince(base)
	if err != nil {
		return false, err
	}
	signed := map[string]bool{}
	for _, c := range diff.Changes {
		signed[c.Field] = signed[c.Field] || c.Kind == pdf.ChangeSignature || c.Kind == pdf.ChangeTimestamp
	}
	for _, c := range diff.Changes {
		if !c.Allowed || !belongsToSignature(c, signed) {
			return false, nil
		}
	}
	return len(diff.Changes) > 0, nil
}

// belongsToSignature says whether a change is a signature, what proves it later, or what signing programs write about it: the look of its own
// field, the form dictionary; not a form value.
func belongsToSignature(c pdf.Change, signed map[string]bool) bool {
	switch c.Kind {
	case pdf.ChangeSignature, pdf.ChangeTimestamp, pdf.ChangeDSS, pdf.ChangeMetadata:
		return true
	case pdf.ChangeForm:
		return c.Field == "" || signed[c.Field]
	default:
		return false
	}
}
