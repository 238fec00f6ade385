package credential

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mohur/pkcs11"
)

// down is why a member gets no work: the circuit breaker is open. One failure opens it, for a token has been reloaded and asked again before it
// reports one. It closes when a look at the member's health succeeds, never on trust.
type down struct {
	err   *Error
	rest  time.Duration
	until time.Time // when it is looked at again; zero: not before the configuration changes
}

// due says whether it has rested.
func (d *down) due(now time.Time) bool { return !d.until.IsZero() && !now.Before(d.until) }

// isDown returns why the member is out of use, nil if it is not.
func (m *Member) isDown() *down {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.down
}

// failed opens the breaker because of an error, and returns it as the member's. What is the caller's own doing (a context that ended) changes
// nothing.
func (m *Member) failed(ctx context.Context, err error) *Error {
	code, again := m.classify(err)
	e, own := errors.AsType[*Error](err)
	if !own {
		e = m.fail(code, err)
	}
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return e
	}
	now := m.set.o.Now()
	m.mu.Lock()
	before := m.down
	d := &down{err: e, rest: m.set.o.FirstRest}
	switch {
	case !again: // stays as it is
	case code == ErrStopped:
		d.rest = m.set.o.HealthEvery
		d.until = now.Add(d.rest)
	case before != nil && !before.due(now): // one of several calls that failed together
		d.rest, d.until = before.rest, before.until
	default:
		if before != nil {
			d.rest = min(2*before.rest, m.set.o.LongRest)
		}
		d.until = now.Add(d.rest)
	}
	m.down = d
	m.stale = m.stale || elsewhere(err)
	m.count.failure, m.count.failedAt = e.Error(), now
	m.mu.Unlock()
	if before == nil || before.err.Code != e.Code {
		m.tell(ctx, e)
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return e
}

// tell logs that the member is out of use.
func (m *Member) tell(ctx context.Context, e *Error) {
	level, text := slog.LevelWarn, "a seal's token is out of use and is tried again by itself"
	if e.Code != ErrFailing {
		level, text = slog.LevelError, "a seal's token is out of use until a person sees to it"
	}
	m.set.log.Log(ctx, level, text, m.names(slog.Any("error", e))...)
}

// names are the attributes of a log line about the member.
func (m *Member) names(more ...any) []any {
	return append([]any{slog.String("credential", m.credential), slog.String("member", m.cfg.Name)}, more...)
}

// recovered closes the breaker.
func (m *Member) recovered(ctx context.Context) {
	m.mu.Lock()
	before := m.down
	m.down = nil
	m.mu.Unlock()
	if before != nil {
		m.set.log.InfoContext(ctx, "a seal's token is back in use", m.names()...)
	}
}

// personal are the token's errors that a person must see to. None of them is met by another try: the token's own journal refuses a PIN that was
// wrong until a person confirms, so looking at the member again wastes none.
func personal() []pkcs11.Code {
	return []pkcs11.Code{
		pkcs11.ErrPINIncorrect, pkcs11.ErrPINSuspect, pkcs11.ErrPINFinalTry, pkcs11.ErrPINLocked, pkcs11.ErrPINPad, pkcs11.ErrPINRequired, pkcs11.ErrPINSource,
		pkcs11.ErrTokenPINUnset,
	}
}

// classify says what an error makes of the member, and whether looking again may help.
func (m *Member) classify(err error) (code Code, again bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code, e.Code != ErrUnattended && e.Code != ErrMismatch
	}
	for _, p := range personal() {
		if errors.Is(err, p) {
			return ErrStopped, true
		}
	}
	return ErrFailing, !errors.Is(err, pkcs11.ErrNoCgo)
}

// elsewhere says whether the token may be another one by now, or the key another key, so that they must be looked for from the beginning.
func elsewhere(err error) bool {
	for _, code := range []pkcs11.Code{pkcs11.ErrNoToken, pkcs11.ErrTokenRemoved, pkcs11.ErrKeyNotFound, pkcs11.ErrKeyUnusable, pkcs11.ErrClosed} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}
