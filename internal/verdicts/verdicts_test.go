package verdicts

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/jobs"
	"mohur/internal/store/blob"
	"mohur/internal/store/sqlstore"
	"mohur/internal/store/storetest"
	"mohur/verify"
	"mohur/verify/etsi"
)

var engines storetest.Engines // of this test binary

func TestMain(m *testing.M) { os.Exit(engines.Main(m)) }

// world is a database with files and a verifier that passes what begins with "good".
type world struct {
	t     *testing.T
	store *sqlstore.Store
	files *blob.Dir
	dir   string

	mu     sync.Mutex
	now    time.Time
	judged map[string]int
	hold   chan struct{} // a verifier that waits, when set
	step   time.Duration // that a verdict takes
}

// both runs a test on both engines.
func both(t *testing.T, run func(*world)) {
	engines.Each(t, func(t *testing.T, dsn string) {
		w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), judged: map[string]int{}}
		var err error
		if w.store, err = sqlstore.Open(t.Context(), dsn); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.store.Close() })
		if w.files, err = blob.Open(w.dir); err != nil {
			t.Fatal(err)
		}
		run(w)
	})
}

func (w *world) clock() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.now }

func (w *world) forward(d time.Duration) { w.mu.Lock(); w.now = w.now.Add(d); w.mu.Unlock() }

