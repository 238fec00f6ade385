package pkcs11

import (
	"context"
	"errors"
	"sync"
)

// seating says who sits where in a token's lanes.
type seating struct {
	mu    sync.Mutex
	lanes []seatsOf
}

type seatsOf [laneDepth]bool

// take gives the seat at which the wait is shortest; false when all are taken, or there are no lanes.
func (s *seating) take() (at seatAt, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	least := laneDepth
	for i, seats := range s.lanes {
		taken, empty := 0, 0
		for k, is := range seats {
			if is {
				taken++
			} else {
				empty = k
			}
		}
		if taken < least {
			least, at = taken, seatAt{i, empty}
		}
	}
	if least == laneDepth {
		return seatAt{}, false
	}
	s.lanes[at.lane][at.seat] = true
	return at, true
}

func (s *seating) give(at seatAt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lanes[at.lane][at.seat] = false
}

// byLane signs at a seat. Like within, it returns when the context or the time limit ends, and the call keeps seat and session until it ends.
func (k *Key) byLane(ctx context.Context, at seatAt, s session, o object, p plan, release func(bool)) ([]byte, error) {
	t := k.t
	done := func(healthy bool) {
		t.seats.give(at)
		release(healthy)
	}
	call, err := t.m.drv.send(seatAt{t.lanes[at.lane], at.seat}, t.opt.SignTimeout, s, p.mechanism, o, p.data)
	if err != nil {
		done(false)
		return nil, k.explain(err)
	}
	raw, err := call.receive(ctx)
	if !errors.Is(err, errStillWorking) {
		done(err == nil)
		return raw, k.explain(err)
	}
	hangs := call.timedOut()
	if hangs {
		t.m.drv.abandon()
	}
	go func() { done(call.linger(t.m.drv.abandon) == nil) }()
	if hangs {
		return nil, fail(ErrTimeout, k.uri.String(), t.opt.SignTimeout.String(), nil)
	}
	return nil, ctx.Err()
}
