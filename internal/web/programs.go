package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// programsDesk is what those who keep programs use: a body's administrator for his body, an administrator for the agency.
type programsDesk interface {
	MakeAPIKey(ctx context.Context, who docket.Actor, in desk.NewAPIKey) (*docket.APIKey, string, error)
	APIKeys(ctx context.Context, who docket.Actor) ([]docket.APIKey, error)
	RevokeAPIKey(ctx context.Context, who docket.Actor, id docket.ID) error
	MakeWebhook(ctx context.Context, who docket.Actor, in desk.NewWebhook) (*docket.Webhook, string, error)
	Webhooks(ctx context.Context, who docket.Actor) ([]docket.Webhook, error)
	RotateWebhook(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Webhook, string, error)
	PauseWebhook(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Webhook, error)
	ResumeWebhook(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Webhook, error)
	RemoveWebhook(ctx context.Context, who docket.Actor, id docket.ID) error
	WebhookDeliveries(ctx context.Context, who docket.Actor, id, before docket.ID, limit int) ([]docket.WebhookDelivery, error)
	Redeliver(ctx context.Context, who docket.Actor, delivery docket.ID) error
	TestWebhook(ctx context.Context, who docket.Actor, id docket.ID) error
}

// programRoutes are API açarları və webhook (requirements 12).
func (s *site) programRoutes(r chi.Router) {
	get := func(path string, h handler) { r.Get(path, s.page(s.forKeepers(h))) }
	post := func(path string, h handler) { r.Post(path, s.page(s.forKeepers(h))) }
	get("/programs", s.programs)
	post("/programs/keys", s.keyMake)
	post("/programs/keys/{id}/revoke", s.keyRevoke)
	post("/programs/webhooks", s.hookMake)
	get("/programs/webhooks/{id}", s.hook)
	post("/programs/webhooks/{id}/{do}", s.hookDo)
	post("/programs/webhooks/{id}/deliveries/{delivery}", s.hookAgain)
}

// forKeepers lets in who may keep the programs of the agency or of his body.
func (s *site) forKeepers(h handler) handler {
	agency, body := s.forAgency(h, docket.RoleAdmin), s.forBody(h)
	return func(w http.ResponseWriter, r *request) error {
		if r.who().OfBody() {
			if !r.who().Has(docket.RoleBodyAdmin) {
				return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
			}
			return body(w, r)
		}
		return agency(w, r)
	}
}

// programsPage is the data of API açarları və webhook.
type programsPage struct {
	Keys    []docket.APIKey
	Hooks   []docket.Webhook
	Scopes  []roleBox
	Types   []roleBox
	Schemes []option
	Secret  string // shown once
	Name    string // whose it is
	Hook    bool   // it is a webhook's
	Now     time.Time
}

// Ended says whether a key opens nothing any more.
func (p programsPage) Ended(k docket.APIKey) bool { return !k.InForce(p.Now) }

// programs lists keys and webhooks.
func (s *site) programs(w http.ResponseWriter, r *request) error {
	return s.showPrograms(w, r, http.StatusOK, programsPage{})
}

func (s *site) showPrograms(w http.ResponseWriter, r *request, code int, p programsPage) (err error) {
	if p.Keys, err = s.Desk.APIKeys(r.Context(), r.who()); err != nil {
		return err
	}
	if p.Hooks, err = s.Desk.Webhooks(r.Context(), r.who()); err != nil {
		return err
	}
	p.Now = s.Now()
	for _, x := range docket.Scopes(r.who().OfAgency()) {
		id := "scope-" + string(x)
		p.Scopes = append(p.Scopes, roleBox{id, r.view.Word("scope", string(x)), string(x), r.view.Form[id] == "yes"})
	}
	for _, x := range docket.EventTypes() {
		id := "type-" + string(x)
		p.Types = append(p.Types, roleBox{id, r.view.Word("event", string(x)), "", r.view.Form[id] == "yes"})
	}
	p.Schemes = []option{{string(docket.WebhookEd25519), r.view.T("hooks.ed25519")}, {string(docket.WebhookHMAC), r.view.T("hooks.hmac")}}
	r.view.Path, r.view.Return, r.view.Data = "/programs", "/programs", p
	return s.render(w, code, "programs", r.view)
}

// keyMake makes a key and shows it once: a redirect would have to keep it somewhere.
func (s *site) keyMake(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	in := desk.NewAPIKey{Name: form["key_name"]}
	for _, x := range docket.Scopes(r.who().OfAgency()) {
		if form["scope-"+string(x)] == "yes" {
			in.Scopes = append(in.Scopes, x)
		}
	}
	if form["key_expires"] != "" {
		day, derr := calendar.Parse(form["key_expires"])
		if derr != nil {
			err = docket.Invalid("expires", docket.KeyDate)
		}
		in.Expires = day.End()
	}
	var secret string
	var k *docket.APIKey
	if err == nil {
		k, secret, err = s.Desk.MakeAPIKey(r.Context(), r.who(), in)
	}
	if err != nil {
		if !r.view.refused(err, map[string]string{"name": "key_name", "expires": "key_expires"}) {
			return err
		}
		return s.showPrograms(w, r, status(err), programsPage{})
	}
	r.view.Form = values{}
	return s.showPrograms(w, r, http.StatusOK, programsPage{Secret: secret, Name: k.Name})
}

