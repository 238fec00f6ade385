package sealing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/store/storetest"
)

// Engines are the databases of this test binary, of both its packages.
var Engines storetest.Engines

func TestMain(m *testing.M) { os.Exit(Engines.Main(m)) }

func TestClientThatDoesNotWait(t *testing.T) {
	s := newSeals(t, sqlite(t))
	q := ask("1", "%PDF-1")
	q.Async = true
	r, err := s.Seal(t.Context(), q)
	if err != nil || r.State != docket.SealReceived || len(s.tasks) != 1 || s.tasks[0].Kind != docket.TaskSealRequest || s.sealer.cSign.Load() != 0 {
		t.Fatalf("%+v %v %+v", r, err, s.tasks)
	}
	s.sealer.members[0].err = docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp)
	for i, pause := range []time.Duration{0, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		s.wait(pause)
		wantKey(t, s.SealQueued(t.Context(), r.ID), docket.KeyTimestamp)
		if got := s.row(r.ID); got.State != docket.SealSealing || got.Attempts != i+1 || got.Failure != docket.KeyTimestamp || got.Owner != "" {
			t.Errorf("after %d attempts: %+v", i+1, got)
		}
		if err := s.SealQueued(t.Context(), r.ID); err != nil || s.row(r.ID).Attempts != i+1 { // not due
			t.Error(err)
		}
	}
	s.sealer.members[0].err = nil
	s.wait(16 * time.Second)
	if ok, bad, err := s.Reconcile(t.Context()); ok != 1 || bad != 0 || err != nil {
		t.Errorf("%d %d %v", ok, bad, err)
	}
	if got := s.row(r.ID); got.State != docket.SealReleased || got.Attempts != 5 {
		t.Errorf("%+v", got)
	}
	if again, err := s.Seal(t.Context(), q); err != nil || again.State != docket.SealReleased {
		t.Errorf("%+v %v", again, err)
	}
	s.invariant()

	q = ask("2", "no PDF")
	q.Async = true
	r, err = s.Seal(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	wantKey(t, s.SealQueued(t.Context(), r.ID), docket.KeyFileType)
	if got := s.row(r.ID); got.State != docket.SealRefused || !got.Day.IsZero() {
		t.Errorf("%+v", got)
	}
	_, err = s.Seal(t.Context(), q)
	wantKey(t, err, docket.KeyFileType)

	q = ask("3", "%PDF-1")
	q.Async = true
	r, _ = s.Seal(t.Context(), q)
	s.sealer.members[0].err = docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp)
	for range 12 {
		_ = s.SealQueued(t.Context(), r.ID)
		s.wait(time.Hour)
	}
	if got := s.row(r.ID); got.State != docket.SealFailed || got.Attempts != 10 {
		t.Errorf("it is tried for ever: %+v", got)
	}
	s.invariant()
}

// TestCrash lets the process die at every point between the intent and the release: what is found afterwards is finished by another, once.
func TestCrash(t *testing.T) {
	Engines.Each(t, func(t *testing.T, dsn string) {
		s := newSeals(t, dsn)
		died := errors.New("killed")
		for i, point := range []string{"before C_Sign", "after C_Sign"} {
			crash := s.dying(died, point)
			_, err := crash.Seal(t.Context(), ask(point, "%PDF-1"))
			if err == nil {
				t.Fatalf("%s: it lives", point)
			}
			row := s.rows()[i]
			if row.State != docket.SealSealing || row.Owner == "" {
				t.Fatalf("%s: %+v", point, row)
			}
			_, err = s.Seal(t.Context(), ask(point, "%PDF-1")) // the client asks again: answered from the intent
			wantKey(t, err, docket.KeySealRunning)
			if ok, bad, err := s.Reconcile(t.Context()); ok != 0 || bad != 0 || err != nil {
				t.Errorf("%s: taken from whoever holds it: %d %d %v", point, ok, bad, err)
			}
			s.wait(16 * time.Second)
			if ok, _, err := s.Reconcile(t.Context()); ok != 1 || err != nil {
				t.Errorf("%s: %d %v", point, ok, err)
			}
			r, err := s.Seal(t.Context(), ask(point, "%PDF-1"))
			if err != nil || r.ID != row.ID || r.Attempts != 2 {
				t.Errorf("%s: %+v %v", point, r, err)
			}
		}
		s.invariant()
	})
}

// dying is the service in a process that dies at a point: from then on it writes nothing.
func (s *seals) dying(why error, point string) *Service {
	store := &deadStore{Store: s.store, why: why}
	sealer := *s.Service
	sealer.store = store
	sealer.sealer = &dyingSealer{fakeSealer: s.sealer, die: func(at string) bool {
		if at == point {
			store.dead = true
		}
		return at == point
	}, why: why}
	return &sealer
}

