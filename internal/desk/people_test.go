package desk

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// mailed is the secret of the newest mail with the key.
func (o *office) mailed(key string) (address, link string) {
	o.t.Helper()
	o.read(func(w docket.Work) error {
		list, err := w.Outgoing(o.ctx(), "", 0)
		for _, n := range list {
			if n.Key == key && link == "" {
				address, link = n.To, n.Link
			}
		}
		return err
	})
	return address, link
}

func colleague() PersonInput {
	return PersonInput{Name: "  Elçin   Şıxəliyev ", FIN: "7ab2cd9", Email: "elcin@example.az", Mobile: "055 765 43 21"}
}

// TestResponsiblePersons is requirements 2a: a body's administrator names somebody, who comes in by the invitation, and takes the authority away.
func TestResponsiblePersons(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	_, err := o.AddPerson(ctx, o.person, PersonInput{FIN: "7AB", Email: "x", Mobile: "12", To: calendar.Of(2020, 1, 1)})
	var fields []string
	for _, e := range docket.AsErrors(err) {
		fields = append(fields, e.Field)
	}
	if !slices.Equal(fields, []string{"name", "fin", "email", "mobile", "to"}) {
		t.Errorf("faults of %v", fields)
	}
	u := must[*docket.User](t)(o.AddPerson(ctx, o.person, colleague()))
	if u.Name != "Elçin Şıxəliyev" || u.FIN != "7AB2CD9" || u.Email != "" || u.Mobile != "+994557654321" {
		t.Fatalf("%+v", u)
	}
	_, err = o.AddPerson(ctx, o.person, colleague())
	o.wantKey(err, docket.KeyPersonExists)

	// His address is used for nothing but the invitation until its link was used.
	sub := o.sent()
	must[*docket.Submission](t)(o.AcceptSubmission(ctx, o.coordinator, sub.ID))
	if to, _ := o.mailed(docket.NotifyAccepted); to == "elcin@example.az" {
		t.Error("an address that nobody confirmed was written to")
	}
	to, link := o.mailed(docket.NotifyInvited)
	if to != "elcin@example.az" {
		t.Fatalf("the invitation went to %q", to)
	}
	who := must[docket.Actor](t)(o.LogIn(ctx, strings.TrimPrefix(link, PathLogIn)))
	if p := must[*docket.User](t)(o.Profile(ctx, who)); p.Email != "elcin@example.az" || p.Contact != nil || p.LastLogIn.IsZero() {
		t.Errorf("after the invitation: %+v", p)
	}

	// He names nobody, and sees the others' personal codes masked.
	_, err = o.AddPerson(ctx, who, colleague())
	o.wantKey(err, docket.KeyForbidden)
	o.wantKey(o.RevokePerson(ctx, who, o.person.UserID), docket.KeyForbidden)
	for _, p := range must[[]docket.User](t)(o.People(ctx, who)) {
		if masked := strings.Contains(p.FIN, "•"); masked == (p.ID == who.UserID) {
			t.Errorf("%s has %q", p.Name, p.FIN)
		}
	}

	// Outside his period he is nobody, without anybody's doing.
	day := calendar.DateOf(o.clock)
	if err := o.SetPersonPeriod(ctx, o.person, u.ID, day, day.AddDays(1)); err != nil {
		t.Fatal(err)
	}
	o.later(24 * time.Hour)
	must[docket.Actor](t)(o.Actor(ctx, u.ID))
	o.later(24 * time.Hour)
	if _, err := o.Actor(ctx, u.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("after the last day: %v", err)
	}
	if err := o.SetPersonPeriod(ctx, o.person, u.ID, calendar.Date{}, calendar.Date{}); err != nil {
		t.Fatal(err)
	}

	must[*docket.Message](t)(o.WriteMessage(ctx, who, sub.ID, "Məktubum", nil))
	if err := o.RevokePerson(ctx, o.person, u.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Actor(ctx, u.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("his session goes on: %v", err)
	}
	secret := must[string](t)(o.IssueLoginLink(ctx, docket.System(), u.ID, LinkOptions{}))
	_, err = o.LogIn(ctx, secret)
	o.wantKey(err, docket.KeyLoginSuspended)
	if m := must[[]docket.Message](t)(o.ReadMessages(ctx, o.person, sub.ID, docket.MessageFilter{})); len(m) != 1 || m[0].Author != "Elçin Şıxəliyev" {
		t.Errorf("what he wrote: %+v", m)
	}
	if err := o.RevokePerson(ctx, o.person, u.ID); !errors.Is(err, docket.ErrStale) {
		t.Errorf("twice: %v", err)
	}
	if err := o.RestorePerson(ctx, o.person, u.ID); err != nil {
		t.Fatal(err)
	}
	must[docket.Actor](t)(o.Actor(ctx, u.ID))
	o.wantKey(o.RevokePerson(ctx, o.person, o.person.UserID), docket.KeyOwnAccount)
	other := o.user("", "AAAAAB5", docket.RoleExpert)
	if err := o.RevokePerson(ctx, o.person, other.UserID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("somebody of the agency: %v", err)
	}
}

// TestContactsAreConfirmed: a new address counts once its link was pressed; S1-13 sends to the confirmed one only.
func TestContactsAreConfirmed(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	before := must[*docket.User](t)(o.Profile(ctx, o.person)).Email
	u := must[*docket.User](t)(o.ChangeContacts(ctx, o.person, "yeni@example.az", "070 111 22 33"))
	if u.Email != before || u.Contact == nil || u.Mobile != "+994701112233" {
		t.Fatalf("%+v", u)
	}
	to, link := o.mailed(docket.NotifyContact)
	if to != "yeni@example.az" || !strings.HasPrefix(link, PathContact) {
		t.Fatalf("%s %s", to, link)
	}
	secret := strings.TrimPrefix(link, PathContact)
	o.wantKey(o.ConfirmContact(ctx, "başqa"), docket.KeyLinkInvalid)
	if err := o.ConfirmContact(ctx, secret); err != nil {
		t.Fatal(err)
	}
	o.wantKey(o.ConfirmContact(ctx, secret), docket.KeyLinkInvalid)
	if u := must[*docket.User](t)(o.Profile(ctx, o.person)); u.Email != "yeni@example.az" || u.Contact != nil {
		t.Errorf("%+v", u)
	}
	must[*docket.User](t)(o.ChangeContacts(ctx, o.person, "gec@example.az", "0701112233"))
	_, link = o.mailed(docket.NotifyContact)
	o.later(73 * time.Hour)
	o.wantKey(o.ConfirmContact(ctx, strings.TrimPrefix(link, PathContact)), docket.KeyLinkInvalid)
	_, err := o.ChangeContacts(ctx, o.person, "gec", "12")
	if n := len(docket.AsErrors(err)); n != 2 {
		t.Errorf("%d faults: %v", n, err)
	}
}

// TestSuspendedBody is requirements 2: open cases go on, new ones do not start.
func TestSuspendedBody(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	r := o.register()
	sub, draft := o.sent(), o.prepared()
	_, err := o.SuspendBody(ctx, o.registrar, r.ID, " ")
	o.wantKey(err, docket.KeyRequired)
	_, err = o.SuspendBody(ctx, o.coordinator, r.ID, "x")
	o.wantKey(err, docket.KeyForbidden)
	_, err = o.RestoreBody(ctx, o.registrar, r.ID, "x")
	o.wantKey(err, docket.KeyState)
	if got := must[*docket.Registration](t)(o.SuspendBody(ctx, o.registrar, r.ID, "Əsasnaməsi dəyişib")); got.State != docket.RegistrationSuspended || got.Reason != "Əsasnaməsi dəyişib" {
		t.Fatalf("%+v", got)
	}
	if to, _ := o.mailed(docket.NotifySuspended); to == "" {
		t.Error("nobody was told")
	}
	must[*SubmissionView](t)(o.Submission(ctx, o.person, sub.ID))
	must[*docket.File](t)(o.AddDocument(ctx, o.person, sub.ID, "a.txt", strings.NewReader("mətn")))
	must[*docket.Submission](t)(o.Correct(ctx, o.person, sub.ID))
	must[*docket.Submission](t)(o.PrepareRecord(ctx, o.person, sub.ID))
	if _, _, err := o.ListSubmissions(ctx, o.person, docket.SubmissionFilter{}); err != nil {
		t.Error(err)
	}
	_, err = o.DraftSubmission(ctx, o.person)
	o.wantKey(err, docket.KeyBodySuspended)
	_, err = o.Submit(ctx, o.person, draft.ID, strings.NewReader("x"))
	o.wantKey(err, docket.KeyBodySuspended)
	_, err = o.AddPerson(ctx, o.person, colleague())
	o.wantKey(err, docket.KeyBodySuspended)
	must[*docket.Registration](t)(o.RestoreBody(ctx, o.registrar, r.ID, "Təsdiq olundu"))
	must[*docket.Submission](t)(o.DraftSubmission(ctx, o.person))
}

// TestNotificationsAreReadByEach: S1-16 in the pages; what one has read another has not.
func TestNotificationsAreReadByEach(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	sub := o.sent()
	must[*docket.Message](t)(o.WriteMessage(ctx, o.coordinator, sub.ID, "Sual", nil))
	second := o.user(o.body.ID, "5QQ5QQ7", docket.RoleRepresentative)
	unread := func(who docket.Actor) int {
		t.Helper()
		return must[int](t)(o.UnreadNotifications(ctx, who))
	}
	all := unread(o.person)
	list := must[[]docket.Notification](t)(o.Notifications(ctx, o.person, 0))
	if all < 2 || len(list) != all || unread(second) != all || list[0].Key != docket.NotifyMessage || !list[0].Read.IsZero() {
		t.Fatalf("%d unread of %+v", all, list)
	}
	if link := must[string](t)(o.ReadNotification(ctx, o.person, list[0].ID)); link != PathSubmission+string(sub.ID) {
		t.Errorf("it leads to %s", link)
	}
	must[string](t)(o.ReadNotification(ctx, o.person, list[0].ID))
	if unread(o.person) != all-1 || unread(second) != all {
		t.Errorf("%d and %d unread", unread(o.person), unread(second))
	}
	if got := must[[]docket.Notification](t)(o.Notifications(ctx, o.person, 0)); got[0].Read.IsZero() || !got[1].Read.IsZero() {
		t.Errorf("%+v", got)
	}
	if err := o.ReadNotifications(ctx, o.person); err != nil || unread(o.person) != 0 {
		t.Errorf("%v, %d unread", err, unread(o.person))
	}
	o.later(time.Minute)
	must[*docket.Message](t)(o.WriteMessage(ctx, o.coordinator, sub.ID, "Yenə", nil))
	if unread(o.person) != 1 {
		t.Errorf("%d unread after a new one", unread(o.person))
	}
	if _, err := o.ReadNotification(ctx, o.coordinator, list[0].ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("the other side's: %v", err)
	}
	_, err := o.UnreadNotifications(ctx, docket.Public())
	o.wantKey(err, docket.KeyForbidden)
}

func TestRefusedRegistrationTriesAgain(t *testing.T) { // requirements 2: refused → submitted
	o := newOffice(t)
	ctx := o.ctx()
	r := must[*docket.Registration](t)(o.RegisterBody(ctx, docket.Public(), o.form(signed("%PDF-letter", good()))))
	must[*docket.Registration](t)(o.RefuseBody(ctx, o.registrar, r.ID, "Məktub köhnədir"))
	in := o.form(signed("%PDF-new letter", good()))
	in.Access = r.Access
	again := must[*docket.Registration](t)(o.RegisterBody(ctx, docket.Public(), in))
	if again.ID != r.ID || again.State != docket.RegistrationSubmitted {
		t.Fatalf("%+v", again)
	}
	must[*docket.Registration](t)(o.ApproveBody(ctx, o.registrar, ApproveBodyInput{ID: r.ID}))
}
