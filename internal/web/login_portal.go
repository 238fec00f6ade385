package web

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/auth"
)

// PortalLogIn lets people in by the e-government portal (S1-01).
type PortalLogIn interface {
	// Issuer is the portal's name.
	Issuer() string
	// Start returns where the browser is sent.
	Start(ctx context.Context, b auth.Browser) (address string, err error)
	// Finish takes what the browser came back with.
	Finish(ctx context.Context, b auth.Browser, answer url.Values) ([]auth.Account, error)
	// Local is the path of one of our own pages, empty for any other address.
	Local(target string) string
	// LogOutAddress is where people leave the portal as well, empty if it has no such page.
	LogOutAddress() string
	accountChoice
}

// accountChoice is how a person with several accounts enters one.
type accountChoice interface {
	Offered(ctx context.Context, session docket.Hash) ([]auth.Account, error)
	Choose(ctx context.Context, session docket.Hash, user docket.ID) (*docket.User, error)
}

// byPortal is noted in the session of somebody who came by the portal.
const byPortal = "portal"

// choosing is through which way in an account is chosen: they share what was offered.
func (s *site) choosing() accountChoice {
	if s.LogIn != nil {
		return s.LogIn
	}
	if s.Portal != nil {
		return s.Portal
	}
	return nil
}

// choiceRoutes are those of a person with several accounts.
func (s *site) choiceRoutes(r chi.Router) {
	if s.choosing() == nil {
		return
	}
	r.Get("/log-in/account", s.page(s.loginAccounts))
	r.Post("/log-in/account", s.page(s.loginAccount))
}

// portalRoutes are those of a log-in by the portal.
func (s *site) portalRoutes(r chi.Router) {
	if s.Portal == nil {
		return
	}
	limited := s.limit(s.Limits.LogInsPerHour, 60, time.Hour)
	r.With(limited).Get("/log-in/portal", s.page(s.portalStart))
	r.With(limited).Get("/log-in/portal/back", s.page(s.portalBack))
	r.Get("/logged-out", s.page(s.loggedOut))
}

// portalStart sends the browser to the portal. The portal itself may lead people here, with the page that they are to see (OpenID Connect Core
// 1.0, 4): who chooses our service there is in it at once (S1-01).
func (s *site) portalStart(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	if iss := q.Get("iss"); iss != "" && iss != s.Portal.Issuer() {
		return s.loginRefused(w, r, docket.Refuse(docket.CodeForbidden, docket.KeyPortal))
	}
	if target := q.Get("target_link_uri"); target != "" && s.Portal.Local(target) != "" {
		s.remember(r, sideAny, s.Portal.Local(target))
	}
	address, err := s.Portal.Start(r.Context(), s.Sessions.Browser(r.Context()))
	if err != nil {
		return s.loginRefused(w, r, err)
	}
	http.Redirect(w, r.Request, address, http.StatusFound)
	return nil
}

// portalBack takes what the portal sent the browser back with. A person with one account is in; one with several chooses; one with none is told what
// he can do.
func (s *site) portalBack(w http.ResponseWriter, r *request) error {
	r.view.Path, r.view.Return = "/log-in", "/log-in" // the code stays out of the page's links
	accounts, err := s.Portal.Finish(r.Context(), s.Sessions.Browser(r.Context()), r.URL.Query())
	if docket.KeyOf(err) == docket.KeyPortalUnknown {
		r.view.Data = s.ways(r)
		return s.render(w, http.StatusForbidden, "login_unknown", r.view)
	}
	if err != nil {
		return s.loginRefused(w, r, err)
	}
	if len(accounts) > 1 {
		redirect(w, r, "/log-in/account")
		return nil
	}
	to, err := s.enter(r, accounts[0].User.ID, accounts[0].User.BodyID)
	if err != nil {
		return err
	}
	s.Sessions.Put(r.Context(), byPortal, "yes")
	redirect(w, r, to)
	return nil
}

// loggedOut says that the portal's session goes on, and leads to its end.
func (s *site) loggedOut(w http.ResponseWriter, r *request) error {
	r.view.Data = struct{ Label, Address string }{s.portalLabel(r), s.Portal.LogOutAddress()}
	return s.render(w, http.StatusOK, "logged_out", r.view)
}

// portalLabel is the portal's name in the visitor's language.
func (s *site) portalLabel(r *request) string {
	if s.PortalLabel != nil {
		if name := strings.TrimSpace(s.PortalLabel(string(r.view.Lang()))); name != "" {
			return name
		}
	}
	return r.view.T("login.portal.label")
}
