package credential

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"mohur/pkcs11"
)

func TestAMemberThatFailedIsTriedAgainLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 100))
		k := b.keys[0]
		k.break_(removed())
		b.want("2")
		defer b.watch()()
		began, last := time.Now(), k.opens.Load()
		var at []time.Duration
		for time.Since(began) < 2*time.Minute {
			time.Sleep(100 * time.Millisecond)
			if n := k.opens.Load(); n != last {
				last = n
				at = append(at, time.Since(began).Round(time.Second))
			}
		}
		want := []time.Duration{1, 3, 7, 15, 31, 61, 91}
		for i, w := range want {
			if i >= len(at) || at[i] != w*time.Second {
				t.Fatalf("tried after %v, want %v seconds", at, want)
			}
		}
		b.want("2")
		k.break_(nil)
		time.Sleep(31 * time.Second)
		b.want("1")
		if s := b.state(0); s.State != StateReady || s.Failure == "" || s.FailedAt.IsZero() {
			t.Errorf("the last failure is to be remembered: %+v", s)
		}
		k.break_(removed()) // a new failure begins with the first rest
		if err := b.sign(); err == nil {
			t.Fatal("signed")
		}
		if s := b.state(0); time.Until(s.RestUntil) != time.Second {
			t.Errorf("rests until %v", time.Until(s.RestUntil))
		}
	})
}

func TestTheOnlyMemberIsTriedByWhoNeedsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // without Watch, as in a command
		b := newBench(t, nil, newFake(t, "a", 100))
		b.want("1")
		b.keys[0].break_(removed())
		if err := b.sign(); !errors.Is(err, ErrFailing) {
			t.Fatal(err)
		}
		b.keys[0].break_(nil)
		before := b.keys[0].signs.Load()
		b.want("failing") // it rests
		time.Sleep(time.Second)
		b.want("1")
		if b.keys[0].signs.Load() != before+1 || b.state(0).Tests != 1 {
			t.Error("the breaker should close by a test signature")
		}
		if err := b.sign(); err != nil {
			t.Error(err)
		}
	})
}

func TestATokenThatAnswersButDoesNotSignStaysOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newFake(t, "a", 100)
		b := newBench(t, nil, k)
		b.want("1")
		k.hang = make(chan struct{})
		close(k.hang)
		bad := &pkcs11.Error{Code: pkcs11.ErrBadSignature, Subject: "seal"}
		m, err := b.Choose(t.Context(), "seal")
		if err != nil {
			t.Fatal(err)
		}
		k.break_(bad)
		if _, err := m.Signer().Sign(rand.Reader, make([]byte, 32), crypto.SHA256); !errors.Is(err, pkcs11.ErrBadSignature) {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		b.want("failing")
	})
}

func TestAHangingMemberDelaysNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 100))
		b.want("1")
		b.want("2", "1")
		b.keys[0].hang = make(chan struct{}) // the driver ends it after 10 seconds
		ended := make(chan error, 1)
		go func() { ended <- b.sign() }()
		time.Sleep(10 * time.Second)
		b.keys[0].break_(&pkcs11.Error{Code: pkcs11.ErrTimeout, Subject: "seal"})
		close(b.keys[0].hang)
		if err := <-ended; !errors.Is(err, ErrFailing) {
			t.Fatal(err)
		}
		b.keys[0].mu.Lock()
		b.keys[0].hang = make(chan struct{}) // hangs again when it is tested
		b.keys[0].mu.Unlock()
		stop := b.watch()
		time.Sleep(2 * time.Second)
		began := time.Now()
		for range 20 {
			if err := b.sign(); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(began); d != 0 {
			t.Errorf("20 signatures of the other member took %v", d)
		}
		time.Sleep(3 * time.Minute) // the look itself has a limit
		if s := b.state(0); s.State != StateFailing {
			t.Errorf("%+v", s)
		}
		stop()
	})
}

func TestAPINThatIsSuspectWaitsForAPerson(t *testing.T) {
	for _, code := range personal() {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 100))
				k := b.keys[0]
				k.break_(&pkcs11.Error{Code: code, Subject: "token"})
				defer b.watch()()
				time.Sleep(time.Second)
				b.want("2")
				if s := b.state(0); s.State != StateStopped || s.Reason != string(code) {
					t.Fatalf("%+v", s)
				}
				opens := k.opens.Load()
				for range 100 { // requests do not make it try
					b.want("2")
				}
				if k.opens.Load() != opens {
					t.Error("a request made a stopped token try again")
				}
				time.Sleep(10 * time.Minute)
				if n := k.opens.Load() - opens; n > 11 {
					t.Errorf("%d attempts in ten minutes", n)
				}
				k.break_(nil) // a person confirmed
				time.Sleep(time.Minute)
				b.want("1")
			})
		})
	}
}

func TestHealthIsSeenWithoutWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 100))
		stop := b.watch()
		time.Sleep(10*time.Minute + time.Second)
		if n := b.state(1).Tests; n < 10 || n > 11 {
			t.Errorf("%d test signatures in ten minutes, want one a minute", n)
		}
		b.keys[0].break_(removed())
		time.Sleep(time.Minute)
		b.want("2") // known before anybody asked for a seal
		stop()
		stop = b.watch()
		b.keys[0].break_(nil)
		time.Sleep(time.Minute + time.Second) // past the minute's own test, not beside it
		tests := b.state(0).Tests
		for range 10 { // what signs needs no test
			if err := b.sign(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(29 * time.Second)
		}
		if n := b.state(0).Tests; n != tests {
			t.Errorf("%d tests of a key that signed every half minute", n-tests)
		}
		stop()
	})
}

func TestAnotherTokenInItsPlaceIsFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := newFake(t, "a", 100)
		clone := &fakeKey{PrivateKey: first.PrivateKey, der: first.der}
		plugged := first
		b := newBench(t, func(o *Options) {
			o.Credentials[0].Members[0].Open = func(ctx context.Context) (Key, error) { return plugged.open(ctx) }
		}, first)
		b.want("1")
		first.break_(removed())
		if err := b.sign(); err == nil {
			t.Fatal("signed")
		}
		first.break_(nil)
		time.Sleep(time.Second)
		b.want("1")
		if first.opens.Load() != 1 || first.closes.Load() != 0 {
			t.Error("the very token that was away need not be looked for from the beginning")
		}
		first.break_(removed())
		if err := b.sign(); err == nil {
			t.Fatal("signed")
		}
		plugged = clone // another one with the same key
		time.Sleep(time.Second)
		b.want("1")
		synctest.Wait()
		if clone.opens.Load() != 1 || first.closes.Load() != 1 {
			t.Error("the other token should be found, and the old one be closed")
		}
	})
}

func TestAnOpenBreakerHoldsForThoseWhoChoseBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100))
		m, err := b.Choose(t.Context(), "seal")
		if err != nil {
			t.Fatal(err)
		}
		b.keys[0].break_(removed())
		for range 10 {
			if _, err := m.Signer().Sign(rand.Reader, make([]byte, 32), crypto.SHA256); !errors.Is(err, ErrFailing) {
				t.Fatal(err)
			}
		}
		if n := b.keys[0].signs.Load(); n != 1 {
			t.Errorf("a token that failed was asked %d times, want once", n)
		}
	})
}
