package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"mohur/docket"
)

// PortalOptions are the parts of a Portal. Store, Client, Issuer, ClientID, Redirect and Now are required.
type PortalOptions struct {
	Store    docket.Store
	Client   *http.Client // the guarded one: the provider's addresses come from its own document
	Issuer   string       // "https://portal.example.az"
	ClientID string
	Secret   string   // empty: a public client, which PKCE alone binds
	Redirect string   // our page that the portal sends people back to
	Scopes   []string // besides openid
	FINClaim string   // names the personal code; "fin" if empty
	Now      func() time.Time
	Time     time.Duration // at the portal; 10 minutes if zero
	Choice   time.Duration // to choose between accounts; 5 minutes if zero
}

// Portal lets people in by the e-government portal, an OpenID Connect provider (S1-01; requirements 9): authorisation code with PKCE (RFC 7636), state
// and nonce, all bound to the browser session. The person is known by the FİN that the provider names; the subject stays bound to the FİN of
// its first log-in. It keeps what the provider says of itself and nothing else.
type Portal struct {
	door
	o PortalOptions

	mu      sync.Mutex
	known   *provider // nil: not asked yet
	failure error     // of the last try
	tried   time.Time
}

// provider is what an OpenID provider says of itself.
type provider struct {
	*oidc.Provider
	about providerClaims
	read  time.Time
}

// providerClaims are what the provider says of itself besides what the library reads.
type providerClaims struct {
	EndSession   string   `json:"end_session_endpoint"`
	Algorithms   []string `json:"id_token_signing_alg_values_supported"`
	NamesItself  bool     `json:"authorization_response_iss_parameter_supported"`
	PKCE         []string `json:"code_challenge_methods_supported"`
	AuthMethods  []string `json:"token_endpoint_auth_methods_supported"`
	Authorise    string   `json:"authorization_endpoint"`
	TokenAddress string   `json:"token_endpoint"`
	Keys         string   `json:"jwks_uri"`
}

// NewPortal checks the parts. The provider is asked at the first log-in, so that the program starts without it.
func NewPortal(o PortalOptions) (*Portal, error) {
	if o.Store == nil || o.Client == nil || o.Issuer == "" || o.ClientID == "" || o.Redirect == "" || o.Now == nil {
		return nil, errors.New("auth: Store, Client, Issuer, ClientID, Redirect and Now are required")
	}
	if o.FINClaim == "" {
		o.FINClaim = "fin"
	}
	d := door{store: o.Store, clock: o.Now, time: orDefault(o.Time, 10*time.Minute), choice: orDefault(o.Choice, 5*time.Minute), by: "portal"}
	return &Portal{door: d, o: o}, nil
}

// Issuer is the provider's name, by which a portal that starts a log-in at our side names itself (OpenID Connect Core 1.0, 4).
func (p *Portal) Issuer() string { return p.o.Issuer }

// Start returns the portal's address to which a browser is sent. What comes back is good for this browser, once, for some minutes.
func (p *Portal) Start(ctx context.Context, b Browser) (address string, err error) {
	at, err := p.discover(ctx)
	if err != nil {
		return "", p.refused(ctx, err, nil)
	}
	state, err := p.challenge(ctx, b.Session(), base64.RawURLEncoding)
	if err != nil {
		return "", err
	}
	return p.client(at).AuthCodeURL(state, oidc.Nonce(b.derive("nonce", state)), oauth2.S256ChallengeOption(b.derive("verifier", state))), nil
}

// Finish takes what the portal sent the browser back with and returns the person's accounts: one is entered, of several one has to be chosen with
// Choose. The state is consumed before anything is asked, so that an answer that was seen once is worth nothing.
func (p *Portal) Finish(ctx context.Context, b Browser, answer url.Values) ([]Account, error) {
	state := answer.Get("state")
	err := p.use(ctx, b.Session(), state, docket.Refuse(docket.CodeForbidden, docket.KeyPortal))
	var accounts []Account
	if err == nil {
		accounts, err = p.finish(ctx, b, state, answer)
	}
	if err != nil {
		return nil, p.refused(ctx, err, nil)
	}
	return accounts, p.admit(ctx, state, accounts, nil)
}

