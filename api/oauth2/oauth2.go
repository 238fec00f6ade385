// Package oauth2 is the HTTP side of internal/oauth: where programs get and give back access tokens, and where they read how (RFC 6749, RFC
// 7009, RFC 8414). It reads parameters and writes answers; it decides nothing and knows no document.
package oauth2

import (
	"crypto/x509"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mohur/api/mount"
	"mohur/internal/oauth"
)

// Options are the parts of the routes. All are required.
type Options struct {
	Service *oauth.Service
	Log     *slog.Logger
}

// maxForm bounds a request: an assertion and a few words.
const maxForm = 64 << 10

// TokenForm is the body of a request for a token.
type TokenForm struct {
	GrantType     string `json:"grant_type,omitempty" enum:"client_credentials,authorization_code"`
	Scope         string `json:"scope,omitempty" doc:"service, the default"`
	ClientID      string `json:"client_id,omitempty" doc:"needed with a TLS certificate"`
	AssertionType string `json:"client_assertion_type,omitempty" doc:"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"`
	Assertion     string `json:"client_assertion,omitempty" doc:"a JWT of ES256, PS256, RS256 or EdDSA: iss and sub the client, aud the service or this endpoint, exp, jti"`
	Code          string `json:"code,omitempty"`
	RedirectURI   string `json:"redirect_uri,omitempty"`
	Verifier      string `json:"code_verifier,omitempty"`
}

// RevokeForm is the body of a request that a token end.
type RevokeForm struct {
	Token         string `json:"token,omitempty"`
	Hint          string `json:"token_type_hint,omitempty" doc:"not needed"`
	ClientID      string `json:"client_id,omitempty"`
	AssertionType string `json:"client_assertion_type,omitempty"`
	Assertion     string `json:"client_assertion,omitempty"`
}

// formType is the media type of both.
const formType = "application/x-www-form-urlencoded"

// Routes are the endpoints below a prefix: "" for the service's own, "/csc/v1" and the like for clients that look there. Only the first has the
// metadata.
func Routes(o Options, prefix, id string) []mount.Route {
	out := []mount.Route{{
		Method: http.MethodPost, Path: prefix + oauth.PathToken, ID: id + "postToken", Tag: "authorisation", Open: true,
		Summary: "An access token for a program that proves its key", Kind: formType, Request: TokenForm{}, Answer: oauth.Token{}, Handler: o.token,
		Description: "By private_key_jwt (RFC 7523), or at the listener that asks for certificates by tls_client_auth or self_signed_tls_client_auth (RFC 8705). There are no client secrets.",
	}, {
		Method: http.MethodPost, Path: prefix + oauth.PathRevoke, ID: id + "postRevoke", Tag: "authorisation", Open: true,
		Summary: "End a token", Kind: formType, Request: RevokeForm{}, Handler: o.revoke,
	}}
	if prefix == "" {
		out = append(out, mount.Route{
			Method: http.MethodGet, Path: oauth.PathMetadata, ID: "getAuthorizationServer", Tag: "authorisation", Open: true,
			Summary: "How to get a token (RFC 8414)", Answer: oauth.Metadata{}, Handler: o.metadata,
		})
	}
	return out
}

// token answers a request for a token.
func (o Options) token(w http.ResponseWriter, r *http.Request) {
	form, err := readForm(w, r)
	if err != nil {
		Refuse(w, r, o.Log, err)
		return
	}
	t, err := o.Service.Token(r.Context(), oauth.TokenRequest{
		Credentials: credentials(r, form), GrantType: form.Get("grant_type"), Scope: form.Get("scope"), Code: form.Get("code"),
		RedirectURI: form.Get("redirect_uri"), Verifier: form.Get("code_verifier"),
	})
	if err != nil {
		Refuse(w, r, o.Log, err)
		return
	}
	mount.WriteJSON(w, http.StatusOK, t)
}

// revoke ends a token (RFC 7009, 2.2: 200 without a body, also for a token that is unknown).
func (o Options) revoke(w http.ResponseWriter, r *http.Request) {
	form, err := readForm(w, r)
	if err == nil {
		err = o.Service.Revoke(r.Context(), credentials(r, form), form.Get("token"))
	}
	if err != nil {
		Refuse(w, r, o.Log, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// metadata describes the server.
func (o Options) metadata(w http.ResponseWriter, _ *http.Request) {
	mount.WriteJSON(w, http.StatusOK, o.Service.Metadata())
}

// readForm reads the body, never the address: secrets don't belong into logs of addresses. No parameter may come twice (RFC 6749, 3.2).
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != formType {
		return nil, &oauth.Error{Code: "invalid_request", Description: "The body is a form: " + formType, Status: http.StatusBadRequest}
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return nil, &oauth.Error{Code: "invalid_request", Description: "The form can't be read, or is too long", Status: http.StatusBadRequest, Err: err}
	}
	for _, all := range r.PostForm {
		if len(all) > 1 {
			return nil, &oauth.Error{Code: "invalid_request", Description: "A parameter stands twice", Status: http.StatusBadRequest}
		}
	}
	return r.PostForm, nil
}

// credentials are what a request says of its client.
func credentials(r *http.Request, form url.Values) oauth.Credentials {
	return oauth.Credentials{
		ClientID: form.Get("client_id"), AssertionType: form.Get("client_assertion_type"), Assertion: form.Get("client_assertion"), Secret: form.Get("client_secret"),
		Basic: r.Header.Get("Authorization") != "", Endpoint: r.URL.Path, Peer: peer(r),
	}
}

// peer is the certificate of the connection with what came beside it: only our own listener sees any, and no header counts (decisions 20).
func peer(r *http.Request) []*x509.Certificate {
	if r.TLS == nil {
		return nil
	}
	return r.TLS.PeerCertificates
}

// Authenticate recognises the caller of a request by its access token or the certificate of its connection. A token that activates one set of
// signatures opens nothing but the routes below /csc/.
func Authenticate(s *oauth.Service, below func(path string) bool) mount.Authenticate {
	return func(r *http.Request) (mount.Caller, bool, error) {
		token, ok := mount.Bearer(r)
		if !ok && r.Header.Get("Authorization") != "" {
			return mount.Caller{}, false, nil
		}
		grant, err := s.Authenticate(r.Context(), token, peer(r))
		if err != nil || grant == nil {
			return mount.Caller{}, false, err
		}
		c := mount.Caller{Name: grant.Client.Name, Tenant: grant.Client.Tenant, Method: mount.MethodOAuth2}
		switch grant.Scope {
		case "":
			c.Method = mount.MethodMTLS
		case oauth.ScopeService:
		default:
			if !below(r.URL.Path) {
				return mount.Caller{}, false, oauth.ErrToken
			}
		}
		return c, true, nil
	}
}

// Refuse answers with an error of internal/oauth, or says that something of ours failed, and logs what is behind it.
func Refuse(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	e, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		log.ErrorContext(r.Context(), "request failed", slog.String("path", r.URL.Path), slog.Any("error", err))
		mount.WriteJSON(w, http.StatusInternalServerError, mount.OAuthError{Code: "server_error", Description: "Something of ours failed"})
		return
	}
	log.InfoContext(r.Context(), "request refused", slog.String("path", r.URL.Path), slog.Any("error", err))
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer error="`+e.Code+`"`)
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
	}
	mount.WriteJSON(w, e.Status, mount.OAuthError{Code: e.Code, Description: e.Description})
}
