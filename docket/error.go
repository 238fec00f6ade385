package docket

import (
	"errors"
	"fmt"
)

// Code is the machine-readable class of a refusal; api maps it to an HTTP status, web to a page.
type Code string

// The codes of an Error.
const (
	CodeInvalid     Code = "invalid"     // the input is wrong; Field names where (400, 422)
	CodeForbidden   Code = "forbidden"   // the actor may not do this (403)
	CodeNotFound    Code = "not_found"   // there is no such thing, or the actor may not know of it (404)
	CodeConflict    Code = "conflict"    // the state does not allow it, or somebody was quicker (409)
	CodeTooLarge    Code = "too_large"   // a size limit (413)
	CodeLimited     Code = "limited"     // too many attempts (429)
	CodeUnavailable Code = "unavailable" // a part outside failed: token, timestamp authority, revocation source (503)
	CodeInternal    Code = "internal"    // ours (500)
)

// Error is a refusal: a code for programs, a catalogue key with arguments for people, and the cause for the log only.
// The cause's text never reaches a client.
type Error struct {
	Code  Code
	Key   string         // in Keys(); the catalogues of internal/locale hold its texts
	Field string         // the form field at fault, empty if none
	Args  map[string]any // arguments of the text
	Err   error          // the cause, for the log
}

// Error is for the log; people are shown the text of Key.
func (e *Error) Error() string {
	s := string(e.Code) + ": " + e.Key
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is lets errors.Is compare by code and, if the target has one, by key.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code && (t.Key == "" || t.Key == e.Key)
}

// CodeOf returns the code of the first Error in err's chain, CodeInternal for any other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return CodeInternal
}

// KeyOf returns the catalogue key of err: that of its first Error, KeyInternal for any other error, "" for nil.
func KeyOf(err error) string {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Key
	}
	return KeyInternal
}

// ErrNotFound is what a port returns when a row does not exist.
var ErrNotFound = &Error{Code: CodeNotFound, Key: KeyNotFound}

// ErrStale is what a port returns when a row was changed since it was read.
var ErrStale = &Error{Code: CodeConflict, Key: KeyStale}

// Refuse makes a refusal.
func Refuse(code Code, key string) *Error { return &Error{Code: code, Key: key} }

// Invalid makes a refusal of one form field.
func Invalid(field, key string) *Error { return &Error{Code: CodeInvalid, Key: key, Field: field} }

// With returns a copy with an argument of the text added.
func (e *Error) With(name string, value any) *Error {
	c := *e
	c.Args = make(map[string]any, len(e.Args)+1)
	for k, v := range e.Args {
		c.Args[k] = v
	}
	c.Args[name] = value
	return &c
}

// Because returns a copy with a cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Errors is several refusals of one form, so that a page shows all of them at once. It is never empty.
type Errors []*Error

// Error lists them.
func (es Errors) Error() string {
	if len(es) == 0 {
		return "no errors"
	}
	return fmt.Sprintf("%d fields refused, first: %v", len(es), es[0])
}

// Unwrap gives errors.Is and errors.As each of them.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// AsErrors returns the refusals in err: the list, a list of one, or nil if err holds none.
func AsErrors(err error) Errors {
	if es, ok := errors.AsType[Errors](err); ok {
		return es
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return Errors{e}
	}
	return nil
}

// On returns a copy that names the form field at fault.
func (e *Error) On(field string) *Error {
	c := *e
	c.Field = field
	return &c
}
