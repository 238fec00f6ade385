package pkcs11

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"time"
)

// Signatures have pipes of their own beside the two that every other call shares. A lane is one thread of the driver process (lane_child.go)
// that makes one signature after the other; it has a pipe for requests and depth pipes for answers, its seats. The goroutine that wants the
// signature takes a seat, writes, and reads the answer itself. A second seat lets the next request lie ready while a signature is made: the
// thread then goes from one to the next without being woken. Waking threads, above all on another core, is what a process of its own costs: by the
// shared pipes a signature passes five goroutines, and their wake-ups took longer than checking an RSA-2048 signature.

const (
	laneCount = 16      // of a driver process; tokens that find none left sign by the shared pipes
	laneDepth = 2       // seats of a lane
	laneFrame = 1 << 14 // longest request; a longer one goes by the shared pipes
	laneSign  = 4096    // longest answer; no signature comes near it
	laneTicks = 8       // a time limit is counted in so many parts, so that a signature sets no timer of its own
)

// The heads of a request and an answer; data follows. Numbers have the machine's own order: both ends are the same program.
const (
	laneRequest = 72 // length of all and seat (4 bytes each), number, session, mechanism, key, PSS or not, its hash, MGF and salt
	laneAnswer  = 24 // length of all (8 bytes), number, return value
)

// seatAt names a seat of a process's lanes.
type seatAt struct{ lane, seat int }

// lane is the parent's end of one.
type lane struct {
	requests *os.File
	seats    [laneDepth]*seat

	mu      sync.Mutex
	queue   []*laneCall // in the order in which they were sent: the first one is being made
	age     int         // ticks since the first one became the first
	ticking bool
	tick    time.Duration
}

// seat is used by one call at a time.
type seat struct {
	answers *os.File
	request []byte
	answer  []byte
	number  uint64
}

// laneCall is a signature on its way.
type laneCall struct {
	p       *process
	l       *lane
	s       *seat
	got     int  // bytes of the answer
	expired bool // guarded by l.mu
}

// errStillWorking says that the caller's patience or the time limit ended before the call.
var errStillWorking = errors.New("the call is still in progress")

// send queues a signature at a seat that is the caller's own. limit is for C_Sign and counts from when the signatures before it are made.
func (p *process) send(at seatAt, limit time.Duration, h session, how mechanism, key object, data []byte) (reply, error) {
	l := p.child.lanes[at.lane]
	s := l.seats[at.seat]
	c := &laneCall{p: p, l: l, s: s}
	s.number++
	s.encode(at.seat, h, how, key, data)
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := l.requests.Write(s.request); err != nil { // under the lock, so that the queue has the pipe's order
		return nil, p.gone(err)
	}
	if l.queue = append(l.queue, c); len(l.queue) == 1 {
		l.age = 0
	}
	if !l.ticking {
		l.ticking, l.tick = true, max(limit/laneTicks, time.Millisecond)
		time.AfterFunc(l.tick, l.watch)
	}
	return c, nil
}

func (s *seat) encode(index int, h session, how mechanism, key object, data []byte) {
	b := s.request[:0]
	b = binary.NativeEndian.AppendUint32(b, uint32(laneRequest+len(data))) //nolint:gosec // at most laneFrame
	b = binary.NativeEndian.AppendUint32(b, uint32(index))                 //nolint:gosec // below laneDepth
	pss := [4]uint{}
	if how.pss != nil {
		pss = [4]uint{1, how.pss.hash, how.pss.mgf, how.pss.salt}
	}
	for _, v := range []uint64{s.number, uint64(h), uint64(how.kind), uint64(key), uint64(pss[0]), uint64(pss[1]), uint64(pss[2]), uint64(pss[3])} {
		b = binary.NativeEndian.AppendUint64(b, v)
	}
	s.request = append(b, data...)
}

// watch counts how long the first call has been in progress, and ends its wait when that is too long.
func (l *lane) watch() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		l.ticking = false
		return
	}
	if l.age++; l.age > laneTicks && !l.queue[0].expired {
		l.queue[0].expired = true
		_ = l.queue[0].s.answers.SetReadDeadline(longAgo()) // fails when the process is gone, which ends the wait too
	}
	time.AfterFunc(l.tick, l.watch)
}

