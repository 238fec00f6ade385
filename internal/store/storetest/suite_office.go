package storetest

import (
	"errors"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func (b *bench) letter(s *docket.Submission) *docket.Letter {
	return &docket.Letter{
		ID: b.id(), Kind: docket.LetterOpinion, State: docket.LetterDraft, SubmissionID: s.ID, BodyID: b.body.ID, BodyName: b.body.Name, Subject: "Rəy",
		Text: "Mətn.\n\nİkinci abzas.", Outcome: "positive", Profile: "default", Unsealed: docket.HashOf([32]byte{1}), Public: docket.NewSecret(),
		ControlCode: docket.NewControlCode(), Drafter: b.clerk.ID, DrafterName: b.clerk.Name, Created: b.now,
	}
}

// withSubmission adds a submission and returns it.
func (b *bench) withSubmission() *docket.Submission {
	s := b.submission("Layihə", "1", b.now)
	b.tx(func(w docket.Work) error { return w.AddSubmission(b.ctx(), s) })
	return s
}

func letters(t *testing.T, b *bench) {
	ctx, s := b.ctx(), b.withSubmission()
	l := b.letter(s)
	b.tx(func(w docket.Work) error { return w.AddLetter(ctx, l) })
	read(b, l, func(w docket.Work) (*docket.Letter, error) { return w.Letter(ctx, l.ID) })
	mailbox := func(want int) {
		t.Helper()
		read(b, want, func(w docket.Work) (int, error) { _, n, err := w.Mailbox(ctx, b.body.ID, "", 0, 0); return n, err })
	}
	mailbox(0)
	old := *l
	l.State, l.Sealed, l.Number, l.NumberDate = docket.LetterDispatched, docket.HashOf([32]byte{2}), "9/14-05", calendar.Of(2026, 3, 1)
	l.Checker, l.Signatory, l.SealedBy, l.SealedAt, l.Dispatched = b.person.ID, b.clerk.ID, "ESD", b.now, b.now.Add(time.Minute)
	l.Signed, l.SignedAt, l.SignedBy, l.SignatureID, l.Annexes = docket.HashOf([32]byte{3}), b.now, "Gülər", b.id(), 7
	l.DrafterFor, l.CheckerFor, l.SignatoryFor = b.person.ID, b.clerk.ID, b.person.ID
	b.tx(func(w docket.Work) error { return w.UpdateLetter(ctx, l) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateLetter(ctx, &old) })
	mailbox(1)
	read(b, l, func(w docket.Work) (*docket.Letter, error) { return w.LetterByAddress(ctx, l.Public) })
	read(b, []docket.Letter{*l}, func(w docket.Work) ([]docket.Letter, error) { return w.LetterByNumber(ctx, "9/14-05", l.NumberDate) })
	read(b, nil, func(w docket.Work) ([]docket.Letter, error) {
		return w.LetterByNumber(ctx, "9/14-05", calendar.Of(2026, 3, 2))
	})
	read(b, []docket.Letter{*l}, func(w docket.Work) ([]docket.Letter, error) { return w.LettersOf(ctx, s.ID) })
	read(b, []docket.Letter{*l}, func(w docket.Work) ([]docket.Letter, error) { return w.LettersInState(ctx, docket.LetterDispatched) })
}

func intents(t *testing.T, b *bench) {
	ctx := b.ctx()
	l := b.letter(b.withSubmission())
	i := docket.SealIntent{
		ID: b.id(), LetterID: l.ID, Document: l.Unsealed, Profile: "default", Key: "seal-p256", Certificate: docket.HashOf([32]byte{3}), Number: "9/14-01",
		Owner: "a", Lease: b.now.Add(time.Minute), Attempts: 1, Created: b.now,
	}
	b.tx(func(w docket.Work) error { return errors.Join(w.AddLetter(ctx, l), w.AddIntent(ctx, &i)) })
	read(b, &i, func(w docket.Work) (*docket.SealIntent, error) { return w.IntentOfLetter(ctx, l.ID) })
	claim := func(owner string, at time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.ClaimIntent(ctx, i.ID, owner, at, at.Add(time.Minute)) }
	}
	open := func(at time.Time, want int) {
		t.Helper()
		read(b, want, func(w docket.Work) (int, error) { l, err := w.OpenIntents(ctx, at); return len(l), err })
	}
	open(b.now, 0)
	b.refused(docket.ErrStale, claim("b", b.now.Add(time.Minute))) // the lease still holds
	open(b.now.Add(61*time.Second), 1)
	b.tx(claim("b", b.now.Add(61*time.Second)))
	release := func(owner string, h byte) func(docket.Work) error {
		return func(w docket.Work) error {
			return w.ReleaseIntent(ctx, i.ID, owner, docket.HashOf([32]byte{h}), b.now)
		}
	}
	b.refused(docket.ErrStale, release("a", 4)) // lost its lease
	other := docket.HashOf([32]byte{7})
	retarget := func(owner string) func(docket.Work) error {
		return func(w docket.Work) error {
			return w.RetargetIntent(ctx, i.ID, owner, "seal-rsa", other, b.now.Add(2*time.Minute))
		}
	}
	b.refused(docket.ErrStale, retarget("a"))
	b.tx(retarget("b"))
	read(b, "seal-rsa "+string(other), func(w docket.Work) (string, error) {
		got, err := w.Intent(ctx, i.ID)
		if err != nil {
			return "", err
		}
		return got.Key + " " + string(got.Certificate), nil
	})
	open(b.now.Add(90*time.Second), 0) // the lease is longer now
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.FailIntent(ctx, i.ID, "a", "x", b.now) })
	b.tx(func(w docket.Work) error {
		return w.FailIntent(ctx, i.ID, "b", docket.KeySealing, b.now.Add(time.Minute))
	})
	open(b.now, 0) // not yet again by itself, but a person may
	open(b.now.Add(time.Minute), 1)
	b.tx(claim("c", b.now))
	b.tx(release("c", 5))
	b.refused(docket.ErrStale, retarget("c"))
	b.refused(docket.ErrStale, release("c", 6)) // a second release can't be
	b.refused(docket.ErrStale, claim("d", b.now.Add(time.Hour)))
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.CloseIntent(ctx, i.ID, b.now) })
	b.refused(docket.ErrStale, func(w docket.Work) error {
		return w.AddIntent(ctx, &docket.SealIntent{ID: b.id(), LetterID: l.ID, Created: b.now})
	})
	read(b, docket.HashOf([32]byte{5}), func(w docket.Work) (docket.Hash, error) {
		got, err := w.Intent(ctx, i.ID)
		if err == nil && got.Attempts != 3 {
			t.Errorf("%d attempts, want 3", got.Attempts)
		}
		return got.Released, err
	})
	l2 := b.letter(b.withSubmission())
	i2 := docket.SealIntent{ID: b.id(), LetterID: l2.ID, Created: b.now}
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddLetter(ctx, l2), w.AddIntent(ctx, &i2), w.CloseIntent(ctx, i2.ID, b.now))
	})
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.ClaimIntent(ctx, i2.ID, "e", b.now, b.now) })
}

