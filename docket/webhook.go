package docket

import (
	"context"
	"slices"
	"time"
)

// WebhookScheme is how deliveries are signed (Standard Webhooks 1.0.0, "Signature scheme").
type WebhookScheme string

// The schemes.
const (
	WebhookEd25519 WebhookScheme = "v1a" // asymmetric: the receiver has a public key only
	WebhookHMAC    WebhookScheme = "v1"  // HMAC-SHA256 with a shared secret
)

// WebhookState says whether a webhook is delivered to.
type WebhookState string

// The states of a webhook.
const (
	WebhookActive  WebhookState = "active"
	WebhookPaused  WebhookState = "paused"  // by a person
	WebhookGone    WebhookState = "gone"    // its receiver answered 410
	WebhookFailing WebhookState = "failing" // every delivery of five days failed; a person starts it again
)

// Webhook is an address that is told of events as they happen. Its secret is not stored: it is derived from the installation's own secret, the
// webhook's id and the generation (internal/webhook), so that a copy of the database lets nobody sign.
type Webhook struct {
	ID         ID
	BodyID     ID // whose it is; empty: the agency's
	URL        string
	Types      []EventType // empty: all that its owner may know
	Scheme     WebhookScheme
	Generation int       // of the secret, from 1
	Previous   time.Time // until when the secret before signs too; zero: not
	State      WebhookState
	Failing    time.Time // since when no delivery succeeded; zero: the last one did
	Created    time.Time
	CreatedBy  ID
	Rev        int
}

// Wants says whether an event is to be delivered to the webhook.
func (h *Webhook) Wants(e *Event) bool {
	if h.State != WebhookActive || h.BodyID != "" && (e.AgencyOnly || e.BodyID != h.BodyID) {
		return false
	}
	return len(h.Types) == 0 || slices.Contains(h.Types, e.Type)
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting   DeliveryState = "waiting"   // for its next attempt
	DeliveryDone      DeliveryState = "done"      // answered with 2xx
	DeliveryFailed    DeliveryState = "failed"    // every attempt failed, or the receiver is gone
	DeliveryCancelled DeliveryState = "cancelled" // its webhook was paused or removed
)

// WebhookDelivery is one event on its way to one webhook. It is the log as well.
type WebhookDelivery struct {
	ID        ID
	WebhookID ID
	Message   ID // webhook-id: that of the event, the same in every attempt
	Type      EventType
	Payload   []byte // exactly what is sent and signed
	State     DeliveryState
	Attempts  int
	Status    int    // HTTP status of the last attempt; 0: there was no answer
	Failure   string // of the last attempt: a word such as "timeout", "refused", "redirect", "status"
	Created   time.Time
	Tried     time.Time // the last attempt
	Next      time.Time // the next one
	Ended     time.Time
}

// Webhooks stores webhooks and what was delivered.
type Webhooks interface {
	AddWebhook(ctx context.Context, h *Webhook) error
	// UpdateWebhook writes h if its Rev is still the stored one, and raises it; ErrStale otherwise.
	UpdateWebhook(ctx context.Context, h *Webhook) error
	Webhook(ctx context.Context, id ID) (*Webhook, error)
	// WebhooksOf lists a body's webhooks, or the agency's for "", oldest first.
	WebhooksOf(ctx context.Context, body ID) ([]Webhook, error)
	// ActiveWebhooks lists the active ones of the agency and of the bodies named.
	ActiveWebhooks(ctx context.Context, bodies []ID) ([]Webhook, error)
	// RemoveWebhook removes a webhook with its deliveries.
	RemoveWebhook(ctx context.Context, id ID) error

	AddWebhookDelivery(ctx context.Context, d *WebhookDelivery) error
	WebhookDelivery(ctx context.Context, id ID) (*WebhookDelivery, error)
	// WebhookDeliveries lists a webhook's deliveries, newest first, before the one named.
	WebhookDeliveries(ctx context.Context, webhook, before ID, limit int) ([]WebhookDelivery, error)
	// AttemptWebhookDelivery counts the attempt after seen on a waiting one whose time has come, and puts the next one off until next, in one
	// conditional statement; ErrStale otherwise.
	AttemptWebhookDelivery(ctx context.Context, id ID, seen int, now, next time.Time) error
	// EndWebhookAttempt writes State, Status, Failure, Tried, Next and Ended of a waiting one whose attempts are still d.Attempts; ErrStale
	// otherwise.
	EndWebhookAttempt(ctx context.Context, d *WebhookDelivery) error
	// RedeliverWebhook makes an ended one wait again, with its attempts counted anew; ErrStale if it waits already.
	RedeliverWebhook(ctx context.Context, id ID, now time.Time) error
	// CancelWebhookDeliveries ends what waits for a webhook.
	CancelWebhookDeliveries(ctx context.Context, webhook ID, now time.Time) (int, error)
	// DueWebhookDeliveries lists waiting ones whose time came before the instant, oldest first: their task was lost.
	DueWebhookDeliveries(ctx context.Context, before time.Time, limit int) ([]WebhookDelivery, error)
	// RemoveWebhookDeliveries removes ended ones from before the instant.
	RemoveWebhookDeliveries(ctx context.Context, before time.Time) (int, error)
}
