package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
)

func webhookColumns(h *docket.Webhook) []column {
	return []column{
		{"id", &h.ID},
		{"body_id", ref[docket.ID]{&h.BodyID}},
		{"url", &h.URL},
		{"kinds", doc{&h.Types}},
		{"scheme", &h.Scheme},
		{"generation", &h.Generation},
		{"previous", stamp{&h.Previous}},
		{"state", &h.State},
		{"failing", stamp{&h.Failing}},
		{"created", stamp{&h.Created}},
		{"created_by", &h.CreatedBy},
		{"rev", &h.Rev},
	}
}

// AddWebhook adds one.
func (w *work) AddWebhook(ctx context.Context, h *docket.Webhook) error {
	return w.insert(ctx, "webhooks", webhookColumns(h))
}

// UpdateWebhook writes one.
func (w *work) UpdateWebhook(ctx context.Context, h *docket.Webhook) error {
	return w.update(ctx, "webhooks", changeable(webhookColumns(h)), h.ID, &h.Rev)
}

// Webhook reads one.
func (w *work) Webhook(ctx context.Context, id docket.ID) (*docket.Webhook, error) {
	return one(ctx, w, "webhooks", webhookColumns, "WHERE id = $1", string(id))
}

// WebhooksOf lists a body's, or the agency's.
func (w *work) WebhooksOf(ctx context.Context, body docket.ID) ([]docket.Webhook, error) {
	if body == "" {
		return many(ctx, w, "webhooks", webhookColumns, "WHERE body_id IS NULL ORDER BY id")
	}
	return many(ctx, w, "webhooks", webhookColumns, "WHERE body_id = $1 ORDER BY id", string(body))
}

// ActiveWebhooks lists those that may want something.
func (w *work) ActiveWebhooks(ctx context.Context, bodies []docket.ID) ([]docket.Webhook, error) {
	var q where
	q.and("state = ?", string(docket.WebhookActive))
	own := where{args: q.args}
	names := make([]string, len(bodies))
	for i, b := range bodies {
		names[i] = string(b)
	}
	own.in("body_id", names)
	either := "body_id IS NULL"
	for _, c := range own.conds {
		either += " OR " + c
	}
	q.args, q.conds = own.args, append(q.conds, "("+either+")")
	return many(ctx, w, "webhooks", webhookColumns, q.String()+" ORDER BY id", q.args...)
}

// RemoveWebhook removes one with its deliveries.
func (w *work) RemoveWebhook(ctx context.Context, id docket.ID) error {
	if _, err := w.exec(ctx, "DELETE FROM webhook_deliveries WHERE webhook_id = $1", string(id)); err != nil {
		return err
	}
	return w.must(ctx, "DELETE FROM webhooks WHERE id = $1", string(id))
}

func deliveryColumns(d *docket.WebhookDelivery) []column {
	return []column{
		{"id", &d.ID},
		{"webhook_id", &d.WebhookID},
		{"message", &d.Message},
		{"kind", &d.Type},
		{"payload", &d.Payload},
		{"state", &d.State},
		{"attempts", &d.Attempts},
		{"status", &d.Status},
		{"failure", &d.Failure},
		{"created", stamp{&d.Created}},
		{"tried", stamp{&d.Tried}},
		{"next_try", stamp{&d.Next}},
		{"ended", stamp{&d.Ended}},
	}
}

// AddWebhookDelivery adds one.
func (w *work) AddWebhookDelivery(ctx context.Context, d *docket.WebhookDelivery) error {
	return w.insert(ctx, "webhook_deliveries", deliveryColumns(d))
}

// WebhookDelivery reads one.
func (w *work) WebhookDelivery(ctx context.Context, id docket.ID) (*docket.WebhookDelivery, error) {
	return one(ctx, w, "webhook_deliveries", deliveryColumns, "WHERE id = $1", string(id))
}

// WebhookDeliveries lists a webhook's.
func (w *work) WebhookDeliveries(ctx context.Context, webhook, before docket.ID, limit int) ([]docket.WebhookDelivery, error) {
	var q where
	q.and("webhook_id = ?", string(webhook))
	if before != "" {
		q.and("id < ?", string(before))
	}
	return many(ctx, w, "webhook_deliveries", deliveryColumns, q.page("id DESC", limit, 0, 50, 500), q.args...)
}

// AttemptWebhookDelivery counts an attempt before it is made: who dies in between leaves one counted, and nobody else makes it meanwhile.
func (w *work) AttemptWebhookDelivery(ctx context.Context, id docket.ID, seen int, now, next time.Time) error {
	return w.must(ctx, "UPDATE webhook_deliveries SET attempts = attempts + 1, tried = $1, next_try = $2 WHERE id = $3 AND attempts = $4 AND state = 'waiting' AND next_try <= $1",
		instant(now), instant(next), string(id), seen)
}

// EndWebhookAttempt writes how an attempt ended.
func (w *work) EndWebhookAttempt(ctx context.Context, d *docket.WebhookDelivery) error {
	return w.must(ctx, "UPDATE webhook_deliveries SET state = $1, status = $2, failure = $3, tried = $4, next_try = $5, ended = $6 WHERE id = $7 AND attempts = $8 AND state = 'waiting'",
		string(d.State), d.Status, d.Failure, instant(d.Tried), instant(d.Next), instant(d.Ended), string(d.ID), d.Attempts)
}

// RedeliverWebhook makes one wait again.
func (w *work) RedeliverWebhook(ctx context.Context, id docket.ID, now time.Time) error {
	return w.must(ctx, "UPDATE webhook_deliveries SET state = 'waiting', attempts = 0, next_try = $1, ended = NULL WHERE id = $2 AND state <> 'waiting'", instant(now), string(id))
}

// CancelWebhookDeliveries ends what waits.
func (w *work) CancelWebhookDeliveries(ctx context.Context, webhook docket.ID, now time.Time) (int, error) {
	return w.exec(ctx, "UPDATE webhook_deliveries SET state = 'cancelled', next_try = NULL, ended = $1 WHERE webhook_id = $2 AND state = 'waiting'", instant(now), string(webhook))
}

// DueWebhookDeliveries lists those whose task was lost.
func (w *work) DueWebhookDeliveries(ctx context.Context, before time.Time, limit int) ([]docket.WebhookDelivery, error) {
	return many(ctx, w, "webhook_deliveries", deliveryColumns, "WHERE state = 'waiting' AND next_try < $1 ORDER BY next_try LIMIT $2", instant(before), limit)
}

// RemoveWebhookDeliveries removes ended ones.
func (w *work) RemoveWebhookDeliveries(ctx context.Context, before time.Time) (int, error) {
	return w.exec(ctx, "DELETE FROM webhook_deliveries WHERE ended IS NOT NULL AND ended < $1", instant(before))
}
