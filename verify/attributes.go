package verify

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"time"

	"mohur/certs"
	"mohur/internal/asn1"
	"mohur/internal/cms"
)

// Attribute is one attribute of a CMS signature as its writer put it there: shown, and relied on only where a constraint says so.
type Attribute struct {
	Name   string // as ETSI EN 319 122-1 and RFC 5652 spell it, "signer-location"; empty for one that isn't known
	OID    string
	Signed bool
	Values []Arg // what it says, in order; names may repeat
}

// AttributeCertificate is an attribute certificate found in a message or in the signer's attributes. It is listed; nobody verified it.
type AttributeCertificate struct {
	SHA256              string // hex
	Holder, Issuer      string // distinguished names; empty when not given
	HolderSerial        string // of the holder's own certificate, hex; empty when not given
	Serial              string // hex
	NotBefore, NotAfter time.Time
	Attributes          []string // object identifiers of what it certifies
	Problem             string   // why it could not be read; empty otherwise
}

// Bounds of what a report repeats of what a signer wrote.
const (
	maxShown      = 500  // attributes, and values of one attribute
	maxShownRunes = 1000 // of one text
)

// attributeNames are the names of ETSI EN 319 122-1, RFC 5652, RFC 5035 and TS 101 733.
var attributeNames = map[asn1.ObjectIdentifier]string{
	cms.OIDContentType: "content-type", cms.OIDMessageDigest: "message-digest", cms.OIDSigningTime: "signing-time",
	cms.OIDCounterSignature: "countersignature", cms.OIDAlgorithmProtection: "cms-algorithm-protection",
	cms.OIDSigningCertificate: "signing-certificate", cms.OIDSigningCertificateV2: "signing-certificate-v2",
	cms.OIDSignaturePolicy: "signature-policy-identifier", cms.OIDSignaturePolicyStore: "signature-policy-store",
	cms.OIDCommitmentType: "commitment-type-indication", cms.OIDSignerLocation: "signer-location",
	cms.OIDSignerAttributes: "signer-attributes", cms.OIDSignerAttributesV2: "signer-attributes-v2",
	cms.OIDContentHints: "content-hints", cms.OIDContentReference: "content-reference", cms.OIDContentIdentifier: "content-identifier",
	cms.OIDMIMEType: "mime-type", cms.OIDContentTimestamp: "content-time-stamp", cms.OIDSignatureTimestamp: "signature-time-stamp",
	cms.OIDCertificateReferences: "complete-certificate-references", cms.OIDRevocationReferences: "complete-revocation-references",
	cms.OIDCertificateValues: "certificate-values", cms.OIDRevocationValues: "revocation-values",
	cms.OIDCTimestamp: "CAdES-C-timestamp", cms.OIDCertificateCRLTimestamp: "time-stamped-certs-crls-references",
	cms.OIDArchiveTimestamp: "archive-time-stamp", cms.OIDArchiveTimestampV2: "archive-time-stamp-v2", cms.OIDArchiveTimestampV3: "archive-time-stamp-v3",
	cms.OIDLongTermValidation: "long-term-validation", cms.OIDEvidenceRecordInternal: "internal-evidence-record",
	cms.OIDEvidenceRecordExternal: "external-evidence-record", cms.OIDAdobeRevocationInfoArchival: "adbe-revocationInfoArchival",
}

// describeAttributes lists the attributes of a SignerInfo for reports, signed ones first, each in the order received.
func describeAttributes(u *unsignedTimestamps, s *signature) {
	si := u.si
	d := &describer{si: si, parts: s, carries: u}
	seen := map[asn1.ObjectIdentifier]bool{}
	for _, list := range []struct {
		attributes cms.Attributes
		signed     bool
	}{{si.SignedAttributes, true}, {si.UnsignedAttributes, false}} {
		for _, a := range list.attributes {
			if len(s.technical.Attributes) == maxShown {
				return
			}
			out := Attribute{Name: attributeNames[a.Type], OID: a.Type.String(), Signed: list.signed}
			if d.values = nil; !seen[a.Type] { // what repeats is said once: the readers look at all of a type
				seen[a.Type] = true
				d.describe(a)
			}
			out.Values = d.values
			s.technical.Attributes = append(s.technical.Attributes, out)
		}
	}
}

// describer collects what one attribute says.
type describer struct {
	si      *cms.SignerInfo
	parts   *signature
	carries *unsignedTimestamps
	values  []Arg
}

