package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func procedures(t *testing.T, b *bench) {
	ctx := b.ctx()
	var first *docket.Procedure
	if err := b.store.Read(ctx, func(w docket.Work) (err error) {
		first, err = w.ProcedureOn(ctx, docket.ProcedureOpinion, calendar.Of(2001, 1, 1))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	want := docket.DefaultTerms() // the migration's first version is what the code calls the default
	read(b, &docket.Procedure{ID: first.ID, Code: docket.ProcedureOpinion, Version: 1, Terms: want}, func(w docket.Work) (*docket.Procedure, error) {
		return w.Procedure(ctx, docket.ProcedureOpinion, 1)
	})
	want.Suspend, want.Review.End = true, calendar.EndNextWorking
	want.Levels = map[docket.DocumentKind]docket.MinimumLevel{docket.DocumentRecord: docket.LevelQualified}
	want.Signers = map[docket.DocumentKind]docket.SignerRules{docket.DocumentRecord: {docket.SignerOrganisation: docket.SignerWarn}}
	second := docket.Procedure{ID: b.id(), Code: docket.ProcedureOpinion, Version: 2, From: calendar.Of(2026, 6, 1), Terms: want, Why: "əmr", MadeBy: b.clerk.ID, MadeByName: b.clerk.Name, Made: b.now}
	third := second
	third.ID, third.Version, third.From = b.id(), 3, calendar.Of(2026, 4, 1) // made later, in force earlier
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddProcedure(ctx, &second), w.AddProcedure(ctx, &third))
	})
	again := second
	again.ID = b.id()
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddProcedure(ctx, &again) })
	for day, version := range map[calendar.Date]int{calendar.Of(2026, 3, 31): 1, calendar.Of(2026, 4, 1): 3, calendar.Of(2026, 5, 31): 3, calendar.Of(2026, 6, 1): 2} {
		read(b, version, func(w docket.Work) (int, error) {
			p, err := w.ProcedureOn(ctx, docket.ProcedureOpinion, day)
			if err != nil {
				return 0, err
			}
			return p.Version, nil
		})
	}
	read(b, []docket.Procedure{third, second, *first}, func(w docket.Work) ([]docket.Procedure, error) { return w.ListProcedures(ctx, "") })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.Procedure(ctx, docket.ProcedureOpinion, 9); return err })
}

func decreedDays(_ *testing.T, b *bench) {
	ctx := b.ctx()
	read(b, calendar.BuiltIn(), func(w docket.Work) ([]calendar.Decreed, error) { return w.DecreedDays(ctx, 0) }) // what the migration brings
	day := calendar.Decreed{Date: calendar.Of(2027, 3, 9), Kind: calendar.DecreedRamazan, Source: "a"}
	b.tx(func(w docket.Work) error { return w.PutDecreedDay(ctx, day) })
	day.Source = "b"
	b.tx(func(w docket.Work) error { return w.PutDecreedDay(ctx, day) })
	read(b, []calendar.Decreed{day}, func(w docket.Work) ([]calendar.Decreed, error) { return w.DecreedDays(ctx, 2027) })
	change := docket.CalendarChange{ID: b.id(), Day: day, Removed: true, Reason: "səhv", By: b.clerk.ID, ByName: b.clerk.Name, At: b.now}
	b.tx(func(w docket.Work) error {
		return errors.Join(w.RemoveDecreedDay(ctx, day.Date, day.Kind), w.AddCalendarChange(ctx, &change))
	})
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RemoveDecreedDay(ctx, day.Date, day.Kind) })
	read(b, nil, func(w docket.Work) ([]calendar.Decreed, error) { return w.DecreedDays(ctx, 2027) })
	read(b, []docket.CalendarChange{change}, func(w docket.Work) ([]docket.CalendarChange, error) { return w.CalendarChanges(ctx, 2027) })
	read(b, nil, func(w docket.Work) ([]docket.CalendarChange, error) { return w.CalendarChanges(ctx, 2026) })
}