// finish judges what came back.
func (p *Portal) finish(ctx context.Context, b Browser, state string, answer url.Values) ([]Account, error) {
	refused := docket.Refuse(docket.CodeForbidden, docket.KeyPortal)
	at, err := p.discover(ctx)
	if err != nil {
		return nil, err
	}
	if iss := answer.Get("iss"); iss != p.o.Issuer && (iss != "" || at.about.NamesItself) {
		return nil, refused.Because(fmt.Errorf("the answer names the issuer %q", iss)) // RFC 9207, 2.4
	}
	if code := answer.Get("error"); code == "access_denied" {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyPortalCancelled)
	} else if code != "" {
		return nil, refused.Because(fmt.Errorf("the portal answers %q", code))
	}
	ctx = oidc.ClientContext(ctx, p.o.Client)
	tokens, err := p.client(at).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(b.derive("verifier", state)))
	if wrong := new(oauth2.RetrieveError); errors.As(err, &wrong) && wrong.Response.StatusCode < http.StatusInternalServerError {
		return nil, refused.Because(err)
	}
	if err != nil {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyPortalDown).Because(err)
	}
	claims, err := p.judge(ctx, at, tokens, b.derive("nonce", state))
	if err != nil {
		return nil, refused.Because(err)
	}
	return p.person(ctx, at, tokens, claims)
}

// idClaims are the ID token's claims as they are.
type idClaims map[string]any

// text is a claim that is a text, or a number that was meant as one.
func (c idClaims) text(name string) string {
	s, _ := c[name].(string)
	return strings.TrimSpace(s)
}

// judge checks the ID token: signature by one of the provider's keys with an asymmetric algorithm, issuer, audience, expiry, nonce, the authorised
// party where there are several audiences, and the access token's hash (OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8).
func (p *Portal) judge(ctx context.Context, at *provider, tokens *oauth2.Token, nonce string) (idClaims, error) {
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return nil, errors.New("the portal's answer holds no ID token")
	}
	id, err := at.VerifierContext(ctx, &oidc.Config{ClientID: p.o.ClientID, SupportedSigningAlgs: asymmetric(at.about.Algorithms), Now: p.o.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	var claims idClaims
	if err := id.Claims(&claims); err != nil {
		return nil, err
	}
	switch {
	case subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1:
		return nil, errors.New("the ID token was made for another log-in: its nonce differs")
	case len(id.Audience) > 1 && claims.text("azp") != p.o.ClientID:
		return nil, errors.New("the ID token was made for another client: azp differs")
	case claims.text("azp") != "" && claims.text("azp") != p.o.ClientID:
		return nil, errors.New("the ID token was made for another client: azp differs")
	case id.Subject == "" || len(id.Subject) > 255:
		return nil, errors.New("the ID token names no subject")
	case id.IssuedAt.After(p.now().Add(5 * time.Minute)):
		return nil, errors.New("the ID token comes from the future")
	case id.AccessTokenHash != "":
		return claims, id.VerifyAccessToken(tokens.AccessToken)
	}
	return claims, nil
}

// asymmetric keeps the signature algorithms that need no shared secret, RS256 where the provider names none.
func asymmetric(named []string) (out []string) {
	for _, a := range []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.EdDSA} {
		if slices.Contains(named, a) {
			out = append(out, a)
		}
	}
	if len(out) == 0 {
		return []string{oidc.RS256}
	}
	return out
}

// person finds the accounts of the person: by the FİN of the ID token, else of the provider's answer about the person.
func (p *Portal) person(ctx context.Context, at *provider, tokens *oauth2.Token, claims idClaims) ([]Account, error) {
	fin := claims.text(p.o.FINClaim)
	if fin == "" && at.UserInfoEndpoint() != "" {
		info, err := at.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
		if err != nil {
			return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyPortalDown).Because(err)
		}
		var more idClaims
		if err := info.Claims(&more); err != nil || info.Subject != claims.text("sub") { // OpenID Connect Core 1.0, 5.3.2: another subject's answer is not used
			return nil, docket.Refuse(docket.CodeForbidden, docket.KeyPortal).Because(err)
		}
		fin = more.text(p.o.FINClaim)
	}
	fin = strings.ToUpper(fin)
	if fin == "" || len(fin) > 16 {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyPortalNoCode)
	}
	accounts, err := p.accountsOf(ctx, fin, docket.Refuse(docket.CodeForbidden, docket.KeyPortalUnknown))
	if err != nil {
		return nil, err
	}
	return accounts, p.bind(ctx, claims.text("sub"), fin)
}

