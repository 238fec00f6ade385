package webeid

import "errors"

// Code is a failure by the name that web-eid.js knows. It is an error, for errors.Is.
type Code string

// The codes of web-eid.js (src/errors/ErrorCode.ts). The host at the token sends the first four; the others come from extension and library.
const (
	ErrUserCancelled         Code = "ERR_WEBEID_USER_CANCELLED"
	ErrUserTimeout           Code = "ERR_WEBEID_USER_TIMEOUT"
	ErrNativeInvalidArgument Code = "ERR_WEBEID_NATIVE_INVALID_ARGUMENT"
	ErrNativeFatal           Code = "ERR_WEBEID_NATIVE_FATAL"
	ErrActionTimeout         Code = "ERR_WEBEID_ACTION_TIMEOUT"
	ErrVersionMismatch       Code = "ERR_WEBEID_VERSION_MISMATCH"
	ErrVersionInvalid        Code = "ERR_WEBEID_VERSION_INVALID"
	ErrExtensionUnavailable  Code = "ERR_WEBEID_EXTENSION_UNAVAILABLE"
	ErrNativeUnavailable     Code = "ERR_WEBEID_NATIVE_UNAVAILABLE"
	ErrUnknown               Code = "ERR_WEBEID_UNKNOWN_ERROR"
	ErrContextInsecure       Code = "ERR_WEBEID_CONTEXT_INSECURE"
	ErrActionPending         Code = "ERR_WEBEID_ACTION_PENDING"
	ErrMissingParameter      Code = "ERR_WEBEID_MISSING_PARAMETER"
)

// Error returns the code itself.
func (c Code) Error() string { return string(c) }

// Error is a failure with its code. Message goes to the web page, so it says nothing that the page may not know: no path, no serial number, no
// name of a person. The cause stays on this side.
type Error struct {
	Code    Code
	Message string
	Err     error // the cause, nil when there is none
}

// Error returns code, message and cause, for the log of this side.
func (e *Error) Error() string {
	text := string(e.Code) + ": " + e.Message
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives errors.Is the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Err}
}

// invalid is an argument that breaks the protocol.
func invalid(message string, err error) error {
	return &Error{Code: ErrNativeInvalidArgument, Message: message, Err: err}
}

// Failure is an error as it goes over the wire.
type Failure struct {
	Error FailureBody `json:"error"`
}

// FailureBody is the inner object of a Failure.
type FailureBody struct {
	Code    Code   `json:"code"`
	Message string `json:"message"`
}

// FailureOf makes the answer for an error. What is no *Error becomes ERR_WEBEID_NATIVE_FATAL without its text, which may name what a page is not
// to know.
func FailureOf(err error) Failure {
	if e, ok := errors.AsType[*Error](err); ok {
		return Failure{FailureBody{e.Code, e.Message}}
	}
	return Failure{FailureBody{ErrNativeFatal, "the program at the token failed"}}
}