// readers: what is labelled is seen by those who are named only, and the filter is in the SQL, so that pages and counts are right
// (requirements 8, 20; S3-12).
func readers(t *testing.T, b *bench) {
	ctx, s := b.ctx(), b.withSubmission()
	plain := b.withSubmission()
	r := docket.Reader{ID: b.id(), Subject: s.ID, UserID: b.clerk.ID, Name: b.clerk.Name, OfAgency: true, AddedBy: b.person.ID, AddedByName: b.person.Name, Added: b.now}
	s.Label = docket.LabelOfficialUse
	of := b.letter(s)
	of.State, of.Dispatched = docket.LetterDispatched, b.now
	own := b.letter(plain)
	own.State, own.Dispatched, own.Label = docket.LetterDispatched, b.now, docket.LabelOfficialUse
	told := docket.Notification{ID: b.id(), Channel: docket.ChannelSystem, BodyID: b.body.ID, Key: docket.NotifyReceived, SubmissionID: s.ID, Created: b.now}
	b.tx(func(w docket.Work) error {
		return errors.Join(w.UpdateSubmission(ctx, s), w.AddReader(ctx, &r), w.AddLetter(ctx, of), w.AddLetter(ctx, own), w.AddNotification(ctx, &told))
	})
	again := r
	again.ID = b.id()
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddReader(ctx, &again) })
	sees := func(reader docket.ID, cases, letters, notes int) {
		t.Helper()
		read(b, [4]int{cases, cases, letters, notes}, func(w docket.Work) ([4]int, error) {
			list, n, err := w.ListSubmissions(ctx, docket.SubmissionFilter{Reader: reader})
			_, m, merr := w.Mailbox(ctx, b.body.ID, reader, 0, 0)
			ns, nerr := w.NotificationsFor(ctx, b.body.ID, reader, 0)
			return [4]int{len(list), n, m, len(ns)}, errors.Join(err, merr, nerr)
		})
	}
	sees("", 2, 2, 1)
	sees(b.clerk.ID, 2, 1, 1)
	sees(b.person.ID, 1, 0, 0)
	read(b, 1, func(w docket.Work) (int, error) { // a labelled title can't be searched for, not even by its readers
		_, n, err := w.ListSubmissions(ctx, docket.SubmissionFilter{Reader: b.clerk.ID, Name: s.Form.ProjectName})
		return n, err
	})
	letterReader := docket.Reader{ID: b.id(), Subject: own.ID, UserID: b.person.ID, Name: b.person.Name, Added: b.now}
	b.tx(func(w docket.Work) error { return w.AddReader(ctx, &letterReader) })
	sees(b.person.ID, 1, 1, 0)
	is := func(user docket.ID, want bool, subjects ...docket.ID) {
		t.Helper()
		read(b, want, func(w docket.Work) (bool, error) { return w.IsReader(ctx, user, subjects...) })
	}
	is(b.clerk.ID, true, own.ID, s.ID)
	is(b.person.ID, false, s.ID)
	is(b.clerk.ID, false)
	b.tx(func(w docket.Work) error { return w.RemoveReader(ctx, s.ID, b.clerk.ID, b.person.Name, b.now) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RemoveReader(ctx, s.ID, b.clerk.ID, b.person.Name, b.now) })
	is(b.clerk.ID, false, s.ID)
	sees(b.clerk.ID, 1, 0, 0)
	r.Removed, r.RemovedBy = b.now, b.person.Name
	read(b, []docket.Reader{r}, func(w docket.Work) ([]docket.Reader, error) { return w.Readers(ctx, s.ID) })
	again.Added = b.now.Add(time.Second)
	b.tx(func(w docket.Work) error { return w.AddReader(ctx, &again) }) // named anew
	read(b, 2, func(w docket.Work) (int, error) { l, err := w.Readers(ctx, s.ID); return len(l), err })
}

// postOnItsWay: a message is claimed before it is sent, by one only; who lost the claim can't end it (requirements 8, 18 and 21).
func postOnItsWay(t *testing.T, b *bench) {
	ctx := b.ctx()
	mail := docket.Notification{ID: b.id(), Channel: docket.ChannelMail, To: "a@example.az", UserID: b.person.ID, BodyID: b.body.ID, Key: docket.NotifyApproved, Case: "c", Link: "/login/secret", Secret: true, Created: b.now, Delivery: docket.PostQueued}
	page := docket.Notification{ID: b.id(), Channel: docket.ChannelSystem, BodyID: b.body.ID, Key: docket.NotifyReceived, Created: b.now}
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddNotification(ctx, &mail), w.AddNotification(ctx, &page))
	})
	lease := b.now.Add(time.Minute)
	claim := func(owner string) func(docket.Work) error {
		return func(w docket.Work) error { _, err := w.ClaimNotification(ctx, mail.ID, owner, lease); return err }
	}
	var wg sync.WaitGroup
	results := make(chan string, 8)
	for i := range 8 {
		owner := string(rune('a' + i))
		wg.Go(func() {
			if err := b.store.InTx(ctx, claim(owner)); err == nil {
				results <- owner
			} else if !errors.Is(err, docket.ErrStale) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(results)
	if len(results) != 1 {
		t.Fatalf("%d claimed one message", len(results))
	}
	owner := <-results
	failed := func(owner string, as docket.PostState) func(docket.Work) error {
		return func(w docket.Work) error { return w.NotificationFailed(ctx, mail.ID, owner, as, "connect") }
	}
	sent := func(owner string) func(docket.Work) error {
		return func(w docket.Work) error { return w.NotificationSent(ctx, mail.ID, owner, b.now) }
	}
	requeue := func(w docket.Work) error { return w.RequeueNotification(ctx, mail.ID) }
	b.refused(docket.ErrStale, failed("z", docket.PostFailed))
	b.refused(docket.ErrStale, sent("z"))
	b.refused(docket.ErrStale, requeue) // somebody sends it
	b.tx(failed(owner, docket.PostFailed))
	b.tx(claim("y")) // what failed is tried again
	lapse := func(now time.Time, want int) {
		t.Helper()
		b.tx(func(w docket.Work) error {
			n, err := w.LapsedNotifications(ctx, now)
			if n != want {
				t.Errorf("%d claims lapsed, want %d", n, want)
			}
			return err
		})
	}
	lapse(lease, 0)
	lapse(lease.Add(time.Second), 1)
	b.refused(docket.ErrStale, claim("x")) // may have arrived: not by itself
	b.refused(docket.ErrStale, sent("y"))
	read(b, map[docket.PostState]int{docket.PostUnknown: 1}, func(w docket.Work) (map[docket.PostState]int, error) { return w.CountOutgoing(ctx) })
	b.tx(requeue)
	b.tx(claim("x"))
	b.tx(sent("x"))
	b.refused(docket.ErrStale, requeue)
	mail.Delivery, mail.Attempts, mail.Sent, mail.Link = docket.PostSent, 3, b.now, ""
	for _, f := range []docket.OutgoingFilter{{}, {Delivery: docket.PostSent}, {Before: docket.NewID(b.now.Add(time.Second))}} {
		read(b, []docket.Notification{mail}, func(w docket.Work) ([]docket.Notification, error) { return w.ListOutgoing(ctx, f) })
	}
	for _, f := range []docket.OutgoingFilter{{Delivery: docket.PostQueued}, {Before: mail.ID}} {
		read(b, nil, func(w docket.Work) ([]docket.Notification, error) { return w.ListOutgoing(ctx, f) })
	}
}
