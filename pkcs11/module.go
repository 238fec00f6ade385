package pkcs11

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Options opens a module.
type Options struct {
	Path string           // of the PKCS#11 library
	Init string           // what the library wants to be told by C_Initialize; NSS: configDir='sql:/folder'. Most want nothing
	Now  func() time.Time // for the attempt journal's entries; nil leaves their time empty

	wrap func(driver) driver // tests put their own driver before the loaded one
}

// Loader owns the modules of a process. C_Initialize belongs to the process, not to the caller, so two parts that use one library must
// share a Loader; it initialises each path once (with one Init) and finalises it with the last Close. The zero value is ready and loads libraries into
// this process.
type Loader struct {
	// Launcher starts a process of its own for each library, whose crash or hanging then costs one request and not this process.
	Launcher Launcher
	Limits   Limits // of the calls to such a process

	mu   sync.Mutex
	open map[string]*Module
}

// Module is a loaded and initialised PKCS#11 library. Its methods may be called from several goroutines.
type Module struct {
	path    string
	opt     Options
	drv     driver
	loader  *Loader
	users   int // guarded by loader.mu
	journal *MemoryJournal

	// gate holds one unit for each call in progress; a reload takes all of them.
	gate *semaphore.Weighted

	mu         sync.Mutex
	generation uint64 // counts initialisations; sessions and handles of an earlier one are dead
	closed     bool
	resting    bool // a reload failed a short while ago
	rest       time.Duration
	lanes      [laneCount]bool // lent to a token
}

const (
	gateSize  = 1 << 20
	firstRest = time.Second
	longRest  = 30 * time.Second
)

// Open loads a module with a Loader of its own.
func Open(o Options) (*Module, error) { return new(Loader).Open(o) }

// Open loads and initialises a module, or hands out the one that is loaded from the same path already.
func (l *Loader) Open(o Options) (*Module, error) {
	path, err := resolve(o.Path)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	name := path + "\x00" + o.Init
	if m := l.open[name]; m != nil {
		m.users++
		return m, nil
	}
	m, err := load(path, o, l.driver)
	if err != nil {
		return nil, err
	}
	m.loader, m.users = l, 1
	if l.open == nil {
		l.open = map[string]*Module{}
	}
	l.open[name] = m
	return m, nil
}

// resolve finds the file and its one true path, so that two names of one library are one module.
func resolve(path string) (string, error) {
	if path == "" {
		return "", fail(ErrModuleNotFound, "an empty path", "name the module by module-path", nil)
	}
	full, err := filepath.Abs(path)
	if err == nil {
		full, err = filepath.EvalSymlinks(full)
	}
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return "", fail(ErrModuleNotFound, path, "", nil)
		}
		return "", fail(ErrModuleNotFound, path, "", err)
	}
	return full, nil
}

// driver is the library at path, here or in a process of its own.
func (l *Loader) driver(path string) (driver, error) {
	if l.Launcher == nil {
		return loadDriver(path)
	}
	return &remote{path: path, launch: l.Launcher, limits: l.Limits.withDefaults()}, nil
}

func load(path string, o Options, driver func(string) (driver, error)) (*Module, error) {
	drv, err := driver(path)
	if errors.Is(err, ErrNoCgo) {
		return nil, fail(ErrNoCgo, path, "", nil)
	}
	if err != nil {
		return nil, fail(ErrModuleUnusable, path, "", err)
	}
	if o.wrap != nil {
		drv = o.wrap(drv)
	}
	if err := drv.initialize(o.Init); err != nil {
		if returned(err, rvAlreadyInitialized) {
			return nil, fail(ErrModuleInUse, path, "", nil) // not ours: neither finalise nor unload it
		}
		drv.unload()
		return nil, fail(ErrModuleUnusable, path, "", err)
	}
	return &Module{path: path, opt: o, drv: drv, gate: semaphore.NewWeighted(gateSize), generation: 1, journal: &MemoryJournal{}}, nil
}

// Path is where the library lies.
func (m *Module) Path() string { return m.path }

// Close gives the module back; the last user's Close waits for calls in progress, finalises and unloads it. Tokens must be closed before.
func (m *Module) Close() error {
	m.loader.mu.Lock()
	defer m.loader.mu.Unlock()
	if m.users--; m.users > 0 {
		return nil
	}
	delete(m.loader.open, m.path+"\x00"+m.opt.Init)
	if err := m.gate.Acquire(context.Background(), gateSize); err != nil {
		return fail(ErrDevice, m.path, "", err)
	}
	defer m.gate.Release(gateSize)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil
	}
	m.closed = true
	err := m.drv.finalize()
	m.drv.unload()
	if err != nil {
		return fail(ErrDevice, m.path, "", err)
	}
	return nil
}

