package storetest

import (
	"errors"
	"sync"
	"testing"

	"mohur/docket"
)

// sealProfile is a version with every column filled.
func sealProfile(b *bench, name string, version int) docket.SealProfile {
	return docket.SealProfile{
		ID: b.id(), Name: name, Version: version, State: docket.ProfileProposed, Base: version - 1, Ends: true,
		SealTerms: docket.SealTerms{
			Unit: "Kadr məsələləri", Credential: "kadr", Format: docket.FormatPAdES, Level: docket.LevelLTA, Input: docket.InputPassed, HashAllowed: true,
			Kinds: []string{docket.KindPersonnelOrder, docket.KindPersonnelReference}, Clients: []string{"hr-portal"}, PerDay: 200,
			Appearance:    docket.SealAppearance{Visible: true, Lines: []string{"İnsan resursları"}, QR: true, Image: docket.HashOf([32]byte{4})},
			Certification: 2,
		},
		Why: "yeni açar", ProposedBy: b.clerk.ID, ProposedByName: b.clerk.Name, Proposed: b.now,
	}
}

func sealProfiles(t *testing.T, b *bench) {
	ctx := b.ctx()
	first := sealProfile(b, "kadr-meseleleri", 1)
	b.tx(func(w docket.Work) error { return w.AddSealProfile(ctx, &first) })
	read(b, &first, func(w docket.Work) (*docket.SealProfile, error) { return w.SealProfile(ctx, first.ID) })
	second := sealProfile(b, first.Name, 2)
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddSealProfile(ctx, &second) }) // one proposal at a time
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.ActiveSealProfile(ctx, first.Name); return err })

	stale := first
	decided := first
	decided.State, decided.DecidedBy, decided.DecidedByName, decided.Decided = docket.ProfileActive, b.person.ID, b.person.Name, b.now
	decided.Unit = "what is never written"
	b.tx(func(w docket.Work) error { return w.DecideSealProfile(ctx, &decided) })
	decided.Unit = first.Unit
	read(b, &decided, func(w docket.Work) (*docket.SealProfile, error) { return w.ActiveSealProfile(ctx, first.Name) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.DecideSealProfile(ctx, &stale) })

	again := sealProfile(b, first.Name, 1)
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddSealProfile(ctx, &again) }) // the version is there
	b.tx(func(w docket.Work) error { return w.AddSealProfile(ctx, &second) })
	both := second
	both.State, both.DecidedBy = docket.ProfileActive, b.person.ID
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.DecideSealProfile(ctx, &both) }) // one in force
	own := second
	own.State, own.DecidedBy = docket.ProfileRetired, second.ProposedBy
	b.refused(&docket.Error{Code: docket.CodeUnavailable}, func(w docket.Work) error { return w.DecideSealProfile(ctx, &own) }) // the database itself refuses one person
	own.State, own.DecidedByName, own.Decided, own.Reason = docket.ProfileRejected, b.clerk.Name, b.now, "geri götürülür"
	b.tx(func(w docket.Work) error { return w.DecideSealProfile(ctx, &own) })
	over := decided
	over.State, over.Superseded = docket.ProfileSuperseded, b.now
	b.tx(func(w docket.Work) error { return w.DecideSealProfile(ctx, &over) })

	other := sealProfile(b, "a-other", 1)
	b.tx(func(w docket.Work) error { return w.AddSealProfile(ctx, &other) })
	read(b, []docket.SealProfile{other, own, over}, func(w docket.Work) ([]docket.SealProfile, error) {
		return w.ListSealProfiles(ctx, docket.SealProfileFilter{})
	})
	read(b, []docket.SealProfile{over}, func(w docket.Work) ([]docket.SealProfile, error) {
		return w.ListSealProfiles(ctx, docket.SealProfileFilter{Name: first.Name, States: []docket.SealProfileState{docket.ProfileSuperseded, docket.ProfileActive}})
	})
	read(b, &own, func(w docket.Work) (*docket.SealProfile, error) { return w.SealProfileVersion(ctx, first.Name, 2) })
}

// profileChanges is why there is a lock: two units of work each look for the other's profile before they add their own, and without it
// both would find none.
func profileChanges(t *testing.T, b *bench) {
	ctx := b.ctx()
	taken := errors.New("taken")
	var wg sync.WaitGroup
	results := make(chan error, 8)
	for i := range 8 {
		wg.Go(func() {
			results <- b.store.InTx(ctx, func(w docket.Work) error {
				if err := w.LockSealProfiles(ctx); err != nil {
					return err
				}
				list, err := w.ListSealProfiles(ctx, docket.SealProfileFilter{})
				if err != nil {
					return err
				}
				if len(list) > 0 {
					return taken
				}
				p := sealProfile(b, "p-"+string(rune('a'+i)), 1)
				return w.AddSealProfile(ctx, &p)
			})
		})
	}
	wg.Wait()
	close(results)
	won := 0
	for err := range results {
		if err == nil {
			won++
		} else if !errors.Is(err, taken) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d of 8 found no other profile, want 1", won)
	}
}
