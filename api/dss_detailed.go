package api

import (
	"fmt"

	"mohur/verify"
	"mohur/verify/etsi"
	"mohur/verify/report"
)

type dssDetailed struct {
	Tokens              []dssDetailedToken `json:"signatureOrTimestampOrEvidenceRecord"`
	BasicBuildingBlocks []dssBlocks        `json:"BasicBuildingBlocks"`
	TLAnalysis          []never            `json:"TLAnalysis"`
	Semantic            *never             `json:"Semantic"`
	ValidationTime      *string            `json:"ValidationTime"`
}

// dssDetailedToken holds one of the three.
type dssDetailedToken struct {
	Signature   *dssDetailedSignature   `json:"Signature,omitempty"`
	Timestamp   *dssDetailedTimestamp   `json:"Timestamp,omitempty"`
	Certificate *dssDetailedCertificate `json:"Certificate,omitempty"`
}

type dssConstraint struct {
	Name           dssMessage  `json:"Name"`
	Status         string      `json:"Status"`
	Error          *dssMessage `json:"Error"`
	Warning        *dssMessage `json:"Warning"`
	Info           *dssMessage `json:"Info"`
	AdditionalInfo *string     `json:"AdditionalInfo"`
	ID             *string     `json:"Id"`
	BlockType      *string     `json:"BlockType"`
}

type dssConclusion struct {
	Indication    string       `json:"Indication"`
	SubIndication *string      `json:"SubIndication"`
	Errors        []dssMessage `json:"Errors"`
	Warnings      []dssMessage `json:"Warnings"`
	Infos         []dssMessage `json:"Infos"`
}

// dssChecks is XmlConstraintsConclusion.
type dssChecks struct {
	Constraint []dssConstraint `json:"Constraint"`
	Conclusion dssConclusion   `json:"Conclusion"`
	Title      string          `json:"Title"`
}

type dssProof struct {
	Time        *string `json:"Time"`
	TimestampID *string `json:"TimestampId"`
}

type dssProcess struct {
	dssChecks
	ProofOfExistence dssProof `json:"ProofOfExistence"`
}

type dssLongTerm struct {
	CRS *never `json:"CRS"`
	RFC *never `json:"RFC"`
	dssProcess
}

type dssQualification struct {
	ValidationCertificateQualification []never `json:"ValidationCertificateQualification"`
	QWACProcess                        *never  `json:"QWACProcess"`
	dssChecks
	SignatureQualification string `json:"SignatureQualification"`
}

type dssTimestampQualification struct {
	AtTime []never `json:"ValidationTimestampQualificationAtTime"`
	dssChecks
	TimestampQualification string `json:"TimestampQualification"`
}

type dssDetailedSignature struct {
	Basic            dssProcess             `json:"ValidationProcessBasicSignature"`
	Timestamp        []dssDetailedTimestamp `json:"Timestamp"`
	EvidenceRecord   []never                `json:"EvidenceRecord"`
	LongTerm         dssLongTerm            `json:"ValidationProcessLongTermData"`
	Archival         dssProcess             `json:"ValidationProcessArchivalData"`
	Qualification    dssQualification       `json:"ValidationSignatureQualification"`
	Conclusion       dssConclusion          `json:"Conclusion"`
	ID               string                 `json:"Id"`
	CounterSignature *bool                  `json:"CounterSignature"`
}

type dssDetailedTimestamp struct {
	Basic          dssBasicTimestamp         `json:"ValidationProcessBasicTimestamp"`
	EvidenceRecord *never                    `json:"EvidenceRecord"`
	Archival       dssProcess                `json:"ValidationProcessArchivalDataTimestamp"`
	Qualification  dssTimestampQualification `json:"ValidationTimestampQualification"`
	Conclusion     dssConclusion             `json:"Conclusion"`
	ID             string                    `json:"Id"`
}

type dssBasicTimestamp struct {
	dssChecks
	Type           string  `json:"Type"`
	ProductionTime *string `json:"ProductionTime"`
}

type dssDetailedCertificate struct {
	CertificateQualificationProcess *never `json:"CertificateQualificationProcess"`
	QWACProcess                     *never `json:"QWACProcess"`
	ID                              string `json:"Id"`
}

