package verify

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/cms"
	"mohur/internal/tsp"
)

// maxCMS bounds a CMS message, which is read into memory with what it encapsulates.
const maxCMS = 256 << 20

// fromCMS reads a CMS container: SignedData in DER, BER, PEM or base64, or a bare timestamp token.
func fromCMS(ctx context.Context, in *Input, kind container) (*document, error) {
	if in.Size > maxCMS {
		return nil, &Error{Code: CodeTooLarge, Format: FormatCMS, Err: fmt.Errorf("a CMS message of %d bytes; at most %d are read", in.Size, maxCMS)}
	}
	b, err := unwrapped(in, kind)
	if err != nil {
		return nil, err
	}
	switch classify(b) {
	case containerCMS:
	case containerTSR:
		resp, err := tsp.ParseResponse(b)
		if err != nil || resp.Token == nil {
			return nil, &Error{Code: CodeUnreadable, Format: FormatTST, Err: errors.Join(errors.New("a timestamp response without a token"), err)}
		}
		return fromBareToken(in, resp.Token)
	default:
		if kind != containerCMS {
			return nil, &Error{Code: CodeUnknown} // a certificate, a key: base64 of something that signs nothing
		}
	}
	sd, err := cms.Parse(b, cms.Limits{})
	if err != nil {
		var other *cms.ContentTypeError
		if errors.As(err, &other) {
			return nil, &Error{Code: CodeUnknown, Format: FormatCMS, Err: err}
		}
		return nil, &Error{Code: CodeUnreadable, Format: FormatCMS, Err: err}
	}
	if sd.ContentType == cms.OIDTSTInfo {
		return fromBareToken(in, sd.Raw)
	}
	return fromSignedData(ctx, in, sd)
}

// unwrapped reads the message into memory and undoes PEM and base64. What is wrapped is looked at first: most of what is no message is refused
// before the rest of it is read.
func unwrapped(in *Input, kind container) ([]byte, error) {
	unreadable := func(err error) error { return &Error{Code: CodeUnreadable, Format: FormatCMS, Err: err} }
	if kind != containerCMS && kind != containerTSR && !startsMessage(in, kind) {
		return nil, &Error{Code: CodeUnknown}
	}
	b := make([]byte, in.Size)
	if n, err := in.Content.ReadAt(b, 0); err != nil && (!errors.Is(err, io.EOF) || int64(n) != in.Size) {
		return nil, unreadable(err)
	}
	switch kind {
	case containerPEM:
		block, _ := pem.Decode(b)
		if block == nil {
			return nil, unreadable(errors.New("the PEM block is not complete"))
		}
		return block.Bytes, nil
	case containerBase64:
		n, err := base64.StdEncoding.Decode(b, b) // what is written never comes up with what is read
		if err != nil {
			return nil, unreadable(err)
		}
		return b[:n], nil
	}
	return b, nil
}

// startsMessage says whether what is wrapped can be a message by its first bytes; what is short, or wrapped in more than one block, is left to be
// read as a whole.
func startsMessage(in *Input, kind container) bool {
	all := io.NewSectionReader(in.Content, 0, in.Size)
	text := io.Reader(all)
	if kind == containerPEM {
		const begin, window = "-----BEGIN ", 64 << 10
		lines, blocks, b := bufio.NewReader(all), 0, make([]byte, window)
		for at := int64(0); at < in.Size; at += window - int64(len(begin)-1) {
			n, _ := in.Content.ReadAt(b, at)
			blocks += bytes.Count(b[:n], []byte(begin))
		}
		_, err := lines.ReadString('\n')
		if next, _ := lines.Peek(1 << 10); blocks != 1 || err != nil || bytes.ContainsRune(next, ':') {
			return true
		}
		text = lines
	}
	head := make([]byte, 256)
	n, _ := io.ReadFull(base64.NewDecoder(base64.StdEncoding, text), head)
	return n < len(head) || classify(head) != containerUnknown
}

// fromBareToken reads a timestamp over a file.
func fromBareToken(in *Input, raw []byte) (*document, error) {
	content := detachedContent(in, "")
	t := fromToken(DetachedTimestamp, raw, content)
	return &document{format: FormatTST, timestamps: []*timestamp{t}, certificates: certificatesOf(t)}, nil
}

