package pkcs11

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// TokenOptions says how a token is used. The zero value can list public objects but not sign, because it has no PIN.
type TokenOptions struct {
	PIN         PINSource
	Journal     AttemptJournal // nil remembers attempts only as long as the module is open
	Sessions    int            // at most so many signatures at a time; zero is 4. A USB token makes one at a time whatever is set
	SignTimeout time.Duration  // for one C_Sign; zero is 10 seconds
}

const (
	defaultSessions    = 4
	defaultSignTimeout = 10 * time.Second
)

// Token is one token, found by label and serial number. Its methods may be called from several goroutines.
type Token struct {
	m    *Module
	want URI
	opt  TokenOptions
	info TokenInfo

	lock  chan struct{} // guards conn; a channel, so that waiting ends with the context
	conn  *connection
	slots chan struct{} // one element for each session lent out
	lanes []int         // the module's lanes that are this token's
	seats seating
	shut  atomic.Bool
}

// connection is what one generation of the module gives: it dies with the generation.
type connection struct {
	generation uint64
	slot       uint
	info       TokenInfo
	mechanisms map[uint]bool
	root       session // stays open: closing the last session would log out
	loggedIn   bool
	free       chan session
}

// Token finds a token by the URI's label, serial number, manufacturer and model; none and several are errors. It does not log in yet.
func (m *Module) Token(ctx context.Context, u URI, o TokenOptions) (*Token, error) {
	if o.Journal == nil {
		o.Journal = m.journal
	}
	if o.Sessions <= 0 {
		o.Sessions = defaultSessions
	}
	if o.SignTimeout <= 0 {
		o.SignTimeout = defaultSignTimeout
	}
	t := &Token{m: m, want: u.tokenPart(), opt: o, lock: make(chan struct{}, 1)}
	c, err := t.first(ctx)
	if err != nil {
		return nil, err
	}
	// From here on it is this very token, not another one with the same label that comes after it.
	t.conn, t.info, t.want = c, c.info, URI{Token: c.info.Label, Serial: c.info.Serial, Manufacturer: c.info.Manufacturer, Model: c.info.Model}
	if c.info.MaxSessions > 1 {
		t.opt.Sessions = min(t.opt.Sessions, int(c.info.MaxSessions)-1)
	}
	t.lanes = m.takeLanes(t.opt.Sessions)
	t.seats.lanes = make([]seatsOf, len(t.lanes))
	places := t.opt.Sessions
	if len(t.lanes) > 0 { // a session for each seat: what waits for its turn in a lane has one of its own
		places = len(t.lanes) * laneDepth
		if c.info.MaxSessions > 1 {
			places = min(places, int(c.info.MaxSessions)-1) //nolint:gosec // a small number
		}
	}
	t.slots = make(chan struct{}, places)
	return t, nil
}

// first makes the token's first connection. One that is not there may have been plugged in since the library was initialised, which some libraries
// only see when they are loaded again.
func (t *Token) first(ctx context.Context) (*connection, error) {
	generation, leave, err := t.m.enter(ctx)
	if err != nil {
		return nil, err
	}
	c, err := t.open(generation)
	leave()
	if !errors.Is(err, ErrNoToken) || t.m.reload(ctx, generation) != nil {
		return c, err
	}
	if generation, leave, err = t.m.enter(ctx); err != nil {
		return nil, err
	}
	defer leave()
	switch c, err = t.open(generation); {
	case err == nil:
		t.m.recovered()
	case errors.Is(err, ErrNoToken):
		t.m.disappointed()
	}
	return c, err
}

// Info is what the token said of itself when it was opened.
func (t *Token) Info() TokenInfo { return t.info }

// Status asks the token for its flags as they are now.
func (t *Token) Status(ctx context.Context) (TokenInfo, error) {
	var info TokenInfo
	err := t.use(ctx, false, func(c *connection, _ session) error {
		var err error
		info, err = t.m.drv.tokenInfo(c.slot)
		return err
	})
	return info, err
}

// open locates the token and opens its root session; the caller is inside the gate.
func (t *Token) open(generation uint64) (*connection, error) {
	slot, info, err := t.m.locate(t.want)
	if err != nil {
		return nil, err
	}
	c := &connection{generation: generation, slot: slot, info: info, mechanisms: map[uint]bool{}, free: make(chan session, t.opt.Sessions*laneDepth)}
	list, err := t.m.drv.mechanisms(slot)
	if err != nil {
		return nil, fail(ErrDevice, info.name(), "", err)
	}
	for _, m := range list {
		c.mechanisms[m] = true
	}
	if c.root, err = t.m.drv.openSession(slot, false); err != nil {
		return nil, fail(ErrDevice, info.name(), "", err)
	}
	return c, nil
}

