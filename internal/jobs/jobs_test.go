package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/jobs"
	"mohur/internal/store/sqlstore"
	"mohur/internal/store/storetest"
)

var engines storetest.Engines // of this test binary

func TestMain(m *testing.M) { os.Exit(engines.Main(m)) }

// fake records what the queue calls.
type fake struct {
	mu        sync.Mutex
	sealed    map[docket.ID]int
	rechecked int
	delivered map[docket.ID]int
	failFirst int // deliveries that fail
	chores    int
}

func (f *fake) Recheck(context.Context, docket.ID) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rechecked++
	return f.rechecked < 3, nil
}

func (f *fake) SealPending(_ context.Context, l docket.ID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sealed[l]++
	return nil
}

func (f *fake) Remind(context.Context) (int, error)          { return 0, nil }
func (f *fake) RemoveOldDrafts(context.Context) (int, error) { return 0, nil }

func (f *fake) Reconcile(context.Context) (int, int, error) { return 0, 0, nil }

func (f *fake) deliver(_ context.Context, n *docket.Notification) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failFirst > 0 {
		f.failFirst--
		return errors.New("the mail server is away")
	}
	f.delivered[n.ID]++
	return nil
}

func (f *fake) read(get func() int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return get()
}

// eventually waits for a condition, ten seconds at most.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if cond() {
			return
		}
	}
	t.Errorf("never: %s", what)
}

func both(t *testing.T, run func(t *testing.T, s *sqlstore.Store)) {
	engines.Each(t, func(t *testing.T, dsn string) {
		s, err := sqlstore.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		run(t, s)
	})
}

func runner(t *testing.T, s *sqlstore.Store, f *fake) *jobs.Runner {
	t.Helper()
	r, err := jobs.New(t.Context(), jobs.Options{
		DB: s.DB(), PostgreSQL: s.Engine() == sqlstore.PostgreSQL, Store: s, Desk: f, Deliver: f.deliver, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Poll: 20 * time.Millisecond, Recheck: 50 * time.Millisecond,
		Chores: []jobs.Chore{{Name: "link", Every: 20 * time.Millisecond, Do: func(context.Context) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.chores++
			return nil
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.UseQueue(r.Enqueue)
	return r
}

func TestTasksOfCommittedWorkAreDoneOnce(t *testing.T) {
	both(t, func(t *testing.T, s *sqlstore.Store) {
		f := &fake{sealed: map[docket.ID]int{}, delivered: map[docket.ID]int{}}
		one, two := runner(t, s, f), runner(t, s, f)
		const n = 25
		for i := range n {
			enqueue := func(w docket.Work) error {
				return w.Enqueue(t.Context(), docket.Task{Kind: docket.TaskSeal, Subject: docket.ID(fmt.Sprint("letter-", i))})
			}
			if err := s.InTx(t.Context(), enqueue); err != nil {
				t.Fatal(err)
			}
			taken := errors.New("taken back")
			err := s.InTx(t.Context(), func(w docket.Work) error { return errors.Join(enqueue(w), taken) })
			if !errors.Is(err, taken) {
				t.Fatal(err)
			}
		}
		for _, r := range []*jobs.Runner{one, two} {
			if err := r.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		eventually(t, "every letter is sealed", func() bool { return f.read(func() int { return len(f.sealed) }) == n })
		eventually(t, "the chore runs", func() bool { return f.read(func() int { return f.chores }) > 1 })
		for _, r := range []*jobs.Runner{one, two} {
			if err := r.Stop(t.Context()); err != nil {
				t.Error(err)
			}
		}
		for id, times := range f.sealed {
			if times != 1 {
				t.Errorf("%s was worked %d times", id, times)
			}
		}
	})
}

func TestAFailedDeliveryIsTriedAgain(t *testing.T) {
	both(t, func(t *testing.T, s *sqlstore.Store) {
		f := &fake{sealed: map[docket.ID]int{}, delivered: map[docket.ID]int{}, failFirst: 1}
		r := runner(t, s, f)
		n := &docket.Notification{ID: docket.NewID(time.Now()), Channel: docket.ChannelMail, Delivery: docket.PostQueued, To: "a@example.az", Key: docket.NotifyRegistered, Created: time.Now()}
		err := s.InTx(t.Context(), func(w docket.Work) error {
			return errors.Join(w.AddNotification(t.Context(), n), w.Enqueue(t.Context(), docket.Task{Kind: docket.TaskDeliver, Subject: n.ID}))
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer r.Stop(context.WithoutCancel(t.Context()))
		stored := func() (out *docket.Notification) {
			if err := s.Read(t.Context(), func(w docket.Work) (err error) { out, err = w.Notification(t.Context(), n.ID); return err }); err != nil {
				t.Fatal(err)
			}
			return out
		}
		eventually(t, "the mail is marked as sent", func() bool { return !stored().Sent.IsZero() })
		if got := stored(); got.Attempts != 2 || f.delivered[n.ID] != 1 {
			t.Errorf("attempts %d, delivered %d", got.Attempts, f.delivered[n.ID])
		}
	})
}

func TestARecheckIsRepeatedUntilItIsDecided(t *testing.T) {
	both(t, func(t *testing.T, s *sqlstore.Store) {
		f := &fake{sealed: map[docket.ID]int{}, delivered: map[docket.ID]int{}}
		r := runner(t, s, f)
		if err := s.InTx(t.Context(), func(w docket.Work) error {
			return w.Enqueue(t.Context(), docket.Task{Kind: docket.TaskRecheck, Subject: "x"})
		}); err != nil {
			t.Fatal(err)
		}
		if err := r.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		defer r.Stop(context.WithoutCancel(t.Context()))
		eventually(t, "three checks", func() bool { return f.read(func() int { return f.rechecked }) == 3 })
	})
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	if _, err := jobs.New(t.Context(), jobs.Options{}); err == nil {
		t.Error("a runner without parts was made")
	}
}
