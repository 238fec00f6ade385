package web

import (
	"net/http"

	"mohur/docket"
	"mohur/internal/desk"
)

// visas is the queue of visas that the actor's unit has not decided on (S3-04).
func (s *site) visas(w http.ResponseWriter, r *request) error {
	rows, err := s.Desk.VisaQueue(r.Context(), r.who())
	if err != nil {
		return err
	}
	r.view.Data = rows
	return s.render(w, http.StatusOK, "visas", r.view)
}

// visaPage is the data of a visa's page.
type visaPage struct {
	casePage
	Visa   *desk.VisaRow
	Letter *docket.Letter
}

// visa shows the page that a unit's visa is asked for.
func (s *site) visa(w http.ResponseWriter, r *request) error {
	return s.showVisa(w, r, http.StatusOK)
}

func (s *site) showVisa(w http.ResponseWriter, r *request, code int) error {
	row, err := s.Desk.Visa(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	view, err := s.Desk.Submission(r.Context(), r.who(), row.SubmissionID)
	if err != nil {
		return err
	}
	p := visaPage{casePage: casePage{SubmissionView: view, Base: "/incoming"}, Visa: row}
	for i := range view.Letters {
		if view.Letters[i].ID == row.LetterID {
			p.Letter = &view.Letters[i]
		}
	}
	if p.Letter == nil {
		return docket.ErrNotFound
	}
	r.view.Data = p
	return s.render(w, code, "visa", r.view)
}

// visaActed shows what became of a decision on a visa.
func (s *site) visaActed(w http.ResponseWriter, r *request, err error, said string) error {
	if err == nil {
		s.say(r, said)
		redirect(w, r, "/visas")
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showVisa(w, r, status(err))
}

// giveVisa agrees to the very page that was seen: its SHA-256 stands in the form.
func (s *site) giveVisa(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Desk.GiveVisa(r.Context(), r.who(), r.id(), docket.Hash(form["seen"]))
	return s.visaActed(w, r, err, "visa.given")
}

// refuseVisa refuses with reasons.
func (s *site) refuseVisa(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	_, err = s.Desk.RefuseVisa(r.Context(), r.who(), r.id(), form["reason"])
	return s.visaActed(w, r, err, "visa.refused")
}

// requestVisas freezes the drafted page and asks for the visas.
func (s *site) requestVisas(w http.ResponseWriter, r *request) error {
	p, err := s.opinionPage(r)
	if err != nil {
		return err
	}
	if p.Letter == nil {
		return docket.ErrNotFound
	}
	_, err = s.Desk.RequestVisas(r.Context(), r.who(), p.Letter.ID)
	if err == nil {
		s.say(r, "visa.asked")
		redirect(w, r, "/incoming/"+string(r.id())+"#group")
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showOpinion(w, r, p, status(err))
}
