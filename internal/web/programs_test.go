package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/desk"
)

func (f *fakeDesk) MakeAPIKey(_ context.Context, _ docket.Actor, in desk.NewAPIKey) (*docket.APIKey, string, error) {
	text := make([]string, len(in.Scopes))
	for i, s := range in.Scopes {
		text[i] = string(s)
	}
	return &docket.APIKey{Name: in.Name}, "mhr_secret", f.ask("key " + in.Name + " " + strings.Join(text, " ") + " " + in.Expires.UTC().Format("2006-01-02T15:04"))
}

func (f *fakeDesk) APIKeys(context.Context, docket.Actor) ([]docket.APIKey, error) {
	return []docket.APIKey{
		{ID: "k1", Name: "Sənəd dövriyyəsi", Scopes: []docket.Scope{docket.ScopeLettersRead, docket.ScopeEventsRead}, Hint: "mhr_abc123", Created: noon, Used: noon, Expires: noon.AddDate(1, 0, 0)},
		{ID: "k2", Name: "Köhnə proqram", Hint: "mhr_def456", Created: noon, Revoked: noon},
	}, nil
}

func (f *fakeDesk) RevokeAPIKey(_ context.Context, _ docket.Actor, id docket.ID) error {
	return f.ask("revoke " + string(id))
}

func (f *fakeDesk) MakeWebhook(_ context.Context, _ docket.Actor, in desk.NewWebhook) (*docket.Webhook, string, error) {
	return &docket.Webhook{URL: in.URL}, "whpk_key", f.ask("hook " + in.URL + " " + string(in.Scheme))
}

func (f *fakeDesk) Webhooks(context.Context, docket.Actor) ([]docket.Webhook, error) {
	return []docket.Webhook{{ID: "h1", URL: "https://proqram.example.az/hooks", Scheme: docket.WebhookEd25519, State: docket.WebhookActive, Types: []docket.EventType{docket.OnLetterDispatched}, Created: noon}}, nil
}

func (f *fakeDesk) RotateWebhook(_ context.Context, _ docket.Actor, id docket.ID) (*docket.Webhook, string, error) {
	return nil, "whpk_new", f.ask("rotate " + string(id))
}

func (f *fakeDesk) PauseWebhook(_ context.Context, _ docket.Actor, id docket.ID) (*docket.Webhook, error) {
	return nil, f.ask("pause " + string(id))
}

func (f *fakeDesk) ResumeWebhook(_ context.Context, _ docket.Actor, id docket.ID) (*docket.Webhook, error) {
	return nil, f.ask("resume " + string(id))
}

func (f *fakeDesk) RemoveWebhook(_ context.Context, _ docket.Actor, id docket.ID) error {
	return f.ask("remove hook " + string(id))
}

func (f *fakeDesk) WebhookDeliveries(context.Context, docket.Actor, docket.ID, docket.ID, int) ([]docket.WebhookDelivery, error) {
	return []docket.WebhookDelivery{
		{ID: "d1", Message: "e1", Type: docket.OnLetterDispatched, State: docket.DeliveryFailed, Attempts: 10, Status: 500, Failure: "status", Created: noon},
		{ID: "d2", Message: "e2", Type: docket.OnWebhookTest, State: docket.DeliveryWaiting, Attempts: 1, Failure: "timeout", Created: noon, Next: noon},
	}, nil
}

func (f *fakeDesk) Redeliver(_ context.Context, _ docket.Actor, id docket.ID) error {
	return f.ask("again " + string(id))
}

func (f *fakeDesk) TestWebhook(_ context.Context, _ docket.Actor, id docket.ID) error {
	return f.ask("test " + string(id))
}

// J15; requirements 12, API açarları və webhook: a key and a webhook's secret are shown once.
func TestProgramsPages(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("admin")
	a := v.post("/programs/keys", "key_name", "ERP", "scope-letters:read", "yes", "scope-numbers:read", "yes", "key_expires", "1.2.2027")
	a.has(t, "mhr_secret", "ERP")
	if a.header.Get("Cache-Control") != "no-store" {
		t.Error("the secret may be stored")
	}
	v.post("/programs/webhooks", "hook_url", "https://a.example/x", "scheme", "v1").has(t, "whpk_key")
	if strings.Contains(v.get("/programs").body, "mhr_secret") {
		t.Error("the secret is shown again")
	}
	v.post("/programs/keys/k1/revoke")
	for _, do := range []string{"test", "pause", "resume", "rotate", "remove"} {
		v.post("/programs/webhooks/h1/" + do)
	}
	v.post("/programs/webhooks/h1/deliveries/d1")
	want := "key ERP letters:read numbers:read 2027-02-01T19:59|hook https://a.example/x v1|revoke k1|test h1|pause h1|resume h1|rotate h1|remove hook h1|again d1"
	if got := strings.Join(d.asked, "|"); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
	if a := v.post("/programs/webhooks/h1/anything"); a.code != http.StatusNotFound {
		t.Errorf("%d", a.code)
	}
	if a := v.post("/programs/keys", "key_name", "x", "key_expires", "32.1.2027"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.code)
	} else {
		a.has(t, `href="#key_expires"`)
	}
	if a := site0(t, d, nil).logIn("registrar").get("/programs"); a.code != http.StatusForbidden {
		t.Errorf("a registrar: %d", a.code)
	}
	site0(t, d, nil).logIn("body").get("/programs").has(t, "Sənəd dövriyyəsi")
}
