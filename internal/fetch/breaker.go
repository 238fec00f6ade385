package fetch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"
)

// BreakerOptions configure a Breaker.
type BreakerOptions struct {
	Now     func() time.Time // needed
	Rest    time.Duration    // how long a host is left alone after its first failure; doubled with each further one; default 1 minute
	MaxRest time.Duration    // default 10 minutes
	Slow    time.Duration    // a failure that took this long counts as one of waiting; default 2 seconds
}

// Breaker leaves a host alone that made somebody wait in vain: whoever asks it meanwhile is told so at once, so that a dead responder delays
// one verdict and not each. After the rest one request is let through; its outcome decides. Failures that cost no time (a refused connection, an
// HTTP status) don't count. It is safe for concurrent use.
type Breaker struct {
	next  Fetcher
	o     BreakerOptions
	mu    sync.Mutex
	hosts map[string]*hostState
}

type hostState struct {
	failures int
	until    time.Time
	probing  bool
	err      error
}

// NewBreaker puts a breaker before a fetcher.
func NewBreaker(next Fetcher, o BreakerOptions) *Breaker {
	o.Rest, o.MaxRest, o.Slow = cmp.Or(o.Rest, time.Minute), cmp.Or(o.MaxRest, 10*time.Minute), cmp.Or(o.Slow, 2*time.Second)
	return &Breaker{next: next, o: o, hosts: map[string]*hostState{}}
}

// RestingError says that a host is not asked for a while because it did not answer in time.
type RestingError struct {
	Host  string
	Until time.Time
	Err   error // why it is left alone
}

// Error names the host and the cause.
func (e *RestingError) Error() string {
	return fmt.Sprintf("%s is not asked before %s: %v", e.Host, e.Until.UTC().Format(time.TimeOnly), e.Err)
}

// FetchFailure tells this failure apart from others: kind "resting".
func (e *RestingError) FetchFailure() (kind, detail string) { return "resting", e.Host }

// Unwrap returns the failure that it is left alone for.
func (e *RestingError) Unwrap() error { return e.Err }

// Get asks the next fetcher unless the host rests.
func (b *Breaker) Get(ctx context.Context, address string) ([]byte, error) {
	return b.do(ctx, address, func() ([]byte, error) { return b.next.Get(ctx, address) })
}

// Post asks the next fetcher unless the host rests.
func (b *Breaker) Post(ctx context.Context, address, contentType string, body []byte) ([]byte, error) {
	return b.do(ctx, address, func() ([]byte, error) { return b.next.Post(ctx, address, contentType, body) })
}

func (b *Breaker) do(ctx context.Context, address string, ask func() ([]byte, error)) ([]byte, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ask() // the client says what is wrong with it
	}
	host := u.Scheme + "://" + u.Host
	start := b.o.Now()
	if err := b.enter(host, start); err != nil {
		return nil, err
	}
	body, err := ask()
	b.leave(ctx, host, start, err)
	return body, err
}

// enter refuses while the host rests, or while one request tries whether it is back.
func (b *Breaker) enter(host string, now time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.hosts[host]
	if s == nil {
		return nil
	}
	if now.Before(s.until) || s.probing {
		return &RestingError{Host: host, Until: s.until, Err: s.err}
	}
	s.probing = true
	return nil
}

// maxHosts bounds what is remembered of hosts.
const maxHosts = 1000

func (b *Breaker) leave(ctx context.Context, host string, start time.Time, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.o.Now()
	s := b.hosts[host]
	if !b.counts(ctx, err, now.Sub(start)) {
		if s != nil && errors.Is(err, context.Canceled) { // nothing was learnt
			s.probing = false
			return
		}
		delete(b.hosts, host)
		return
	}
	if s == nil {
		if len(b.hosts) >= maxHosts {
			b.forgetOne()
		}
		s = &hostState{}
		b.hosts[host] = s
	}
	if !now.Before(s.until) { // several that waited together count once
		s.failures++
		s.until = now.Add(min(b.o.Rest<<min(s.failures-1, 10), b.o.MaxRest))
	}
	s.probing, s.err = false, err
}

// counts says whether somebody waited in vain.
func (b *Breaker) counts(ctx context.Context, err error, took time.Duration) bool {
	var refused *RefusedError
	var status *StatusError
	var large *TooLargeError
	if err == nil || errors.Is(err, context.Canceled) || ctx.Err() != nil && took < b.o.Slow ||
		errors.As(err, &refused) || errors.As(err, &status) || errors.As(err, &large) {
		return false
	}
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout() || took >= b.o.Slow
}

// forgetOne drops the host whose rest ends first.
func (b *Breaker) forgetOne() {
	first := ""
	for h, s := range b.hosts {
		if first == "" || s.until.Before(b.hosts[first].until) {
			first = h
		}
	}
	delete(b.hosts, first)
}
