package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"mohur/docket"
	"mohur/internal/locale"
)

// refuseOffice answers for a refusal of the office: its code is the problem's type, its sentence the one that people are shown.
func (s *server) refuseOffice(w http.ResponseWriter, r *http.Request, err error) {
	if c, ok := errors.AsType[*conditionError](err); ok {
		s.refuse(w, r, c.Problem)
		return
	}
	all := docket.AsErrors(err)
	if len(all) == 0 {
		all = docket.Errors{docket.Refuse(docket.CodeInternal, docket.KeyInternal).Because(err)}
	}
	first := all[0]
	p := officeProblem(first)
	if p.Status >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "a program's request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	words := locale.For(language(r))
	p.Detail = officeSentence(words, first)
	for _, e := range all {
		if e.Field == "" && e.Code != docket.CodeInvalid {
			continue
		}
		p.Errors = append(p.Errors, Fault{Pointer: strings.TrimSuffix("#/"+e.Field, "/"), Code: strings.TrimPrefix(e.Key, "error."), Detail: officeSentence(words, e)})
	}
	s.refuse(w, r, p)
}

// officeProblem is the kind of problem that a code is.
func officeProblem(e *docket.Error) Problem {
	switch e.Code {
	case docket.CodeInvalid:
		return problem("not-valid", "What was sent is not valid", http.StatusUnprocessableEntity)
	case docket.CodeForbidden:
		return problem("forbidden", "Not allowed", http.StatusForbidden)
	case docket.CodeNotFound:
		return problemNotFound()
	case docket.CodeConflict:
		return problemConflict()
	case docket.CodeTooLarge:
		return problemTooLarge()
	case docket.CodeLimited:
		return problemLimited()
	case docket.CodeUnavailable:
		p := problem("unavailable", "A part does not answer", http.StatusServiceUnavailable)
		p.retryAfter = "30"
		return p
	}
	return problemInternal()
}

// officeSentence is a refusal's sentence.
func officeSentence(words *locale.Printer, e *docket.Error) string {
	var args []any
	for name, value := range e.Args {
		if name == "max" && (e.Key == docket.KeyTooLarge || e.Key == docket.KeyTotalSize) {
			if n, ok := value.(int64); ok {
				value = words.Size(n)
			}
		}
		if word, ok := value.(string); ok && name == "state" {
			for _, group := range []string{"state.submission.", "state.registration.", "state.letter."} {
				if words.Has(group + word) {
					value = words.T(group + word)
					break
				}
			}
		}
		args = append(args, name, fmt.Sprint(value))
	}
	if !words.Has(e.Key) {
		return words.T(docket.KeyInternal)
	}
	return words.T(e.Key, args...)
}
