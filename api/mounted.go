package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
)

// Route is a route of a package below this one, with what the OpenAPI document says of it. It is bounded per client like every other, and its
// refusals, also those made here, are OAuth's: {"error","error_description"} (RFC 6749, 5.2), which is what CSC has too.
type Route struct {
	Method, Path             string
	ID, Summary, Description string // of the operation
	Tag                      string
	Kind                     string // media type of the request's body; application/json if empty
	Request                  any    // a value of the type of the body; nil: none
	Answer                   any    // a value of the type of the answer; nil: no body
	Handler                  http.HandlerFunc
	Open                     bool  // the handler finds out itself who asks, or needs nobody
	Refusals                 []int // statuses beside 400, 401, 429 and 500
}

// OAuthError is a refusal of a mounted route (RFC 6749, 5.2; CSC API 1.0.4.0, 10.1).
type OAuthError struct {
	Code        string `json:"error" doc:"stable code" example:"invalid_request"`
	Description string `json:"error_description,omitempty" doc:"a sentence for the client's developer, in English"`
}

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
	refusal := types.of(reflect.TypeFor[OAuthError]())
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
			o.RequestBody = &requestBody{true, content(kind, types.of(reflect.TypeOf(m.Request)))}
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
	WriteOAuthError(w, p.Status, OAuthError{code, p.Title})
}

// WriteOAuthError answers a mounted route's request with a refusal.
func WriteOAuthError(w http.ResponseWriter, status int, e OAuthError) {
	WriteJSON(w, status, e)
}

// WriteJSON answers a mounted route's request.
func WriteJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Pragma", "no-cache") // RFC 6749, 5.1; Cache-Control: no-store stands already
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
