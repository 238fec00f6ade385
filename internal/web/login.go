package web

import (
	"net/http"
	"strings"

	"mohur/docket"
)

// loginData is the data of Daxil ol: the ways in that there are.
type loginData struct {
	Token   bool
	Portal  string // its name; empty: there is none
	Passkey bool
}

// ways are those of this program.
func (s *site) ways(r *request) loginData {
	d := loginData{Token: s.LogIn != nil, Passkey: s.Passkeys != nil}
	if s.Portal != nil {
		d.Portal = s.portalLabel(r)
	}
	return d
}

// loginPage offers the ways in.
func (s *site) loginPage(w http.ResponseWriter, r *request) error {
	if r.URL.Query().Get("ended") != "" {
		r.view.Said = r.view.T("session.ended")
	}
	return s.showLogin(w, r, http.StatusOK)
}

func (s *site) showLogin(w http.ResponseWriter, r *request, code int) error {
	r.view.Return, r.view.Data = "/log-in", s.ways(r)
	return s.render(w, code, "login", r.view)
}

// loginRefused shows the ways in again with why this one did not work.
func (s *site) loginRefused(w http.ResponseWriter, r *request, err error) error {
	if docket.CodeOf(err) == docket.CodeInternal || !r.view.refused(err, nil) {
		return err
	}
	r.view.Path = "/log-in"
	return s.showLogin(w, r, status(err))
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
		return s.loginRefused(w, r, err)
	}
	to, err := s.enter(r, who.UserID, who.BodyID)
	if err != nil {
		return err
	}
	redirect(w, r, to)
	return nil
}

// waitingPage names, in the session of somebody who has yet to log in, the page that he asked for, and whose pages it belongs to.
const waitingPage = "waiting"

// Whose pages there are; a portal that starts a log-in does not say.
const (
	sideBody   = "body"
	sideAgency = "agency"
	sideAny    = "any"
)

// maxWaiting bounds a page's address.
const maxWaiting = 8 << 10

// remember notes the page that a visitor asked for, so that the log-in leads back to it. What was sent with a form is not repeated.
func (s *site) remember(r *request, side, page string) {
	if r.Method == http.MethodGet && r.Header.Get("HX-Request") == "" && len(page) <= maxWaiting {
		s.Sessions.Put(r.Context(), waitingPage, side+" "+page)
	}
}

// enter starts the session of an account and says where it begins: at the page that was asked for, if it is one of the account's side, else at home.
func (s *site) enter(r *request, account, body docket.ID) (to string, err error) {
	side, page, waits := strings.Cut(s.Sessions.Get(r.Context(), waitingPage), " ")
	if err := s.Sessions.LogIn(r.Context(), string(account)); err != nil {
		return "", err
	}
	if waits && (side == sideAny || (side == sideBody) == (body != "")) {
		return localPath(page), nil
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

// logout ends the session. Who came by the portal is told that he is still logged in there.
func (s *site) logout(w http.ResponseWriter, r *request) error {
	portal := s.Portal != nil && s.Sessions.Get(r.Context(), byPortal) != ""
	if err := s.Sessions.LogOut(r.Context()); err != nil {
		return err
	}
	if portal {
		redirect(w, r, "/logged-out")
		return nil
	}
	redirect(w, r, "/")
	return nil
}
