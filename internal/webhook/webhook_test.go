package webhook

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"mohur/docket"
	"mohur/internal/fetch"
	"mohur/internal/store/sqlstore"
)

// world is a deliverer over SQLite with a clock of its own; its receiver is a function.
type world struct {
	*Deliverer
	t     *testing.T
	db    *sqlstore.Store
	now   time.Time
	tasks []docket.Task
	hook  *docket.Webhook
	taken []fetch.Request
	reply func(n int, r fetch.Request) (int, error)
}

// Do is the receiver.
func (w *world) Do(_ context.Context, r fetch.Request) (*fetch.Response, error) {
	w.taken = append(w.taken, r)
	status, err := w.reply(len(w.taken), r)
	if err != nil {
		return nil, err
	}
	return &fetch.Response{Status: status}, nil
}

func newWorld(t *testing.T, scheme docket.WebhookScheme) *world {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "mohur.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w := &world{t: t, db: db, now: time.Now().UTC().Truncate(time.Second), reply: func(int, fetch.Request) (int, error) { return 204, nil }}
	db.UseQueue(func(_ context.Context, _ *sql.Tx, tasks []docket.Task) error {
		w.tasks = append(w.tasks, tasks...)
		return nil
	})
	w.Deliverer, err = New(Options{Store: db, Keys: keys(t), Send: w, Now: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler), Jitter: func() float64 { return 0.5 }})
	if err != nil {
		t.Fatal(err)
	}
	w.hook = &docket.Webhook{ID: docket.NewID(w.now), URL: "https://erp.example/hook", Scheme: scheme, Generation: 1, State: docket.WebhookActive, Created: w.now, Rev: 1}
	w.tx(func(k docket.Work) error { return k.AddWebhook(t.Context(), w.hook) })
	return w
}

