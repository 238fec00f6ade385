package signing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"mohur/internal/algo"
	"mohur/internal/tsp"
)

// Authority is one member of a TimestampPool.
type Authority struct {
	// Name is how failures and figures call it; unique in its pool.
	Name string
	// Timestamper asks it; most are an *HTTPTimestamper, which bounds the answer's size.
	Timestamper Timestamper
	// Timeout bounds one question; zero takes the pool's.
	Timeout time.Duration
}

// PoolOptions are the parts of a TimestampPool. Authorities and Now are needed.
type PoolOptions struct {
	// Authorities in the order in which they are asked.
	Authorities []Authority
	Now         func() time.Time
	// Timeout bounds one question to one authority; zero is 5 seconds.
	Timeout time.Duration
	// An authority that failed is left alone for Rest, twice as long after each further failure, MaxRest at most; zero is 5 seconds and 5 minutes.
	// When all rest, the one whose rest ends first is asked all the same, by one request at a time.
	Rest, MaxRest time.Duration
	// Failed is told each failure, for the log; nil tells nobody.
	Failed func(ctx context.Context, authority string, err error)
}

// AuthorityStatus is what is known of one authority, for pages and figures.
type AuthorityStatus struct {
	Name      string
	Asked     uint64 // questions
	Failed    uint64 // of them without an answer that could be used
	LastUsed  time.Time
	Failure   string // the last one, in one sentence; it outlives the recovery
	FailedAt  time.Time
	RestUntil time.Time // zero: it is not resting
}

// AuthorityError names the authority that gave no usable token.
type AuthorityError struct {
	Authority string
	Err       error
}

// Error names it, and why.
func (e *AuthorityError) Error() string {
	if t, ok := e.Err.(*TimestampError); ok && t.Err != nil { //nolint:errorlint // only the outermost repeats what the pool's own error says
		return fmt.Sprintf("%s: %s: %v", e.Authority, t.Reason, t.Err)
	}
	return e.Authority + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *AuthorityError) Unwrap() error { return e.Err }

// TimestampPool asks several authorities in order until one answers with a token that the caller can use. One that lies is passed over like one
// that is dead. It is a Timestamper, and may be used by goroutines.
type TimestampPool struct {
	o    PoolOptions
	mu   sync.Mutex
	list []*poolMember
}

// poolMember is an authority with its history; the pool's lock guards what changes.
type poolMember struct {
	Authority
	status   AuthorityStatus
	failures int // in a row
	probing  bool
}

// NewTimestampPool checks the options; ErrRequest says what is missing.
func NewTimestampPool(o PoolOptions) (*TimestampPool, error) {
	if len(o.Authorities) == 0 || o.Now == nil {
		return nil, fmt.Errorf("%w: a pool of timestamp authorities needs authorities and a clock", ErrRequest)
	}
	o.Timeout, o.Rest, o.MaxRest = cmp.Or(o.Timeout, 5*time.Second), cmp.Or(o.Rest, 5*time.Second), cmp.Or(o.MaxRest, 5*time.Minute)
	p := &TimestampPool{o: o}
	for i, a := range o.Authorities {
		same := slices.ContainsFunc(o.Authorities[:i], func(b Authority) bool { return b.Name == a.Name })
		if a.Timestamper == nil || a.Name == "" || same {
			return nil, fmt.Errorf("%w: timestamp authority %q needs a name of its own and an address", ErrRequest, a.Name)
		}
		p.list = append(p.list, &poolMember{Authority: a, status: AuthorityStatus{Name: a.Name}})
	}
	return p, nil
}

// Timestamp returns the first token that is over the imprint. A caller that can judge more uses TimestampAccepted, as a Stamper does.
func (p *TimestampPool) Timestamp(ctx context.Context, d algo.Digest, imprint []byte) ([]byte, error) {
	token, err := p.TimestampAccepted(ctx, d, imprint, func(*tsp.Token) error { return nil })
	if err != nil {
		return nil, err
	}
	return token.Raw, nil
}

