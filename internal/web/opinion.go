package web

import (
	"net/http"

	"mohur/docket"
	"mohur/internal/desk"
)

// opinionPage is the data of Rəy layihəsi.
type opinionPage struct {
	casePage
	Letter   *docket.Letter // the present draft, nil before the first
	Outcomes []option
}

// opinionLetter is a project's opinion letter, nil if there is none.
func opinionLetter(letters []docket.Letter) *docket.Letter {
	for i := range letters {
		if letters[i].Kind == docket.LetterOpinion && letters[i].State != docket.LetterAnnulled {
			return &letters[i]
		}
	}
	return nil
}

// opinionForm is Rəy layihəsi, with the last draft in it.
func (s *site) opinionForm(w http.ResponseWriter, r *request) error {
	p, err := s.opinionPage(r)
	if err != nil {
		return err
	}
	if p.Letter != nil {
		r.view.Form = values{"subject": p.Letter.Subject, "text": p.Letter.Text, "outcome": string(p.Letter.Outcome)}
	} else {
		r.view.Form = values{"subject": p.Submission.Form.ProjectName}
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "opinion", r.view)
}

// opinionPage loads the project and its draft.
func (s *site) opinionPage(r *request) (opinionPage, error) {
	c, err := s.caseView(r, "/incoming")
	if err != nil {
		return opinionPage{}, err
	}
	p := opinionPage{casePage: c, Letter: opinionLetter(c.Letters), Outcomes: []option{{Text: r.view.T("opinion.outcome.choose")}}}
	for _, o := range docket.Outcomes() {
		p.Outcomes = append(p.Outcomes, option{Value: string(o), Text: r.view.T("outcome." + string(o))})
	}
	return p, nil
}

// opinion stores the draft; its page is made at once.
func (s *site) opinion(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	_, err = s.Desk.DraftOpinion(r.Context(), r.who(), desk.OpinionInput{
		SubmissionID: r.id(), Subject: form["subject"], Text: form["text"], Outcome: docket.Outcome(form["outcome"]),
	})
	if err == nil {
		redirect(w, r, "/incoming/"+string(r.id()))
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	p, loadErr := s.opinionPage(r)
	if loadErr != nil {
		return loadErr
	}
	r.view.Data = p
	return s.render(w, status(err), "opinion", r.view)
}
