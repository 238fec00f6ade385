package credential

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestADrainedMemberEndsItsWorkAndGetsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 100))
		b.want("1")
		k := b.keys[0]
		k.hang = make(chan struct{})
		ended := make(chan error, 1)
		go func() { ended <- b.sign() }()
		synctest.Wait()
		if err := b.Drain("seal", "1", true); err != nil {
			t.Fatal(err)
		}
		b.want("2")
		if s := b.state(0); s.State != StateDraining || s.InProgress != 1 || k.closes.Load() != 0 {
			t.Errorf("%+v, closed %d times", s, k.closes.Load())
		}
		close(k.hang)
		if err := <-ended; err != nil {
			t.Error("what ran should have ended well:", err)
		}
		stop := b.watch()
		time.Sleep(time.Hour)
		stop()
		if s := b.state(0); s.State != StateDrained || s.Reason != "drained" {
			t.Errorf("%+v", s)
		}
		if n := k.signs.Load(); n != 1 {
			t.Errorf("a drained token was left alone by %d signatures", n)
		}
		if err := b.Drain("seal", "1", false); err != nil {
			t.Fatal(err)
		}
		b.want("1")
		if err := b.Drain("seal", "3", true); !errors.Is(err, ErrUnknown) {
			t.Error(err)
		}
		if err := b.Drain("seal", "", true); err != nil {
			t.Fatal(err)
		}
		b.want("drained")
	})
}

func TestDrainingReachesThisProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rows atomic.Pointer[[]Drained]
		var broken atomic.Bool
		rows.Store(&[]Drained{})
		b := newBench(t, func(o *Options) {
			o.Drained = func(context.Context) ([]Drained, error) {
				if broken.Load() {
					return nil, errors.New("no database")
				}
				return *rows.Load(), nil
			}
		}, newFake(t, "a", 100), newFake(t, "b", 100))
		defer b.watch()()
		synctest.Wait()
		b.want("1")
		rows.Store(&[]Drained{{"seal", "1"}})
		time.Sleep(2100 * time.Millisecond)
		b.want("2")
		synctest.Wait()
		if b.keys[0].closes.Load() != 1 {
			t.Error("the idle token was not given back")
		}
		broken.Store(true)
		time.Sleep(time.Minute)
		b.want("2") // what was known stays
		broken.Store(false)
		rows.Store(&[]Drained{{"seal", ""}})
		time.Sleep(3 * time.Second)
		b.want("drained")
		rows.Store(&[]Drained{})
		time.Sleep(3 * time.Second)
		b.want("1")
	})
}

func TestCloseGivesEveryTokenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 100))
		b.want("1")
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if b.keys[0].closes.Load() != 1 || b.keys[1].opens.Load() != 0 {
			t.Error("one was opened, and that one is to be closed")
		}
		if got := b.chosen(); got == "1" {
			t.Error("opened again after the end")
		}
	})
}
