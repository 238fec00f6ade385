package pkcs11

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A frame is four bytes of length, four of number, one that is an operation (in a request) or a status (in an answer), and the fields of that
// operation one after the other. Both ends are the same program, so there is no version and nothing that tells one field from another.
const (
	frameHead = 9
	maxFrame  = 16 << 20 // a token's largest attribute is a certificate; this is far beyond it
)

// operation names a method of driver on the wire.
type operation byte

const (
	opInitialize operation = iota + 1
	opFinalize
	opLibrary
	opSlots
	opTokenInfo
	opMechanisms
	opOpenSession
	opCloseSession
	opLogin
	opLogout
	opFind
	opAttributes
	opSign
	opGenerate
	opCreate
	opDestroy
	opInitToken
	opInitPIN
)

// The statuses of an answer.
const (
	statusOK    byte = iota
	statusValue      // a ReturnValue follows
	statusError      // a text follows
)

// errWire says that the other end did not speak as agreed: it is no driver process, or it lost its mind.
var errWire = errors.New("the driver process does not speak as agreed")

// fields writes what a frame carries.
type fields struct{ b []byte }

func newFrame(number uint32, kind byte) *fields {
	f := &fields{make([]byte, frameHead, 256)}
	binary.LittleEndian.PutUint32(f.b[4:], number)
	f.b[8] = kind
	return f
}

// wipe overwrites what was written, which may be a PIN.
func (f *fields) wipe() { clear(f.b) }

// frame finishes the frame by its length, which counts everything behind itself.
func (f *fields) frame() []byte {
	binary.LittleEndian.PutUint32(f.b, uint32(len(f.b)-4)) //nolint:gosec // what is longer than maxFrame the reader refuses
	return f.b
}

func (f *fields) number(v uint) { f.b = binary.AppendUvarint(f.b, uint64(v)) }

func (f *fields) yes(v bool) {
	if v {
		f.number(1)
	} else {
		f.number(0)
	}
}

// bytes keeps nil and empty apart: a nil PIN is another thing than an empty one.
func (f *fields) bytes(v []byte) {
	if v == nil {
		f.number(0)
		return
	}
	f.number(uint(len(v)) + 1)
	f.b = append(f.b, v...)
}

func (f *fields) text(v string) { f.bytes([]byte(v)) }

func (f *fields) numbers(list []uint) {
	f.number(uint(len(list)))
	for _, v := range list {
		f.number(v)
	}
}

// The kinds of an attribute's value.
const (
	valueBool uint = iota
	valueNumber
	valueText
	valueBytes
)

func (f *fields) template(list []attribute) {
	f.number(uint(len(list)))
	for _, a := range list {
		f.number(a.kind)
		switch v := a.value.(type) {
		case bool:
			f.number(valueBool)
			f.yes(v)
		case uint:
			f.number(valueNumber)
			f.number(v)
		case string:
			f.number(valueText)
			f.text(v)
		case []byte:
			f.number(valueBytes)
			f.bytes(v)
		}
	}
}

// message reads what a frame carries. The first thing that isn't there makes it bad, and everything after that is empty.
type message struct {
	number uint32
	kind   byte
	rest   []byte
	whole  []byte // what rest began as, to be wiped when it held a PIN
	bad    bool
}

// readMessage reads one frame; io.EOF means that the other end went away between two frames.
func readMessage(r io.Reader) (*message, error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.Uint32(head[:])
	if length < frameHead-4 || length > maxFrame {
		return nil, fmt.Errorf("%w: a frame of %d bytes", errWire, length)
	}
	body := make([]byte, length-(frameHead-4))
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, fmt.Errorf("%w: %w", errWire, err)
	}
	return &message{number: binary.LittleEndian.Uint32(head[4:]), kind: head[8], rest: body, whole: body}, nil
}

func (m *message) uint() uint {
	v, n := binary.Uvarint(m.rest)
	if n <= 0 || uint64(uint(v)) != v {
		m.bad, m.rest = true, nil
		return 0
	}
	m.rest = m.rest[n:]
	return uint(v)
}

func (m *message) yes() bool { return m.uint() == 1 }

func (m *message) bytes() []byte {
	n := m.uint()
	if n == 0 {
		return nil
	}
	if n-1 > uint(len(m.rest)) {
		m.bad, m.rest = true, nil
		return nil
	}
	v := m.rest[: n-1 : n-1]
	m.rest = m.rest[n-1:]
	return v
}

func (m *message) text() string { return string(m.bytes()) }

// count reads how many elements follow; each takes a byte at least, so a lie about it costs no memory.
func (m *message) count() int {
	n := m.uint()
	if n > uint(len(m.rest)) {
		m.bad, m.rest = true, nil
		return 0
	}
	return int(n) //nolint:gosec // at most the frame's length
}

func (m *message) numbers() []uint {
	var list []uint
	for range m.count() {
		list = append(list, m.uint())
	}
	return list
}

func (m *message) template() []attribute {
	var list []attribute
	for range m.count() {
		a := attribute{kind: m.uint()}
		switch m.uint() {
		case valueBool:
			a.value = m.yes()
		case valueNumber:
			a.value = m.uint()
		case valueText:
			a.value = m.text()
		case valueBytes:
			a.value = m.bytes()
		default:
			m.bad = true
		}
		list = append(list, a)
	}
	return list
}

// whenRead does what a request asks for when it was read whole: half a request must not try a PIN.
func (m *message) whenRead(do func() error) error {
	if err := m.done(); err != nil {
		return err
	}
	return do()
}

// done says whether everything that was asked for was there, and nothing else.
func (m *message) done() error {
	if m.bad || len(m.rest) > 0 {
		return errWire
	}
	return nil
}

func (f *fields) token(t TokenInfo) {
	for _, v := range []string{t.Label, t.Serial, t.Manufacturer, t.Model} {
		f.text(v)
	}
	for _, v := range []uint{uint(t.Flags), t.MaxSessions, t.MinPIN, t.MaxPIN} {
		f.number(v)
	}
}

func (m *message) token() TokenInfo {
	return TokenInfo{
		Label: m.text(), Serial: m.text(), Manufacturer: m.text(), Model: m.text(),
		Flags: TokenFlags(m.uint()), MaxSessions: m.uint(), MinPIN: m.uint(), MaxPIN: m.uint(),
	}
}

func (f *fields) mechanism(m mechanism) {
	f.number(m.kind)
	f.yes(m.pss != nil)
	if m.pss != nil {
		f.numbers([]uint{m.pss.hash, m.pss.mgf, m.pss.salt})
	}
}

func (m *message) mechanism() mechanism {
	out := mechanism{kind: m.uint()}
	if m.yes() {
		v := m.numbers()
		if len(v) != 3 {
			m.bad = true
			return out
		}
		out.pss = &pssParameters{v[0], v[1], v[2]}
	}
	return out
}
