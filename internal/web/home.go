package web

import (
	"net/http"

	"mohur/internal/locale"
)

// home is Əsas səhifə for visitors; who is logged in is led to his own.
func (s *site) home(w http.ResponseWriter, r *request) error {
	switch {
	case r.who().OfBody():
		redirect(w, r, "/home")
		return nil
	case r.who().OfAgency():
		redirect(w, r, "/agency")
		return nil
	}
	return s.render(w, http.StatusOK, "home", r.view)
}

// static is a page without data.
func (s *site) static(name string) handler {
	return func(w http.ResponseWriter, r *request) error { return s.render(w, http.StatusOK, name, r.view) }
}

// language notes the visitor's language in a cookie and leads back.
func (s *site) language(w http.ResponseWriter, r *request) error {
	lang := locale.Lang(r.param("lang"))
	if locale.Known(lang) {
		http.SetCookie(w, &http.Cookie{
			Name: languageCookie, Value: string(lang), Path: "/", MaxAge: 365 * 24 * 60 * 60,
			HttpOnly: true, Secure: s.Secure, SameSite: http.SameSiteLaxMode,
		})
	}
	redirect(w, r, localPath(r.URL.Query().Get("back")))
	return nil
}
