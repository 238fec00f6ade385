package oauth

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"

	"mohur/docket"
)

// TokenRequest is a request at the token endpoint (RFC 6749, 4.4.2 and 4.1.3).
type TokenRequest struct {
	Credentials
	GrantType   string
	Scope       string
	Code        string
	RedirectURI string
	Verifier    string // of RFC 7636, 4.5
}

// Token is its answer (RFC 6749, 5.1; RFC 9396, 7).
type Token struct {
	AccessToken string   `json:"access_token" doc:"256 random bits; opaque"`
	Type        string   `json:"token_type" example:"Bearer"`
	ExpiresIn   int      `json:"expires_in" doc:"seconds"`
	Scope       string   `json:"scope"`
	Details     []Detail `json:"authorization_details,omitempty" doc:"what a person has agreed to"`
}

// Token gives an access token to a client that proves its key.
func (s *Service) Token(ctx context.Context, r TokenRequest) (*Token, error) {
	c, err := s.client(ctx, r.Credentials)
	if err != nil {
		return nil, errors.Join(err, s.refusedClient(ctx, err))
	}
	switch r.GrantType {
	case "client_credentials":
		return s.forClient(ctx, c, r)
	case "authorization_code":
		return s.forCode(ctx, c, r)
	case "":
		return nil, refuse("invalid_request", "Missing parameter grant_type")
	}
	return nil, refuse("unsupported_grant_type", "client_credentials and authorization_code are offered")
}

// refusedClient notes a client that was not recognised.
func (s *Service) refusedClient(ctx context.Context, cause error) error {
	if e, ok := errors.AsType[*Error](cause); !ok || e.Code != "invalid_client" {
		return nil
	}
	return s.noted(ctx, docket.AuditTokenRefused)
}

// forClient is the client credentials grant.
func (s *Service) forClient(ctx context.Context, c *Client, r TokenRequest) (*Token, error) {
	if r.Scope != "" && r.Scope != ScopeService {
		return nil, refuse("invalid_scope", "The scope of a client's own token is service")
	}
	token, row := s.newToken(c, ScopeService, r.Peer)
	row.Expires = s.Now().Add(s.Lifetime)
	err := s.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.AddAccessToken(ctx, row); err != nil {
			return err
		}
		return s.audit(ctx, w, docket.Actor{}, docket.AuditTokenIssued, "", "client", c.Name, "scope", row.Scope)
	})
	if err != nil {
		return nil, err
	}
	return &Token{AccessToken: token, Type: "Bearer", ExpiresIn: int(s.Lifetime.Seconds()), Scope: row.Scope}, nil
}

// newToken makes a token. Where the connection showed the client's certificate, the token is bound to it (RFC 8705, 3).
func (s *Service) newToken(c *Client, scope string, peer []*x509.Certificate) (string, *docket.AccessToken) {
	token, hash := newSecret()
	row := &docket.AccessToken{Hash: hash, Client: c.Name, Scope: scope, Issued: s.Now()}
	if len(peer) > 0 {
		row.Certificate = docket.HashOf([32]byte(fingerprint(peer[0])))
	}
	return token, row
}

// forCode is the authorization code grant: the token that comes of it activates the signatures a person has agreed to.
func (s *Service) forCode(ctx context.Context, c *Client, r TokenRequest) (*Token, error) {
	invalid := refuse("invalid_grant", "The code is unknown, used, expired, another client's, or was asked for with another redirect_uri or code_challenge")
	if r.Code == "" || r.Verifier == "" || r.RedirectURI == "" {
		return nil, refuse("invalid_request", "code, redirect_uri and code_verifier are needed")
	}
	var a *docket.SignatureAuthorisation
	err := s.Store.Read(ctx, func(w docket.Work) (err error) {
		a, err = w.SignatureAuthorisationByCode(ctx, hashOf(r.Code))
		return err
	})
	if errors.Is(err, docket.ErrNotFound) {
		return nil, invalid
	}
	if err != nil {
		return nil, err
	}
	if a.Client != c.Name || a.RedirectURI != r.RedirectURI || !challenged(r.Verifier, a.Challenge) {
		return nil, invalid
	}
	token, row := s.newToken(c, ScopeCredential, r.Peer)
	row.Expires = s.Now().Add(secretLife)
	err = s.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.RedeemCode(ctx, a.ID, row.Hash, s.Now(), row.Expires); err != nil {
			return err
		}
		if err := w.AddAccessToken(ctx, row); err != nil {
			return err
		}
		return s.audit(ctx, w, docket.Actor{}, docket.AuditTokenIssued, a.ID, "client", c.Name, "scope", row.Scope)
	})
	if errors.Is(err, docket.ErrStale) {
		return nil, errors.Join(invalid, s.withdraw(ctx, a))
	}
	if err != nil {
		return nil, err
	}
	return &Token{AccessToken: token, Type: "Bearer", ExpiresIn: int(secretLife.Seconds()), Scope: row.Scope, Details: []Detail{detailOf(a)}}, nil
}

