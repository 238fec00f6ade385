package desk

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

// fakeSecrets reveals what tells generations apart.
type fakeSecrets struct{}

func (fakeSecrets) Reveal(h *docket.Webhook) (string, error) {
	return fmt.Sprintf("%s %d", h.ID, h.Generation), nil
}

// key makes a key of the person's body.
func (o *office) key(scopes ...docket.Scope) (k *docket.APIKey, secret string) {
	o.t.Helper()
	k, secret, err := o.MakeAPIKey(o.ctx(), o.person, NewAPIKey{Name: " ERP ", Scopes: scopes, Expires: o.clock.Add(time.Hour)})
	if err != nil {
		o.t.Fatal(err)
	}
	return k, secret
}

// TestAPIKeys: a key is shown once, found by its hash alone, and opens nothing once it ended; nobody sees or ends another body's.
func TestAPIKeys(t *testing.T) {
	o := newOffice(t)
	o.register()
	k, secret := o.key(docket.ScopeSubmissionsRead, docket.ScopeSubmissionsWrite, docket.ScopeSubmissionsRead)
	if k.Name != "ERP" || len(k.Scopes) != 2 || !strings.HasPrefix(secret, "mhr_") || len(secret) != 4+43 || strings.Contains(string(k.Secret), secret[4:]) {
		t.Errorf("%+v, %d characters", k, len(secret))
	}
	p := must[*Program](t)(o.ProgramByKey(o.ctx(), secret))
	if p.Actor.BodyID != o.body.ID || !slices.Equal(p.Actor.Roles, []docket.Role{docket.RoleRepresentative}) || !p.May(docket.ScopeSubmissionsWrite) || p.May(docket.ScopeEventsRead) {
		t.Errorf("%+v", p)
	}
	for _, wrong := range []string{"", "mhr_", secret[:len(secret)-1], secret[4:], strings.ToUpper(secret)} {
		_, err := o.ProgramByKey(o.ctx(), wrong)
		o.wantKey(err, docket.KeyNotFound)
	}
	admin := o.user("", "AAAAAA9", docket.RoleAdmin)
	for _, who := range []docket.Actor{admin, o.coordinator, p.Actor, docket.Public()} {
		if err := o.RevokeAPIKey(o.ctx(), who, k.ID); err == nil {
			t.Errorf("%v ends another's key", who.Roles)
		}
	}
	if list := must[[]docket.APIKey](t)(o.APIKeys(o.ctx(), o.person)); len(list) != 1 || list[0].Used.IsZero() {
		t.Errorf("%+v", list)
	}
	if list := must[[]docket.APIKey](t)(o.APIKeys(o.ctx(), admin)); len(list) != 0 {
		t.Errorf("the administrator sees a body's keys: %+v", list)
	}
	_, expiring := o.key(docket.ScopeEventsRead)
	if err := o.RevokeAPIKey(o.ctx(), o.person, k.ID); err != nil {
		t.Fatal(err)
	}
	_, err := o.ProgramByKey(o.ctx(), secret)
	o.wantKey(err, docket.KeyNotFound)
	must[*Program](t)(o.ProgramByKey(o.ctx(), expiring))
	o.later(time.Hour)
	_, err = o.ProgramByKey(o.ctx(), expiring)
	o.wantKey(err, docket.KeyNotFound)
}

// TestAPIKeyRefusals: who may make which key, and with what.
func TestAPIKeyRefusals(t *testing.T) {
	o := newOffice(t)
	o.register()
	admin := o.user("", "AAAAAA9", docket.RoleAdmin)
	ok := []docket.Scope{docket.ScopeEventsRead}
	for name, c := range map[string]struct {
		who docket.Actor
		in  NewAPIKey
		key string
	}{
		"a coordinator":                  {o.coordinator, NewAPIKey{Name: "x", Scopes: ok}, docket.KeyForbidden},
		"a representative":               {o.user(o.body.ID, "5555555", docket.RoleRepresentative), NewAPIKey{Name: "x", Scopes: ok}, docket.KeyForbidden},
		"no name":                        {admin, NewAPIKey{Name: " ", Scopes: ok}, docket.KeyRequired},
		"a long name":                    {admin, NewAPIKey{Name: strings.Repeat("ə", 101), Scopes: ok}, docket.KeyTooLong},
		"no scope":                       {admin, NewAPIKey{Name: "x"}, docket.KeyRequired},
		"no such scope":                  {admin, NewAPIKey{Name: "x", Scopes: []docket.Scope{"all"}}, docket.KeyScope},
		"the journals for a body":        {o.person, NewAPIKey{Name: "x", Scopes: []docket.Scope{docket.ScopeNumbersRead}}, docket.KeyScope},
		"submitting as the agency":       {admin, NewAPIKey{Name: "x", Scopes: []docket.Scope{docket.ScopeSubmissionsWrite}}, docket.KeyScope},
		"a time that is over":            {admin, NewAPIKey{Name: "x", Scopes: ok, Expires: o.clock}, docket.KeyDate},
		"another body, not yet approved": {o.user(o.other().ID, "6666666", docket.RoleBodyAdmin), NewAPIKey{Name: "x", Scopes: ok}, docket.KeyNotApproved},
	} {
		t.Run(name, func(t *testing.T) {
			_, secret, err := o.MakeAPIKey(o.ctx(), c.who, c.in)
			o.wantKey(err, c.key)
			if secret != "" {
				t.Error("a refused key is given out")
			}
		})
	}
}

