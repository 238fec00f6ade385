package web

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"strings"

	"mohur/docket"
	"mohur/internal/desk"
)

// bodiesPage is the data of Dövlət orqanları.
type bodiesPage struct {
	Rows   []docket.Body
	Next   string
	First  bool
	States []option
}

// bodies is Dövlət orqanları: search by folded names or VÖEN.
func (s *site) bodies(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	r.view.Form["name"], r.view.Form["state"] = clean(q.Get("name")), clean(q.Get("state"))
	f := docket.BodyFilter{Query: r.view.Form["name"], Inactive: r.view.Form["state"] == "inactive", After: docket.ID(q.Get("after")), Limit: perPage + 1}
	rows, err := s.Desk.ListBodies(r.Context(), r.who(), f)
	if err != nil {
		return err
	}
	p := bodiesPage{Rows: rows, First: f.After == "", States: []option{{"", r.view.T("list.any")}, {"inactive", r.view.T("bodies.inactive")}}}
	if len(rows) > perPage {
		p.Rows = rows[:perPage]
		p.Next = after("/admin/bodies", q, p.Rows[perPage-1].ID)
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "bodies", r.view)
}

// bodyNew is the form of a new body.
func (s *site) bodyNew(w http.ResponseWriter, r *request) error {
	r.view.Data = &desk.BodyView{}
	r.view.Form["active"] = "yes"
	return s.render(w, http.StatusOK, "body", r.view)
}

// body shows a body with its registrations and its people.
func (s *site) body(w http.ResponseWriter, r *request) error {
	return s.showBody(w, r, http.StatusOK, true)
}

func (s *site) showBody(w http.ResponseWriter, r *request, code int, fill bool) error {
	v, err := s.Desk.BodyOf(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	if fill {
		r.view.Form["body_name"], r.view.Form["active"] = v.Name, map[bool]string{true: "yes"}[v.Active]
	}
	r.view.Data = v
	return s.render(w, code, "body", r.view)
}

// bodyAdd adds a body to the directory.
func (s *site) bodyAdd(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	b, err := s.Desk.PutBody(r.Context(), r.who(), docket.Body{Name: form["body_name"], VOEN: form["voen"], Active: form["active"] == "yes"})
	if err == nil {
		redirect(w, r, "/admin/bodies/"+string(b.ID))
		return nil
	}
	if !r.view.refused(err, map[string]string{"name": "body_name"}) {
		return err
	}
	r.view.Data = &desk.BodyView{}
	return s.render(w, status(err), "body", r.view)
}

// bodyChange renames a body, or says whether it may be chosen.
func (s *site) bodyChange(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	_, err = s.Desk.PutBody(r.Context(), r.who(), docket.Body{ID: r.id(), Name: form["body_name"], Active: form["active"] == "yes"})
	if err == nil {
		redirect(w, r, "/admin/bodies/"+string(r.id()))
		return nil
	}
	if !r.view.refused(err, map[string]string{"name": "body_name"}) {
		return err
	}
	return s.showBody(w, r, status(err), false)
}

// Bounds of a directory that is imported on a page; longer ones come by the command line.
const (
	maxImport      = 1 << 20
	shownOfImport  = 200
	maxImportField = 900 << 10 // compressed and spelled in base64
)

// importPage is the data of the import: what the file would do.
type importPage struct {
	Changes              []desk.BodyChange // that do something, as many as are shown
	New, Renamed, Turned int
	Same, More           int
	Kept                 string // the file, compressed, for the confirmation: nothing is stored before
}

// bodiesImport asks for the file.
func (s *site) bodiesImport(w http.ResponseWriter, r *request) error {
	return s.render(w, http.StatusOK, "bodies_import", r.view)
}

// bodiesPreview shows what the file would do.
func (s *site) bodiesPreview(w http.ResponseWriter, r *request) error {
	var text []byte
	_, err := readForm(r.Request, maxImport+maxFormBytes, func(u upload) (err error) {
		text, err = io.ReadAll(io.LimitReader(u, maxImport+1))
		if err == nil && len(text) > maxImport {
			err = docket.Invalid("bodies_file", docket.KeyTooLarge).With("max", int64(maxImport))
		}
		return err
	})
	if err == nil && len(text) == 0 {
		err = docket.Invalid("bodies_file", docket.KeyRequired)
	}
	var list []docket.Body
	if err == nil {
		list, err = desk.ReadBodies(bytes.NewReader(text))
	}
	if err != nil {
		return s.importRefused(w, r, err)
	}
	changes, err := s.Desk.PreviewBodies(r.Context(), r.who(), list)
	if err != nil {
		return err
	}
	p := importPage{Kept: packed(text)}
	for _, c := range changes {
		switch {
		case c.Same:
			p.Same++
			continue
		case c.New:
			p.New++
		case c.Was != "":
			p.Renamed++
		default:
			p.Turned++
		}
		if len(p.Changes) < shownOfImport {
			p.Changes = append(p.Changes, c)
		} else {
			p.More++
		}
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "bodies_preview", r.view)
}

// bodiesConfirm imports what was shown.
func (s *site) bodiesConfirm(w http.ResponseWriter, r *request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 2*maxImport)
	if err := r.ParseForm(); err != nil {
		return tooLarge(err, 2*maxImport)
	}
	text, err := unpacked(r.PostForm.Get("kept"))
	if err != nil {
		return docket.Refuse(docket.CodeInvalid, docket.KeyInternal).Because(err)
	}
	list, err := desk.ReadBodies(bytes.NewReader(text))
	if err == nil {
		err = s.Desk.ImportBodies(r.Context(), r.who(), list)
	}
	if err != nil {
		return s.importRefused(w, r, err)
	}
	redirect(w, r, "/admin/bodies")
	return nil
}

// importRefused shows the form again with the fault and its line.
func (s *site) importRefused(w http.ResponseWriter, r *request, err error) error {
	if fault, ok := errors.AsType[*desk.BodiesFileError](err); ok {
		r.view.Errors = []fieldError{{Field: "bodies_file", Text: r.view.T("bodies.file."+fault.Fault, "line", fault.Line, "value", fault.Value, "other", fault.Other)}}
		return s.render(w, http.StatusUnprocessableEntity, "bodies_import", r.view)
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.render(w, status(err), "bodies_import", r.view)
}

// packed makes a text fit into a field of the page.
func packed(text []byte) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text) // a buffer takes everything
	_ = z.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// unpacked reads it back, within the file's bound.
func unpacked(s string) ([]byte, error) {
	if len(s) > maxImportField {
		return nil, errors.New("web: the field is too large")
	}
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(s)))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxImport+1))
	if err == nil && len(text) > maxImport {
		err = errors.New("web: the file is too large")
	}
	return text, err
}
