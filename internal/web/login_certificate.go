package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
)

// certificateRoutes are those of a log-in with a token in the browser.
func (s *site) certificateRoutes(r chi.Router) {
	if s.LogIn == nil {
		return
	}
	limited := func() chi.Router { return r.With(s.limit(s.Limits.LogInsPerHour, 60, time.Hour)) }
	limited().Post("/log-in/web-eid/challenge", s.script(s.loginChallenge))
	limited().Post("/log-in/web-eid", s.script(s.loginToken))
}

// loginChallenge gives this session a nonce for its token to sign.
func (s *site) loginChallenge(w http.ResponseWriter, r *request) error {
	nonce, err := s.LogIn.Challenge(r.Context(), s.Sessions.Binding(r.Context()))
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, struct {
		Nonce string `json:"nonce"`
	}{nonce})
}

// loginToken takes the token's proof. A person with one account is in; one with several chooses.
func (s *site) loginToken(w http.ResponseWriter, r *request) error {
	var in struct {
		Nonce string          `json:"nonce"`
		Token json.RawMessage `json:"token"`
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	accounts, err := s.LogIn.LogIn(r.Context(), s.Sessions.Binding(r.Context()), in.Nonce, in.Token)
	if err != nil {
		return err
	}
	if len(accounts) > 1 {
		return sendJSON(w, http.StatusOK, next{"/log-in/account"})
	}
	u := accounts[0].User
	to, err := s.enter(r, u.ID, u.BodyID)
	if err != nil {
		return err
	}
	return sendJSON(w, http.StatusOK, next{to})
}

// loginAccounts lists the accounts to choose from.
func (s *site) loginAccounts(w http.ResponseWriter, r *request) error {
	accounts, err := s.choosing().Offered(r.Context(), s.Sessions.Binding(r.Context()))
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		redirect(w, r, "/log-in")
		return nil
	}
	r.view.Data = accounts
	return s.render(w, http.StatusOK, "login_account", r.view)
}

// loginAccount enters the chosen one.
func (s *site) loginAccount(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	u, err := s.choosing().Choose(r.Context(), s.Sessions.Binding(r.Context()), docket.ID(form["account"]))
	if err != nil {
		return s.loginRefused(w, r, err)
	}
	to, err := s.enter(r, u.ID, u.BodyID)
	if err != nil {
		return err
	}
	redirect(w, r, to)
	return nil
}
