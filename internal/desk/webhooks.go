package desk

import (
	"context"
	"net/url"
	"slices"
	"time"

	"mohur/docket"
)

// WebhookSecrets says what deliveries of a webhook are signed with. The secrets are derived, none is stored (internal/webhook).
type WebhookSecrets interface {
	// Reveal is what the receiver checks deliveries with: "whpk_..." of the public key, or "whsec_..." of the shared secret.
	Reveal(h *docket.Webhook) (string, error)
}

// NewWebhook is what a person says of a webhook.
type NewWebhook struct {
	URL    string
	Types  []docket.EventType   // empty: all that its owner may know
	Scheme docket.WebhookScheme // empty: docket.WebhookEd25519
}

// The bounds of webhooks.
const (
	maxWebhooks = 20             // of one body, and of the agency
	rotation    = 24 * time.Hour // during which the secret before signs too
)

// MakeWebhook makes a webhook and returns what its receiver checks deliveries with; a shared secret is shown once.
func (s *Service) MakeWebhook(ctx context.Context, who docket.Actor, in NewWebhook) (*docket.Webhook, string, error) {
	body, err := s.mayHook(who)
	if err != nil {
		return nil, "", err
	}
	if in.Scheme == "" {
		in.Scheme = docket.WebhookEd25519
	}
	if errs := s.checkWebhook(&in); len(errs) > 0 {
		return nil, "", errs
	}
	now := s.now()
	h := &docket.Webhook{
		ID: docket.NewID(now), BodyID: body, URL: in.URL, Types: in.Types, Scheme: in.Scheme, Generation: 1, State: docket.WebhookActive, Created: now,
		CreatedBy: who.UserID, Rev: 1,
	}
	secret, err := s.hooks.Reveal(h)
	if err != nil {
		return nil, "", err
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if body != "" {
			if err := s.approved(ctx, w, who); err != nil {
				return err
			}
		}
		there, err := w.WebhooksOf(ctx, body)
		if err != nil {
			return err
		}
		if len(there) >= maxWebhooks {
			return docket.Refuse(docket.CodeConflict, docket.KeyTooManyHooks).With("max", maxWebhooks)
		}
		if err := w.AddWebhook(ctx, h); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditWebhookMade, h.ID, "")
	})
	if err != nil {
		return nil, "", err
	}
	return h, secret, nil
}

// mayHook says whose webhooks the actor may manage, if this installation has any.
func (s *Service) mayHook(who docket.Actor) (docket.ID, error) {
	body, err := mayKeep(who)
	if err == nil && s.hooks == nil {
		err = docket.Refuse(docket.CodeUnavailable, docket.KeyHooksOff)
	}
	return body, err
}

// checkWebhook lists every fault at once. Where the address leads is looked at when it is connected to (decisions 16).
func (s *Service) checkWebhook(in *NewWebhook) docket.Errors {
	var errs docket.Errors
	u, err := url.Parse(in.URL)
	plain := s.cfg.PlainWebhooks && err == nil && u.Scheme == "http"
	if err != nil || len(in.URL) > 2000 || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && !plain {
		errs = append(errs, docket.Invalid("url", docket.KeyHookURL))
	}
	slices.Sort(in.Types)
	in.Types = slices.Compact(in.Types)
	if slices.ContainsFunc(in.Types, func(t docket.EventType) bool { return !slices.Contains(docket.EventTypes(), t) }) {
		errs = append(errs, docket.Invalid("types", docket.KeyEventType))
	}
	if in.Scheme != docket.WebhookEd25519 && in.Scheme != docket.WebhookHMAC {
		errs = append(errs, docket.Invalid("scheme", docket.KeyHookScheme))
	}
	return errs
}

// Webhooks lists the webhooks of the agency, or of the actor's body.
func (s *Service) Webhooks(ctx context.Context, who docket.Actor) (list []docket.Webhook, err error) {
	body, err := mayKeep(who)
	if err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.WebhooksOf(ctx, body); return err })
	return list, err
}

// changeWebhook changes one of the actor's in one transaction, with its entry.
func (s *Service) changeWebhook(ctx context.Context, who docket.Actor, id docket.ID, action string, change func(docket.Work, *docket.Webhook) error) (*docket.Webhook, error) {
	body, err := s.mayHook(who)
	if err != nil {
		return nil, err
	}
	var h *docket.Webhook
	err = s.store.InTx(ctx, func(w docket.Work) (err error) {
		if h, err = ownWebhook(ctx, w, body, id); err != nil {
			return err
		}
		if err := change(w, h); err != nil {
			return err
		}
		return s.audit(ctx, w, who, action, id, "", "state", string(h.State))
	})
	if err != nil {
		return nil, err
	}
	return h, nil
}

