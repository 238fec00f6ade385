package api

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"mohur/verify"
)

type dssDiagnostic struct {
	DocumentName   *string          `json:"DocumentName"`
	ValidationDate *string          `json:"ValidationDate"`
	ContainerInfo  *never           `json:"ContainerInfo"`
	PDFAInfo       *never           `json:"PDFAInfo"`
	ConnectionInfo *never           `json:"ConnectionInfo"`
	Signature      []dssSignature   `json:"Signature"`
	EvidenceRecord []never          `json:"EvidenceRecord"`
	Certificate    []dssCertificate `json:"Certificate"`
	Revocation     []dssRevocation  `json:"Revocation"`
	Timestamp      []dssTimestamp   `json:"Timestamp"`
	OrphanTokens   *never           `json:"OrphanTokens"`
	SignerData     []dssSignerData  `json:"SignerData"`
	TrustedList    []never          `json:"TrustedList"`
}

type dssSignature struct {
	ID                            string           `json:"Id"`
	DAIdentifier                  *string          `json:"DAIdentifier"`
	SignatureFilename             *string          `json:"SignatureFilename"`
	ErrorMessage                  *string          `json:"ErrorMessage"`
	ClaimedSigningTime            *string          `json:"ClaimedSigningTime"`
	ExpirationTime                *string          `json:"ExpirationTime"`
	SignatureFormat               string           `json:"SignatureFormat"`
	JWSSerializationType          *string          `json:"JWSSerializationType"`
	SignatureType                 *string          `json:"SignatureType"`
	StructuralValidation          dssStructure     `json:"StructuralValidation"`
	DigestMatcher                 []dssMatcher     `json:"DigestMatcher"`
	BasicSignature                dssPrimitive     `json:"BasicSignature"`
	SigningCertificate            *dssSigning      `json:"SigningCertificate"`
	ChainItem                     []dssItem        `json:"ChainItem"`
	ContentType                   *string          `json:"ContentType"`
	MimeType                      *string          `json:"MimeType"`
	ContentIdentifier             *string          `json:"ContentIdentifier"`
	ContentHints                  *string          `json:"ContentHints"`
	SignatureProductionPlace      *never           `json:"SignatureProductionPlace"`
	CommitmentTypeIndication      []never          `json:"CommitmentTypeIndication"`
	SignerRole                    []never          `json:"SignerRole"`
	Policy                        *dssSignerPolicy `json:"Policy"`
	SignaturePolicyStore          *never           `json:"SignaturePolicyStore"`
	SignerInfo                    []dssSignerInfo  `json:"SignerInfo"`
	PDFRevision                   *dssRevision     `json:"PDFRevision"`
	VRIDictionaryCreationTime     *string          `json:"VRIDictionaryCreationTime"`
	SignerDocumentRepresentations dssHashOnly      `json:"SignerDocumentRepresentations"`
	FoundCertificates             dssFoundCerts    `json:"FoundCertificates"`
	FoundRevocations              dssFoundRevs     `json:"FoundRevocations"`
	FoundTimestamp                []dssFoundTime   `json:"FoundTimestamp"`
	FoundEvidenceRecord           []never          `json:"FoundEvidenceRecord"`
	SignatureScope                []dssScopeItem   `json:"SignatureScope"`
	SignatureDigestReference      *dssReference    `json:"SignatureDigestReference"`
	DataToBeSigned                *dssDigest       `json:"DataToBeSignedRepresentation"`
	SignatureValue                []byte           `json:"SignatureValue"`
	Duplicated                    *bool            `json:"Duplicated"`
	CounterSignature              *bool            `json:"CounterSignature"`
	Parent                        *string          `json:"Parent"`
}

type dssStructure struct {
	Message []string `json:"Message"`
	Valid   bool     `json:"valid"`
}

type dssMatcher struct {
	DataFound       bool    `json:"DataFound"`
	DataIntact      bool    `json:"DataIntact"`
	ObjectReference *string `json:"ObjectReference"`
	DigestMethod    *string `json:"DigestMethod"`
	DigestValue     []byte  `json:"DigestValue"`
	Match           *bool   `json:"match"`
	Type            string  `json:"type"`
	ID              *string `json:"id"`
	URI             *string `json:"uri"`
	DocumentName    *string `json:"documentName"`
	Duplicated      *bool   `json:"duplicated"`
}

type dssPrimitive struct {
	Encryption string `json:"EncryptionAlgoUsedToSignThisToken"`
	KeyLength  string `json:"KeyLengthUsedToSignThisToken"`
	Digest     string `json:"DigestAlgoUsedToSignThisToken"`
	Intact     bool   `json:"SignatureIntact"`
	Valid      bool   `json:"SignatureValid"`
}

type dssSigning struct {
	PublicKey   []byte `json:"PublicKey"`
	Certificate string `json:"Certificate"`
}

