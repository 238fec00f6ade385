package oauth

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"mohur/docket"
)

// AssertionType is the one way to prove a key in a request (RFC 7523, 2.2).
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Bounds of an assertion's times.
const (
	clockSkew     = 30 * time.Second
	longestAssert = 10 * time.Minute
	maxJTI        = 256
)

// Credentials are how a request says who its client is: an assertion, or the connection's certificate with the client's name.
type Credentials struct {
	ClientID      string
	AssertionType string
	Assertion     string
	Secret        string              // refused: there are no client secrets
	Basic         bool                // so is HTTP Basic
	Peer          []*x509.Certificate // of the connection, the client's first
	Endpoint      string              // the path that was asked, which an assertion may be made for
}

// client recognises the client of a request. Every refusal says the same; the reason is for the log.
func (s *Service) client(ctx context.Context, c Credentials) (*Client, error) {
	if c.Secret != "" || c.Basic {
		return nil, invalidClient(errors.New("oauth: a client secret"))
	}
	if c.AssertionType != "" || c.Assertion != "" {
		return s.byAssertion(ctx, c)
	}
	found, err := s.byCertificate(c.Peer)
	switch {
	case err != nil:
		return nil, invalidClient(err)
	case found.Name != c.ClientID: // RFC 8705, 2: client_id is required
		return nil, invalidClient(fmt.Errorf("oauth: client_id %q with the certificate of %s", c.ClientID, found.Name))
	}
	return found, nil
}

// byAssertion checks an assertion as RFC 7523, 3 has it.
func (s *Service) byAssertion(ctx context.Context, c Credentials) (*Client, error) {
	if c.AssertionType != AssertionType {
		return nil, invalidClient(fmt.Errorf("oauth: client_assertion_type %q", c.AssertionType))
	}
	j, err := parseJWT(c.Assertion)
	if err != nil {
		return nil, invalidClient(err)
	}
	found := s.clients[j.claims.Subject]
	if found == nil || c.ClientID != "" && c.ClientID != found.Name {
		return nil, invalidClient(fmt.Errorf("oauth: an assertion about %q, client_id %q", j.claims.Subject, c.ClientID))
	}
	if err := j.verify(found.Keys); err != nil {
		return nil, invalidClient(err)
	}
	if err := s.checkClaims(j, c.Endpoint); err != nil {
		return nil, invalidClient(err)
	}
	if err := s.once(ctx, found, j); err != nil {
		return nil, err
	}
	return found, nil
}

// checkClaims is RFC 7523, 3 (1) to (7). An assertion that is made for somebody else too is refused: that one could use it here.
func (s *Service) checkClaims(j *jwt, endpoint string) error {
	now, c := s.Now(), j.claims
	switch {
	case j.header.Typ != "" && j.header.Typ != "JWT" && j.header.Typ != "client-authentication+jwt":
		return fmt.Errorf("oauth: typ %q", j.header.Typ)
	case c.Issuer != c.Subject:
		return fmt.Errorf("oauth: iss %q is not sub", c.Issuer)
	case len(c.Audience) != 1 || !slices.Contains(s.audiences(endpoint), c.Audience[0]):
		return fmt.Errorf("oauth: aud %q", c.Audience)
	case c.Expires == nil || !now.Before(c.Expires.Add(clockSkew)):
		return errors.New("oauth: no exp, or it is over")
	case c.Expires.After(now.Add(longestAssert)):
		return errors.New("oauth: exp lies too far ahead")
	case c.Begins != nil && now.Add(clockSkew).Before(c.Begins.Time):
		return errors.New("oauth: nbf lies ahead")
	case c.Issued != nil && now.Add(clockSkew).Before(c.Issued.Time):
		return errors.New("oauth: iat lies ahead")
	case c.ID == "" || len(c.ID) > maxJTI:
		return errors.New("oauth: no jti, or a long one")
	}
	return nil
}

// audiences are what an assertion may name: this service, or the endpoint that was asked, at either address.
func (s *Service) audiences(endpoint string) []string {
	out := []string{s.Issuer}
	if endpoint != "" {
		out = append(out, s.Issuer+endpoint)
		if s.MTLS != "" {
			out = append(out, s.MTLS+endpoint)
		}
	}
	return out
}

// once refuses an assertion that was used before (RFC 7523, 3 (7)).
func (s *Service) once(ctx context.Context, c *Client, j *jwt) error {
	err := s.Store.InTx(ctx, func(w docket.Work) error {
		return w.NoteAssertion(ctx, c.Name, hashOf(j.claims.ID), j.claims.Expires.Add(2*clockSkew))
	})
	if errors.Is(err, docket.ErrStale) {
		return invalidClient(errors.New("oauth: the assertion was used before"))
	}
	return err
}
