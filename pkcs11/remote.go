package pkcs11

import (
	"errors"
	"sync"
	"time"
)

// Limits are how long the calls of a driver process may take before it is killed. A zero field has the value that is named.
type Limits struct {
	Call     time.Duration // any call that isn't named below; 10 seconds
	Start    time.Duration // starting the process and C_Initialize; 30 seconds, for drivers that look for readers first
	Login    time.Duration // C_Login; 30 seconds, never less, because killing one in progress can cost a try of the PIN
	PINPad   time.Duration // whatever waits for a person at a PIN pad; 90 seconds
	Generate time.Duration // making a key, which a card does slowly; 5 minutes
}

const leastLogin = 30 * time.Second

func (l Limits) withDefaults() Limits {
	set := func(v *time.Duration, value time.Duration) {
		if *v <= 0 {
			*v = value
		}
	}
	set(&l.Call, 10*time.Second)
	set(&l.Start, 30*time.Second)
	set(&l.PINPad, 90*time.Second)
	set(&l.Generate, 5*time.Minute)
	l.Login = max(l.Login, leastLogin)
	return l
}

// remote is a driver in a child process. Its errors are those of the library, and goneError when the process died or was killed, which a
// reload mends by starting another one.
type remote struct {
	path   string
	launch Launcher
	limits Limits

	mu  sync.Mutex
	now *process // nil before initialize and after finalize
}

// goneError says that the driver's process is not there any more, or does not answer. It stands for CKR_DEVICE_REMOVED.
type goneError struct {
	why    error
	unsent bool // the request never reached the driver
}

func (e *goneError) Error() string { return "the driver process ended: " + e.why.Error() }

// Unwrap gives the return value that makes a reload likely to help, and the cause.
func (e *goneError) Unwrap() []error { return []error{rvDeviceRemoved, e.why} }

// untried says that a call certainly did not reach the library, so that a PIN in it was not tried.
func untried(err error) bool {
	var gone *goneError
	return errors.As(err, &gone) && gone.unsent
}

var errNotRunning = errors.New("it is not running")

// running is the process that calls go to.
func (r *remote) running() (*process, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now == nil {
		return nil, &goneError{why: errNotRunning, unsent: true}
	}
	return r.now, nil
}

// ask makes one call: put writes its fields, take reads the answer's.
func (r *remote) ask(op operation, limit time.Duration, put func(*fields), take func(*message)) error {
	return r.askBy((*process).call, op, limit, put, take)
}

// try is ask for what tries a PIN.
func (r *remote) try(op operation, limit time.Duration, put func(*fields), take func(*message)) error {
	return r.askBy((*process).callWithPIN, op, limit, put, take)
}

type caller func(*process, operation, time.Duration, func(*fields)) (*message, error)

func (r *remote) askBy(call caller, op operation, limit time.Duration, put func(*fields), take func(*message)) error {
	p, err := r.running()
	if err != nil {
		return err
	}
	m, err := call(p, op, limit, put)
	if err != nil {
		return err
	}
	if take != nil {
		take(m)
	}
	return m.done()
}

func (r *remote) initialize(parameters string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.now != nil {
		r.now.kill(errNotRunning)
		r.now = nil
	}
	p, err := launch(r.launch, r.path)
	if err != nil {
		return err
	}
	if _, err := p.call(opInitialize, r.limits.Start, func(f *fields) { f.text(parameters) }); err != nil {
		p.kill(err)
		return err
	}
	r.now = p
	return nil
}

// finalize ends the process in any case: what C_Finalize answers is told when it answers at all.
func (r *remote) finalize() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.now
	if p == nil {
		return nil
	}
	r.now = nil
	_, err := p.call(opFinalize, r.limits.Call, nil)
	p.end()
	var gone *goneError
	if errors.As(err, &gone) {
		return nil // it ended before it was asked to
	}
	return err
}

func (r *remote) unload() { _ = r.finalize() }

// abandon kills a driver in which a call hangs, once no log-in is in progress.
func (r *remote) abandon() {
	if p, err := r.running(); err == nil {
		p.abandon(errHangs)
	}
}

func (r *remote) library() (i LibraryInfo, err error) {
	err = r.ask(opLibrary, r.limits.Call, nil, func(m *message) {
		i = LibraryInfo{Manufacturer: m.text(), Description: m.text(), Version: m.text(), Cryptoki: m.text()}
	})
	return i, err
}

func (r *remote) slots() (list []uint, err error) {
	err = r.ask(opSlots, r.limits.Call, nil, func(m *message) { list = m.numbers() })
	return list, err
}

func (r *remote) tokenInfo(slot uint) (t TokenInfo, err error) {
	err = r.ask(opTokenInfo, r.limits.Call, func(f *fields) { f.number(slot) }, func(m *message) { t = m.token() })
	return t, err
}

func (r *remote) mechanisms(slot uint) (list []uint, err error) {
	err = r.ask(opMechanisms, r.limits.Call, func(f *fields) { f.number(slot) }, func(m *message) { list = m.numbers() })
	return list, err
}

func (r *remote) openSession(slot uint, writable bool) (s session, err error) {
	err = r.ask(opOpenSession, r.limits.Call, func(f *fields) {
		f.number(slot)
		f.yes(writable)
	}, func(m *message) { s = session(m.uint()) })
	return s, err
}

func (r *remote) closeSession(s session) error {
	return r.ask(opCloseSession, r.limits.Call, func(f *fields) { f.number(uint(s)) }, nil)
}

func (r *remote) login(s session, user uint, pin []byte) error {
	limit := r.limits.Login
	if len(pin) == 0 {
		limit = max(limit, r.limits.PINPad)
	}
	return r.try(opLogin, limit, func(f *fields) {
		f.number(uint(s))
		f.number(user)
		f.bytes(pin)
	}, nil)
}

func (r *remote) logout(s session) error {
	return r.ask(opLogout, r.limits.Call, func(f *fields) { f.number(uint(s)) }, nil)
}