// say adds one value; an empty one says nothing.
func (d *describer) say(name, value string) {
	if value == "" || len(d.values) == maxShown {
		return
	}
	value = strings.ToValidUTF8(value, "\uFFFD")
	if r := []rune(value); len(r) > maxShownRunes {
		value = string(r[:maxShownRunes]) + "…"
	}
	d.values = append(d.values, arg(name, value))
}

// broken says why an attribute can't be read.
func (d *describer) broken(err error) bool {
	if err == nil {
		return false
	}
	d.say("problem", err.Error())
	return true
}

func (d *describer) describe(a cms.Attribute) {
	si := d.si
	switch a.Type {
	case cms.OIDContentType:
		o, err := si.ContentType()
		d.broken(err)
		d.say("contentType", o.String())
	case cms.OIDMessageDigest:
		b, err := si.MessageDigest()
		d.broken(err)
		d.say("digest", hex.EncodeToString(b))
	case cms.OIDSigningTime:
		if t, ok := si.SigningTime(); ok {
			d.say("time", t.UTC().Format(time.RFC3339))
		}
	case cms.OIDSigningCertificate, cms.OIDSigningCertificateV2:
		d.certificateIDs(a.Type)
	case cms.OIDContentHints, cms.OIDContentReference, cms.OIDContentIdentifier, cms.OIDMIMEType:
		d.content(a.Type)
	case cms.OIDSignaturePolicy, cms.OIDSignaturePolicyStore:
		d.policy(a.Type)
	case cms.OIDSignerLocation, cms.OIDSignerAttributes, cms.OIDSignerAttributesV2, cms.OIDCommitmentType:
		d.signer(a.Type)
	case cms.OIDCertificateReferences, cms.OIDRevocationReferences:
		d.references(a.Type)
	case cms.OIDCertificateValues, cms.OIDRevocationValues:
		d.carried(a.Type)
	default:
		if _, ok := timestampKind(a.Type); ok {
			for _, v := range a.Values {
				d.say("timestamp", identify("T-", v))
			}
		}
	}
}

func (d *describer) certificateIDs(t asn1.ObjectIdentifier) {
	ids, err := d.si.SigningCertificateIDs()
	if d.broken(err) {
		return
	}
	for _, id := range ids {
		if (id.Version == 2) != (t == cms.OIDSigningCertificateV2) {
			continue
		}
		digest := id.Digest.String()
		if !id.Digest.Valid() {
			digest = id.Algorithm.Algorithm.String()
		}
		d.say("digestAlgorithm", digest)
		d.say("digest", hex.EncodeToString(id.Hash))
		d.say("issuer", nameOf(id.IssuerRaw))
		d.say("serial", hexOf(id.Serial))
	}
}

func (d *describer) content(t asn1.ObjectIdentifier) {
	switch t {
	case cms.OIDContentHints:
		if h, err := d.si.ContentHints(); !d.broken(err) {
			d.say("description", h.Description)
			d.say("contentType", h.ContentType.String())
		}
	case cms.OIDContentReference:
		if c, err := d.si.ContentReference(); !d.broken(err) {
			d.say("contentType", c.ContentType.String())
			d.say("identifier", hex.EncodeToString(c.Identifier))
			d.say("signatureValue", hex.EncodeToString(c.SignatureValue))
		}
	case cms.OIDContentIdentifier:
		if b, err := d.si.ContentIdentifier(); !d.broken(err) {
			d.say("identifier", hex.EncodeToString(b))
		}
	case cms.OIDMIMEType:
		if s, err := d.si.MIMEType(); !d.broken(err) {
			d.say("mimeType", s)
		}
	}
}

func (d *describer) policy(t asn1.ObjectIdentifier) {
	p, err := d.si.SignaturePolicy()
	if t == cms.OIDSignaturePolicy {
		if d.broken(err) {
			return
		}
		if p.Implied {
			d.say("policy", "implied")
			return
		}
		d.say("policy", p.Policy.String())
		d.say("digestAlgorithm", p.Hash.Type.String())
		d.say("digest", hex.EncodeToString(p.Hash.Value))
		d.say("uri", p.URI)
		d.say("notice", p.Notice)
		d.say("specification", p.Specification)
		for _, q := range p.Others {
			d.say("qualifier", q.Type.String())
		}
		return
	}
	store, storeErr := d.si.PolicyStore()
	if d.broken(storeErr) {
		return
	}
	d.say("specification", store.Specification)
	d.say("uri", store.URI)
	if store.Document != nil {
		d.say("octets", fmt.Sprint(len(store.Document)))
		d.say("matchesPolicyDigest", fmt.Sprint(err == nil && p.MatchesHash(store.Document)))
	}
}

