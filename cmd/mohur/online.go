package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mohur/certs"
	"mohur/verify"
	"mohur/verify/etsi"
)

// onlineSources is what a run with a network asks: responders and lists for revocation, and the addresses of issuers, all through the guarded
// client, and a cache in a folder; an empty one keeps nothing beyond this run.
func onlineSources(mappings []string, dir string) (certs.RevocationSource, *issuerFetcher, error) {
	client, err := newClient(mappings)
	if err != nil {
		return nil, nil, err
	}
	cache := wayOut(client, dir, time.Now)
	return &certs.OnlineRevocation{Fetch: cache}, &issuerFetcher{fetch: cache}, nil
}

const (
	maxIncomplete  = 8                // certificates of one document whose issuers are looked for
	maxIssuerDepth = 4                // steps from a certificate towards its root
	maxIssuerTime  = 15 * time.Second // for one document
)

// issuerFetcher gets issuing certificates that a document lacks from where its certificates say they are (caIssuers, RFC 5280, 4.2.2.1). What
// it finds is a candidate and never trusted. The zero value, and nil, fetch nothing.
type issuerFetcher struct {
	fetch certs.Fetcher
	log   *slog.Logger // nil logs nothing
}

// document verifies, and when the issuer of a certificate was not found looks for it and verifies once more: verify itself fetches nothing.
func (f *issuerFetcher) document(ctx context.Context, in verify.Input, p *verify.Policy) (*verify.Report, error) {
	r, err := verify.Document(ctx, in, p)
	if err != nil || f == nil || f.fetch == nil {
		return r, err
	}
	found, failed := f.missing(ctx, in, r)
	if len(found) > 0 {
		in.Certificates = append(in.Certificates[:len(in.Certificates):len(in.Certificates)], found...)
		if r, err = verify.Document(ctx, in, p); err != nil {
			return nil, err
		}
	}
	tellIssuerFailures(r, failed)
	return r, nil
}

// missing fetches the issuers of those certificates of a report whose issuer is neither there nor trusted. One deadline holds for all.
func (f *issuerFetcher) missing(ctx context.Context, in verify.Input, r *verify.Report) ([]*certs.Certificate, []*certs.SourceError) {
	ctx, cancel := context.WithTimeout(ctx, maxIssuerTime)
	defer cancel()
	var found []*certs.Certificate
	var errs []error
	for _, c := range incomplete(in, r) {
		list, err := certs.FetchIssuers(ctx, f.fetch, c, maxIssuerDepth)
		found, errs = append(found, list...), append(errs, err)
	}
	err := errors.Join(errs...)
	if err != nil && f.log != nil {
		f.log.InfoContext(ctx, "issuing certificate not fetched", slog.Any("error", err))
	}
	return found, certs.SourceErrors(err)
}

// tellIssuerFailures adds to the signatures that lack an issuer's certificate where it was looked for in vain, and why it could not be had.
func tellIssuerFailures(r *verify.Report, failed []*certs.SourceError) {
	for _, s := range r.Signatures {
		if s.SubIndication != etsi.NoCertificateChainFound {
			continue
		}
		for _, e := range failed {
			why, detail := e.Why()
			args := []verify.Arg{{Name: "host", Value: e.Host()}, {Name: "why", Value: why}}
			if detail != "" {
				args = append(args, verify.Arg{Name: "detail", Value: detail})
			}
			s.Reasons = append(s.Reasons, verify.Reason{Key: certs.ReasonIssuerSourceFailed, Args: args, Severity: verify.SeverityWarning, Clause: "RFC 5280, 4.2.2.1"})
		}
	}
}

// incomplete lists the certificates of a report that name where their issuer is, when no certificate at hand has issued them. A certificate of the
// issuer's name is not enough: another one may bear it.
func incomplete(in verify.Input, r *verify.Report) []*certs.Certificate {
	known := map[string][]*certs.Certificate{}
	add := func(c *certs.Certificate) { known[string(c.RawSubject)] = append(known[string(c.RawSubject)], c) }
	for _, a := range in.Trust.Anchors() {
		add(a.Certificate)
	}
	for _, c := range in.Certificates {
		add(c)
	}
	var list []*certs.Certificate
	for _, cr := range r.Certificates {
		c, err := certs.Parse(cr.DER)
		if err != nil {
			continue // the report says so
		}
		add(c)
		if len(c.IssuerURLs) > 0 {
			list = append(list, c)
		}
	}
	var out []*certs.Certificate
	for _, c := range list {
		if len(out) < maxIncomplete && !issuedByOne(c, known[string(c.RawIssuer)]) {
			out = append(out, c)
		}
	}
	return out
}

// maxNamesakes bounds the certificates of an issuer's name that are tried before its address is.
const maxNamesakes = 32

func issuedByOne(c *certs.Certificate, namesakes []*certs.Certificate) bool {
	for _, k := range namesakes[:min(len(namesakes), maxNamesakes)] {
		if c.CheckSignatureFrom(k) == nil {
			return true
		}
	}
	return false
}
