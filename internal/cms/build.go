package cms

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Builder makes a SignedData with one signature: CAdES and PAdES baseline B attributes, from a key that signs digests. The zero value, with
// a Certificate, makes a detached SHA-256 signature without a signing time, as PAdES wants it.
type Builder struct {
	ContentType      asn1.ObjectIdentifier // default id-data
	Content          []byte                // embedded when not nil; otherwise the signature is detached
	Certificate      []byte                // the signer's, DER; required, and embedded
	Chain            [][]byte              // further certificates to embed
	CRLs             [][]byte              // to embed
	Digest           algo.Digest           // of content and attributes; default SHA-256. Ed25519 always takes SHA-512, Ed448 SHAKE256 (RFC 8419, 3.1)
	PSS              bool                  // RSASSA-PSS with an RSA key, instead of PKCS #1 v1.5
	SigningTime      time.Time             // zero: no signing-time attribute (ETSI EN 319 142-1, 6.3: PAdES has it in the dictionary)
	UseKeyID         bool                  // name the signer by subject key identifier
	OmitCertificate  bool                  // do not embed the signer's certificate, as a TSA asked without certReq does
	SignedAttributes [][]byte              // further attributes, each an encoded Attribute; see EncodeAttribute

	counter bool // a countersignature: no content type (RFC 5652, 11.4)
}

// EncodeAttribute encodes an attribute with its values, each an encoded element.
func EncodeAttribute(t asn1.ObjectIdentifier, values ...[]byte) []byte {
	return asn1.Sequence(asn1.OID(t), asn1.SetOf(values...))
}

// Pending is a message that only lacks the signature value: what is signed can be carried to a token, a card or a remote service.
type Pending struct {
	Algorithm algo.Signature // what the value must be made with

	builder    Builder
	id         CertificateID
	attributes []byte // SET OF, as hashed
	maxValue   int
}

// resolve returns the signature algorithm, which the certificate's key decides, and the length of its longest value.
func (b Builder) resolve() (algo.Signature, CertificateID, int, error) {
	id, err := IdentifyCertificate(b.Certificate)
	if err != nil {
		return algo.Signature{}, id, 0, err
	}
	pub, info, err := algo.ParsePublicKey(id.SubjectPublicKeyInfo)
	if err != nil {
		return algo.Signature{}, id, 0, err
	}
	d := b.Digest
	if d == 0 {
		d = algo.SHA256
	}
	if _, ok := pub.(algo.Ed448PublicKey); ok {
		d = algo.SHAKE256
	}
	family := info.Family
	if family == algo.RSA && b.PSS {
		family = algo.RSAPSS
	}
	s, err := algo.NewSignature(family, d)
	if key, ok := pub.(*algo.PSSPublicKey); ok && err == nil && key.Parameters != nil {
		s, err = algo.NewSignature(algo.RSAPSS, key.Parameters.Digest)
	}
	return s, id, maxValue(info), err
}

// maxValue is the length of the longest value a key can make.
func maxValue(info algo.KeyInfo) int {
	octets := (info.Bits + 7) / 8
	switch info.Family {
	case algo.ECDSA:
		return 2*(octets+3) + 3 // two INTEGERs with a sign octet, in a SEQUENCE
	case algo.EdDSA:
		return 2 * (info.Bits/8 + info.Bits/448) // 64, and 114 for Ed448, whose points take an octet more
	}
	return octets
}

// ContentDigest returns the algorithm by which the content must be hashed.
func (b Builder) ContentDigest() (algo.Digest, error) {
	s, _, _, err := b.resolve()
	return s.Digest, err
}

// Prepare makes everything but the value, over content of which the digest by ContentDigest is given. With embedded Content the digest may be
// nil. The certificate's key decides the signature algorithm.
func (b Builder) Prepare(contentDigest []byte) (*Pending, error) {
	s, id, longest, err := b.resolve()
	if err != nil {
		return nil, err
	}
	if contentDigest == nil && b.Content != nil {
		contentDigest = s.Digest.Sum(b.Content)
	}
	if len(contentDigest) != s.Digest.Size() {
		return nil, fmt.Errorf("cms: a content digest of %d octets is no %s", len(contentDigest), s.Digest)
	}
	if b.ContentType == "" {
		b.ContentType = OIDData
	}
	if b.UseKeyID && len(id.SubjectKeyID) == 0 {
		return nil, errors.New("cms: the certificate has no subject key identifier to be named by")
	}
	p := &Pending{Algorithm: s, builder: b, id: id, maxValue: longest}
	p.attributes = asn1.SetOf(p.signedAttributes(contentDigest)...)
	return p, nil
}