// longAgo is a deadline that has passed.
func longAgo() time.Time { return time.Unix(1, 0) }

// receive waits for the answer. With errStillWorking the call goes on, and linger must be called.
func (c *laneCall) receive(ctx context.Context) ([]byte, error) {
	if ctx.Done() != nil {
		ran := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			_ = c.s.answers.SetReadDeadline(longAgo()) // as above
			close(ran)
		})
		defer func() {
			if !stop() {
				<-ran
				_ = c.s.answers.SetReadDeadline(time.Time{})
			}
		}()
	}
	return c.finish()
}

// timedOut says whether the call took longer than its limit.
func (c *laneCall) timedOut() bool {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	return c.expired
}

// linger waits for the end of a call that was too slow for its caller, and calls hangs when it exceeds the time limit.
func (c *laneCall) linger(hangs func()) error {
	for {
		_ = c.s.answers.SetReadDeadline(time.Time{}) // fails when the process is gone, which ends the wait too
		_, err := c.finish()
		if !errors.Is(err, errStillWorking) {
			return err
		}
		hangs()
	}
}

// finish reads the answer.
func (c *laneCall) finish() ([]byte, error) {
	for c.got < laneAnswer || c.got < int(binary.NativeEndian.Uint64(c.s.answer)) { //nolint:gosec // plausible checked it
		n, err := c.s.answers.Read(c.s.answer[c.got:])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, errStillWorking
		}
		if err != nil {
			return nil, c.p.gone(err)
		}
		if c.got += n; c.got >= laneAnswer && !c.plausible() {
			return nil, c.p.gone(errWire)
		}
	}
	c.leave()
	if rv := binary.NativeEndian.Uint64(c.s.answer[16:]); rv != 0 {
		return nil, ReturnValue(rv)
	}
	return append([]byte(nil), c.s.answer[laneAnswer:c.got]...), nil
}

// plausible says whether what was read so far is the answer to this call.
func (c *laneCall) plausible() bool {
	length, number := binary.NativeEndian.Uint64(c.s.answer), binary.NativeEndian.Uint64(c.s.answer[8:])
	return length >= uint64(c.got) && length <= laneSign && number == c.s.number
}

// leave takes the call out of the queue: the next one's time begins.
func (c *laneCall) leave() {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	for i := range c.l.queue {
		if c.l.queue[i] == c {
			c.l.queue = append(c.l.queue[:i], c.l.queue[i+1:]...)
			break
		}
	}
	c.l.age = 0
	if c.expired {
		_ = c.s.answers.SetReadDeadline(time.Time{})
	}
}

// gone ends a process that does not answer as it should, and returns the error that stands for its end.
func (p *process) gone(why error) error {
	if errors.Is(why, errWire) {
		p.kill(why)
	}
	_ = p.child.Kill() // that it died by itself is told by what Wait returns
	<-p.ended
	p.mu.Lock()
	defer p.mu.Unlock()
	return &goneError{why: p.dead}
}

// newLanes makes the pipes of a child's lanes, and gives the child's ends in the order in which it finds them: for each lane the one of
// requests, then those of answers.
func newLanes() (lanes []*lane, childs []*os.File, err error) {
	defer func() {
		if err != nil {
			closeLanes(lanes)
			closeAll(childs)
		}
	}()
	for range laneCount {
		l := &lane{}
		lanes = append(lanes, l)
		var theirs *os.File
		if theirs, l.requests, err = os.Pipe(); err != nil {
			return lanes, childs, err
		}
		childs = append(childs, theirs)
		for i := range l.seats {
			l.seats[i] = &seat{request: make([]byte, 0, 2*laneRequest), answer: make([]byte, laneSign)}
			if l.seats[i].answers, theirs, err = os.Pipe(); err != nil {
				return lanes, childs, err
			}
			childs = append(childs, theirs)
		}
	}
	return lanes, childs, nil
}

// closeLanes closes this end; a call that still waits for an answer ends.
func closeLanes(lanes []*lane) {
	for _, l := range lanes {
		files := []*os.File{l.requests}
		for _, s := range l.seats {
			if s != nil {
				files = append(files, s.answers)
			}
		}
		closeAll(files)
	}
}

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}