func messages(_ *testing.T, b *bench) {
	ctx, s := b.ctx(), b.withSubmission()
	m1 := docket.Message{ID: b.id(), SubmissionID: s.ID, AuthorID: b.person.ID, Author: b.person.Name, Text: "Sənədlər göndərildi", Attachments: s.Files, Sent: b.now}
	m2 := docket.Message{ID: b.id(), SubmissionID: s.ID, FromAgency: true, AuthorID: b.clerk.ID, Author: b.clerk.Name, Text: "Qəbul edildi", Sent: b.now.Add(time.Second)}
	b.tx(func(w docket.Work) error { return errors.Join(w.AddMessage(ctx, &m1), w.AddMessage(ctx, &m2)) })
	read(b, []docket.Message{m1, m2}, func(w docket.Work) ([]docket.Message, error) {
		return w.Messages(ctx, s.ID, docket.MessageFilter{})
	})
	read(b, []docket.Message{m2}, func(w docket.Work) ([]docket.Message, error) {
		return w.Messages(ctx, s.ID, docket.MessageFilter{Query: "QEBUL"})
	})
	unread := func(agency bool, want int) {
		read(b, want, func(w docket.Work) (int, error) {
			n, err := w.Unread(ctx, []docket.ID{s.ID, b.body.ID}, agency)
			return n[s.ID], err
		})
	}
	unread(true, 1)
	unread(false, 1)
	b.tx(func(w docket.Work) error {
		_, err := w.MarkRead(ctx, s.ID, true, b.clerk.Name, b.now.Add(time.Minute))
		return err
	})
	unread(true, 0)
	unread(false, 1)
	m1.FirstRead, m1.FirstReadBy = b.now.Add(time.Minute), b.clerk.Name
	b.tx(func(w docket.Work) error {
		_, err := w.MarkRead(ctx, s.ID, true, "başqası", b.now.Add(time.Hour))
		return err
	})
	read(b, &m1, func(w docket.Work) (*docket.Message, error) { return w.Message(ctx, m1.ID) })
	read(b, map[docket.ID]int{}, func(w docket.Work) (map[docket.ID]int, error) { return w.Unread(ctx, nil, false) })
}