func (w *dssWriter) detailed() *dssDetailed {
	out := &dssDetailed{Tokens: []dssDetailedToken{}, BasicBuildingBlocks: []dssBlocks{}, TLAnalysis: []never{}, ValidationTime: moment(w.r.Time)}
	for _, s := range w.r.Signatures {
		out.Tokens = append(out.Tokens, dssDetailedToken{Signature: w.detailedSignature(s)})
		out.BasicBuildingBlocks = append(out.BasicBuildingBlocks, w.blocks(s.ID, "SIGNATURE", "SIGNATURE", s.Chain, s.Blocks, s))
		for _, t := range s.Timestamps {
			out.BasicBuildingBlocks = append(out.BasicBuildingBlocks, w.blocks(t.ID, "TIMESTAMP", "TIMESTAMP", t.Chain, t.Blocks, nil))
		}
	}
	for _, t := range w.r.Timestamps {
		out.Tokens = append(out.Tokens, dssDetailedToken{Timestamp: new(w.detailedTimestamp(t))})
		out.BasicBuildingBlocks = append(out.BasicBuildingBlocks, w.blocks(t.ID, "TIMESTAMP", "TIMESTAMP", t.Chain, t.Blocks, nil))
	}
	return out
}

func (w *dssWriter) detailedSignature(s *verify.SignatureReport) *dssDetailedSignature {
	proof := dssProof{Time: moment(s.BestSignatureTime)}
	for _, t := range s.Timestamps {
		if s.TimeProven && t.Time.Equal(s.BestSignatureTime) {
			proof.TimestampID = new(t.ID)
			break
		}
	}
	process := func(title string, names ...string) dssProcess {
		return dssProcess{dssChecks: w.process(title, s.Blocks, names...), ProofOfExistence: proof}
	}
	basic := process("Validation Process for Basic Signatures", "BASIC")
	basic.ProofOfExistence = dssProof{Time: moment(w.r.Time)}
	conclusion := dssConclusion{Indication: indication(s.Indication), SubIndication: optional(string(s.SubIndication))}
	conclusion.Errors, conclusion.Warnings = w.messages(s.Reasons, verify.SeverityError), w.messages(s.Reasons, verify.SeverityWarning)
	conclusion.Infos = w.messages(s.Reasons, verify.SeverityInformation)
	return &dssDetailedSignature{
		Basic: basic, Timestamp: every(s.Timestamps, w.detailedTimestamp), EvidenceRecord: []never{},
		LongTerm: dssLongTerm{dssProcess: process("Validation Process for Signatures with Time and Signatures with Long-Term Validation Data", "TIME")},
		Archival: process("Validation Process for Signatures with Archival Data", "LTA"),
		Qualification: dssQualification{
			ValidationCertificateQualification: []never{}, dssChecks: unqualified("Signature Qualification"), SignatureQualification: notApplicable.Value,
		},
		Conclusion: conclusion, ID: s.ID, CounterSignature: counters(s),
	}
}

// unqualified says that nothing was concluded about qualification in the Union's sense.
func unqualified(title string) dssChecks {
	return dssChecks{Title: title, Constraint: []dssConstraint{}, Conclusion: dssConclusion{
		Indication: indication(etsi.Failed), Errors: []dssMessage{{"No trusted list of the Union is consulted.", "QUAL_NOT_JUDGED"}}, Warnings: []dssMessage{}, Infos: []dssMessage{},
	}}
}

func (w *dssWriter) detailedTimestamp(t *verify.TimestampReport) dssDetailedTimestamp {
	checks := w.process("Validation Process for Basic Time-stamps", t.Blocks, "TST")
	return dssDetailedTimestamp{
		Basic:    dssBasicTimestamp{dssChecks: checks, Type: timestampType(t.Type), ProductionTime: moment(t.Time)},
		Archival: dssProcess{dssChecks: w.process("Validation Process for Time-stamps with Archival Data", t.Blocks, "TST"), ProofOfExistence: dssProof{Time: moment(w.r.Time)}},
		Qualification: dssTimestampQualification{
			AtTime: []never{}, dssChecks: unqualified("Time-stamp Qualification"), TimestampQualification: notApplicable.Value,
		},
		Conclusion: dssConclusion{
			Indication: indication(t.Indication), SubIndication: optional(string(t.SubIndication)), Errors: w.messages(t.Reasons, verify.SeverityError),
			Warnings: w.messages(t.Reasons, verify.SeverityWarning), Infos: w.messages(t.Reasons, verify.SeverityInformation),
		},
		ID: t.ID,
	}
}

