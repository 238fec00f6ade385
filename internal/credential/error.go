package credential

import (
	"errors"
	"fmt"
	"strings"
)

// Code says why a member, or a whole credential, does not sign, for errors.Is.
type Code string

// Error returns the code itself.
func (c Code) Error() string { return "credential: " + string(c) }

// Why nothing is signed.
const (
	ErrUnknown     Code = "unknown"       // no credential of that name, or no member with that certificate
	ErrUnavailable Code = "unavailable"   // members are out of use for several reasons; Reasons lists them
	ErrFailing     Code = "failing"       // the token or its driver failed and rests; it is tried again by itself
	ErrStopped     Code = "stopped"       // the token waits for a person: a PIN that was wrong, is locked, or can't be had
	ErrUnattended  Code = "unattended"    // the key wants a person for each signature, and none is there
	ErrDrained     Code = "drained"       // a person took it out of use
	ErrExpired     Code = "expired"       // the certificate's validity is over
	ErrNotYetValid Code = "not-yet-valid" // the certificate's validity has not begun
	ErrRevoked     Code = "revoked"       // the certificate, or an issuer's, is revoked
	ErrHeld        Code = "held"          // the certificate is suspended
	ErrUntrusted   Code = "untrusted"     // the certificate does not lead to a trusted issuer, or the policy refuses it
	ErrUnchecked   Code = "unchecked"     // whether it is revoked could not be asked, and no earlier answer is good any more
	ErrMismatch    Code = "mismatch"      // the key on the token is not the certificate's
)

// Error is why a member or a credential does not sign.
type Error struct {
	Code       Code
	Credential string
	Member     string   // empty for the whole credential
	Err        error    // the cause: the token's error, may be nil
	Reasons    []*Error // of the members, when a whole credential is out of use
}

// sentence is the code in words.
func (c Code) sentence() string {
	switch c {
	case ErrUnknown:
		return "there is none"
	case ErrUnavailable:
		return "none of its members can sign"
	case ErrFailing:
		return "the token failed, and is tried again after a rest"
	case ErrStopped:
		return "the token waits for a person"
	case ErrUnattended:
		return "the key wants a person for each signature"
	case ErrDrained:
		return "it was taken out of use"
	case ErrExpired:
		return "the certificate has expired"
	case ErrNotYetValid:
		return "the certificate is not valid yet"
	case ErrRevoked:
		return "the certificate is revoked"
	case ErrHeld:
		return "the certificate is suspended"
	case ErrUntrusted:
		return "the certificate does not lead to a trusted issuer"
	case ErrUnchecked:
		return "whether the certificate is revoked can't be found out"
	case ErrMismatch:
		return "the key is not the certificate's"
	}
	return string(c)
}

// Error is one sentence for the log, without secrets.
func (e *Error) Error() string {
	name := e.Credential
	if e.Member != "" {
		name += "/" + e.Member
	}
	text := fmt.Sprintf("credential %s: %s", name, e.Code.sentence())
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if len(e.Reasons) > 0 {
		var parts []string
		for _, r := range e.Reasons {
			part := r.Member + ": " + r.Code.sentence()
			if r.Err != nil {
				part += " (" + r.Err.Error() + ")"
			}
			parts = append(parts, part)
		}
		text += " [" + strings.Join(parts, "; ") + "]"
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is compares codes.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// CodeOf returns the code of the first Error in the chain, "" if there is none.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// whole makes one error of why each member can't sign: their common code, or ErrUnavailable.
func whole(credential string, reasons []*Error) *Error {
	e := &Error{Code: ErrUnavailable, Credential: credential, Reasons: reasons}
	for i, r := range reasons {
		switch {
		case i == 0:
			e.Code = r.Code
		case e.Code != r.Code:
			e.Code = ErrUnavailable
		}
	}
	return e
}
