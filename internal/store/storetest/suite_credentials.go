package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"mohur/docket"
	"mohur/docket/calendar"
)

func credentials(t *testing.T, b *bench) {
	ctx, today := b.ctx(), calendar.DateOf(b.now)
	use := func(name string, n, limit int) func(docket.Work) error {
		return func(w docket.Work) error { return w.UseCredential(ctx, name, today, n, limit) }
	}
	full := docket.Refuse(docket.CodeLimited, docket.KeySealQuota)
	b.tx(use("a", 1, 0))
	b.tx(use("a", 5, 6))
	b.refused(full, use("a", 1, 6))
	b.refused(full, use("b", 3, 2)) // the first of a day obeys it too
	b.tx(use("a", 1, 0))
	b.tx(func(w docket.Work) error { return w.UseCredential(ctx, "a", today.AddDays(1), 6, 6) }) // another day
	read(b, []docket.CredentialUse{{Credential: "a", Day: today, Used: 7}, {Credential: "a", Day: today.AddDays(1), Used: 6}}, func(w docket.Work) ([]docket.CredentialUse, error) {
		return w.CredentialUses(ctx, today)
	})
	read(b, 1, func(w docket.Work) (int, error) {
		l, err := w.CredentialUses(ctx, today.AddDays(1))
		return len(l), err
	})

	d := docket.CredentialDrain{Credential: "a", Member: "second", Since: b.now, By: "root"}
	later := d
	later.By = "another"
	b.tx(func(w docket.Work) error {
		return errors.Join(w.DrainCredential(ctx, &d), w.DrainCredential(ctx, &later))
	})
	read(b, []docket.CredentialDrain{d}, func(w docket.Work) ([]docket.CredentialDrain, error) { return w.CredentialDrains(ctx) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ResumeCredential(ctx, "a", "") })
	b.tx(func(w docket.Work) error { return w.ResumeCredential(ctx, "a", "second") })
	read(b, 0, func(w docket.Work) (int, error) { l, err := w.CredentialDrains(ctx); return len(l), err })

	warned := func(days int) func(docket.Work) error {
		return func(w docket.Work) error {
			return w.WarnedExpiry(ctx, docket.HashOf([32]byte{9}), days, b.now)
		}
	}
	b.tx(warned(30))
	b.tx(warned(10))
	b.refused(docket.ErrStale, warned(30))
}

// quota has many processes count at once: the limit holds exactly.
func quota(t *testing.T, b *bench) {
	const limit, callers = 10, 30
	var counted atomic.Int32
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			err := b.store.InTx(b.ctx(), func(w docket.Work) error { return w.UseCredential(b.ctx(), "a", calendar.DateOf(b.now), 1, limit) })
			switch {
			case err == nil:
				counted.Add(1)
			case docket.KeyOf(err) != docket.KeySealQuota:
				t.Error(err)
			}
		})
	}
	all.Wait()
	read(b, limit, func(w docket.Work) (int, error) {
		l, err := w.CredentialUses(b.ctx(), calendar.DateOf(b.now))
		if err != nil || len(l) != 1 {
			return len(l), err
		}
		return l[0].Used, nil
	})
	if counted.Load() != limit {
		t.Errorf("%d of %d were let through, want %d", counted.Load(), callers, limit)
	}
}
