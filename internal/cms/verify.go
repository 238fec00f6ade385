package cms

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"io"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Outcome says, as data, what the cryptography of one signature is worth (ETSI EN 319 102-1, 5.2.7). It says nothing about trust.
type Outcome struct {
	Digest              algo.Digest // of the content; zero if the algorithm is unknown
	Signature           algo.Signature
	HasAttributes       bool   // the value is over signed attributes, which hold the content's digest
	ContentFound        bool   // there was content to hash
	ContentDigest       []byte // computed; nil without content
	ClaimedDigest       []byte // of the message-digest attribute; nil without one
	DigestMatches       bool   // the content is the one that was signed; without signed attributes the value itself says so
	ContentTypeMatches  bool   // the content-type attribute is the eContentType, or neither is needed
	AlgorithmsProtected bool   // CMSAlgorithmProtection is there and matches
	SignatureValid      bool   // the value verifies with the key
	Problems            []Problem
}

// Intact says that everything fits: content, content type, algorithms and value.
func (o *Outcome) Intact() bool {
	return o.ContentFound && o.DigestMatches && o.ContentTypeMatches && o.SignatureValid &&
		!o.Has(AlgorithmMismatch) && !o.Has(AmbiguousContent) && !o.Has(RepeatedAttribute)
}

// Has says whether a problem was found.
func (o *Outcome) Has(c ProblemCode) bool {
	for _, p := range o.Problems {
		if p.Code == c {
			return true
		}
	}
	return false
}

func (o *Outcome) report(c ProblemCode, format string, args ...any) {
	o.Problems = append(o.Problems, Problem{c, fmt.Sprintf(format, args...)})
}

// Verify compares and verifies one signature with the signer's public key, over the detached content that is given, or over the message's own
// where content is nil. Given content is never joined to the message's own: it then counts alone, which is reported. An error means that the
// content could not be read.
func (si *SignerInfo) Verify(pub crypto.PublicKey, content io.Reader) (*Outcome, error) {
	o := si.newOutcome()
	if content != nil && si.data != nil && si.data.Content != nil {
		o.report(TwoContents, "the message's own content of %d octets is not looked at", si.data.Content.Size())
	}
	if content == nil && si.data != nil && si.data.Content != nil {
		content = si.data.Content.Reader()
	}
	if si.Malformed != nil {
		return o, nil
	}
	if content == nil {
		o.report(NoContent, "")
		si.verifyAttributes(o, pub)
		return o, nil
	}
	if !o.HasAttributes {
		return o, si.verifyContent(o, pub, content)
	}
	h := o.Digest.New()
	if h != nil {
		if _, err := io.Copy(h, content); err != nil {
			return nil, err
		}
		o.setContentDigest(h.Sum(nil))
	}
	si.verifyAttributes(o, pub)
	return o, nil
}

// VerifyDigest is Verify for callers that have hashed the content already, by the algorithm that Digest returns; nil means that there is no
// content. Where there are no signed attributes, the value is verified over this digest, which Ed25519 does not allow.
func (si *SignerInfo) VerifyDigest(pub crypto.PublicKey, contentDigest []byte) *Outcome {
	o := si.newOutcome()
	if si.Malformed != nil {
		return o
	}
	if contentDigest == nil {
		o.report(NoContent, "")
	} else {
		o.setContentDigest(contentDigest)
	}
	if o.HasAttributes {
		si.verifyAttributes(o, pub)
		return o
	}
	switch {
	case contentDigest == nil || o.Signature.Family == 0:
	case o.Signature.Digest != o.Digest:
		o.report(UnsupportedAlgorithm, "the value needs a digest by %s, and one by %s was given", o.Signature.Digest, o.Digest)
	default:
		o.judge(o.Signature.VerifyDigest(pub, contentDigest, si.Signature))
		o.DigestMatches = o.SignatureValid
	}
	return o
}

