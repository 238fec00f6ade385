package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// sealRequest is one with every column filled that a new one can have.
func sealRequest(b *bench, key string) docket.SealRequest {
	return docket.SealRequest{
		ID: b.id(), Kind: docket.SealDocument, State: docket.SealReceived, Client: "erp", Tenant: "agency", Profile: "letters", Key: key, Request: docket.HashOf([32]byte{1}),
		Async: true, Name: "məktub.pdf", Size: 5, Document: docket.HashOf([32]byte{2}), Packaging: docket.PackagingDetached, Count: 1, Created: b.now,
		Expires: b.now.Add(90 * 24 * time.Hour), Kept: true,
	}
}

// sealVerdict stores a verdict that a request can name.
func sealVerdict(b *bench) docket.ID {
	v := docket.Verification{ID: b.id(), Blob: docket.HashOf([32]byte{2}), Policy: "basic", At: b.now, Indication: "TOTAL-PASSED"}
	b.tx(func(w docket.Work) error { return w.AddVerification(b.ctx(), &v) })
	return v.ID
}

func sealRequests(t *testing.T, b *bench) {
	ctx := b.ctx()
	r := sealRequest(b, "key-1")
	b.tx(func(w docket.Work) error { return w.AddSealRequest(ctx, &r) })
	read(b, &r, func(w docket.Work) (*docket.SealRequest, error) { return w.SealRequest(ctx, r.ID) })
	read(b, &r, func(w docket.Work) (*docket.SealRequest, error) { return w.SealRequestByKey(ctx, "erp", "key-1") })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.SealRequestByKey(ctx, "other", "key-1"); return err })
	twice := sealRequest(b, "key-1")
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddSealRequest(ctx, &twice) })
	for range 2 { // without a key any number may be
		none := sealRequest(b, "")
		none.State = docket.SealFailed
		b.tx(func(w docket.Work) error { return w.AddSealRequest(ctx, &none) })
	}
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.SealRequestByKey(ctx, "erp", ""); return err })
	b.tx(func(w docket.Work) error { return w.ForgetSealKeys(ctx, b.now) })
	read(b, &r, func(w docket.Work) (*docket.SealRequest, error) { return w.SealRequestByKey(ctx, "erp", "key-1") })
	b.tx(func(w docket.Work) error { return w.ForgetSealKeys(ctx, b.now.Add(time.Microsecond)) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.SealRequestByKey(ctx, "erp", "key-1"); return err })
}

