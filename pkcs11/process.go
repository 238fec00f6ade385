package pkcs11

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Launcher starts a driver process for a library. The process must call [ServeDriver] with the path and the two pipes and end when that
// returns.
type Launcher interface {
	Launch(path string) (*Child, error)
}

// Child is a started driver process: what the parent holds of it.
type Child struct {
	In   io.WriteCloser // to the child
	Out  io.ReadCloser  // from the child
	Kill func() error   // ends it at once
	Wait func() error   // until it has ended
	PID  int            // for people and measurements; zero when it is not told

	lanes []*lane // for signatures; none where the system has none
}

// process is a running driver process with the calls that wait for its answers.
type process struct {
	child   *Child
	logins  sync.RWMutex // read-held during a log-in: a driver that hangs is not killed while one is in progress
	writing sync.Mutex
	ended   chan struct{} // closed when nothing more will be answered

	mu      sync.Mutex
	waiting map[uint32]chan *message
	last    uint32
	dead    error // why nothing more will be answered
}

var errHangs = errors.New("a call in it took too long, so it was killed")

// launch starts a process and the goroutine that reads its answers.
func launch(l Launcher, path string) (*process, error) {
	child, err := l.Launch(path)
	if err != nil {
		return nil, fmt.Errorf("the driver process can't be started: %w", err)
	}
	p := &process{child: child, waiting: map[uint32]chan *message{}, ended: make(chan struct{})}
	go p.read()
	return p, nil
}

// read hands each answer to the call that waits for it. When the process ends, however it ends, it fails them all.
func (p *process) read() {
	buffered := bufio.NewReader(p.child.Out)
	for {
		m, err := readMessage(buffered)
		if err != nil {
			p.buried(err)
			return
		}
		p.mu.Lock()
		to := p.waiting[m.number]
		delete(p.waiting, m.number)
		p.mu.Unlock()
		if to == nil {
			p.kill(errWire) // an answer to a question that nobody asked
			continue
		}
		to <- m
	}
}

// buried notes that the process ended, and waits for it so that no zombie is left.
func (p *process) buried(err error) {
	_ = p.child.Kill() // it closed its pipe, but may be alive
	waited := p.child.Wait()
	p.mu.Lock()
	if p.dead == nil {
		if p.dead = err; errors.Is(err, io.EOF) && waited != nil {
			p.dead = waited
		}
	}
	p.mu.Unlock()
	_ = p.child.In.Close()
	_ = p.child.Out.Close()
	closeLanes(p.child.lanes)
	close(p.ended)
}

// kill ends the process at once; read does the rest.
func (p *process) kill(why error) {
	p.mu.Lock()
	if p.dead == nil {
		p.dead = why
	}
	p.mu.Unlock()
	_ = p.child.Kill() // one that ended by itself is just as well
}

// endWait is how long a process gets to end by itself after its pipe was closed.
const endWait = 2 * time.Second

// end lets the process end by itself, and kills it when it doesn't.
func (p *process) end() {
	_ = p.child.In.Close()
	timer := time.NewTimer(endWait)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		p.kill(errHangs)
		<-p.ended
	}
}

// abandon kills the process when no log-in is in progress; those that begin later wait and then find it gone.
func (p *process) abandon(why error) {
	go func() {
		p.logins.Lock()
		defer p.logins.Unlock()
		p.kill(why)
	}()
}

// register takes a number for a call, unless the process is gone.
func (p *process) register() (uint32, chan *message, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead != nil {
		return 0, nil, &goneError{why: p.dead, unsent: true}
	}
	p.last++
	answer := make(chan *message, 1)
	p.waiting[p.last] = answer
	return p.last, answer, nil
}

// call asks and waits for the answer, at most until the limit, after which the process is killed.
func (p *process) call(op operation, limit time.Duration, put func(*fields)) (*message, error) {
	number, answer, err := p.register()
	if err != nil {
		return nil, err
	}
	request := newFrame(number, byte(op))
	if put != nil {
		put(request)
	}
	p.writing.Lock()
	_, err = p.child.In.Write(request.frame())
	p.writing.Unlock()
	request.wipe()
	if err != nil {
		p.kill(err)
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case m := <-answer:
		return m, m.failure()
	case <-timer.C:
		p.kill(errHangs)
		<-p.ended
	case <-p.ended:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return nil, &goneError{why: p.dead}
}

// callWithPIN is call for what tries a PIN: abandon waits for it.
func (p *process) callWithPIN(op operation, limit time.Duration, put func(*fields)) (*message, error) {
	p.logins.RLock()
	defer p.logins.RUnlock()
	return p.call(op, limit, put)
}

// failure turns an answer's status into the error that the library gave.
func (m *message) failure() error {
	switch m.kind {
	case statusOK:
		return nil
	case statusValue:
		return ReturnValue(m.uint())
	case statusError:
		return errors.New(m.text())
	}
	return errWire
}
