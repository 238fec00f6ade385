package desk

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/verify/etsi"
)

// TestDeadTimestampAuthority: no registration is kept, no project received, no seal released, no number without its entry.
func TestDeadTimestampAuthority(t *testing.T) {
	o := newOffice(t)
	o.stamper.err = errDead
	r, err := o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good())))
	o.wantKey(err, docket.KeyTimestamp)
	if docket.CodeOf(err) != docket.CodeUnavailable {
		t.Errorf("%v", err)
	}
	o.nothingRegistered(r)
	o.stamper.err = nil
	o.register()
	sub := o.prepared()
	file := signed(o.record(sub), good())
	o.stamper.err = errDead
	_, err = o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(file))
	o.wantKey(err, docket.KeyTimestamp)
	if n := o.numbersOf(docket.JournalIncoming, "1"); len(n) != 0 {
		t.Errorf("numbers: %v", n)
	}
	o.stamper.err = nil
	sub = must[*docket.Submission](t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(file))) // the same signed file later
	if sub.Number != "9/1-01" {
		t.Errorf("%+v", sub)
	}
}

// TestDeadTokenAtReceipt: the project is received all the same; the receipt keeps its number and is made when the token is back.
func TestDeadTokenAtReceipt(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.prepared()
	o.sealer.err = errDead
	sub = must[*docket.Submission](t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(sub), good()))))
	if sub.State != docket.SubmissionSent || sub.Number != "9/1-01" {
		t.Fatalf("%+v", sub)
	}
	l, err := o.Receipt(o.ctx(), o.person, sub.ID)
	o.wantKey(err, docket.KeySealing)
	if l.State != docket.LetterSealingFailed || l.Number != sub.Number {
		t.Errorf("%+v", l)
	}
	if !slices.ContainsFunc(o.tasks, func(k docket.Task) bool { return k.Kind == docket.TaskSeal && k.Subject == l.ID }) {
		t.Error("no job tries again")
	}
	if _, err := o.DownloadLetter(o.ctx(), o.person, l.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("an unsealed receipt is given out: %v", err)
	}
	o.sealer.err = nil
	if l = must[*docket.Letter](t)(o.Receipt(o.ctx(), o.person, sub.ID)); l.State != docket.LetterDispatched {
		t.Errorf("%+v", l)
	}
	o.invariant()
}

func TestMissingTokenTakesNoNumber(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := o.approvedOpinion()
	o.sealer.profErr = errDead
	_, err := o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeyNoSigningWay)
	if n := o.numbersOf(docket.JournalOutgoing, "14"); len(n) != 0 {
		t.Errorf("numbers: %v", n)
	}
	o.invariant()
}

func TestFullDisk(t *testing.T) {
	o := newOffice(t)
	o.disk.broken = true
	r, err := o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good())))
	o.wantKey(err, docket.KeyDisk)
	if r != nil {
		t.Errorf("%+v", r)
	}
	o.disk.broken = false
	o.register()
	sub := o.prepared()
	file := signed(o.record(sub), good())
	o.disk.broken = true
	_, err = o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(file))
	o.wantKey(err, docket.KeyDisk)
	o.disk.broken = false
	o.verifier.during = func() { o.disk.broken = true } // full between the check and the decision
	_, err = o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(file))
	o.wantKey(err, docket.KeyDisk)
	o.verifier.during, o.disk.broken = nil, false
	if n := o.numbersOf(docket.JournalIncoming, "1"); len(n) != 0 {
		t.Errorf("a number without its page: %v", n)
	}
	must[*docket.Submission](t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(file)))
	o.invariant()
	sub = o.prepared()
	must[*docket.Submission](t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(sub), good()))))
	must[*docket.Submission](t)(o.AcceptSubmission(o.ctx(), o.coordinator, sub.ID))
	must[*docket.Submission](t)(o.ReviewSubmission(o.ctx(), o.coordinator, sub.ID, o.lead()))
	o.answerTask(sub)
	l := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.expert, opinion(sub)))
	o.approvedPage(l)
	o.disk.broken = true
	l, err = o.SealResponse(o.ctx(), o.signatory, l.ID)
	o.wantKey(err, docket.KeyDisk)
	if l.State != docket.LetterSealingFailed {
		t.Errorf("%+v", l)
	}
	o.invariant()
}

func TestDeadDatabase(t *testing.T) {
	o := newOffice(t)
	r := o.register()
	if err := o.db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good())))
	o.wantKey(err, docket.KeyDatabase)
	_, err = o.ApproveBody(o.ctx(), o.registrar, ApproveBodyInput{ID: r.ID})
	o.wantKey(err, docket.KeyDatabase)
	_, err = o.DraftSubmission(o.ctx(), o.person)
	o.wantKey(err, docket.KeyDatabase)
	if _, _, err := o.Reconcile(o.ctx()); docket.CodeOf(err) != docket.CodeUnavailable {
		t.Error(err)
	}
}

func TestVerifierThatCanNotJudge(t *testing.T) {
	o := newOffice(t)
	o.verifier.err = errDead
	r, err := o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", good())))
	o.wantKey(err, docket.KeyVerifierDown)
	o.nothingRegistered(r)
}

// waiting is a signature whose revocation data could not be fetched.
func waiting() docket.SignatureVerdict {
	return good(bad(etsi.Indeterminate, etsi.TryLater), func(g *docket.SignatureVerdict) { g.RevocationMissing = true })
}

