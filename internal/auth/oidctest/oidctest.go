// Package oidctest is a small, strict OpenID provider for tests and for a look round: the e-government portal's part in a log-in. It wants PKCE with S256,
// state, nonce and the exact address to come back to, shows a page with one button for each of its people, and answers each code once. What it
// signs can be spoilt. It knows nothing of the office.
package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Person is somebody whom the provider knows.
type Person struct{ Subject, Name, FIN string }

// Options are the parts of a Provider. ClientID and Now are required.
type Options struct {
	ClientID string
	Secret   string // empty: a public client
	Redirect string // the only address that people are sent back to; UseRedirect sets it later
	People   []Person
	Now      func() time.Time
	// InfoOnly keeps the FİN out of ID tokens: it is in the answer about the person alone.
	InfoOnly bool
	// Claims changes an ID token's claims before it is signed; Sign takes the place of the provider's signature; Answer changes what the browser
	// carries back. All for tests of who is told something wrong.
	Claims func(map[string]any)
	Sign   func(claims map[string]any, key *ecdsa.PrivateKey) (string, error)
	Answer func(url.Values)
	// Document changes what the provider says of itself.
	Document func(map[string]any)
}

// Provider is the running provider.
type Provider struct {
	// Issuer is its address and name.
	Issuer string

	mu    sync.Mutex
	o     Options
	key   *ecdsa.PrivateKey
	codes map[string]*grant
	given map[string]Person // by access token
	asked int
	srv   *httptest.Server
}

// grant is what a code stands for.
type grant struct {
	person    Person
	challenge string
	nonce     string
	redirect  string
	expires   time.Time
}

// Start makes a provider on a loopback address; stop ends it.
func Start(o Options) (p *Provider, stop func(), err error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	p = &Provider{o: o, key: key, codes: map[string]*grant{}, given: map[string]Person{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.document)
	mux.HandleFunc("GET /jwks", p.keys)
	mux.HandleFunc("GET /authorize", p.authorise)
	mux.HandleFunc("POST /authorize", p.decide)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	mux.HandleFunc("GET /logout", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.FormValue("post_logout_redirect_uri"), http.StatusFound)
	})
	p.srv = httptest.NewServer(mux)
	p.Issuer = p.srv.URL
	return p, p.srv.Close, nil
}

// Address is "127.0.0.1:port", for a guarded client's map.
func (p *Provider) Address() string { return p.srv.Listener.Addr().String() }

// UseRedirect sets the address that people are sent back to.
func (p *Provider) UseRedirect(address string) { p.change(func(o *Options) { o.Redirect = address }) }

// Change changes the options while the provider runs.
func (p *Provider) Change(do func(*Options)) { p.change(do) }

func (p *Provider) change(do func(*Options)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do(&p.o)
}

func (p *Provider) options() Options {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.o
}

// Asked says how many codes were exchanged for tokens.
func (p *Provider) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// Choose answers an authorisation address as a person's browser would after his click: it returns where the browser is sent back to.
func (p *Provider) Choose(address, subject string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	form := u.Query()
	form.Set("person", subject)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.PostForm(p.Issuer+"/authorize", form)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusFound {
		return nil, fmt.Errorf("oidctest: the provider answers %s", res.Status)
	}
	return res.Location()
}

func (p *Provider) document(w http.ResponseWriter, _ *http.Request) {
	d := map[string]any{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token", "jwks_uri": p.Issuer + "/jwks",
		"userinfo_endpoint": p.Issuer + "/userinfo", "end_session_endpoint": p.Issuer + "/logout", "response_types_supported": []string{"code"},
		"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"}, "code_challenge_methods_supported": []string{"S256"},
		"token_endpoint_auth_methods_supported": []string{"client_secret_basic"}, "authorization_response_iss_parameter_supported": true,
	}
	if o := p.options(); o.Document != nil {
		o.Document(d)
	}
	send(w, http.StatusOK, d)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	send(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.key.Public(), KeyID: "k1", Algorithm: "ES256", Use: "sig"}}})
}

// wrong says what a strict provider finds wrong with a request, empty if nothing.
func wrong(o Options, q url.Values) string {
	switch {
	case q.Get("client_id") != o.ClientID || q.Get("redirect_uri") != o.Redirect:
		return "an unknown client or address"
	case q.Get("response_type") != "code":
		return "response_type"
	case !slices.Contains(strings.Fields(q.Get("scope")), "openid"):
		return "scope"
	case len(q.Get("state")) < 22 || len(q.Get("nonce")) < 22:
		return "state or nonce of less than 128 bits"
	case len(q.Get("code_challenge")) != 43 || q.Get("code_challenge_method") != "S256":
		return "no PKCE with S256"
	}
	return ""
}

