package certs

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/url"
	"strconv"
)

// SourceError says which address could not be asked for evidence or for an issuer's certificate, and why.
type SourceError struct {
	URL  string
	Kind string // "OCSP", "CRL", "CERTIFICATE"
	Err  error
}

// Error names the address and the cause.
func (e *SourceError) Error() string { return e.Kind + " " + e.URL + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *SourceError) Unwrap() error { return e.Err }

// Host is the name of the machine that was to be asked, with its port if it has one.
func (e *SourceError) Host() string {
	u, err := url.Parse(e.URL)
	if err != nil || u.Host == "" {
		return e.URL
	}
	return u.Host
}

// Why a source gave nothing, as keys whose texts people read.
const (
	SourceTimeout     = "SOURCE_TIMEOUT"     // no answer in time
	SourceUnknownHost = "SOURCE_HOST"        // the name can't be resolved
	SourceConnection  = "SOURCE_CONNECTION"  // no connection
	SourceTLS         = "SOURCE_TLS"         // the server's own certificate is not accepted
	SourceStatus      = "SOURCE_STATUS"      // an answer with an error status
	SourceRefusing    = "SOURCE_REFUSING"    // the OCSP responder declined to answer
	SourceUnreadable  = "SOURCE_UNREADABLE"  // what came is not what was asked for
	SourceNotAllowed  = "SOURCE_NOT_ALLOWED" // an address to which this program does not go
)

// failure is how a way out tells its own failures apart: refused, status, size, resting.
type failure interface{ FetchFailure() (kind, detail string) }

// Why tells what kind of failure it is, and a detail for the engineer, such as the status.
func (e *SourceError) Why() (key, detail string) {
	var f failure
	var parse *ParseError
	var ocsp *OCSPStatusError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var n net.Error
	switch {
	case errors.As(e.Err, &f):
		kind, detail := f.FetchFailure()
		if key, ok := map[string]string{"refused": SourceNotAllowed, "status": SourceStatus, "size": SourceUnreadable, "resting": SourceTimeout}[kind]; ok {
			return key, detail
		}
		return SourceConnection, detail
	case errors.As(e.Err, &parse):
		return SourceUnreadable, parse.What
	case errors.As(e.Err, &ocsp):
		return SourceRefusing, strconv.Itoa(ocsp.Status)
	case errors.Is(e.Err, context.DeadlineExceeded), errors.As(e.Err, &n) && n.Timeout():
		return SourceTimeout, ""
	case errors.As(e.Err, &dns):
		return SourceUnknownHost, ""
	case errors.As(e.Err, &cert):
		return SourceTLS, ""
	}
	return SourceConnection, ""
}

// SourceErrors lists the single failures inside a joined error.
func SourceErrors(err error) []*SourceError {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []*SourceError
		for _, one := range many.Unwrap() {
			out = append(out, SourceErrors(one)...)
		}
		return out
	}
	var e *SourceError
	if errors.As(err, &e) {
		return []*SourceError{e}
	}
	return nil
}
