package verify

import (
	"cmp"
	"slices"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/asn1"
	"mohur/internal/cms"
	"mohur/internal/tsp"
)

// maxTimestamps bounds the tokens of one signature: each costs a path, and an archive timestamp a reading of everything before it.
const maxTimestamps = 100

// unsignedTimestamps reads the timestamps among the attributes of one SignerInfo that no signature protects, and knows what each covers.
type unsignedTimestamps struct {
	si      *cms.SignerInfo
	sd      *cms.SignedData // nil for a counter-signature
	content *signedContent  // what the SignerInfo signs
	own     string          // id of the signature
	message *archivedMessage

	received, encoded signerForm // the SignerInfo as received, and in DER

	tokens  map[string]*tsp.Token
	index   map[algo.Digest]map[string][]string // what a hash index may name, by the digest it uses
	carried map[algo.Digest]map[string]string   // ids of the certificates and revocation data here, by digest
}

// timestampKind says which attribute holds which kind of timestamp.
func timestampKind(t asn1.ObjectIdentifier) (TimestampType, bool) {
	switch t {
	case cms.OIDContentTimestamp:
		return ContentTimestamp, true
	case cms.OIDSignatureTimestamp:
		return SignatureTimestamp, true
	case cms.OIDCTimestamp:
		return ValidationDataTimestamp, true
	case cms.OIDCertificateCRLTimestamp:
		return ReferencesTimestamp, true
	case cms.OIDArchiveTimestamp, cms.OIDArchiveTimestampV2, cms.OIDArchiveTimestampV3:
		return ArchiveTimestamp, true
	}
	return "", false
}

// timestampRank orders the kinds as they are made (ETSI EN 319 102-1, 5.5.4, step 5 b).
func timestampRank(k TimestampType) int {
	return slices.Index([]TimestampType{ContentTimestamp, SignatureTimestamp, ValidationDataTimestamp, ReferencesTimestamp, ArchiveTimestamp}, k)
}

// read lists the content timestamps and those of the unsigned attributes, kind by kind and the oldest first: a SET has no order of its own. It
// is not complete when there are more than anyone needs.
func (u *unsignedTimestamps) read() (out []*timestamp, complete bool) {
	for _, raw := range u.si.ContentTimestamps() {
		if len(out) == maxTimestamps {
			return out, false
		}
		out = append(out, fromToken(ContentTimestamp, raw, u.content))
	}
	for _, a := range u.si.UnsignedAttributes {
		kind, ok := timestampKind(a.Type)
		if !ok || kind == ContentTimestamp {
			continue
		}
		for _, raw := range a.Values {
			if len(out) == maxTimestamps {
				return out, false
			}
			out = append(out, u.timestamp(a.Type, kind, raw))
		}
	}
	slices.SortStableFunc(out, func(a, b *timestamp) int {
		if c := cmp.Compare(timestampRank(a.kind), timestampRank(b.kind)); c != 0 || a.token == nil || b.token == nil {
			return c
		}
		return a.token.Info.GenTime.Compare(b.token.Info.GenTime)
	})
	return out, true
}

// timestamp puts one token together with what it must be over.
func (u *unsignedTimestamps) timestamp(t asn1.ObjectIdentifier, kind TimestampType, raw []byte) *timestamp {
	var stamped *signedContent
	var proves []string
	switch t {
	case cms.OIDSignatureTimestamp:
		stamped = inMemory("signature", u.si.Signature)
	case cms.OIDCTimestamp:
		stamped, proves = u.signatureAndReferences()
	case cms.OIDCertificateCRLTimestamp:
		stamped, proves = u.references()
		return proving(fromToken(kind, raw, stamped), proves)
	case cms.OIDArchiveTimestampV3:
		stamped, proves = u.archived(raw)
	case cms.OIDArchiveTimestampV2:
		stamped, proves = u.archivedV2(raw)
	default: // of version 1, whose input the field never agreed on (ETSI TS 101 733, 6.4, note 1)
		stamped = &signedContent{name: "archive"}
	}
	return proving(fromToken(kind, raw, stamped), append([]string{u.own}, proves...))
}

func proving(t *timestamp, ids []string) *timestamp {
	t.proves = ids
	return t
}

