package desk

import (
	"testing"
	"time"

	"mohur/docket"
)

// TestListTellsWhatHappened: S1-16, S1-22, S1-27, S1-29 in a line of the list.
func TestListTellsWhatHappened(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	sub := o.sent()
	row := func() SubmissionRow {
		t.Helper()
		rows, _, err := o.ListSubmissions(ctx, o.person, docket.SubmissionFilter{})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		return rows[0]
	}
	can := func(r SubmissionRow, event string) (yes bool) {
		for _, e := range r.Events {
			yes = yes || e == event
		}
		return yes
	}
	r := row()
	if r.News.Told[docket.NotifyReceived].IsZero() || !r.News.Told[docket.NotifyAccepted].IsZero() || !can(r, docket.EventCorrect) {
		t.Errorf("received: %+v, %v", r.News, r.Events)
	}
	must[*docket.Submission](t)(o.AcceptSubmission(ctx, o.coordinator, sub.ID))
	must[*docket.Message](t)(o.WriteMessage(ctx, o.person, sub.ID, "Sual", nil))
	must[*docket.Message](t)(o.WriteMessage(ctx, o.coordinator, sub.ID, "Cavab", nil))
	r = row()
	if r.News.Told[docket.NotifyAccepted].IsZero() || can(r, docket.EventCorrect) || r.Unread != 1 {
		t.Errorf("accepted: %+v, %v, %d unread", r.News, r.Events, r.Unread)
	}
	if m := r.News.Sent; m == nil || m.Text != "Sual" || !m.FirstRead.IsZero() {
		t.Errorf("the body's letter is delivered and not read: %+v", m)
	}
	if _, err := o.ReadMessages(ctx, o.coordinator, sub.ID, docket.MessageFilter{}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ReadMessages(ctx, o.person, sub.ID, docket.MessageFilter{}); err != nil {
		t.Fatal(err)
	}
	r = row()
	if r.News.Sent.FirstReadBy != o.coordinator.Name || r.News.Came.FirstReadBy != o.person.Name || r.Unread != 0 {
		t.Errorf("first readings: %+v %+v", r.News.Sent, r.News.Came)
	}
	// Day 1, 25, 30 and 31 of the period (J6).
	start := o.clock
	for day, want := range map[int]Period{1: {Used: 1, Left: 29}, 25: {Used: 25, Left: 5}, 30: {Used: 30}, 31: {Used: 31, Left: -1, Overdue: true}} {
		o.clock = start.Add(time.Duration(day) * 24 * time.Hour)
		p := row().Period
		if p.Used != want.Used || p.Left != want.Left || p.Overdue != want.Overdue || p.Total() != 30 || p.Spent() != min(day, 30) || p.Over() != max(day-30, 0) {
			t.Errorf("day %d: %+v, spent %d of %d, %d over", day, p, p.Spent(), p.Total(), p.Over())
		}
	}
}
