package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/pdf"
	"mohur/verify/etsi"
)

// Findings about a PDF signature that no policy lifts.
const (
	reasonContentsEncapsulated = "PDF_ENCAPSULATED_CONTENT"
)

// SubFilter values (ISO 32000-2, table 260; ETSI EN 319 142-1, 5.1).
const (
	subFilterCAdES = "ETSI.CAdES.detached"
	subFilterPKCS7 = "adbe.pkcs7.detached"
	subFilterSHA1  = "adbe.pkcs7.sha1"
	subFilterX509  = "adbe.x509.rsa_sha1"
)

// fromPDF reads the signatures and document timestamps of a PDF.
func fromPDF(ctx context.Context, in *Input) (*document, error) {
	d, err := pdf.Open(in.Content, in.Size, pdf.Options{Password: in.Password})
	if err != nil {
		return nil, pdfError(err)
	}
	found, err := d.Signatures()
	if err != nil {
		return nil, pdfError(err)
	}
	doc := &document{format: FormatPDF}
	shared := &prefixes{file: in.Content}
	for _, s := range found {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := doc.addPDF(d, s, shared); err != nil {
			return nil, err
		}
	}
	doc.readDSS(d)
	oddities := fileFindings(d)
	for _, s := range doc.signatures {
		s.structure = append(s.structure, oddities...)
		if s.format == FormatPAdES {
			doc.format = FormatPAdES
		}
	}
	return doc, nil
}

// pdfError says why a PDF could not be read.
func pdfError(err error) error {
	e := &Error{Code: CodeUnreadable, Format: FormatPDF, Err: err}
	var encrypted *pdf.EncryptionError
	var limit *pdf.LimitError
	switch {
	case errors.Is(err, pdf.ErrPassword):
		e.Code = CodeEncrypted
	case errors.As(err, &encrypted):
		e.Code = CodeHandler
	case errors.As(err, &limit):
		e.Code = CodeTooLarge
	}
	return e
}

// addPDF reads one signature dictionary.
func (doc *document) addPDF(d *pdf.Document, p *pdf.Signature, shared *prefixes) error {
	content := &signedContent{name: "document", open: p.SignedBytes}
	content.shared = func(want ...algo.Digest) (map[algo.Digest][]byte, error) { return shared.digests(p.ByteRange, want) }
	if len(p.ByteRange) == 0 || beyondEnd(p) {
		content.open = nil // some of what was signed is not in the file
	}
	if p.IsDocumentTimestamp() {
		t := fromToken(DocumentTimestamp, p.Contents, content)
		if t.broken != nil && content.open != nil && len(p.Contents) == 0 {
			t.broken = errors.New("the signature field is empty")
		}
		t.name, t.coverage, t.position = p.FieldName, coverageOf(p), position{p.End()}
		t.format = byteRangeFindings(p)
		doc.timestamps = append(doc.timestamps, t)
		doc.certificates = append(doc.certificates, certificatesOf(t)...)
		return nil
	}
	s, err := pdfSignature(p, content)
	if err != nil {
		return err
	}
	s.name, s.orphan = p.FieldName, p.Orphan
	describePDF(p, s)
	s.revision, s.coverage, s.position = p.Revision+1, coverageOf(p), position{p.End()}
	s.claims = Claims{Name: p.Name, Reason: p.Reason, Location: p.Location, ContactInfo: p.ContactInfo}
	if !p.SigningTime.IsZero() {
		at := p.SigningTime.UTC()
		s.claimed = &at
	}
	s.structure = append(pdfFindings(p), s.structure...)
	doc.difference(d, p, s)
	doc.signatures = append(doc.signatures, s)
	doc.certificates = append(doc.certificates, s.candidates...)
	return nil
}

