package web

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/desk"
)

// confidentialRoutes are the pages of who may see what carries a label (Məxfilik): for coordinators by number, for a body's first signers.
func (s *site) confidentialRoutes(r chi.Router) {
	get := func(path string, h handler) { r.Get(path, s.page(s.forAgency(h, docket.RoleCoordinator))) }
	post := func(path string, h handler) { r.Post(path, s.page(s.forAgency(h, docket.RoleCoordinator))) }
	get("/confidential", s.confidential)
	get("/confidential/{id}", s.readers)
	post("/confidential/{id}", s.nameReader)
	post("/confidential/{id}/remove", s.removeReader)
	post("/incoming/{id}/label", s.setLabel)
	r.Get("/submissions/{id}/readers", s.page(s.forBody(s.readers)))
	r.Post("/submissions/{id}/readers", s.page(s.forBody(s.nameReader)))
	r.Post("/submissions/{id}/readers/remove", s.page(s.forBody(s.removeReader)))
}

// confidential lists labelled cases by their numbers: no title, no body (requirements 8, 20; S3-12).
func (s *site) confidential(w http.ResponseWriter, r *request) error {
	list, err := s.Desk.Confidential(r.Context(), r.who())
	if err != nil {
		return err
	}
	r.view.Data = list
	return s.render(w, http.StatusOK, "confidential", r.view)
}

// readersData is the data of the readers of a labelled case.
type readersData struct {
	*desk.ReadersView
	Back, At   string
	Candidates []option
}

// readersAt is the address of a case's readers for who asks.
func readersAt(r *request) (back, at string) {
	if r.who().OfBody() {
		back = "/submissions/" + string(r.id())
		return back, back + "/readers"
	}
	return "/confidential", "/confidential/" + string(r.id())
}

// readers shows who may see a labelled case, now and before.
func (s *site) readers(w http.ResponseWriter, r *request) error {
	return s.showReaders(w, r, http.StatusOK)
}

func (s *site) showReaders(w http.ResponseWriter, r *request, code int) error {
	v, err := s.Desk.Readers(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	d := readersData{ReadersView: v, Candidates: []option{{Text: r.view.T("choose")}}}
	d.Back, d.At = readersAt(r)
	for _, u := range v.Candidates {
		d.Candidates = append(d.Candidates, option{Value: string(u.ID), Text: u.Name})
	}
	r.view.Data = d
	return s.render(w, code, "readers", r.view)
}

// readersActed shows the readers after a change.
func (s *site) readersActed(w http.ResponseWriter, r *request, err error) error {
	if err == nil {
		_, at := readersAt(r)
		redirect(w, r, at)
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showReaders(w, r, status(err))
}

// nameReader names one more person.
func (s *site) nameReader(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	return s.readersActed(w, r, s.Desk.NameReader(r.Context(), r.who(), r.id(), docket.ID(form["user"])))
}

// removeReader takes a person off.
func (s *site) removeReader(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	return s.readersActed(w, r, s.Desk.RemoveReader(r.Context(), r.who(), r.id(), docket.ID(form["reader"])))
}

// setLabel changes a case's label.
func (s *site) setLabel(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	_, err = s.Desk.SetLabel(r.Context(), r.who(), r.id(), docket.Label(form["label"]))
	return s.acted(w, r, err, "/incoming/"+string(r.id()), "review", nil)
}
