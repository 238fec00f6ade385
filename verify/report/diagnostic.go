package report

import (
	"encoding/hex"
	"time"

	"mohur/verify"
)

// DiagnosticDocument is what was found, before anything was judged: signatures as they are written, certificates and revocation data with
// their bytes. Later versions add keys, never change these.
type DiagnosticDocument struct {
	File         string                  `json:"file"`
	Format       verify.Format           `json:"format"`
	Time         *time.Time              `json:"validationTime"`
	Signatures   []DiagnosticSignature   `json:"signatures"`
	Timestamps   []DiagnosticTimestamp   `json:"timestamps"`
	Certificates []DiagnosticCertificate `json:"certificates"`
	Revocation   []DiagnosticRevocation  `json:"revocation"`

	AttributeCertificates []DiagnosticAttributeCertificate `json:"attributeCertificates"`
}

// DiagnosticAttribute is one attribute of a CMS signature with what it says, in order.
type DiagnosticAttribute struct {
	Name   string            `json:"name,omitempty"`
	OID    string            `json:"oid"`
	Signed bool              `json:"signed"`
	Values []DiagnosticValue `json:"values"`
}

// DiagnosticValue is one thing that an attribute says.
type DiagnosticValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// DiagnosticAttributeCertificate is an attribute certificate found in the document: listed, not verified.
type DiagnosticAttributeCertificate struct {
	SHA256       string     `json:"sha256"`
	Holder       string     `json:"holder,omitempty"`
	HolderSerial string     `json:"holderSerial,omitempty"` // hexadecimal
	Issuer       string     `json:"issuer,omitempty"`
	Serial       string     `json:"serial,omitempty"` // hexadecimal
	NotBefore    *time.Time `json:"notBefore"`
	NotAfter     *time.Time `json:"notAfter"`
	Attributes   []string   `json:"attributes"` // object identifiers of what it certifies
	Problem      string     `json:"problem,omitempty"`
}

// DiagnosticSignature is a signature as it is written. Digests and values are hexadecimal.
type DiagnosticSignature struct {
	ID                 string        `json:"id"`
	Field              string        `json:"field,omitempty"`
	Format             verify.Format `json:"format"`
	Level              string        `json:"level"`
	Parent             string        `json:"counterSignatureOf,omitempty"`
	Orphan             bool          `json:"orphan,omitempty"`
	Filter             string        `json:"filter,omitempty"`
	SubFilter          string        `json:"subFilter,omitempty"`
	ByteRange          []int64       `json:"byteRange,omitempty"`
	Revision           int           `json:"revision,omitempty"`
	ContentType        string        `json:"contentType,omitempty"`
	SignaturePolicy    string        `json:"signaturePolicy,omitempty"`
	ClaimedSigningTime *time.Time    `json:"claimedSigningTime"`
	ClaimedName        string        `json:"claimedName,omitempty"`
	ClaimedReason      string        `json:"claimedReason,omitempty"`
	ClaimedLocation    string        `json:"claimedLocation,omitempty"`
	ClaimedContact     string        `json:"claimedContactInfo,omitempty"`
	DigestAlgorithm    string        `json:"digestAlgorithm"`
	SignatureAlgorithm string        `json:"signatureAlgorithm"`
	SignatureURI       string        `json:"signatureAlgorithmURI,omitempty"`
	KeyFamily          string        `json:"keyFamily,omitempty"`
	KeyBits            int           `json:"keyBits,omitempty"`
	SignatureValue     string        `json:"signatureValue"`
	MessageDigest      string        `json:"messageDigest,omitempty"`
	SignedDigest       string        `json:"signedAttributesDigest,omitempty"`
	ContentDigest      string        `json:"contentDigest,omitempty"`
	ContentFound       bool          `json:"contentFound"`
	ContentIntact      bool          `json:"contentIntact"`
	Intact             bool          `json:"intact"`
	SigningCert        string        `json:"signingCertificate,omitempty"`
	Chain              []string      `json:"chain"`
	Timestamps         []string      `json:"timestamps"`
	Changes            []Change      `json:"changes"`

	Attributes []DiagnosticAttribute `json:"attributes"`
}

// DiagnosticTimestamp is a token as it is written.
type DiagnosticTimestamp struct {
	ID          string               `json:"id"`
	Type        verify.TimestampType `json:"type"`
	Field       string               `json:"field,omitempty"`
	Time        *time.Time           `json:"time"`
	Digest      string               `json:"digestAlgorithm"`
	Intact      bool                 `json:"intact"`
	ProducedBy  string               `json:"producedBy"`
	SigningCert string               `json:"signingCertificate,omitempty"`
	Chain       []string             `json:"chain"`
}

// DiagnosticCertificate is a certificate that the verdict used.
type DiagnosticCertificate struct {
	ID        string    `json:"id"`
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Serial    string    `json:"serial"` // hexadecimal
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	Anchor    bool      `json:"anchor"`
	DER       []byte    `json:"der"` // base64
}

// DiagnosticRevocation is a CRL or an OCSP answer that the verdict used, about one certificate.
type DiagnosticRevocation struct {
	ID          string     `json:"id"`
	Kind        string     `json:"kind"`
	Certificate string     `json:"certificate"`
	ThisUpdate  *time.Time `json:"thisUpdate"`
	NextUpdate  *time.Time `json:"nextUpdate"`
	ProducedAt  *time.Time `json:"producedAt"`
	Status      string     `json:"status"`
	RevokedAt   *time.Time `json:"revokedAt"`
	Reason      string     `json:"reason,omitempty"`
	DER         []byte     `json:"der"` // base64; where one answer speaks of several certificates, with the first of them
}

