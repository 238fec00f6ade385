// Package webhook delivers events to the addresses that want them, signed after Standard Webhooks 1.0.0: one attempt at a time, the next ones put off
// further and further, each recorded. Whatever leaves goes through the guarded client.
//
// It must not know what the events mean, nor who may have a webhook.
package webhook

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mohur/docket"
	"mohur/internal/fetch"
)

// Headers of a delivery (Standard Webhooks 1.0.0, "Webhook headers").
const (
	headerID        = "webhook-id"
	headerTimestamp = "webhook-timestamp"
	headerSignature = "webhook-signature"
)

const (
	patience  = 20 * time.Second   // with the receiver of one attempt
	answer    = 1 << 20            // bytes of an answer's body at most; nobody reads it
	payload   = 20 << 10           // bytes of a delivery at most (Standard Webhooks 1.0.0, "Payload")
	givenUp   = 5 * 24 * time.Hour // without one delivery that succeeded, after which a webhook stops
	unclaimed = 2 * time.Minute    // after which an attempt that did not end is made again
	early     = time.Second        // by which the queue may be ahead of the clock
)

// Schedule is how long after one attempt the next is made, the first at once (Standard Webhooks 1.0.0, "Deliverability and reliability").
func Schedule() []time.Duration {
	return []time.Duration{
		0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
	}
}

