package desk

import (
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// under puts other terms in force for what comes in from now on.
func (o *office) under(change func(*docket.ProcedureTerms)) {
	o.t.Helper()
	terms := docket.DefaultTerms()
	change(&terms)
	if errs := terms.Check(); len(errs) > 0 {
		o.t.Fatal(errs)
	}
	o.write(func(w docket.Work) error {
		list, err := w.ListProcedures(o.ctx(), docket.ProcedureOpinion)
		if err != nil {
			return err
		}
		return w.AddProcedure(o.ctx(), &docket.Procedure{ID: docket.NewID(o.tick()), Code: docket.ProcedureOpinion, Version: list[0].Version + 1, Terms: terms, Made: o.tick()})
	})
}

func (o *office) write(do func(docket.Work) error) {
	o.t.Helper()
	if err := o.store.InTx(o.ctx(), do); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) on(month time.Month, day int) {
	o.clock = time.Date(2026, month, day, 8, 0, 0, 0, time.UTC)
}

// view is the project as its body sees it now.
func (o *office) view1(sub *docket.Submission) *SubmissionView {
	o.t.Helper()
	return must[*SubmissionView](o.t)(o.Submission(o.ctx(), o.person, sub.ID))
}

// corrected signs a new version.
func (o *office) corrected(sub *docket.Submission) *docket.Submission {
	o.t.Helper()
	must[*docket.Submission](o.t)(o.Correct(o.ctx(), o.person, sub.ID))
	next := must[*docket.Submission](o.t)(o.PrepareRecord(o.ctx(), o.person, sub.ID))
	return must[*docket.Submission](o.t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(next), good()))))
}

// TestThirtyDays is the default for 000 (S1-15, S1-29; requirements 7 and 8, 4): received on 1 March, due on 31 March 23:59:59 in Baku, overdue
// from 1 April; neither moved nor suspended, on day 1, 25, 30 and 31.
func TestThirtyDays(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.inReview()
	if sub.Due != calendar.Of(2026, 3, 31) || sub.Due.End().Format(time.RFC3339) != "2026-03-31T19:59:59Z" || sub.DueRule != "30 calendar" || sub.ProcedureVersion != 1 {
		t.Fatalf("due %s by %q, version %d", sub.Due, sub.DueRule, sub.ProcedureVersion)
	}
	for _, c := range []struct {
		at         time.Time
		used, left int
		overdue    bool
	}{
		{time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC), 1, 29, false},
		{time.Date(2026, 3, 26, 8, 0, 0, 0, time.UTC), 25, 5, false},
		{time.Date(2026, 3, 31, 19, 59, 0, 0, time.UTC), 30, 0, false},
		{time.Date(2026, 3, 31, 20, 0, 1, 0, time.UTC), 31, -1, true}, // 1 April in Baku
	} {
		o.clock = c.at
		if p := o.view1(sub).Period; p.Used != c.used || p.Left != c.left || p.Overdue != c.overdue || p.Suspended {
			t.Errorf("%s: %+v", c.at, p)
		}
	}
	o.on(3, 10)
	must[*docket.Notice](t)(o.NotifyDeficiency(o.ctx(), o.coordinator, sub.ID, []string{"ərizə"}))
	o.on(3, 15)
	o.corrected(sub)
	if v := o.view1(sub); v.Period.Due != calendar.Of(2026, 3, 31) || v.Period.Used != 14 || len(v.Suspensions) != 0 {
		t.Errorf("a deficiency moved the 30 days: %+v", v.Period)
	}
}

// TestSuspension: where the procedure says so, the days of a deficiency do not count; each suspension stays in the history (requirements 8, 3).
func TestSuspension(t *testing.T) {
	o := newOffice(t)
	o.register()
	o.under(func(p *docket.ProcedureTerms) { p.Suspend = true })
	sub := o.inReview()
	if sub.DueRule != "30 calendar suspend" || sub.ProcedureVersion != 2 {
		t.Fatalf("%q, version %d", sub.DueRule, sub.ProcedureVersion)
	}
	o.on(3, 6)
	n := must[*docket.Notice](t)(o.NotifyDeficiency(o.ctx(), o.coordinator, sub.ID, []string{"ərizə"}))
	o.on(3, 9)
	p := o.view1(sub).Period
	if !p.Suspended || p.Used != 5 || p.Left != 25 || p.Still != 3 || p.Overdue {
		t.Errorf("standing still: %+v", p)
	}
	o.on(3, 11)
	o.corrected(sub)
	v := o.view1(sub)
	if p := v.Period; p.Suspended || p.Used != 5 || p.Left != 25 || p.Still != 5 || p.Due != calendar.Of(2026, 4, 5) {
		t.Errorf("after five days: %+v", p)
	}
	o.on(3, 20)
	must[*docket.Notice](t)(o.NotifyDeficiency(o.ctx(), o.coordinator, sub.ID, []string{"plan"}))
	o.on(3, 22)
	o.corrected(sub)
	v = o.view1(sub)
	if p := v.Period; p.Used != 14 || p.Left != 16 || p.Still != 7 || p.Due != calendar.Of(2026, 4, 7) {
		t.Errorf("after the second: %+v", p)
	}
	want := docket.Suspension{NoticeID: n.ID, From: calendar.Of(2026, 3, 6), To: calendar.Of(2026, 3, 11), Days: 5, DueBefore: calendar.Of(2026, 3, 31), DueAfter: calendar.Of(2026, 4, 5)}
	if len(v.Suspensions) != 2 {
		t.Fatalf("%+v", v.Suspensions)
	}
	got := v.Suspensions[0]
	got.ID, got.DeadlineID = "", ""
	if got != want || v.Suspensions[1].DueAfter != calendar.Of(2026, 4, 7) || v.Deadlines[0].Due != calendar.Of(2026, 4, 7) {
		t.Errorf("%+v", v.Suspensions)
	}
}

