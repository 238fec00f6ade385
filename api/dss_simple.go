package api

import (
	"fmt"
	"strings"

	"mohur/verify"
	"mohur/verify/etsi"
)

type dssSimple struct {
	ValidationPolicy     dssPolicy        `json:"ValidationPolicy"`
	DocumentName         *string          `json:"DocumentName"`
	ValidSignaturesCount int              `json:"ValidSignaturesCount"`
	SignaturesCount      int              `json:"SignaturesCount"`
	ContainerType        *string          `json:"ContainerType"`
	PDFAInfo             *never           `json:"PDFAInfo"`
	Tokens               []dssSimpleToken `json:"signatureOrTimestampOrEvidenceRecord"`
	Semantic             *never           `json:"Semantic"`
	ValidationTime       *string          `json:"ValidationTime"`
}

type dssPolicy struct {
	PolicyName        string `json:"PolicyName"`
	PolicyDescription string `json:"PolicyDescription"`
}

// dssSimpleToken holds one of the two.
type dssSimpleToken struct {
	Signature *dssSimpleSignature `json:"Signature,omitempty"`
	Timestamp *dssSimpleTimestamp `json:"Timestamp,omitempty"`
}

// dssSimpleVerdict is XmlToken: what signatures and timestamps have in common.
type dssSimpleVerdict struct {
	Filename              *string        `json:"Filename"`
	CertificateChain      dssSimpleChain `json:"CertificateChain"`
	Indication            string         `json:"Indication"`
	SubIndication         *string        `json:"SubIndication"`
	AdESValidationDetails dssDetails     `json:"AdESValidationDetails"`
	QualificationDetails  dssDetails     `json:"QualificationDetails"`
	ExtensionPeriodMin    *string        `json:"ExtensionPeriodMin"`
	ExtensionPeriodMax    *string        `json:"ExtensionPeriodMax"`
	ID                    string         `json:"Id"`
}

type dssSimpleSignature struct {
	SigningTime       *string         `json:"SigningTime"`
	BestSignatureTime *string         `json:"BestSignatureTime"`
	SignedBy          *string         `json:"SignedBy"`
	SignatureLevel    dssLevel        `json:"SignatureLevel"`
	SignatureScope    []dssScope      `json:"SignatureScope"`
	Timestamps        *dssSimpleTimes `json:"Timestamps"`
	EvidenceRecords   *never          `json:"EvidenceRecords"`
	dssSimpleVerdict
	CounterSignature *bool   `json:"CounterSignature"`
	ParentID         *string `json:"ParentId"`
	SignatureFormat  string  `json:"SignatureFormat"`
}

type dssSimpleTimes struct {
	Timestamp []dssSimpleTimestamp `json:"Timestamp"`
}

type dssSimpleTimestamp struct {
	ProductionTime  *string  `json:"ProductionTime"`
	ProducedBy      *string  `json:"ProducedBy"`
	TimestampLevel  dssLevel `json:"TimestampLevel"`
	TimestampScope  *never   `json:"TimestampScope"`
	EvidenceRecords *never   `json:"EvidenceRecords"`
	dssSimpleVerdict
}

// dssLevel is the qualification under eIDAS. This program judges no trusted list of the Union, so it is never claimed.
type dssLevel struct {
	Value       string `json:"value"`
	Description string `json:"description"`
}

var notApplicable = dssLevel{"N/A", "Not applicable"}

type dssScope struct {
	Value string `json:"value"`
	ID    string `json:"Id"`
	Name  string `json:"name"`
	Scope string `json:"scope"`
}

type dssSimpleChain struct {
	Certificate []dssSimpleCertificate `json:"Certificate"`
}

type dssSimpleCertificate struct {
	QualifiedName string  `json:"QualifiedName"`
	TrustAnchors  *never  `json:"TrustAnchors"`
	ID            string  `json:"Id"`
	Trusted       *bool   `json:"trusted"`
	SunsetDate    *string `json:"sunsetDate"`
}

type dssDetails struct {
	Error   []dssMessage `json:"Error"`
	Warning []dssMessage `json:"Warning"`
	Info    []dssMessage `json:"Info"`
}

func (w *dssWriter) policy() dssPolicy {
	return dssPolicy{w.r.Policy.Name, w.r.Policy.Description}
}

