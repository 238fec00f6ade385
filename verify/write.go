package verify

import (
	"encoding/json"
	"slices"

	"mohur/certs"
	"mohur/verify/etsi"
)

// write makes the report of everything that was judged.
func (v *validation) write(signatures []*judged, stamps map[*timestamp]*judgedTimestamp) *Report {
	r := &Report{
		Name: v.in.Name, Format: v.doc.format, Indication: etsi.NoSignatureFound, Time: v.time.UTC(), Policy: v.policy.reference(),
		Signatures: []*SignatureReport{}, Timestamps: []*TimestampReport{},
	}
	w := &writer{seen: map[string]bool{}}
	r.AttributeCertificates = v.doc.attributeCertificates
	for _, j := range signatures {
		r.AttributeCertificates = append(r.AttributeCertificates, j.sig.attributeCertificates...)
		r.Signatures = append(r.Signatures, w.signature(v, j))
		w.path(j.path, v.in.Trust)
	}
	for _, t := range v.doc.timestamps {
		r.Timestamps = append(r.Timestamps, w.timestamp(stamps[t]))
	}
	for _, t := range v.allTimestamps() {
		w.path(stamps[t].path, v.in.Trust)
	}
	r.Certificates, r.Evidence = w.certificates, w.evidence
	r.conclude()
	return r
}

// conclude takes the worst of the signatures, and the first sub-indication that goes with it; timestamps do not count.
func (r *Report) conclude() {
	rank := func(i etsi.Indication) int {
		return slices.Index([]etsi.Indication{etsi.NoSignatureFound, etsi.TotalPassed, etsi.Indeterminate, etsi.TotalFailed}, i)
	}
	for _, s := range r.Signatures {
		if rank(s.Indication) > rank(r.Indication) {
			r.Indication, r.SubIndication = s.Indication, s.SubIndication
		}
	}
}

// reference names the policy with the hash of its content.
func (p *Policy) reference() PolicyReference {
	ref := PolicyReference{Name: p.Name, Description: p.Description}
	if b, err := json.Marshal(p); err == nil { // map keys are written in order
		ref.SHA256 = identify("", b)
	}
	return ref
}

// writer collects certificates and evidence once each, in the order in which they are first used.
type writer struct {
	seen         map[string]bool
	certificates []CertificateReport
	evidence     []Evidence
}

func (w *writer) signature(v *validation, j *judged) *SignatureReport {
	s := j.sig
	o := j.long.outcome().total()
	out := &SignatureReport{
		ID: s.id, Name: s.name, Format: s.format, Level: v.level(j), Parent: s.parent, Orphan: s.orphan, Indication: o.indication, SubIndication: o.sub,
		Intact: j.intact, Coverage: s.covers(), Revision: s.revision, Modified: s.modified, Changes: s.changes,
		DigestAlgorithm: s.digestName, SignatureAlgorithm: s.signName, ClaimedSigningTime: s.claimed,
		BestSignatureTime: j.best.at.UTC(), TimeProven: j.best.proven, Claims: s.claims,
	}
	out.Technical = j.technical()
	if j.cert != nil {
		out.Signer, out.Certificate = signerOf(j.cert, j.path, v.in.Identity), certificateID(j.cert)
	}
	out.Chain = chainOf(j.path)
	for _, t := range j.timestamps {
		out.Timestamps = append(out.Timestamps, w.timestamp(t))
	}
	for _, b := range append([]*block{j.format, j.identity, j.context, j.chain, j.value, j.accept, j.basic, j.time}, append(j.past, j.long)...) {
		out.Blocks = append(out.Blocks, b.Block)
		if b == j.chain {
			out.Blocks[len(out.Blocks)-1].Parts = v.certificateBlocks(j.path, j.best.at)
		}
	}
	out.Reasons = j.reasons(out.Blocks, o)
	out.Stages = stages(v, j)
	return out
}

// reasons are those of the blocks. What the process with time or the past validation has settled is no error any more: a signature that
// passed keeps its doubts as information.
func (j *judged) reasons(blocks []Block, o outcome) []Reason {
	list := reasons(blocks)
	if o.indication != etsi.TotalPassed {
		return list
	}
	for i := range list {
		if list[i].Severity == SeverityError {
			list[i].Severity = SeverityInformation
		}
	}
	slices.SortStableFunc(list, func(a, b Reason) int { return severityRank(a.Severity) - severityRank(b.Severity) })
	return list
}

func severityRank(s Severity) int {
	return slices.Index([]Severity{SeverityError, SeverityWarning, SeverityInformation}, s)
}

