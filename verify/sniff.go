package verify

import (
	"bytes"
	"errors"
	"io"
	"strings"
)

// container is what the first bytes of a document say it is.
type container uint8

const (
	containerUnknown container = iota
	containerPDF
	containerCMS // DER or BER: a ContentInfo; a timestamp token is one too
	containerPEM
	containerTSR // a whole timestamp response: status and token
	containerBase64
	containerXML
	containerZIP
	containerJSON
	containerJWS
)

const sniffBytes = 4096

// sniff looks at the beginning of a document.
func sniff(r io.ReaderAt, size int64) (container, []byte, error) {
	head := make([]byte, min(size, sniffBytes))
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return containerUnknown, nil, &Error{Code: CodeUnreadable, Err: err}
	}
	head = head[:n]
	return classify(head), head, nil
}

// classify recognises a container by its first bytes. ISO 32000-1 readers look for the PDF header within the first 1024 bytes, and so do we,
// after everything that announces itself in its first bytes: a CMS message may encapsulate a PDF.
func classify(head []byte) container {
	if bytes.HasPrefix(head, []byte("%PDF-")) {
		return containerPDF
	}
	if bytes.HasPrefix(head, []byte("PK\x03\x04")) || bytes.HasPrefix(head, []byte("PK\x05\x06")) {
		return containerZIP
	}
	if c := classifyDER(head); c != containerUnknown {
		return c
	}
	if bytes.Contains(head[:min(len(head), 1024)], []byte("%PDF-")) {
		return containerPDF
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("-----BEGIN ")):
		return containerPEM
	case bytes.HasPrefix(text, []byte("<")), bytes.HasPrefix(head, []byte("\xff\xfe<\x00")), bytes.HasPrefix(head, []byte("\xfe\xff\x00<")):
		return containerXML
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return containerJSON
	case bytes.HasPrefix(text, []byte("eyJ")) && bytes.Count(text, []byte(".")) >= 1:
		return containerJWS
	case looksLikeBase64DER(text):
		return containerBase64
	}
	return containerUnknown
}

// classifyDER tells a ContentInfo (SEQUENCE, OBJECT IDENTIFIER) and a TimeStampResp (SEQUENCE, SEQUENCE, INTEGER status) from other bytes.
func classifyDER(b []byte) container {
	if len(b) < 4 || b[0] != 0x30 {
		return containerUnknown
	}
	rest := b[1:]
	switch n := rest[0]; {
	case n <= 0x80:
		rest = rest[1:]
	case n <= 0x88 && len(rest) > int(n&0x7f):
		rest = rest[1+int(n&0x7f):]
	default:
		return containerUnknown
	}
	switch {
	case len(rest) > 1 && rest[0] == 0x06:
		return containerCMS
	case len(rest) > 4 && rest[0] == 0x30 && rest[2] == 0x02 && rest[3] == 0x01:
		return containerTSR
	}
	return containerUnknown
}

// looksLikeBase64DER recognises DER that a mail program or a form wrapped in base64 without PEM lines: "MI" is SEQUENCE with a long length.
func looksLikeBase64DER(b []byte) bool {
	if len(b) < 16 || !bytes.HasPrefix(b, []byte("MI")) {
		return false
	}
	for _, c := range b {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n\t ", rune(c)) {
			return false
		}
	}
	return true
}

// refusal names a container that this version recognises and does not read.
func refusal(c container, head []byte) error {
	e := &Error{Code: CodeUnsupported}
	switch c {
	case containerXML:
		e.Format = FormatXML
		switch {
		case bytes.Contains(head, []byte("EvidenceRecord")):
			e.Format = FormatER
		case bytes.Contains(head, []byte("SignedDoc")):
			e.Err = errors.New("DDOC")
		case bytes.Contains(head, []byte("uri.etsi.org/01903")):
			e.Format = FormatXAdES
		}
	case containerZIP:
		e.Format = FormatASiCE
		if bytes.Contains(head[:min(len(head), 128)], []byte("asic-s")) {
			e.Format = FormatASiCS
		}
	case containerJSON, containerJWS:
		e.Format = FormatJAdES
	default:
		e.Code = CodeUnknown
	}
	return e
}
