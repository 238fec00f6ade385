package certs

import (
	"context"
	"crypto/sha1" // CertID's hash, as responders of the field expect it (RFC 5019, 2.1.1)
	"errors"
	"fmt"
	"time"

	"mohur/internal/algo"
	"mohur/internal/asn1"
)

// Fetcher is the way out: a guarded client that the caller hands in. Both return the body; an error for anything but success.
type Fetcher interface {
	Get(ctx context.Context, url string) ([]byte, error)
	Post(ctx context.Context, url, contentType string, body []byte) ([]byte, error)
}

// keeper is a Fetcher that remembers answers: those that pass the check for long, and not beyond the time that it returns.
type keeper interface {
	GetChecked(ctx context.Context, url string, check func(body []byte) (time.Time, error)) ([]byte, error)
	PostChecked(ctx context.Context, url, contentType string, body []byte, check func(body []byte) (time.Time, error)) ([]byte, error)
}

const (
	ocspRequestType = "application/ocsp-request"
	maxURLs         = 4 // addresses of one kind that are tried for one certificate
)

// OnlineRevocation asks the responders and lists that certificates name: OCSP first, and CRLs where that gave no answer. It is safe for
// concurrent use if its Fetcher is.
type OnlineRevocation struct {
	// Fetch is the way out. One that keeps answers (GetChecked, PostChecked) is told which of them the issuer has signed.
	Fetch Fetcher
	// Noted is told of every certificate whose revocation was asked for, with its issuer, so that lists can be fetched ahead; nil for nobody.
	Noted func(cert, issuer *Certificate)
	// Timeout bounds all that is asked for one certificate, so that a dead responder delays a verdict by no more; default 15 s.
	Timeout time.Duration
	// Nonce makes the nonce of an OCSP request, 16 to 32 bytes; nil sends none, so that answers can be cached.
	Nonce func() ([]byte, error)
}

// Revocation asks the responders, and for CRLs where none answered. What could not be asked is in the error; what was answered counts all the same.
func (o *OnlineRevocation) Revocation(ctx context.Context, cert, issuer *Certificate) ([]RevocationData, error) {
	limited, cancel := o.limit(ctx)
	defer cancel()
	if o.Noted != nil {
		o.Noted(cert, issuer)
	}
	var errs []error
	for _, u := range firstURLs(cert.OCSPURLs) {
		d, err := o.askOCSP(limited, u, cert, issuer)
		if err == nil {
			return []RevocationData{d}, nil
		}
		errs = append(errs, &SourceError{URL: u, Kind: "OCSP", Err: err})
	}
	out, err := o.lists(limited, cert, issuer)
	return out, errors.Join(append(errs, err)...)
}

// Second gets the CRLs when a responder did answer, and the answer could not be used. A certificate without responder was asked for them before.
func (o *OnlineRevocation) Second(ctx context.Context, cert, issuer *Certificate) ([]RevocationData, error) {
	if len(firstURLs(cert.OCSPURLs)) == 0 {
		return nil, nil
	}
	limited, cancel := o.limit(ctx)
	defer cancel()
	return o.lists(limited, cert, issuer)
}

func (o *OnlineRevocation) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	timeout := o.Timeout
	if timeout == 0 {
		timeout = 15 * time.Second
	}
	return context.WithTimeout(ctx, timeout)
}

// lists gets the first CRL that can be had, with the deltas that it and the certificate name.
func (o *OnlineRevocation) lists(ctx context.Context, cert, issuer *Certificate) ([]RevocationData, error) {
	var out []RevocationData
	var errs []error
	for _, u := range firstURLs(cert.CRLURLs()) {
		d, err := o.getCRL(ctx, u, issuer)
		if err != nil {
			errs = append(errs, &SourceError{URL: u, Kind: "CRL", Err: err})
			continue
		}
		out = append(out, d)
		for _, p := range append(cert.FreshestCRL[:len(cert.FreshestCRL):len(cert.FreshestCRL)], d.CRL.FreshestCRL...) {
			for _, du := range firstURLs(p.URLs()) {
				delta, err := o.getCRL(ctx, du, issuer)
				if err != nil {
					errs = append(errs, &SourceError{URL: du, Kind: "CRL", Err: err})
					continue
				}
				out = append(out, delta)
			}
		}
		break
	}
	return out, errors.Join(errs...)
}

func firstURLs(urls []string) []string {
	var out []string
	for _, u := range urls {
		if isHTTP(u) && len(out) < maxURLs {
			out = append(out, u)
		}
	}
	return out
}

func (o *OnlineRevocation) askOCSP(ctx context.Context, url string, cert, issuer *Certificate) (RevocationData, error) {
	var nonce []byte
	if o.Nonce != nil {
		var err error
		if nonce, err = o.Nonce(); err != nil {
			return RevocationData{}, fmt.Errorf("making a nonce: %w", err)
		}
	}
	req := OCSPRequest(cert, issuer, nonce)
	r, err := o.postOCSP(ctx, url, req, cert, issuer)
	if err != nil {
		return RevocationData{}, err
	}
	if nonce != nil && r.Nonce != nil && string(r.Nonce) != string(nonce) {
		return RevocationData{}, &OCSPStatusError{URL: url, Nonce: true}
	}
	return RevocationData{OCSP: r, Origin: OriginOnline, Source: url}, nil
}

