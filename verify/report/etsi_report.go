package report

import (
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"mohur/verify"
	"mohur/verify/etsi"
)

// Names of ETSI TS 119 102-2 v1.4.1, and ours for what the standard leaves to the validator.
const (
	etsiNamespace  = "http://uri.etsi.org/19102/v1.4.1#"
	xmldsig        = "http://www.w3.org/2000/09/xmldsig#"
	xadesNamespace = "http://uri.etsi.org/01903/v1.3.2#"

	urnApplied     = "urn:etsi:019102:constraintStatus:applied"
	urnDisabled    = "urn:etsi:019102:constraintStatus:disabled"
	urnNoSignature = "urn:mohur:mainindication:no-signature-found"
	urnConstraint  = "urn:mohur:constraint:"
	urnMessage     = "urn:mohur:message:"
)

// WriteETSI writes the validation report of ETSI TS 119 102-2 v1.4.1 as XML, its messages in a language. The report is not signed: what
// vouches for it is the channel by which it comes. An error is the writer's.
func WriteETSI(w io.Writer, r *verify.Report, lang string) error {
	x := &etsiReport{report: r, lang: lang, ids: map[string]bool{}}
	return writeXML(w, x.root())
}

// etsiReport builds one report; ids are the identifiers that validation objects and signatures have taken, each once.
type etsiReport struct {
	report *verify.Report
	lang   string
	ids    map[string]bool
}

func (x *etsiReport) root() *element {
	root := el("ValidationReport").with("xmlns", etsiNamespace).with("xmlns:ds", xmldsig).with("xmlns:xades", xadesNamespace)
	objects := x.objects()
	for _, s := range x.report.Signatures {
		root.add(x.signature(s))
	}
	if len(x.report.Signatures) == 0 { // the schema wants one: it says that there is none
		root.add(el("SignatureValidationReport", x.timeInfo(x.report.Time, false, nil), el("SignatureValidationStatus", leaf("MainIndication", urnNoSignature))))
	}
	return root.add(objects)
}

// signature is clause 4.2: one signature's report.
func (x *etsiReport) signature(s *verify.SignatureReport) *element {
	out := el("SignatureValidationReport", x.identifier(s), x.constraints(s.Blocks), x.timeInfo(s.BestSignatureTime, s.TimeProven, s.Timestamps))
	if len(s.Technical.ContentDigest) > 0 {
		out.add(el("SignersDocument", digestElement(s.DigestAlgorithm, s.Technical.ContentDigest)))
	}
	return out.add(x.attributes(s), x.signer(s.Certificate, s.Signer.DisplayName()),
		el("SignatureValidationProcess", leaf("SignatureValidationProcessID", "urn:etsi:019102:validationprocess:"+process(s.Blocks))),
		x.status(s.Indication, s.SubIndication, x.data(s)))
}

// process names the most complete process that ran (TS 119 102-2, 4.2.10).
func process(blocks []verify.Block) string {
	out := "Basic"
	for _, b := range blocks {
		switch b.Name {
		case "LTA":
			return "LTA"
		case "TIME":
			out = "LTVM"
		}
	}
	return out
}

func (x *etsiReport) identifier(s *verify.SignatureReport) *element {
	out := el("SignatureIdentifier")
	if !x.ids[s.ID] { // two copies of one signature have one identity, and XML lets one of them say so
		x.ids[s.ID] = true
		out.with("id", s.ID)
	}
	if len(s.Technical.SignedDigest) > 0 {
		out.add(digestElement(s.DigestAlgorithm, s.Technical.SignedDigest))
	}
	if len(s.Technical.SignatureValue) > 0 {
		out.add(leaf("ds:SignatureValue", base64.StdEncoding.EncodeToString(s.Technical.SignatureValue)))
	}
	return out.add(leaf("HashOnly", "false"), leaf("DocHashOnly", "false"))
}

// constraints is clause 4.2.4: each building block with its conclusion, followed by the constraints it checked and by its parts.
func (x *etsiReport) constraints(blocks []verify.Block) *element {
	out := el("ValidationConstraintsEvaluationReport")
	x.blocks(out, urnConstraint, blocks)
	return out
}

