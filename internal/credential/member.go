package credential

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mohur/certs"
)

// Member is one key with its certificate. Its methods may be called from several goroutines.
type Member struct {
	set        *Set
	credential string
	quiet      bool // no test signatures
	cfg        MemberConfig
	chain      []*certs.Certificate

	opening chan struct{} // held while the key is being opened
	looking chan struct{} // held while health is looked at
	judging chan struct{} // held while the certificate is being judged
	wake    chan struct{} // tells Watch that the member failed
	running atomic.Int64  // signatures in progress

	mu       sync.Mutex
	key      Key
	cert     *certs.Certificate
	label    string
	token    string
	stale    bool // the key is to be opened anew: the token may be another one
	down     *down
	standing standing
	count    counters
}

// counters are what /metrics shows.
type counters struct {
	signatures, failures, tests uint64
	lastGood                    time.Time // of a signature or a test
	lastSigned                  time.Time
	failure                     string
	failedAt                    time.Time
}

func newMember(s *Set, credential string, c MemberConfig) (*Member, error) {
	m := &Member{set: s, credential: credential, cfg: c, opening: make(chan struct{}, 1), looking: make(chan struct{}, 1), judging: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
	if c.Open == nil {
		return nil, fmt.Errorf("credential %s, member %s: nothing opens its key", credential, c.Name)
	}
	if c.Certificate != nil {
		cert, err := certs.Parse(c.Certificate)
		if err != nil {
			return nil, fmt.Errorf("credential %s, member %s: %w", credential, c.Name, err)
		}
		m.cert = cert
	}
	for _, der := range c.Chain {
		cert, err := certs.Parse(der)
		if err != nil {
			return nil, fmt.Errorf("credential %s, member %s, chain: %w", credential, c.Name, err)
		}
		m.chain = append(m.chain, cert)
	}
	return m, nil
}

func sumOf(b []byte) [32]byte { return sha256.Sum256(b) }

// Name is the member's name in its credential.
func (m *Member) Name() string { return m.cfg.Name }

// Credential is the name of the credential.
func (m *Member) Credential() string { return m.credential }

// Certificate is the signing certificate.
func (m *Member) Certificate() *certs.Certificate { return m.known() }

// Chain is its issuers towards the root, DER.
func (m *Member) Chain() [][]byte { return slices.Clone(m.cfg.Chain) }

// Public is the certificate's key.
func (m *Member) Public() crypto.PublicKey { return m.known().PublicKey }

// KeyLabel names the key on its token.
func (m *Member) KeyLabel() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.label
}

// known is the certificate, nil as long as it is only on a token that was not opened.
func (m *Member) known() *certs.Certificate {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cert
}

// fail makes the member's error.
func (m *Member) fail(code Code, cause error) *Error {
	return &Error{Code: code, Credential: m.credential, Member: m.cfg.Name, Err: cause}
}

// choosable says why the member is not the one to sign next, nil if it may be. rested lets it be tried if it failed and has rested.
func (m *Member) choosable(ctx context.Context, rested bool, except []string) *Error {
	switch {
	case m.set.drained(m):
		return m.fail(ErrDrained, nil)
	case slices.Contains(except, m.cfg.Name):
		return m.fail(ErrFailing, errJustFailed)
	}
	return m.ready(ctx, rested)
}

var errJustFailed = errors.New("it failed a moment ago, in this very request")

// ready says why the member can't sign now: its breaker, its token, its certificate.
func (m *Member) ready(ctx context.Context, rested bool) *Error {
	if d := m.isDown(); d != nil {
		if !rested || !d.due(m.set.o.Now()) {
			return d.err
		}
		m.look(ctx)
		if d := m.isDown(); d != nil {
			return d.err
		}
	}
	if err := m.judged(ctx, 2*m.set.o.JudgeEvery); err != nil {
		return err
	}
	if _, err := m.open(ctx); err != nil {
		return m.failed(ctx, err)
	}
	return m.judged(ctx, 2*m.set.o.JudgeEvery) // of a certificate that stands on the token
}

// open returns the key, opening it when that was not done, or has to be done again.
func (m *Member) open(ctx context.Context) (Key, error) {
	if k := m.opened(); k != nil {
		return k, nil
	}
	select {
	case m.opening <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-m.opening }()
	if k := m.opened(); k != nil {
		return k, nil
	}
	if m.set.shut.Load() {
		return nil, m.fail(ErrUnavailable, errClosed)
	}
	if k := m.back(ctx); k != nil {
		return k, nil
	}
	k, err := m.cfg.Open(ctx)
	if err != nil {
		return nil, err
	}
	m.drop()
	if err := m.accept(ctx, k); err != nil {
		return nil, errors.Join(err, k.Close())
	}
	return k, nil
}

// back returns the key that was there before a failure, if its very token is back; nil if another has to be looked for.
func (m *Member) back(ctx context.Context) Key {
	m.mu.Lock()
	k := m.key
	m.mu.Unlock()
	if k == nil || k.Check(ctx) != nil {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.key != k {
		return nil
	}
	m.stale = false
	return k
}

// opened is the key, nil if it must be opened.
func (m *Member) opened() Key {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stale {
		return nil
	}
	return m.key
}

// accept takes a key that was opened, if it is the certificate's and may work without a person.
func (m *Member) accept(ctx context.Context, k Key) error {
	if k.AlwaysAuthenticate() && !m.cfg.AlwaysAuthenticate {
		return m.fail(ErrUnattended, nil)
	}
	cert := m.known()
	if m.cfg.Certificate == nil {
		der, err := k.Certificate(ctx)
		if err != nil {
			return err
		}
		if cert, err = certs.Parse(der); err != nil {
			return m.fail(ErrUntrusted, err)
		}
	}
	if p, ok := k.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !p.Equal(cert.PublicKey) {
		return m.fail(ErrMismatch, nil)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cert == nil || fingerprint(m.cert) != fingerprint(cert) {
		m.cert, m.standing = cert, standing{}
	}
	m.key, m.stale, m.label, m.token = k, false, k.Label(), k.Token()
	return nil
}

var errClosed = errors.New("the service ends")

// begin counts a signature as in progress until end is called. It comes before the key is taken, so that a key is not given back under it.
func (m *Member) begin() (end func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.running.Add(1)
	return func() { m.running.Add(-1) }
}

// drop gives the key back.
func (m *Member) drop() { m.giveBack(func() bool { return true }) }

// dropIdle gives the key back unless a signature is in progress.
func (m *Member) dropIdle() { m.giveBack(func() bool { return m.running.Load() == 0 }) }

// giveBack closes the key in the background: calls that hang may keep it for a while.
func (m *Member) giveBack(may func() bool) {
	m.mu.Lock()
	k := m.key
	if k == nil || !may() {
		m.mu.Unlock()
		return
	}
	m.key, m.stale = nil, false
	m.mu.Unlock()
	m.set.closing.Go(func() {
		if err := k.Close(); err != nil {
			m.set.log.Debug("a key was not closed in order", slog.String("credential", m.credential), slog.String("member", m.cfg.Name), slog.Any("error", err))
		}
	})
}
