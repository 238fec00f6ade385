package credential

import (
	"context"
	"errors"
	"strings"
	"time"

	"mohur/certs"
)

// standing is what a member's certificate was judged to be worth.
type standing struct {
	at  time.Time // when; zero: not yet
	err *Error    // nil: it may sign
	// good is until when the last good answer about revocation speaks: the earliest nextUpdate of what it rested on. Where the sources can't be
	// asked, it counts until then.
	good time.Time
}

// badEvery is how soon a certificate that may not sign is judged again.
const badEvery = 30 * time.Second

// judged says why the certificate may not sign now, by a judgement of at most that age. A certificate that is not known yet, because it stands on
// a token that was not opened, is passed.
func (m *Member) judged(ctx context.Context, age time.Duration) *Error {
	cert := m.known()
	if cert == nil {
		return nil
	}
	now := m.set.o.Now()
	if err := m.inForce(cert, now); err != nil {
		m.mu.Lock()
		before, next := m.standing, standing{at: now, err: err}
		m.standing = next
		m.mu.Unlock()
		m.tellStanding(ctx, before, next)
		return err
	}
	if s, fresh := m.remembered(now, age); fresh {
		return s.err
	}
	select {
	case m.judging <- struct{}{}:
	case <-ctx.Done():
		return m.fail(ErrUnchecked, ctx.Err())
	}
	defer func() { <-m.judging }()
	before, fresh := m.remembered(m.set.o.Now(), age)
	if fresh {
		return before.err
	}
	limited, cancel := context.WithTimeout(ctx, judgeLimit)
	defer cancel()
	result := m.set.o.Judge(limited, cert, m.chain, now)
	if ctx.Err() != nil { // the asker went away: what could not be asked says nothing
		return m.fail(ErrUnchecked, ctx.Err())
	}
	next := m.stand(result, before, now)
	m.mu.Lock()
	m.standing = next
	m.mu.Unlock()
	m.tellStanding(ctx, before, next)
	return next.err
}

// inForce judges the validity by the clock alone, for it may end between two judgements.
func (m *Member) inForce(c *certs.Certificate, now time.Time) *Error {
	switch {
	case now.Before(c.NotBefore):
		return m.fail(ErrNotYetValid, nil)
	case now.After(c.NotAfter):
		return m.fail(ErrExpired, nil)
	}
	return nil
}

// remembered is the last judgement, and whether it is young enough.
func (m *Member) remembered(now time.Time, age time.Duration) (standing, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.standing
	if s.err != nil {
		age = min(age, badEvery)
	}
	return s, !s.at.IsZero() && now.Sub(s.at) < age
}

// stand makes a standing of a judgement. A revoked certificate never signs. One of which nobody can say at the moment whether it is revoked signs
// as long as the last good answer speaks.
func (m *Member) stand(r *certs.Result, before standing, now time.Time) standing {
	s := standing{at: now}
	code, why := verdictOf(r)
	switch {
	case code == "":
		s.good = speaks(r)
	case code == ErrUnchecked && silent(r) && now.Before(before.good):
		s.good = before.good
	default:
		s.err = m.fail(code, why)
	}
	return s
}

// speaks is the earliest nextUpdate of the evidence that a good judgement rests on; zero when none names one.
func speaks(r *certs.Result) (until time.Time) {
	for _, s := range r.Status {
		if s.Evidence != nil && (until.IsZero() || s.NextUpdate.Before(until)) {
			until = s.NextUpdate // evidence without one speaks for the moment only
		}
	}
	return until
}

// silent says whether the only objection is that evidence could not be had, or is too old: not that a source gave a bad answer.
func silent(r *certs.Result) bool {
	for _, why := range r.Reasons {
		switch why.Key {
		case certs.ReasonRevocationMissing, certs.ReasonRevocationUnusable, certs.ReasonRevocationStale:
		default:
			return false
		}
	}
	return true
}

// verdictOf reads a judgement: "" if the certificate may sign, else why not, the gravest first.
func verdictOf(r *certs.Result) (Code, error) {
	if r.Passed() {
		return "", nil
	}
	var texts []string
	has := map[string]bool{}
	for _, why := range r.Reasons {
		has[why.Key] = true
		texts = append(texts, why.String())
	}
	err := errors.New(strings.Join(texts, ", "))
	for _, v := range []struct {
		key  string
		code Code
	}{
		{certs.ReasonRevoked, ErrRevoked}, {certs.ReasonOnHold, ErrHeld}, {certs.ReasonExpired, ErrExpired}, {certs.ReasonNotYetValid, ErrNotYetValid},
	} {
		if has[v.key] {
			return v.code, err
		}
	}
	for key := range has {
		switch key {
		case certs.ReasonRevocationMissing, certs.ReasonRevocationUnusable, certs.ReasonRevocationStale, certs.ReasonRevocationUnknown:
		default:
			return ErrUntrusted, err
		}
	}
	return ErrUnchecked, err
}

// tellStanding logs a change.
func (m *Member) tellStanding(ctx context.Context, before, next standing) {
	var was, is Code
	if before.err != nil {
		was = before.err.Code
	}
	if next.err != nil {
		is = next.err.Code
	}
	switch {
	case was == is:
	case is == "":
		m.set.log.InfoContext(ctx, "a seal's certificate may be used again", m.names()...)
	default:
		m.set.log.ErrorContext(ctx, "a seal's certificate may not be used", m.names("error", next.err)...)
	}
}
