package desk

import (
	"errors"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// S3-05: each letter that goes out stands on the dispatch list, and its receipt once somebody read or confirmed it.
func TestDispatchList(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	l := o.approvedOpinion()
	_, err := o.AddCopy(ctx, o.checker, CopyInput{LetterID: l.ID, Addressee: "Şəki", Channel: docket.DispatchPost})
	o.wantKey(err, docket.KeyState) // not sealed yet
	must[*docket.Letter](t)(o.SealResponse(ctx, o.signatory, l.ID))
	must[*docket.Letter](t)(o.Dispatch(ctx, o.checker, l.ID))
	line := func() docket.DispatchEntry {
		t.Helper()
		list := must[[]docket.DispatchEntry](t)(o.Dispatched(ctx, o.person, l.ID))
		if len(list) != 1 {
			t.Fatalf("%+v", list)
		}
		return list[0]
	}
	e := line()
	if e.BodyID != o.body.ID || e.Channel != docket.DispatchMailbox || e.Delivered.IsZero() || !e.Confirmed.IsZero() || e.Number != "9/14-01" || e.Day != calendar.Of(2026, 3, 1) || e.AddedBy != o.checker.UserID {
		t.Errorf("%+v", e)
	}
	for name, c := range map[string]struct {
		who docket.Actor
		in  CopyInput
		key string
	}{
		"by an expert":       {o.expert, CopyInput{LetterID: l.ID, Addressee: "Şəki", Channel: docket.DispatchPost}, docket.KeyForbidden},
		"to nobody":          {o.checker, CopyInput{LetterID: l.ID, Addressee: " ", Channel: docket.DispatchPost}, docket.KeyRequired},
		"into a mailbox":     {o.checker, CopyInput{LetterID: l.ID, Addressee: "Şəki", Channel: docket.DispatchMailbox}, docket.KeyRequired},
		"no way":             {o.checker, CopyInput{LetterID: l.ID, Addressee: "Şəki"}, docket.KeyRequired},
		"another, unnamed":   {o.checker, CopyInput{LetterID: l.ID, Addressee: "Şəki", Channel: docket.DispatchOther}, docket.KeyRequired},
		"an unknown letter":  {o.checker, CopyInput{LetterID: docket.NewID(o.clock), Addressee: "Şəki", Channel: docket.DispatchPost}, docket.KeyNotFound},
		"by a body's person": {o.person, CopyInput{LetterID: l.ID, Addressee: "Şəki", Channel: docket.DispatchPost}, docket.KeyForbidden},
	} {
		if _, err := o.AddCopy(ctx, c.who, c.in); docket.KeyOf(err) != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	c := must[*docket.DispatchEntry](t)(o.AddCopy(ctx, o.checker, CopyInput{LetterID: l.ID, Addressee: "Şəki Şəhər İcra Hakimiyyəti", Channel: docket.DispatchPost, Note: "sifarişli"}))
	line() // whom else the agency wrote to is not the body's
	_, err = o.NoteReceipt(ctx, o.checker, e.ID)
	o.wantKey(err, docket.KeyReceiptNoted) // the mailbox speaks for itself
	must[*docket.DispatchEntry](t)(o.NoteReceipt(ctx, o.checker, c.ID))
	_, err = o.NoteReceipt(ctx, o.checker, c.ID)
	o.wantKey(err, docket.KeyReceiptNoted)
	o.later(time.Minute)
	must[*docket.Letter](t)(o.ConfirmReceipt(ctx, o.person, l.ID))
	e = line()
	if e.ConfirmedBy != o.person.Name || e.ConfirmedHow != docket.ReceiptByPerson {
		t.Errorf("%+v", e)
	}
	first := e.Confirmed
	o.later(time.Minute)
	must[*docket.Letter](t)(o.ConfirmReceipt(ctx, o.person, l.ID)) // changes nothing
	o.content(o.DownloadLetter(ctx, o.person, l.ID))
	if e = line(); !e.Confirmed.Equal(first) || e.ConfirmedHow != docket.ReceiptByPerson {
		t.Errorf("%+v", e)
	}
	_, err = o.ConfirmReceipt(ctx, o.checker, l.ID)
	o.wantKey(err, docket.KeyForbidden)
	list := must[[]docket.DispatchEntry](t)(o.DispatchList(ctx, o.coordinator, docket.DispatchFilter{}))
	if len(list) != 3 || list[0].ID != c.ID { // the copy, the opinion, the receipt
		t.Errorf("%+v", list)
	}
	receipt := list[2]
	o.content(o.DownloadLetter(ctx, o.person, receipt.LetterID))
	if got := must[[]docket.DispatchEntry](t)(o.Dispatched(ctx, o.person, receipt.LetterID)); got[0].ConfirmedHow != docket.ReceiptByReading || got[0].Kind != docket.LetterReceipt {
		t.Errorf("%+v", got)
	}
	_, err = o.DispatchList(ctx, o.person, docket.DispatchFilter{})
	o.wantKey(err, docket.KeyForbidden)
	o.nothingPersonalIsLogged()
}

// S3-03, S3-12, S3-17, S3-18: the journals say what every number stands on, annulled ones with the reason, and of what is labelled no content.
func TestJournals(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	l := o.approvedOpinion()
	o.sealer.err = errDead
	_, err := o.SealResponse(ctx, o.signatory, l.ID)
	o.wantKey(err, docket.KeySealing)
	must[*docket.Letter](t)(o.AnnulLetter(ctx, o.signatory, l.ID, "Token işləmir."))
	rows := must[[]docket.JournalRow](t)(o.Journal(ctx, o.coordinator, docket.JournalFilter{Journal: docket.JournalOutgoing}))
	if len(rows) != 1 || rows[0].Text != "9/14-01" || rows[0].Reason != "Token işləmir." || rows[0].Kind != "opinion" || rows[0].Content != "Rəy" {
		t.Errorf("%+v", rows)
	}
	in := docket.JournalFilter{Journal: docket.JournalIncoming}
	rows = must[[]docket.JournalRow](t)(o.Journal(ctx, o.checker, in))
	if len(rows) != 1 || rows[0].Kind != "proposal" || rows[0].Annexes != 1 || rows[0].Content != "Elektron reyestr" || rows[0].Correspondent != o.body.Name || rows[0].Executor != o.expert.Name {
		t.Errorf("%+v", rows)
	}
	if err := o.db.InTx(ctx, func(w docket.Work) error {
		sub, err := w.Submission(ctx, l.SubmissionID)
		if err != nil {
			return err
		}
		sub.Label = docket.LabelOfficialUse
		return w.UpdateSubmission(ctx, sub)
	}); err != nil {
		t.Fatal(err)
	}
	if rows = must[[]docket.JournalRow](t)(o.Journal(ctx, o.checker, in)); rows[0].Content != "" || rows[0].Text == "" {
		t.Errorf("%+v", rows)
	}
	for _, who := range []docket.Actor{o.expert, o.registrar, o.person, docket.Public()} {
		_, err := o.Journal(ctx, who, in)
		o.wantKey(err, docket.KeyForbidden)
	}
	if _, err := o.Journal(ctx, o.checker, docket.JournalFilter{Journal: "inner"}); !errors.Is(err, docket.ErrNotFound) {
		t.Error(err)
	}
}

// J14: open cases by due date, and how many are overdue.
func TestControlOfExecution(t *testing.T) {
	o := newOffice(t)
	o.register()
	first := o.inReview() // due 31 March
	o.later(3 * 24 * time.Hour)
	second := o.sent() // due 3 April
	o.clock = time.Date(2026, 4, 1, 8, 0, 0, 0, time.UTC)
	v := must[*ControlView](t)(o.Control(o.ctx(), o.coordinator, ControlFilter{}))
	if len(v.Rows) != 2 || v.Rows[0].ID != first.ID || !v.Rows[0].Period.Overdue || v.Rows[0].Executor != o.expert.Name || v.Rows[1].ID != second.ID || v.Rows[1].Executor != "" {
		t.Errorf("%+v", v.Rows)
	}
	if v.Overdue != 1 || v.Soon != 1 || v.Open != 2 {
		t.Errorf("overdue %d, soon %d, open %d", v.Overdue, v.Soon, v.Open)
	}
	for f, want := range map[ControlFilter]docket.ID{
		{Overdue: true}: first.ID, {State: docket.SubmissionSent}: second.ID, {After: first.ID}: second.ID,
	} {
		if v := must[*ControlView](t)(o.Control(o.ctx(), o.coordinator, f)); len(v.Rows) != 1 || v.Rows[0].ID != want {
			t.Errorf("%+v: %+v", f, v.Rows)
		}
	}
	_, err := o.Control(o.ctx(), o.expert, ControlFilter{})
	o.wantKey(err, docket.KeyForbidden)
}
