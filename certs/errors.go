package certs

import (
	"errors"
	"fmt"
)

// ParseError says which structure could not be read at all. Structures with a fault inside are parsed and carry Problems instead.
type ParseError struct {
	What string // "certificate", "CRL", "OCSP response", "name"
	Err  error
}

// Error names the structure and the cause.
func (e *ParseError) Error() string { return fmt.Sprintf("certs: reading %s: %v", e.What, e.Err) }

// Unwrap returns the cause.
func (e *ParseError) Unwrap() error { return e.Err }

// Problem is an oddity found while reading a certificate, a CRL or an OCSP response. It does not stop the reading; whoever judges decides
// whether it matters.
type Problem struct {
	Key    string // stable: "SERIAL_NEGATIVE", "EXTENSION_MALFORMED", ...
	Detail string // for the engineer: the extension's identifier, the value
}

var (
	errTooLarge      = errors.New("larger than allowed")
	errTrailing      = errors.New("bytes after the structure")
	errNoKey         = errors.New("the issuer's public key is unknown or malformed")
	errNoCertificate = errors.New("no certificate in it")
	errNoEvidence    = errors.New("neither a CRL nor an OCSP answer nor a certificate in it")
	errCutOff        = errors.New("cut off: it has no END line")
	errBase64        = errors.New("not base64")
)
