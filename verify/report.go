package verify

import (
	"time"

	"mohur/certs"
	"mohur/verify/etsi"
)

// Format names what carries a signature. A document has the format of its container, a signature its own.
type Format string

// The formats a report may name.
const (
	FormatPDF   Format = "PDF"    // a PDF document, or a PDF signature that is not PAdES
	FormatPAdES Format = "PAdES"  // ETSI EN 319 142-1
	FormatCMS   Format = "CMS"    // RFC 5652
	FormatCAdES Format = "CAdES"  // ETSI EN 319 122-1
	FormatXML   Format = "XML"    // W3C XMLDSig
	FormatXAdES Format = "XAdES"  // ETSI EN 319 132-1
	FormatJWS   Format = "JWS"    // RFC 7515
	FormatJAdES Format = "JAdES"  // ETSI TS 119 182-1
	FormatTST   Format = "TST"    // a bare timestamp token, RFC 3161
	FormatASiCS Format = "ASiC-S" // ETSI EN 319 162-1
	FormatASiCE Format = "ASiC-E" // ETSI EN 319 162-1
	FormatER    Format = "ER"     // an evidence record, RFC 4998 or RFC 6283
)

// Coverage says how much of the document a signature covers.
type Coverage string

// What a signature covers. Outside PDF it speaks of the files given.
const (
	CoversWhole    Coverage = "whole"    // all of the document (PDF: all but exactly /Contents)
	CoversRevision Coverage = "revision" // a whole earlier revision of a PDF
	CoversPartial  Coverage = "partial"  // anything less: never a pass in PDF
)

// Modified says what happened to a PDF after it was signed.
type Modified string

// What a later revision did.
const (
	ModifiedNone      Modified = "none"
	ModifiedPermitted Modified = "permitted" // only what the signer allowed
	ModifiedForbidden Modified = "forbidden"
	ModifiedUnknown   Modified = "unknown" // the difference could not be judged
)

// Report is the verdict on one document. Nothing in it is ordered by chance: the same input gives the same report.
type Report struct {
	Name          string
	Format        Format
	Indication    etsi.Indication    // the worst of the signatures, or NO_SIGNATURE_FOUND; timestamps do not count
	SubIndication etsi.SubIndication // of the first signature with that indication
	Signatures    []*SignatureReport
	Timestamps    []*TimestampReport // that stand on their own: document timestamps, a bare token
	Certificates  []CertificateReport
	Evidence      []Evidence
	Policy        PolicyReference

	AttributeCertificates []AttributeCertificate // found in the document: listed, not verified
	Time                  time.Time              // the validation time, UTC
}

// PolicyReference names the policy that a verdict was reached under.
type PolicyReference struct {
	Name        string
	Description string
	SHA256      string // hex, of the policy's canonical JSON: two policies with one name are told apart
}

// SignatureReport is the verdict on one signature.
type SignatureReport struct {
	ID            string // "S-" and a hash: the same signature always has the same id
	Name          string // the field (PDF) or position in the container
	Format        Format
	Level         string // "PAdES-BASELINE-T", empty when it is no baseline signature
	Parent        string // id of the signature whose value this one signs; empty for one that is no counter-signature
	Orphan        bool   // a PDF signature dictionary that no field refers to
	Indication    etsi.Indication
	SubIndication etsi.SubIndication

	Intact   bool // every reference found and matching, and the signature value verifies
	Coverage Coverage
	Revision int // of the PDF, counted from 1; 0 outside PDF
	Modified Modified
	Changes  []Change

	Signer             Signer
	Certificate        string // id of the signing certificate, empty when it was not identified
	Chain              []string
	DigestAlgorithm    string
	SignatureAlgorithm string
	ClaimedSigningTime *time.Time // what the signer says: proves nothing
	BestSignatureTime  time.Time  // the earliest proven time of existence, else the validation time
	TimeProven         bool       // BestSignatureTime comes from a valid trusted timestamp

	Technical  Technical // for reports of engineers and programs: no verdict
	Claims     Claims
	Timestamps []*TimestampReport
	Stages     []Stage  // the three stages of the Azerbaijani verification rules, in their order
	Reasons    []Reason // why it is not a pass, then warnings, then information
	Blocks     []Block  // every building block and process that ran, in order
}

// Claims are what the signer wrote into the signature: shown, never relied on.
type Claims struct {
	Name, Reason, Location, ContactInfo string
}

// Signer is who signed, as the signing certificate says.
type Signer struct {
	CommonName     string
	PersonalCode   string // serialNumber of the subject, as it is written
	Organisation   string
	OrganisationID string              // organizationIdentifier of the subject, as it is written
	Identity       certs.Identity      // what the identity rules read: FİN, VÖEN, seal right; without a trusted path only rules for all issuers apply
	Statements     *certs.QCStatements // of the certificate (ETSI EN 319 412-5); nil when it has none
	Country        string
	Subject        string // the whole distinguished name, RFC 4514
	Issuer         string
	Serial         string // hex
	SHA256         string // of the certificate, hex
}

// DisplayName is the shortest name that tells a person who signed.
func (s Signer) DisplayName() string {
	for _, n := range []string{s.CommonName, s.Organisation, s.Subject} {
		if n != "" {
			return n
		}
	}
	return ""
}

// Change is one difference between the signed revision of a PDF and the last one.
type Change struct {
	Kind    string // stable name: "annotation", "page-content", "form-value", "dss", ...
	Page    int    // from 1, 0 when the change belongs to no page
	Object  string // "12 0"
	Field   string
	Key     string // key of the text that explains it
	Args    []Arg
	Allowed bool
	Overlay bool // an annotation that lies over signed content
	Locked  bool // not allowed because the signature closes this field (FieldMDP, or the lock of its own field)
}