func (o *Outcome) setContentDigest(d []byte) { o.ContentFound, o.ContentDigest = true, d }

// newOutcome fills in what does not depend on content and key.
func (si *SignerInfo) newOutcome() *Outcome {
	o := &Outcome{HasAttributes: si.RawSignedAttributes != nil}
	o.Problems = append(o.Problems, si.Problems...)
	if si.Malformed != nil {
		return o
	}
	var err error
	if o.Digest, err = si.Digest(); err != nil {
		o.report(UnsupportedAlgorithm, "%v", err)
	}
	if o.Signature, err = si.Algorithm(); err != nil {
		o.report(UnsupportedAlgorithm, "%v", err)
	} else if o.Signature.Family != algo.EdDSA && o.Digest != 0 && o.Signature.Digest != o.Digest {
		o.report(DigestsDiffer, "%s and %s", o.Digest, o.Signature.Name)
	}
	if o.HasAttributes {
		si.checkContentType(o)
		si.checkProtection(o)
		if _, err := si.SignedAttributes.single(OIDSigningTime); err != nil && si.SignedAttributes.Has(OIDSigningTime) {
			o.reportAttribute(err) // RFC 5652, 11.3
		}
		return o
	}
	// RFC 5652, 5.3: signedAttrs must be present if the content type is not id-data.
	o.ContentTypeMatches = true
	if si.data != nil && si.data.ContentType != OIDData {
		o.report(NoSignedAttributes, "content type %s", si.data.ContentType)
	}
	return o
}

// reportAttribute turns an AttributeError into a problem.
func (o *Outcome) reportAttribute(err error) {
	var a *AttributeError
	if errors.As(err, &a) {
		o.report(a.Code, "%v", err)
	}
}

// checkContentType is RFC 5652, 11.1; a counter-signature has no content-type attribute (11.4).
func (si *SignerInfo) checkContentType(o *Outcome) {
	if si.data == nil {
		o.ContentTypeMatches = !si.SignedAttributes.Has(OIDContentType)
		if !o.ContentTypeMatches {
			o.report(ContentTypeMismatch, "a counter-signature has a content-type attribute")
		}
		return
	}
	ct, err := si.ContentType()
	if err != nil {
		o.reportAttribute(err)
		return
	}
	o.ContentTypeMatches = ct == si.data.ContentType
	if !o.ContentTypeMatches {
		o.report(ContentTypeMismatch, "attribute %s, content %s", ct, si.data.ContentType)
	}
}

// checkProtection is RFC 6211, 2.
func (si *SignerInfo) checkProtection(o *Outcome) {
	if !si.SignedAttributes.Has(OIDAlgorithmProtection) {
		return
	}
	p, err := si.AlgorithmProtection()
	if err != nil {
		o.report(AlgorithmMismatch, "%v", err)
		return
	}
	o.AlgorithmsProtected = p.DigestAlgorithm.Equal(si.DigestAlgorithm) && p.SignatureAlgorithm.Equal(si.SignatureAlgorithm)
	if !o.AlgorithmsProtected {
		o.report(AlgorithmMismatch, "the attribute names %s with %s", p.DigestAlgorithm.Algorithm, p.SignatureAlgorithm.Algorithm)
	}
}

// verifyAttributes compares the digest of the content with the attribute and verifies the value over the attributes (RFC 5652, 5.4 and 5.6).
func (si *SignerInfo) verifyAttributes(o *Outcome, pub crypto.PublicKey) {
	if !o.HasAttributes {
		return
	}
	claimed, err := si.MessageDigest()
	if err != nil {
		o.reportAttribute(err)
	} else {
		o.ClaimedDigest = claimed
		o.DigestMatches = o.ContentFound && len(o.ContentDigest) > 0 && bytes.Equal(claimed, o.ContentDigest)
	}
	if o.Signature.Family == 0 {
		return
	}
	message, normalised, err := si.hashedAttributes()
	if err != nil {
		o.report(MalformedAttribute, "%v", err)
		return
	}
	err = o.Signature.VerifyBytes(pub, message, si.Signature)
	o.judge(err)
	switch {
	case !normalised:
	case o.SignatureValid:
		o.report(NotDER, "the value is over their DER form")
	case o.Signature.VerifyBytes(pub, asSet(si.RawSignedAttributes), si.Signature) == nil:
		o.report(NotDER, "the value is over the octets as received, which RFC 5652, 5.4 does not allow")
	}
}

