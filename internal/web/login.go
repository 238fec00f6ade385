package web

import (
	"net/http"

	"mohur/docket"
)

// loginPage offers the ways in.
func (s *site) loginPage(w http.ResponseWriter, r *request) error {
	r.view.Data = s.LogIn != nil
	return s.render(w, http.StatusOK, "login", r.view)
}

// loginForm asks for a click: programs that look into mail open links, and would use this one up.
func (s *site) loginForm(w http.ResponseWriter, r *request) error {
	if s.DemoMode { // the demo's links let in with one click
		return s.login(w, r)
	}
	r.view.Data = r.param("secret")
	r.view.Path = "/log-in" // the secret stays out of the page's other links
	r.view.Return = "/log-in"
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.render(w, http.StatusOK, "login_link", r.view)
}

// login uses the link up and starts a session.
func (s *site) login(w http.ResponseWriter, r *request) error {
	r.view.Return = "/log-in"
	who, err := s.Desk.LogIn(r.Context(), r.param("secret"))
	if err != nil {
		if docket.CodeOf(err) == docket.CodeInternal || !r.view.refused(err, nil) {
			return err
		}
		r.view.Data = s.LogIn != nil
		return s.render(w, http.StatusForbidden, "login", r.view)
	}
	to, err := s.enter(r, who.UserID, who.BodyID)
	if err != nil {
		return err
	}
	redirect(w, r, to)
	return nil
}

// enter starts the session of an account and says where it begins: at what a program sent the agency's person here for, else at home.
func (s *site) enter(r *request, account, body docket.ID) (to string, err error) {
	waiting := s.Sessions.Get(r.Context(), waitingPage)
	if err := s.Sessions.LogIn(r.Context(), string(account)); err != nil {
		return "", err
	}
	if waiting != "" && body == "" {
		return localPath(waiting), nil
	}
	return homeOf(body), nil
}

// homeOf is where an account begins: a body's people and the agency's have pages of their own.
func homeOf(body docket.ID) string {
	if body != "" {
		return "/home"
	}
	return "/agency"
}

// logout ends the session.
func (s *site) logout(w http.ResponseWriter, r *request) error {
	if err := s.Sessions.LogOut(r.Context()); err != nil {
		return err
	}
	redirect(w, r, "/")
	return nil
}