func periods(t *testing.T, b *bench) {
	ctx, s := b.ctx(), b.withSubmission()
	n := docket.Notice{ID: b.id(), SubmissionID: s.ID, Items: []string{"texniki tapşırıq", "ərizə"}, Created: b.now, Due: calendar.Of(2026, 3, 10), Provisional: true}
	d := docket.Deadline{ID: b.id(), SubmissionID: s.ID, Kind: "review", Start: calendar.Of(2026, 3, 1), Due: calendar.Of(2026, 3, 31), Rule: "30 calendar days"}
	b.tx(func(w docket.Work) error { return errors.Join(w.AddNotice(ctx, &n), w.AddDeadline(ctx, &d)) })
	read(b, []docket.Notice{n}, func(w docket.Work) ([]docket.Notice, error) { return w.Notices(ctx, s.ID) })
	n.Due, n.Provisional = calendar.Of(2026, 3, 12), false
	b.tx(func(w docket.Work) error { return w.MoveNotices(ctx, s.ID, n.Due, false) })
	read(b, []docket.Notice{n}, func(w docket.Work) ([]docket.Notice, error) { return w.Notices(ctx, s.ID) })
	b.tx(func(w docket.Work) error { return w.AnswerNotices(ctx, s.ID, b.now) })
	n.Answered = b.now
	read(b, []docket.Notice{n}, func(w docket.Work) ([]docket.Notice, error) { return w.Notices(ctx, s.ID) })
	open := func(until calendar.Date, want ...docket.Deadline) {
		t.Helper()
		read(b, want, func(w docket.Work) ([]docket.Deadline, error) { return w.OpenDeadlines(ctx, until, "", 0) })
	}
	open(calendar.Of(2026, 3, 30))
	open(d.Due, d)
	open(calendar.Date{}, d)
	read(b, nil, func(w docket.Work) ([]docket.Deadline, error) { return w.OpenDeadlines(ctx, d.Due, d.ID, 0) })
	remind := func(due calendar.Date, step string) func(docket.Work) error {
		return func(w docket.Work) error { return w.RemindedDeadline(ctx, d.ID, due, step, b.now) }
	}
	b.tx(remind(d.Due, docket.Step(10)))
	b.refused(docket.ErrStale, remind(d.Due, docket.Step(10)))
	b.refused(docket.ErrStale, remind(calendar.Of(2026, 4, 1), docket.Step(5))) // not its last day
	b.tx(remind(d.Due, docket.StepOverdue))
	read(b, 2, func(w docket.Work) (int, error) { l, err := w.Reminders(ctx, d.ID); return len(l), err })
	d.Due, d.Provisional = calendar.Of(2026, 4, 2), true
	b.tx(func(w docket.Work) error { return w.MoveDeadline(ctx, d.ID, d.Due, true) })
	read(b, nil, func(w docket.Work) ([]string, error) { return w.Reminders(ctx, d.ID) })
	b.tx(remind(d.Due, docket.Step(10))) // of the new last day it is told again
	still := docket.Suspension{ID: b.id(), DeadlineID: d.ID, NoticeID: n.ID, From: calendar.Of(2026, 3, 5), DueBefore: calendar.Of(2026, 3, 31)}
	b.tx(func(w docket.Work) error { return w.AddSuspension(ctx, &still) })
	still.To, still.Days, still.DueAfter = calendar.Of(2026, 3, 7), 2, d.Due
	b.tx(func(w docket.Work) error { return w.EndSuspension(ctx, &still) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.EndSuspension(ctx, &still) })
	read(b, []docket.Suspension{still}, func(w docket.Work) ([]docket.Suspension, error) { return w.Suspensions(ctx, s.ID) })
	b.tx(func(w docket.Work) error { return w.CloseDeadlines(ctx, s.ID, "review", b.now) })
	d.Closed = b.now
	read(b, []docket.Deadline{d}, func(w docket.Work) ([]docket.Deadline, error) { return w.Deadlines(ctx, s.ID) })
	open(d.Due)
	b.refused(docket.ErrStale, remind(d.Due, docket.Step(2)))
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.MoveDeadline(ctx, d.ID, d.Due, false) })
}