func (x *etsiReport) blocks(out *element, prefix string, blocks []verify.Block) {
	for _, b := range blocks {
		name := prefix + b.Name
		if b.Certificate != "" {
			name += ":" + b.Certificate
		}
		status := el("ValidationStatus", leaf("MainIndication", b.Indication.URN()), optional("SubIndication", b.SubIndication.URN()))
		out.add(el("ValidationConstraint", leaf("ValidationConstraintIdentifier", name), el("ConstraintStatus", leaf("Status", urnApplied)), status))
		for _, c := range b.Constraints {
			out.add(x.constraint(name, b, c))
		}
		x.blocks(out, name+":", b.Parts)
	}
}

func (x *etsiReport) constraint(block string, b verify.Block, c verify.Constraint) *element {
	out := el("ValidationConstraint", leaf("ValidationConstraintIdentifier", block+":"+c.Key))
	if c.Status == verify.StatusIgnored {
		return out.add(el("ConstraintStatus", leaf("Status", urnDisabled)))
	}
	status := el("ValidationStatus", leaf("MainIndication", etsi.Passed.URN()))
	if c.Status == verify.StatusNotOK {
		status = el("ValidationStatus", leaf("MainIndication", b.Indication.URN()), optional("SubIndication", b.SubIndication.URN()))
	}
	if c.Status != verify.StatusOK {
		severity := map[verify.Status]verify.Severity{verify.StatusNotOK: verify.SeverityError, verify.StatusWarning: verify.SeverityWarning}[c.Status]
		status.add(el("AssociatedValidationReportData", x.messages([]verify.Reason{{Key: c.Key, Args: c.Args, Severity: severity, Clause: c.Clause}})))
	}
	return out.add(el("ConstraintStatus", leaf("Status", urnApplied)), status)
}

// messages are reasons in words, each under its weight and key.
func (x *etsiReport) messages(list []verify.Reason) *element {
	if len(list) == 0 {
		return nil
	}
	out := el("AdditionalValidationReportData")
	for _, r := range list {
		severity := r.Severity
		if severity == "" {
			severity = verify.SeverityInformation
		}
		out.add(el("ReportData", leaf("Type", urnMessage+string(severity)+":"+r.Key), leaf("Value", Text(x.lang, r.Key, r.Args))))
	}
	return out
}

func (x *etsiReport) timeInfo(best time.Time, proven bool, stamps []*verify.TimestampReport) *element {
	poe := el("BestSignatureTime", leaf("POETime", dateTime(best)), leaf("TypeOfProof", "urn:etsi:019102:poetype:validation"))
	for _, t := range stamps {
		if proven && t.Time.Equal(best) && t.Indication == etsi.Passed {
			poe.add(reference("POEObject", t.ID))
			break
		}
	}
	return el("ValidationTimeInfo", leaf("ValidationTime", dateTime(x.report.Time)), poe)
}