// withdraw ends what a code has given when the code comes a second time: somebody else may have it (RFC 6749, 4.1.2).
func (s *Service) withdraw(ctx context.Context, seen *docket.SignatureAuthorisation) error {
	return s.Store.InTx(ctx, func(w docket.Work) error {
		a, err := w.SignatureAuthorisationByCode(ctx, seen.Code)
		if err != nil || a.CodeUsed.IsZero() {
			return err
		}
		if err := w.RemoveAccessToken(ctx, a.Secret, a.Client); err != nil {
			return err
		}
		if err := w.UseSignatureAuthorisation(ctx, a.ID, s.Now()); err != nil && !errors.Is(err, docket.ErrStale) {
			return err
		}
		return s.audit(ctx, w, docket.Actor{}, docket.AuditTokenRefused, a.ID, "client", a.Client, "reason", "code_again")
	})
}

// challenged says whether the verifier is what the challenge was made of (RFC 7636, 4.6).
func challenged(verifier, challenge string) bool {
	if len(verifier) < 43 || len(verifier) > 128 {
		return false
	}
	sum := sha256.Sum256([]byte(verifier))
	made := base64.RawURLEncoding.EncodeToString(sum[:])
	return subtle.ConstantTimeCompare([]byte(made), []byte(challenge)) == 1
}

// Grant is what a request was recognised by.
type Grant struct {
	Client *Client
	Scope  string // of the token; empty with a certificate alone
}

// Authenticate recognises the client of a request by its access token, else by the certificate of its connection. It returns nil where the
// request has neither.
func (s *Service) Authenticate(ctx context.Context, token string, peer []*x509.Certificate) (*Grant, error) {
	if token != "" {
		return s.byToken(ctx, token, peer)
	}
	if len(peer) == 0 {
		return nil, nil
	}
	c, err := s.byCertificate(peer)
	if err != nil {
		return nil, invalidClient(err)
	}
	return &Grant{Client: c}, nil
}

// byToken finds a token that is in force, its client still known, and shown over the connection that it is bound to.
func (s *Service) byToken(ctx context.Context, token string, peer []*x509.Certificate) (*Grant, error) {
	if len(token) > 512 {
		return nil, ErrToken
	}
	var row *docket.AccessToken
	err := s.Store.Read(ctx, func(w docket.Work) (err error) {
		row, err = w.AccessToken(ctx, hashOf(token))
		return err
	})
	switch {
	case errors.Is(err, docket.ErrNotFound):
		return nil, ErrToken
	case err != nil:
		return nil, err
	case s.clients[row.Client] == nil || !s.Now().Before(row.Expires):
		return nil, ErrToken
	case row.Certificate != "" && (len(peer) == 0 || docket.HashOf([32]byte(fingerprint(peer[0]))) != row.Certificate):
		return nil, ErrToken
	}
	return &Grant{Client: s.clients[row.Client], Scope: row.Scope}, nil
}

// Client finds a client by its name.
func (s *Service) Client(name string) (*Client, bool) {
	c, ok := s.clients[name]
	return c, ok
}

// Revoke ends a token of the client that asks (RFC 7009, 2). A token that is unknown, or another client's, is no error.
func (s *Service) Revoke(ctx context.Context, c Credentials, token string) error {
	found, err := s.client(ctx, c)
	if err != nil {
		return errors.Join(err, s.refusedClient(ctx, err))
	}
	if token == "" {
		return refuse("invalid_request", "Missing parameter token")
	}
	return s.RevokeOf(ctx, found.Name, token)
}

// RevokeOf ends a token of a client that was recognised already. A secret that it activates signatures with ends too.
func (s *Service) RevokeOf(ctx context.Context, client, token string) error {
	return s.Store.InTx(ctx, func(w docket.Work) error {
		if err := w.RemoveAccessToken(ctx, hashOf(token), client); err != nil {
			return err
		}
		a, err := w.SignatureAuthorisationBySecret(ctx, hashOf(token))
		if errors.Is(err, docket.ErrNotFound) || err == nil && a.Client != client {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.UseSignatureAuthorisation(ctx, a.ID, s.Now()); err != nil && !errors.Is(err, docket.ErrStale) {
			return err
		}
		return nil
	})
}

// LogValue keeps a token out of logs.
func (t *Token) LogValue() slog.Value {
	return slog.StringValue(fmt.Sprintf("access token, scope %s", t.Scope))
}
