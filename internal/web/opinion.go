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

// opinionForm is Rəy layihəsi, with the last draft in it, or with what the units have said (S1-34).
func (s *site) opinionForm(w http.ResponseWriter, r *request) error {
	p, err := s.opinionPage(r)
	if err != nil {
		return err
	}
	return s.showOpinion(w, r, p, http.StatusOK)
}

// opinionPage loads the project and its draft.
func (s *site) opinionPage(r *request) (opinionPage, error) {
	c, err := s.caseView(r, "/incoming")
	if err != nil {
		return opinionPage{}, err
	}
	return opinionPage{casePage: c, Letter: opinionLetter(c.Letters), Outcomes: outcomes(r.view)}, nil
}

// showOpinion shows the form; what was typed stays, and where nothing was it begins with the draft or with the units' words.
func (s *site) showOpinion(w http.ResponseWriter, r *request, p opinionPage, code int) error {
	begin := s.Desk.Suggested(p.SubmissionView)
	if p.Letter != nil {
		begin = desk.OpinionInput{Subject: p.Letter.Subject, Text: p.Letter.Text, Outcome: p.Letter.Outcome}
	}
	r.view.Form.fallback("subject", begin.Subject)
	r.view.Form.fallback("text", begin.Text)
	r.view.Form.fallback("outcome", string(begin.Outcome))
	r.view.Data = p
	return s.render(w, code, "opinion", r.view)
}

// opinion stores the draft; its page is made at once, to be looked at before the visas are asked for.
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
		s.say(r, "opinion.saved")
		redirect(w, r, "/incoming/"+string(r.id())+"/opinion#page")
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	p, loadErr := s.opinionPage(r)
	if loadErr != nil {
		return loadErr
	}
	return s.showOpinion(w, r, p, status(err))
}
