package web

import (
	"bytes"
	"compress/flate"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"mohur/docket"
	"mohur/verify/report"
)

// Bounds of a verdict on its way through the visitor's page.
const (
	sealedFor    = time.Hour
	maxSealed    = 700 << 10 // in the page, after compression
	maxSealedRaw = 16 << 20
)

// sealedVerdict is a verdict that lies in the visitor's page until he wants it as a file: the server keeps nothing of it. A code over it, by a
// key that only the server has, is why the file that is made of it says what the server had said.
type sealedVerdict struct {
	Clerk *report.Clerk `json:"clerk"`
	ETSI  []byte        `json:"etsi"`
}

// reportKey is the key of such codes: that of the configuration, else one for the life of this process.
func reportKey(configured []byte) []byte {
	if len(configured) > 0 {
		return configured
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the program instead
	return key
}

// sealVerdict packs a verdict; one too large for a page gives an empty text, and the page offers no file.
func (s *site) sealVerdict(v sealedVerdict) (string, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	b.Write(make([]byte, sha256.Size))
	var until [8]byte
	binary.BigEndian.PutUint64(until[:], uint64(s.Now().Add(sealedFor).Unix()))
	b.Write(until[:])
	w, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		return "", err
	}
	if _, err = w.Write(raw); err == nil {
		err = w.Close()
	}
	if err != nil || b.Len() > maxSealed || len(raw) > maxSealedRaw {
		return "", err
	}
	copy(b.Bytes(), s.code(b.Bytes()[sha256.Size:]))
	return base64.RawURLEncoding.EncodeToString(b.Bytes()), nil
}

// code is the authentication code of what follows it.
func (s *site) code(b []byte) []byte {
	h := hmac.New(sha256.New, s.ReportKey)
	h.Write([]byte("mohur verdict in a page\n"))
	h.Write(b)
	return h.Sum(nil)
}

// errSealExpired refuses a verdict that is too old, of another process, or not one of ours.
var errSealExpired = errors.New("web: a verdict from a page is expired or not ours")

// openVerdict unpacks a verdict.
func (s *site) openVerdict(text string) (*sealedVerdict, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) < sha256.Size+8 {
		return nil, errSealExpired
	}
	rest := b[sha256.Size:]
	if !hmac.Equal(b[:sha256.Size], s.code(rest)) || s.Now().Unix() > int64(binary.BigEndian.Uint64(rest)) {
		return nil, errSealExpired
	}
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(rest[8:])), maxSealedRaw+1))
	if err != nil || len(raw) > maxSealedRaw {
		return nil, errSealExpired
	}
	var v sealedVerdict
	if err := json.Unmarshal(raw, &v); err != nil || v.Clerk == nil {
		return nil, errSealExpired
	}
	return &v, nil
}

// verifyReport gives the report on a document that was checked just now, as PDF/A or as XML.
func (s *site) verifyReport(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	v, err := s.openVerdict(form["verdict"])
	if err != nil {
		r.view.Data = verifyPage{MaxFile: s.Desk.Limits().FileBytes}
		r.view.Errors = []fieldError{{Field: "file", Text: r.view.T("verify.report.expired")}}
		return s.render(w, http.StatusUnprocessableEntity, "verify", r.view)
	}
	kind, suffix := "application/pdf", ".pdf"
	var b bytes.Buffer
	switch form["as"] {
	case "pdf":
		err = report.WritePDF(&b, v.Clerk)
	case "sealed":
		err = s.sealedReport(r, &b, v.Clerk)
	case "xml":
		kind, suffix = "application/xml", ".xml"
		b.Write(v.ETSI)
	default:
		return docket.ErrNotFound
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": v.Clerk.Document + ".report" + suffix}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-store")
	_, _ = w.Write(b.Bytes()) // the visitor may have left
	return nil
}

// sealedReport writes the page with the agency's seal on it.
func (s *site) sealedReport(r *request, b *bytes.Buffer, clerk *report.Clerk) error {
	if s.SealPage == nil {
		return docket.ErrNotFound
	}
	var page bytes.Buffer
	if err := report.WritePDF(&page, clerk); err != nil {
		return err
	}
	sealed, err := s.SealPage(r.Context(), page.Bytes())
	if err != nil {
		return err
	}
	_, err = b.Write(sealed)
	return err
}