// sealIntent walks one request through leases, intent, another certificate and release.
func sealIntent(t *testing.T, b *bench) {
	ctx := b.ctx()
	r := sealRequest(b, "key")
	b.tx(func(w docket.Work) error { return w.AddSealRequest(ctx, &r) })
	claim := func(owner string, now time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.ClaimSealRequest(ctx, r.ID, owner, now, now.Add(time.Minute)) }
	}
	open := func(at time.Time, want int) {
		t.Helper()
		b.tx(func(w docket.Work) error {
			list, err := w.OpenSealRequests(ctx, at, b.now, 10)
			if len(list) != want {
				t.Errorf("%d open at %s, want %d", len(list), at, want)
			}
			return err
		})
	}
	open(b.now, 1)
	b.tx(func(w docket.Work) error {
		list, err := w.OpenSealRequests(ctx, b.now, b.now.Add(-time.Second), 10)
		if len(list) != 0 {
			t.Error("one that just came is taken from who works on it")
		}
		return err
	})
	b.tx(claim("a", b.now))
	open(b.now.Add(59*time.Second), 0)
	b.refused(docket.ErrStale, claim("b", b.now.Add(59*time.Second)))
	b.tx(func(w docket.Work) error { return w.KeepSealRequest(ctx, r.ID, "a", b.now.Add(2*time.Minute)) })
	b.refused(docket.ErrStale, claim("b", b.now.Add(time.Minute)))
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.KeepSealRequest(ctx, r.ID, "b", b.now) })
	b.tx(func(w docket.Work) error {
		return w.PostponeSealRequest(ctx, r.ID, "a", docket.KeyVerifierDown, b.now.Add(5*time.Minute))
	})
	b.refused(docket.ErrStale, claim("b", b.now.Add(4*time.Minute))) // not due yet
	open(b.now.Add(5*time.Minute), 1)
	b.tx(claim("b", b.now.Add(5*time.Minute)))

	r.Version, r.Credential, r.KeyLabel, r.Certificate, r.Level, r.Day = 3, "default", "seal", docket.HashOf([32]byte{7}), "PAdES-BASELINE-T", calendar.DateOf(b.now)
	r.Input, r.Intended, r.Owner = sealVerdict(b), b.now, "a"
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ReleaseSealRequest(ctx, &r) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.IntendSealRequest(ctx, &r) }) // lost it
	r.Owner = "b"
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ReleaseSealRequest(ctx, &r) }) // nothing was intended
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RetargetSealRequest(ctx, r.ID, "b", "x", "y", b.now) })
	b.tx(func(w docket.Work) error { return w.IntendSealRequest(ctx, &r) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.IntendSealRequest(ctx, &r) }) // once
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RetargetSealRequest(ctx, r.ID, "a", "x", "y", b.now) })
	lease := b.now.Add(10 * time.Minute)
	b.tx(func(w docket.Work) error {
		return w.RetargetSealRequest(ctx, r.ID, "b", "seal-2", docket.HashOf([32]byte{8}), lease)
	})
	want := r
	want.State, want.KeyLabel, want.Certificate, want.Lease, want.Attempts = docket.SealSealing, "seal-2", docket.HashOf([32]byte{8}), lease, 3
	read(b, &want, func(w docket.Work) (*docket.SealRequest, error) { return w.SealRequest(ctx, r.ID) })

	r.Released, r.ReleasedSize, r.Verdict, r.Ended, r.Owner = docket.HashOf([32]byte{9}), 77, sealVerdict(b), b.now.Add(6*time.Minute), "a"
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ReleaseSealRequest(ctx, &r) })
	r.Owner = "b"
	b.tx(func(w docket.Work) error { return w.ReleaseSealRequest(ctx, &r) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ReleaseSealRequest(ctx, &r) }) // a second release can't be
	want.State, want.Owner, want.Lease = docket.SealReleased, "", time.Time{}
	want.Released, want.ReleasedSize, want.Verdict, want.Ended = r.Released, r.ReleasedSize, r.Verdict, r.Ended
	read(b, &want, func(w docket.Work) (*docket.SealRequest, error) { return w.SealRequest(ctx, r.ID) })
	for name, do := range map[string]func(docket.Work) error{
		"claimed": claim("c", b.now.Add(time.Hour)), "kept": func(w docket.Work) error { return w.KeepSealRequest(ctx, r.ID, "", b.now) },
		"ended":     func(w docket.Work) error { r.State, r.Owner = docket.SealFailed, ""; return w.EndSealRequest(ctx, &r) },
		"postponed": func(w docket.Work) error { return w.PostponeSealRequest(ctx, r.ID, "", "x", b.now) },
	} {
		if err := b.store.InTx(ctx, do); !errors.Is(err, docket.ErrStale) {
			t.Errorf("a released one can be %s: %v", name, err)
		}
	}
	open(b.now.Add(time.Hour), 0)
}

// sealEnds: what failed or was refused stays so, and its files go when their time is over.
func sealEnds(t *testing.T, b *bench) {
	ctx := b.ctx()
	r := sealRequest(b, "")
	b.tx(func(w docket.Work) error { return w.AddSealRequest(ctx, &r) })
	b.tx(func(w docket.Work) error { return w.ClaimSealRequest(ctx, r.ID, "a", b.now, b.now.Add(time.Minute)) })
	r.State, r.Failure, r.Check, r.Ended, r.Owner = docket.SealRefused, docket.KeySigMissing, "x", b.now, "b"
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.EndSealRequest(ctx, &r) })
	r.Owner = "a"
	b.tx(func(w docket.Work) error { return w.EndSealRequest(ctx, &r) })
	b.refused(docket.ErrStale, func(w docket.Work) error {
		return w.ClaimSealRequest(ctx, r.ID, "c", b.now.Add(time.Hour), b.now.Add(2*time.Hour))
	})
	gone := func(at time.Time) (ids []docket.ID) {
		b.tx(func(w docket.Work) error {
			list, err := w.ExpiredSealRequests(ctx, at, 10)
			for _, r := range list {
				ids = append(ids, r.ID)
			}
			return err
		})
		return ids
	}
	inUse := func(want bool) {
		t.Helper()
		read(b, want, func(w docket.Work) (bool, error) { return w.SealFileInUse(ctx, r.Document) })
	}
	inUse(true)
	if len(gone(r.Expires.Add(-time.Second))) != 0 || !slices.Equal(gone(r.Expires), []docket.ID{r.ID}) {
		t.Error("files end at another time")
	}
	b.tx(func(w docket.Work) error { return w.DropSealFiles(ctx, r.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.DropSealFiles(ctx, r.ID) })
	inUse(false)
	if len(gone(r.Expires)) != 0 {
		t.Error("files end twice")
	}
	open := sealRequest(b, "")
	b.tx(func(w docket.Work) error { return w.AddSealRequest(ctx, &open) })
	if len(gone(r.Expires)) != 0 {
		t.Error("the files of an open one end")
	}
}