// commitmentNames are the commitment types of ETSI EN 319 122-1, annex B (and RFC 5126, 5.11.1).
var commitmentNames = map[asn1.ObjectIdentifier]string{
	"1.2.840.113549.1.9.16.6.1": "proofOfOrigin", "1.2.840.113549.1.9.16.6.2": "proofOfReceipt", "1.2.840.113549.1.9.16.6.3": "proofOfDelivery",
	"1.2.840.113549.1.9.16.6.4": "proofOfSender", "1.2.840.113549.1.9.16.6.5": "proofOfApproval", "1.2.840.113549.1.9.16.6.6": "proofOfCreation",
}

func (d *describer) signer(t asn1.ObjectIdentifier) {
	switch t {
	case cms.OIDCommitmentType:
		for _, c := range d.si.Commitments() {
			d.say("commitment", c.Type.String())
			d.say("name", commitmentNames[c.Type])
			for _, q := range c.Qualifiers {
				d.say("qualifier", q.Type.String())
			}
		}
	case cms.OIDSignerLocation:
		l, err := d.si.SignerLocation()
		if d.broken(err) {
			return
		}
		d.say("country", l.Country)
		d.say("locality", l.Locality)
		for _, line := range l.PostalAddress {
			d.say("address", line)
		}
	default:
		d.roles()
	}
}

func (d *describer) roles() {
	a, err := d.si.SignerAttributes()
	if d.broken(err) {
		return
	}
	for _, c := range a.Claimed {
		for _, v := range c.Values {
			s := cms.Text(v)
			if s == "" {
				s = hex.EncodeToString(v)
			}
			d.say("claimed", c.Type.String()+": "+s)
		}
	}
	for _, der := range a.Certified {
		c := attributeCertificate(der)
		d.say("certified", c.SHA256)
		d.parts.attributeCertificates = append(d.parts.attributeCertificates, c)
	}
	for _, o := range a.Other {
		d.say("certifiedOtherwise", o.Type.String())
	}
	for _, o := range a.Assertions {
		d.say("assertion", o.Type.String())
	}
}

func (d *describer) references(t asn1.ObjectIdentifier) {
	list, err := d.si.CertificateReferences()
	if t == cms.OIDRevocationReferences {
		list, err = d.si.RevocationReferences()
	}
	d.broken(err)
	for _, r := range list {
		text := string(r.Kind)
		if r.Hash != nil {
			text += " " + r.Digest.String() + " " + hex.EncodeToString(r.Hash)
		}
		d.say("reference", text)
		if id := d.carries.referenced(r); id != "" {
			d.say("found", id)
		}
	}
}

func (d *describer) carried(t asn1.ObjectIdentifier) {
	if t == cms.OIDCertificateValues {
		list, err := d.si.CertificateValues()
		d.broken(err)
		for _, id := range certificateIDs(list) {
			d.say("certificate", id)
		}
		return
	}
	v, err := d.si.RevocationValues()
	d.broken(err)
	for _, id := range revocationValueIDs(v) {
		d.say("revocation", id)
	}
}

// attributeCertificate describes an attribute certificate; one that can't be read by its hash.
func attributeCertificate(der []byte) AttributeCertificate {
	out := AttributeCertificate{SHA256: identify("", der)}
	a, err := cms.ParseAttributeCertificate(der)
	if err != nil {
		out.Problem = err.Error()
		return out
	}
	out.Holder, out.Issuer, out.HolderSerial, out.Serial = nameOf(a.HolderRaw), nameOf(a.IssuerRaw), hexOf(a.HolderSerial), hexOf(a.Serial)
	if out.Holder == "" && a.HolderIssuerRaw != nil {
		out.Holder = nameOf(a.HolderIssuerRaw)
	}
	out.NotBefore, out.NotAfter = a.NotBefore.UTC(), a.NotAfter.UTC()
	for _, t := range a.Attributes.Types() {
		out.Attributes = append(out.Attributes, t.String())
	}
	return out
}

// nameOf spells an encoded distinguished name; empty for none and for what can't be read.
func nameOf(der []byte) string {
	if der == nil {
		return ""
	}
	n, err := certs.ParseName(der)
	if err != nil {
		return ""
	}
	return n.String()
}

func hexOf(n *big.Int) string {
	if n == nil {
		return ""
	}
	return n.Text(16)
}
