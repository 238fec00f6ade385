package csc

import (
	"errors"
	"net/http"

	"mohur/api/oauth2"
	"mohur/docket"
	"mohur/internal/oauth"
)

// errNoCaller is the refusal of a request without an access token or certificate (CSC API 1.0.4.0, 10.1).
var errNoCaller = &oauth.Error{Code: "invalid_token", Description: "An access token of oauth2/token, or a known TLS certificate, is needed", Status: http.StatusUnauthorized}

// wrong is a request with a wrong parameter, in the words of CSC's tables of errors.
func wrong(parameter string) *oauth.Error { return invalid("Invalid parameter " + parameter) }

// missing is a request without a parameter that it needs.
func missing(parameter string) *oauth.Error { return invalid("Missing parameter " + parameter) }

// invalid is a request that is refused for the reason given.
func invalid(description string) *oauth.Error {
	return &oauth.Error{Code: "invalid_request", Description: description, Status: http.StatusBadRequest}
}

// because adds a cause for the log.
func because(e *oauth.Error, err error) *oauth.Error {
	c := *e
	c.Err = err
	return &c
}

// refuse answers with {"error","error_description"}. Refusals of the sealing service become CSC's.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if _, ok := errors.AsType[*oauth.Error](err); !ok {
		if e := fromDocket(err); e != nil {
			err = e
		}
	}
	oauth2.Refuse(w, r, s.Log, err)
}

// fromDocket says a refusal of the domain in CSC's words; nil is a failure of ours.
func fromDocket(err error) *oauth.Error {
	e := &oauth.Error{Code: "invalid_request", Status: http.StatusBadRequest, Err: err}
	switch docket.CodeOf(err) {
	case docket.CodeNotFound:
		e.Description = "Invalid parameter credentialID"
	case docket.CodeForbidden:
		e.Description = "The credential is not for this use"
	case docket.CodeInvalid:
		e.Description = "The request can't be taken: " + docket.KeyOf(err)
	case docket.CodeConflict:
		e.Description = "Nothing was released: " + docket.KeyOf(err)
	case docket.CodeTooLarge:
		e.Status, e.Description = http.StatusRequestEntityTooLarge, "The request is too large"
	case docket.CodeLimited:
		e.Status, e.Code, e.Description = http.StatusTooManyRequests, "temporarily_unavailable", "The day's quota is used up"
	case docket.CodeUnavailable:
		e.Status, e.Code, e.Description = http.StatusServiceUnavailable, "temporarily_unavailable", "The key, or a service that the signature needs, does not answer"
	default:
		return nil
	}
	return e
}
