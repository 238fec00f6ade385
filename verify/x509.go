package verify

import (
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/verify/etsi"
)

const clauseXCV = "ETSI EN 319 102-1, 5.2.6"

// Reasons of the certificate checks that certs does not make.
const (
	reasonResponderExpired = "REVOCATION_SIGNER_EXPIRED"  // the responder's certificate has expired since
	reasonAlgorithmEnds    = "CERTIFICATE_ALGORITHM_ENDS" // reliable now by the table's forecast only
	reasonSourceFailed     = "REVOCATION_SOURCE_FAILED"   // a warning: what was to be asked, and why it could not
	reasonOtherPath        = "CHAIN_OTHER_PATH"           // information: a path that was tried and not taken
)

// x509 validates the path of a certificate at the validation time (ETSI EN 319 102-1, 5.2.6), with the evidence that the document, the
// signature and the input hold, and records every remark.
func (v *validation) x509(leaf *certs.Certificate) (*block, *certs.Result) {
	b := newBlock(v.policy, "XCV", clauseXCV)
	if leaf == nil {
		b.conclude(indeterminate(etsi.NoSigningCertificateFound))
		return b, nil
	}
	r := v.path(v.pathRequest(leaf, v.time))
	v.report(b, r)
	v.certificateDemands(b, leaf)
	return b, r
}

// pathRequest is what every path of this validation is judged with.
func (v *validation) pathRequest(leaf *certs.Certificate, at time.Time) certs.Request {
	mode := certs.RevocationRequired
	if v.policy.level(ConstraintRevocationAvailable) != Fail {
		mode = certs.RevocationIfPresent
	}
	return certs.Request{
		Leaf: leaf, Candidates: v.pool, Trust: v.in.Trust, Time: at, EvidenceUntil: v.time, Revocation: v.source(), Verified: &v.verified,
		Policy: certs.PathPolicy{Revocation: mode, Algorithms: v.algorithmCheck},
	}
}

// pathQuestion is what tells one path request of a validation from another; all else is the same for the whole document.
type pathQuestion struct {
	leaf       *certs.Certificate
	at, until  time.Time
	revocation certs.RevocationMode
	algorithms bool
}

// path validates a path. Signatures of one signer, and timestamps of one authority, ask the same question, which is answered once.
func (v *validation) path(req certs.Request) *certs.Result {
	q := pathQuestion{req.Leaf, req.Time, req.EvidenceUntil, req.Policy.Revocation, req.Policy.Algorithms != nil}
	if r := v.paths[q]; r != nil {
		return r
	}
	r := certs.Validate(v.ctx, req)
	if v.paths == nil {
		v.paths = map[pathQuestion]*certs.Result{}
	}
	v.paths[q] = r
	return r
}

// report turns a path's result into the block's conclusion and constraints.
func (v *validation) report(b *block, r *certs.Result) {
	if r.Anchor != nil {
		b.require(certs.ReasonNoTrustAnchor, true, outcome{})
	}
	for i, reason := range r.Reasons {
		otherwise := outcome{r.Indication, r.SubIndication}
		if i > 0 {
			otherwise = b.outcome()
		}
		b.require(reason.Key, false, otherwise, reasonArgs(reason)...)
	}
	o := v.refine(b, r)
	if !o.passed() {
		b.conclude(o)
	}
	for _, w := range r.Warnings {
		if w.Key == certs.ReasonRevocationStale {
			continue // judged for the best signature time by the freshness checker
		}
		b.warn(w.Key, reasonArgs(w)...)
	}
	for i := range r.Status {
		sourcesFailed(b, &r.Status[i])
	}
	for _, other := range r.Rejected {
		otherPath(b, other)
	}
	for _, u := range r.Algorithms {
		rel := v.policy.Algorithms.worst(u)
		if !rel.reliableAt(v.time) && v.policy.Algorithms.weight(rel, v.policy.level(ConstraintCryptographic)) == Warn {
			b.warn(reasonAlgorithmEnds, arg("algorithm", rel.name), arg("end", rel.end.Format(time.DateOnly)))
		}
	}
}

