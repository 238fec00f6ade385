package demopki

import (
	"context"
	"time"

	"mohur/certs"
)

// Source is the hierarchy's revocation data as a network would bring them, without a network: a certs.RevocationSource for one
// goroutine.
type Source struct {
	h     *Hierarchy
	now   func() time.Time
	lists bool
	made  map[string][]byte // lists by issuer and time: a published list is the same for everyone
}

// Responders answers for each certificate by OCSP; a nil clock is the hierarchy's.
func (h *Hierarchy) Responders(now func() time.Time) *Source { return h.source(now, false) }

// Lists gives the CRL of each certificate's issuer.
func (h *Hierarchy) Lists(now func() time.Time) *Source { return h.source(now, true) }

func (h *Hierarchy) source(now func() time.Time, lists bool) *Source {
	if now == nil {
		now = h.opt.Now
	}
	return &Source{h: h, now: now, lists: lists, made: map[string][]byte{}}
}

// Revocation gives what is known about a certificate at the clock's time; nothing about certificates of other issuers.
func (s *Source) Revocation(_ context.Context, cert, issuer *certs.Certificate) ([]certs.RevocationData, error) {
	if len(cert.CRLURLs()) == 0 {
		return nil, nil
	}
	for _, a := range s.h.authorities() {
		if string(a.cert.Raw) != string(issuer.Raw) {
			continue
		}
		d := certs.RevocationData{Origin: certs.OriginOnline, Source: s.h.opt.BaseURL}
		if s.lists {
			der, err := s.list(a)
			if err != nil {
				return nil, err
			}
			d.CRL, err = certs.ParseCRL(der)
			return []certs.RevocationData{d}, err
		}
		der, err := s.h.OCSPAt(cert.Raw, s.now())
		if err != nil {
			return nil, err
		}
		d.OCSP, err = certs.ParseOCSP(der)
		return []certs.RevocationData{d}, err
	}
	return nil, nil
}

func (s *Source) list(a *authority) ([]byte, error) {
	at := s.now()
	key := a.slug + at.String()
	if s.made[key] == nil {
		der, err := s.h.crl(a, at)
		if err != nil {
			return nil, err
		}
		s.made[key] = der
	}
	return s.made[key], nil
}