// Sender is the guarded way out; *fetch.Client is one.
type Sender interface {
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// Options are the parts of a Deliverer. All but Plain and Jitter are needed.
type Options struct {
	Store  docket.Store
	Keys   *Keys
	Send   Sender
	Now    func() time.Time
	Log    *slog.Logger
	Plain  bool           // http is allowed
	Jitter func() float64 // in [0, 1): by which part of a tenth a wait is longer, so that what failed together does not come back together; nil: random
}

// Deliverer makes attempts. It holds no state and may be used concurrently, by any number of processes.
type Deliverer struct{ o Options }

// New checks the parts.
func New(o Options) (*Deliverer, error) {
	if o.Store == nil || o.Keys == nil || o.Send == nil || o.Now == nil || o.Log == nil {
		return nil, errors.New("webhook: Store, Keys, Send, Now and Log are required")
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	return &Deliverer{o}, nil
}

// Deliver makes the next attempt of a delivery, if it waits for one and nobody else makes it, and enqueues the one after. A receiver that refuses is no
// error; an error means that the attempt could not be recorded.
func (d *Deliverer) Deliver(ctx context.Context, id docket.ID) error {
	v, h, err := d.claim(ctx, id)
	if v == nil || err != nil {
		return err
	}
	status, failure := d.attempt(ctx, h, v)
	if ctx.Err() != nil {
		return ctx.Err() // the service ends; the attempt is made again when the claim is over
	}
	d.judge(v, status, failure)
	if v.State == docket.DeliveryFailed {
		d.o.Log.WarnContext(ctx, "a webhook's delivery is given up", slog.String("delivery", string(v.ID)), slog.String("webhook", string(h.ID)), slog.String("failure", v.Failure))
	}
	return d.record(ctx, v)
}

// claim counts an attempt before it is made. It returns none where there is nothing to attempt.
func (d *Deliverer) claim(ctx context.Context, id docket.ID) (v *docket.WebhookDelivery, h *docket.Webhook, err error) {
	now := d.o.Now().UTC()
	err = d.o.Store.InTx(ctx, func(w docket.Work) error {
		v, h = nil, nil
		got, err := w.WebhookDelivery(ctx, id)
		if err != nil || got.State != docket.DeliveryWaiting {
			return err
		}
		if h, err = w.Webhook(ctx, got.WebhookID); err != nil {
			return err
		}
		if h.State != docket.WebhookActive {
			_, err := w.CancelWebhookDeliveries(ctx, h.ID, now)
			return err
		}
		if err := w.AttemptWebhookDelivery(ctx, id, got.Attempts, now.Add(early), now.Add(unclaimed)); err != nil {
			return err
		}
		got.Attempts++
		v = got
		return nil
	})
	if docket.KeyOf(err) == docket.KeyStale || docket.KeyOf(err) == docket.KeyNotFound {
		return nil, nil, nil // somebody else is at it, or its time has not come, or it was removed
	}
	return v, h, err
}

// attempt sends a delivery once. It returns the answer's status, 0 for none, and in a word what failed.
func (d *Deliverer) attempt(ctx context.Context, h *docket.Webhook, v *docket.WebhookDelivery) (status int, failure string) {
	now := d.o.Now().UTC()
	u, err := url.Parse(h.URL)
	if err != nil || u.Scheme != "https" && !d.o.Plain {
		return 0, "refused"
	}
	if len(v.Payload) > payload {
		return 0, "payload"
	}
	signature, err := d.o.Keys.Sign(h, v.Message, now, v.Payload)
	if err != nil {
		return 0, "signature"
	}
	res, err := d.o.Send.Do(ctx, fetch.Request{
		Method: http.MethodPost, URL: h.URL, Body: v.Payload, MaxBytes: answer, Timeout: patience,
		Header: http.Header{
			"Content-Type":                    {"application/json"}, // fetch puts its own User-Agent there
			http.CanonicalHeaderKey(headerID): {string(v.Message)}, http.CanonicalHeaderKey(headerTimestamp): {strconv.FormatInt(now.Unix(), 10)},
			http.CanonicalHeaderKey(headerSignature): {signature},
		},
	})
	if err != nil {
		return 0, word(err)
	}
	switch {
	case res.Status >= 200 && res.Status < 300:
		return res.Status, ""
	case res.Status >= 300 && res.Status < 400:
		return res.Status, "redirect"
	case res.Status == http.StatusGone:
		return res.Status, "gone"
	}
	return res.Status, "status"
}

// word names what failed before there was an answer, without the address.
func word(err error) string {
	if _, refused := errors.AsType[*fetch.RefusedError](err); refused {
		return "refused"
	}
	if _, large := errors.AsType[*fetch.TooLargeError](err); large {
		return "answer"
	}
	var slow interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &slow) && slow.Timeout() {
		return "timeout"
	}
	return "network"
}

// judge says what becomes of a delivery.
func (d *Deliverer) judge(v *docket.WebhookDelivery, status int, failure string) {
	now := d.o.Now().UTC()
	v.Status, v.Failure, v.Tried, v.Next = status, failure, now, time.Time{}
	waits := Schedule()
	switch {
	case failure == "":
		v.State, v.Ended = docket.DeliveryDone, now
	case failure == "gone" || v.Attempts >= len(waits):
		v.State, v.Ended = docket.DeliveryFailed, now
	default:
		wait := waits[v.Attempts]
		v.Next = now.Add(wait + time.Duration(d.o.Jitter()*float64(wait)/10))
	}
}

// record writes how an attempt ended, what it says of the webhook, and the next attempt, in one transaction.
func (d *Deliverer) record(ctx context.Context, v *docket.WebhookDelivery) error {
	do := func(w docket.Work) error {
		if err := w.EndWebhookAttempt(ctx, v); err != nil {
			return err
		}
		if err := d.learn(ctx, w, v); err != nil {
			return err
		}
		if v.State != docket.DeliveryWaiting {
			return nil
		}
		return w.Enqueue(ctx, docket.Task{Kind: docket.TaskWebhook, Subject: v.ID, At: v.Next})
	}
	err := d.o.Store.InTx(ctx, do)
	for try := 0; docket.KeyOf(err) == docket.KeyStale && try < 5; try++ { // another delivery said something of the webhook at the same moment
		err = d.o.Store.InTx(ctx, do)
	}
	switch docket.KeyOf(err) {
	case docket.KeyStale, docket.KeyNotFound: // paused or removed meanwhile
		return nil
	}
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	return nil
}

// learn keeps since when a webhook fails, stops one whose receiver is gone at once (Standard Webhooks 1.0.0: 410), and one that has taken nothing for days.
func (d *Deliverer) learn(ctx context.Context, w docket.Work, v *docket.WebhookDelivery) error {
	h, err := w.Webhook(ctx, v.WebhookID)
	if err != nil || h.State != docket.WebhookActive {
		return err
	}
	before := *h
	switch {
	case v.Failure == "":
		h.Failing = time.Time{}
	case v.Failure == "gone":
		h.State = docket.WebhookGone
	case h.Failing.IsZero():
		h.Failing = v.Tried
	case v.State == docket.DeliveryFailed && v.Tried.Sub(h.Failing) >= givenUp:
		h.State = docket.WebhookFailing
	}
	if h.State == before.State && h.Failing.Equal(before.Failing) {
		return nil
	}
	if h.State != docket.WebhookActive {
		if _, err := w.CancelWebhookDeliveries(ctx, h.ID, v.Tried); err != nil {
			return err
		}
	}
	return w.UpdateWebhook(ctx, h)
}

// TakeUp makes deliveries whose task was lost wait in the queue again: those due for a while that nobody attempts.
func (d *Deliverer) TakeUp(ctx context.Context) error {
	return d.o.Store.InTx(ctx, func(w docket.Work) error {
		lost, err := w.DueWebhookDeliveries(ctx, d.o.Now().UTC().Add(-unclaimed), 100)
		if err != nil {
			return err
		}
		for _, v := range lost {
			if err := w.Enqueue(ctx, docket.Task{Kind: docket.TaskWebhook, Subject: v.ID}); err != nil {
				return err
			}
		}
		return nil
	})
}