// bind holds the provider's subject to the FİN it came with first.
func (p *Portal) bind(ctx context.Context, subject, fin string) error {
	return p.store.InTx(ctx, func(w docket.Work) error {
		bound, err := w.BindSubject(ctx, &docket.PortalSubject{Issuer: p.o.Issuer, Subject: subject, FIN: fin, Bound: p.now()})
		if err == nil && bound.FIN != fin {
			return docket.Refuse(docket.CodeForbidden, docket.KeyPortalOther)
		}
		return err
	})
}

// Local is the path of one of our own pages, empty for any other address. Whose pages are ours the configuration says, never a request.
func (p *Portal) Local(target string) string {
	ours, err := url.Parse(p.o.Redirect)
	if err != nil {
		return ""
	}
	u, err := ours.Parse(target)
	if err != nil || u.Scheme != ours.Scheme || u.Host != ours.Host || u.User != nil {
		return ""
	}
	return u.RequestURI()
}

// LogOutAddress is where the person can leave the portal as well (OpenID Connect RP-Initiated Logout 1.0), empty where it has no such page or was
// not asked yet. It leads back to our first page.
func (p *Portal) LogOutAddress() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || p.known.about.EndSession == "" {
		return ""
	}
	u, err := url.Parse(p.known.about.EndSession)
	if err != nil {
		return ""
	}
	back, err := url.Parse(p.o.Redirect)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.o.ClientID)
	q.Set("post_logout_redirect_uri", back.ResolveReference(&url.URL{Path: "/"}).String())
	u.RawQuery = q.Encode()
	return u.String()
}

// client is ours at the provider.
func (p *Portal) client(at *provider) *oauth2.Config {
	e, ways := at.Endpoint(), at.about.AuthMethods
	e.AuthStyle = oauth2.AuthStyleInHeader
	if p.o.Secret == "" || slices.Contains(ways, "client_secret_post") && !slices.Contains(ways, "client_secret_basic") {
		e.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.o.ClientID, ClientSecret: p.o.Secret, RedirectURL: p.o.Redirect, Endpoint: e, Scopes: append([]string{oidc.ScopeOpenID}, p.o.Scopes...)}
}

// How long what the provider says of itself is believed, and how long it is left alone after a failure. Its keys are read again whenever an unknown
// one is named.
const (
	providerAge  = time.Hour
	providerRest = 5 * time.Second
)

// discover reads what the provider says of itself; what was read before serves while it does not answer.
func (p *Portal) discover(ctx context.Context) (*provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.known != nil && now.Sub(p.known.read) < providerAge {
		return p.known, nil
	}
	if p.failure == nil || now.Sub(p.tried) >= providerRest {
		var fresh *provider
		if fresh, p.failure = p.discovered(ctx); p.failure == nil {
			p.known = fresh
		}
		p.tried = now
	}
	if p.known == nil {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyPortalDown).Because(p.failure)
	}
	return p.known, nil
}

// discovered asks the provider. An endpoint without TLS is refused where the issuer has it.
func (p *Portal) discovered(ctx context.Context) (*provider, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.o.Client), p.o.Issuer)
	if err != nil {
		return nil, err
	}
	at := &provider{Provider: found, read: p.now()}
	if err := at.Claims(&at.about); err != nil {
		return nil, err
	}
	if strings.HasPrefix(p.o.Issuer, "https:") {
		for _, a := range []string{at.about.Authorise, at.about.TokenAddress, at.about.Keys, at.UserInfoEndpoint(), at.about.EndSession} {
			if a != "" && !strings.HasPrefix(a, "https:") {
				return nil, fmt.Errorf("the portal names %s, without TLS", a)
			}
		}
	}
	if len(at.about.PKCE) > 0 && !slices.Contains(at.about.PKCE, "S256") {
		return nil, errors.New("the portal knows no PKCE with S256")
	}
	return at, nil
}