// signatureAndReferences is what a CAdES-C timestamp is over: the octets of the signature value, the signature timestamps and the references to
// validation data; each attribute as its type and values, without the SEQUENCE around them (ETSI TS 101 733, 6.3.5; EN 319 122-1, A.1.5.2).
func (u *unsignedTimestamps) signatureAndReferences() (*signedContent, []string) {
	stamps, first := u.attributes(cms.OIDSignatureTimestamp)
	references, second := u.attributes(cms.OIDCertificateReferences, cms.OIDRevocationReferences)
	return inMemory("signature and references", slices.Concat(u.si.Signature, stamps, references)), append(first, second...)
}

// references is what a timestamp over the references alone is over (ETSI TS 101 733, 6.3.6; EN 319 122-1, A.1.5.1).
func (u *unsignedTimestamps) references() (*signedContent, []string) {
	stamped, proves := u.attributes(cms.OIDCertificateReferences, cms.OIDRevocationReferences)
	return inMemory("references", stamped), proves
}

// attributes writes down type and values of the unsigned attributes of some types, type by type, and lists what they prove.
func (u *unsignedTimestamps) attributes(types ...asn1.ObjectIdentifier) (stamped []byte, proves []string) {
	for _, t := range types {
		for _, a := range u.si.UnsignedAttributes {
			if a.Type != t {
				continue
			}
			if e, err := asn1.Parse(a.Raw, asn1.Limits{}); err == nil {
				stamped = append(stamped, e.Content...)
			}
			proves = append(proves, u.attributeIDs(a)...)
		}
	}
	return stamped, proves
}

func (u *unsignedTimestamps) attributeIDs(a cms.Attribute) []string {
	var out []string
	for _, v := range a.Values {
		out = append(out, u.valueIDs(a.Type, v)...)
	}
	return out
}

// valueIDs lists what is proven to have existed when the value of an attribute is: the value itself, and what it carries.
func (u *unsignedTimestamps) valueIDs(t asn1.ObjectIdentifier, value []byte) []string {
	if _, ok := timestampKind(t); ok {
		return append([]string{identify("T-", value)}, tokenIDs(u.token(value))...)
	}
	one := &cms.SignerInfo{UnsignedAttributes: cms.Attributes{{Type: t, Values: [][]byte{value}}}}
	switch t {
	case cms.OIDCertificateValues:
		list, err := one.CertificateValues()
		if err != nil {
			return nil
		}
		return certificateIDs(list)
	case cms.OIDRevocationValues:
		v, err := one.RevocationValues()
		if err != nil {
			return nil
		}
		return revocationValueIDs(v)
	case cms.OIDCertificateReferences, cms.OIDRevocationReferences:
		return u.referencedIDs(one)
	case cms.OIDCounterSignature:
		return counterIDs(one, u.si.Signature, 0)
	}
	return nil
}

// token reads a token once, however many timestamps cover it; nil for one that can't be read.
func (u *unsignedTimestamps) token(raw []byte) *tsp.Token {
	if t, ok := u.tokens[string(raw)]; ok {
		return t
	}
	t, err := tsp.ParseToken(raw)
	if err != nil {
		t = nil
	}
	if u.tokens == nil {
		u.tokens = map[string]*tsp.Token{}
	}
	u.tokens[string(raw)] = t
	return t
}

// tokenIDs lists the certificates and the revocation data inside a token.
func tokenIDs(t *tsp.Token) []string {
	if t == nil {
		return nil
	}
	out := certificateIDs(t.CMS.Certificates)
	for _, list := range [][][]byte{t.CMS.CRLs, t.CMS.OCSPResponses} {
		for _, der := range list {
			out = append(out, blobID(der))
		}
	}
	if v, err := t.Signer().RevocationValues(); err == nil {
		out = append(out, revocationValueIDs(v)...)
	}
	if list, err := t.Signer().CertificateValues(); err == nil {
		out = append(out, certificateIDs(list)...)
	}
	return out
}

func certificateIDs(ders [][]byte) []string {
	var out []string
	for _, der := range ders {
		out = append(out, identify("C-", der))
	}
	return out
}