// certificatesOf lists the certificates that a token carries.
func certificatesOf(t *timestamp) []*certs.Certificate {
	if t.signed == nil {
		return nil
	}
	return t.signed.candidates
}

// detachedContent is the file a detached signature speaks of: the one of that name, else the only one.
func detachedContent(in *Input, name string) *signedContent {
	for _, d := range in.Detached {
		if d.Name == name && name != "" || len(in.Detached) == 1 {
			return d.signed()
		}
	}
	return &signedContent{name: "content"}
}

// signed is the file as content to be hashed, or its digest as the caller gave it.
func (d Data) signed() *signedContent {
	if d.Content != nil {
		return &signedContent{name: d.Name, open: d.Reader}
	}
	c := &signedContent{name: d.Name, digests: map[algo.Digest][]byte{}}
	for _, known := range []algo.Digest{algo.SHA1, algo.SHA224, algo.SHA256, algo.SHA384, algo.SHA512, algo.SHA3_224, algo.SHA3_256, algo.SHA3_384, algo.SHA3_512} {
		if known.String() == d.DigestAlgorithm && len(d.Digest) == known.Size() {
			c.digests[known] = d.Digest
		}
	}
	return c
}

// fromSignedData reads the signatures of a CMS message, countersignatures included.
func fromSignedData(_ context.Context, in *Input, sd *cms.SignedData) (*document, error) {
	doc := &document{format: FormatCMS, revocation: revocationBlobs(certs.OriginSignature, sd.CRLs, sd.OCSPResponses)}
	candidates, broken := parseCertificates(sd.Certificates...)
	doc.certificates = candidates
	for _, der := range sd.AttributeCertificates {
		doc.attributeCertificates = append(doc.attributeCertificates, attributeCertificate(der))
	}
	content, err := contentOf(in, sd)
	if err != nil {
		return nil, err
	}
	other, err := anotherFile(in, sd, content)
	if err != nil {
		return nil, err
	}
	message := newArchivedMessage(sd, content)
	for i, si := range sd.SignerInfos {
		s := cmsSignature(si, message, content, "")
		if other {
			s.coverage = CoversPartial
			s.structure = append(s.structure, structureFinding(string(cms.TwoContents), ""))
		}
		s.name, s.original = fmt.Sprintf("%d", i+1), func() *Original { return originalOf(in, content) }
		s.candidates = append(candidates, extraCertificates(si)...)
		s.structure = append(s.structure, messageFindings(sd, broken)...)
		doc.add(s, FormatCAdES)
		doc.addCounters(si, s, candidates, 0)
	}
	for _, s := range doc.signatures {
		if s.format == FormatCAdES {
			doc.format = FormatCAdES
		}
	}
	return doc, nil
}

// maxCounters bounds how deep countersignatures may sign each other.
const maxCounters = 16

// addCounters reads the countersignatures of a signature, and theirs.
func (doc *document) addCounters(si *cms.SignerInfo, s *signature, candidates []*certs.Certificate, depth int) {
	if depth == maxCounters {
		s.structure = append(s.structure, structureFinding("COUNTER_SIGNATURES_TOO_DEEP", ""))
		return
	}
	for n, counter := range si.CounterSignatures() {
		c := counterSignature(counter, s, si.Signature, candidates, n)
		doc.add(c, FormatCAdES)
		doc.addCounters(counter, c, candidates, depth+1)
	}
}

// contentOf hashes what the message signs by every digest its signers use: the encapsulated content, else the detached file.
func contentOf(in *Input, sd *cms.SignedData) (*signedContent, error) {
	content := detachedContent(in, "")
	if sd.Content != nil {
		content = &signedContent{name: "content", open: sd.Content.Reader}
	}
	if sd.Content == nil && len(in.Detached) > 1 {
		return chooseDetached(in, sd)
	}
	return content, content.hash(digestsOf(sd)...)
}