// enter admits a call into the library and returns what ends it, with the generation that the call belongs to.
func (m *Module) enter(ctx context.Context) (uint64, func(), error) {
	if err := m.gate.Acquire(ctx, 1); err != nil {
		return 0, nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		m.gate.Release(1)
		return 0, nil, fail(ErrClosed, "the module "+m.path, "", nil)
	}
	return m.generation, func() { m.gate.Release(1) }, nil
}

// Library tells who made the module.
func (m *Module) Library(ctx context.Context) (LibraryInfo, error) {
	_, leave, err := m.enter(ctx)
	if err != nil {
		return LibraryInfo{}, err
	}
	defer leave()
	info, err := m.drv.library()
	if err != nil {
		return info, fail(ErrDevice, m.path, "", err)
	}
	return info, nil
}

// Tokens lists the initialised tokens that are present.
func (m *Module) Tokens(ctx context.Context) ([]TokenInfo, error) {
	_, leave, err := m.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	var out []TokenInfo
	err = m.eachToken(func(_ uint, t TokenInfo) { out = append(out, t) })
	return out, err
}

// eachToken calls do for every initialised token; the caller is inside the gate.
func (m *Module) eachToken(do func(slot uint, t TokenInfo)) error {
	ids, err := m.drv.slots()
	if err != nil {
		return fail(ErrDevice, m.path, "", err)
	}
	for _, id := range ids {
		t, err := m.drv.tokenInfo(id)
		if err != nil {
			continue // pulled out between the two calls, or no token that can be read: nothing to list
		}
		if t.Flags.Has(FlagInitialized) {
			do(id, t)
		}
	}
	return nil
}

// locate finds the one token that a URI means; the caller is inside the gate.
func (m *Module) locate(u URI) (uint, TokenInfo, error) {
	var slot uint
	var found []TokenInfo
	err := m.eachToken(func(id uint, t TokenInfo) {
		if u.matches(t) {
			slot, found = id, append(found, t)
		}
	})
	switch {
	case err != nil:
		return 0, TokenInfo{}, err
	case len(found) == 0:
		return 0, TokenInfo{}, fail(ErrNoToken, u.tokenPart().String(), "", nil)
	case len(found) > 1:
		return 0, TokenInfo{}, fail(ErrTokenAmbiguous, u.tokenPart().String(), "", nil)
	}
	return slot, found[0], nil
}

// reload finalises and initialises the library again, unless somebody did so since the generation that failed. The first reload happens
// at once; after one that did not help the next must wait, a second at first, half a minute at most.
func (m *Module) reload(ctx context.Context, failed uint64) error {
	if err := m.gate.Acquire(ctx, gateSize); err != nil {
		return err
	}
	defer m.gate.Release(gateSize)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.closed:
		return fail(ErrClosed, "the module "+m.path, "", nil)
	case m.generation != failed:
		return nil
	case m.resting:
		return fail(ErrTokenRemoved, "behind "+m.path, "the driver is given a rest before it is loaded again", nil)
	}
	_ = m.drv.finalize() // a driver in trouble may refuse; initialising says whether it recovered
	m.generation++
	if err := m.drv.initialize(m.opt.Init); err != nil && !returned(err, rvAlreadyInitialized) {
		m.pause()
		return fail(ErrTokenRemoved, "behind "+m.path, "", err)
	}
	return nil
}

// pause begins the rest after a reload that did not help; the caller holds mu.
func (m *Module) pause() {
	m.rest = min(max(2*m.rest, firstRest), longRest)
	m.resting = true
	time.AfterFunc(m.rest, func() {
		m.mu.Lock()
		m.resting = false
		m.mu.Unlock()
	})
}

// recovered forgets earlier failures after a call that worked.
func (m *Module) recovered() {
	m.mu.Lock()
	m.rest, m.resting = 0, false
	m.mu.Unlock()
}

// disappointed notes that the reload did not bring the token back.
func (m *Module) disappointed() {
	m.mu.Lock()
	m.pause()
	m.mu.Unlock()
}

// takeLanes lends up to n lanes to a token, none where the driver has none.
func (m *Module) takeLanes(n int) []int {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []int
	for i := range m.lanes[:min(laneCount, m.drv.lanes())] {
		if !m.lanes[i] && len(out) < n {
			m.lanes[i] = true
			out = append(out, i)
		}
	}
	return out
}

// giveLanes takes them back.
func (m *Module) giveLanes(list []int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, i := range list {
		m.lanes[i] = false
	}
}
