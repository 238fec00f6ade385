package api

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"

	"mohur/internal/locale"
)

// Problem is a refusal as a program reads it (RFC 9457). Type is stable and never changes its meaning.
type Problem struct {
	Type   string  `json:"type" doc:"stable URI of the kind of problem" example:"urn:mohur:problem:too-large"`
	Title  string  `json:"title" doc:"the same for every occurrence"`
	Status int     `json:"status"`
	Detail string  `json:"detail,omitempty" doc:"a sentence about this occurrence, in the language of Accept-Language (az, en or ru)"`
	Errors []Fault `json:"errors,omitempty" doc:"what is wrong with which part of the request"`

	retryAfter string // seconds, for Retry-After
}

// Fault is one thing wrong with a request.
type Fault struct {
	Pointer string `json:"pointer" doc:"the part of the request: #/policy, #/file" example:"#/policy"`
	Code    string `json:"code" doc:"stable code"`
	Detail  string `json:"detail,omitempty"`
}

// typePrefix begins the type of every problem.
const typePrefix = "urn:mohur:problem:"

// problem makes a Problem whose sentence is the catalogue's "api.KIND".
func problem(kind, title string, status int) Problem {
	return Problem{Type: typePrefix + kind, Title: title, Status: status, Detail: "api." + kind}
}

func problemNotFound() Problem {
	return problem("not-found", "No such resource", http.StatusNotFound)
}

func problemMethod() Problem {
	return problem("method", "Method not allowed", http.StatusMethodNotAllowed)
}

func problemTooLarge() Problem {
	return problem("too-large", "Request too large", http.StatusRequestEntityTooLarge)
}

func problemMediaType() Problem {
	return problem("media-type", "Media type not accepted", http.StatusUnsupportedMediaType)
}

func problemBusy() Problem {
	p := problem("busy", "Too many verifications at a time", http.StatusTooManyRequests)
	p.retryAfter = "2"
	return p
}

func problemLimited() Problem {
	p := problem("limited", "Too many requests", http.StatusTooManyRequests)
	p.retryAfter = "60"
	return p
}

func problemUnauthorized() Problem {
	return problem("unauthorized", "Unknown caller", http.StatusUnauthorized)
}

func problemConflict() Problem {
	return problem("conflict", "Not possible in the present state", http.StatusConflict)
}

func problemNotAcceptable() Problem {
	return problem("not-acceptable", "No such form of the answer", http.StatusNotAcceptable)
}

func problemSlow() Problem {
	return problem("slow", "Request came too slowly", http.StatusRequestTimeout)
}

func problemTimeout() Problem {
	return problem("timeout", "Verification took too long", http.StatusServiceUnavailable)
}

func problemUnsealed() Problem {
	return problem("unsealed", "Report can't be sealed", http.StatusServiceUnavailable)
}

func problemUnreadable() Problem {
	return problem("unreadable", "Document can't be read", http.StatusUnprocessableEntity)
}

func problemInternal() Problem {
	return problem("internal", "Internal error", http.StatusInternalServerError)
}

// invalid is a request with a wrong part.
func invalid(pointer, code string) Problem {
	p := problem("invalid", "Invalid request", http.StatusBadRequest)
	p.Errors = []Fault{{Pointer: pointer, Code: code, Detail: "api.fault." + code}}
	return p
}

// sentence names the part and says what is wrong with it.
func (f Fault) sentence() string {
	if part := strings.TrimPrefix(strings.TrimPrefix(f.Pointer, "#"), "/"); part != "" {
		return part + ": " + f.Detail
	}
	return f.Detail
}

// language is the language of a request's sentences; English where the request names none, for programs.
func language(r *http.Request) locale.Lang {
	if r.Header.Get("Accept-Language") == "" {
		return locale.English
	}
	return locale.Match(r.Header.Get("Accept-Language"))
}

// refuse answers with a problem, its keys turned into sentences.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, p Problem, args ...any) {
	if wantsOAuth(r) {
		refuseOAuth(w, p)
		return
	}
	words := locale.For(language(r))
	for i, a := range args {
		switch a := a.(type) {
		case int64:
			args[i] = words.Size(a)
		case []string:
			args[i] = strings.Join(a, ", ")
		}
	}
	if words.Has(p.Detail) {
		p.Detail = words.T(p.Detail, args...)
	}
	faults := make([]Fault, len(p.Errors))
	for i, f := range p.Errors {
		if words.Has(f.Detail) {
			f.Detail = words.T(f.Detail, args...)
		}
		faults[i] = f
	}
	if p.Errors = faults; len(faults) == 0 {
		p.Errors = nil
	}
	if len(faults) == 1 { // who reads only this sentence is told all
		p.Detail = faults[0].sentence()
	}
	b, err := json.Marshal(p)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Language", string(words.Lang()))
	if p.retryAfter != "" {
		h.Set("Retry-After", p.retryAfter)
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(b, '\n'))
}

// recover makes a panic in a handler one client's 500.
func (s *server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := recover(); p != nil {
				s.Log.ErrorContext(r.Context(), "request panicked", slog.String("path", r.URL.Path), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
				s.refuse(w, r, problemInternal())
			}
		}()
		next.ServeHTTP(w, r)
	})
}