// TimestampAccepted asks one authority after the other until one gives a token over the imprint to which accept does not object. The error is the
// context's, or a *TimestampError that names each authority with its failure.
func (p *TimestampPool) TimestampAccepted(ctx context.Context, d algo.Digest, imprint []byte, accept func(*tsp.Token) error) (*tsp.Token, error) {
	var failures []error
	ask := func(m *poolMember) *tsp.Token {
		token, err := p.ask(ctx, m, d, imprint, accept)
		if err != nil {
			failures = append(failures, &AuthorityError{m.Name, err})
		}
		return token
	}
	var passed []*poolMember
	for _, m := range p.list {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !p.enter(m, false) {
			passed = append(passed, m)
		} else if token := ask(m); token != nil {
			return token, nil
		}
	}
	if last := p.mostRested(passed); last != nil && ctx.Err() == nil && p.enter(last, true) {
		passed = slices.DeleteFunc(passed, func(m *poolMember) bool { return m == last })
		if token := ask(last); token != nil {
			return token, nil
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	failures = append(failures, p.rests(passed)...)
	return nil, &TimestampError{Reason: commonReason(failures), Err: errors.Join(failures...)}
}

// commonReason is the reason that all failures share, or "no authority".
func commonReason(failures []error) string {
	reason := ""
	for _, f := range failures {
		why := "no authority"
		if e, ok := errors.AsType[*TimestampError](f); ok {
			why = e.Reason
		}
		if reason != "" && reason != why {
			return "no authority"
		}
		reason = why
	}
	return cmp.Or(reason, "no authority")
}

// enter says whether an authority may be asked now. One that failed is asked after its rest, or when nobody else is left, by one request at a time.
func (p *TimestampPool) enter(m *poolMember, lastResort bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if m.failures == 0 {
		return true
	}
	if m.probing || !lastResort && p.o.Now().Before(m.status.RestUntil) {
		return false
	}
	m.probing = true
	return true
}

// mostRested is the one whose rest ends first; nil of none.
func (p *TimestampPool) mostRested(list []*poolMember) *poolMember {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(list) == 0 {
		return nil
	}
	return slices.MinFunc(list, func(a, b *poolMember) int { return a.status.RestUntil.Compare(b.status.RestUntil) })
}

// rests says of authorities that were not asked why.
func (p *TimestampPool) rests(list []*poolMember) []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []error
	for _, m := range list {
		out = append(out, &AuthorityError{m.Name, fmt.Errorf("left alone until %s after %s", m.status.RestUntil.UTC().Format(time.RFC3339), m.status.Failure)})
	}
	return out
}

// ask puts the question to one authority within its time and keeps the score.
func (p *TimestampPool) ask(ctx context.Context, m *poolMember, d algo.Digest, imprint []byte, accept func(*tsp.Token) error) (*tsp.Token, error) {
	own, cancel := context.WithTimeout(ctx, cmp.Or(m.Timeout, p.o.Timeout))
	defer cancel()
	token, err := stampWith(own, m.Timestamper, d, imprint)
	if err == nil {
		err = accept(token)
	}
	p.leave(ctx, m, err)
	if err != nil {
		return nil, err
	}
	return token, nil
}

// leave records how an authority did. What the caller broke off says nothing about it, unless it kept the caller waiting until its own deadline.
func (p *TimestampPool) leave(ctx context.Context, m *poolMember, err error) {
	if brokenOff := err != nil && errors.Is(ctx.Err(), context.Canceled); brokenOff {
		p.mu.Lock()
		defer p.mu.Unlock()
		m.probing = false
		return
	}
	p.record(m, err)
	if err != nil && p.o.Failed != nil {
		p.o.Failed(ctx, m.Name, err)
	}
}

func (p *TimestampPool) record(m *poolMember, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.o.Now()
	s := &m.status
	s.Asked++
	s.LastUsed, m.probing = now, false
	if err == nil {
		m.failures, s.RestUntil = 0, time.Time{}
		return
	}
	s.Failed++
	s.Failure, s.FailedAt = err.Error(), now
	if aboutRequest(err) {
		return
	}
	m.failures++
	s.RestUntil = now.Add(min(p.o.MaxRest, p.o.Rest<<min(m.failures-1, 20)))
}

// aboutRequest says whether a refusal is of this request, an algorithm or a policy that the authority does not know, and not of any.
func aboutRequest(err error) bool {
	refused, ok := errors.AsType[*tsp.RefusedError](err)
	return ok && slices.ContainsFunc(refused.Response.FailInfo, func(f tsp.FailureInfo) bool {
		return f == tsp.BadAlg || f == tsp.UnacceptedPolicy || f == tsp.UnacceptedExtension
	})
}

// Status lists the authorities in their order.
func (p *TimestampPool) Status() []AuthorityStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]AuthorityStatus, len(p.list))
	for i, m := range p.list {
		out[i] = m.status
	}
	return out
}

// TokenSize is the room that a token of any of the authorities will want, or 0 before the first.
func (p *TimestampPool) TokenSize() int {
	size := 0
	for _, m := range p.list {
		if s, ok := m.Timestamper.(interface{ TokenSize() int }); ok {
			size = max(size, s.TokenSize())
		}
	}
	return size
}

// Named narrows the pool to the authority at an address, which a signature field may demand; false when it is none of them.
func (p *TimestampPool) Named(url string) (Timestamper, bool) {
	for _, m := range p.list {
		if n, ok := m.Timestamper.(interface{ URL() string }); ok && n.URL() == url {
			return m.Timestamper, true
		}
	}
	return nil, false
}