func keys(t *testing.T) *Keys {
	t.Helper()
	k, err := NewKeys([]byte(strings.Repeat("s", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func (w *world) tx(do func(docket.Work) error) {
	w.t.Helper()
	if err := w.db.InTx(w.t.Context(), do); err != nil {
		w.t.Fatal(err)
	}
}

// event makes a delivery that waits.
func (w *world) event() docket.ID {
	w.t.Helper()
	d := &docket.WebhookDelivery{
		ID: docket.NewID(w.now), WebhookID: w.hook.ID, Message: docket.NewID(w.now), Type: docket.OnLetterDispatched, Payload: []byte(`{"specversion":"1.0"}`),
		State: docket.DeliveryWaiting, Created: w.now, Next: w.now,
	}
	w.tx(func(k docket.Work) error { return k.AddWebhookDelivery(w.t.Context(), d) })
	return d.ID
}

func (w *world) deliver(id docket.ID) *docket.WebhookDelivery {
	w.t.Helper()
	if err := w.Deliver(w.t.Context(), id); err != nil {
		w.t.Fatal(err)
	}
	return w.read(id)
}

func (w *world) read(id docket.ID) (d *docket.WebhookDelivery) {
	w.t.Helper()
	w.tx(func(k docket.Work) (err error) {
		if d, err = k.WebhookDelivery(w.t.Context(), id); err != nil {
			return err
		}
		w.hook, err = k.Webhook(w.t.Context(), w.hook.ID)
		return err
	})
	return d
}

// TestSchedule: each attempt at its time after the one before and at most a tenth later, ten of them, then it is given up.
func TestSchedule(t *testing.T) {
	w := newWorld(t, docket.WebhookHMAC)
	w.reply = func(int, fetch.Request) (int, error) { return 500, nil }
	id := w.event()
	waits := Schedule()
	if len(waits) != 10 || waits[0] != 0 {
		t.Fatal(waits)
	}
	for n := 1; n <= len(waits); n++ {
		w.now = w.now.Add(-2 * time.Second)
		if w.deliver(id).Attempts != n-1 {
			t.Fatal("attempted before its time")
		}
		w.now = w.now.Add(2 * time.Second)
		d := w.deliver(id)
		if d.Attempts != n || d.Status != 500 || d.Failure != "status" || !d.Tried.Equal(w.now) {
			t.Fatalf("attempt %d: %+v", n, d)
		}
		if n == len(waits) {
			if d.State != docket.DeliveryFailed || !d.Next.IsZero() {
				t.Errorf("after the last attempt: %+v", d)
			}
			break
		}
		wait := d.Next.Sub(w.now)
		if wait != waits[n]+waits[n]/20 || w.tasks[len(w.tasks)-1] != (docket.Task{Kind: docket.TaskWebhook, Subject: id, At: d.Next}) {
			t.Errorf("attempt %d: the next after %v, task %+v", n, wait, w.tasks[len(w.tasks)-1])
		}
		w.now = d.Next
	}
	before := len(w.taken)
	if w.deliver(id); len(w.taken) != before {
		t.Error("a delivery that was given up is attempted")
	}
	ids := map[string]bool{}
	for _, r := range w.taken {
		ids[r.Header.Get(headerID)] = true
	}
	if len(ids) != 1 {
		t.Errorf("webhook-id changed between attempts: %v", ids)
	}
}

// TestAnswers: what each answer means.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		name    string
		status  int
		err     error
		state   docket.DeliveryState
		hook    docket.WebhookState
		failure string
	}{
		{"200", 200, nil, docket.DeliveryDone, docket.WebhookActive, ""},
		{"299", 299, nil, docket.DeliveryDone, docket.WebhookActive, ""},
		{"a redirect", 302, nil, docket.DeliveryWaiting, docket.WebhookActive, "redirect"},
		{"304", 304, nil, docket.DeliveryWaiting, docket.WebhookActive, "redirect"},
		{"404", 404, nil, docket.DeliveryWaiting, docket.WebhookActive, "status"},
		{"410", 410, nil, docket.DeliveryFailed, docket.WebhookGone, "gone"},
		{"429", 429, nil, docket.DeliveryWaiting, docket.WebhookActive, "status"},
		{"100", 100, nil, docket.DeliveryWaiting, docket.WebhookActive, "status"},
		{"refused by the guard", 0, &fetch.RefusedError{Why: "x"}, docket.DeliveryWaiting, docket.WebhookActive, "refused"},
		{"no answer", 0, context.DeadlineExceeded, docket.DeliveryWaiting, docket.WebhookActive, "timeout"},
		{"a huge answer", 0, &fetch.TooLargeError{}, docket.DeliveryWaiting, docket.WebhookActive, "answer"},
		{"no connection", 0, errors.New("connection refused"), docket.DeliveryWaiting, docket.WebhookActive, "network"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, docket.WebhookEd25519)
			w.reply = func(int, fetch.Request) (int, error) { return c.status, c.err }
			other := w.event()
			d := w.deliver(w.event())
			if d.State != c.state || d.Failure != c.failure || d.Status != c.status || w.hook.State != c.hook {
				t.Errorf("%+v, webhook %s", d, w.hook.State)
			}
			if w.hook.Failing.IsZero() != (c.failure == "" || c.failure == "gone") {
				t.Errorf("failing since %v", w.hook.Failing)
			}
			if got := w.read(other).State; (got == docket.DeliveryCancelled) != (c.hook == docket.WebhookGone) {
				t.Errorf("what else waits is %s", got)
			}
		})
	}
}

// TestStopsAfterDays: a webhook that took nothing for five days stops; one that took something in between does not.
func TestStopsAfterDays(t *testing.T) {
	for _, recovers := range []bool{false, true} {
		w := newWorld(t, docket.WebhookHMAC)
		w.reply = func(int, fetch.Request) (int, error) { return 503, nil }
		exhaust := func() {
			id := w.event()
			for d := w.deliver(id); d.State == docket.DeliveryWaiting; d = w.deliver(id) {
				w.now = d.Next
			}
		}
		exhaust()
		if w.hook.State != docket.WebhookActive {
			t.Fatal("stopped after one delivery")
		}
		if recovers {
			w.reply = func(int, fetch.Request) (int, error) { return 200, nil }
			w.deliver(w.event())
			w.reply = func(int, fetch.Request) (int, error) { return 503, nil }
		}
		exhaust()
		if got := w.hook.State == docket.WebhookFailing; got == recovers {
			t.Errorf("recovers %v: %s, failing since %v at %v", recovers, w.hook.State, w.hook.Failing, w.now)
		}
	}
}