// fileFindings are the faults in the syntax of the file that were met while it was read, each kind once: a reader should know of them, since
// another program may mend them in another way. What makes later revisions ambiguous is among the changes besides.
func fileFindings(d *pdf.Document) []finding {
	var out []finding
	seen := map[string]bool{}
	for _, p := range d.Problems() {
		if !seen[p.Key] {
			seen[p.Key] = true
			out = append(out, structureFinding(p.Key, strings.Join(p.Args, ", ")))
		}
	}
	return out
}

// beyondEnd says whether the ByteRange names bytes that the file does not have.
func beyondEnd(p *pdf.Signature) bool {
	return slices.ContainsFunc(p.Problems, func(pr pdf.Problem) bool { return pr.Key == "PDF_BYTE_RANGE_BEYOND_END" })
}

// pdfSignature reads what lies in /Contents.
func pdfSignature(p *pdf.Signature, content *signedContent) (*signature, error) {
	if p.SubFilter == subFilterX509 {
		return rawSignature(p, content)
	}
	sd, err := cms.Parse(p.Contents, cms.Limits{})
	if err == nil && len(sd.SignerInfos) == 0 {
		err = errors.New("the CMS message has no signer")
	}
	if err != nil {
		return &signature{
			id: identify("S-", p.Contents, fmt.Append(nil, p.ByteRange)), format: FormatPDF, modified: ModifiedUnknown,
			structure: []finding{{key: reasonCMSUnreadable, always: true, otherwise: failed(etsi.FormatFailure), args: causeOf(err)}},
		}, nil
	}
	si := sd.SignerInfos[0]
	want := digestsOf(sd)
	if p.SubFilter == subFilterSHA1 {
		want = append(want, algo.SHA1)
	}
	if err := content.hash(want...); err != nil {
		return nil, err
	}
	inner, legacy := content, p.SubFilter == subFilterSHA1
	if legacy && sd.Content != nil {
		inner = &signedContent{name: "digest", open: sd.Content.Reader}
		if err := inner.hash(digestsOf(sd)...); err != nil {
			return nil, err
		}
	}
	s := cmsSignature(si, newArchivedMessage(sd, inner), inner, identify("S-", p.Contents, fmt.Append(nil, p.ByteRange)))
	if legacy && sd.Content != nil {
		// The message signs the SHA-1 of the ByteRange: the document is a reference of its own (ISO 32000-2, 12.8.3.3.1).
		s.references = append(s.references, reference{
			name: "document", found: content.open != nil, digest: algo.SHA1.String(),
			matches: string(content.digests[algo.SHA1]) == string(sd.Content.Bytes()),
		})
		s.digest, s.digestName = algo.SHA1, algo.SHA1.String()
	}
	s.shape = pdfShape(p, si, sd)
	finishPDFSignature(s, p, sd, legacy)
	return s, nil
}

// finishPDFSignature adds what the message says as a whole.
func finishPDFSignature(s *signature, p *pdf.Signature, sd *cms.SignedData, legacy bool) {
	s.format = FormatPDF
	if p.SubFilter == subFilterCAdES {
		s.format = FormatPAdES
	}
	candidates, broken := parseCertificates(sd.Certificates...)
	s.candidates = append(candidates, extraCertificates(sd.SignerInfos[0])...)
	s.revocation = append(s.revocation, revocationBlobs(certs.OriginSignature, sd.CRLs, sd.OCSPResponses)...)
	s.structure = append(s.structure, messageFindings(sd, broken)...)
	s.structure = append(s.structure,
		finding{key: reasonContentsEncapsulated, met: sd.Content == nil || legacy, always: true, otherwise: failed(etsi.FormatFailure)},
		finding{key: ConstraintSingleSigner, met: len(sd.SignerInfos) == 1, otherwise: failed(etsi.FormatFailure)})
}