// TestNoReminderWhileItStandsStill: a suspended review is neither overdue nor told of; its new last day is told anew.
func TestNoReminderWhileItStandsStill(t *testing.T) {
	o := newOffice(t)
	o.register()
	o.under(func(p *docket.ProcedureTerms) {
		p.Suspend = true
		p.Answer = calendar.Period{N: 60, Unit: calendar.CalendarDays}
	})
	sub := o.inReview()
	told := func(want int) {
		t.Helper()
		if n, err := o.Remind(o.ctx()); n != want || err != nil {
			t.Errorf("%s: told %d (%v), want %d", o.clock, n, err, want)
		}
	}
	o.on(3, 22)
	told(1) // ten days
	must[*docket.Notice](t)(o.NotifyDeficiency(o.ctx(), o.coordinator, sub.ID, []string{"ərizə"}))
	o.on(4, 3)
	told(0)
	if p := o.view1(sub).Period; p.Overdue || p.Left != 9 {
		t.Errorf("%+v", p)
	}
	o.corrected(sub)
	told(1) // nine days are left again, of another last day
	told(0)
}

// TestRemindersByTheProcedure: the steps are the procedure's; of a last day that is a day off the last working day before is told (8, 4).
func TestRemindersByTheProcedure(t *testing.T) {
	o := newOffice(t)
	o.register()
	o.under(func(p *docket.ProcedureTerms) {
		p.Review, p.Reminders = calendar.Period{N: 21, Unit: calendar.CalendarDays}, []int{7}
	})
	sub := o.sent() // due on Sunday 22 March, in Novruz; the last working day before is Thursday the 19th
	if sub.Due != calendar.Of(2026, 3, 22) {
		t.Fatal(sub.Due)
	}
	for _, c := range []struct{ day, told int }{{14, 0}, {15, 1}, {18, 0}, {19, 1}, {20, 0}, {22, 0}, {23, 1}, {24, 0}} {
		o.on(3, c.day)
		if told, err := o.Remind(o.ctx()); told != c.told || err != nil {
			t.Errorf("%d March: told %d (%v), want %d", c.day, told, err, c.told)
		}
	}
}

// TestWorkingDaysOfAReview: days are counted in the rule's unit, the last day may move to a working day, and the case keeps the version it began
// under when another comes into force.
func TestWorkingDaysOfAReview(t *testing.T) {
	o := newOffice(t)
	o.register()
	o.under(func(p *docket.ProcedureTerms) { p.Review = calendar.Period{N: 15, Unit: calendar.WorkingDay} })
	sub := o.inReview() // Sunday 1 March; 8 March moves to Monday the 9th; Novruz until the 30th
	if sub.Due != calendar.Of(2026, 4, 1) {
		t.Fatal(sub.Due)
	}
	o.under(func(p *docket.ProcedureTerms) {
		p.Review = calendar.Period{N: 1, Unit: calendar.Months, Start: calendar.StartSameDay, End: calendar.EndNextWorking}
	})
	o.on(3, 19)
	p := o.view1(sub).Period
	if p.Used != 13 || p.Left != 2 || p.Rule != "15 working" {
		t.Errorf("%+v", p)
	}
	o.on(3, 22)
	late := o.sent()
	if late.Due != calendar.Of(2026, 4, 21) || late.ProcedureVersion != 3 {
		t.Errorf("%+v", late)
	}
	if old := o.view1(sub).Submission; old.ProcedureVersion != 2 || old.Due != sub.Due {
		t.Errorf("the first case changed its terms: %+v", old)
	}
}
