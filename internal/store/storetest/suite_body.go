package storetest

import (
	"errors"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// caseNews is S1-16: what a line of the list says beside its columns.
func caseNews(_ *testing.T, b *bench) {
	ctx, s, quiet := b.ctx(), b.withSubmission(), b.withSubmission()
	message := func(agency bool, after time.Duration) docket.Message {
		return docket.Message{ID: b.id(), SubmissionID: s.ID, FromAgency: agency, AuthorID: b.person.ID, Author: b.person.Name, Text: "x", Attachments: []docket.File{}, Sent: b.now.Add(after)}
	}
	sent, later, came := message(false, 0), message(false, time.Minute), message(true, time.Second)
	told := func(key string, agency bool, channel docket.Channel, at time.Time) *docket.Notification {
		return &docket.Notification{ID: b.id(), Channel: channel, BodyID: b.body.ID, ForAgency: agency, Key: key, SubmissionID: s.ID, Created: at, Args: map[string]string{}}
	}
	b.tx(func(w docket.Work) error {
		return errors.Join(
			w.AddMessage(ctx, &sent), w.AddMessage(ctx, &later), w.AddMessage(ctx, &came),
			w.AddNotification(ctx, told(docket.NotifyAccepted, false, docket.ChannelSystem, b.now)),
			w.AddNotification(ctx, told(docket.NotifyDeficient, false, docket.ChannelSystem, b.now)),
			w.AddNotification(ctx, told(docket.NotifyDeficient, false, docket.ChannelSystem, b.now.Add(time.Hour))),
			w.AddNotification(ctx, told(docket.NotifyMessage, true, docket.ChannelSystem, b.now)),
			w.AddNotification(ctx, told(docket.NotifyReceived, false, docket.ChannelMail, b.now)),
		)
	})
	want := map[docket.ID]docket.CaseNews{s.ID: {
		Told: map[string]time.Time{docket.NotifyAccepted: b.now, docket.NotifyDeficient: b.now.Add(time.Hour)}, Sent: &later, Came: &came,
	}}
	read(b, want, func(w docket.Work) (map[docket.ID]docket.CaseNews, error) {
		return w.CaseNews(ctx, []docket.ID{s.ID, quiet.ID})
	})
	read(b, map[docket.ID]docket.CaseNews{}, func(w docket.Work) (map[docket.ID]docket.CaseNews, error) { return w.CaseNews(ctx, nil) })
}

// alphabet is the Azerbaijani order of names (requirements 9): ə after e, ı before i, x after h, q after k.
func alphabet(_ *testing.T, b *bench) {
	const letters = "A B C Ç D E Ə F G Ğ H X I İ J K Q L M N O Ö P R S Ş T U Ü V Y Z"
	all := []rune(letters)
	b.tx(func(w docket.Work) error {
		for i := len(all) - 1; i >= 0; i -= 2 {
			if err := w.AddSubmission(b.ctx(), b.submission(string(all[i])+"layihə", "1", b.now)); err != nil {
				return err
			}
		}
		return nil
	})
	read(b, letters, func(w docket.Work) (string, error) {
		list, _, err := w.ListSubmissions(b.ctx(), docket.SubmissionFilter{Order: docket.OrderName, Limit: 100})
		got := ""
		for i, s := range list {
			if i > 0 {
				got += " "
			}
			got += string([]rune(s.Form.ProjectName)[:1])
		}
		return got, err
	})
	// A search finds whatever way i and ı were typed (S1-17).
	for _, query := range []string{"İLAYİHƏ", "ılayıhə", "ilayihe", "ILAYIHE"} {
		read(b, 2, func(w docket.Work) (int, error) {
			_, n, err := w.ListSubmissions(b.ctx(), docket.SubmissionFilter{Name: query})
			return n, err
		})
	}
}

// messageDrafts is S1-32: what one person writes about one project until it is sent.
func messageDrafts(_ *testing.T, b *bench) {
	ctx, s := b.ctx(), b.withSubmission()
	get := func(w docket.Work) (*docket.MessageDraft, error) { return w.MessageDraft(ctx, s.ID, b.person.ID) }
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := get(w); return err })
	d := &docket.MessageDraft{SubmissionID: s.ID, UserID: b.person.ID, Text: "Hörmətli", Attachments: []docket.File{{ID: "f", Name: "a.pdf", Added: b.now}}, Touched: b.now}
	twin := *d
	b.tx(func(w docket.Work) error { return w.PutMessageDraft(ctx, d) })
	read(b, d, get)
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.PutMessageDraft(ctx, &twin) })
	old := *d
	d.Text, d.Attachments = "Hörmətli həmkarlar", []docket.File{}
	b.tx(func(w docket.Work) error { return w.PutMessageDraft(ctx, d) })
	read(b, d, get)
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.PutMessageDraft(ctx, &old) })
	other := &docket.MessageDraft{SubmissionID: s.ID, UserID: b.clerk.ID, Text: "x", Touched: b.now.Add(time.Hour)}
	b.tx(func(w docket.Work) error { return w.PutMessageDraft(ctx, other) })
	b.tx(func(w docket.Work) error {
		n, err := w.RemoveMessageDrafts(ctx, b.now.Add(time.Minute))
		if n != 1 {
			b.t.Errorf("%d old drafts were removed", n)
		}
		return err
	})
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := get(w); return err })
	b.tx(func(w docket.Work) error { return w.RemoveMessageDraft(ctx, s.ID, b.clerk.ID) })
	b.tx(func(w docket.Work) error { return w.RemoveMessageDraft(ctx, s.ID, b.clerk.ID) })
}

