package web

import (
	"net/http"

	"mohur/docket"
	"mohur/internal/desk"
)

// queuePage is the data of a queue of drafted or approved letters.
type queuePage struct {
	Rows  []desk.SubmissionRow
	Total int
}

// queue lists the projects in some states, the most urgent first.
func (s *site) queue(w http.ResponseWriter, r *request, page string, states ...docket.SubmissionState) error {
	rows, total, err := s.Desk.ListSubmissions(r.Context(), r.who(), docket.SubmissionFilter{States: states, Order: docket.OrderDue, Limit: 100})
	if err != nil {
		return err
	}
	r.view.Data = queuePage{rows, total}
	return s.render(w, http.StatusOK, page, r.view)
}

// dispatchQueue is Göndərilmə yoxlaması: what may be checked now, then what still waits for visas (S3-04, S3-06).
func (s *site) dispatchQueue(w http.ResponseWriter, r *request) error {
	rows, err := s.Desk.DispatchQueue(r.Context(), r.who())
	if err != nil {
		return err
	}
	r.view.Data = rows
	return s.render(w, http.StatusOK, "dispatch", r.view)
}

// checklist are the points of the check that a form ticks, by the beginning of the fields' names.
func checklist(form values, prefix string) (points []string) {
	for _, p := range docket.Checklist() {
		if form[prefix+p] != "" {
			points = append(points, p)
		}
	}
	return points
}

// letterPage loads the project and the letter that waits.
func (s *site) letterPage(r *request) (opinionPage, error) {
	p, err := s.opinionPage(r)
	if err != nil {
		return p, err
	}
	if p.Letter == nil {
		return p, docket.ErrNotFound
	}
	return p, nil
}

// dispatchForm shows the letter to the checker.
func (s *site) dispatchForm(w http.ResponseWriter, r *request) error {
	return s.showLetter(w, r, http.StatusOK, "dispatch_letter")
}

// showLetter shows a letter that waits, with the form's errors if there are any.
func (s *site) showLetter(w http.ResponseWriter, r *request, code int, page string) error {
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	r.view.Data = p
	return s.render(w, code, page, r.view)
}

// dispatchApprove approves the very page the checker saw: its SHA-256 stands in the form.
func (s *site) dispatchApprove(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	_, err = s.Desk.CheckDispatch(r.Context(), r.who(), desk.CheckDispatchInput{Letter: p.Letter.ID, Seen: docket.Hash(form["seen"]), Points: checklist(form, "ok-")})
	return s.letterActed(w, r, err, "/dispatch", "dispatch_letter")
}

// dispatchReturn returns the letter with the reason (səbəbi göstərilməklə geri qaytar).
func (s *site) dispatchReturn(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	_, err = s.Desk.SendBack(r.Context(), r.who(), desk.SendBackInput{Letter: p.Letter.ID, Reason: form["reason"], Points: checklist(form, "bad-")})
	return s.letterActed(w, r, err, "/dispatch", "dispatch_letter")
}

// letterActed shows what became of an act on a letter.
func (s *site) letterActed(w http.ResponseWriter, r *request, err error, next, page string) error {
	if err == nil {
		redirect(w, r, next)
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showLetter(w, r, status(err), page)
}