const chooseText = `<!DOCTYPE html><html lang="az"><head><meta charset="utf-8"><title>Portal</title><meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Portal</h1><form method="post" action="/authorize">{{range $name, $values := .Query}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">{{end}}{{end}}
{{range .People}}<p><button id="{{.Subject}}" name="person" value="{{.Subject}}">{{.Name}}</button></p>{{end}}<p><button id="decline" name="person" value="">İmtina et</button></p></form></main></body></html>`

// authorise shows the people.
func (p *Provider) authorise(w http.ResponseWriter, r *http.Request) {
	o := p.options()
	if what := wrong(o, r.URL.Query()); what != "" {
		http.Error(w, what, http.StatusBadRequest)
		return
	}
	choose, err := template.New("").Parse(chooseText)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = choose.Execute(w, struct {
		Query  url.Values
		People []Person
	}{r.URL.Query(), o.People})
}

// decide sends the browser back with a code.
func (p *Provider) decide(w http.ResponseWriter, r *http.Request) {
	o := p.options()
	if err := r.ParseForm(); err != nil || wrong(o, r.Form) != "" {
		http.Error(w, wrong(o, r.Form), http.StatusBadRequest)
		return
	}
	back := url.Values{"state": {r.Form.Get("state")}, "iss": {p.Issuer}}
	i := slices.IndexFunc(o.People, func(x Person) bool { return x.Subject == r.Form.Get("person") })
	if i < 0 {
		back.Set("error", "access_denied")
	} else {
		code := rand.Text()
		p.mu.Lock()
		p.codes[code] = &grant{o.People[i], r.Form.Get("code_challenge"), r.Form.Get("nonce"), o.Redirect, o.Now().Add(time.Minute)}
		p.mu.Unlock()
		back.Set("code", code)
	}
	if o.Answer != nil {
		o.Answer(back)
	}
	http.Redirect(w, r, o.Redirect+"?"+back.Encode(), http.StatusFound)
}

// token exchanges a code, once, for whoever holds its verifier.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	o := p.options()
	refuse := func(status int, code string) { send(w, status, map[string]string{"error": code}) }
	id, secret, basic := r.BasicAuth()
	if basic { // RFC 6749, 2.3.1: both are encoded as in a form
		id, _ = url.QueryUnescape(id)
		secret, _ = url.QueryUnescape(secret)
	} else {
		id, secret = r.PostFormValue("client_id"), ""
	}
	if id != o.ClientID || subtle.ConstantTimeCompare([]byte(secret), []byte(o.Secret)) != 1 {
		refuse(http.StatusUnauthorized, "invalid_client")
		return
	}
	p.mu.Lock()
	g := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.asked++
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if r.PostFormValue("grant_type") != "authorization_code" || g == nil || !o.Now().Before(g.expires) || r.PostFormValue("redirect_uri") != g.redirect ||
		base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		refuse(http.StatusBadRequest, "invalid_grant")
		return
	}
	access := rand.Text()
	raw, err := p.idToken(o, g, access)
	if err != nil {
		refuse(http.StatusInternalServerError, "server_error")
		return
	}
	p.mu.Lock()
	p.given[access] = g.person
	p.mu.Unlock()
	send(w, http.StatusOK, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 60, "id_token": raw})
}

// idToken signs who logged in.
func (p *Provider) idToken(o Options, g *grant, access string) (string, error) {
	now, half := o.Now(), sha256.Sum256([]byte(access))
	claims := map[string]any{
		"iss": p.Issuer, "sub": g.person.Subject, "aud": o.ClientID, "exp": now.Add(5 * time.Minute).Unix(), "iat": now.Unix(), "nonce": g.nonce,
		"name": g.person.Name, "at_hash": base64.RawURLEncoding.EncodeToString(half[:16]),
	}
	if !o.InfoOnly {
		claims["fin"] = g.person.FIN
	}
	if o.Claims != nil {
		o.Claims(claims)
	}
	if o.Sign != nil {
		return o.Sign(claims, p.key)
	}
	return Sign(claims, p.key)
}

// Sign makes an ES256 token of claims.
func Sign(claims map[string]any, key *ecdsa.PrivateKey) (string, error) {
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		return "", err
	}
	b, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := s.Sign(b)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// userInfo tells who holds an access token.
func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	who, ok := p.given[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	p.mu.Unlock()
	if !ok {
		send(w, http.StatusUnauthorized, map[string]string{"error": "invalid_token"})
		return
	}
	send(w, http.StatusOK, map[string]string{"sub": who.Subject, "name": who.Name, "fin": who.FIN})
}

func send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