// anotherFile says that the message signs content of its own, and that of the files handed in beside it none is the same: none is signed.
func anotherFile(in *Input, sd *cms.SignedData, content *signedContent) (bool, error) {
	if sd.Content == nil || len(in.Detached) == 0 || len(content.digests) == 0 {
		return false, nil
	}
	for _, d := range in.Detached {
		c := d.signed()
		if err := c.hash(digestsOf(sd)...); err != nil {
			return false, err
		}
		for algorithm, digest := range content.digests {
			if bytes.Equal(digest, c.digests[algorithm]) {
				return false, nil
			}
		}
	}
	return true, nil
}

// chooseDetached takes, of several files, the first that a signer's message-digest names: a CMS signature carries no file name.
func chooseDetached(in *Input, sd *cms.SignedData) (*signedContent, error) {
	var first *signedContent
	for _, d := range in.Detached {
		c := d.signed()
		if err := c.hash(digestsOf(sd)...); err != nil {
			return nil, err
		}
		if first == nil {
			first = c
		}
		for _, si := range sd.SignerInfos {
			if algorithm, err := si.Digest(); err == nil && contentReference(si, c, algorithm).matches && si.RawSignedAttributes != nil {
				return c, nil
			}
		}
	}
	return first, nil
}

func digestsOf(sd *cms.SignedData) []algo.Digest {
	var out []algo.Digest
	for _, si := range sd.SignerInfos {
		if d, err := si.Digest(); err == nil {
			out = append(out, d)
		}
	}
	return out
}

// cmsSignature adds to the common model what unsigned attributes bring. The id is the container's, empty where it has none.
func cmsSignature(si *cms.SignerInfo, message *archivedMessage, content *signedContent, id string) *signature {
	s := fromSigner(si, content)
	if s.id = id; id == "" {
		s.id = signerID(si, content)
	}
	if v, err := si.RevocationValues(); err == nil {
		s.revocation = append(s.revocation, revocationBlobs(certs.OriginSignature, v.CRLs, v.OCSPResponses)...)
	}
	if v, err := si.AdobeRevocation(); err == nil {
		s.revocation = append(s.revocation, revocationBlobs(certs.OriginSignature, v.CRLs, v.OCSPResponses)...)
	}
	u := &unsignedTimestamps{si: si, content: content, own: s.id, message: message}
	if message != nil {
		u.sd = message.sd
	}
	var complete bool
	if s.timestamps, complete = u.read(); !complete {
		s.structure = append(s.structure, structureFinding("TOO_MANY_TIMESTAMPS", fmt.Sprint(maxTimestamps)))
	}
	describeAttributes(u, s)
	s.shape = cmsShape(si, u.sd, true)
	return s
}

// extraCertificates are those of the certificate-values attribute.
func extraCertificates(si *cms.SignerInfo) []*certs.Certificate {
	ders, err := si.CertificateValues()
	if err != nil {
		return nil
	}
	out, _ := parseCertificates(ders...)
	return out
}

// counterSignature is a signature over the value of another one (RFC 5652, 11.4).
func counterSignature(si *cms.SignerInfo, parent *signature, value []byte, candidates []*certs.Certificate, n int) *signature {
	content := inMemory("signature "+parent.name, value)
	if d, err := si.Digest(); err == nil {
		_ = content.hash(d) // memory: reading can't fail
	}
	s := cmsSignature(si, nil, content, "")
	s.name, s.candidates, s.parent = fmt.Sprintf("%s.%d", parent.name, n+1), candidates, parent.id
	return s
}

// add gives a signature its format and level and appends it.
func (doc *document) add(s *signature, advanced Format) {
	s.format = FormatCMS
	if len(s.identifiers) > 0 {
		s.format = advanced
	}
	doc.signatures = append(doc.signatures, s)
}

// messageFindings are oddities of the message around its signers.
func messageFindings(sd *cms.SignedData, broken int) []finding {
	var out []finding
	for _, p := range sd.Problems {
		if p.Code != cms.TrailingZeros {
			out = append(out, structureFinding(string(p.Code), p.Text))
		}
	}
	if broken > 0 {
		out = append(out, structureFinding("CERTIFICATE_UNREADABLE", fmt.Sprint(broken)))
	}
	return out
}
