package storetest

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func (b *bench) delegation() *docket.Delegation {
	return &docket.Delegation{
		ID: b.id(), Absent: b.clerk.ID, AbsentName: b.clerk.Name, Delegate: b.person.ID, DelegateName: b.person.Name, Roles: []docket.Role{docket.RoleCoordinator},
		FirstDay: calendar.Of(2026, 3, 2), LastDay: calendar.Of(2026, 3, 9), Reason: "məzuniyyət", MadeBy: b.clerk.ID, Made: b.now,
	}
}

func delegations(_ *testing.T, b *bench) {
	ctx, d, of := b.ctx(), b.delegation(), b.delegation()
	of.BodyID, of.FirstDay, of.LastDay = b.body.ID, calendar.Of(2026, 5, 1), calendar.Of(2026, 5, 31)
	b.tx(func(w docket.Work) error { return errors.Join(w.AddDelegation(ctx, d), w.AddDelegation(ctx, of)) })
	read(b, d, func(w docket.Work) (*docket.Delegation, error) { return w.Delegation(ctx, d.ID) })
	read(b, of, func(w docket.Work) (*docket.Delegation, error) { return w.Delegation(ctx, of.ID) })
	m := func(d int) calendar.Date { return calendar.Of(2026, 3, d) }
	list := func(want int, f docket.DelegationFilter) {
		b.t.Helper()
		read(b, want, func(w docket.Work) (int, error) { l, err := w.ListDelegations(ctx, f); return len(l), err })
	}
	list(1, docket.DelegationFilter{})
	list(1, docket.DelegationFilter{BodyID: b.body.ID})
	list(1, docket.DelegationFilter{Absent: b.clerk.ID})
	list(0, docket.DelegationFilter{Absent: b.person.ID})
	list(1, docket.DelegationFilter{Delegate: b.person.ID})
	list(1, docket.DelegationFilter{Person: b.person.ID})
	list(1, docket.DelegationFilter{Person: b.clerk.ID, Open: true})
	list(0, docket.DelegationFilter{Before: d.ID})
	list(0, docket.DelegationFilter{From: m(1), To: m(1)})
	list(1, docket.DelegationFilter{From: m(1), To: m(2)})
	list(1, docket.DelegationFilter{From: m(9), To: m(30)})
	list(0, docket.DelegationFilter{From: m(10), To: m(30)})
	old := *d
	d.Ended, d.EndedBy = b.now.Add(time.Hour), b.clerk.ID
	b.tx(func(w docket.Work) error { return w.UpdateDelegation(ctx, d) })
	read(b, d, func(w docket.Work) (*docket.Delegation, error) { return w.Delegation(ctx, d.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateDelegation(ctx, &old) })
	list(0, docket.DelegationFilter{Open: true})
}

// delegationsAtOnce lets ten units of work add a delegation each and refuse it if there is another: one may stay, as if they had come one after
// another.
func delegationsAtOnce(t *testing.T, b *bench) {
	another := errors.New("another")
	var stay atomic.Int64
	var wg sync.WaitGroup
	for i := range 10 {
		d := b.delegation()
		if i%2 == 1 { // the locks are taken in one order whoever is absent
			d.Absent, d.Delegate = d.Delegate, d.Absent
		}
		wg.Go(func() {
			err := b.store.InTx(b.ctx(), func(w docket.Work) error {
				if err := w.AddDelegation(b.ctx(), d); err != nil {
					return err
				}
				l, err := w.ListDelegations(b.ctx(), docket.DelegationFilter{Person: b.clerk.ID})
				if err == nil && len(l) > 1 {
					err = another
				}
				return err
			})
			switch {
			case err == nil:
				stay.Add(1)
			case !errors.Is(err, another):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if stay.Load() != 1 {
		t.Errorf("%d delegations stand side by side", stay.Load())
	}
}

// wayOut are the books of what goes out and comes in, one after another on one store.
func wayOut(t *testing.T, b *bench) {
	dispatches(t, b)
	followUps(t, b)
	journal(t, b)
}

func dispatches(_ *testing.T, b *bench) { // S3-05
	ctx, s := b.ctx(), b.withSubmission()
	l := b.letter(s)
	e := docket.DispatchEntry{
		ID: b.id(), LetterID: l.ID, SubmissionID: s.ID, Kind: l.Kind, Number: "9/14-05", Day: calendar.Of(2026, 3, 2), BodyID: b.body.ID, Addressee: b.body.Name,
		Channel: docket.DispatchMailbox, Added: b.now, Delivered: b.now,
	}
	c := e
	b.now = b.now.Add(time.Millisecond) // ids sort by time
	c.ID, c.BodyID, c.Addressee, c.Channel, c.Copy, c.Note, c.AddedBy, c.Delivered = b.id(), "", "Şəki Şəhər İcra Hakimiyyəti", docket.DispatchPost, true, "sifarişli", b.clerk.ID, time.Time{}
	c.Day = calendar.Of(2026, 3, 3)
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddLetter(ctx, l), w.AddDispatch(ctx, &e), w.AddDispatch(ctx, &c))
	})
	read(b, &e, func(w docket.Work) (*docket.DispatchEntry, error) { return w.DispatchEntry(ctx, e.ID) })
	read(b, []docket.DispatchEntry{e, c}, func(w docket.Work) ([]docket.DispatchEntry, error) { return w.DispatchesOf(ctx, l.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { // once in a mailbox
		again := e
		again.ID = b.id()
		return w.AddDispatch(ctx, &again)
	})
	old := c
	c.Confirmed, c.ConfirmedBy, c.ConfirmedHow, c.Addressee = b.now.Add(time.Hour), "Rəşad", docket.ReceiptNoted, "Şəki İcra Hakimiyyəti"
	b.tx(func(w docket.Work) error { return w.UpdateDispatch(ctx, &c) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateDispatch(ctx, &old) })
	for _, x := range []struct {
		f    docket.DispatchFilter
		want []docket.DispatchEntry
	}{
		{docket.DispatchFilter{}, []docket.DispatchEntry{c, e}},
		{docket.DispatchFilter{Limit: 1}, []docket.DispatchEntry{c}},
		{docket.DispatchFilter{Before: c.ID}, []docket.DispatchEntry{e}},
		{docket.DispatchFilter{From: calendar.Of(2026, 3, 3)}, []docket.DispatchEntry{c}},
		{docket.DispatchFilter{To: calendar.Of(2026, 3, 2)}, []docket.DispatchEntry{e}},
		{docket.DispatchFilter{BodyID: b.body.ID}, []docket.DispatchEntry{e}},
		{docket.DispatchFilter{Addressee: "SEKI icra"}, []docket.DispatchEntry{c}},
		{docket.DispatchFilter{Number: "14-05"}, []docket.DispatchEntry{c, e}},
		{docket.DispatchFilter{Number: "1_-"}, nil},
		{docket.DispatchFilter{Channel: docket.DispatchMailbox}, []docket.DispatchEntry{e}},
		{docket.DispatchFilter{Unconfirmed: true}, []docket.DispatchEntry{e}},
	} {
		read(b, x.want, func(w docket.Work) ([]docket.DispatchEntry, error) { return w.ListDispatches(ctx, x.f) })
	}
}

func followUps(_ *testing.T, b *bench) { // S1-36
	ctx := b.ctx()
	one := func(planned calendar.Date) *docket.FollowUp {
		b.now = b.now.Add(time.Millisecond) // ids sort by time
		s := b.withSubmission()
		l := b.letter(s)
		f := &docket.FollowUp{
			SubmissionID: s.ID, LetterID: l.ID, Planned: planned, Notes: "nəzarətdə", Documents: []string{"akt 4-a, 01.03.2026"}, By: b.clerk.ID, ByName: b.clerk.Name,
			Created: b.now, Touched: b.now,
		}
		b.tx(func(w docket.Work) error { return errors.Join(w.AddLetter(ctx, l), w.AddFollowUp(ctx, f)) })
		return f
	}
	late, soon, same := one(calendar.Of(2026, 12, 1)), one(calendar.Of(2026, 6, 1)), one(calendar.Of(2026, 6, 1))
	read(b, soon, func(w docket.Work) (*docket.FollowUp, error) { return w.FollowUp(ctx, soon.SubmissionID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddFollowUp(ctx, soon) })
	list := func(f docket.FollowUpFilter, want ...docket.FollowUp) {
		b.t.Helper()
		read(b, want, func(w docket.Work) ([]docket.FollowUp, error) { return w.ListFollowUps(ctx, f) })
	}
	list(docket.FollowUpFilter{}, *soon, *same, *late)
	list(docket.FollowUpFilter{DueTo: calendar.Of(2026, 6, 1)}, *soon, *same)
	list(docket.FollowUpFilter{After: soon.SubmissionID}, *same, *late)
	list(docket.FollowUpFilter{Closed: true})
	old := *soon
	soon.AsApproved, soon.InOperation, soon.AcceptedOn, soon.Closed = docket.FollowUpPartly, docket.FollowUpYes, calendar.Of(2026, 5, 30), b.now
	b.tx(func(w docket.Work) error { return w.UpdateFollowUp(ctx, soon) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateFollowUp(ctx, &old) })
	list(docket.FollowUpFilter{}, *same, *late)
	list(docket.FollowUpFilter{Closed: true}, *soon)
}

// journal: every number has its line, what holds it beside it, and a page goes on where the last one ended (S3-03, S3-17, S3-18).
func journal(t *testing.T, b *bench) {
	ctx, s := b.ctx(), b.withSubmission()
	l := b.letter(s)
	in := docket.Series{Journal: docket.JournalIncoming, Unit: "9", Case: "1", Template: "{unit}/{case}-{seq:02}"}
	take := func(w docket.Work, series docket.Series, subject docket.ID, kind string) {
		if _, err := w.TakeNumber(ctx, series, subject, string(b.clerk.ID), b.now); err != nil {
			t.Fatal(err)
		}
		if err := w.DescribeNumber(ctx, subject, kind, 7); err != nil {
			t.Fatal(err)
		}
	}
	annulled := b.letter(s)
	b.tx(func(w docket.Work) error {
		take(w, in, s.ID, "proposal")
		take(w, outgoing("14"), annulled.ID, "opinion")
		take(w, outgoing("14"), l.ID, "opinion")
		take(w, outgoing("15"), b.id(), "letter") // of what is not here
		return errors.Join(w.AddLetter(ctx, l), w.AddLetter(ctx, annulled), w.VoidNumber(ctx, annulled.ID, string(b.clerk.ID), "səhv", b.now))
	})
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.DescribeNumber(ctx, b.id(), "letter", 0) })
	list := func(f docket.JournalFilter, want ...string) []docket.JournalRow {
		t.Helper()
		var rows []docket.JournalRow
		b.tx(func(w docket.Work) (err error) { rows, err = w.Journal(ctx, f); return err })
		var got []string
		for _, r := range rows {
			got = append(got, r.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v", f, got, want)
		}
		return rows
	}
	out := docket.JournalOutgoing
	day := calendar.DateOf(b.now)
	rows := list(docket.JournalFilter{Journal: out}, "9/15-01", "9/14-02", "9/14-01")
	r := rows[1]
	if r.LetterID != l.ID || r.Correspondent != b.body.Name || r.Content != "Rəy" || r.Executor != b.clerk.Name || r.Due != s.Due || r.Kind != "opinion" || r.Annexes != 7 || r.LetterState != docket.LetterDraft {
		t.Errorf("%+v", r)
	}
	if rows[2].Reason != "səhv" || rows[2].Voided.IsZero() || rows[0].LetterID != "" || rows[0].Correspondent != "" {
		t.Errorf("%+v", rows)
	}
	list(docket.JournalFilter{Journal: out, Limit: 1}, "9/15-01")
	list(docket.JournalFilter{Journal: out, After: rows[0].At()}, "9/14-02", "9/14-01")
	list(docket.JournalFilter{Journal: out, Annulled: true}, "9/14-01")
	list(docket.JournalFilter{Journal: out, Kind: "letter"}, "9/15-01")
	list(docket.JournalFilter{Journal: out, Number: "14-"}, "9/14-02", "9/14-01")
	list(docket.JournalFilter{Journal: out, From: day.AddDays(1)})
	list(docket.JournalFilter{Journal: out, To: day.AddDays(-1)})
	one := list(docket.JournalFilter{Journal: docket.JournalIncoming, From: day, To: day}, "9/1-01")[0]
	if one.SubmissionID != s.ID || one.State != s.State || one.Content != s.Form.ProjectName || one.Executor != b.clerk.Name || one.LetterID != "" {
		t.Errorf("%+v", one)
	}
	b.tx(func(w docket.Work) error {
		kinds, err := w.JournalKinds(ctx)
		if len(kinds) != 19 || kinds[3].Az != "Rəy" || kinds[3].In("ru") != "Заключение" || kinds[3].In("en") != "Opinion" {
			t.Errorf("%+v", kinds)
		}
		return err
	})
}
