package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/locale"
)

// request is a request with what every handler needs beside it.
type request struct {
	*http.Request
	view *view
}

// param is a part of the path.
func (r *request) param(name string) string { return chi.URLParam(r.Request, name) }

// id is the part of the path that names the thing.
func (r *request) id() docket.ID { return docket.ID(r.param("id")) }

// who is the actor.
func (r *request) who() docket.Actor { return r.view.Actor }

// handler answers a request, or returns why it can't; the error becomes a page.
type handler func(w http.ResponseWriter, r *request) error

// errMethod is for a known path asked for in an unknown way.
var errMethod = errors.New("web: method not allowed")

// languageCookie holds the visitor's choice of language and nothing else.
const languageCookie = "lang"

// secure sets the headers that every answer carries.
func (s *site) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if s.Secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.ContainsRune(r.URL.Path, 0) { // no page has such a name, and PostgreSQL takes no such text
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// headAsGet routes a HEAD as the GET of the same page; the server leaves its body out (RFC 9110, 9.3.2).
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c := chi.RouteContext(r.Context()); c != nil && r.Method == http.MethodHead {
			c.RouteMethod = http.MethodGet
		}
		next.ServeHTTP(w, r)
	})
}

// allow names the methods that the path takes (RFC 9110, 15.5.6).
func allow(w http.ResponseWriter, r *http.Request) {
	c := chi.RouteContext(r.Context())
	if c == nil {
		return
	}
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		if c.Routes.Match(chi.NewRouteContext(), m, r.URL.Path) {
			w.Header().Add("Allow", m)
		}
	}
}

// page runs a handler with the visitor's language and actor, and turns its error into a page. A panic in a handler is one visitor's 500.
func (s *site) page(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := s.newView(r)
		defer func() {
			if p := recover(); p != nil {
				s.Log.ErrorContext(r.Context(), "page panicked", slog.String("method", r.Method), slog.String("route", route(r)), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
				s.showError(w, r, v, docket.Refuse(docket.CodeInternal, docket.KeyInternal))
			}
		}()
		if err := s.identify(r.Context(), v); err != nil {
			s.showError(w, r, v, err)
			return
		}
		s.said(r, v)
		s.unreadBadge(r, v)
		s.sessionEnd(r, v)
		if err := h(w, &request{Request: r, view: v}); err != nil {
			s.showError(w, r, v, err)
		}
	}
}

// plain is page for answers that come before the session is loaded.
func (s *site) plain(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.showError(w, r, s.newView(r), err)
		}
	}
}

// newView starts a view: language from the cookie, else from the browser.
func (s *site) newView(r *http.Request) *view {
	lang := locale.Match(r.Header.Get("Accept-Language"))
	if c, err := r.Cookie(languageCookie); err == nil && locale.Known(locale.Lang(c.Value)) {
		lang = locale.Lang(c.Value)
	}
	back := r.URL.Path
	if r.Method == http.MethodGet && r.URL.RawQuery != "" {
		back += "?" + r.URL.RawQuery
	}
	return &view{Printer: locale.For(lang), Path: r.URL.Path, Return: back, Actor: docket.Public(), Demo: s.DemoMode, Profiles: s.Profiles != nil, HeadSigns: s.headSigns, Passkeys: s.Passkeys != nil, Form: values{}}
}

// identify asks the desk who the session's account is now, so that a role taken away counts at once. A vanished account is logged out.
func (s *site) identify(ctx context.Context, v *view) error {
	account := s.Sessions.Account(ctx)
	if account == "" {
		return nil
	}
	who, err := s.Desk.Actor(ctx, docket.ID(account))
	switch {
	case errors.Is(err, docket.ErrNotFound):
		return s.Sessions.LogOut(ctx)
	case err != nil:
		return err
	}
	v.Actor, v.LoggedIn = who, true
	return nil
}

// forBody lets a body's people in, sends visitors to the log-in and refuses others.
func (s *site) forBody(h handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		if !r.view.LoggedIn {
			s.remember(r, sideBody, r.URL.RequestURI())
			redirect(w, r, "/log-in")
			return nil
		}
		if !r.who().OfBody() {
			return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
		}
		return h(w, r)
	}
}

// forAgency lets the agency's people in, all of them or those with one of the roles.
func (s *site) forAgency(h handler, roles ...docket.Role) handler {
	return func(w http.ResponseWriter, r *request) error {
		if !r.view.LoggedIn {
			s.remember(r, sideAgency, r.URL.RequestURI())
			redirect(w, r, "/log-in")
			return nil
		}
		if !r.who().OfAgency() || len(roles) > 0 && !r.who().Has(roles...) {
			return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
		}
		return h(w, r)
	}
}

// route is the pattern of a request, for logs: it holds no id and no secret.
func route(r *http.Request) string {
	if c := chi.RouteContext(r.Context()); c != nil {
		return c.RoutePattern()
	}
	return ""
}

// redirect answers a POST with the page to look at next.
func redirect(w http.ResponseWriter, r *request, to string) {
	http.Redirect(w, r.Request, to, http.StatusSeeOther)
}

// localPath returns a path of this site, whatever was asked for: never another host's.
func localPath(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") || strings.HasPrefix(u.Path, "//") || strings.Contains(s, `\`) {
		return "/"
	}
	return u.RequestURI()
}
