package web

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"mohur/docket"
)

// errorPage is the data of the error page.
type errorPage struct {
	Status      int
	Title, Text string
}

// status maps a code to its HTTP status.
func status(err error) int {
	if errors.Is(err, errMethod) {
		return http.StatusMethodNotAllowed
	}
	switch docket.CodeOf(err) {
	case docket.CodeInvalid:
		return http.StatusUnprocessableEntity
	case docket.CodeForbidden:
		return http.StatusForbidden
	case docket.CodeNotFound:
		return http.StatusNotFound
	case docket.CodeConflict:
		return http.StatusConflict
	case docket.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case docket.CodeLimited:
		return http.StatusTooManyRequests
	case docket.CodeUnavailable:
		return http.StatusServiceUnavailable
	default:
		return http.StatusInternalServerError
	}
}

// text is the sentence for a refusal in the visitor's language. Sizes are written for people, and words of the code are translated.
func (v *view) text(e *docket.Error) string {
	var args []any
	for name, value := range e.Args {
		switch {
		case name == "max" && (e.Key == docket.KeyTooLarge || e.Key == docket.KeyTotalSize):
			value = v.Size(number(value))
		case name == "state":
			value = v.stateWord(value)
		case name == "kind" && e.Key == docket.KeyKindTaken:
			value = v.kindWord(fmt.Sprint(value))
		}
		args = append(args, name, value)
	}
	if !v.Has(e.Key) {
		return v.T(docket.KeyInternal)
	}
	return v.T(e.Key, args...)
}

// stateWord names a state of a registration, a project or a letter.
func (v *view) stateWord(value any) any {
	s, ok := value.(string)
	if !ok {
		return value
	}
	for _, group := range []string{"state.submission.", "state.registration.", "state.letter.", "state.profile."} {
		if v.Has(group + s) {
			return v.T(group + s)
		}
	}
	return s
}

// number reads an argument that is one.
func number(v any) int64 {
	switch v := v.(type) {
	case int64:
		return v
	case int:
		return int64(v)
	}
	return 0
}

// refused fills a form's errors from a refusal, so that the page can be shown again with what was typed. rename maps names of the desk's
// fields to names of the inputs. It returns false for an error that is not about the form.
func (v *view) refused(err error, rename map[string]string) bool {
	all := docket.AsErrors(err)
	if len(all) == 0 || docket.CodeOf(err) == docket.CodeInternal || docket.CodeOf(err) == docket.CodeNotFound {
		return false
	}
	for _, e := range all {
		f := e.Field
		if to, ok := rename[f]; ok {
			f = to
		}
		v.Errors = append(v.Errors, fieldError{Field: f, Text: v.text(e), Bare: e.Key == docket.KeyRequired})
	}
	return true
}

// Summary is a refusal as the summary above the form says it: "fill in this field" needs the field's name there.
func (v *view) Summary(e fieldError) string {
	key, ok := fieldLabels()[e.Field]
	if !ok {
		key, ok = adminLabels()[e.Field]
	}
	if !e.Bare || !ok {
		return e.Text
	}
	return v.T(key) + ": " + e.Text
}

// fieldLabels are the keys of the inputs' names, by input.
func fieldLabels() map[string]string {
	return map[string]string{
		"body": "register.body", "email": "register.email", "mobile": "register.mobile", "letter": "register.letter.short",
		"cover_number": "paper.cover_number", "cover_date": "paper.cover_date", "document_type": "submit.type", "project_name": "submit.name",
		"files": "submit.step.files", "file": "submit.sign.upload", "pin": "demo.pin.label", "document": "submission.document",
		"number": "lookup.number", "date": "lookup.date", "code": "lookup.code", "text": "opinion.text", "attachments": "messages.attach",
		"reason": "summary.reason", "approve_reason": "registration.approve.reason", "refuse_reason": "registration.refuse.reason", "suspend_reason": "registration.suspend.reason", "restore_reason": "registration.suspend.reason",
		"person_name": "people.name", "fin": "people.fin", "from": "people.from", "to": "people.to",
		"certificate_file": "means.file",
		"name":             "profile.name", "unit": "profile.term.unit", "credential": "profile.term.credential", "why": "profile.why", "reject_reason": "profile.reason",
		"retire_reason": "profile.reason",
		"items":         "deficiency.items", "subject": "opinion.subject", "outcome": "opinion.outcome", "expert": "review.expert",
	}
}

// showError answers with the page of an error. The cause goes to the log, never to the visitor.
func (s *site) showError(w http.ResponseWriter, r *http.Request, v *view, err error) {
	code := status(err)
	if code >= http.StatusInternalServerError {
		s.Log.ErrorContext(r.Context(), "page failed", slog.String("method", r.Method), slog.String("route", route(r)), slog.Int("status", code), slog.Any("error", err))
	}
	p := errorPage{Status: code, Title: v.T("error.title.500"), Text: v.T(docket.KeyInternal)}
	key := map[int]string{
		http.StatusForbidden: "error.title.403", http.StatusNotFound: "error.title.404", http.StatusMethodNotAllowed: "error.title.405",
		http.StatusConflict: "error.title.409", http.StatusRequestEntityTooLarge: "error.title.413", http.StatusUnprocessableEntity: "error.title.422",
		http.StatusTooManyRequests: "error.title.429", http.StatusServiceUnavailable: "error.title.503",
	}[code]
	if key != "" {
		p.Title = v.T(key)
	}
	if code == http.StatusMethodNotAllowed {
		p.Text = v.T("error.method")
	}
	if all := docket.AsErrors(err); len(all) > 0 {
		p.Text = v.text(all[0])
	}
	v.Errors, v.Data = nil, p
	if err := s.render(w, code, "error", v); err != nil {
		s.Log.ErrorContext(r.Context(), "error page failed", slog.Any("error", err))
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}
