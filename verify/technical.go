package verify

import (
	"slices"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/internal/pdf"
)

// Technical is what a signature says of itself, byte by byte, for the reports of engineers and programs (ETSI TS 119 102-2, 4.2.3 and
// annex A). Nothing in it is a verdict.
type Technical struct {
	Filter, SubFilter string  // of the PDF signature dictionary
	ByteRange         []int64 // as written
	ContentType       string  // OID of the signed attribute
	PolicyID          string  // OID of the signature policy that the signer names
	SignatureValue    []byte
	MessageDigest     []byte // the signed attribute; nil without one
	SignedDigest      []byte // of what the signature value is over: the DER of the signed attributes; nil without them
	ContentDigest     []byte // of the signed content, as computed; nil when it was not there
	ContentFound      bool
	ContentIntact     bool   // the content is what the message-digest attribute names
	KeyFamily         string // of the signing certificate's key: "RSA", "ECDSA", "EdDSA"
	KeyBits           int    // 0 when the signing certificate was not identified
	SignatureURI      string // of the signature algorithm (RFC 9231), empty where there is none

	Attributes []Attribute // of a CMS signature, signed ones first
}

// describeSigner notes what a SignerInfo says.
func describeSigner(si *cms.SignerInfo, content *signedContent, s *signature) {
	t := &s.technical
	t.SignatureValue = slices.Clone(si.Signature)
	if d, err := si.MessageDigest(); err == nil {
		t.MessageDigest = slices.Clone(d)
	}
	if oid, err := si.ContentType(); err == nil {
		t.ContentType = oid.String()
	}
	t.PolicyID = s.policyID
	t.ContentDigest = slices.Clone(content.digests[s.digest])
	if len(si.RawSignedAttributes) > 0 && s.digest.Valid() {
		set := slices.Clone(si.RawSignedAttributes)
		set[0] = setTag // signed as SET OF, not as the [0] that is written (RFC 5652, 5.4)
		t.SignedDigest = s.digest.Sum(set)
	}
}

// setTag is the identifier octet of SET OF.
const setTag = 0x31

// describePDF notes what a signature dictionary says.
func describePDF(p *pdf.Signature, s *signature) {
	s.technical.Filter, s.technical.SubFilter, s.technical.ByteRange = p.Filter, p.SubFilter, slices.Clone(p.ByteRange)
}

// technical is the signature's own description with what was found out while judging it.
func (j *judged) technical() Technical {
	t := j.sig.technical
	for _, r := range j.sig.references {
		t.ContentFound, t.ContentIntact = r.found, r.matches
	}
	t.SignatureURI = signatureURI(j.sig.algorithm)
	if j.cert != nil {
		t.KeyFamily, t.KeyBits = familyName(j.cert.KeyInfo.Family), j.cert.KeyInfo.Bits
	}
	return t
}

// signatureURI is the XML identifier of a signature algorithm (RFC 9231, 2.3); empty for one that has none.
func signatureURI(s algo.Signature) string {
	digest := map[algo.Digest]string{algo.SHA1: "sha1", algo.SHA224: "sha224", algo.SHA256: "sha256", algo.SHA384: "sha384", algo.SHA512: "sha512"}[s.Digest]
	const more = "http://www.w3.org/2001/04/xmldsig-more#"
	switch {
	case s.Family == algo.EdDSA:
		return map[string]string{"ED25519": "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519", "ED448": "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448"}[s.Name]
	case digest == "":
		return ""
	case s.Family == algo.RSA && s.Digest == algo.SHA1:
		return "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
	case s.Family == algo.RSA:
		return more + "rsa-" + digest
	case s.Family == algo.ECDSA:
		return more + "ecdsa-" + digest
	case s.Family == algo.RSAPSS:
		return "http://www.w3.org/2007/05/xmldsig-more#" + digest + "-rsa-MGF1"
	}
	return ""
}

// Parse reads the certificate again, for what this summary leaves out. The error is certs's: it can only come of a report that was not made by
// this package.
func (c CertificateReport) Parse() (*certs.Certificate, error) { return certs.Parse(c.DER) }

// Key names the family and the size in bits of the certificate's key.
func (c CertificateReport) Key() (family string, bits int) {
	p, err := c.Parse()
	if err != nil {
		return "", 0
	}
	return familyName(p.KeyInfo.Family), p.KeyInfo.Bits
}

// SignedBy names the algorithm by which the certificate is signed: key family and digest, as the reports of the field spell them.
func (c CertificateReport) SignedBy() (family, digest string) {
	p, err := c.Parse()
	if err != nil || p.SignatureAlgorithmErr != nil {
		return "", ""
	}
	return familyName(p.SignatureAlgorithm.Family), digestName(p.SignatureAlgorithm)
}