// verify is the verifier of the tests: its verdict has evidence that all verdicts share.
func (w *world) verify(ctx context.Context, in verify.Input, policy string) (*verify.Report, error) {
	b, err := io.ReadAll(io.NewSectionReader(in.Content, 0, in.Size))
	if err != nil {
		return nil, err
	}
	if w.hold != nil {
		select {
		case <-w.hold:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	w.mu.Lock()
	w.judged[in.Name]++
	w.now = w.now.Add(w.step)
	w.mu.Unlock()
	if strings.HasPrefix(string(b), "none") {
		return nil, &verify.Error{Code: verify.CodeUnknown}
	}
	return reportOn(in.Name, string(b), policy, w.clock()), nil
}

func reportOn(name, content, policy string, at time.Time) *verify.Report {
	i := etsi.TotalFailed
	if strings.HasPrefix(content, "good") {
		i = etsi.TotalPassed
	}
	return &verify.Report{
		Name: name, Format: verify.FormatPDF, Indication: i, Time: at, Policy: verify.PolicyReference{Name: policy, SHA256: "ab"},
		Signatures: []*verify.SignatureReport{{ID: "S-1", Indication: i, BestSignatureTime: at, Reasons: []verify.Reason{{Key: "K", Args: []verify.Arg{{Name: "a", Value: "b"}}}}}},
		Evidence:   []verify.Evidence{{ID: "R-1", Kind: "CRL", Status: "good", ThisUpdate: at, NextUpdate: &at, DER: []byte("a revocation list")}},
	}
}

func (w *world) service(change func(*Options)) *Service {
	w.t.Helper()
	o := Options{Store: w.store, Files: w.files, Verify: w.verify, Now: w.clock, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	s, err := New(o)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func upload(name, content string) docket.Upload {
	return docket.Upload{
		StoredFile: docket.StoredFile{Name: name, Size: int64(len(content))}, Hash: docket.HashOf(sha256.Sum256([]byte(content))), Content: bytes.NewReader([]byte(content)),
	}
}

// stored counts the files there are.
func (w *world) stored() (n int) {
	w.t.Helper()
	err := filepath.WalkDir(w.dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

func TestAKeptVerdictIsReadBackByItsTenantOnly(t *testing.T) {
	both(t, func(w *world) {
		t, s, ctx := w.t, w.service(nil), w.t.Context()
		rep := reportOn("a.pdf", "good", "basic", w.clock())
		v := &docket.StoredVerdict{Tenant: "portal", Policy: "basic"}
		link, err := s.Keep(ctx, v, upload("a.pdf", "good"), rep)
		if err != nil || link != "" {
			t.Fatal(link, err)
		}
		got, err := s.Find(ctx, "portal", string(v.ID))
		if err != nil {
			t.Fatal(err)
		}
		back, err := s.Report(ctx, got, true)
		if err != nil || !reflect.DeepEqual(back, rep) {
			t.Errorf("%+v, %v, want %+v", back, err, rep)
		}
		if w.stored() != 2 { // the report and the list, not the document
			t.Errorf("%d files", w.stored())
		}
		if f, err := s.Blob(ctx, got, got.Evidence[0].Blob); err != nil {
			t.Error(err)
		} else if b, _ := io.ReadAll(f); string(b) != "a revocation list" || f.Close() != nil {
			t.Errorf("evidence %q", b)
		}
		for _, h := range []docket.Hash{got.Document, got.Report, ""} {
			if _, err := s.Blob(ctx, got, h); !errors.Is(err, docket.ErrNotFound) {
				t.Errorf("file %q: %v", h, err)
			}
		}
		for _, tenant := range []string{"", "another"} {
			if _, err := s.Find(ctx, tenant, string(v.ID)); !errors.Is(err, docket.ErrNotFound) {
				t.Errorf("tenant %q: %v", tenant, err)
			}
			if err := s.Remove(ctx, tenant, string(v.ID)); !errors.Is(err, docket.ErrNotFound) {
				t.Errorf("tenant %q removes: %v", tenant, err)
			}
		}
		if err := s.Remove(ctx, "portal", string(v.ID)); err != nil || w.stored() != 0 {
			t.Errorf("removed: %v, %d files left", err, w.stored())
		}
	})
}

func TestAStrangersVerdictLiesBehindALinkThatEnds(t *testing.T) {
	both(t, func(w *world) {
		t, s, ctx := w.t, w.service(nil), w.t.Context()
		keep := func(content string, file bool) (*docket.StoredVerdict, string) {
			v := &docket.StoredVerdict{KeepFile: file, Policy: "basic"}
			link, err := s.Keep(ctx, v, upload("a.pdf", content), reportOn("a.pdf", content, "basic", w.clock()))
			if err != nil || len(link) < 26 {
				t.Fatal(link, err)
			}
			return v, link
		}
		v, link := keep("good 1", true)
		if _, err := s.Find(ctx, "", string(v.ID)); !errors.Is(err, docket.ErrNotFound) {
			t.Errorf("the id is no link: %v", err)
		}
		got, err := s.Find(ctx, "", link)
		if err != nil || got.ID != v.ID {
			t.Fatal(err)
		}
		if f, err := s.Blob(ctx, got, got.File); err != nil || f.Close() != nil {
			t.Error(err)
		}
		w.forward(7*24*time.Hour - time.Minute)
		later, lasting := keep("good 2", false)
		w.forward(time.Minute)
		if _, err := s.Find(ctx, "", link); !errors.Is(err, docket.ErrNotFound) {
			t.Errorf("after its end: %v", err)
		}
		if n, err := s.RemoveExpired(ctx); n != 1 || err != nil {
			t.Errorf("removed %d, %v", n, err)
		}
		if got, err = s.Find(ctx, "", lasting); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Report(ctx, got, true); err != nil { // its evidence was the other's too
			t.Error(err)
		}
		if w.stored() != 2 || later.File != "" {
			t.Errorf("%d files", w.stored())
		}
	})
}

// TestFilesStayWhileSomebodyHoldsThem keeps and removes one verdict's files from many sides at once.
func TestFilesStayWhileSomebodyHoldsThem(t *testing.T) {
	both(t, func(w *world) {
		t, s, ctx := w.t, w.service(nil), w.t.Context()
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				for range 5 {
					v := &docket.StoredVerdict{Tenant: "portal", KeepFile: true, Policy: "basic"}
					if _, err := s.Keep(ctx, v, upload("a.pdf", "good"), reportOn("a.pdf", "good", "basic", w.clock())); err != nil {
						t.Error(err)
						return
					}
					if _, err := s.Report(ctx, v, true); err != nil {
						t.Errorf("a file was removed that is held: %v", err)
					}
					if err := s.Remove(ctx, "portal", string(v.ID)); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if w.stored() != 0 {
			t.Errorf("%d files left", w.stored())
		}
	})
}

// queue runs the office's queue over the services' batches.
func (w *world) queue(s *Service) (stop func()) {
	w.t.Helper()
	r, err := jobs.New(w.t.Context(), jobs.Options{
		DB: w.store.DB(), PostgreSQL: w.store.Engine() == sqlstore.PostgreSQL, Store: w.store, Desk: idleDesk{}, Batch: s.WorkBatch,
		Deliver: func(context.Context, *docket.Notification) error { return nil }, Now: time.Now, Log: slog.New(slog.DiscardHandler), Poll: 20 * time.Millisecond,
		Chores: []jobs.Chore{{Name: "resume", Every: 50 * time.Millisecond, Do: s.ResumeBatches}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store.UseQueue(r.Enqueue)
	if err := r.Start(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return func() {
		s.Stop()
		if err := r.Stop(context.WithoutCancel(w.t.Context())); err != nil {
			w.t.Error(err)
		}
	}
}

type idleDesk struct{}

func (idleDesk) Recheck(context.Context, docket.ID) (bool, error) { return false, nil }
func (idleDesk) SealPending(context.Context, docket.ID) error     { return nil }
func (idleDesk) Remind(context.Context) (int, error)              { return 0, nil }
func (idleDesk) RemoveOldDrafts(context.Context) (int, error)     { return 0, nil }
func (idleDesk) Reconcile(context.Context) (int, int, error)      { return 0, 0, nil }

// batch makes one of n documents: good, bad, unreadable, good...
func (w *world) batch(s *Service, n int) *docket.Batch {
	w.t.Helper()
	docs := make([]docket.Upload, n)
	for i := range docs {
		docs[i] = upload(fmt.Sprintf("%d.pdf", i+1), fmt.Sprintf("%s %d", []string{"good", "bad", "none"}[i%3], i))
	}
	b := &docket.Batch{Tenant: "portal", Policy: "basic"}
	if err := s.AddBatch(w.t.Context(), b, docs); err != nil {
		w.t.Fatal(err)
	}
	return b
}

// ended waits for the end of a batch, twenty seconds at most.
func (w *world) ended(s *Service, id docket.ID) (b *docket.Batch, counts []docket.BatchCount) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		var err error
		if b, counts, err = s.Batch(w.t.Context(), "portal", id); err != nil {
			w.t.Fatal(err)
		}
		if b.State == docket.BatchDone {
			return b, counts
		}
	}
	w.t.Fatalf("never done: %+v %+v", b, counts)
	return nil, nil
}

func TestABatchIsJudgedOnce(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		s := w.service(nil)
		defer w.queue(s)()
		b := w.batch(s, 30)
		_, counts := w.ended(s, b.ID)
		want := map[docket.BatchCount]bool{
			{State: docket.VerdictDone, Failed: true, N: 10}: true, {State: docket.VerdictDone, Indication: etsi.TotalPassed, N: 10}: true,
			{State: docket.VerdictDone, Indication: etsi.TotalFailed, N: 10}: true,
		}
		for _, c := range counts {
			if !want[c] {
				t.Errorf("count %+v", c)
			}
		}
		for name, n := range w.judged {
			if n != 1 {
				t.Errorf("%s was judged %d times", name, n)
			}
		}
		rows, err := s.BatchVerdicts(t.Context(), b, 10, 5)
		if err != nil || len(rows) != 5 || rows[0].Seq != 11 || rows[0].File != "" {
			t.Fatalf("%+v, %v", rows, err)
		}
		if _, err := s.Report(t.Context(), &rows[1], false); !strings.Contains(fmt.Sprint(err), "known format") {
			t.Errorf("the reason of a failure: %v", err)
		}
		if _, _, err := s.Batch(t.Context(), "another", b.ID); !errors.Is(err, docket.ErrNotFound) {
			t.Errorf("another tenant: %v", err)
		}
		w.forward(91 * 24 * time.Hour)
		if n, err := s.RemoveExpired(t.Context()); n != 30 || err != nil || w.stored() != 0 {
			t.Errorf("removed %d, %v, %d files left", n, err, w.stored())
		}
	})
}

// TestABatchGoesOnAfterAProcessDies leaves a batch in the middle, as a killed process does, and starts another.
func TestABatchGoesOnAfterAProcessDies(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		w.store.UseQueue(func(context.Context, *sql.Tx, []docket.Task) error { return nil })
		dead := w.service(func(o *Options) { o.Workers = 1; o.Slice = time.Nanosecond; o.Lease = time.Hour })
		b := w.batch(dead, 12)
		w.step = time.Second
		if err := dead.claim(t.Context(), b.ID, "dead"); err != nil { // its lease stands when it dies
			t.Fatal(err)
		}
		if again, err := dead.workFor(t.Context(), b.ID); !again || err != nil {
			t.Fatalf("the first worked to the end: %v", err)
		}
		done := len(w.judged)
		w.step = 0
		if done == 0 || done == 12 {
			t.Fatalf("%d judged", done)
		}
		next := w.service(nil)
		defer w.queue(next)()
		if again, err := next.WorkBatch(t.Context(), b.ID); again || err != nil || len(w.judged) != done {
			t.Errorf("the lease of the other was not respected: %v, %d judged", err, len(w.judged))
		}
		w.forward(2 * time.Hour)
		w.ended(next, b.ID)
		for name, n := range w.judged {
			if n != 1 {
				t.Errorf("%s was judged %d times", name, n)
			}
		}
		if len(w.judged) != 12 {
			t.Errorf("%d documents judged", len(w.judged))
		}
	})
}

func TestACancelledBatchGivesUpWhatWaits(t *testing.T) {
	both(t, func(w *world) {
		t := w.t
		w.hold = make(chan struct{})
		s := w.service(func(o *Options) { o.Lease = 60 * time.Millisecond })
		defer w.queue(s)()
		b := w.batch(s, 9)
		if err := s.CancelBatch(t.Context(), "another", b.ID); !errors.Is(err, docket.ErrNotFound) {
			t.Errorf("another tenant cancels: %v", err)
		}
		if err := s.CancelBatch(t.Context(), "portal", b.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.CancelBatch(t.Context(), "portal", b.ID); !errors.Is(err, docket.ErrStale) {
			t.Errorf("twice: %v", err)
		}
		close(w.hold)
		got, counts, err := s.Batch(t.Context(), "portal", b.ID)
		if err != nil || got.State != docket.BatchCancelled || len(counts) != 1 || counts[0].State != docket.VerdictCancelled || counts[0].N != 9 {
			t.Errorf("%+v %+v %v", got, counts, err)
		}
	})
}

func TestATenantHasSoManyBatchesAtATime(t *testing.T) {
	both(t, func(w *world) {
		w.store.UseQueue(func(context.Context, *sql.Tx, []docket.Task) error { return nil })
		s := w.service(func(o *Options) { o.MaxOpen = 1 })
		w.batch(s, 1)
		err := s.AddBatch(w.t.Context(), &docket.Batch{Tenant: "portal", Policy: "basic"}, []docket.Upload{upload("x", "good x")})
		if docket.CodeOf(err) != docket.CodeLimited || w.stored() != 1 {
			w.t.Errorf("%v, %d files", err, w.stored())
		}
	})
}

func TestABatchWhoseFileIsNotTheAnnouncedLeavesNothing(t *testing.T) {
	both(t, func(w *world) {
		s := w.service(nil)
		bad := upload("y", "good y")
		bad.Hash = docket.HashOf([32]byte{1})
		b := &docket.Batch{Tenant: "portal", Policy: "basic"}
		if err := s.AddBatch(w.t.Context(), b, []docket.Upload{upload("x", "good x"), bad}); err == nil {
			w.t.Fatal("it was taken")
		}
		got, counts, err := s.Batch(w.t.Context(), "portal", b.ID)
		if err != nil || got.State != docket.BatchCancelled || counts[0].State != docket.VerdictCancelled {
			w.t.Errorf("%+v %+v %v", got, counts, err)
		}
	})
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a service without parts was made")
	}
}

func FuzzDecode(f *testing.F) {
	good, err := encode(reportOn("a", "good", "basic", time.Unix(0, 0).UTC()), nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte(`{"version":1,"failure":{"code":"x"}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		rep, err := decode(b, func(docket.Hash) ([]byte, error) { return nil, nil })
		if (rep == nil) == (err == nil) {
			t.Error("neither a verdict nor an error, or both")
		}
	})
}