// rawSignature reads adbe.x509.rsa_sha1: /Contents is a DER OCTET STRING with a PKCS #1 value over the ByteRange, /Cert holds the
// certificates, the signer's first (ISO 32000-1, 12.8.3.2).
func rawSignature(p *pdf.Signature, content *signedContent) (*signature, error) {
	sig, err := algo.NewSignature(algo.RSA, algo.SHA1)
	if err != nil {
		return nil, &Error{Code: CodeUnreadable, Format: FormatPDF, Err: err}
	}
	if err := content.hash(algo.SHA1); err != nil {
		return nil, err
	}
	value, err := octets(p.Contents)
	candidates, broken := parseCertificates(p.Certs...)
	s := &signature{
		id: identify("S-", p.Contents, fmt.Append(nil, p.ByteRange)), format: FormatPDF, digest: algo.SHA1, algorithm: sig,
		digestName: algo.SHA1.String(), signName: sig.Name, candidates: candidates,
		structure:  []finding{{key: reasonCMSUnreadable, met: err == nil, always: true, otherwise: failed(etsi.FormatFailure), args: causeOf(err)}},
		references: []reference{{name: "document", found: content.open != nil, matches: content.open != nil, digest: algo.SHA1.String()}},
	}
	if len(candidates) > 0 {
		s.matches = candidates[0].Equal
	}
	if broken > 0 {
		s.structure = append(s.structure, structureFinding("CERTIFICATE_UNREADABLE", fmt.Sprint(broken)))
	}
	s.value = func(c *certs.Certificate) valueOutcome {
		if c.PublicKey == nil {
			return valueOutcome{unsupported: publicKeyProblem(c)}
		}
		return valueOutcome{valid: sig.VerifyDigest(c.PublicKey, content.digests[algo.SHA1], value) == nil}
	}
	return s, nil
}

func coverageOf(p *pdf.Signature) Coverage {
	switch p.Coverage() {
	case pdf.CoversWhole:
		return CoversWhole
	case pdf.CoversRevision:
		return CoversRevision
	}
	return CoversPartial
}

// pdfFindings are what the reader found wrong with the signature dictionary, as format checking weighs it.
func pdfFindings(p *pdf.Signature) []finding {
	out := append(byteRangeFindings(p),
		finding{key: ConstraintFieldTree, met: !p.Orphan, otherwise: indeterminate(etsi.SigConstraintsFailure)},
		finding{key: ConstraintSubFilter, met: p.SubFilter == subFilterCAdES, otherwise: indeterminate(etsi.SigConstraintsFailure), args: []Arg{arg("subFilter", p.SubFilter)}})
	return out
}

// byteRangeFindings turn the problems of ByteRange and /Contents into findings; one that leaves bytes out decides.
func byteRangeFindings(p *pdf.Signature) []finding {
	var out []finding
	partial := p.Coverage() == pdf.CoversPart
	for _, pr := range p.Problems {
		args := append([]Arg{arg("problem", pr.Key)}, arg("detail", strings.Join(pr.Args, ", ")))
		if partial && (strings.HasPrefix(pr.Key, "PDF_BYTE_RANGE_") || strings.HasPrefix(pr.Key, "PDF_CONTENTS_")) && pr.Key != "PDF_BYTE_RANGE_COLLISION" {
			out = append(out, finding{key: ConstraintByteRange, otherwise: failed(etsi.FormatFailure), args: args})
			partial = false
			continue
		}
		out = append(out, finding{key: ConstraintStructure, otherwise: failed(etsi.FormatFailure), args: args})
	}
	if partial {
		out = append(out, finding{key: ConstraintByteRange, otherwise: failed(etsi.FormatFailure), args: []Arg{arg("problem", ""), arg("detail", "")}})
	}
	return out
}