type deadStore struct {
	docket.Store
	dead bool
	why  error
}

func (d *deadStore) InTx(ctx context.Context, do func(docket.Work) error) error {
	if d.dead {
		return d.why
	}
	return d.Store.InTx(ctx, do)
}

func (d *deadStore) Read(ctx context.Context, do func(docket.Work) error) error {
	if d.dead {
		return d.why
	}
	return d.Store.Read(ctx, do)
}

type dyingSealer struct {
	*fakeSealer
	die func(string) bool
	why error
}

func (d *dyingSealer) Seal(ctx context.Context, p *docket.SealProfile, in Input, out io.Writer) error {
	if d.die("before C_Sign") {
		return d.why
	}
	err := d.fakeSealer.Seal(ctx, p, in, out)
	if d.die("after C_Sign") {
		return d.why
	}
	return err
}

// TestInterruptedHashes: values that nobody waits for any more are never handed out.
func TestInterruptedHashes(t *testing.T) {
	s := newSeals(t, sqlite(t))
	s.profile("cms", func(p *docket.SealTerms) { p.Format, p.HashAllowed = docket.FormatCAdES, true })
	p, _ := s.Profile(t.Context(), "cms")
	r := &docket.SealRequest{
		ID: docket.NewID(s.time()), Kind: docket.SealHashes, State: docket.SealSealing, Client: "erp", Profile: "cms", Count: 3, Created: s.time(), Expires: s.time(), Owner: "gone", Lease: s.time(), Attempts: 1,
	}
	s.intended(r, p, &s.sealer.members[0].Member, nil)
	s.tx(func(w docket.Work) error {
		return s.intend(t.Context(), w, p, &s.sealer.members[0].Member, nil, r, func() error { return w.AddSealRequest(t.Context(), r) })
	})
	if _, bad, err := s.Reconcile(t.Context()); bad != 1 || err != nil {
		t.Error(bad, err)
	}
	if got := s.row(r.ID); got.State != docket.SealFailed || got.Failure != docket.KeySealInterrupted {
		t.Errorf("%+v", got)
	}
	s.invariant()
}

// TestLostLease: whoever lost the lease releases nothing, and says so.
func TestLostLease(t *testing.T) {
	s := newSeals(t, sqlite(t))
	s.sealer.during = func(docket.Hash) {
		s.sealer.during = nil
		s.wait(16 * time.Second) // stopped for a while
		if ok, _, err := s.Reconcile(t.Context()); ok != 1 || err != nil {
			t.Errorf("%d %v", ok, err)
		}
	}
	r, err := s.Seal(t.Context(), ask("1", "%PDF-1"))
	if err != nil || r.State != docket.SealReleased || r.Attempts != 2 || s.sealer.cSign.Load() != 2 {
		t.Errorf("%+v %v", r, err)
	}
	s.invariant()
}

// TestOneKeyManyTimes: the same key at once from many seals once.
func TestOneKeyManyTimes(t *testing.T) {
	Engines.Each(t, func(t *testing.T, dsn string) {
		s := newSeals(t, dsn)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				r, err := s.Seal(t.Context(), ask("same", "%PDF-1"))
				if err != nil && docket.KeyOf(err) != docket.KeySealRunning || err == nil && r.State != docket.SealReleased {
					t.Errorf("%+v %v", r, err)
				}
			})
		}
		all.Wait()
		if len(s.rows()) != 1 || s.sealer.cSign.Load() != 1 {
			t.Errorf("%d rows, %d signatures", len(s.rows()), s.sealer.cSign.Load())
		}
		s.invariant()
	})
}