// Diagnostic makes the diagnostic report; lang picks the language of the changes' texts.
func Diagnostic(r *verify.Report, lang string) DiagnosticDocument {
	d := DiagnosticDocument{
		File: r.Name, Format: r.Format, Time: moment(r.Time), Signatures: []DiagnosticSignature{}, Timestamps: []DiagnosticTimestamp{},
		Certificates: []DiagnosticCertificate{}, Revocation: []DiagnosticRevocation{}, AttributeCertificates: []DiagnosticAttributeCertificate{},
	}
	for _, c := range r.AttributeCertificates {
		d.AttributeCertificates = append(d.AttributeCertificates, DiagnosticAttributeCertificate{
			SHA256: c.SHA256, Holder: c.Holder, HolderSerial: c.HolderSerial, Issuer: c.Issuer, Serial: c.Serial, NotBefore: moment(c.NotBefore),
			NotAfter: moment(c.NotAfter), Attributes: orEmpty(c.Attributes), Problem: c.Problem,
		})
	}
	seen := map[string]bool{}
	for _, s := range r.Signatures {
		d.Signatures = append(d.Signatures, diagnosticSignature(s, lang))
		d.stamps(s.Timestamps, seen)
	}
	d.stamps(r.Timestamps, seen)
	for _, c := range r.Certificates {
		d.Certificates = append(d.Certificates, DiagnosticCertificate{
			ID: c.ID, Subject: c.Subject, Issuer: c.Issuer, Serial: c.Serial, NotBefore: c.NotBefore, NotAfter: c.NotAfter, Anchor: c.Anchor, DER: c.DER,
		})
	}
	for i := range r.Evidence {
		d.evidence(&r.Evidence[i], seen)
	}
	return d
}

func diagnosticSignature(s *verify.SignatureReport, lang string) DiagnosticSignature {
	t := &s.Technical
	simple := signature(s, lang)
	out := DiagnosticSignature{
		ID: s.ID, Field: s.Name, Format: s.Format, Level: s.Level, Parent: s.Parent, Orphan: s.Orphan, Filter: t.Filter, SubFilter: t.SubFilter, ByteRange: t.ByteRange,
		Revision: s.Revision, ContentType: t.ContentType, SignaturePolicy: t.PolicyID, ClaimedSigningTime: s.ClaimedSigningTime,
		ClaimedName: s.Claims.Name, ClaimedReason: s.Claims.Reason, ClaimedLocation: s.Claims.Location, ClaimedContact: s.Claims.ContactInfo,
		DigestAlgorithm: s.DigestAlgorithm, SignatureAlgorithm: s.SignatureAlgorithm, SignatureURI: t.SignatureURI, KeyFamily: t.KeyFamily,
		KeyBits: t.KeyBits, SignatureValue: hex.EncodeToString(t.SignatureValue), MessageDigest: hex.EncodeToString(t.MessageDigest),
		SignedDigest: hex.EncodeToString(t.SignedDigest), ContentDigest: hex.EncodeToString(t.ContentDigest), ContentFound: t.ContentFound,
		ContentIntact: t.ContentIntact, Intact: s.Intact, SigningCert: s.Certificate, Chain: orEmpty(s.Chain), Timestamps: []string{}, Changes: simple.Changes,
		Attributes: make([]DiagnosticAttribute, 0, len(t.Attributes)),
	}
	for _, a := range t.Attributes {
		e := DiagnosticAttribute{Name: a.Name, OID: a.OID, Signed: a.Signed, Values: make([]DiagnosticValue, 0, len(a.Values))}
		for _, v := range a.Values {
			e.Values = append(e.Values, DiagnosticValue{v.Name, v.Value})
		}
		out.Attributes = append(out.Attributes, e)
	}
	for _, stamp := range s.Timestamps {
		out.Timestamps = append(out.Timestamps, stamp.ID)
	}
	return out
}

// stamps adds tokens, each once.
func (d *DiagnosticDocument) stamps(list []*verify.TimestampReport, seen map[string]bool) {
	for _, t := range list {
		if seen[t.ID] {
			continue
		}
		seen[t.ID] = true
		d.Timestamps = append(d.Timestamps, DiagnosticTimestamp{
			ID: t.ID, Type: t.Type, Field: t.Name, Time: moment(t.Time), Digest: t.Digest, Intact: t.Intact, ProducedBy: t.ProducedBy,
			SigningCert: t.Certificate, Chain: orEmpty(t.Chain),
		})
	}
}

func (d *DiagnosticDocument) evidence(e *verify.Evidence, seen map[string]bool) {
	out := DiagnosticRevocation{
		ID: e.ID, Kind: e.Kind, Certificate: e.Certificate, ThisUpdate: moment(e.ThisUpdate), NextUpdate: e.NextUpdate, ProducedAt: moment(e.ProducedAt),
		Status: e.Status, RevokedAt: e.RevokedAt, Reason: e.Reason,
	}
	if !seen[e.ID] {
		seen[e.ID] = true
		out.DER = e.DER
	}
	d.Revocation = append(d.Revocation, out)
}
