// Package verify says what the signatures of a document are worth: the validation procedures of ETSI EN 319 102-1 over format-neutral
// signatures. Every building block of the standard (clause 5.2) and every process (5.3 to 5.6) is a file of its own.
//
// It must not know tokens, signing, databases or the network: certificates, revocation data, trust anchors and the time are inputs. An
// outcome is data in the Report, never a Go error; an error means that validation could not run.
package verify

import "fmt"

// Code is the stable name of a reason why validation could not run.
type Code string

// The reasons why Document could not run.
const (
	CodeUnreadable  Code = "unreadable"         // the bytes could not be read, or not as what they claim to be
	CodeEncrypted   Code = "encrypted"          // the document needs a password or a key that was not given
	CodeHandler     Code = "encryption_handler" // the document is encrypted in a way that no password opens, for certificates for example
	CodeUnsupported Code = "unsupported_format" // a signature container that this version names but does not read
	CodeUnknown     Code = "unknown_format"     // nothing that could carry a signature
	CodeTooLarge    Code = "limit_exceeded"     // a bound on size, depth or count was reached
	CodeNoTime      Code = "no_time"            // neither Input.Time nor Input.Now was given
)

// Error says why validation could not run.
type Error struct {
	Code   Code
	Format Format // the container that was recognised, empty for none
	Err    error
}

// Error returns one sentence.
func (e *Error) Error() string {
	switch e.Code {
	case CodeUnsupported:
		return fmt.Sprintf("format not yet supported: %s", e.Format)
	case CodeUnknown:
		return "not a signed document of a known format"
	case CodeEncrypted:
		return "the document is encrypted and the password does not open it"
	case CodeHandler:
		return fmt.Sprintf("the document is encrypted in a way that is not read: %v", e.Err)
	case CodeNoTime:
		return "no validation time: neither a time nor a clock was given"
	}
	if e.Err != nil {
		return e.Err.Error()
	}
	return string(e.Code)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
