package web

import (
	"net/http"

	"mohur/docket"
)

// sealQueue is Möhürlə: what waits for the seal, and what is sealed and not dispatched yet.
func (s *site) sealQueue(w http.ResponseWriter, r *request) error {
	states := []docket.SubmissionState{docket.SubmissionSigned, docket.SubmissionSealed}
	if !s.headSigns {
		states = append(states, docket.SubmissionChecked)
	}
	return s.queue(w, r, "seal", states...)
}

// sealForm shows the approved letter to the signatory.
func (s *site) sealForm(w http.ResponseWriter, r *request) error {
	return s.showLetter(w, r, http.StatusOK, "seal_letter")
}

// seal has the letter sealed and puts it into the body's mailbox. When the token does not answer, the number stays with the letter and the
// page says so; pressing again goes on where it stopped.
func (s *site) seal(w http.ResponseWriter, r *request) error {
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	letter := p.Letter
	if letter.State != docket.LetterSealed {
		if letter, err = s.Desk.SealResponse(r.Context(), r.who(), letter.ID); err != nil {
			return s.letterActed(w, r, err, "", "seal_letter")
		}
	}
	if letter.State == docket.LetterSealed {
		_, err = s.Desk.Dispatch(r.Context(), r.who(), letter.ID)
	}
	return s.letterActed(w, r, err, "/seal/"+string(r.id()), "seal_letter")
}

// annul gives up a letter that could not be sealed; its number stays in the journal with the reason.
func (s *site) annul(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	_, err = s.Desk.AnnulLetter(r.Context(), r.who(), p.Letter.ID, form["reason"])
	return s.letterActed(w, r, err, "/seal", "seal_letter")
}