// headers are those of the last delivery.
func (w *world) headers() (http.Header, []byte) {
	r := w.taken[len(w.taken)-1]
	return r.Header, r.Body
}

// TestHMACPeer: the public library of Standard Webhooks accepts our deliveries, with either secret while one changes over, and refuses what was changed.
func TestHMACPeer(t *testing.T) {
	w := newWorld(t, docket.WebhookHMAC)
	first, err := w.o.Keys.Reveal(w.hook)
	if err != nil {
		t.Fatal(err)
	}
	accepts := func(secret string) bool {
		t.Helper()
		peer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		head, body := w.headers()
		if err := peer.Verify(body, head); err != nil {
			return false
		}
		if peer.Verify(append(slices.Clone(body), ' '), head) == nil {
			t.Error("a changed body is accepted")
		}
		head = head.Clone()
		head.Set(headerID, "x")
		if peer.Verify(body, head) == nil {
			t.Error("another webhook-id is accepted")
		}
		return true
	}
	w.deliver(w.event())
	if !accepts(first) {
		t.Fatal("the library refuses our signature")
	}
	w.hook.Generation, w.hook.Previous = 2, w.now.Add(time.Minute)
	w.tx(func(k docket.Work) error { return k.UpdateWebhook(t.Context(), w.hook) })
	second, err := w.o.Keys.Reveal(w.hook)
	if err != nil || second == first {
		t.Fatal(second, err)
	}
	w.deliver(w.event())
	if !accepts(first) || !accepts(second) {
		t.Error("while secrets change over one of them is refused")
	}
	w.now = w.now.Add(time.Minute)
	w.deliver(w.event())
	if accepts(first) || !accepts(second) {
		t.Error("after the change the old secret counts, or the new one doesn't")
	}
}

// TestEd25519: "whpk_" is the public key of the signature, made over id, time and body (Standard Webhooks 1.0.0). The public library has no v1a.
func TestEd25519(t *testing.T) {
	w := newWorld(t, docket.WebhookEd25519)
	shown, err := w.o.Keys.Reveal(w.hook)
	if err != nil {
		t.Fatal(err)
	}
	public, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(shown, "whpk_"))
	if err != nil || len(public) != ed25519.PublicKeySize {
		t.Fatal(shown, err)
	}
	w.deliver(w.event())
	head, body := w.headers()
	value, ok := strings.CutPrefix(head.Get(headerSignature), "v1a,")
	sig, err := base64.StdEncoding.DecodeString(value)
	if !ok || err != nil {
		t.Fatal(head.Get(headerSignature))
	}
	text := fmt.Sprintf("%s.%s.%s", head.Get(headerID), head.Get(headerTimestamp), body)
	if !ed25519.Verify(public, []byte(text), sig) || ed25519.Verify(public, []byte(text+" "), sig) {
		t.Error("the signature does not verify, or verifies anything")
	}
	other := *w.hook
	other.ID = docket.NewID(w.now)
	if again, err := w.o.Keys.Reveal(&other); err != nil || again == shown {
		t.Error("two webhooks have one key")
	}
}

// TestOneAttempt: of many processes that take up a delivery, one makes the attempt.
func TestOneAttempt(t *testing.T) {
	w := newWorld(t, docket.WebhookHMAC)
	var mu sync.Mutex
	n := 0
	w.o.Send = sender(func(context.Context, fetch.Request) (*fetch.Response, error) {
		mu.Lock()
		defer mu.Unlock()
		n++
		return &fetch.Response{Status: 200}, nil
	})
	id := w.event()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := w.Deliver(t.Context(), id); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if d := w.read(id); n != 1 || d.State != docket.DeliveryDone {
		t.Errorf("%d attempts, %+v", n, d)
	}
}