// hashedAttributes returns the octets that the value is over: the signed attributes as received, under the tag SET OF, which must be DER
// (RFC 5652, 5.4). Where they were received otherwise, their DER form is made, and said to have been.
func (si *SignerInfo) hashedAttributes() (message []byte, normalised bool, err error) {
	message = asSet(si.RawSignedAttributes)
	e, err := asn1.Parse(message, asn1.Limits{})
	if err != nil || e.IsDER() {
		return message, false, err
	}
	message, err = e.DER()
	return message, true, err
}

// asSet returns the attributes under the tag that is hashed: SET OF instead of [0].
func asSet(raw []byte) []byte {
	out := bytes.Clone(raw)
	out[0] = byte(asn1.TagSet) | 0x20
	return out
}

// judge turns the primitive's answer into data.
func (o *Outcome) judge(err error) {
	o.SignatureValid = err == nil || errors.Is(err, algo.ErrAbsentNull)
	if errors.Is(err, algo.ErrAbsentNull) {
		o.report(DigestInfoWithoutNull, "")
	}
	var unsupported *algo.UnsupportedError
	var key *algo.KeyError
	switch {
	case errors.As(err, &unsupported):
		o.report(UnsupportedAlgorithm, "%v", err)
	case errors.As(err, &key):
		o.report(BadKey, "%v", err)
	}
}

// maxAttributes bounds the content that could be a set of signed attributes.
const maxAttributes = 64 << 10

// verifyContent verifies a value that is directly over the content (RFC 5652, 5.4). Content that is itself a set of signed attributes is a
// forgery made from another signature by leaving its attributes out, and is reported.
func (si *SignerInfo) verifyContent(o *Outcome, pub crypto.PublicKey, content io.Reader) error {
	head := &headWriter{}
	h := io.Writer(head)
	d := o.Digest.New()
	if d != nil {
		h = io.MultiWriter(head, d)
	}
	content = io.TeeReader(content, h)
	o.ContentFound = true
	if o.Signature.Family != 0 {
		err := o.Signature.VerifyMessage(pub, content, si.Signature)
		var unsupported *algo.UnsupportedError
		var key *algo.KeyError
		if err != nil && !errors.Is(err, algo.ErrMismatch) && !errors.As(err, &unsupported) && !errors.As(err, &key) {
			return err
		}
		o.judge(err)
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return err
	}
	if d != nil {
		o.ContentDigest = d.Sum(nil)
	}
	if head.isSignedAttributes() {
		o.report(AmbiguousContent, "")
	}
	o.DigestMatches = o.SignatureValid
	return nil
}

// headWriter keeps content as long as it could be a set of attributes.
type headWriter struct {
	kept []byte
	over bool
}

// Write implements io.Writer.
func (w *headWriter) Write(p []byte) (int, error) {
	if w.over = w.over || len(w.kept)+len(p) > maxAttributes || len(w.kept) == 0 && len(p) > 0 && p[0] != byte(asn1.TagSet)|0x20; !w.over {
		w.kept = append(w.kept, p...)
	}
	return len(p), nil
}

func (w *headWriter) isSignedAttributes() bool {
	if w.over || len(w.kept) == 0 {
		return false
	}
	e, err := asn1.Parse(w.kept, asn1.Limits{})
	if err != nil || !e.Is(asn1.TagSet) {
		return false
	}
	as, err := readAttributes(e)
	return err == nil && as.Has(OIDMessageDigest)
}
