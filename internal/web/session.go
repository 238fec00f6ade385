package web

import (
	"net/http"
	"time"

	"mohur/docket"
)

// session is when the visitor's session ends unless he does something.
type session struct {
	Ends    time.Time
	Seconds int
}

// sessionEnd notes when the session ends: the page says so, and its script asks five minutes before (WCAG 2.2.1, S1-35). Drafts outlive it.
func (s *site) sessionEnd(r *http.Request, v *view) {
	if !v.LoggedIn {
		return
	}
	left := s.Sessions.Left(r.Context(), s.Now())
	v.Session = &session{Ends: s.Now().Add(left), Seconds: int(left.Seconds())}
}

// keepSession is the answer “go on” to that question: the request itself keeps the session.
func (s *site) keepSession(w http.ResponseWriter, r *request) error {
	if !r.view.LoggedIn {
		return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	return sendJSON(w, http.StatusOK, struct {
		Seconds int `json:"seconds"`
	}{r.view.Session.Seconds})
}
