package credential

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mohur/certs"
)

const (
	healthEvery = time.Minute
	judgeEvery  = 5 * time.Minute
	drainEvery  = 2 * time.Second
	firstRest   = time.Second
	longRest    = 30 * time.Second
	// judgeLimit bounds one judgement: what can't be asked by then counts as not to be had.
	judgeLimit = 20 * time.Second
	// lookLimit bounds one look at a member's health. A token ends its own calls earlier; this is for one that does not.
	lookLimit = 2 * time.Minute
	// closeLimit is how long Close waits for keys that are being given back.
	closeLimit = 5 * time.Second
)

// Set is the configured credentials. Its methods may be called from several goroutines.
type Set struct {
	o       Options
	log     *slog.Logger
	names   []string
	all     map[string]*group
	closing sync.WaitGroup // keys that are being given back
	shut    atomic.Bool    // nothing is opened any more

	mu     sync.Mutex
	here   map[Drained]bool // drained by Drain, in this process
	shared map[Drained]bool // drained for every process, as Watch read it
	untold bool             // who is drained could not be read, and that was logged
}

// group is a credential.
type group struct {
	Config
	members []*Member
}

// New checks the configuration. It opens nothing: a token that is away does not keep the service from starting.
func New(o Options) (*Set, error) {
	s := &Set{o: o, log: o.Log, all: map[string]*group{}, here: map[Drained]bool{}, shared: map[Drained]bool{}}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if len(o.Credentials) > 0 && (o.Now == nil || o.Judge == nil) {
		return nil, errors.New("credential: a clock and a judge of certificates are needed")
	}
	orDuration(&s.o.HealthEvery, healthEvery)
	orDuration(&s.o.JudgeEvery, judgeEvery)
	orDuration(&s.o.DrainEvery, drainEvery)
	orDuration(&s.o.FirstRest, firstRest)
	orDuration(&s.o.LongRest, longRest)
	for _, c := range o.Credentials {
		if err := s.add(c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func orDuration(d *time.Duration, def time.Duration) {
	if *d <= 0 {
		*d = def
	}
}

// add takes a credential in.
func (s *Set) add(c Config) error {
	switch {
	case c.Name == "":
		return errors.New("credential: one has no name")
	case s.all[c.Name] != nil:
		return fmt.Errorf("credential %s: there are two of that name", c.Name)
	case len(c.Members) == 0:
		return fmt.Errorf("credential %s: it has no members", c.Name)
	case c.PerDay < 0:
		return fmt.Errorf("credential %s: %d signatures a day can't be", c.Name, c.PerDay)
	}
	if len(c.WarnDays) == 0 {
		c.WarnDays = []int{30, 10, 3, 1}
	}
	g := &group{Config: c}
	seen := map[string]bool{}
	for i, mc := range c.Members {
		mc.Name = cmp.Or(mc.Name, strconv.Itoa(i+1))
		if seen[mc.Name] {
			return fmt.Errorf("credential %s: two members are called %s", c.Name, mc.Name)
		}
		seen[mc.Name] = true
		m, err := newMember(s, c.Name, mc)
		if err != nil {
			return err
		}
		m.quiet = c.NoTestSignatures
		g.members = append(g.members, m)
	}
	s.all[c.Name] = g
	s.names = append(s.names, c.Name)
	return nil
}

// Names lists the credentials as configured.
func (s *Set) Names() []string { return slices.Clone(s.names) }

// PerDay is how many signatures a day the credential may make, 0 for any number. It is the caller who counts, in the transaction that intends.
func (s *Set) PerDay(name string) int {
	if g := s.all[name]; g != nil {
		return g.PerDay
	}
	return 0
}

// Choose returns the member that should sign next: of the healthy ones the first as configured, or the one with the least work. Members that
// except names are passed over: those that failed in this request. One that failed earlier and has rested is asked for a test signature when no
// other can sign. The error is an *Error, or the context's.
func (s *Set) Choose(ctx context.Context, name string, except ...string) (*Member, error) {
	g := s.all[name]
	if g == nil {
		return nil, &Error{Code: ErrUnknown, Credential: name}
	}
	var reasons []*Error
	for _, rested := range []bool{false, true} {
		reasons = nil
		for _, m := range g.order() {
			err := m.choosable(ctx, rested, except)
			if err == nil {
				return m, nil
			}
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			reasons = append(reasons, err)
		}
	}
	return nil, whole(name, reasons)
}

// order is in which order members are asked.
func (g *group) order() []*Member {
	list := slices.Clone(g.members)
	if g.LeastLoaded {
		slices.SortStableFunc(list, func(a, b *Member) int { return cmp.Compare(a.running.Load(), b.running.Load()) })
	}
	return list
}

// Member returns a member with the certificate, the one that an intent names: of several with clones of one key, the first that can sign. One that
// is drained is returned if no other can, for what was intended ends. One that can't sign now is an *Error.
func (s *Set) Member(ctx context.Context, name string, certificate [32]byte) (*Member, error) {
	g := s.all[name]
	if g == nil {
		return nil, &Error{Code: ErrUnknown, Credential: name}
	}
	var reasons, may []*Error // of those that have it, and of those that may have it
	var drained *Member
	for _, m := range g.members {
		if c := m.known(); c != nil && fingerprint(c) != certificate {
			continue
		}
		err := m.ready(ctx, true)
		c := m.known()
		switch {
		case c == nil: // it stands on a token that is away
			may = append(may, err)
		case fingerprint(c) != certificate:
		case err != nil:
			reasons = append(reasons, err)
		case m.set.drained(m):
			drained = m
		default:
			return m, nil
		}
	}
	switch {
	case drained != nil:
		return drained, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(reasons) > 0:
		return nil, whole(name, reasons)
	case len(may) > 0:
		return nil, whole(name, may)
	}
	return nil, &Error{Code: ErrUnknown, Credential: name}
}

// fingerprint is the SHA-256 of a certificate.
func fingerprint(c *certs.Certificate) [32]byte { return sumOf(c.Raw) }

// Drain takes a member out of use in this process, or back; member "" means all of the credential's. A member that is drained for every process
// (Options.Drained) stays so.
func (s *Set) Drain(name, member string, on bool) error {
	if !s.has(name, member) {
		return &Error{Code: ErrUnknown, Credential: name, Member: member}
	}
	s.mu.Lock()
	if on {
		s.here[Drained{name, member}] = true
	} else {
		delete(s.here, Drained{name, member})
	}
	s.mu.Unlock()
	s.letGo()
	return nil
}

// has says whether there is such a member; "" stands for all.
func (s *Set) has(name, member string) bool {
	g := s.all[name]
	return g != nil && (member == "" || slices.ContainsFunc(g.members, func(m *Member) bool { return m.cfg.Name == member }))
}

// drained says whether a person took a member out of use.
func (s *Set) drained(m *Member) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, all := Drained{m.credential, m.cfg.Name}, Drained{m.credential, ""}
	return s.here[one] || s.here[all] || s.shared[one] || s.shared[all]
}

// Close logs out of every token. It waits for keys that are in use, a few seconds at most.
func (s *Set) Close() error {
	s.shut.Store(true)
	for _, name := range s.names {
		for _, m := range s.all[name].members {
			m.drop()
		}
	}
	done := make(chan struct{})
	go func() {
		s.closing.Wait()
		close(done)
	}()
	timer := time.NewTimer(closeLimit)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return errors.New("credential: a token did not let itself be closed")
	}
}