// attributes is annex A, as far as signatures of CMS and PDF have them.
func (x *etsiReport) attributes(s *verify.SignatureReport) *element {
	out, t := el("SignatureAttributes"), s.Technical
	if s.ClaimedSigningTime != nil {
		signed := strconv.FormatBool(s.Format != verify.FormatPAdES) // PAdES: /M of the dictionary, which the ByteRange covers but no attribute holds
		out.add(el("SigningTime", leaf("Time", dateTime(*s.ClaimedSigningTime))).with("Signed", signed))
	}
	if s.Certificate != "" && x.ids[s.Certificate] {
		out.add(el("SigningCertificate", reference("AttributeObject", s.Certificate)).with("Signed", "true"))
	}
	if t.ContentType != "" {
		out.add(el("DataObjectFormat", leaf("ContentType", t.ContentType)).with("Signed", "true"))
	}
	if t.PolicyID != "" {
		out.add(el("SigPolicyIdentifier", leaf("SigPolicyId", "urn:oid:"+t.PolicyID)).with("Signed", "true"))
	}
	for _, st := range s.Timestamps {
		names := map[verify.TimestampType]string{verify.ContentTimestamp: "AllDataObjectsTimeStamp", verify.SignatureTimestamp: "SignatureTimeStamp", verify.ArchiveTimestamp: "ArchiveTimeStamp", verify.DocumentTimestamp: "DocTimeStamp", verify.ValidationDataTimestamp: "SigAndRefsTimeStamp", verify.ReferencesTimestamp: "RefsOnlyTimeStamp"}
		if name := names[st.Type]; name != "" {
			out.add(el(name, reference("AttributeObject", st.ID), leaf("TimeStampValue", dateTime(st.Time))))
		}
	}
	if len(t.MessageDigest) > 0 {
		out.add(el("MessageDigest", leaf("Digest", base64.StdEncoding.EncodeToString(t.MessageDigest))).with("Signed", "true"))
	}
	out.add(claim("Reason", s.Claims.Reason), claim("Name", s.Claims.Name), claim("ContactInfo", s.Claims.ContactInfo), claim("SubFilter", t.SubFilter))
	if len(t.ByteRange) > 0 {
		out.add(leaf("ByteRange", strings.Trim(fmt.Sprint(t.ByteRange), "[]")))
	}
	if t.Filter != "" {
		out.add(el("Filter", leaf("Filter", t.Filter)))
	}
	if len(out.children) == 0 {
		return nil
	}
	return out
}

// claim is one of the text attributes of a PDF signature.
func claim(name, text string) *element {
	if text == "" {
		return nil
	}
	return el(name, leaf(name+"Element", text))
}

func (x *etsiReport) signer(certificate, name string) *element {
	if !x.ids[certificate] {
		return nil
	}
	return el("SignerInformation", reference("SignerCertificate", certificate), optional("Signer", name))
}

// status is clause 4.2.11, the verdict with what it rests on.
func (x *etsiReport) status(i etsi.Indication, sub etsi.SubIndication, data *element) *element {
	return el("SignatureValidationStatus", leaf("MainIndication", i.URN()), optional("SubIndication", sub.URN()), data)
}

// data is what the verdict of a signature rests on.
func (x *etsiReport) data(s *verify.SignatureReport) *element {
	out := el("AssociatedValidationReportData", x.chain(s.Chain))
	if s.Technical.SignatureURI != "" && x.ids[s.ID] {
		out.add(el("CryptoInformation", reference("ValidationObjectId", s.ID), leaf("Algorithm", s.Technical.SignatureURI),
			leaf("SecureAlgorithm", strconv.FormatBool(!doubted(s.Blocks, verify.ConstraintCryptographic)))))
	}
	out.add(x.messages(s.Reasons))
	if len(out.children) == 0 {
		return nil
	}
	return out
}

// doubted says whether a constraint was not met, whatever its weight.
func doubted(blocks []verify.Block, key string) bool {
	for _, b := range blocks {
		for _, c := range b.Constraints {
			if c.Key == key && (c.Status == verify.StatusNotOK || c.Status == verify.StatusWarning) {
				return true
			}
		}
	}
	return false
}

// chain is the path of a certificate: the signing one first, the anchor, if it was reached, last.
func (x *etsiReport) chain(ids []string) *element {
	var known []string
	for _, id := range ids {
		if x.ids[id] {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return nil
	}
	out := el("CertificateChain", reference("SigningCertificate", known[0]))
	for i, id := range known[1:] {
		name := "IntermediateCertificate"
		if i == len(known)-2 && x.anchor(id) {
			name = "TrustAnchor"
		}
		out.add(reference(name, id))
	}
	return out
}

func (x *etsiReport) anchor(id string) bool {
	for _, c := range x.report.Certificates {
		if c.ID == id {
			return c.Anchor
		}
	}
	return false
}

// reference points to a validation object.
func reference(name, id string) *element { return el(name).with("VOReference", id) }

// dateTime writes an xs:dateTime in UTC.
func dateTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
