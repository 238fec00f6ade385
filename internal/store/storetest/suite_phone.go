package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
)

// phoneOperation is one with every column filled that its beginning fills.
func (b *bench) phoneOperation() docket.PhoneOperation {
	return docket.PhoneOperation{
		ID: b.id(), Secret: docket.HashOf([32]byte{9}), Provider: "sima", Step: "document", State: docket.PhoneWaiting, Owner: "person:" + string(b.person.ID),
		Session: docket.HashOf([32]byte{1}), Subject: b.id(), Name: "qeyd.pdf", Document: docket.HashOf([32]byte{2}), Size: 1 << 33, FIN: "5AZ1F2N", Number: "+994501234567",
		Created: b.now, Expires: b.now.Add(5 * time.Minute),
	}
}

func phoneOperations(t *testing.T, b *bench) {
	ctx, o := b.ctx(), b.phoneOperation()
	b.tx(func(w docket.Work) error { return w.AddPhoneOperation(ctx, &o) })
	read(b, &o, func(w docket.Work) (*docket.PhoneOperation, error) { return w.PhoneOperation(ctx, o.ID) })
	claim := func(who string, now time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.ClaimPhoneOperation(ctx, o.ID, who, now, now.Add(time.Minute)) }
	}
	b.refused(docket.ErrStale, claim("late", o.Expires))
	b.tx(claim("one", b.now))
	b.refused(docket.ErrStale, claim("two", b.now.Add(time.Second)))
	b.tx(claim("two", b.now.Add(time.Minute))) // the lease is over
	next := o
	next.Step, next.Remote, next.Code, next.Signing = "hash", "r-1", "0815", b.id()
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.SavePhoneOperation(ctx, &next, "one") })
	b.tx(func(w docket.Work) error { return w.SavePhoneOperation(ctx, &next, "two") })
	read(b, &next, func(w docket.Work) (*docket.PhoneOperation, error) { return w.PhoneOperation(ctx, o.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.SavePhoneOperation(ctx, &next, "two") })
	b.tx(claim("three", b.now))
	next.State, next.Failure = docket.PhoneFailed, "x"
	b.tx(func(w docket.Work) error { return w.SavePhoneOperation(ctx, &next, "three") })
	b.refused(docket.ErrStale, claim("four", b.now))
	for after, want := range map[time.Duration]int{5 * time.Minute: 0, 5*time.Minute + time.Second: 1} {
		b.tx(func(w docket.Work) error {
			gone, err := w.LapsedPhoneOperations(ctx, b.now.Add(after), 10)
			if len(gone) != want {
				t.Errorf("after %s: %d lapsed", after, len(gone))
			}
			return err
		})
	}
	b.tx(func(w docket.Work) error { return w.RemovePhoneOperation(ctx, o.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RemovePhoneOperation(ctx, o.ID) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.PhoneOperation(ctx, o.ID); return err })
}

// onePhoneClaim lets many callbacks take the same operation: one may.
func onePhoneClaim(t *testing.T, b *bench) {
	ctx, o := b.ctx(), b.phoneOperation()
	b.tx(func(w docket.Work) error { return w.AddPhoneOperation(ctx, &o) })
	var wg sync.WaitGroup
	var won atomic.Int32
	for i := range 8 {
		wg.Go(func() {
			err := b.store.InTx(ctx, func(w docket.Work) error {
				return w.ClaimPhoneOperation(ctx, o.ID, string(rune('a'+i)), b.now, b.now.Add(time.Minute))
			})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, docket.ErrStale) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 took it", won.Load())
	}
}