type dssItem struct {
	Certificate string `json:"Certificate"`
}

type dssSignerPolicy struct {
	ID         string `json:"Id"`
	Identified bool   `json:"Identified"`
}

type dssSignerInfo struct {
	IssuerName   *string  `json:"IssuerName"`
	SerialNumber *big.Int `json:"SerialNumber"`
	Ski          []byte   `json:"Ski"`
	Current      *bool    `json:"Current"`
}

type dssRevision struct {
	SignatureField        []dssField  `json:"SignatureField"`
	Dictionary            dssSigDict  `json:"PDFSignatureDictionary"`
	ModificationDetection *dssChanges `json:"ModificationDetection"`
}

type dssField struct {
	SigFieldLock *never `json:"SigFieldLock"`
	Name         string `json:"name"`
}

type dssSigDict struct {
	SignerName  *string      `json:"SignerName"`
	Type        *string      `json:"Type"`
	Filter      *string      `json:"Filter"`
	SubFilter   *string      `json:"SubFilter"`
	ContactInfo *string      `json:"ContactInfo"`
	Location    *string      `json:"Location"`
	Reason      *string      `json:"Reason"`
	ByteRange   dssByteRange `json:"SignatureByteRange"`
	DocMDP      *never       `json:"DocMDP"`
	FieldMDP    *never       `json:"FieldMDP"`
	Consistent  bool         `json:"consistent"`
}

type dssByteRange struct {
	Value []int64 `json:"value"`
	Valid bool    `json:"valid"`
}

// dssChanges is XmlModificationDetection, as far as a comparison of objects says.
type dssChanges struct {
	AnnotationOverlap   []dssPage        `json:"AnnotationOverlap"`
	VisualDifference    []dssPage        `json:"VisualDifference"`
	PageDifference      []dssPage        `json:"PageDifference"`
	ObjectModifications dssModifications `json:"ObjectModifications"`
}

type dssPage struct {
	Page int `json:"Page"`
}

type dssModifications struct {
	Extension  []dssModification `json:"ExtensionChange"`
	Form       []dssModification `json:"SignatureOrFormFill"`
	Annotation []dssModification `json:"AnnotationChange"`
	Undefined  []dssModification `json:"Undefined"`
}

type dssModification struct {
	Value     string  `json:"value"`
	Action    string  `json:"action"`
	FieldName *string `json:"fieldName"`
	Type      *string `json:"type"`
}

type dssHashOnly struct {
	HashOnly    bool `json:"HashOnly"`
	DocHashOnly bool `json:"DocHashOnly"`
}

type dssFoundCerts struct {
	Related []dssRelated `json:"RelatedCertificate"`
	Orphan  []never      `json:"OrphanCertificate"`
}

type dssRelated struct {
	Origin      []string     `json:"Origin"`
	References  []dssCertRef `json:"CertificateRef"`
	Certificate string       `json:"Certificate"`
}

type dssCertRef struct {
	Origin       string    `json:"Origin"`
	IssuerSerial *never    `json:"IssuerSerial"`
	Digest       dssDigest `json:"DigestAlgoAndValue"`
	SerialInfo   *never    `json:"SerialInfo"`
	X509URL      *string   `json:"X509Url"`
}

type dssFoundRevs struct {
	Related []never `json:"RelatedRevocation"`
	Orphan  []never `json:"OrphanRevocation"`
}

type dssFoundTime struct {
	Timestamp string `json:"Timestamp"`
}

type dssScopeItem struct {
	Scope          string `json:"Scope"`
	Name           string `json:"Name"`
	Description    string `json:"Description"`
	Transformation *never `json:"Transformation"`
	SignerData     string `json:"SignerData"`
}

type dssReference struct {
	CanonicalizationMethod *string `json:"CanonicalizationMethod"`
	DigestMethod           string  `json:"DigestMethod"`
	DigestValue            []byte  `json:"DigestValue"`
}

type dssTimestamp struct {
	ID                          string          `json:"Id"`
	TimestampFilename           *string         `json:"TimestampFilename"`
	ArchiveTimestampType        *string         `json:"ArchiveTimestampType"`
	EvidenceRecordTimestampType *string         `json:"EvidenceRecordTimestampType"`
	ArchiveTimestampHashIndex   *never          `json:"ArchiveTimestampHashIndex"`
	ProductionTime              *string         `json:"ProductionTime"`
	DigestMatcher               []dssMatcher    `json:"DigestMatcher"`
	BasicSignature              dssPrimitive    `json:"BasicSignature"`
	SigningCertificate          *dssSigning     `json:"SigningCertificate"`
	ChainItem                   []dssItem       `json:"ChainItem"`
	SignerInfo                  []dssSignerInfo `json:"SignerInfo"`
	TSAGeneralName              *never          `json:"TSAGeneralName"`
	PDFRevision                 *dssRevision    `json:"PDFRevision"`
	FoundCertificates           dssFoundCerts   `json:"FoundCertificates"`
	FoundRevocations            dssFoundRevs    `json:"FoundRevocations"`
	FoundEvidenceRecord         []never         `json:"FoundEvidenceRecord"`
	TimestampedObject           []dssStamped    `json:"TimestampedObject"`
	TimestampScope              []never         `json:"TimestampScope"`
	Base64Encoded               []byte          `json:"Base64Encoded"`
	DigestAlgoAndValue          dssDigest       `json:"DigestAlgoAndValue"`
	Duplicated                  *bool           `json:"Duplicated"`
	Type                        string          `json:"Type"`
}