// difference asks what happened after the signature. A comparison that can't be made is unknown, never none.
func (doc *document) difference(d *pdf.Document, p *pdf.Signature, s *signature) {
	if p.Coverage() == pdf.CoversPart {
		s.modified = ModifiedUnknown
		return
	}
	diff, err := d.Changes(p)
	if err != nil {
		s.modified = ModifiedUnknown
		s.changes = append(s.changes, Change{Kind: string(pdf.ChangeUnknown), Key: "PDF_CHANGE_NOT_COMPARED", Args: causeOf(err)})
		return
	}
	s.modified = Modified(diff.Modified.String())
	for _, c := range diff.Changes {
		s.changes = append(s.changes, changeOf(c))
	}
}

func changeOf(c pdf.Change) Change {
	out := Change{Kind: string(c.Kind), Page: c.Page, Field: c.Field, Key: c.Key, Allowed: c.Allowed, Overlay: c.Overlay, Locked: c.Locked}
	if c.Object != (pdf.Ref{}) {
		out.Object = fmt.Sprintf("%d %d", c.Object.Num, c.Object.Gen)
	}
	if c.Page > 0 {
		out.Args = append(out.Args, arg("page", fmt.Sprint(c.Page)))
	}
	if c.Field != "" {
		out.Args = append(out.Args, arg("field", c.Field))
	}
	if c.Key == "PDF_AMBIGUOUS_STRUCTURE" && len(c.Args) > 0 {
		out.Args = append(out.Args, arg("problem", c.Args[0]), arg("detail", strings.Join(c.Args[1:], ", ")))
		return out
	}
	if c.Kind == pdf.ChangeAnnotation && len(c.Args) > 0 {
		out.Args = append(out.Args, arg("annotation", c.Args[0]))
	}
	if c.Overlay {
		out.Args = append(out.Args, arg("over", "OVER_CONTENT"))
	}
	out.Args = append(out.Args, arg("object", out.Object), arg("detail", strings.Join(c.Args, ", ")))
	return out
}

// readDSS collects the document security store, noting for each value the first revision that has it, since a document timestamp proves
// only what lies before it.
func (doc *document) readDSS(d *pdf.Document) {
	revisions := d.Revisions()
	if len(doc.timestamps) == 0 && len(revisions) > 0 {
		revisions = revisions[len(revisions)-1:]
	}
	kept := newOnce()
	for i, r := range revisions {
		v := d
		if i < len(revisions)-1 {
			var err error
			if v, err = d.At(r.End); err != nil {
				continue
			}
		}
		dss, err := v.DSS()
		if err != nil || dss == nil {
			continue
		}
		doc.keepDSS(dss, r.End, kept)
	}
}

// once knows values by a hash that nobody outside can foresee, and by their bytes where two share it: as keys of a map they would all be copied.
type once struct {
	seed maphash.Seed
	seen map[uint64][][]byte
}

func newOnce() *once { return &once{maphash.MakeSeed(), map[uint64][][]byte{}} }

// first tells that a value of a kind comes for the first time.
func (o *once) first(kind byte, b []byte) bool {
	h := maphash.Bytes(o.seed, b) + uint64(kind)
	if slices.ContainsFunc(o.seen[h], func(old []byte) bool { return bytes.Equal(old, b) }) {
		return false
	}
	o.seen[h] = append(o.seen[h], b)
	return true
}

func (doc *document) keepDSS(dss *pdf.DSS, end int64, kept *once) {
	for _, b := range revocationBlobs(certs.OriginDSS, dss.CRLs, dss.OCSPs) {
		if kept.first(0, b.der) {
			b.end = end
			doc.revocation = append(doc.revocation, b)
		}
	}
	for _, der := range dss.Certs {
		if !kept.first(1, der) { // each revision repeats those before it
			continue
		}
		found, _ := parseCertificates(der)
		for _, c := range found {
			doc.held = append(doc.held, heldCertificate{c, end})
			doc.certificates = append(doc.certificates, c)
		}
	}
}

// octets reads a DER OCTET STRING with nothing after it.
func octets(der []byte) ([]byte, error) {
	e, err := asn1.Parse(der, asn1.Limits{})
	if err != nil {
		return nil, err
	}
	return e.OctetString()
}