// TimestampType says what a timestamp is bound to.
type TimestampType string

// The kinds of timestamps.
const (
	ContentTimestamp   TimestampType = "CONTENT_TIMESTAMP"
	SignatureTimestamp TimestampType = "SIGNATURE_TIMESTAMP"
	DocumentTimestamp  TimestampType = "DOCUMENT_TIMESTAMP" // PDF /DocTimeStamp
	ArchiveTimestamp   TimestampType = "ARCHIVE_TIMESTAMP"
	DetachedTimestamp  TimestampType = "DETACHED_TIMESTAMP" // a bare token

	ValidationDataTimestamp TimestampType = "VALIDATION_DATA_TIMESTAMP"          // over the signature, its timestamps and references (CAdES-X type 1)
	ReferencesTimestamp     TimestampType = "VALIDATION_DATA_REFSONLY_TIMESTAMP" // over the references alone (CAdES-X type 2)
)

// TimestampReport is the verdict on one timestamp token (ETSI EN 319 102-1, 5.4).
type TimestampReport struct {
	ID            string
	Type          TimestampType
	Name          string // the field of a document timestamp
	Indication    etsi.Indication
	SubIndication etsi.SubIndication
	Intact        bool      // imprint and signature value match
	Time          time.Time // genTime
	ProducedBy    string
	Certificate   string
	Chain         []string
	Coverage      Coverage
	Digest        string
	DER           []byte // the token, a CMS message; nil where it can't be read
	Reasons       []Reason
	Blocks        []Block
}

// CertificateReport describes a certificate that a verdict used.
type CertificateReport struct {
	ID                  string // "C-" and the SHA-256 of the certificate
	Subject, Issuer     string
	Serial              string
	NotBefore, NotAfter time.Time
	Anchor              bool
	DER                 []byte // as received: callers read issuer-specific rules (seal right) from it
}

// Evidence is a piece of revocation data that a verdict used. Callers archive it: whether a certificate was on hold at a past time can be
// decided only from evidence of that time.
type Evidence struct {
	ID          string // "R-" and the SHA-256 of DER
	Kind        string // "CRL" or "OCSP"
	Certificate string // id of the certificate it speaks of
	ThisUpdate  time.Time
	NextUpdate  *time.Time
	ProducedAt  time.Time
	Status      string
	RevokedAt   *time.Time // when it says revoked or on hold
	Reason      string     // of the revocation, as RFC 5280, 5.3.1 spells it
	DER         []byte
}

// Severity says how much a reason weighs.
type Severity string

// The weights of a reason, heaviest first.
const (
	SeverityError       Severity = "error"
	SeverityWarning     Severity = "warning"
	SeverityInformation Severity = "information"
)

// Arg is one named value in a reason's text; a slice of them has an order, a map would not.
type Arg struct {
	Name, Value string
}

// Reason explains a verdict: a stable key, whose text per language is in verify/report, and the clause for the engineer.
type Reason struct {
	Key      string
	Args     []Arg
	Severity Severity
	Clause   string
}

// Status is the outcome of one constraint.
type Status string

// The outcomes of a constraint.
const (
	StatusOK          Status = "OK"
	StatusNotOK       Status = "NOT_OK"
	StatusWarning     Status = "WARNING"
	StatusInformation Status = "INFORMATION"
	StatusIgnored     Status = "IGNORED"
)

// Constraint is one check that ran, as the policy weighs it.
type Constraint struct {
	Key    string
	Args   []Arg
	Clause string
	Status Status
}

// Block is the conclusion of one building block or process with the constraints it checked.
type Block struct {
	Name          string // FC, ISC, VCI, RFC, XCV, CV, SAV, BASIC, TST, TIME, PCV, VTS, PSV, LTA
	Clause        string
	Certificate   string // id of the certificate that a part is about; empty for a block that is about more
	Indication    etsi.Indication
	SubIndication etsi.SubIndication
	Constraints   []Constraint
	// Parts are the steps inside the block: XCV has one per certificate of the path, each with its RFC; PCV has its VTS. What they found stands
	// among the constraints of the block too, as far as it decided or deserves a remark.
	Parts []Block
}

// Stage is one of the three stages of the Azerbaijani rules on checking an electronic signature (Cabinet decision 27 of 28 January 2006,
// rules on verification, 2.3).
type Stage struct {
	Key     string // StageCertificateOfHolder, StageCertificateInForce, StageSignatureGenuine
	Outcome StageOutcome
	Text    Reason // what a clerk reads about the outcome
}

// The three stages, in the order of the rules.
const (
	StageCertificateOfHolder = "STAGE_CERTIFICATE_OF_HOLDER" // the verification data belong to the certificate and its holder
	StageCertificateInForce  = "STAGE_CERTIFICATE_IN_FORCE"  // in force at the moment of signing, issuer's signature genuine, neither suspended nor revoked
	StageSignatureGenuine    = "STAGE_SIGNATURE_GENUINE"     // the cryptographic check
)

// StageOutcome is the answer of a stage.
type StageOutcome string

// The answers of a stage. Unproven is the second stage's answer without trusted proof of the signing time: in force at the validation
// time, not provable for the signing.
const (
	StageYes      StageOutcome = "yes"
	StageNo       StageOutcome = "no"
	StageUnknown  StageOutcome = "unknown"
	StageUnproven StageOutcome = "unproven"
)