type dssStamped struct {
	Token    string `json:"Token"`
	Category string `json:"Category"`
}

type dssSignerData struct {
	ID             string    `json:"Id"`
	ReferencedName string    `json:"ReferencedName"`
	Digest         dssDigest `json:"DigestAlgoAndValue"`
	Duplicated     *bool     `json:"Duplicated"`
	Parent         *string   `json:"Parent"`
}

func (w *dssWriter) diagnostic() *dssDiagnostic {
	out := &dssDiagnostic{
		DocumentName: optional(w.r.Name), ValidationDate: moment(w.r.Time), Signature: every(w.r.Signatures, w.signature), EvidenceRecord: []never{},
		Certificate: every(w.r.Certificates, w.certificate), Revocation: w.revocations(), Timestamp: []dssTimestamp{}, SignerData: []dssSignerData{}, TrustedList: []never{},
	}
	seen := map[string]bool{}
	for _, s := range w.r.Signatures {
		for _, t := range s.Timestamps {
			out.Timestamp = append(out.Timestamp, w.timestamp(t, s))
		}
		if id := scopeID(s); id != "" && !seen[id] {
			seen[id] = true
			name, _, _ := w.scope(s)
			out.SignerData = append(out.SignerData, dssSignerData{ID: id, ReferencedName: name, Digest: dssDigest{DigestMethod: s.DigestAlgorithm, DigestValue: s.Technical.ContentDigest}})
		}
	}
	for _, t := range w.r.Timestamps {
		out.Timestamp = append(out.Timestamp, w.timestamp(t, nil))
	}
	return out
}

func (w *dssWriter) signature(s *verify.SignatureReport) dssSignature {
	t := s.Technical
	out := dssSignature{
		ID: s.ID, SignatureFilename: optional(w.r.Name), ClaimedSigningTime: whenever(s.ClaimedSigningTime), SignatureFormat: signatureFormat(s),
		StructuralValidation: w.structure(s), DigestMatcher: []dssMatcher{{
			DataFound: t.ContentFound, DataIntact: t.ContentIntact, DigestMethod: optional(s.DigestAlgorithm), DigestValue: t.MessageDigest, Type: "MESSAGE_DIGEST",
		}},
		BasicSignature: dssPrimitive{
			Encryption: t.KeyFamily, KeyLength: fmt.Sprint(t.KeyBits), Digest: s.DigestAlgorithm, Intact: s.Intact || valueHolds(s.Blocks), Valid: valueHolds(s.Blocks),
		},
		SigningCertificate: signing(s.Certificate), ChainItem: chainItems(s.Chain), ContentType: optional(t.ContentType), CommitmentTypeIndication: []never{},
		SignerRole: []never{}, SignerInfo: w.signerInfo(s.Certificate), PDFRevision: w.revision(s), FoundCertificates: w.found(s.Chain, s.Certificate),
		FoundRevocations: dssFoundRevs{[]never{}, []never{}}, FoundTimestamp: every(s.Timestamps, func(t *verify.TimestampReport) dssFoundTime { return dssFoundTime{t.ID} }),
		FoundEvidenceRecord: []never{}, SignatureScope: []dssScopeItem{}, SignatureValue: t.SignatureValue,
	}
	out.Parent, out.CounterSignature = optional(s.Parent), counters(s)
	if t.PolicyID != "" {
		out.Policy = &dssSignerPolicy{ID: t.PolicyID}
	}
	if id := scopeID(s); id != "" {
		name, text, scope := w.scope(s)
		out.SignatureScope = append(out.SignatureScope, dssScopeItem{Scope: scope, Name: name, Description: text, SignerData: id})
	}
	if len(t.SignedDigest) > 0 {
		out.DataToBeSigned = &dssDigest{DigestMethod: s.DigestAlgorithm, DigestValue: t.SignedDigest}
		out.SignatureDigestReference = &dssReference{DigestMethod: s.DigestAlgorithm, DigestValue: t.SignedDigest}
	}
	return out
}

