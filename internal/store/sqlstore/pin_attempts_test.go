package sqlstore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func attemptsOf(t *testing.T, dsn string) *PINAttempts {
	t.Helper()
	return opened(t, dsn).PINAttempts(time.Now)
}

func begun(t *testing.T, p *PINAttempts, token string) *PINEntry {
	t.Helper()
	e, err := p.Begin(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestPINAttemptsAreKeptBySource(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		p := attemptsOf(t, dsn)
		when := time.Date(2026, 11, 22, 9, 0, 0, 123000, time.UTC)
		want := []PINAttempt{
			{Source: "file:/pin", Version: "v2", Outcome: "good", At: when, Good: "v2"},
			{Source: "prompt", Attended: true, Outcome: "wrong"},
		}
		e := begun(t, p, "A")
		for _, a := range []PINAttempt{{Source: "file:/pin", Version: "v1", Outcome: "unknown"}, want[1], want[0]} {
			if err := e.Record(a); err != nil {
				t.Fatal(err)
			}
		}
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
		other := begun(t, p, "B")
		if len(other.Attempts()) != 0 {
			t.Errorf("another token has %v", other.Attempts())
		}
		again := begun(t, attemptsOf(t, dsn), "A") // another process, while B is locked
		if !slices.Equal(again.Attempts(), want) {
			t.Errorf("%+v", again.Attempts())
		}
		if err := errors.Join(again.Close(), other.Close()); err != nil {
			t.Error(err)
		}
	})
}

func TestPINAttemptsAreMadeOneAtATime(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		stores := []*PINAttempts{attemptsOf(t, dsn), attemptsOf(t, dsn)}
		held := begun(t, stores[0], "A")
		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		if _, err := stores[1].Begin(ctx, "A"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("two at a time: %v", err)
		}
		if err := held.Close(); err != nil {
			t.Fatal(err)
		}
		var inside, all atomic.Int64
		var done sync.WaitGroup
		for i := range 6 {
			done.Go(func() {
				e, err := stores[i%2].Begin(t.Context(), "A")
				if err != nil {
					t.Error(err)
					return
				}
				if inside.Add(1) != 1 {
					t.Error("two at a time")
				}
				if err := e.Record(PINAttempt{Source: fmt.Sprint(i), Outcome: "good"}); err != nil {
					t.Error(err)
				}
				inside.Add(-1)
				all.Add(1)
				if err := e.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		done.Wait()
		last := begun(t, stores[0], "A")
		if all.Load() != 6 || len(last.Attempts()) != 6 {
			t.Errorf("%d came in, %d attempts", all.Load(), len(last.Attempts()))
		}
		if err := last.Close(); err != nil {
			t.Error(err)
		}
	})
}

// A lease that is renewed does not run out; one that ran out is taken over, and its old owner can't record any more.
func TestALeaseIsRenewedAndALostOneIsNoticed(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		first, second := attemptsOf(t, dsn), attemptsOf(t, dsn)
		first.lease, second.lease = 800*time.Millisecond, 800*time.Millisecond
		held := begun(t, first, "A")
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		if _, err := second.Begin(ctx, "A"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a lease that is renewed ran out: %v", err)
		}
		if err := held.Record(PINAttempt{Source: "x", Outcome: "unknown"}); err != nil {
			t.Fatal(err)
		}
		held.stop() // its process stands still
		taken := begun(t, second, "A")
		if len(taken.Attempts()) != 1 || taken.Attempts()[0].Outcome != "unknown" {
			t.Errorf("%+v", taken.Attempts())
		}
		if err := held.Record(PINAttempt{Source: "x", Outcome: "good"}); !errors.Is(err, ErrPINLockLost) {
			t.Errorf("the old owner recorded: %v", err)
		}
		if err := held.Close(); err != nil {
			t.Error(err)
		}
		if err := taken.Record(PINAttempt{Source: "x", Outcome: "confirmed"}); err != nil {
			t.Errorf("the old owner's Close took the new one's lock: %v", err)
		}
		if err := taken.Close(); err != nil {
			t.Error(err)
		}
	})
}

// pinOwner makes the test binary a process that begins an attempt and waits to be killed; it holds the DSN.
const pinOwner = "MOHUR_TEST_PIN_OWNER"

func ownPIN(dsn string) error {
	ctx := context.Background()
	s, err := Open(ctx, dsn)
	if err != nil {
		return err
	}
	p := s.PINAttempts(time.Now)
	p.lease = 2 * time.Second
	e, err := p.Begin(ctx, "A")
	if err != nil {
		return err
	}
	if err := e.Record(PINAttempt{Source: "file:/pin", Version: "v1", Outcome: "unknown"}); err != nil {
		return err
	}
	fmt.Println("recorded")
	time.Sleep(time.Minute)
	return errors.New("nobody killed it")
}

// The process that tries a PIN is killed at the worst moment: another one waits for the lease and finds the attempt without an outcome.
func TestAnOwnerThatIsKilledLeavesItsAttempt(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		p := attemptsOf(t, dsn)
		cmd := exec.Command(os.Args[0], "-test.run=^$") //nolint:gosec // this very program
		cmd.Env = append(os.Environ(), pinOwner+"="+dsn)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "recorded") {
			t.Fatalf("%q, %v", line, err)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		if _, err := p.Begin(ctx, "A"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("before the lease ran out: %v", err)
		}
		e := begun(t, p, "A")
		if got := e.Attempts(); len(got) != 1 || got[0].Outcome != "unknown" || got[0].Version != "v1" {
			t.Errorf("%+v", got)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}
