package web

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/auth"
)

// Passkeys are the keys with which the agency's staff logs in (requirements 9).
type Passkeys interface {
	StartRegistration(ctx context.Context, session docket.Hash, user docket.ID) (*auth.Ceremony, error)
	Register(ctx context.Context, session docket.Hash, user docket.ID, state, name string, answer []byte) (*docket.Passkey, error)
	StartLogIn(ctx context.Context, session docket.Hash) (*auth.Ceremony, error)
	LogIn(ctx context.Context, session docket.Hash, state string, answer []byte) (*docket.User, error)
	List(ctx context.Context, user docket.ID) ([]docket.Passkey, error)
	Rename(ctx context.Context, user, id docket.ID, name string) error
	Remove(ctx context.Context, user, id docket.ID) error
}

// passkeyRoutes are those of making passkeys and of logging in with one.
func (s *site) passkeyRoutes(r chi.Router) {
	if s.Passkeys == nil {
		return
	}
	limited := s.limit(s.Limits.LogInsPerHour, 60, time.Hour)
	r.With(limited).Post("/log-in/passkey/start", s.script(s.passkeyLogInStart))
	r.With(limited).Post("/log-in/passkey", s.script(s.passkeyLogIn))
	r.Get("/passkeys", s.page(s.forAgency(s.passkeys)))
	r.Post("/passkeys/start", s.script(s.forAgency(s.passkeyStart)))
	r.Post("/passkeys", s.script(s.forAgency(s.passkeyMade)))
	r.Post("/passkeys/{id}/rename", s.page(s.forAgency(s.passkeyRename)))
	r.Post("/passkeys/{id}/remove", s.page(s.forAgency(s.passkeyRemove)))
}

// Names of what a ceremony that goes on keeps in the session.
const (
	ceremonyMake  = "passkey.make"
	ceremonyLogIn = "passkey.login"
)

// ceremony keeps the state of a ceremony in the session and sends the browser what it needs.
func (s *site) ceremony(w http.ResponseWriter, r *request, name string, c *auth.Ceremony, err error) error {
	if err != nil {
		return err
	}
	s.Sessions.Put(r.Context(), name, c.State)
	return sendJSON(w, http.StatusOK, c.Options)
}

// readCeremony reads the browser's answer and takes the state out of the session: an answer has one try.
func (s *site) readCeremony(r *request, name string) (state, called string, answer []byte, err error) {
	state = s.Sessions.Get(r.Context(), name)
	s.Sessions.Drop(r.Context(), name)
	var in struct {
		Name   string          `json:"name"`
		Answer json.RawMessage `json:"answer"`
	}
	err = readJSON(r, &in)
	return state, clean(in.Name), in.Answer, err
}

func (s *site) passkeyLogInStart(w http.ResponseWriter, r *request) error {
	c, err := s.Passkeys.StartLogIn(r.Context(), s.Sessions.Binding(r.Context()))
	return s.ceremony(w, r, ceremonyLogIn, c, err)
}

// passkeyLogIn enters the account whose key answered.
func (s *site) passkeyLogIn(w http.ResponseWriter, r *request) error {
	state, _, answer, err := s.readCeremony(r, ceremonyLogIn)
	if err != nil {
		return err
	}
	u, err := s.Passkeys.LogIn(r.Context(), s.Sessions.Binding(r.Context()), state, answer)
	if err != nil {
		return err
	}
	to, err := s.enter(r, u.ID, u.BodyID)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, next{to})
}

// passkeys lists the actor's own keys.
func (s *site) passkeys(w http.ResponseWriter, r *request) error {
	return s.showPasskeys(w, r, http.StatusOK)
}

func (s *site) showPasskeys(w http.ResponseWriter, r *request, code int) error {
	list, err := s.Passkeys.List(r.Context(), r.who().UserID)
	if err != nil {
		return err
	}
	r.view.Path, r.view.Return, r.view.Data = "/passkeys", "/passkeys", list
	return s.render(w, code, "passkeys", r.view)
}

func (s *site) passkeyStart(w http.ResponseWriter, r *request) error {
	c, err := s.Passkeys.StartRegistration(r.Context(), s.Sessions.Binding(r.Context()), r.who().UserID)
	return s.ceremony(w, r, ceremonyMake, c, err)
}

func (s *site) passkeyMade(w http.ResponseWriter, r *request) error {
	state, name, answer, err := s.readCeremony(r, ceremonyMake)
	if err != nil {
		return err
	}
	if _, err := s.Passkeys.Register(r.Context(), s.Sessions.Binding(r.Context()), r.who().UserID, state, name, answer); err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, next{"/passkeys"})
}

func (s *site) passkeyRename(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	return s.passkeyDone(w, r, s.Passkeys.Rename(r.Context(), r.who().UserID, r.id(), form["passkey_name"]))
}

func (s *site) passkeyRemove(w http.ResponseWriter, r *request) error {
	return s.passkeyDone(w, r, s.Passkeys.Remove(r.Context(), r.who().UserID, r.id()))
}

func (s *site) passkeyDone(w http.ResponseWriter, r *request, err error) error {
	if err == nil {
		redirect(w, r, "/passkeys")
		return nil
	}
	if !r.view.refused(err, map[string]string{"passkey_name": "name-" + string(r.id())}) {
		return err
	}
	return s.showPasskeys(w, r, status(err))
}
