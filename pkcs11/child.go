package pkcs11

import (
	"bufio"
	"errors"
	"io"
	"sync"
)

// ServeDriver is what the child process does: it loads the library at path and answers requests until in ends, as it does when the parent
// closes it or dies. A call that hangs in the library is still in progress then: the caller must end the process.
func ServeDriver(path string, in io.Reader, out io.Writer) error {
	drv, err := loadDriver(path)
	if err == nil {
		drv.serveLanes()
	}
	return (&server{drv: drv, unusable: err, out: out}).serve(in)
}

// server answers requests, each in a goroutine of its own: a call that waits for a person at a PIN pad holds up no other.
type server struct {
	drv      driver
	unusable error // why there is no driver
	writing  sync.Mutex
	out      io.Writer
}

func (s *server) serve(in io.Reader) error {
	buffered := bufio.NewReader(in)
	for {
		m, err := readMessage(buffered)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		go s.handle(m)
	}
}

// handle answers one request.
func (s *server) handle(m *message) {
	answer := newFrame(m.number, statusOK)
	err := s.unusable
	if err == nil {
		err = s.perform(m, answer)
	}
	clear(m.whole)
	var rv ReturnValue
	switch {
	case errors.As(err, &rv):
		answer = newFrame(m.number, statusValue)
		answer.number(uint(rv))
	case err != nil:
		answer = newFrame(m.number, statusError)
		answer.text(err.Error())
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	_, _ = s.out.Write(answer.frame()) // a parent that is gone ends this process by the other pipe
}

// perform does what concerns the library and its slots; the rest needs a session.
func (s *server) perform(m *message, out *fields) error {
	switch operation(m.kind) {
	case opInitialize:
		parameters := m.text()
		return m.whenRead(func() error { return s.drv.initialize(parameters) })
	case opFinalize:
		return s.drv.finalize()
	case opLibrary:
		i, err := s.drv.library()
		for _, v := range []string{i.Manufacturer, i.Description, i.Version, i.Cryptoki} {
			out.text(v)
		}
		return err
	case opSlots:
		list, err := s.drv.slots()
		out.numbers(list)
		return err
	case opTokenInfo:
		t, err := s.drv.tokenInfo(m.uint())
		out.token(t)
		return err
	case opMechanisms:
		list, err := s.drv.mechanisms(m.uint())
		out.numbers(list)
		return err
	case opOpenSession:
		h, err := s.drv.openSession(m.uint(), m.yes())
		out.number(uint(h))
		return err
	case opInitToken:
		slot, pin, label := m.uint(), m.bytes(), m.text()
		return m.whenRead(func() error { return s.drv.initToken(slot, pin, label) })
	}
	return s.inSession(session(m.uint()), m, out)
}

// inSession does what concerns one session.
func (s *server) inSession(h session, m *message, out *fields) error {
	switch operation(m.kind) {
	case opCloseSession:
		return s.drv.closeSession(h)
	case opLogin:
		user, pin := m.uint(), m.bytes()
		return m.whenRead(func() error { return s.drv.login(h, user, pin) })
	case opLogout:
		return s.drv.logout(h)
	case opFind:
		found, err := s.drv.find(h, m.template(), int(m.uint())) //nolint:gosec // the parent's own limit
		out.number(uint(len(found)))
		for _, o := range found {
			out.number(uint(o))
		}
		return err
	case opAttributes:
		values, err := s.drv.attributes(h, object(m.uint()), m.numbers())
		out.number(uint(len(values)))
		for _, v := range values {
			out.bytes(v)
		}
		return err
	case opSign:
		how, key, data, pin := m.mechanism(), object(m.uint()), m.bytes(), m.bytes()
		return m.whenRead(func() error {
			sig, err := s.drv.sign(h, how, key, data, pin)
			out.bytes(sig)
			return err
		})
	case opGenerate:
		pub, priv, err := s.drv.generate(h, m.uint(), m.template(), m.template())
		out.number(uint(pub))
		out.number(uint(priv))
		return err
	case opCreate:
		o, err := s.drv.create(h, m.template())
		out.number(uint(o))
		return err
	case opDestroy:
		return s.drv.destroy(h, object(m.uint()))
	case opInitPIN:
		pin := m.bytes()
		return m.whenRead(func() error { return s.drv.initPIN(h, pin) })
	}
	return errWire
}