// timestampType is DSS's name of a kind of timestamp.
func timestampType(t verify.TimestampType) string {
	switch t {
	case verify.DetachedTimestamp:
		return "CONTENT_TIMESTAMP"
	case verify.DocumentTimestamp:
		return "DOCUMENT_TIMESTAMP"
	}
	return string(t)
}

// process is the last of the named blocks; what did not run is an empty one without conclusion of its own, so it repeats the last block's.
func (w *dssWriter) process(title string, blocks []verify.Block, names ...string) dssChecks {
	for _, name := range names {
		for i := len(blocks) - 1; i >= 0; i-- {
			if blocks[i].Name == name {
				return w.checks(title, blocks[i])
			}
		}
	}
	if len(blocks) > 0 {
		return w.checks(title, verify.Block{Indication: blocks[len(blocks)-1].Indication, SubIndication: blocks[len(blocks)-1].SubIndication})
	}
	return w.checks(title, verify.Block{Indication: etsi.Indeterminate})
}

// checks are a block's constraints and conclusion.
func (w *dssWriter) checks(title string, b verify.Block) dssChecks {
	out := dssChecks{Title: title, Constraint: []dssConstraint{}, Conclusion: dssConclusion{
		Indication: indication(b.Indication), SubIndication: optional(string(b.SubIndication)), Errors: []dssMessage{}, Warnings: []dssMessage{}, Infos: []dssMessage{},
	}}
	for _, c := range b.Constraints {
		d := dssConstraint{Name: dssMessage{fmt.Sprintf("%s (%s)", c.Key, c.Clause), c.Key}, Status: "OK"}
		said := dssMessage{report.Text(w.lang, c.Key, c.Args), c.Key}
		switch c.Status {
		case verify.StatusNotOK:
			d.Status, d.Error = "NOT OK", &said
			out.Conclusion.Errors = append(out.Conclusion.Errors, said)
		case verify.StatusWarning:
			d.Status, d.Warning = "WARNING", &said
			out.Conclusion.Warnings = append(out.Conclusion.Warnings, said)
		case verify.StatusInformation:
			d.Status, d.Info = "INFORMATION", &said
			out.Conclusion.Infos = append(out.Conclusion.Infos, said)
		case verify.StatusIgnored:
			d.Status = "IGNORED"
		}
		out.Constraint = append(out.Constraint, d)
	}
	return out
}

type dssChain struct {
	ChainItem []dssSourcedItem `json:"ChainItem"`
}

type dssSourcedItem struct {
	Source string `json:"Source"`
	ID     string `json:"Id"`
}

type dssBlocks struct {
	FC               *dssChecks      `json:"FC"`
	ISC              *dssISC         `json:"ISC"`
	VCI              *dssChecks      `json:"VCI"`
	XCV              *dssXCV         `json:"XCV"`
	CV               *dssChecks      `json:"CV"`
	SAV              *dssChecks      `json:"SAV"`
	AOV              *dssAOV         `json:"AOV"`
	PSV              *dssControlTime `json:"PSV"`
	PSVCRS           *never          `json:"PSV_CRS"`
	PCV              *dssControlTime `json:"PCV"`
	VTS              *dssControlTime `json:"VTS"`
	CertificateChain dssChain        `json:"CertificateChain"`
	Conclusion       dssConclusion   `json:"Conclusion"`
	ID               string          `json:"Id"`
	Type             string          `json:"Type"`
}

type dssISC struct {
	CertificateChain dssChain `json:"CertificateChain"`
	dssChecks
}

type dssXCV struct {
	SubXCV []never `json:"SubXCV"`
	dssChecks
}

type dssControlTime struct {
	dssChecks
	ControlTime *string `json:"ControlTime"`
}

// blocks are the building blocks of a token, each the last of its name.
func (w *dssWriter) blocks(id, kind, source string, chain []string, blocks []verify.Block, s *verify.SignatureReport) dssBlocks {
	items := dssChain{every(chain, func(id string) dssSourcedItem {
		if w.certs[id].Anchor {
			return dssSourcedItem{"TRUSTED_STORE", id}
		}
		return dssSourcedItem{source, id}
	})}
	out := dssBlocks{CertificateChain: items, ID: id, Type: kind}
	last := verify.Block{Indication: etsi.Passed}
	for _, b := range blocks {
		checks := w.checks(dssTitles[b.Name], b)
		switch b.Name {
		case "FC":
			out.FC = &checks
		case "ISC":
			out.ISC = &dssISC{items, checks}
		case "VCI":
			out.VCI = &checks
		case "XCV":
			out.XCV = &dssXCV{[]never{}, checks}
		case "CV":
			out.CV = &checks
		case "SAV":
			out.SAV = &checks
		case "PSV":
			out.PSV = &dssControlTime{checks, nil}
		case "PCV":
			out.PCV = &dssControlTime{checks, nil}
		case "VTS":
			out.VTS = &dssControlTime{checks, nil}
		}
		if kind != "SIGNATURE" || b.Name == "BASIC" {
			last = b
		}
	}
	out.Conclusion = w.checks("", last).Conclusion
	if s != nil {
		out.AOV = w.algorithms(s)
	}
	return out
}