func (w *writer) timestamp(j *judgedTimestamp) *TimestampReport {
	t := j.stamp
	out := &TimestampReport{
		ID: t.id, Type: t.kind, Name: t.name, Indication: j.block.Indication, SubIndication: j.block.SubIndication, Intact: j.intact,
		Time: j.at().UTC(), Coverage: t.coverage, Chain: chainOf(j.path),
	}
	if t.token != nil {
		out.DER = t.token.Raw
	}
	if j.past {
		out.Indication, out.SubIndication = etsi.Passed, ""
	}
	if j.cert != nil {
		out.ProducedBy, out.Certificate = j.cert.Subject.Display(), certificateID(j.cert)
	}
	if t.token != nil {
		out.Digest = t.token.Info.Digest.String()
	}
	for _, b := range append(j.parts, j.block) {
		out.Blocks = append(out.Blocks, b.Block)
	}
	out.Reasons = reasons(out.Blocks)
	return out
}

// path notes the certificates of a path and the evidence about them.
func (w *writer) path(r *certs.Result, trust *certs.TrustStore) {
	if r == nil {
		return
	}
	for _, c := range r.Chain {
		w.certificate(c, trust)
	}
	for _, list := range [][]certs.CertificateStatus{r.Status, r.Supporting} {
		for i := range list {
			w.evidenceOf(&list[i], trust)
		}
	}
}

// evidenceOf notes what was found about one certificate: an answer, or a list with the delta that was laid over it.
func (w *writer) evidenceOf(st *certs.CertificateStatus, trust *certs.TrustStore) {
	if st.Evidence == nil || st.Certificate == nil {
		return
	}
	w.status(st, *st.Evidence)
	if st.Delta != nil {
		w.status(st, *st.Delta)
	}
	w.certificate(st.Certificate, trust)
	if st.Signer != nil {
		w.certificate(st.Signer, trust)
	}
}

func (w *writer) certificate(c *certs.Certificate, trust *certs.TrustStore) {
	id := certificateID(c)
	if w.seen[id] {
		return
	}
	w.seen[id] = true
	w.certificates = append(w.certificates, CertificateReport{
		ID: id, Subject: c.Subject.String(), Issuer: c.Issuer.String(), Serial: c.Serial.Text(16), NotBefore: c.NotBefore.UTC(),
		NotAfter: c.NotAfter.UTC(), Anchor: trust.Contains(c), DER: c.Raw,
	})
}

func (w *writer) status(st *certs.CertificateStatus, d certs.RevocationData) {
	id := evidenceID(d)
	about := certificateID(st.Certificate)
	if w.seen[id+about] {
		return
	}
	w.seen[id+about] = true
	e := Evidence{
		ID: id, Kind: "CRL", Certificate: about, ThisUpdate: st.ThisUpdate.UTC(), ProducedAt: st.ProducedAt.UTC(),
		Status: string(st.State), DER: d.Raw(),
	}
	if d.OCSP != nil {
		e.Kind = "OCSP"
	}
	if !st.NextUpdate.IsZero() {
		next := st.NextUpdate.UTC()
		e.NextUpdate = &next
	}
	if !st.RevokedAt.IsZero() {
		at := st.RevokedAt.UTC()
		e.RevokedAt, e.Reason = &at, st.Reason.String()
	}
	w.evidence = append(w.evidence, e)
}

func chainOf(r *certs.Result) []string {
	if r == nil {
		return nil
	}
	var out []string
	for _, c := range r.Chain {
		if c != nil {
			out = append(out, certificateID(c))
		}
	}
	return out
}

// signerOf reads who signed out of the certificate. Rules that belong to an issuer count only below that issuer, in a path to a trusted one.
func signerOf(c *certs.Certificate, path *certs.Result, rules certs.IdentityRules) Signer {
	if rules == nil {
		rules = certs.DefaultIdentityRules()
	}
	chain := []*certs.Certificate{c}
	if path != nil && path.Anchor != nil {
		chain = path.Chain
	}
	return Signer{
		CommonName: c.Subject.CommonName(), PersonalCode: c.Subject.SerialNumber(), Organisation: c.Subject.Organization(),
		OrganisationID: c.Subject.OrganizationIdentifier(), Country: c.Subject.Country(), Subject: c.Subject.String(),
		Issuer: c.Issuer.String(), Serial: c.Serial.Text(16), SHA256: c.Fingerprint(), Identity: rules.Identify(chain), Statements: c.QCStatements,
	}
}
