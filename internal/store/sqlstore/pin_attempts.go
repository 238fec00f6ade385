package sqlstore

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"mohur/docket"
)

// PINAttempt is the last log-in attempt of one PIN source on one token: what the journal of pkcs11 remembers, without knowing what it means.
type PINAttempt struct {
	Source   string
	Version  string // of the source's secret
	Attended bool
	Outcome  string
	At       time.Time
	Good     string // the version that last logged in
}

func pinAttemptColumns(a *PINAttempt) []column {
	return []column{
		{"source", &a.Source}, {"version", &a.Version}, {"attended", &a.Attended}, {"outcome", &a.Outcome}, {"tried", stamp{&a.At}}, {"good", &a.Good},
	}
}

// ErrPINLockLost says that an entry's lock was taken over while it was held: its owner had not been heard of for longer than the lease.
var ErrPINLockLost = errors.New("the lock of this token's PIN attempts was taken over by another process")

const (
	pinLease = time.Minute            // how long a lock outlives its owner
	pinPoll  = 100 * time.Millisecond // how often a taken lock is asked for
	pinWrite = 10 * time.Second       // for a record, which has no context of its own
)

// PINAttempts keeps log-in attempts on tokens for all processes that share the database. A lock is a row with a lease that its owner renews: when the
// owner is killed, others get it after a minute at most, and find the attempt as its owner recorded it, without an outcome. The lease
// decides who waits; that no second PIN is tried follows from the attempt that stands there before a PIN is tried.
type PINAttempts struct {
	store *Store
	now   func() time.Time
	lease time.Duration
}

// PINAttempts returns the store of attempts. Its clock should agree with those of other processes within half a minute.
func (s *Store) PINAttempts(now func() time.Time) *PINAttempts { return &PINAttempts{s, now, pinLease} }

// PINEntry is a token's locked entry. One goroutine uses it.
type PINEntry struct {
	attempts *PINAttempts
	token    string
	owner    string
	list     []PINAttempt
	ctx      context.Context //nolint:containedctx // of Begin, without its end: an outcome is recorded although the caller went away
	stop     func()
}

// Begin waits for the token's lock, until the context ends, and reads its attempts, ordered by source.
func (p *PINAttempts) Begin(ctx context.Context, token string) (*PINEntry, error) {
	e := &PINEntry{attempts: p, token: token, owner: rand.Text(), ctx: context.WithoutCancel(ctx)}
	for {
		taken, err := e.take(ctx)
		if err != nil {
			return nil, err
		}
		if taken {
			break
		}
		timer := time.NewTimer(pinPoll)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, ctx.Err()
		}
	}
	e.renew()
	return e, nil
}

// take tries to get the lock, and reads what it guards in the same transaction.
func (e *PINEntry) take(ctx context.Context) (taken bool, err error) {
	err = e.attempts.store.InTx(ctx, func(dw docket.Work) error {
		w, now := dw.(*work), e.attempts.now()
		n, err := w.exec(ctx, `INSERT INTO pin_locks (token, owner, lease) VALUES ($1, $2, $3)
			ON CONFLICT (token) DO UPDATE SET owner = excluded.owner, lease = excluded.lease WHERE pin_locks.lease < $4`,
			e.token, e.owner, instant(now.Add(e.attempts.lease)), instant(now))
		if taken = n == 1; err != nil || !taken {
			return err
		}
		e.list, err = many(ctx, w, "pin_attempts", pinAttemptColumns, "WHERE token = $1 ORDER BY source", e.token)
		return err
	})
	return taken && err == nil, err
}

// renew keeps the lease from running out until Close.
func (e *PINEntry) renew() {
	ctx, cancel := context.WithCancel(e.ctx)
	var done sync.WaitGroup
	done.Go(func() {
		tick := time.NewTicker(e.attempts.lease / 4)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				_ = e.attempts.store.InTx(ctx, func(dw docket.Work) error { return e.extend(ctx, dw.(*work)) }) // Record notices a lost lock
			}
		}
	})
	e.stop = func() {
		cancel()
		done.Wait()
	}
}

// extend renews the lease of a lock that is still this entry's.
func (e *PINEntry) extend(ctx context.Context, w *work) error {
	n, err := w.exec(ctx, "UPDATE pin_locks SET lease = $1 WHERE token = $2 AND owner = $3", instant(e.attempts.now().Add(e.attempts.lease)), e.token, e.owner)
	if err == nil && n != 1 {
		return ErrPINLockLost
	}
	return err
}

// Attempts returns the last attempt of each source.
func (e *PINEntry) Attempts() []PINAttempt { return e.list }

// Record stores an attempt in place of the same source's last one. It is in the database when this returns; ErrPINLockLost when the lock
// is another's by now.
func (e *PINEntry) Record(a PINAttempt) error {
	ctx, cancel := context.WithTimeout(e.ctx, pinWrite)
	defer cancel()
	err := e.attempts.store.InTx(ctx, func(dw docket.Work) error {
		w := dw.(*work)
		if err := e.extend(ctx, w); err != nil {
			return err
		}
		_, err := w.exec(ctx, `INSERT INTO pin_attempts (token, source, version, attended, outcome, tried, good) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (token, source) DO UPDATE SET version = excluded.version, attended = excluded.attended, outcome = excluded.outcome,
			tried = excluded.tried, good = excluded.good`, e.token, a.Source, a.Version, a.Attended, a.Outcome, instant(a.At), a.Good)
		return err
	})
	if err != nil {
		return err
	}
	for i := range e.list {
		if e.list[i].Source == a.Source {
			e.list[i] = a
			return nil
		}
	}
	e.list = append(e.list, a)
	return nil
}

// Close gives the lock back. One that was lost is no error: what was recorded stands.
func (e *PINEntry) Close() error {
	e.stop()
	ctx, cancel := context.WithTimeout(e.ctx, pinWrite)
	defer cancel()
	return e.attempts.store.InTx(ctx, func(dw docket.Work) error {
		_, err := dw.(*work).exec(ctx, "DELETE FROM pin_locks WHERE token = $1 AND owner = $2", e.token, e.owner)
		return err
	})
}
