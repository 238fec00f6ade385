package api

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"mohur/api/mount"
)

// Route is a route of a package below this one.
type Route = mount.Route

// mount adds the routes of other packages.
func (s *server) mount(r chi.Router) {
	r.Use(oauthRefusals)
	r.Group(func(r chi.Router) {
		r.Use(s.identify, s.limited)
		s.mountThose(r, false)
	})
	r.Group(func(r chi.Router) {
		r.Use(s.limited)
		s.mountThose(r, true)
	})
}

// mountThose adds those that are open, or those that aren't.
func (s *server) mountThose(r chi.Router, open bool) {
	for _, m := range s.Mounted {
		if m.Open == open {
			r.Method(m.Method, m.Path, m.Handler)
		}
	}
}

// describeMounted adds the operations of the mounted routes.
func (s *server) describeMounted(paths map[string]map[string]*operation, types *schemas) {
	if len(s.Mounted) == 0 {
		return
	}
	refusal := types.of(reflect.TypeFor[mount.OAuthError]())
	for _, m := range s.Mounted {
		o := &operation{
			OperationID: m.ID, Summary: m.Summary, Description: m.Description, Tags: []string{m.Tag},
			Responses: map[string]*response{"200": {Description: "done"}},
		}
		if m.Answer != nil {
			o.Responses["200"].Content = content("application/json", types.of(reflect.TypeOf(m.Answer)))
		}
		if m.Request != nil {
			kind := m.Kind
			orDefault(&kind, "application/json")
			body := types.of(reflect.TypeOf(m.Request))
			if m.Open { // whoever asks: what more stands there is passed over
				loose(types.named[exported(reflect.TypeOf(m.Request).Name())], kind)
			}
			o.RequestBody = &requestBody{!m.Optional, content(kind, body)}
		}
		for _, status := range append([]int{400, 401, 429, 500}, m.Refusals...) {
			o.Responses[strconv.Itoa(status)] = &response{http.StatusText(status), content("application/json", refusal)}
		}
		if paths[m.Path] == nil {
			paths[m.Path] = map[string]*operation{}
		}
		paths[m.Path][strings.ToLower(m.Method)] = o
	}
}

// loose describes a body that is read as most programs write one: with more in it, and null for what is not given.
func loose(s *schema, kind string) {
	s.AdditionalProperties = true
	if kind == "application/json" {
		s.Type = []string{"object", "null"}
	}
	for _, p := range s.Properties {
		if name, ok := p.Type.(string); ok && kind == "application/json" {
			p.Type = []string{name, "null"}
		}
	}
}

type refusalKey struct{}

// oauthRefusals notes that the route's refusals are OAuth's.
func oauthRefusals(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), refusalKey{}, true)))
	})
}

// wantsOAuth says whether the request's refusals are OAuth's.
func wantsOAuth(r *http.Request) bool {
	wants, _ := r.Context().Value(refusalKey{}).(bool)
	return wants
}

// oauthCodes are OAuth's words for our problems (RFC 6749, 4.1.2.1 and 5.2; RFC 6750, 3.1).
var oauthCodes = map[int]string{
	http.StatusUnauthorized: "invalid_token", http.StatusTooManyRequests: "temporarily_unavailable", http.StatusServiceUnavailable: "temporarily_unavailable",
	http.StatusInternalServerError: "server_error",
}

// refuseOAuth answers with a problem in OAuth's form.
func refuseOAuth(w http.ResponseWriter, p Problem) {
	code := oauthCodes[p.Status]
	orDefault(&code, "invalid_request")
	if p.retryAfter != "" {
		w.Header().Set("Retry-After", p.retryAfter)
	}
	mount.WriteJSON(w, p.Status, mount.OAuthError{Code: code, Description: p.Title})
}
