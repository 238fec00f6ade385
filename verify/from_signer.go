package verify

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"math/big"
	"slices"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/verify/etsi"
)

// Findings about the syntax of a SignerInfo.
const (
	reasonCMSUnreadable = "CMS_UNREADABLE"
)

// signedContent is what a SignerInfo signs: hashed once for all its signers.
type signedContent struct {
	name    string
	open    func() io.Reader                                     // nil: the data are not here
	shared  func(...algo.Digest) (map[algo.Digest][]byte, error) // reads less than open, where it can; else its answer is nil
	digests map[algo.Digest][]byte
}

// hash reads the content once for the digests that are not known yet, and keeps them.
func (c *signedContent) hash(want ...algo.Digest) error {
	want = slices.DeleteFunc(slices.Clone(want), func(d algo.Digest) bool { return c.digests[d] != nil })
	if c.open == nil || len(want) == 0 {
		return nil
	}
	digests, err := c.read(want)
	if err != nil {
		return &Error{Code: CodeUnreadable, Err: err}
	}
	if c.digests == nil {
		c.digests = map[algo.Digest][]byte{}
	}
	maps.Copy(c.digests, digests)
	return nil
}

func (c *signedContent) read(want []algo.Digest) (map[algo.Digest][]byte, error) {
	if c.shared != nil {
		if digests, err := c.shared(want...); digests != nil || err != nil {
			return digests, err
		}
	}
	return cms.HashContent(c.open(), want...)
}

// fromSigner puts one SignerInfo into the neutral model: what every format that carries CMS has in common.
func fromSigner(si *cms.SignerInfo, content *signedContent) *signature {
	s := &signature{digestName: si.DigestAlgorithm.Algorithm.String(), signName: si.SignatureAlgorithm.Algorithm.String(), modified: ModifiedNone, coverage: CoversWhole}
	s.structure = append(s.structure, finding{
		key: reasonCMSUnreadable, met: si.Malformed == nil, always: true, otherwise: failed(etsi.FormatFailure), args: causeOf(si.Malformed),
	})
	s.matches = signerMatcher(si)
	if d, err := si.Digest(); err == nil {
		s.digest, s.digestName = d, d.String()
	}
	if a, err := si.Algorithm(); err == nil {
		s.algorithm, s.signName = a, a.Name
	}
	if t, ok := si.SigningTime(); ok {
		t = t.UTC()
		s.claimed = &t
	}
	s.identifiers = identifiers(si)
	s.references = []reference{contentReference(si, content, s.digest)}
	s.value = func(c *certs.Certificate) valueOutcome { return signatureValue(si, content, s.digest, c) }
	s.attributes = signedAttributeFindings(si)
	s.structure = append(s.structure, structureFindings(si)...)
	if p, err := si.SignaturePolicy(); err == nil && !p.Implied {
		s.policyID = p.Policy.String()
	}
	describeSigner(si, content, s)
	return s
}

// causeOf makes the argument of an unreadable part.
func causeOf(err error) []Arg {
	if err == nil {
		return nil
	}
	return []Arg{arg("cause", err.Error())}
}

// signerMatcher is the SignerIdentifier: issuer and serial number, or the key identifier (RFC 5652, 5.3).
func signerMatcher(si *cms.SignerInfo) func(*certs.Certificate) bool {
	return func(c *certs.Certificate) bool {
		if si.Serial != nil {
			if c.Serial == nil || si.Serial.Cmp(c.Serial) != 0 {
				return false
			}
			if bytes.Equal(si.IssuerRaw, c.RawIssuer) {
				return true
			}
			n, err := certs.ParseName(si.IssuerRaw)
			return err == nil && n.Equal(c.Issuer)
		}
		return len(si.SubjectKeyID) > 0 && bytes.Equal(si.SubjectKeyID, c.SubjectKeyID)
	}
}

// identifiers lists the ESS references. Both versions of the attribute may stand side by side; each names the same certificate.
func identifiers(si *cms.SignerInfo) []certificateIdentifier {
	ids, err := si.SigningCertificateIDs()
	if err != nil {
		return nil
	}
	var out []certificateIdentifier
	for _, id := range ids {
		out = append(out, certificateIdentifier{digest: id.Digest, hash: id.Hash, issuerDER: id.IssuerRaw, serial: magnitude(id.Serial), attribute: id.Version})
	}
	return out
}

func magnitude(n *big.Int) []byte {
	if n == nil {
		return nil
	}
	return n.Bytes()
}

