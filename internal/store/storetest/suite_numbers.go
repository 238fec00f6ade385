package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
)

func outgoing(caseNo string) docket.Series {
	return docket.Series{Journal: docket.JournalOutgoing, Unit: "9", Case: caseNo, Template: "{unit}/{case}-{seq:02}"}
}

func numbers(t *testing.T, b *bench) {
	ctx := b.ctx()
	take := func(s docket.Series, at time.Time) (n *docket.Number) {
		t.Helper()
		b.tx(func(w docket.Work) (err error) {
			n, err = w.TakeNumber(ctx, s, b.id(), string(b.clerk.ID), at)
			return err
		})
		return n
	}
	newYear := time.Date(2026, 12, 31, 20, 0, 0, 0, time.UTC) // midnight in Baku
	for _, c := range []struct {
		s    docket.Series
		at   time.Time
		want string
	}{
		{outgoing("14"), b.now, "9/14-01"},
		{outgoing("14"), b.now, "9/14-02"},
		{outgoing("15"), b.now, "9/15-01"},
		{docket.Series{Journal: docket.JournalIncoming, Unit: "9", Case: "14", Template: "{case}/{year}-{seq}"}, b.now, "14/2026-1"},
		{outgoing("14"), newYear.Add(-time.Second), "9/14-03"},
		{outgoing("14"), newYear, "9/14-01"},
	} {
		if n := take(c.s, c.at); n.Text != c.want {
			t.Errorf("took %s, want %s", n.Text, c.want)
		}
	}
	n := take(outgoing("14"), b.now)
	b.refused(docket.ErrStale, func(w docket.Work) error {
		_, err := w.TakeNumber(ctx, outgoing("14"), n.Subject, "", b.now)
		return err
	})
	b.tx(func(w docket.Work) error { return w.VoidNumber(ctx, n.Subject, string(b.clerk.ID), "səhv", b.now) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.VoidNumber(ctx, n.Subject, "", "", b.now) })
	if next := take(outgoing("14"), b.now); next.Text != "9/14-05" {
		t.Errorf("after an annulled one: %s, want 9/14-05", next.Text)
	}
	read(b, "annulled by "+string(b.clerk.ID), func(w docket.Work) (string, error) {
		list, err := w.Numbers(ctx, outgoing("14"), 2026)
		if len(list) != 5 || list[3].Voided.IsZero() || list[3].Reason != "səhv" {
			return fmt.Sprint(list), err
		}
		return "annulled by " + list[3].VoidedBy, err
	})
}

// numbersAtOnce takes a hundred numbers at once, every seventh of which is rolled back: what is committed must be 1..n without a gap.
func numbersAtOnce(t *testing.T, b *bench) {
	const clients = 100
	boom := errors.New("boom")
	var committed atomic.Int64
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range clients {
		wg.Go(func() {
			<-start
			err := b.store.InTx(b.ctx(), func(w docket.Work) error {
				if _, err := w.TakeNumber(b.ctx(), outgoing("14"), docket.NewID(b.now), "", b.now); err != nil {
					return err
				}
				if i%7 == 3 {
					return boom
				}
				return nil
			})
			switch {
			case err == nil:
				committed.Add(1)
			case !errors.Is(err, boom):
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	close(start)
	wg.Wait()
	read(b, int(committed.Load()), func(w docket.Work) (int, error) {
		list, err := w.Numbers(b.ctx(), outgoing("14"), 2026)
		for i, n := range list {
			if n.Seq != i+1 || n.Text != fmt.Sprintf("9/14-%02d", i+1) {
				t.Errorf("row %d holds %s", i+1, n.Text)
			}
		}
		return len(list), err
	})
}

// oneWins lets twenty clerks decide the same registration: one must win, the others must be told that it changed.
func oneWins(t *testing.T, b *bench) {
	r := b.registration()
	b.tx(func(w docket.Work) error { return w.AddRegistration(b.ctx(), r) })
	var wins, stale atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		mine := *r
		wg.Go(func() {
			mine.State = docket.RegistrationRefused
			err := b.store.InTx(b.ctx(), func(w docket.Work) error { return w.UpdateRegistration(b.ctx(), &mine) })
			switch {
			case err == nil:
				wins.Add(1)
			case errors.Is(err, docket.ErrStale):
				stale.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if wins.Load() != 1 || stale.Load() != 19 {
		t.Errorf("%d won, %d were told it is stale; want 1 and 19", wins.Load(), stale.Load())
	}
}
