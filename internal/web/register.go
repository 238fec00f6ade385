package web

import (
	"io"
	"net/http"

	"mohur/docket"
	"mohur/internal/desk"
)

// registrationNote is the session's name for the key of a visitor's registration.
const registrationNote = "registration"

// registerPage is the data of Qeydiyyat: the directory to choose from, and the letter that is already here.
type registerPage struct {
	Bodies     []option
	LetterName string
	LetterSize int64
	Token      bool // a token in the browser can sign the letter
	MaxFile    int64
}

// registerForm is Qeydiyyat, with what the visitor left there before (S1-02 to S1-05).
func (s *site) registerForm(w http.ResponseWriter, r *request) error {
	draft, err := s.registrationDraft(r)
	if err != nil {
		return err
	}
	return s.showRegister(w, r, http.StatusOK, draft)
}

// registrationDraft is what the visitor started, nil if nothing.
func (s *site) registrationDraft(r *request) (*docket.Registration, error) {
	access := s.Sessions.Get(r.Context(), registrationNote)
	if access == "" {
		return nil, nil
	}
	draft, err := s.Desk.RegistrationDraft(r.Context(), access)
	if docket.CodeOf(err) == docket.CodeNotFound {
		s.Sessions.Drop(r.Context(), registrationNote)
		return nil, nil
	}
	return draft, err
}

// writable says whether a registration can be written in: a draft, or a refused one that tries again.
func writable(reg *docket.Registration) bool {
	return reg != nil && (reg.State == docket.RegistrationDraft || reg.State == docket.RegistrationRefused)
}

// registrationLink follows the link of a mail: its key is the visitor's from now on.
func (s *site) registrationLink(w http.ResponseWriter, r *request) error {
	if _, err := s.Desk.RegistrationDraft(r.Context(), r.param("access")); err != nil {
		return err
	}
	s.Sessions.Put(r.Context(), registrationNote, r.param("access"))
	redirect(w, r, "/register/done")
	return nil
}

// showRegister shows the form. What was typed just now goes before what is stored.
func (s *site) showRegister(w http.ResponseWriter, r *request, status int, draft *docket.Registration) error {
	bodies, err := s.Desk.Bodies(r.Context(), "", 1000)
	if err != nil {
		return err
	}
	p := registerPage{Bodies: []option{{Text: r.view.T("register.body.choose")}}, MaxFile: s.Desk.Limits().FileBytes, Token: s.Signings != nil}
	for _, b := range bodies {
		p.Bodies = append(p.Bodies, option{Value: string(b.ID), Text: b.Name})
	}
	if writable(draft) {
		p.LetterName, p.LetterSize = draft.LetterName, draft.LetterSize
		stored := values{"body": string(draft.BodyID), "email": draft.Email, "mobile": draft.Mobile}
		for name, value := range stored {
			if _, typed := r.view.Form[name]; !typed {
				r.view.Form[name] = value
			}
		}
	}
	r.view.Data = p
	return s.render(w, status, "register", r.view)
}

// register takes the form. The letter is streamed to the desk as it comes; the fields stand before it in the form.
func (s *site) register(w http.ResponseWriter, r *request) error {
	in := desk.RegisterBodyInput{}
	if draft, err := s.registrationDraft(r); err != nil {
		return err
	} else if writable(draft) {
		in.Access = draft.Access
	}
	var got *docket.Registration
	var refusal error
	asked := false
	ask := func(v values) {
		asked = true
		in.BodyID, in.Email, in.Mobile = docket.ID(v["body"]), v["email"], v["mobile"]
		got, refusal = s.Desk.RegisterBody(r.Context(), r.who(), in)
	}
	seen := values{}
	form, err := readFormInto(r.Request, s.Desk.Limits().FileBytes+maxFormBytes, seen, func(u upload) error {
		content, empty := isEmpty(u)
		if u.Field != "letter" || asked || empty && u.Name == "" {
			return nil
		}
		in.LetterName, in.Letter = u.Name, content
		ask(seen)
		return nil
	})
	if err != nil && !asked {
		return err
	}
	if !asked {
		ask(form)
	}
	r.view.Form = form
	if got != nil && got.Access != "" {
		s.Sessions.Put(r.Context(), registrationNote, got.Access)
	}
	if refusal == nil {
		redirect(w, r, "/register/done")
		return nil
	}
	if !r.view.refused(refusal, registerFields) {
		return refusal
	}
	return s.showRegister(w, r, status(refusal), got)
}

// registerSigning begins a signature over the letter that is here already, with a token in the browser.
func (s *site) registerSigning(w http.ResponseWriter, r *request) error {
	draft, err := s.registrationDraft(r)
	if err != nil {
		return err
	}
	if !writable(draft) {
		return docket.ErrNotFound
	}
	d, err := s.Desk.DraftLetter(r.Context(), draft.Access)
	if err != nil {
		return err
	}
	return s.signingStart(w, r, signable{subject: draft.ID, name: d.Name, content: d.Content})
}

// registerSigned finishes it and registers the body with the signed letter and what was typed before.
func (s *site) registerSigned(w http.ResponseWriter, r *request) error {
	draft, err := s.registrationDraft(r)
	if err != nil {
		return err
	}
	if !writable(draft) {
		return docket.ErrNotFound
	}
	err = s.signingFinish(r, draft.ID, func(signed io.Reader) error {
		_, err := s.Desk.RegisterBody(r.Context(), r.who(), desk.RegisterBodyInput{
			Access: draft.Access, BodyID: draft.BodyID, Email: draft.Email, Mobile: draft.Mobile, LetterName: draft.LetterName, Letter: signed,
		})
		return err
	})
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, next{"/register/done"})
}

// registerFields are the inputs of the desk's fields.
var registerFields = map[string]string{"bodyID": "body", "bodyId": "body", "body_id": "body", "phone": "mobile", "file": "letter"}

// registerRemoveLetter takes the uploaded letter out of the draft (Sil).
func (s *site) registerRemoveLetter(w http.ResponseWriter, r *request) error {
	if access := s.Sessions.Get(r.Context(), registrationNote); access != "" {
		if _, err := s.Desk.RemoveLetter(r.Context(), access); err != nil {
			return err
		}
	}
	redirect(w, r, "/register")
	return nil
}

// registerDone says what became of the registration: finished and awaiting approval, or decided since (S1-06).
func (s *site) registerDone(w http.ResponseWriter, r *request) error {
	reg, err := s.registrationDraft(r)
	if err != nil {
		return err
	}
	if reg == nil || reg.State == docket.RegistrationDraft {
		redirect(w, r, "/register")
		return nil
	}
	r.view.Data = reg
	return s.render(w, http.StatusOK, "register_done", r.view)
}
