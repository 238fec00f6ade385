// Package auth says who is at the other end: sessions kept on the server, and log-in by one-time links instead of passwords. It knows
// accounts by their id only; who they are and what they may do is the desk's business.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
)

// ErrLink says that a log-in link is worth nothing: unknown, used or expired, which look the same on purpose.
var ErrLink = errors.New("auth: the log-in link is unknown, used or expired")

// LinkLifetime is how long the link of a notice of approval can be used (requirements 8, 17).
const LinkLifetime = 72 * time.Hour

// Options are the parts of a Service. Sessions, Links and Now are required.
type Options struct {
	Sessions SessionStore
	Links    LinkStore
	Now      func() time.Time
	Secure   bool          // cookies go over TLS only; false for http://localhost alone
	Lifetime time.Duration // of a session; 8 hours if zero
	Idle     time.Duration // a session nobody uses ends; 30 minutes if zero
	OnError  func(http.ResponseWriter, *http.Request, error)
}

// Service keeps sessions and log-in links. It is safe for concurrent use.
type Service struct {
	manager *scs.SessionManager
	links   LinkStore
	now     func() time.Time
}

// Names of what a session holds. No personal data is kept in it.
const (
	keyAccount = "account"
	keySeat    = "seat"
)

// New returns a Service. It fails where a required option is missing.
func New(o Options) (*Service, error) {
	if o.Sessions == nil || o.Links == nil || o.Now == nil {
		return nil, errors.New("auth: Sessions, Links and Now are required")
	}
	m := scs.New()
	m.Store = scsStore{store: o.Sessions, now: o.Now}
	m.HashTokenInStore = true
	m.Lifetime, m.IdleTimeout = orDefault(o.Lifetime, 8*time.Hour), orDefault(o.Idle, 30*time.Minute)
	m.Cookie.Name = "mohur"
	if o.Secure {
		m.Cookie.Name = "__Host-mohur" // RFC 6265bis, 4.1.3.2: this host only, over TLS only
	}
	m.Cookie.Secure = o.Secure
	m.Cookie.Persist = false
	if o.OnError != nil {
		m.ErrorFunc = o.OnError
	}
	return &Service{manager: m, links: o.Links, now: o.Now}, nil
}

// orDefault returns d, or def where d is zero.
func orDefault(d, def time.Duration) time.Duration {
	if d == 0 {
		return def
	}
	return d
}

// Sessions is the middleware that loads and saves the session of a request. Everything below needs it.
func (s *Service) Sessions(next http.Handler) http.Handler { return s.manager.LoadAndSave(next) }

// NewLink makes a one-time log-in link for an account and returns its token: 256 random bits, of which only a hash is stored.
func (s *Service) NewLink(ctx context.Context, account string, lifetime time.Duration) (string, error) {
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return "", fmt.Errorf("auth: random numbers: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	l := Link{Hash: hashToken(token), Account: account, Expires: s.now().Add(lifetime)}
	if err := s.links.SaveLink(ctx, l); err != nil {
		return "", fmt.Errorf("auth: save the link: %w", err)
	}
	return token, nil
}

// LogIn uses up a link and starts a session for its account under a new session token, so that a token planted before is worth nothing
// (session fixation). It returns ErrLink for a link that can't be used.
func (s *Service) LogIn(ctx context.Context, token string) (account string, err error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(32) {
		return "", ErrLink
	}
	account, ok, err := s.links.ConsumeLink(ctx, hashToken(token), s.now())
	if err != nil {
		return "", fmt.Errorf("auth: use the link: %w", err)
	}
	if !ok {
		return "", ErrLink
	}
	if err := s.manager.Clear(ctx); err != nil {
		return "", fmt.Errorf("auth: clear the session: %w", err)
	}
	if err := s.manager.RenewToken(ctx); err != nil {
		return "", fmt.Errorf("auth: renew the session: %w", err)
	}
	s.manager.Put(ctx, keyAccount, account)
	return account, nil
}

// LogOut ends the session.
func (s *Service) LogOut(ctx context.Context) error {
	if err := s.manager.Destroy(ctx); err != nil {
		return fmt.Errorf("auth: end the session: %w", err)
	}
	return nil
}

// Account is the account of the session, empty where nobody is logged in.
func (s *Service) Account(ctx context.Context) string { return s.manager.GetString(ctx, keyAccount) }

// ChooseSeat notes for which body, or for the Agency, the person acts in this session. The caller checks that the seat is his.
func (s *Service) ChooseSeat(ctx context.Context, seat string) error {
	if err := s.manager.RenewToken(ctx); err != nil { // more rights than before: a new token
		return fmt.Errorf("auth: renew the session: %w", err)
	}
	s.manager.Put(ctx, keySeat, seat)
	return nil
}

// Seat is the seat chosen in this session, empty where none is.
func (s *Service) Seat(ctx context.Context) string { return s.manager.GetString(ctx, keySeat) }

// Put notes a small value in the session: the state of a form of somebody who has no account yet.
func (s *Service) Put(ctx context.Context, name, value string) {
	s.manager.Put(ctx, "page."+name, value)
}

// Get returns what Put noted, empty where nothing is.
func (s *Service) Get(ctx context.Context, name string) string {
	return s.manager.GetString(ctx, "page."+name)
}

// Drop forgets what Put noted.
func (s *Service) Drop(ctx context.Context, name string) { s.manager.Remove(ctx, "page."+name) }

// hashToken is the form in which a token is stored.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
