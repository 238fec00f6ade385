package web

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"

	"mohur/docket"
)

// signPage is the data of İmzala.
type signPage struct {
	opinionPage
	Token, Demo bool // the ways that are there
}

// signQueue is İmzala: what waits for the head's own signature.
func (s *site) signQueue(w http.ResponseWriter, r *request) error {
	return s.queue(w, r, "sign", docket.SubmissionChecked)
}

// signForm shows the approved opinion and the ways to sign it (S1-33; requirements 8, 15).
func (s *site) signForm(w http.ResponseWriter, r *request) error {
	return s.showSign(w, r, http.StatusOK)
}

// showSign shows the page, with the form's errors if there are any.
func (s *site) showSign(w http.ResponseWriter, r *request, code int) error {
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	r.view.Data = signPage{p, s.Signings != nil, s.Demo != nil}
	return s.render(w, code, "sign_letter", r.view)
}

// signFile gives the approved page, to be signed with another program.
func (s *site) signFile(w http.ResponseWriter, r *request) error {
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	d, err := s.Desk.DownloadToSign(r.Context(), r.who(), p.Letter.ID)
	return s.send(w, r, d, err)
}

// signUpload takes the signed page, streamed to the desk.
func (s *site) signUpload(w http.ResponseWriter, r *request) error {
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	asked := false
	var outcome error
	_, err = readForm(r.Request, s.Desk.Limits().FileBytes+maxFormBytes, func(u upload) error {
		content, empty := isEmpty(u)
		if u.Field != "file" || asked || empty {
			return nil
		}
		asked = true
		_, outcome = s.Desk.SignLetter(r.Context(), r.who(), p.Letter.ID, content)
		return nil
	})
	switch {
	case asked: // the desk has answered; what follows the file does not matter
	case err != nil:
		return err
	default:
		outcome = docket.Invalid("file", docket.KeyRequired)
	}
	return s.letterSigned(w, r, "file", outcome)
}

// letterSigned shows what the desk made of a signed page: the seal comes next, or the ways again with the reason.
func (s *site) letterSigned(w http.ResponseWriter, r *request, input string, outcome error) error {
	if outcome == nil {
		redirect(w, r, "/seal/"+string(r.id()))
		return nil
	}
	if !r.view.refused(outcome, nil) {
		return outcome
	}
	for i := range r.view.Errors {
		r.view.Errors[i].Field = input // each way has one input, whatever the desk calls it
	}
	return s.showSign(w, r, status(outcome))
}

// signSigning begins a signature with a token in the browser.
func (s *site) signSigning(w http.ResponseWriter, r *request) error {
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	d, err := s.Desk.DownloadToSign(r.Context(), r.who(), p.Letter.ID)
	if err != nil {
		return err
	}
	return s.signingStart(w, r, signable{
		subject: p.Letter.ID, name: d.Name, content: d.Content, accept: func(g docket.Signer) error { return s.Desk.CheckLetterSigner(r.who(), g) },
	})
}

// signSigned finishes it.
func (s *site) signSigned(w http.ResponseWriter, r *request) error {
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	err = s.signingFinish(r, p.Letter.ID, func(signed io.Reader) error {
		_, err := s.Desk.SignLetter(r.Context(), r.who(), p.Letter.ID, signed)
		return err
	})
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, next{"/seal/" + string(r.id())})
}

// signDemo signs with the demo's token after the PIN was typed. Outside the demo this page does not exist; the PIN goes to the signer and nowhere
// else.
func (s *site) signDemo(w http.ResponseWriter, r *request) error {
	if s.Demo == nil {
		return docket.ErrNotFound
	}
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	if form["pin"] == "" {
		return s.letterSigned(w, r, "pin", docket.Invalid("pin", docket.KeyRequired))
	}
	d, err := s.Desk.DownloadToSign(r.Context(), r.who(), p.Letter.ID)
	if err != nil {
		return err
	}
	signed, err := s.demoSign(r, d, form["pin"])
	if signed != nil {
		defer func() { _ = signed.Close(); _ = os.Remove(signed.Name()) }()
	}
	switch {
	case errors.Is(err, ErrPIN):
		return s.letterSigned(w, r, "pin", docket.Invalid("pin", "demo.pin"))
	case err != nil && docket.CodeOf(err) == docket.CodeInternal:
		s.Log.ErrorContext(r.Context(), "demo token failed", slog.Any("error", err))
		return s.letterSigned(w, r, "pin", docket.Refuse(docket.CodeUnavailable, "demo.token"))
	case err != nil:
		return err
	}
	_, err = s.Desk.SignLetter(r.Context(), r.who(), p.Letter.ID, signed)
	return s.letterSigned(w, r, "pin", err)
}

// signReturn gives the opinion back to its expert with the reason.
func (s *site) signReturn(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	p, err := s.letterPage(r)
	if err != nil {
		return err
	}
	if _, err = s.Desk.ReturnLetter(r.Context(), r.who(), p.Letter.ID, form["reason"]); err == nil {
		redirect(w, r, "/sign")
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showSign(w, r, status(err))
}

// beforeSignature is the state in which opinions wait for the head's signature; none where he does not sign.
func (s *site) beforeSignature() docket.SubmissionState {
	if s.headSigns {
		return docket.SubmissionChecked
	}
	return ""
}

// beforeSeal is the state in which opinions wait for the seal.
func (s *site) beforeSeal() docket.SubmissionState {
	if s.headSigns {
		return docket.SubmissionSigned
	}
	return docket.SubmissionChecked
}