// Login logs in now, so that a wrong PIN is known before there is anything to sign.
func (t *Token) Login(ctx context.Context) error {
	return t.use(ctx, true, func(*connection, session) error { return nil })
}

// use lends a session to do. When the library reports that sessions or the device are lost, it is loaded again and do is called once
// more: do must be repeatable.
func (t *Token) use(ctx context.Context, login bool, do func(*connection, session) error) error {
	return t.lend(ctx, login, func(c *connection, s session, release func(bool)) error {
		err := do(c, s)
		release(err == nil)
		return err
	})
}

// lend is use for calls that may outlive their caller: do must see to it that release is called once, with whether the session is fit for
// use again.
func (t *Token) lend(ctx context.Context, login bool, do func(*connection, session, func(bool)) error) error {
	if t.shut.Load() {
		return fail(ErrClosed, "the token "+t.info.name(), "", nil)
	}
	generation, err := t.once(ctx, login, do)
	if lost := gone(err) || errors.Is(err, ErrNoToken); !lost || ctx.Err() != nil {
		return err // a token that was there when it was opened, and is not now, may be seen again by a fresh library
	}
	if err := t.m.reload(ctx, generation); err != nil {
		return err
	}
	_, again := t.once(ctx, login, do)
	switch {
	case again == nil:
		t.m.recovered()
	case gone(again), errors.Is(again, ErrNoToken):
		t.m.disappointed()
		return fail(ErrTokenRemoved, t.info.name(), "", again)
	}
	return again
}

// once does one call: pool place, gate, connection, log-in, session.
func (t *Token) once(ctx context.Context, login bool, do func(*connection, session, func(bool)) error) (uint64, error) {
	select {
	case t.slots <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	generation, leave, err := t.m.enter(ctx)
	if err != nil {
		<-t.slots
		return 0, err
	}
	back := func() {
		leave()
		<-t.slots
	}
	c, err := t.connect(ctx, generation, login)
	if err != nil {
		back()
		return generation, err
	}
	s, err := t.session(c)
	if err != nil {
		back()
		return generation, err
	}
	return generation, do(c, s, func(healthy bool) {
		t.giveBack(c, s, healthy)
		back()
	})
}

// connect returns this generation's connection, logged in when that is wanted.
func (t *Token) connect(ctx context.Context, generation uint64, login bool) (*connection, error) {
	select {
	case t.lock <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-t.lock }()
	if t.conn == nil || t.conn.generation != generation {
		c, err := t.open(generation)
		if err != nil {
			return nil, err
		}
		t.conn = c
	}
	if login {
		if err := t.login(ctx, t.conn); err != nil {
			return nil, err
		}
	}
	return t.conn, nil
}

// session takes a session from the pool or opens one.
func (t *Token) session(c *connection) (session, error) {
	select {
	case s := <-c.free:
		return s, nil
	default:
	}
	s, err := t.m.drv.openSession(c.slot, false)
	if err != nil {
		return 0, fail(ErrDevice, t.info.name(), "", err)
	}
	return s, nil
}

// giveBack returns a session to the pool; one in which something failed may have an operation hanging in it and is closed.
func (t *Token) giveBack(c *connection, s session, healthy bool) {
	if healthy {
		select {
		case c.free <- s:
			return
		default:
		}
	}
	_ = t.m.drv.closeSession(s) // it failed or the device is gone: there is nothing better to do with it
}

// Close waits for calls in progress, logs out and closes the sessions.
func (t *Token) Close() error {
	if !t.shut.CompareAndSwap(false, true) {
		return nil
	}
	for range cap(t.slots) {
		t.slots <- struct{}{}
	}
	defer t.m.giveLanes(t.lanes)
	generation, leave, err := t.m.enter(context.Background())
	if err != nil {
		return err
	}
	defer leave()
	c := t.conn
	t.conn = nil
	if c == nil || c.generation != generation {
		return nil
	}
	for {
		select {
		case s := <-c.free:
			_ = t.m.drv.closeSession(s) // the root session below tells whether the device still listens
			continue
		default:
		}
		break
	}
	if err := t.m.drv.closeSession(c.root); err != nil && !gone(err) {
		return fail(ErrDevice, t.info.name(), "", err)
	}
	return nil
}