// signedAttributes are those of a CAdES baseline B signature (ETSI EN 319 122-1, 6.3).
func (p *Pending) signedAttributes(contentDigest []byte) [][]byte {
	var out [][]byte
	if !p.builder.counter {
		out = append(out, EncodeAttribute(OIDContentType, asn1.OID(p.builder.ContentType)))
	}
	out = append(out,
		EncodeAttribute(OIDMessageDigest, asn1.OctetString(contentDigest)),
		EncodeAttribute(OIDSigningCertificateV2, encodeSigningCertificateV2(p.builder.Certificate, p.id)),
	)
	if t := p.builder.SigningTime; !t.IsZero() {
		out = append(out, EncodeAttribute(OIDSigningTime, asn1.Time(t)))
	}
	return append(out, p.builder.SignedAttributes...)
}

// encodeSigningCertificateV2 names the certificate by SHA-256, which is the default and therefore not written (RFC 5035, 4), and by issuer and serial.
func encodeSigningCertificateV2(certificate []byte, id CertificateID) []byte {
	issuer := asn1.Sequence(asn1.Explicit(4, id.IssuerRaw))
	certID := asn1.Sequence(asn1.OctetString(algo.SHA256.Sum(certificate)), asn1.Sequence(issuer, asn1.Integer(id.Serial)))
	return asn1.Sequence(asn1.Sequence(certID))
}

// SignedAttributes returns the octets that the value is made over: the DER encoding of SET OF Attribute.
func (p *Pending) SignedAttributes() []byte { return p.attributes }

// AttributesDigest returns the digest of SignedAttributes, which a token signs. Ed25519 signs SignedAttributes themselves.
func (p *Pending) AttributesDigest() []byte { return p.Algorithm.Digest.Sum(p.attributes) }

// MaxSize returns an upper bound of the length of the finished message, for the room a PDF must leave.
func (p *Pending) MaxSize() int {
	b, err := p.assemble(make([]byte, p.maxValue))
	if err != nil {
		return 0
	}
	return len(b)
}

// Finish puts in the value (ECDSA as SEQUENCE { r, s }) and returns the message. The value is verified with the certificate's key first; an
// error says that it is not this key's, or not over these attributes.
func (p *Pending) Finish(value []byte) ([]byte, error) {
	if err := p.check(value); err != nil {
		return nil, err
	}
	return p.assemble(value)
}

// check verifies a value with the certificate's key.
func (p *Pending) check(value []byte) error {
	pub, _, err := algo.ParsePublicKey(p.id.SubjectPublicKeyInfo)
	if err != nil {
		return err
	}
	if err := p.Algorithm.VerifyBytes(pub, p.attributes, value); err != nil {
		return fmt.Errorf("cms: the value is not the certificate's: %w", err)
	}
	return nil
}

func (p *Pending) assemble(value []byte) ([]byte, error) {
	info, version, err := p.signerInfo(value)
	if err != nil {
		return nil, err
	}
	b, digest := p.builder, p.Algorithm.Digest.Identifier()
	content := [][]byte{asn1.OID(b.ContentType)}
	if b.Content != nil {
		content = append(content, asn1.Explicit(0, asn1.OctetString(b.Content)))
	}
	if b.ContentType != OIDData {
		version = 3 // RFC 5652, 5.1
	}
	body := asn1.Sequence(asn1.Int(version), asn1.SetOf(digest), asn1.Sequence(content...), p.certificates(), p.crls(), asn1.SetOf(info))
	return asn1.Sequence(asn1.OID(OIDSignedData), asn1.Explicit(0, body)), nil
}

