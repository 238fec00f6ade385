package storetest

import (
	"slices"
	"testing"
	"time"

	"mohur/docket"
)

// storedVerdict is one with every column filled.
func storedVerdict(b *bench, n byte) docket.StoredVerdict {
	return docket.StoredVerdict{
		ID: b.id(), Tenant: "portal", Seq: int(n), State: docket.VerdictWaiting, Name: "məktub.pdf", Size: 5, Document: docket.HashOf([32]byte{n}), File: docket.HashOf([32]byte{n}),
		KeepFile: true, Beside: []docket.StoredFile{{Name: "b", Size: 2, File: docket.HashOf([32]byte{100})}, {Name: "c", Algorithm: "SHA256", Digest: []byte{1}}},
		Policy: "basic", For: b.now, Created: b.now, Expires: b.now.Add(time.Hour),
	}
}

func storedVerdicts(t *testing.T, b *bench) {
	ctx := b.ctx()
	v, linked := storedVerdict(b, 1), storedVerdict(b, 2)
	linked.Tenant, linked.Link, linked.Expires = "", docket.HashOf([32]byte{9}), b.now.Add(2*time.Hour)
	b.tx(func(w docket.Work) error { return w.AddStoredVerdict(ctx, &v) })
	b.tx(func(w docket.Work) error { return w.AddStoredVerdict(ctx, &linked) })
	read(b, &v, func(w docket.Work) (*docket.StoredVerdict, error) { return w.StoredVerdict(ctx, v.ID) })
	read(b, &linked, func(w docket.Work) (*docket.StoredVerdict, error) { return w.StoredVerdictByLink(ctx, linked.Link) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error {
		_, err := w.StoredVerdictByLink(ctx, docket.HashOf([32]byte{3}))
		return err
	})
	v.State, v.Judged, v.Format, v.Indication, v.SubIndication, v.Failure, v.Report = docket.VerdictDone, b.now, "PDF", "INDETERMINATE", "TRY_LATER", "x", docket.HashOf([32]byte{7})
	v.File, v.Beside, v.Evidence = "", nil, []docket.Evidence{{Kind: "CRL", Status: "good", ThisUpdate: b.now, Blob: docket.HashOf([32]byte{8})}}
	b.tx(func(w docket.Work) error { return w.FinishStoredVerdict(ctx, &v) })
	read(b, &v, func(w docket.Work) (*docket.StoredVerdict, error) { return w.StoredVerdict(ctx, v.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.FinishStoredVerdict(ctx, &v) })
	b.tx(func(w docket.Work) error {
		gone, err := w.ExpiredVerdicts(ctx, b.now.Add(time.Hour), 10)
		if len(gone) != 1 || gone[0].ID != v.ID {
			t.Errorf("expired: %+v", gone)
		}
		return err
	})
	b.tx(func(w docket.Work) error { return w.RemoveStoredVerdict(ctx, v.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RemoveStoredVerdict(ctx, v.ID) })
}

func heldBlobs(t *testing.T, b *bench) {
	ctx, one, two := b.ctx(), docket.HashOf([32]byte{1}), docket.HashOf([32]byte{2})
	b.tx(func(w docket.Work) error { return w.HoldBlobs(ctx, one, two, one) })
	for i, want := range [][]docket.Hash{{two}, {one}, nil} {
		b.tx(func(w docket.Work) error {
			free, err := w.DropBlobs(ctx, one, two)
			if !slices.Equal(free, want) {
				t.Errorf("drop %d frees %v, want %v", i, free, want)
			}
			return err
		})
	}
}

func batches(t *testing.T, b *bench) {
	ctx := b.ctx()
	batch := docket.Batch{
		ID: b.id(), Tenant: "portal", State: docket.BatchReceiving, Policy: "basic", For: b.now, KeepFile: true, Total: 3, Created: b.now, Expires: b.now.Add(time.Hour),
	}
	rows := make([]docket.StoredVerdict, 3)
	b.tx(func(w docket.Work) error {
		if err := w.AddBatch(ctx, &batch); err != nil {
			return err
		}
		for i := range rows {
			rows[i] = storedVerdict(b, byte(i+1))
			rows[i].BatchID = batch.ID
			if err := w.AddStoredVerdict(ctx, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	})
	read(b, &batch, func(w docket.Work) (*docket.Batch, error) { return w.Batch(ctx, batch.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ClaimBatch(ctx, batch.ID, "p", b.now, b.now.Add(time.Minute)) })
	b.tx(func(w docket.Work) error {
		return w.MoveBatch(ctx, batch.ID, docket.BatchReceiving, docket.BatchRunning, b.now)
	})
	b.refused(docket.ErrStale, func(w docket.Work) error {
		return w.MoveBatch(ctx, batch.ID, docket.BatchReceiving, docket.BatchRunning, b.now)
	})
	leases(t, b, batch.ID)
	rows[1].State, rows[1].Indication = docket.VerdictDone, "TOTAL-PASSED"
	b.tx(func(w docket.Work) error { return w.FinishStoredVerdict(ctx, &rows[1]) })
	b.tx(func(w docket.Work) error {
		waiting, err := w.BatchVerdicts(ctx, batch.ID, docket.VerdictWaiting, 1, 10)
		if len(waiting) != 1 || waiting[0].ID != rows[2].ID {
			t.Errorf("waiting after 1: %+v", waiting)
		}
		return err
	})
	b.tx(func(w docket.Work) error {
		counts, err := w.CountBatch(ctx, batch.ID)
		if want := []docket.BatchCount{{State: docket.VerdictDone, Indication: "TOTAL-PASSED", N: 1}, {State: docket.VerdictWaiting, N: 2}}; !slices.Equal(counts, want) {
			t.Errorf("counts %+v", counts)
		}
		return err
	})
	b.tx(func(w docket.Work) error {
		n, err := w.OpenBatches(ctx, "portal")
		if n != 1 {
			t.Errorf("%d open", n)
		}
		return err
	})
	b.tx(func(w docket.Work) error {
		return w.MoveBatch(ctx, batch.ID, docket.BatchRunning, docket.BatchDone, b.now)
	})
	b.tx(func(w docket.Work) error {
		gone, err := w.ExpiredBatches(ctx, b.now.Add(time.Hour), 10)
		if len(gone) != 1 || !gone[0].Ended.Equal(b.now) || gone[0].Owner != "" {
			t.Errorf("expired: %+v", gone)
		}
		return err
	})
}

// leases: a batch is worked on by one process, and by another when the first one's time is over.
func leases(t *testing.T, b *bench, id docket.ID) {
	ctx, lease := b.ctx(), b.now.Add(time.Minute)
	idle := func(at time.Time, want int) {
		b.tx(func(w docket.Work) error {
			list, err := w.IdleBatches(ctx, at)
			if len(list) != want {
				t.Errorf("%d idle, want %d", len(list), want)
			}
			return err
		})
	}
	idle(b.now, 1)
	b.tx(func(w docket.Work) error { return w.ClaimBatch(ctx, id, "first", b.now, lease) })
	idle(b.now, 0)
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ClaimBatch(ctx, id, "second", b.now, lease) })
	b.tx(func(w docket.Work) error { return w.ClaimBatch(ctx, id, "first", b.now, lease) }) // prolonged
	idle(lease, 1)
	b.tx(func(w docket.Work) error { return w.ClaimBatch(ctx, id, "second", lease, lease.Add(time.Minute)) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ClaimBatch(ctx, id, "first", lease, lease.Add(time.Hour)) })
}
