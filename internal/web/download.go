package web

import (
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"

	"mohur/docket"
	"mohur/internal/desk"
)

// send streams a file to the visitor as something to keep, never as a page of this site.
func (s *site) send(w http.ResponseWriter, r *request, d *desk.Download, err error) error {
	if err != nil {
		return err
	}
	defer func() { _ = d.Content.Close() }()
	h := w.Header()
	kind := d.MediaType
	if kind == "" {
		kind = "application/octet-stream"
	}
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Length", strconv.FormatInt(d.Content.Size(), 10))
	if d.Hash.Valid() {
		h.Set("ETag", `"`+string(d.Hash)+`"`)
	}
	if _, err := io.Copy(w, d.Content); err != nil {
		s.Log.WarnContext(r.Context(), "download broke off", slog.String("route", route(r.Request)), slog.Any("error", err))
	}
	return nil
}

// downloadFile gives a project's file.
func (s *site) downloadFile(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.DownloadFile(r.Context(), r.who(), r.id(), docket.ID(r.param("file")))
	return s.send(w, r, d, err)
}

// downloadSigned gives the signed record of a version.
func (s *site) downloadSigned(w http.ResponseWriter, r *request) error {
	n, err := strconv.Atoi(r.param("version"))
	if err != nil {
		return docket.ErrNotFound
	}
	d, err := s.Desk.DownloadSigned(r.Context(), r.who(), r.id(), n)
	return s.send(w, r, d, err)
}

// downloadAttachment gives a message's attachment.
func (s *site) downloadAttachment(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.DownloadAttachment(r.Context(), r.who(), docket.ID(r.param("message")), docket.ID(r.param("file")))
	return s.send(w, r, d, err)
}

// downloadLetter gives a sealed letter to the body.
func (s *site) downloadLetter(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.DownloadLetter(r.Context(), r.who(), r.id())
	return s.send(w, r, d, err)
}

// downloadCaseLetter gives a letter, sealed or not yet, to the agency's people.
func (s *site) downloadCaseLetter(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.DownloadLetter(r.Context(), r.who(), docket.ID(r.param("letter")))
	return s.send(w, r, d, err)
}

// downloadApplication gives a registration's letter to the registrar.
func (s *site) downloadApplication(w http.ResponseWriter, r *request) error {
	d, err := s.Desk.DownloadApplication(r.Context(), r.who(), r.id())
	return s.send(w, r, d, err)
}