func TestBatches(t *testing.T) {
	Engines.Each(t, func(t *testing.T, dsn string) {
		s := newSeals(t, dsn)
		q := BatchRequest{Client: erp, Profile: "letters", Key: "b"}
		for i := range 20 {
			text := fmt.Sprintf("%%PDF-%d", i)
			if i == 7 {
				text = "no PDF"
			}
			q.Documents = append(q.Documents, docket.Upload{StoredFile: docket.StoredFile{Name: fmt.Sprint(i), Size: int64(len(text))}, Content: strings.NewReader(text)})
		}
		b, err := s.AddBatch(t.Context(), q)
		if err != nil || b.Total != 20 || len(s.tasks) != 1 || s.tasks[0].Subject != b.ID {
			t.Fatalf("%+v %v", b, err)
		}
		if again, err := s.AddBatch(t.Context(), q); err != nil || again.ID != b.ID {
			t.Errorf("the same key: %+v %v", again, err)
		}
		fewer := q
		fewer.Documents = q.Documents[:3]
		_, err = s.AddBatch(t.Context(), fewer)
		wantKey(t, err, docket.KeyKeyReused)
		if again, err := s.WorkBatch(t.Context(), b.ID); err != nil || again {
			t.Errorf("%v %v", again, err)
		}
		_, counts, err := s.Batch(t.Context(), erp, b.ID)
		if err != nil || fmt.Sprint(counts) != "[{refused 1} {released 19}]" {
			t.Errorf("%v %v", counts, err)
		}
		_, _, err = s.Batch(t.Context(), Client{Name: "x", Tenant: "y"}, b.ID)
		wantKey(t, err, docket.KeyNotFound)
		list, err := s.BatchRequests(t.Context(), b, 5, 4)
		if err != nil || len(list) != 4 || list[0].Seq != 6 || list[2].State != docket.SealRefused {
			t.Errorf("%+v %v", list, err)
		}
		s.invariant()

		q.Key = "c"
		b, err = s.AddBatch(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CancelBatch(t.Context(), erp, b.ID); err != nil {
			t.Fatal(err)
		}
		if again, err := s.WorkBatch(t.Context(), b.ID); err != nil || again {
			t.Errorf("%v %v", again, err)
		}
		if _, counts, _ := s.Batch(t.Context(), erp, b.ID); fmt.Sprint(counts) != "[{abandoned 20}]" {
			t.Errorf("%v", counts)
		}
		s.invariant()
	})
}

func TestFilesEnd(t *testing.T) {
	s := newSeals(t, sqlite(t))
	one, err := s.Seal(t.Context(), ask("1", "%PDF-1"))
	if err != nil {
		t.Fatal(err)
	}
	s.wait(time.Hour)
	two, err := s.Seal(t.Context(), ask("2", "%PDF-1")) // the same document
	if err != nil {
		t.Fatal(err)
	}
	there := func(h docket.Hash) bool {
		f, err := s.files.Open(t.Context(), h)
		if err == nil {
			_ = f.Close()
		}
		return err == nil
	}
	s.wait(90*24*time.Hour - time.Hour)
	if n, err := s.RemoveExpired(t.Context()); n != 1 || err != nil || !there(one.Document) {
		t.Errorf("%d %v: another request holds the document", n, err)
	}
	s.wait(time.Hour)
	if n, err := s.RemoveExpired(t.Context()); n != 1 || err != nil || there(two.Document) || there(two.Released) {
		t.Errorf("%d %v", n, err)
	}
	if r := s.row(one.ID); r.Released == "" || r.Kept {
		t.Errorf("what was sealed is forgotten: %+v", r)
	}
	_, err = s.Open(t.Context(), s.row(two.ID))
	wantKey(t, err, docket.KeyNotFound)
}

// TestPatience: a token or an authority that does not answer costs the client so long and no longer, and nothing is released.
func TestPatience(t *testing.T) {
	s := newSeals(t, sqlite(t), func(o *Options) { o.Config.Patience = 50 * time.Millisecond })
	s.sealer.hang = true
	r, err := s.Seal(t.Context(), ask("1", "%PDF-1"))
	wantKey(t, err, docket.KeySealTime)
	if r == nil || r.State != docket.SealFailed || r.Released != "" {
		t.Errorf("%+v", r)
	}
	s.invariant()
}

// TestHangingUp: what was intended is finished though the client is gone.
func TestHangingUp(t *testing.T) {
	s := newSeals(t, sqlite(t))
	ctx, hangUp := context.WithCancel(t.Context())
	s.sealer.during = func(docket.Hash) { hangUp() }
	r, err := s.Seal(ctx, ask("1", "%PDF-1"))
	if err != nil || r.State != docket.SealReleased {
		t.Errorf("%+v %v", r, err)
	}
	if again, err := s.Seal(t.Context(), ask("1", "%PDF-1")); err != nil || again.ID != r.ID {
		t.Errorf("%+v %v", again, err)
	}
}

func TestOrphans(t *testing.T) {
	s := newSeals(t, sqlite(t))
	s.clock.Store(time.Now().UnixNano()) // files have the real time
	r, err := s.Seal(t.Context(), ask("1", "%PDF-1"))
	if err != nil {
		t.Fatal(err)
	}
	orphan, err := s.files.Put(t.Context(), strings.NewReader("of a process that was killed"), 100)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.RemoveOrphans(t.Context()); n != 0 || err != nil {
		t.Errorf("%d %v: young files go", n, err)
	}
	s.wait(25 * time.Hour)
	// one is the test's revocation data, which lies in the same folder here and in another in the service
	if n, err := s.RemoveOrphans(t.Context()); n != 2 || err != nil {
		t.Errorf("%d %v", n, err)
	}
	if _, err := s.files.Open(t.Context(), orphan.Hash); docket.KeyOf(err) != docket.KeyNotFound {
		t.Error(err)
	}
	if f, err := s.Open(t.Context(), r); err != nil {
		t.Error(err)
	} else {
		_ = f.Close()
	}
}