func (w *dssWriter) simple() *dssSimple {
	out := &dssSimple{
		ValidationPolicy: w.policy(), DocumentName: optional(w.r.Name), SignaturesCount: len(w.r.Signatures), Tokens: []dssSimpleToken{},
		ValidationTime: moment(w.r.Time),
	}
	for _, s := range w.r.Signatures {
		if s.Indication == etsi.TotalPassed {
			out.ValidSignaturesCount++
		}
		out.Tokens = append(out.Tokens, dssSimpleToken{Signature: w.simpleSignature(s)})
	}
	for _, t := range w.r.Timestamps {
		out.Tokens = append(out.Tokens, dssSimpleToken{Timestamp: new(w.simpleTimestamp(t))})
	}
	return out
}

func (w *dssWriter) simpleSignature(s *verify.SignatureReport) *dssSimpleSignature {
	out := &dssSimpleSignature{
		SigningTime: whenever(s.ClaimedSigningTime), BestSignatureTime: moment(s.BestSignatureTime), SignedBy: optional(s.Signer.DisplayName()),
		SignatureLevel: notApplicable, SignatureScope: []dssScope{}, SignatureFormat: signatureFormat(s),
		dssSimpleVerdict: dssSimpleVerdict{
			CertificateChain: w.simpleChain(s.Chain), Indication: indication(s.Indication), SubIndication: optional(string(s.SubIndication)),
			AdESValidationDetails: w.details(s.Reasons), QualificationDetails: w.details(nil), ID: s.ID,
		},
	}
	out.ParentID, out.CounterSignature = optional(s.Parent), counters(s)
	if id := scopeID(s); id != "" {
		name, text, scope := w.scope(s)
		out.SignatureScope = append(out.SignatureScope, dssScope{Value: text, ID: id, Name: name, Scope: scope})
	}
	if len(s.Timestamps) > 0 {
		out.Timestamps = &dssSimpleTimes{every(s.Timestamps, w.simpleTimestamp)}
	}
	return out
}

// scopeID names what a signature covers by its digest, empty when it was not there.
func scopeID(s *verify.SignatureReport) string {
	if len(s.Technical.ContentDigest) == 0 {
		return ""
	}
	return fmt.Sprintf("D-%x", s.Technical.ContentDigest)
}

// scope says what a signature covers in DSS's words.
func (w *dssWriter) scope(s *verify.SignatureReport) (name, text, scope string) {
	scope = map[verify.Coverage]string{verify.CoversWhole: "FULL", verify.CoversRevision: "PARTIAL"}[s.Coverage]
	if scope == "" {
		scope = "PARTIAL"
	}
	if len(s.Technical.ByteRange) == 0 {
		return w.r.Name, "Full document", scope
	}
	name = "Full PDF"
	if scope != "FULL" {
		name = "Partial PDF"
	}
	return name, "The document ByteRange : " + strings.ReplaceAll(fmt.Sprint(s.Technical.ByteRange), " ", ", "), scope
}

func (w *dssWriter) simpleTimestamp(t *verify.TimestampReport) dssSimpleTimestamp {
	return dssSimpleTimestamp{
		ProductionTime: moment(t.Time), ProducedBy: optional(t.ProducedBy), TimestampLevel: notApplicable,
		dssSimpleVerdict: dssSimpleVerdict{
			CertificateChain: w.simpleChain(t.Chain), Indication: indication(t.Indication), SubIndication: optional(string(t.SubIndication)),
			AdESValidationDetails: w.details(t.Reasons), QualificationDetails: w.details(nil), ID: t.ID,
		},
	}
}

func (w *dssWriter) simpleChain(ids []string) dssSimpleChain {
	return dssSimpleChain{every(ids, func(id string) dssSimpleCertificate {
		c := dssSimpleCertificate{QualifiedName: w.name(id), ID: id}
		if w.certs[id].Anchor {
			c.Trusted = new(true)
		}
		return c
	})}
}

// name is the name of a certificate's subject as people know it.
func (w *dssWriter) name(id string) string {
	c := w.certs[id]
	if p, err := c.Parse(); err == nil {
		return p.Subject.Display()
	}
	return c.Subject
}

func (w *dssWriter) details(reasons []verify.Reason) dssDetails {
	return dssDetails{
		Error: w.messages(reasons, verify.SeverityError), Warning: w.messages(reasons, verify.SeverityWarning),
		Info: w.messages(reasons, verify.SeverityInformation),
	}
}