// valueHolds says whether the signature value was checked and verifies.
func valueHolds(blocks []verify.Block) bool {
	for _, b := range blocks {
		for _, c := range b.Constraints {
			if b.Name == "CV" && c.Key == "SIGNATURE_VALUE_INVALID" {
				return c.Status == verify.StatusOK
			}
		}
	}
	return false
}

// structure are the oddities of syntax that format checking found.
func (w *dssWriter) structure(s *verify.SignatureReport) dssStructure {
	out := dssStructure{Message: []string{}, Valid: true}
	for _, r := range s.Reasons {
		if r.Key == verify.ConstraintStructure || r.Key == verify.ConstraintByteRange {
			out.Message = append(out.Message, w.text(r))
			out.Valid = false
		}
	}
	return out
}

func signing(id string) *dssSigning {
	if id == "" {
		return nil
	}
	return &dssSigning{Certificate: id}
}

func chainItems(ids []string) []dssItem {
	return every(ids, func(id string) dssItem { return dssItem{id} })
}

// signerInfo names the signing certificate by issuer and number.
func (w *dssWriter) signerInfo(id string) []dssSignerInfo {
	c, ok := w.certs[id]
	if !ok {
		return []dssSignerInfo{}
	}
	return []dssSignerInfo{{IssuerName: optional(c.Issuer), SerialNumber: serial(c), Current: new(true)}}
}

func serial(c verify.CertificateReport) *big.Int {
	n, ok := new(big.Int).SetString(c.Serial, 16)
	if !ok {
		return nil
	}
	return n
}

// found lists the certificates of the path; the signing one with the reference that the signature makes to it.
func (w *dssWriter) found(chain []string, signer string) dssFoundCerts {
	out := dssFoundCerts{Related: []dssRelated{}, Orphan: []never{}}
	for _, id := range chain {
		if w.certs[id].Anchor {
			continue
		}
		r := dssRelated{Origin: []string{"SIGNED_DATA"}, References: []dssCertRef{}, Certificate: id}
		if id == signer {
			r.References = append(r.References, dssCertRef{Origin: "SIGNING_CERTIFICATE", Digest: certificateDigest(id, new(true))})
		}
		out.Related = append(out.Related, r)
	}
	return out
}

// certificateDigest is the digest that a token's id is made of.
func certificateDigest(id string, match *bool) dssDigest {
	_, sum, _ := strings.Cut(id, "-")
	b, err := hex.DecodeString(sum)
	if err != nil {
		return dssDigest{DigestMethod: "SHA256", Match: match}
	}
	return dssDigest{DigestMethod: "SHA256", DigestValue: b, Match: match}
}

func (w *dssWriter) timestamp(t *verify.TimestampReport, of *verify.SignatureReport) dssTimestamp {
	family, bits := w.certs[t.Certificate].Key()
	out := dssTimestamp{
		ID: t.ID, ProductionTime: moment(t.Time), DigestMatcher: []dssMatcher{{
			DataFound: !failedBy(t.Blocks, "TIMESTAMP_DATA_NOT_FOUND"), DataIntact: !failedBy(t.Blocks, "TIMESTAMP_IMPRINT_MISMATCH"), DigestMethod: optional(t.Digest), Type: "MESSAGE_IMPRINT",
		}},
		BasicSignature:     dssPrimitive{Encryption: family, KeyLength: fmt.Sprint(bits), Digest: t.Digest, Intact: t.Intact, Valid: t.Intact},
		SigningCertificate: signing(t.Certificate), ChainItem: chainItems(t.Chain), SignerInfo: w.signerInfo(t.Certificate),
		FoundCertificates: w.found(t.Chain, t.Certificate), FoundRevocations: dssFoundRevs{[]never{}, []never{}}, FoundEvidenceRecord: []never{},
		TimestampedObject: []dssStamped{}, TimestampScope: []never{}, DigestAlgoAndValue: certificateDigest(t.ID, nil), Type: timestampType(t.Type),
	}
	if strings.Contains(w.tokens, "TIMESTAMPS") || w.tokens == "EXTRACT_ALL" {
		out.Base64Encoded = t.DER
	}
	if of != nil {
		if id := scopeID(of); id != "" {
			out.TimestampedObject = append(out.TimestampedObject, dssStamped{id, "SIGNED_DATA"})
		}
		if t.Type != verify.ContentTimestamp {
			out.TimestampedObject = append(out.TimestampedObject, dssStamped{of.ID, "SIGNATURE"})
		}
	}
	return out
}

// failedBy says whether a constraint of that key was not met.
func failedBy(blocks []verify.Block, key string) bool {
	for _, b := range blocks {
		for _, c := range b.Constraints {
			if c.Key == key && c.Status == verify.StatusNotOK {
				return true
			}
		}
	}
	return false
}