func verifications(_ *testing.T, b *bench) {
	ctx := b.ctx()
	v := docket.Verification{
		ID: b.id(), Blob: docket.HashOf([32]byte{1}), Policy: "basic", PolicyVersion: "1", At: b.now, Format: "PAdES", Indication: "INDETERMINATE",
		SubIndication: "TRY_LATER", Report: []byte(`{}`),
		Evidence: []docket.Evidence{{Kind: "CRL", Status: "good", ThisUpdate: b.now, Blob: docket.HashOf([32]byte{8})}}, Signatures: []docket.SignatureVerdict{{
			ID: "s1", Indication: "INDETERMINATE", SubIndication: "TRY_LATER", Intact: true, Covers: "whole", Modified: "none",
			Signer: docket.Signer{Name: "Ğ"}, BestSignatureTime: b.now, RevocationMissing: true, Reasons: []docket.Reason{{Key: "k", Args: map[string]string{"a": "b"}}},
		}},
	}
	later := v
	later.ID, later.At = b.id(), b.now.Add(time.Microsecond)
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddVerification(ctx, &later), w.AddVerification(ctx, &v))
	})
	read(b, &v, func(w docket.Work) (*docket.Verification, error) { return w.Verification(ctx, v.ID) })
	read(b, &later, func(w docket.Work) (*docket.Verification, error) { return w.LatestVerification(ctx, v.Blob, "basic") })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.LatestVerification(ctx, v.Blob, "other"); return err })
}

func notifications(_ *testing.T, b *bench) {
	ctx := b.ctx()
	mail := docket.Notification{ID: b.id(), Channel: docket.ChannelMail, To: "a@example.az", UserID: b.person.ID, BodyID: b.body.ID, Key: docket.NotifyApproved, Case: "c", Link: "/login/secret", Secret: true, Args: map[string]string{"x": "y"}, Created: b.now, Delivery: docket.PostQueued}
	page := docket.Notification{ID: b.id(), Channel: docket.ChannelSystem, BodyID: b.body.ID, Key: docket.NotifyReceived, Created: b.now}
	desk := docket.Notification{ID: b.id(), Channel: docket.ChannelSystem, BodyID: b.body.ID, ForAgency: true, Key: docket.NotifyCorrected, Created: b.now}
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddNotification(ctx, &mail), w.AddNotification(ctx, &page), w.AddNotification(ctx, &desk))
	})
	for since, want := range map[time.Time]int{b.now: 1, b.now.Add(time.Microsecond): 0} {
		read(b, want, func(w docket.Work) (int, error) { return w.MailsTo(ctx, mail.To, since) })
	}
	for _, reader := range []docket.ID{"", b.person.ID} {
		read(b, []docket.Notification{page}, func(w docket.Work) ([]docket.Notification, error) {
			return w.NotificationsFor(ctx, b.body.ID, reader, 0)
		})
	}
	read(b, []docket.Notification{desk}, func(w docket.Work) ([]docket.Notification, error) { return w.NotificationsFor(ctx, "", "", 0) })
	read(b, []docket.Notification{mail}, func(w docket.Work) ([]docket.Notification, error) { return w.Outgoing(ctx, "", 0) })
}

func rollback(_ *testing.T, b *bench) {
	ctx, boom := b.ctx(), errors.New("boom")
	series := docket.Series{Journal: docket.JournalOutgoing, Unit: "9", Case: "14", Template: "{unit}/{case}-{seq:02}"}
	r := b.registration()
	b.refused(boom, func(w docket.Work) error {
		_, err := w.TakeNumber(ctx, series, b.id(), "", b.now)
		return errors.Join(err, w.AddRegistration(ctx, r), w.Enqueue(ctx, docket.Task{Kind: docket.TaskDeliver, Subject: r.ID}), boom)
	})
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.Registration(ctx, r.ID); return err })
	read(b, 0, func(w docket.Work) (int, error) { l, err := w.Numbers(ctx, series, 2026); return len(l), err })
}

func readOnly(t *testing.T, b *bench) {
	err := b.store.Read(b.ctx(), func(w docket.Work) error { return w.AddRegistration(b.ctx(), b.registration()) })
	if err == nil {
		t.Error("a reader wrote")
	}
	if err := b.store.Ping(b.ctx()); err != nil {
		t.Error(err)
	}
}
