// Package auth keeps the sessions of people at the pages: on the server, under a hash of the cookie. It knows accounts by their id only;
// who they are, what they may do and which log-in link is worth something is the desk's business. A log-in by certificate is judged here:
// nonce, origin, signature, certificate, and whose accounts it opens.
package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"mohur/docket"
)

// Options are the parts of a Service. Sessions and Now are required.
type Options struct {
	Sessions SessionStore
	Now      func() time.Time
	Secure   bool          // cookies go over TLS only; false for http://localhost alone
	Lifetime time.Duration // of a session; 8 hours if zero
	Idle     time.Duration // a session nobody uses ends; 30 minutes if zero
	OnError  func(http.ResponseWriter, *http.Request, error)
}

// Service keeps sessions. It is safe for concurrent use.
type Service struct {
	manager *scs.SessionManager
}

// Left is how long the session of a request lasts if nothing else comes: until it was idle too long or is too old, whichever is first.
func (s *Service) Left(ctx context.Context, now time.Time) time.Duration {
	return max(min(s.manager.IdleTimeout, s.manager.Deadline(ctx).Sub(now)), 0)
}

// Names of what a session holds. No personal data is kept in it.
const (
	keyAccount = "account"
	keyPage    = "page."
	keyBinding = "binding"
)

// New returns a Service. It fails where a required option is missing.
func New(o Options) (*Service, error) {
	if o.Sessions == nil || o.Now == nil {
		return nil, errors.New("auth: Sessions and Now are required")
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
	return &Service{manager: m}, nil
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

// LogIn starts a session for an account under a new session token, so that a token planted before is worth nothing (session fixation),
// and forgets what was noted before. The caller has checked who it is.
func (s *Service) LogIn(ctx context.Context, account string) error {
	if err := s.manager.Clear(ctx); err != nil {
		return fmt.Errorf("auth: clear the session: %w", err)
	}
	if err := s.manager.RenewToken(ctx); err != nil {
		return fmt.Errorf("auth: renew the session: %w", err)
	}
	s.manager.Put(ctx, keyAccount, account)
	return nil
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

// Binding is the hash of a secret that lives as long as the session and was never anywhere else: what is bound to it can be finished by this
// session only. A visitor without a session gets one. Logging in ends it with everything that was noted before.
func (s *Service) Binding(ctx context.Context) docket.Hash {
	secret := s.manager.GetString(ctx, keyBinding)
	if secret == "" {
		secret = docket.NewSecret()
		s.manager.Put(ctx, keyBinding, secret)
	}
	return hashOf(secret)
}

// Put notes a small value in the session: the state of a form of somebody who has no account yet.
func (s *Service) Put(ctx context.Context, name, value string) {
	s.manager.Put(ctx, keyPage+name, value)
}

// Get returns what Put noted, empty where nothing is.
func (s *Service) Get(ctx context.Context, name string) string {
	return s.manager.GetString(ctx, keyPage+name)
}

// Drop forgets what Put noted.
func (s *Service) Drop(ctx context.Context, name string) { s.manager.Remove(ctx, keyPage+name) }