// postOCSP sends a request. An answer with a nonce is for this request only, and not kept.
func (o *OnlineRevocation) postOCSP(ctx context.Context, url string, req []byte, cert, issuer *Certificate) (*OCSPResponse, error) {
	var b []byte
	var err error
	if k, ok := o.Fetch.(keeper); ok && o.Nonce == nil {
		b, err = k.PostChecked(ctx, url, ocspRequestType, req, func(b []byte) (time.Time, error) { return CheckOCSP(b, cert, issuer) })
	} else {
		b, err = o.Fetch.Post(ctx, url, ocspRequestType, req)
	}
	if err != nil {
		return nil, err
	}
	r, err := ParseOCSP(b)
	if err != nil {
		return nil, err
	}
	if r.Status != 0 {
		return nil, &OCSPStatusError{URL: url, Status: r.Status}
	}
	return r, nil
}

func (o *OnlineRevocation) getCRL(ctx context.Context, url string, issuer *Certificate) (RevocationData, error) {
	var b []byte
	var err error
	if k, ok := o.Fetch.(keeper); ok {
		b, err = k.GetChecked(ctx, url, func(b []byte) (time.Time, error) { return CheckCRL(b, issuer) })
	} else {
		b, err = o.Fetch.Get(ctx, url)
	}
	if err != nil {
		return RevocationData{}, err
	}
	l, err := readCRL(b)
	if err != nil {
		return RevocationData{}, err
	}
	return RevocationData{CRL: l, Origin: OriginOnline, Source: url}, nil
}

// readCRL reads a published list: DER, or the first part of PEM, as some issuers have it.
func readCRL(b []byte) (*CRL, error) {
	ders := blocks(b)
	if len(ders) == 0 {
		return nil, &ParseError{What: "CRL", Err: errDER}
	}
	return ParseCRL(ders[0])
}

// OCSPStatusError says that a responder refused to answer, or answered another request.
type OCSPStatusError struct {
	URL    string
	Status int  // RFC 6960, 4.2.1: 1 malformedRequest, 2 internalError, 3 tryLater, 5 sigRequired, 6 unauthorized
	Nonce  bool // the answer carries another nonce than the request
}

// Error names the responder and what it said.
func (e *OCSPStatusError) Error() string {
	if e.Nonce {
		return fmt.Sprintf("%s: the answer belongs to another request (nonce)", e.URL)
	}
	return fmt.Sprintf("%s: the responder refused with status %d", e.URL, e.Status)
}

// OCSPRequest makes an unsigned request about one certificate, with a nonce unless it is nil.
//
//	OCSPRequest ::= SEQUENCE { tbsRequest TBSRequest, optionalSignature [0] EXPLICIT Signature OPTIONAL }
//	TBSRequest ::= SEQUENCE { version [0] EXPLICIT Version DEFAULT v1, requestorName [1] EXPLICIT GeneralName OPTIONAL,
//	  requestList SEQUENCE OF Request, requestExtensions [2] EXPLICIT Extensions OPTIONAL }
//	Request ::= SEQUENCE { reqCert CertID, singleRequestExtensions [0] EXPLICIT Extensions OPTIONAL }
//
// (RFC 6960, 4.1.1; the profile is RFC 5019's.)
func OCSPRequest(cert, issuer *Certificate, nonce []byte) []byte {
	name, key := sha1.Sum(issuer.RawSubject), sha1.Sum(issuer.keyBits())
	id := asn1.Sequence(
		asn1.Sequence(asn1.OID(algo.SHA1.OID()), asn1.Null()), asn1.OctetString(name[:]), asn1.OctetString(key[:]), asn1.Integer(cert.Serial))
	parts := [][]byte{asn1.Sequence(asn1.Sequence(id))}
	if nonce != nil {
		ext := asn1.Sequence(asn1.OID(oidOCSPNonce), asn1.OctetString(asn1.OctetString(nonce)))
		parts = append(parts, asn1.Explicit(2, asn1.Sequence(ext)))
	}
	return asn1.Sequence(asn1.Sequence(parts...))
}

// FetchIssuers follows the caIssuers addresses of a certificate and of what it finds there, up to depth, and returns every certificate found:
// candidates, not trusted. Errors of single addresses are joined; what was found counts all the same.
func FetchIssuers(ctx context.Context, f Fetcher, cert *Certificate, depth int) ([]*Certificate, error) {
	var found []*Certificate
	var errs []error
	asked := map[string]bool{}
	queue := []*Certificate{cert}
	for ; depth > 0 && len(queue) > 0; depth-- {
		var next []*Certificate
		for _, c := range queue {
			if c.IsSelfIssued() {
				continue
			}
			for _, u := range firstURLs(c.IssuerURLs) {
				if asked[u] || len(asked) >= 16 {
					continue
				}
				asked[u] = true
				b, err := f.Get(ctx, u)
				var list []*Certificate
				if err == nil {
					list, err = ParseCertificates(b)
				}
				if err != nil {
					errs = append(errs, &SourceError{URL: u, Kind: "CERTIFICATE", Err: err})
					continue
				}
				list = list[:min(len(list), 32)]
				next = append(next, list...)
			}
		}
		found = append(found, next...)
		queue = next
	}
	return found, errors.Join(errs...)
}