// other is a second body.
func (o *office) other() docket.Body {
	return must[[]docket.Body](o.t)(o.Bodies(o.ctx(), "Başqa", 1))[0]
}

// TestProgramOfABody: it sends a project in the name of a responsible person; any of them may sign it, nobody else, and the log says which program
// it was (S1-12).
func TestProgramOfABody(t *testing.T) {
	o := newOffice(t)
	o.register()
	o.user(o.body.ID, "2CC2CC2", docket.RoleRepresentative)
	_, secret := o.key(docket.ScopeSubmissionsWrite)
	p := must[*Program](t)(o.ProgramByKey(o.ctx(), secret))
	human := o.person
	o.person = p.Actor
	sub := o.prepared()
	stranger := good(func(g *docket.SignatureVerdict) { g.Signer.FIN = "ZZZZZZZ" })
	_, err := o.Submit(o.ctx(), p.Actor, sub.ID, strings.NewReader(signed(o.record(sub), stranger)))
	o.wantKey(err, docket.KeySigOtherPerson)
	colleague := good(func(g *docket.SignatureVerdict) { g.Signer.FIN = "2CC2CC2" })
	sub = must[*docket.Submission](t)(o.Submit(o.ctx(), p.Actor, sub.ID, strings.NewReader(signed(o.record(sub), colleague))))
	if sub.State != docket.SubmissionSent || sub.UserID != human.UserID {
		t.Errorf("%+v", sub)
	}
	m := must[*docket.Message](t)(o.WriteMessage(o.ctx(), p.Actor, sub.ID, "sual", nil))
	if m.Author != human.Name+" (ERP)" {
		t.Errorf("author %q", m.Author)
	}
	newest, err := o.db.Newest(o.ctx(), 1)
	if err != nil || newest[0].Entry.Detail["program"] != p.ID {
		t.Errorf("%+v, %v", newest, err)
	}
}

// TestProgramOfTheAgency has no role that its scopes do not ask for.
func TestProgramOfTheAgency(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.sent()
	admin := o.user("", "AAAAAA9", docket.RoleAdmin)
	program := func(scopes ...docket.Scope) *Program {
		_, secret, err := o.MakeAPIKey(o.ctx(), admin, NewAPIKey{Name: "x", Scopes: scopes})
		if err != nil {
			t.Fatal(err)
		}
		return must[*Program](t)(o.ProgramByKey(o.ctx(), secret))
	}
	reader, registrar := program(docket.ScopeSubmissionsRead), program(docket.ScopeRegistrationsRead)
	must[*SubmissionView](t)(o.Submission(o.ctx(), reader.Actor, sub.ID))
	_, err := o.Submission(o.ctx(), registrar.Actor, sub.ID)
	o.wantKey(err, docket.KeyNotFound)
	_, _, err = o.ListRegistrations(o.ctx(), reader.Actor, docket.RegistrationFilter{})
	o.wantKey(err, docket.KeyForbidden)
	if _, _, err = o.ListRegistrations(o.ctx(), registrar.Actor, docket.RegistrationFilter{}); err != nil {
		t.Error(err)
	}
	if _, _, err := o.MakeAPIKey(o.ctx(), reader.Actor, NewAPIKey{Name: "x", Scopes: []docket.Scope{docket.ScopeEventsRead}}); err == nil {
		t.Error("a program makes keys")
	}
}

