package verify

import (
	"bytes"
	"io"

	"mohur/certs"
	"mohur/internal/algo"
	"mohur/internal/tsp"
)

// fromToken puts an RFC 3161 token into the neutral model: what it is bound to, and its own signature, which is a CMS signature like any
// other. A token that can't be read is kept with the reason.
func fromToken(kind TimestampType, raw []byte, stamped *signedContent) *timestamp {
	t := &timestamp{id: identify("T-", raw), kind: kind, coverage: CoversWhole}
	t.token, t.broken = tsp.ParseToken(raw)
	if t.broken != nil {
		return t
	}
	t.found = t.token.Info.Digest.Valid() && (stamped.open != nil || stamped.digests[t.token.Info.Digest] != nil)
	if t.found {
		if stamped.digests[t.token.Info.Digest] == nil {
			if err := stamped.hash(t.token.Info.Digest); err != nil {
				t.broken = err
				return t
			}
		}
		t.matches = bytes.Equal(stamped.digests[t.token.Info.Digest], t.token.Info.Imprint)
	}
	t.signed = tokenSignature(t.token)
	return t
}

// tokenSignature is the token's signature over its TSTInfo.
func tokenSignature(token *tsp.Token) *signature {
	sd := token.CMS
	content := &signedContent{name: "TSTInfo"}
	if sd.Content != nil {
		content.open = sd.Content.Reader
	}
	var digests []algo.Digest
	for _, si := range sd.SignerInfos {
		if d, err := si.Digest(); err == nil {
			digests = append(digests, d)
		}
	}
	_ = content.hash(digests...) // memory: reading can't fail
	s := fromSigner(sd.SignerInfos[0], content)
	s.format = FormatTST
	s.candidates, _ = parseCertificates(sd.Certificates...)
	s.revocation = revocationBlobs(certs.OriginTimestamp, sd.CRLs, sd.OCSPResponses)
	s.id = identify("T-", token.Raw)
	return s
}

// revocationBlobs lists CRLs and OCSP responses of one place.
func revocationBlobs(origin certs.Origin, crls, ocsps [][]byte) []revocationBlob {
	var out []revocationBlob
	for _, b := range ocsps {
		out = append(out, revocationBlob{der: b, ocsp: true, origin: origin})
	}
	for _, b := range crls {
		out = append(out, revocationBlob{der: b, origin: origin})
	}
	return out
}

// inMemory makes stamped or signed content of bytes.
func inMemory(name string, b []byte) *signedContent {
	return &signedContent{name: name, open: func() io.Reader { return bytes.NewReader(b) }}
}