// sealCounts counts under a limit, from many at once.
func sealCounts(t *testing.T, b *bench) {
	ctx, today := b.ctx(), calendar.DateOf(b.now)
	spent := docket.Refuse(docket.CodeLimited, docket.KeyProfileSpent)
	count := func(scope string, n, limit int) func(docket.Work) error {
		return func(w docket.Work) error { return w.CountSeals(ctx, scope, today, n, limit) }
	}
	b.refused(spent, count("profile a", 6, 5))
	b.tx(count("profile a", 3, 5))
	b.refused(spent, count("profile a", 3, 5))
	b.tx(count("profile a", 2, 5))
	b.tx(count("profile free", 1, 0))
	b.tx(count("profile free", 1, 0))
	b.refused(errRollback, func(w docket.Work) error { return errors.Join(w.CountSeals(ctx, "client x", today, 1, 5), errRollback) })
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() { _ = b.store.InTx(ctx, count("client y", 1, 20)) })
	}
	all.Wait()
	read(b, []docket.SealCount{{Scope: "client y", Day: today, N: 20}, {Scope: "profile a", Day: today, N: 5}, {Scope: "profile free", Day: today, N: 2}},
		func(w docket.Work) ([]docket.SealCount, error) { return w.SealCounts(ctx, today) })
}

var errRollback = errors.New("not this one")

func sealBatches(t *testing.T, b *bench) {
	ctx := b.ctx()
	batch := docket.SealBatch{
		ID: b.id(), Client: "erp", Tenant: "agency", Profile: "letters", Key: "k", Request: docket.HashOf([32]byte{3}), Total: 4, Created: b.now, Expires: b.now.Add(time.Hour),
	}
	rows := make([]docket.SealRequest, 4)
	b.tx(func(w docket.Work) error {
		if err := w.AddSealBatch(ctx, &batch); err != nil {
			return err
		}
		for i := range rows {
			rows[i] = sealRequest(b, "")
			rows[i].BatchID, rows[i].Seq = batch.ID, i+1
			if err := w.AddSealRequest(ctx, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	read(b, &batch, func(w docket.Work) (*docket.SealBatch, error) { return w.SealBatch(ctx, batch.ID) })
	read(b, &batch, func(w docket.Work) (*docket.SealBatch, error) { return w.SealBatchByKey(ctx, "erp", "k") })
	twice := batch
	twice.ID = b.id()
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddSealBatch(ctx, &twice) })
	// The first is worked on and intended, the second worked on, the third's worker is gone, the fourth waits.
	claim := func(i int, lease time.Time) {
		b.tx(func(w docket.Work) error { return w.ClaimSealRequest(ctx, rows[i].ID, "a", b.now, lease) })
	}
	claim(0, b.now.Add(time.Hour))
	claim(1, b.now.Add(time.Hour))
	claim(2, b.now.Add(time.Second))
	rows[0].Owner, rows[0].Intended = "a", b.now
	b.tx(func(w docket.Work) error { return w.IntendSealRequest(ctx, &rows[0]) })
	read(b, 1, func(w docket.Work) (int, error) { return w.OpenSealBatches(ctx, "erp") })
	b.tx(func(w docket.Work) error { return w.CancelSealBatch(ctx, batch.ID, b.now.Add(time.Minute)) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.CancelSealBatch(ctx, batch.ID, b.now) })
	read(b, []docket.SealBatchCount{{State: docket.SealAbandoned, N: 2}, {State: docket.SealReceived, N: 1}, {State: docket.SealSealing, N: 1}},
		func(w docket.Work) ([]docket.SealBatchCount, error) { return w.CountSealBatch(ctx, batch.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ClaimSealRequest(ctx, rows[3].ID, "b", b.now, b.now) })
	for state, want := range map[docket.SealRequestState]string{"": "[3 4]", docket.SealAbandoned: "[3 4]", docket.SealReceived: "[]"} {
		b.tx(func(w docket.Work) error {
			list, err := w.SealBatchRequests(ctx, batch.ID, state, 2, 10)
			got := []int{}
			for _, r := range list {
				got = append(got, r.Seq)
			}
			if fmt.Sprint(got) != want {
				t.Errorf("%q after 2: %v, want %s", state, got, want)
			}
			return err
		})
	}
}