// keyRevoke ends a key.
func (s *site) keyRevoke(w http.ResponseWriter, r *request) error {
	if err := s.Desk.RevokeAPIKey(r.Context(), r.who(), r.id()); err != nil {
		return err
	}
	redirect(w, r, "/programs")
	return nil
}

// hookMake makes a webhook and shows once what its deliveries are checked with.
func (s *site) hookMake(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	in := desk.NewWebhook{URL: form["hook_url"], Scheme: docket.WebhookScheme(form["scheme"])}
	for _, x := range docket.EventTypes() {
		if form["type-"+string(x)] == "yes" {
			in.Types = append(in.Types, x)
		}
	}
	h, secret, err := s.Desk.MakeWebhook(r.Context(), r.who(), in)
	if err != nil {
		if !r.view.refused(err, map[string]string{"url": "hook_url"}) {
			return err
		}
		return s.showPrograms(w, r, status(err), programsPage{})
	}
	r.view.Form = values{}
	return s.showPrograms(w, r, http.StatusOK, programsPage{Secret: secret, Name: h.URL, Hook: true})
}

// hookPage is the data of one webhook.
type hookPage struct {
	docket.Webhook
	Deliveries []docket.WebhookDelivery
	Next       string
	First      bool
	Secret     string
}

// Ended says whether a delivery may be sent again.
func (p hookPage) Ended(d docket.WebhookDelivery) bool { return d.State != docket.DeliveryWaiting }

// hook shows a webhook with its deliveries.
func (s *site) hook(w http.ResponseWriter, r *request) error {
	return s.showHook(w, r, http.StatusOK, "")
}

func (s *site) showHook(w http.ResponseWriter, r *request, code int, secret string) error {
	list, err := s.Desk.Webhooks(r.Context(), r.who())
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(h docket.Webhook) bool { return h.ID == r.id() })
	if i < 0 {
		return docket.ErrNotFound
	}
	base, before := "/programs/webhooks/"+string(r.id()), docket.ID(r.URL.Query().Get("after"))
	p := hookPage{Webhook: list[i], First: before == "", Secret: secret}
	if p.Deliveries, err = s.Desk.WebhookDeliveries(r.Context(), r.who(), r.id(), before, perPage+1); err != nil {
		return err
	}
	if len(p.Deliveries) > perPage {
		p.Deliveries = p.Deliveries[:perPage]
		p.Next = after(base, nil, p.Deliveries[perPage-1].ID)
	}
	r.view.Path, r.view.Return, r.view.Data = base, base, p
	return s.render(w, code, "webhook", r.view)
}

// hookDo tests, pauses, resumes, rotates or removes a webhook.
func (s *site) hookDo(w http.ResponseWriter, r *request) (err error) {
	var secret string
	switch r.param("do") {
	case "test":
		err = s.Desk.TestWebhook(r.Context(), r.who(), r.id())
	case "pause":
		_, err = s.Desk.PauseWebhook(r.Context(), r.who(), r.id())
	case "resume":
		_, err = s.Desk.ResumeWebhook(r.Context(), r.who(), r.id())
	case "rotate":
		if _, secret, err = s.Desk.RotateWebhook(r.Context(), r.who(), r.id()); err == nil {
			return s.showHook(w, r, http.StatusOK, secret)
		}
	case "remove":
		if err = s.Desk.RemoveWebhook(r.Context(), r.who(), r.id()); err == nil {
			redirect(w, r, "/programs")
			return nil
		}
	default:
		return docket.ErrNotFound
	}
	return s.hookDone(w, r, err)
}

// hookAgain sends an ended delivery again.
func (s *site) hookAgain(w http.ResponseWriter, r *request) error {
	return s.hookDone(w, r, s.Desk.Redeliver(r.Context(), r.who(), docket.ID(r.param("delivery"))))
}

func (s *site) hookDone(w http.ResponseWriter, r *request, err error) error {
	if err == nil {
		redirect(w, r, "/programs/webhooks/"+string(r.id()))
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showHook(w, r, status(err), "")
}

// programWords are the catalogue's keys for words of the domain: scopes, events and states.
func programWords() []string {
	return []string{
		"scope.registrations:read",
		"scope.submissions:read",
		"scope.submissions:write",
		"scope.letters:read",
		"scope.letters:write",
		"scope.messages:read",
		"scope.messages:write",
		"scope.numbers:read",
		"scope.events:read",
		"event.registration.submitted",
		"event.registration.approved",
		"event.registration.refused",
		"event.submission.received",
		"event.submission.accepted",
		"event.submission.in_review",
		"event.submission.deficient",
		"event.submission.corrected",
		"event.submission.document_added",
		"event.submission.withdrawn",
		"event.submission.returned",
		"event.opinion.dispatched",
		"event.letter.dispatched",
		"event.letter.read",
		"event.message.sent",
		"event.seal.released",
		"event.seal.failed",
		"event.deadline.reminder",
		"event.webhook.test",
		"hooks.state.active",
		"hooks.state.paused",
		"hooks.state.gone",
		"hooks.state.failing",
		"hooks.delivery.waiting",
		"hooks.delivery.done",
		"hooks.delivery.failed",
		"hooks.delivery.cancelled",
	}
}

// Word is the text of a word of the domain, or the word itself where it has none.
func (v *view) Word(group, word string) string {
	if key := group + "." + word; slices.Contains(programWords(), key) {
		return v.T(key)
	}
	return word
}