// signerInfo is the encoded SignerInfo and its version.
func (p *Pending) signerInfo(value []byte) ([]byte, int64, error) {
	signature, err := p.Algorithm.Identifier()
	if err != nil {
		return nil, 0, err
	}
	version, signer := int64(1), asn1.Sequence(p.id.IssuerRaw, asn1.Integer(p.id.Serial))
	if p.builder.UseKeyID {
		version, signer = 3, asn1.Encode(asn1.Context(0), false, p.id.SubjectKeyID)
	}
	attributes := append([]byte{0xa0}, p.attributes[1:]...) // [0] IMPLICIT
	info := asn1.Sequence(asn1.Int(version), signer, p.Algorithm.Digest.Identifier(), attributes, signature, asn1.OctetString(value))
	return info, version, nil
}

func (p *Pending) certificates() []byte {
	var all [][]byte
	if !p.builder.OmitCertificate {
		all = append(all, p.builder.Certificate)
	}
	all = append(all, p.builder.Chain...)
	if len(all) == 0 {
		return nil
	}
	return asImplicit(0, asn1.SetOf(distinct(all)...))
}

func (p *Pending) crls() []byte {
	if len(p.builder.CRLs) == 0 {
		return nil
	}
	return asImplicit(1, asn1.SetOf(p.builder.CRLs...))
}

// asImplicit puts [n] IMPLICIT, constructed, in place of the tag of a low-numbered constructed element.
func asImplicit(n uint8, b []byte) []byte {
	b[0] = 0xa0 | n
	return b
}

func distinct(in [][]byte) [][]byte {
	seen := map[string]bool{}
	var out [][]byte
	for _, b := range in {
		if !seen[string(b)] {
			seen[string(b)] = true
			out = append(out, b)
		}
	}
	return out
}

// contextSigner is a signer that can be told to give up waiting, such as a key in a token.
type contextSigner interface {
	SignContext(ctx context.Context, random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

// Sign is Prepare, the signer, and Finish. A signer that has SignContext(ctx, random, digest, opts), as the keys of tokens
// have, is given the context.
func (b Builder) Sign(ctx context.Context, signer crypto.Signer, contentDigest []byte) ([]byte, error) {
	p, err := b.Prepare(contentDigest)
	if err != nil {
		return nil, err
	}
	value, err := p.SignWith(ctx, signer)
	if err != nil {
		return nil, err
	}
	return p.Finish(value)
}

// SignWith asks a signer for the value. ECDSA values are expected as SEQUENCE { r, s }, as crypto.Signer defines them.
func (p *Pending) SignWith(ctx context.Context, signer crypto.Signer) ([]byte, error) {
	message, opts, err := p.input()
	if err != nil {
		return nil, err
	}
	if err := p.fits(signer.Public()); err != nil {
		return nil, err
	}
	if s, ok := signer.(contextSigner); ok {
		return s.SignContext(ctx, rand.Reader, message, opts)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return signer.Sign(rand.Reader, message, opts)
}

// input returns what crypto.Signer is given: a digest, or for Ed25519 the message.
func (p *Pending) input() ([]byte, crypto.SignerOpts, error) {
	switch p.Algorithm.Family {
	case algo.RSA, algo.ECDSA:
		return p.AttributesDigest(), p.Algorithm.Digest.Hash(), nil
	case algo.RSAPSS:
		return p.AttributesDigest(), &rsa.PSSOptions{SaltLength: p.Algorithm.PSS.SaltLength, Hash: p.Algorithm.Digest.Hash()}, nil
	case algo.EdDSA:
		return p.attributes, crypto.Hash(0), nil
	}
	return nil, nil, &algo.UnsupportedError{What: "signing with " + p.Algorithm.Name}
}

// fits refuses a signer whose key is of another kind than the certificate's before it is asked, for a token's key may need a person's PIN.
func (p *Pending) fits(pub crypto.PublicKey) error {
	ok := false
	switch pub.(type) {
	case *rsa.PublicKey, *algo.PSSPublicKey:
		ok = p.Algorithm.Family == algo.RSA || p.Algorithm.Family == algo.RSAPSS
	case *ecdsa.PublicKey:
		ok = p.Algorithm.Family == algo.ECDSA
	case ed25519.PublicKey:
		ok = p.Algorithm.Family == algo.EdDSA
	}
	if !ok {
		return fmt.Errorf("cms: a key of type %T does not go with a certificate for %s", pub, p.Algorithm.Name)
	}
	return nil
}
