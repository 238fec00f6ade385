package web

import "net/http"

// saidNote is the session's name for what the next page says about what was done just now.
const saidNote = "said"

// say keeps the key of a sentence for the next page that this visitor gets: what was done, after the redirect that follows a POST.
func (s *site) say(r *request, key string) { s.Sessions.Put(r.Context(), saidNote, key) }

// said takes the sentence that the request before left.
func (s *site) said(r *http.Request, v *view) {
	if r.Method != http.MethodGet || !v.LoggedIn {
		return
	}
	if key := s.Sessions.Get(r.Context(), saidNote); key != "" {
		s.Sessions.Drop(r.Context(), saidNote)
		if v.Has(key) {
			v.Said = v.T(key)
		}
	}
}