type sender func(context.Context, fetch.Request) (*fetch.Response, error)

func (s sender) Do(ctx context.Context, r fetch.Request) (*fetch.Response, error) { return s(ctx, r) }

// TestLostTask: an attempt that never ended is made again.
func TestLostTask(t *testing.T) {
	w := newWorld(t, docket.WebhookHMAC)
	ctx, cancel := context.WithCancel(t.Context())
	w.reply = func(int, fetch.Request) (int, error) { cancel(); return 0, context.Canceled }
	id := w.event()
	if err := w.Deliver(ctx, id); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := w.TakeUp(t.Context()); err != nil || len(w.tasks) != 0 {
		t.Fatalf("taken up at once: %v %v", w.tasks, err)
	}
	w.now = w.now.Add(2*unclaimed + time.Second)
	if err := w.TakeUp(t.Context()); err != nil || len(w.tasks) != 1 {
		t.Fatalf("not taken up: %v %v", w.tasks, err)
	}
	w.reply = func(int, fetch.Request) (int, error) { return 200, nil }
	if d := w.deliver(id); d.State != docket.DeliveryDone || d.Attempts != 2 {
		t.Errorf("%+v", d)
	}
}

// TestPausedAndPlain: nothing leaves for a webhook that is paused, nor over http.
func TestPausedAndPlain(t *testing.T) {
	w := newWorld(t, docket.WebhookHMAC)
	id := w.event()
	w.hook.URL = "http://erp.example/"
	w.tx(func(k docket.Work) error { return k.UpdateWebhook(t.Context(), w.hook) })
	if d := w.deliver(id); d.Failure != "refused" || len(w.taken) != 0 {
		t.Errorf("over http: %+v", d)
	}
	w.hook.State = docket.WebhookPaused
	w.tx(func(k docket.Work) error { return k.UpdateWebhook(t.Context(), w.hook) })
	if d := w.deliver(id); d.State != docket.DeliveryCancelled || len(w.taken) != 0 {
		t.Errorf("paused: %+v", d)
	}
}

// TestGuard: the guarded client lets no delivery reach an address inside, unless the installation maps it.
func TestGuard(t *testing.T) {
	reached := 0
	var head http.Header
	var body []byte
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached++
		head = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer s.Close()
	address := strings.TrimPrefix(s.URL, "http://")
	w := newWorld(t, docket.WebhookHMAC)
	w.o.Plain = true
	for _, o := range []fetch.Options{{}, {Map: map[string]string{"http://hook.mohur.test/": address}}} {
		client, err := fetch.New(o)
		if err != nil {
			t.Fatal(err)
		}
		w.o.Send = client
		for _, target := range []string{s.URL, "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "http://hook.mohur.test/x"} {
			w.hook.URL = target
			w.tx(func(k docket.Work) error { return k.UpdateWebhook(t.Context(), w.hook) })
			d := w.deliver(w.event())
			mapped := o.Map != nil && strings.HasPrefix(target, "http://hook.mohur.test/")
			if (d.State == docket.DeliveryDone) != mapped {
				t.Errorf("%s, mapped %v: %+v", target, mapped, d)
			}
		}
		client.Close()
	}
	if reached != 1 || head.Get("Content-Type") != "application/json" || !json.Valid(body) {
		t.Errorf("reached %d times, %v, %s", reached, head, body)
	}
	secret, err := w.o.Keys.Reveal(w.hook)
	if err != nil {
		t.Fatal(err)
	}
	peer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := peer.Verify(body, head); err != nil {
		t.Errorf("what came over the wire: %v", err)
	}
}

func TestShortSecret(t *testing.T) {
	if _, err := NewKeys(make([]byte, 31)); err == nil {
		t.Error("a short secret is taken")
	}
	if _, err := New(Options{}); err == nil {
		t.Error("a deliverer without parts")
	}
}
