package desk

import (
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

// TestMessagesOnTheirWay: an administrator sees how far each message is, without its address or text, and alone sends one again whose outcome is not
// known (requirements 8, 18 and 21).
func TestMessagesOnTheirWay(t *testing.T) {
	o := newOffice(t)
	o.register()
	o.sent()
	admin := o.user("", "8AD1NIN", docket.RoleAdmin)
	_, err := o.OutgoingMessages(o.ctx(), o.coordinator, docket.OutgoingFilter{})
	o.wantKey(err, docket.KeyForbidden)
	p := must[*OutgoingPage](t)(o.OutgoingMessages(o.ctx(), admin, docket.OutgoingFilter{}))
	if len(p.List) == 0 || p.Counts[docket.PostQueued] != len(p.List) {
		t.Fatalf("%+v", p)
	}
	for _, n := range p.List {
		if !strings.Contains(n.To, "•••") || n.Link != "" || len(n.Args) > 0 {
			t.Errorf("%+v", n)
		}
	}
	id := p.List[0].ID
	o.wantKey(o.SendAgain(o.ctx(), admin, id), docket.KeyStale) // it waits for its turn
	o.write(func(w docket.Work) error { _, err := w.ClaimNotification(o.ctx(), id, "dead", o.clock); return err })
	o.later(time.Minute)
	o.write(func(w docket.Work) error { _, err := w.LapsedNotifications(o.ctx(), o.clock); return err })
	o.wantKey(o.SendAgain(o.ctx(), o.coordinator, id), docket.KeyForbidden)
	if p := must[*OutgoingPage](t)(o.OutgoingMessages(o.ctx(), admin, docket.OutgoingFilter{Delivery: docket.PostUnknown})); len(p.List) != 1 {
		t.Errorf("%+v", p)
	}
	if err := o.SendAgain(o.ctx(), admin, id); err != nil {
		t.Fatal(err)
	}
	if p := must[*OutgoingPage](t)(o.OutgoingMessages(o.ctx(), admin, docket.OutgoingFilter{Delivery: docket.PostUnknown})); len(p.List) != 0 {
		t.Errorf("%+v", p)
	}
}