var dssTitles = map[string]string{
	"FC": "Format Checking", "ISC": "Identification of the Signing Certificate", "VCI": "Validation Context Initialization",
	"XCV": "X509 Certificate Validation", "CV": "Cryptographic Verification", "SAV": "Signature Acceptance Validation",
	"PSV": "Past Signature Validation", "PCV": "Past Certificate Validation", "VTS": "Validation Time Sliding",
}

type dssAlgorithm struct {
	Name      string  `json:"Name"`
	URI       string  `json:"Uri"`
	KeyLength *string `json:"KeyLength"`
}

type dssAlgorithmUse struct {
	Algorithm                    dssAlgorithm  `json:"Algorithm"`
	NotAfter                     *string       `json:"NotAfter"`
	ConcernedMaterialDescription *string       `json:"ConcernedMaterialDescription"`
	Conclusion                   dssConclusion `json:"Conclusion"`
	TokenID                      string        `json:"TokenId"`
}

type dssChainAlgorithms struct {
	Certificates []dssAlgorithmUse `json:"CertificateCryptographicValidation"`
}

type dssAOV struct {
	Signature  dssAlgorithmUse    `json:"SignatureCryptographicValidation"`
	Attributes dssAlgorithmUse    `json:"SignedAttributesValidation"`
	Digests    dssAlgorithmUse    `json:"DigestMatchersValidation"`
	Chain      dssChainAlgorithms `json:"CertificateChainCryptographicValidation"`
	dssChecks
	ValidationTime *string `json:"ValidationTime"`
}

// algorithms is DSS's own block about algorithms: what the CRYPTOGRAPHIC constraint of acceptance (5.2.8.4.1) says here.
func (w *dssWriter) algorithms(s *verify.SignatureReport) *dssAOV {
	block := verify.Block{Indication: etsi.Passed}
	for _, b := range s.Blocks {
		for _, c := range b.Constraints {
			if c.Key == verify.ConstraintCryptographic {
				block.Constraints = append(block.Constraints, c)
				if c.Status == verify.StatusNotOK {
					block.Indication, block.SubIndication = etsi.Indeterminate, etsi.CryptoConstraintsNoPOE
				}
			}
		}
	}
	checks := w.checks("Algorithm Obsolescence Validation", block)
	use := func(name, uri string, length *string, of *string, id string) dssAlgorithmUse {
		return dssAlgorithmUse{Algorithm: dssAlgorithm{name, uri, length}, ConcernedMaterialDescription: of, Conclusion: checks.Conclusion, TokenID: id}
	}
	bits := func(n int) *string { return new(fmt.Sprint(n)) }
	digest := report.DigestURI(s.DigestAlgorithm)
	out := &dssAOV{
		Signature:  use(s.Technical.KeyFamily+" with "+s.DigestAlgorithm, s.Technical.SignatureURI, bits(s.Technical.KeyBits), nil, s.ID),
		Attributes: use(s.DigestAlgorithm, digest, nil, nil, s.ID), Digests: use(s.DigestAlgorithm, digest, nil, new("signature creation"), s.ID),
		dssChecks: checks, ValidationTime: moment(w.r.Time),
	}
	out.Chain.Certificates = every(s.Chain, func(id string) dssAlgorithmUse {
		family, name := w.certs[id].SignedBy()
		length := "?" // as DSS has it where the issuer, whose key it is, is not there
		for i, other := range s.Chain {
			if other == id && i+1 < len(s.Chain) {
				_, n := w.certs[s.Chain[i+1]].Key()
				length = fmt.Sprint(n)
			}
		}
		return use(family+" with "+name, report.DigestURI(name), &length, nil, id)
	})
	return out
}
