package desk

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

// TestMessageIsWrittenAndSent is S1-32 and J8 on both sides: attach, remove before sending, send; then it is a record.
func TestMessageIsWrittenAndSent(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	sub := o.sent()
	for _, who := range []docket.Actor{o.person, o.coordinator} {
		first := must[*docket.File](t)(o.AttachToMessage(ctx, who, sub.ID, "a.txt", strings.NewReader("bir")))
		second := must[*docket.File](t)(o.AttachToMessage(ctx, who, sub.ID, "b.txt", strings.NewReader("iki")))
		_, err := o.AttachToMessage(ctx, who, sub.ID, "c.zip", strings.NewReader("PK\x03\x04 archive"))
		o.wantKey(err, docket.KeyFileType)
		if err := o.SaveMessageDraft(ctx, who, sub.ID, "Yarımçıq"); err != nil {
			t.Fatal(err)
		}
		_, err = o.SendMessage(ctx, who, sub.ID, " ")
		o.wantKey(err, docket.KeyRequired)
		if err := o.DetachFromMessage(ctx, who, sub.ID, first.ID); err != nil {
			t.Fatal(err)
		}
		d := must[*docket.MessageDraft](t)(o.MessageDraft(ctx, who, sub.ID))
		if d.Text != "Yarımçıq" || len(d.Attachments) != 1 || d.Attachments[0].ID != second.ID {
			t.Fatalf("an error elsewhere lost something: %+v", d)
		}
		if got := o.content(o.OpenWaiting(ctx, who, sub.ID, second.ID)); got != "iki" {
			t.Errorf("%q waits", got)
		}
		m := must[*docket.Message](t)(o.SendMessage(ctx, who, sub.ID, "Bütöv"))
		if len(m.Attachments) != 1 || m.Text != "Bütöv" {
			t.Fatalf("%+v", m)
		}
		if d := must[*docket.MessageDraft](t)(o.MessageDraft(ctx, who, sub.ID)); !d.Empty() {
			t.Errorf("the draft stays: %+v", d)
		}
	}
	if !slices.Contains(o.auditActions(), docket.AuditMessageSent) {
		t.Error("no entry")
	}
	// A draft is its writer's own: neither the other side nor a colleague sees it.
	must[*docket.File](t)(o.AttachToMessage(ctx, o.person, sub.ID, "gizli.txt", strings.NewReader("x")))
	colleague := o.user(o.body.ID, "5QQ5QQ7", docket.RoleRepresentative)
	for _, who := range []docket.Actor{o.coordinator, colleague} {
		if d := must[*docket.MessageDraft](t)(o.MessageDraft(ctx, who, sub.ID)); !d.Empty() {
			t.Errorf("%v sees %+v", who.Roles, d)
		}
	}
	for i := range maxAttachments {
		_, err := o.AttachToMessage(ctx, colleague, sub.ID, "a.txt", strings.NewReader("x"))
		if err != nil {
			t.Fatal(i, err)
		}
	}
	_, err := o.AttachToMessage(ctx, colleague, sub.ID, "a.txt", strings.NewReader("x"))
	o.wantKey(err, docket.KeyTooMany)
	// Unsent drafts go after 90 days (requirements 8, 25).
	o.later(91 * 24 * time.Hour)
	if _, err := o.RemoveOldDrafts(ctx); err != nil {
		t.Fatal(err)
	}
	if d := must[*docket.MessageDraft](t)(o.MessageDraft(ctx, o.person, sub.ID)); !d.Empty() {
		t.Error("an old draft stays")
	}
}

// TestSentMessageLeavesATombstone: requirements 8, 7.
func TestSentMessageLeavesATombstone(t *testing.T) {
	o := newOffice(t)
	ctx := o.ctx()
	o.register()
	sub, second := o.sent(), o.sent()
	m := must[*docket.Message](t)(o.WriteMessage(ctx, o.person, sub.ID, "Səhv yazı", []Attachment{{"a.txt", strings.NewReader("mətn")}}))
	o.wantKey(o.WithdrawMessage(ctx, o.person, sub.ID, m.ID, "  "), docket.KeyRequired)
	o.wantKey(o.WithdrawMessage(ctx, o.coordinator, sub.ID, m.ID, "x"), docket.KeyForbidden)
	o.wantKey(o.WithdrawMessage(ctx, o.user(o.body.ID, "5QQ5QQ7", docket.RoleRepresentative), sub.ID, m.ID, "x"), docket.KeyForbidden)
	o.wantKey(o.WithdrawMessage(ctx, o.person, second.ID, m.ID, "x"), docket.KeyNotFound)
	if err := o.WithdrawMessage(ctx, o.person, sub.ID, m.ID, "Başqa layihəyə aiddir"); err != nil {
		t.Fatal(err)
	}
	if err := o.WithdrawMessage(ctx, o.person, sub.ID, m.ID, "yenə"); !errors.Is(err, docket.ErrStale) {
		t.Errorf("twice: %v", err)
	}
	list := must[[]docket.Message](t)(o.ReadMessages(ctx, o.coordinator, sub.ID, docket.MessageFilter{}))
	if len(list) != 1 || list[0].Text != "" || len(list[0].Attachments) != 0 || list[0].Withdrawal != "Başqa layihəyə aiddir" || list[0].WithdrawnBy != o.person.Name {
		t.Errorf("%+v", list)
	}
	if _, err := o.DownloadAttachment(ctx, o.coordinator, m.ID, m.Attachments[0].ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("its document: %v", err)
	}
	o.read(func(w docket.Work) error {
		kept, err := w.Message(ctx, m.ID)
		if err == nil && kept.Text != "Səhv yazı" {
			t.Error("the record is gone")
		}
		return err
	})
	if !slices.Contains(o.auditActions(), docket.AuditMessageWithdrawn) {
		t.Error("no entry")
	}
}