// TestEventsOfACase: each step is told once, in order, to whom it concerns; and says no title, name or text.
func TestEventsOfACase(t *testing.T) {
	o := newOffice(t)
	for _, s := range o.walk() {
		if err := s.do(); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	if list, _, err := o.Events(o.ctx(), o.coordinator, docket.EventFilter{}); err != nil || len(list) != 0 {
		t.Fatalf("events without a place: %+v, %v", list, err)
	}
	n, err := o.PlaceEvents(o.ctx())
	if err != nil {
		t.Fatal(err)
	}
	all, last, err := o.Events(o.ctx(), o.coordinator, docket.EventFilter{})
	if err != nil || len(all) != n || last != int64(n) {
		t.Fatalf("%d of %d, last %d: %v", len(all), n, last, err)
	}
	own, _, err := o.Events(o.ctx(), o.person, docket.EventFilter{})
	if err != nil {
		t.Fatal(err)
	}
	want := []docket.EventType{
		docket.OnRegistrationApproved, docket.OnSubmissionReceived, docket.OnLetterDispatched, docket.OnSubmissionAccepted, docket.OnSubmissionReview,
		docket.OnMessageSent, docket.OnSubmissionDeficient, docket.OnLetterDispatched, docket.OnSubmissionCorrected, docket.OnOpinionDispatched, docket.OnLetterRead,
	}
	var kinds []docket.EventType
	for _, e := range own {
		kinds = append(kinds, e.Type)
		payload, err := o.EventPayload(&e)
		if err != nil {
			t.Fatal(err)
		}
		if len(payload) > 500 || !json.Valid(payload) || strings.Contains(string(payload), projectForm().ProjectName) {
			t.Errorf("payload %s", payload)
		}
	}
	if !slices.Equal(kinds, want) {
		t.Errorf("the body is told\n%v\nwant\n%v", kinds, want)
	}
	if other, _, err := o.Events(o.ctx(), o.user(o.other().ID, "6666666", docket.RoleBodyAdmin), docket.EventFilter{}); err != nil || len(other) != 0 {
		t.Errorf("another body is told %+v, %v", other, err)
	}
	page, last, err := o.Events(o.ctx(), o.coordinator, docket.EventFilter{Limit: 3, After: 2})
	if err != nil || len(page) != 3 || last != 5 || page[0].N != 3 {
		t.Errorf("a page: %+v, last %d, %v", page, last, err)
	}
	_, _, err = o.Events(o.ctx(), docket.Public(), docket.EventFilter{})
	o.wantKey(err, docket.KeyForbidden)
	o.later(366 * 24 * time.Hour)
	if err := o.RemoveOldEvents(o.ctx()); err != nil {
		t.Fatal(err)
	}
	if all, last, err := o.Events(o.ctx(), o.coordinator, docket.EventFilter{}); err != nil || len(all) != 0 || last != int64(n) {
		t.Errorf("after a year: %d, last %d, %v", len(all), last, err)
	}
}

// hook makes a webhook.
func (o *office) hook(who docket.Actor, types ...docket.EventType) *docket.Webhook {
	o.t.Helper()
	h, secret, err := o.MakeWebhook(o.ctx(), who, NewWebhook{URL: "https://erp.example/hook", Types: types})
	if err != nil || secret == "" {
		o.t.Fatal(secret, err)
	}
	return h
}

// TestFanOut: a placed event becomes one delivery for each webhook that wants it and may know it.
func TestFanOut(t *testing.T) {
	o := newOffice(t)
	o.register()
	admin := o.user("", "AAAAAA9", docket.RoleAdmin)
	mine, agency, narrow := o.hook(o.person), o.hook(admin), o.hook(o.person, docket.OnSubmissionReceived)
	o.tasks = nil
	o.sent()
	if _, err := o.PlaceEvents(o.ctx()); err != nil {
		t.Fatal(err)
	}
	deliveries := func(who docket.Actor, h *docket.Webhook) (kinds []docket.EventType) {
		for _, d := range must[[]docket.WebhookDelivery](t)(o.WebhookDeliveries(o.ctx(), who, h.ID, "", 0)) {
			kinds = append(kinds, d.Type)
			if !slices.ContainsFunc(o.tasks, func(k docket.Task) bool { return k.Kind == docket.TaskWebhook && k.Subject == d.ID }) {
				t.Errorf("nobody makes the delivery of %s", d.Type)
			}
		}
		return kinds
	}
	if got := deliveries(o.person, mine); slices.Contains(got, docket.OnSealReleased) || slices.Contains(got, docket.OnRegistrationSubmitted) || !slices.Contains(got, docket.OnSubmissionReceived) {
		t.Errorf("the body's: %v", got)
	}
	if got := deliveries(admin, agency); !slices.Contains(got, docket.OnSealReleased) || !slices.Contains(got, docket.OnRegistrationSubmitted) {
		t.Errorf("the agency's: %v", got)
	}
	if got := deliveries(o.person, narrow); !slices.Equal(got, []docket.EventType{docket.OnSubmissionReceived}) {
		t.Errorf("one type: %v", got)
	}
	before := len(deliveries(o.person, mine))
	if n, err := o.PlaceEvents(o.ctx()); n != 0 || err != nil || len(deliveries(o.person, mine)) != before {
		t.Errorf("placed again: %d, %v", n, err)
	}
	_, err := o.WebhookDeliveries(o.ctx(), admin, mine.ID, "", 0)
	o.wantKey(err, docket.KeyNotFound)
}

// TestWebhookLife: refused addresses, rotation, pause, test, redelivery, removal.
func TestWebhookLife(t *testing.T) {
	o := newOffice(t)
	o.register()
	for _, bad := range []string{"", "erp.example", "http://erp.example/", "https://u:p@erp.example/", "https://erp.example/#x", "ftp://erp.example/", "https:///x", "https://erp.example/" + strings.Repeat("a", 2000)} {
		_, _, err := o.MakeWebhook(o.ctx(), o.person, NewWebhook{URL: bad})
		o.wantKey(err, docket.KeyHookURL)
	}
	_, _, err := o.MakeWebhook(o.ctx(), o.person, NewWebhook{URL: "https://erp.example/", Types: []docket.EventType{"x"}})
	o.wantKey(err, docket.KeyEventType)
	_, _, err = o.MakeWebhook(o.ctx(), o.person, NewWebhook{URL: "https://erp.example/", Scheme: "v2"})
	o.wantKey(err, docket.KeyHookScheme)
	h := o.hook(o.person)
	turned, secret, err := o.RotateWebhook(o.ctx(), o.person, h.ID)
	if err != nil || turned.Generation != 2 || secret != string(h.ID)+" 2" || !turned.Previous.After(o.clock) {
		t.Errorf("%+v %q %v", turned, secret, err)
	}
	if err := o.TestWebhook(o.ctx(), o.person, h.ID); err != nil {
		t.Fatal(err)
	}
	list := must[[]docket.WebhookDelivery](t)(o.WebhookDeliveries(o.ctx(), o.person, h.ID, "", 0))
	if len(list) != 1 || list[0].Type != docket.OnWebhookTest || list[0].State != docket.DeliveryWaiting {
		t.Fatalf("%+v", list)
	}
	o.wantKey(o.Redeliver(o.ctx(), o.person, list[0].ID), docket.KeyStale)
	must[*docket.Webhook](t)(o.PauseWebhook(o.ctx(), o.person, h.ID))
	if list = must[[]docket.WebhookDelivery](t)(o.WebhookDeliveries(o.ctx(), o.person, h.ID, "", 0)); list[0].State != docket.DeliveryCancelled {
		t.Errorf("%+v", list)
	}
	o.wantKey(o.TestWebhook(o.ctx(), o.person, h.ID), docket.KeyHookPaused)
	o.wantKey(o.Redeliver(o.ctx(), o.person, list[0].ID), docket.KeyHookPaused)
	must[*docket.Webhook](t)(o.ResumeWebhook(o.ctx(), o.person, h.ID))
	if err := o.Redeliver(o.ctx(), o.person, list[0].ID); err != nil {
		t.Error(err)
	}
	stranger := o.user(o.other().ID, "6666666", docket.RoleBodyAdmin)
	for name, err := range map[string]error{
		"redeliver": o.Redeliver(o.ctx(), stranger, list[0].ID), "test": o.TestWebhook(o.ctx(), stranger, h.ID), "remove": o.RemoveWebhook(o.ctx(), stranger, h.ID),
	} {
		if docket.KeyOf(err) != docket.KeyNotFound {
			t.Errorf("another body may %s: %v", name, err)
		}
	}
	if err := o.RemoveWebhook(o.ctx(), o.person, h.ID); err != nil {
		t.Fatal(err)
	}
	if list := must[[]docket.Webhook](t)(o.Webhooks(o.ctx(), o.person)); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}