// messagePages: the newest come, oldest first, and then those before; a withdrawn one stays as a tombstone that no search finds.
func messagePages(_ *testing.T, b *bench) {
	ctx, s := b.ctx(), b.withSubmission()
	var all []docket.Message
	b.tx(func(w docket.Work) error {
		for i := range 5 {
			m := docket.Message{ID: b.id(), SubmissionID: s.ID, AuthorID: b.person.ID, Author: "Ə", Text: "nömrə", Attachments: []docket.File{}, Sent: b.now.Add(time.Duration(i) * time.Second)}
			all = append(all, m)
			if err := w.AddMessage(ctx, &m); err != nil {
				return err
			}
		}
		return nil
	})
	list := func(f docket.MessageFilter) func(w docket.Work) ([]docket.Message, error) {
		return func(w docket.Work) ([]docket.Message, error) { return w.Messages(ctx, s.ID, f) }
	}
	read(b, all[3:], list(docket.MessageFilter{Limit: 2}))
	read(b, all[1:3], list(docket.MessageFilter{Limit: 2, Before: all[3].ID}))
	read(b, nil, list(docket.MessageFilter{Before: all[0].ID}))
	b.tx(func(w docket.Work) error {
		return w.WithdrawMessage(ctx, all[2].ID, "Ə", "səhv", b.now.Add(time.Hour))
	})
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.WithdrawMessage(ctx, all[2].ID, "B", "b", b.now) })
	gone := all[2]
	gone.Withdrawn, gone.WithdrawnBy, gone.Withdrawal = b.now.Add(time.Hour), "Ə", "səhv"
	read(b, &gone, func(w docket.Work) (*docket.Message, error) { return w.Message(ctx, gone.ID) })
	read(b, 4, func(w docket.Work) (int, error) {
		l, err := w.Messages(ctx, s.ID, docket.MessageFilter{Query: "NÖMRƏ"})
		return len(l), err
	})
}

// readings: each person reads for himself, one by one or everything up to now.
func readings(_ *testing.T, b *bench) {
	ctx, s := b.ctx(), b.withSubmission()
	var list []docket.Notification
	b.tx(func(w docket.Work) error {
		for i := range 4 {
			n := docket.Notification{
				ID: b.id(), Channel: docket.ChannelSystem, BodyID: b.body.ID, ForAgency: i == 3, Key: docket.NotifyMessage, SubmissionID: s.ID, Created: b.now.Add(time.Duration(i) * time.Minute),
			}
			list = append(list, n)
			if err := w.AddNotification(ctx, &n); err != nil {
				return err
			}
		}
		return nil
	})
	unread := func(user, body docket.ID, want int) {
		b.t.Helper()
		read(b, want, func(w docket.Work) (int, error) { return w.CountUnread(ctx, body, user, 10) })
	}
	unread(b.person.ID, b.body.ID, 3)
	unread(b.clerk.ID, "", 1)
	read(b, 2, func(w docket.Work) (int, error) { return w.CountUnread(ctx, b.body.ID, b.person.ID, 2) })
	for range 2 {
		b.tx(func(w docket.Work) error {
			return w.ReadNotification(ctx, b.person.ID, list[2].ID, b.now.Add(time.Hour))
		})
	}
	unread(b.person.ID, b.body.ID, 2)
	b.tx(func(w docket.Work) error { return w.ReadUntil(ctx, b.person.ID, b.now) })
	read(b, map[docket.ID]time.Time{list[0].ID: b.now, list[2].ID: b.now.Add(time.Hour)}, func(w docket.Work) (map[docket.ID]time.Time, error) {
		return w.Readings(ctx, b.person.ID, list[:3])
	})
	unread(b.person.ID, b.body.ID, 1)
	b.tx(func(w docket.Work) error { return w.ReadUntil(ctx, b.person.ID, b.now.Add(time.Hour)) })
	unread(b.person.ID, b.body.ID, 0)
	unread(b.clerk.ID, "", 1)
}

// contacts: an account is found by the link that confirms its new address, and keeps its period.
func contacts(_ *testing.T, b *bench) {
	ctx, secret := b.ctx(), docket.HashOf([32]byte{9})
	find := func(w docket.Work) (*docket.User, error) { return w.UserByContact(ctx, secret) }
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := find(w); return err })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.UserByContact(ctx, ""); return err })
	u := b.person
	u.From, u.To = calendar.Of(2026, 3, 1), calendar.Of(2026, 4, 1)
	u.Contact = &docket.Contact{Email: "yeni@example.az", Secret: secret, Until: b.now}
	b.tx(func(w docket.Work) error { return w.UpdateUser(ctx, &u) })
	read(b, &u, find)
	u.Contact = nil
	b.tx(func(w docket.Work) error { return w.UpdateUser(ctx, &u) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := find(w); return err })
}