// sourcesFailed says which responder or list could not be asked, and why, where that left the certificate's state open. What another source answered
// needs no such remark.
func sourcesFailed(b *block, st *certs.CertificateStatus) {
	if st.State != certs.StateMissing && st.State != certs.StateUnknown {
		return
	}
	for _, e := range certs.SourceErrors(st.SourceError) {
		why, detail := e.Why()
		args := []Arg{arg("host", e.Host()), arg("kind", e.Kind), arg("why", why), arg("subject", st.Certificate.Subject.Display())}
		if detail != "" {
			args = append(args, arg("detail", detail))
		}
		b.warn(reasonSourceFailed, args...)
	}
}

// otherPath tells of a path that was tried and not taken, with its first objection.
func otherPath(b *block, p certs.RejectedPath) {
	if len(p.Reasons) == 0 {
		return
	}
	var names []string
	for _, c := range p.Chain {
		names = append(names, c.Subject.Display())
	}
	args := []Arg{arg("path", strings.Join(names, " ← ")), arg("why", p.Reasons[0].Key)}
	for _, a := range reasonArgs(p.Reasons[0]) {
		if a.Name != "why" && a.Name != "path" {
			args = append(args, a)
		}
	}
	b.inform(reasonOtherPath, args...)
}

// refine tells apart what certs reports as one: no evidence at all is a fault of the path (5.2.6.4, step 4), and an expired issuer
// leaves no statement about its certificates (step 2).
func (v *validation) refine(b *block, r *certs.Result) outcome {
	o := outcome{r.Indication, r.SubIndication}
	if o.is(etsi.TryLater) && r.Reasons[0].Key == certs.ReasonRevocationMissing {
		return indeterminate(etsi.CertificateChainGeneral)
	}
	for _, reason := range r.Reasons {
		if o.is(etsi.OutOfBoundsNotRevoked) && reason.Key == certs.ReasonExpired && reason.Certificate != nil && !reason.Certificate.Equal(r.Chain[0]) {
			o = indeterminate(etsi.OutOfBoundsNoPOE)
		}
	}
	switch {
	case o.passed():
		return v.responders(b, r)
	case o.is(etsi.OutOfBoundsNotRevoked) && v.lateResponder(r) != nil:
		return indeterminate(etsi.OutOfBoundsNoPOE) // nobody who can be asked today says that it was not revoked (step 7)
	}
	return o
}

// responders asks that whoever signed the evidence, if not an issuer of the path, be still in its own validity: after it, whoever holds its
// key could make any answer, so only proof that the evidence existed before lets it count (REVOCATION_OUT_OF_BOUNDS_NO_POE).
func (v *validation) responders(b *block, r *certs.Result) outcome {
	late := v.lateResponder(r)
	if late == nil {
		return outcome{etsi.Passed, ""}
	}
	otherwise := indeterminate(etsi.RevocationOutOfBoundsNoPOE)
	b.require(reasonResponderExpired, false, otherwise, arg("subject", late.Subject.Display()), arg("notAfter", late.NotAfter.UTC().Format(time.RFC3339)))
	return otherwise
}

// lateResponder is the first signer of evidence that has expired by now.
func (v *validation) lateResponder(r *certs.Result) *certs.Certificate {
	for i := range r.Status {
		st := &r.Status[i]
		if st.Evidence != nil && st.Signer != nil && !contains(r.Chain, st.Signer) && v.time.After(st.Signer.NotAfter) {
			return st.Signer
		}
	}
	return nil
}

// reasonArgs puts the arguments of a reason in order of their names, with the certificate it is about.
func reasonArgs(r certs.Reason) []Arg {
	names := make([]string, 0, len(r.Args))
	for n := range r.Args {
		names = append(names, n)
	}
	sort.Strings(names)
	var out []Arg
	for _, n := range names {
		out = append(out, arg(n, r.Args[n]))
	}
	if r.Certificate != nil && !slices.Contains(names, "subject") {
		out = append(out, arg("subject", r.Certificate.Subject.Display()))
	}
	return out
}

// algorithmCheck is the policy's table as certs asks it: only what the policy fails for is a reason.
func (v *validation) algorithmCheck(use certs.AlgorithmUse, at time.Time) *certs.Reason {
	rel := v.policy.Algorithms.worst(use)
	if rel.reliableAt(at) || v.policy.Algorithms.weight(rel, v.policy.level(ConstraintCryptographic)) != Fail {
		return nil
	}
	return &certs.Reason{Key: certs.ReasonAlgorithm, Args: map[string]string{"algorithm": rel.name, "bits": strconv.Itoa(use.Key.Bits)}, Certificate: use.Certificate}
}