// contentReference compares the content with the message-digest attribute. Without signed attributes the signature value itself is over the
// content, and its outcome stands for both.
func contentReference(si *cms.SignerInfo, content *signedContent, d algo.Digest) reference {
	r := reference{name: content.name, found: content.open != nil, digest: d.String()}
	if !d.Valid() || !algo.NamesDigest(si.DigestAlgorithm) { // its own words are told, not what they may have meant
		r.unknown, r.digest = true, si.DigestAlgorithm.Algorithm.String()
	}
	if si.RawSignedAttributes == nil { // a digest alone would not show content that is itself a set of attributes
		r.matches = r.found
		return r
	}
	r.unseen = content.open == nil && len(content.digests[d]) > 0
	r.found = r.found || r.unseen
	r.matches = claims(si, content.digests[d])
	return r
}

// claims says whether a message-digest names a digest. Where none is there the content is not said to be another; that one must be there, once
// and with one value (RFC 5652, 11.2), is a matter of the signature value.
func claims(si *cms.SignerInfo, digest []byte) bool {
	values := si.SignedAttributes.Values(cms.OIDMessageDigest)
	if len(values) == 0 {
		return len(digest) > 0
	}
	for _, v := range values {
		if claimed, err := octets(v); err == nil && len(digest) > 0 && bytes.Equal(claimed, digest) {
			return true
		}
	}
	return false
}

// signatureValue checks the value with one certificate's key.
func signatureValue(si *cms.SignerInfo, content *signedContent, d algo.Digest, c *certs.Certificate) valueOutcome {
	if c.PublicKey == nil {
		return valueOutcome{unsupported: publicKeyProblem(c)}
	}
	var o *cms.Outcome
	if si.RawSignedAttributes == nil && content.open != nil {
		var err error
		if o, err = si.Verify(c.PublicKey, content.open()); err != nil {
			return valueOutcome{} // the content can't be read again: not valid
		}
	} else {
		o = si.VerifyDigest(c.PublicKey, content.digests[d])
	}
	if o.Has(cms.UnsupportedAlgorithm) && !o.SignatureValid {
		return valueOutcome{unsupported: si.SignatureAlgorithm.Algorithm.String()}
	}
	return valueOutcome{notDER: !o.SignatureValid && o.Has(cms.NotDER), valid: o.SignatureValid && wellSigned(o)}
}

// wellSigned says whether the signed attributes are those that make a value one of a message: what they lack or contradict no key mends
// (RFC 5652, 5.3 and 11; RFC 6211).
func wellSigned(o *cms.Outcome) bool {
	for _, p := range []cms.ProblemCode{cms.AlgorithmMismatch, cms.AmbiguousContent, cms.RepeatedAttribute, cms.MissingAttribute, cms.ContentTypeMismatch} {
		if o.Has(p) {
			return false
		}
	}
	return true
}

func publicKeyProblem(c *certs.Certificate) string {
	if c.PublicKeyErr != nil {
		return c.PublicKeyErr.Error()
	}
	return "public key"
}

// signedAttributeFindings are the demands of RFC 5652, 5.3 and 11 on signed attributes.
func signedAttributeFindings(si *cms.SignerInfo) []finding {
	if si.RawSignedAttributes == nil || si.IsCounterSignature() {
		return nil
	}
	_, digestErr := si.MessageDigest()
	_, typeErr := si.ContentType()
	var mismatch bool
	for _, p := range si.VerifyDigest(nil, nil).Problems {
		mismatch = mismatch || p.Code == cms.ContentTypeMismatch
	}
	return []finding{
		{key: ConstraintMessageDigest, met: digestErr == nil, otherwise: indeterminate(etsi.SigConstraintsFailure)},
		{key: ConstraintContentType, met: typeErr == nil && !mismatch, otherwise: indeterminate(etsi.SigConstraintsFailure)},
	}
}

// structureFindings turns what the codec found odd into findings of format checking.
func structureFindings(si *cms.SignerInfo) []finding {
	var out []finding
	var essErr *cms.AttributeError
	if _, err := si.SigningCertificateIDs(); errors.As(err, &essErr) && essErr.Code != cms.MissingAttribute {
		out = append(out, structureFinding(string(essErr.Code), essErr.Error()))
	}
	for _, p := range si.Problems {
		if p.Code != cms.MalformedSignerInfo {
			out = append(out, structureFinding(string(p.Code), p.Text))
		}
	}
	return out
}

// structureFinding is one oddity of syntax, weighed as STRUCTURE.
func structureFinding(code, text string) finding {
	return finding{key: ConstraintStructure, otherwise: failed(etsi.FormatFailure), args: []Arg{arg("problem", code), arg("detail", text)}}
}

// parseCertificates keeps those that can be read, in order; the others are counted.
func parseCertificates(ders ...[]byte) (out []*certs.Certificate, broken int) {
	for _, der := range ders {
		c, err := certs.Parse(der)
		if err != nil {
			broken++
			continue
		}
		out = append(out, c)
	}
	return out, broken
}