// ownWebhook reads one; another body's is not there.
func ownWebhook(ctx context.Context, w docket.Work, body, id docket.ID) (*docket.Webhook, error) {
	h, err := w.Webhook(ctx, id)
	if err != nil {
		return nil, err
	}
	if h.BodyID != body {
		return nil, docket.ErrNotFound
	}
	return h, nil
}

// RotateWebhook gives a webhook a new secret; the one before signs too for a day, so that the receiver can change over.
func (s *Service) RotateWebhook(ctx context.Context, who docket.Actor, id docket.ID) (h *docket.Webhook, secret string, err error) {
	h, err = s.changeWebhook(ctx, who, id, docket.AuditWebhookRotated, func(w docket.Work, h *docket.Webhook) error {
		h.Generation, h.Previous = h.Generation+1, s.now().Add(rotation)
		return w.UpdateWebhook(ctx, h)
	})
	if err != nil {
		return nil, "", err
	}
	secret, err = s.hooks.Reveal(h)
	return h, secret, err
}

// PauseWebhook stops deliveries to a webhook; what waits is cancelled.
func (s *Service) PauseWebhook(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Webhook, error) {
	return s.changeWebhook(ctx, who, id, docket.AuditWebhookChanged, func(w docket.Work, h *docket.Webhook) error {
		h.State = docket.WebhookPaused
		if _, err := w.CancelWebhookDeliveries(ctx, id, s.now()); err != nil {
			return err
		}
		return w.UpdateWebhook(ctx, h)
	})
}

// ResumeWebhook delivers to a webhook again, from now on.
func (s *Service) ResumeWebhook(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Webhook, error) {
	return s.changeWebhook(ctx, who, id, docket.AuditWebhookChanged, func(w docket.Work, h *docket.Webhook) error {
		h.State, h.Failing = docket.WebhookActive, time.Time{}
		return w.UpdateWebhook(ctx, h)
	})
}

// RemoveWebhook removes a webhook with its log of deliveries.
func (s *Service) RemoveWebhook(ctx context.Context, who docket.Actor, id docket.ID) error {
	_, err := s.changeWebhook(ctx, who, id, docket.AuditWebhookRemoved, func(w docket.Work, _ *docket.Webhook) error { return w.RemoveWebhook(ctx, id) })
	return err
}

// WebhookDeliveries lists what was delivered to a webhook, newest first, before the one named.
func (s *Service) WebhookDeliveries(ctx context.Context, who docket.Actor, id, before docket.ID, limit int) (list []docket.WebhookDelivery, err error) {
	body, err := mayKeep(who)
	if err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		if _, err := ownWebhook(ctx, w, body, id); err != nil {
			return err
		}
		list, err = w.WebhookDeliveries(ctx, id, before, limit)
		return err
	})
	return list, err
}

// Redeliver sends an ended delivery again, with the same webhook-id: a receiver that has it already knows.
func (s *Service) Redeliver(ctx context.Context, who docket.Actor, delivery docket.ID) error {
	body, err := s.mayHook(who)
	if err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		d, err := w.WebhookDelivery(ctx, delivery)
		if err != nil {
			return err
		}
		h, err := ownWebhook(ctx, w, body, d.WebhookID)
		if err != nil {
			return err
		}
		if h.State != docket.WebhookActive {
			return docket.Refuse(docket.CodeConflict, docket.KeyHookPaused)
		}
		if err := w.RedeliverWebhook(ctx, delivery, s.now()); err != nil {
			return err
		}
		if err := w.Enqueue(ctx, docket.Task{Kind: docket.TaskWebhook, Subject: delivery}); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditWebhookAgain, d.WebhookID, "", "delivery", string(delivery))
	})
}

// TestWebhook sends an event of the type "webhook.test" to a webhook, whatever types it wants.
func (s *Service) TestWebhook(ctx context.Context, who docket.Actor, id docket.ID) error {
	_, err := s.changeWebhook(ctx, who, id, docket.AuditWebhookTested, func(w docket.Work, h *docket.Webhook) error {
		if h.State != docket.WebhookActive {
			return docket.Refuse(docket.CodeConflict, docket.KeyHookPaused)
		}
		now := s.now()
		return s.dispatchEvent(ctx, w, h, &docket.Event{ID: docket.NewID(now), Type: docket.OnWebhookTest, Subject: id, At: now})
	})
	return err
}
