package credential

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// testText is what a test signs. It is no document, no attributes of a CMS message, and no challenge that anything accepts.
const testText = "mohur: this signature only shows that the key works; it confirms nothing\n"

// look looks at the member's health: the key can be opened, the token answers, a test signature is made and verified. The last is left out where
// the key wants its PIN for each signature, and where it has just signed.
func (m *Member) look(ctx context.Context) {
	select {
	case m.looking <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-m.looking }()
	now := m.set.o.Now()
	d := m.isDown()
	if d != nil && !d.due(now) {
		return // somebody else looked while we waited
	}
	if d == nil && now.Sub(m.lastGood()) < m.set.o.HealthEvery {
		return
	}
	limited, cancel := context.WithTimeout(ctx, lookLimit)
	defer cancel()
	if err := m.test(limited); err != nil {
		_ = m.failed(ctx, err) // kept as the member's state
		return
	}
	m.recovered(ctx)
}

// lastGood is when the member last showed that it works.
func (m *Member) lastGood() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.count.lastGood
}

// test asks the token and has it sign.
func (m *Member) test(ctx context.Context) error {
	k, err := m.open(ctx)
	if err != nil {
		return err
	}
	if err := k.Check(ctx); err != nil {
		return err
	}
	if k.AlwaysAuthenticate() || m.quiet { // its PIN is for seals, or its use is
		m.good(func(c *counters) {})
		return nil
	}
	digest, opts := sha256.Sum256([]byte(testText)), crypto.SignerOpts(crypto.SHA256)
	message := digest[:]
	if _, ok := k.Public().(ed25519.PublicKey); ok {
		message, opts = []byte(testText), crypto.Hash(0)
	}
	end := m.begin()
	_, err = k.SignContext(ctx, nil, message, opts)
	end()
	if err != nil {
		m.bad()
		return err
	}
	m.good(func(c *counters) { c.tests++ })
	return nil
}

// good notes that the member works.
func (m *Member) good(count func(*counters)) {
	now := m.set.o.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count.lastGood = now
	count(&m.count)
}

// bad counts a C_Sign that failed.
func (m *Member) bad() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count.failures++
}

// Watch looks after the members' health until the context ends: each member in a goroutine of its own, so that one that hangs delays no other.
func (s *Set) Watch(ctx context.Context) error {
	var all sync.WaitGroup
	s.readDrained(ctx)
	for _, name := range s.names {
		for _, m := range s.all[name].members {
			all.Go(func() { m.watch(ctx) })
		}
	}
	if s.o.Drained != nil {
		all.Go(func() {
			tick := time.NewTicker(s.o.DrainEvery)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					s.readDrained(ctx)
				}
			}
		})
	}
	all.Wait()
	return nil
}

// watch looks after one member: at its pace while it is well, as soon as it has rested when it failed. One that a person took out of use is left
// alone: somebody may be working on the token.
func (m *Member) watch(ctx context.Context) {
	for {
		if !m.set.drained(m) {
			m.look(ctx)
			_ = m.judged(ctx, m.set.o.JudgeEvery) // kept for those who choose
		}
		timer := time.NewTimer(m.nextLook())
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-m.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// nextLook is how long Watch leaves the member alone.
func (m *Member) nextLook() time.Duration {
	wait := min(m.set.o.HealthEvery, m.set.o.JudgeEvery)
	if d := m.isDown(); d != nil && !d.until.IsZero() {
		wait = min(wait, d.until.Sub(m.set.o.Now()))
	}
	return max(wait, 10*time.Millisecond)
}

// readDrained reads who is out of use for every process. When that can't be read, what was known stays.
func (s *Set) readDrained(ctx context.Context) {
	if s.o.Drained == nil {
		return
	}
	list, err := s.o.Drained(ctx)
	s.mu.Lock()
	told := s.untold
	s.untold = err != nil
	if err == nil {
		s.shared = map[Drained]bool{}
		for _, d := range list {
			s.shared[d] = true
		}
	}
	s.mu.Unlock()
	if err != nil && !told && !errors.Is(err, context.Canceled) {
		s.log.WarnContext(ctx, "which members of the seals' credentials are out of use can't be read: what was known stays", slog.Any("error", err))
	}
	s.letGo()
}

// letGo gives back the keys of members that are out of use and have no work, so that their tokens can be pulled out.
func (s *Set) letGo() {
	for _, name := range s.names {
		for _, m := range s.all[name].members {
			if s.drained(m) {
				m.dropIdle()
			}
		}
	}
}