func TestRegistrationWaitsForRevocationData(t *testing.T) {
	for name, c := range map[string]struct {
		later docket.SignatureVerdict
		after time.Duration
		again bool
		want  docket.RegistrationState
	}{
		"still missing": {waiting(), time.Hour, true, docket.RegistrationVerifying},
		"passed":        {good(), time.Hour, false, docket.RegistrationSubmitted},
		"revoked":       {good(bad(etsi.TotalFailed, etsi.Revoked)), time.Hour, false, docket.RegistrationDraft},
		"a day is over": {waiting(), 24*time.Hour + time.Second, false, docket.RegistrationDraft},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			r := must[*docket.Registration](t)(o.RegisterBody(o.ctx(), docket.Public(), o.form(signed("%PDF", waiting()))))
			if r.State != docket.RegistrationVerifying || len(o.tasks) == 0 || o.tasks[len(o.tasks)-1].Kind != docket.TaskRecheck {
				t.Fatalf("%+v %v", r, o.tasks)
			}
			received := r.Submitted
			_, err := o.ApproveBody(o.ctx(), o.registrar, ApproveBodyInput{ID: r.ID})
			o.wantKey(err, docket.KeyState)
			o.later(c.after)
			o.answer(c.later)
			again, err := o.Recheck(o.ctx(), r.ID)
			if again != c.again || err != nil {
				t.Fatalf("again %v, %v", again, err)
			}
			r = must[*docket.Registration](t)(o.RegistrationDraft(o.ctx(), r.Access))
			if r.State != c.want || c.want != docket.RegistrationDraft && !r.Submitted.Equal(received) {
				t.Errorf("%+v", r)
			}
			if c.want == docket.RegistrationDraft && (r.Letter == "" || r.Email == "") {
				t.Errorf("the draft lost %+v", r)
			}
		})
	}
}

// answer makes the verifier find this signature in every file from now on.
func (o *office) answer(g docket.SignatureVerdict) {
	o.verifier.instead = []docket.SignatureVerdict{g}
}

func TestProjectWaitsForRevocationData(t *testing.T) {
	o := newOffice(t)
	o.register()
	send := func() *docket.Submission {
		sub := o.prepared()
		return must[*docket.Submission](t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(sub), waiting()))))
	}
	sub := send()
	if sub.State != docket.SubmissionVerifying || sub.Number != "" {
		t.Fatalf("%+v", sub)
	}
	if _, err := o.Submission(o.ctx(), o.coordinator, sub.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("the agency sees it already: %v", err)
	}
	received := sub.Received
	o.later(23 * time.Hour)
	if again, err := o.Recheck(o.ctx(), sub.ID); !again || err != nil {
		t.Errorf("%v %v", again, err)
	}
	o.verifier.promote = true // the data came in
	if again, err := o.Recheck(o.ctx(), sub.ID); again || err != nil {
		t.Fatalf("%v %v", again, err)
	}
	v := must[*SubmissionView](t)(o.Submission(o.ctx(), o.person, sub.ID))
	if v.Submission.State != docket.SubmissionSent || !v.Submission.Received.Equal(received) || v.Submission.Due != calendar.Of(2026, 3, 31) || len(v.Versions) != 1 {
		t.Errorf("%+v", v.Submission)
	}
	o.verifier.promote = false
	sub = send()
	o.later(25 * time.Hour)
	if again, err := o.Recheck(o.ctx(), sub.ID); again || err != nil {
		t.Fatalf("%v %v", again, err)
	}
	v = must[*SubmissionView](t)(o.Submission(o.ctx(), o.person, sub.ID))
	if v.Submission.State != docket.SubmissionDraft || v.Submission.Record == "" || len(v.Submission.Files) != 1 {
		t.Errorf("%+v", v.Submission)
	}
	o.invariant()
}

func TestReminders(t *testing.T) {
	o := newOffice(t)
	o.register()
	o.sent()                                                                                                                       // due 31 March
	for _, c := range []struct{ day, told int }{{20, 0}, {21, 1}, {22, 0}, {26, 1}, {26, 0}, {29, 1}, {31, 0}, {32, 1}, {33, 0}} { // 1 April: overdue, told to the head once
		o.clock = time.Date(2026, 3, c.day, 8, 0, 0, 0, time.UTC)
		if told, err := o.Remind(o.ctx()); told != c.told || err != nil {
			t.Errorf("%d March: told %d (%v), want %d", c.day, told, err, c.told)
		}
	}
	list := must[[]docket.Notification](t)(o.Notifications(o.ctx(), o.coordinator, 10))
	if list[0].Key != docket.NotifyOverdue || list[1].Key != docket.NotifyDue || list[1].Args["days"] != "2" || !strings.HasPrefix(list[1].Link, PathIncoming) {
		t.Errorf("%+v", list[:2])
	}
}

func TestOldDraftsGo(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.prepared()
	kept := o.sent()
	count := func() (n int) {
		for _, x := range must[[]docket.Notification](t)(o.Notifications(o.ctx(), o.person, 50)) {
			if x.Key == docket.NotifyDraftEnds {
				n++
			}
		}
		return n
	}
	for _, c := range []struct{ days, removed, told int }{{79, 0, 0}, {2, 0, 1}, {1, 0, 1}, {9, 1, 1}} {
		o.later(time.Duration(c.days) * 24 * time.Hour)
		removed, err := o.RemoveOldDrafts(o.ctx())
		if removed != c.removed || err != nil || count() != c.told {
			t.Errorf("after %d days more: removed %d, told %d, %v", c.days, removed, count(), err)
		}
	}
	if _, err := o.Submission(o.ctx(), o.person, sub.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Error(err)
	}
	must[*SubmissionView](t)(o.Submission(o.ctx(), o.person, kept.ID))
}