// worst is the reliability of the weakest part of a signature: its digest or its key.
func (a AlgorithmRules) worst(u certs.AlgorithmUse) reliability {
	return weaker(a.digest(digestName(u.Algorithm)), a.signature(familyName(u.Algorithm.Family), u.Key.Bits))
}

// familyName is the family as the policy's table names it: the plain encoding of ECDSA is ECDSA.
func familyName(f algo.Family) string {
	if f == algo.PlainECDSA {
		f = algo.ECDSA
	}
	return f.String()
}

// digestName is the digest that a signature algorithm rests on; for EdDSA the one that it brings along.
func digestName(s algo.Signature) string { return s.Digest.String() }

// weaker returns the one that ends first; what is unknown has ended always.
func weaker(a, b reliability) reliability {
	switch {
	case !a.known:
		return a
	case !b.known:
		return b
	case a.end.IsZero():
		return b
	case b.end.IsZero() || !b.end.Before(a.end):
		return a
	}
	return b
}

// certificateDemands weighs what the policy asks of the signing certificate besides RFC 5280.
func (v *validation) certificateDemands(b *block, c *certs.Certificate) {
	if want := v.policy.Signer.KeyUsage; len(want) > 0 {
		b.ask(ConstraintKeyUsage, hasUsage(c, want), indeterminate(etsi.ChainConstraintsFailure), arg("wanted", want[0]))
	}
	v.purposeDemands(b, c)
	if want := v.policy.Signer.Policies; len(want) > 0 {
		b.ask(ConstraintPolicies, slices.ContainsFunc(c.Policies, func(p certs.Policy) bool {
			return slices.Contains(want, p.ID.String())
		}), indeterminate(etsi.ChainConstraintsFailure))
	}
	for _, want := range v.policy.Signer.Statements {
		b.ask(ConstraintStatements, c.QCStatements != nil && slices.Contains(c.QCStatements.Statements, asn1.ObjectIdentifier(want)),
			indeterminate(etsi.ChainConstraintsFailure), arg("statement", want))
	}
}

// purposes are the names of purposes that a policy file may use.
func purposes() map[string]asn1.ObjectIdentifier {
	return map[string]asn1.ObjectIdentifier{"documentSigning": certs.PurposeDocumentSigning, "emailProtection": "1.3.6.1.5.5.7.3.4"}
}

// purposeDemands weighs the extended key usage of the signing certificate (RFC 5280, 4.2.1.12; RFC 9336): RFC 5280 leaves to the application which
// purposes it asks for, so the policy says so.
func (v *validation) purposeDemands(b *block, c *certs.Certificate) {
	wanted := v.policy.Signer.ExtendedKeyUsage
	if len(wanted) == 0 {
		wanted = []string{"documentSigning"}
	}
	named := slices.ContainsFunc(wanted, func(w string) bool {
		id, ok := purposes()[w]
		if !ok {
			id = asn1.ObjectIdentifier(w)
		}
		return c.ExtendedKeyUsage.Has(id)
	})
	otherwise := indeterminate(etsi.ChainConstraintsFailure)
	free := c.ExtendedKeyUsage == nil || c.ExtendedKeyUsage.Has(certs.PurposeAny)
	b.ask(ConstraintExtendedUsage, named || free, otherwise, arg("wanted", strings.Join(wanted, ", ")))
	b.ask(ConstraintNamedUsage, named, otherwise, arg("wanted", strings.Join(wanted, ", ")))
}

// hasUsage says whether the certificate allows one of the usages; one without the extension allows all.
func hasUsage(c *certs.Certificate, want []string) bool {
	if c.KeyUsage == nil {
		return true
	}
	for _, w := range want {
		switch w {
		case "nonRepudiation":
			if c.KeyUsage.Has(certs.NonRepudiation) {
				return true
			}
		case "digitalSignature":
			if c.KeyUsage.Has(certs.DigitalSignature) {
				return true
			}
		}
	}
	return false
}