func revocationValueIDs(v cms.RevocationValues) []string {
	var out []string
	for _, b := range revocationBlobs(certs.OriginSignature, v.CRLs, v.OCSPResponses) {
		out = append(out, b.id())
	}
	return out
}

// counterIDs lists the counter-signatures in a SignerInfo's attributes, with theirs: an archive timestamp covers them too.
func counterIDs(si *cms.SignerInfo, value []byte, depth int) []string {
	if depth == maxCounters {
		return nil
	}
	var out []string
	for _, c := range si.CounterSignatures() {
		out = append(out, signerID(c, inMemory("", value)))
		for _, raw := range c.Timestamps() {
			out = append(out, identify("T-", raw))
		}
		out = append(out, counterIDs(c, c.Signature, depth+1)...)
	}
	return out
}

// signerID is the id of a signature: the same whenever the same attributes and value are seen over the same content.
func signerID(si *cms.SignerInfo, content *signedContent) string {
	d, err := si.Digest()
	if err != nil || content.hash(d) != nil {
		d = 0
	}
	return identify("S-", si.RawSignedAttributes, si.Signature, content.digests[d])
}

// signedIDs lists what the signed attributes carry, which every archive timestamp covers: content timestamps and Adobe's revocation data.
func (u *unsignedTimestamps) signedIDs() []string {
	var out []string
	for _, raw := range u.si.ContentTimestamps() {
		out = append(append(out, identify("T-", raw)), tokenIDs(u.token(raw))...)
	}
	if v, err := u.si.AdobeRevocation(); err == nil {
		out = append(out, revocationValueIDs(v)...)
	}
	return out
}

// messageIDs lists the certificates and revocation data of the message.
func (u *unsignedTimestamps) messageIDs() []string {
	if u.sd == nil {
		return nil
	}
	out := certificateIDs(u.sd.Certificates)
	for _, b := range revocationBlobs(certs.OriginSignature, u.sd.CRLs, u.sd.OCSPResponses) {
		out = append(out, b.id())
	}
	return out
}

// referencedIDs lists what references prove: a hash names what it is of. One by an algorithm that has lost its resistance to collisions proves
// nothing of what it names.
func (u *unsignedTimestamps) referencedIDs(one *cms.SignerInfo) []string {
	certificates, _ := one.CertificateReferences()
	revocation, _ := one.RevocationReferences()
	var out []string
	for _, r := range append(certificates, revocation...) {
		if r.Digest == algo.MD5 || r.Digest == algo.SHA1 {
			continue
		}
		if id := u.referenced(r); id != "" {
			out = append(out, id)
		}
	}
	return out
}

// referenced is the id of what a reference names, empty when that is not in the message.
func (u *unsignedTimestamps) referenced(r cms.Reference) string {
	if !r.Digest.Valid() {
		return ""
	}
	here, ok := u.carried[r.Digest]
	if !ok {
		here = map[string]string{}
		u.eachCarried(func(id string, der []byte) { here[string(r.Digest.Sum(der))] = id })
		if u.carried == nil {
			u.carried = map[algo.Digest]map[string]string{}
		}
		u.carried[r.Digest] = here
	}
	return here[string(r.Hash)]
}

// eachCarried calls f for the certificates and revocation data of the message and of this signature's values; for an OCSP response also with
// the BasicOCSPResponse inside, of which references are made.
func (u *unsignedTimestamps) eachCarried(f func(id string, der []byte)) {
	var ders [][]byte
	if u.sd != nil {
		ders = append(ders, u.sd.Certificates...)
	}
	if list, err := u.si.CertificateValues(); err == nil {
		ders = append(ders, list...)
	}
	for _, der := range ders {
		f(identify("C-", der), der)
	}
	var blobs []revocationBlob
	if u.sd != nil {
		blobs = append(blobs, revocationBlobs(certs.OriginSignature, u.sd.CRLs, u.sd.OCSPResponses)...)
	}
	if v, err := u.si.RevocationValues(); err == nil {
		blobs = append(blobs, revocationBlobs(certs.OriginSignature, v.CRLs, v.OCSPResponses)...)
	}
	for _, b := range blobs {
		f(b.id(), b.der)
		if b.ocsp {
			if basic := cms.BasicOCSPResponse(b.der); basic != nil {
				f(b.id(), basic)
			}
		}
	}
}
