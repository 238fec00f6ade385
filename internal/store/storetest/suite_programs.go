package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"mohur/docket"
)

func (b *bench) event(kind docket.EventType, body docket.ID) *docket.Event {
	return &docket.Event{ID: b.id(), Type: kind, Subject: b.id(), Submission: b.id(), Number: "9/1-01", BodyID: body, At: b.now}
}

// place places everything and returns the places given.
func (b *bench) place() (placed []int64) {
	b.t.Helper()
	b.tx(func(w docket.Work) error {
		list, err := w.PlaceEvents(b.ctx(), 500)
		placed = nil
		for _, e := range list {
			placed = append(placed, e.N)
		}
		return err
	})
	return placed
}

func events(t *testing.T, b *bench) {
	ctx := b.ctx()
	mine, secret, other := b.event(docket.OnSubmissionReceived, b.body.ID), b.event(docket.OnSealFailed, b.body.ID), b.event(docket.OnLetterRead, "another")
	secret.AgencyOnly = true
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddEvent(ctx, mine), w.AddEvent(ctx, secret), w.AddEvent(ctx, other))
	})
	read(b, []docket.Event(nil), func(w docket.Work) ([]docket.Event, error) { return w.Events(ctx, docket.EventFilter{}) }) // none has a place
	if got := b.place(); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Fatalf("places %v", got)
	}
	if got := b.place(); got != nil {
		t.Fatalf("placed twice: %v", got)
	}
	all := map[docket.ID]*docket.Event{mine.ID: mine, secret.ID: secret, other.ID: other}
	err := b.store.Read(ctx, func(w docket.Work) error {
		list, err := w.Events(ctx, docket.EventFilter{})
		for i, e := range list {
			all[e.ID].N = int64(i) + 1
			if e != *all[e.ID] {
				t.Errorf("read %+v, want %+v", e, *all[e.ID])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	read(b, []docket.Event{*mine}, func(w docket.Work) ([]docket.Event, error) {
		return w.Events(ctx, docket.EventFilter{BodyID: b.body.ID})
	})
	read(b, []docket.Event{*other}, func(w docket.Work) ([]docket.Event, error) {
		return w.Events(ctx, docket.EventFilter{Types: []docket.EventType{docket.OnLetterRead, docket.OnMessageSent}})
	})
	for after, want := range []int{3, 2, 1, 0} {
		read(b, want, func(w docket.Work) (int, error) {
			list, err := w.Events(ctx, docket.EventFilter{After: int64(after)})
			return len(list), err
		})
	}
	read(b, 3, func(w docket.Work) (int64, error) { return w.LastEvent(ctx) })
	b.tx(func(w docket.Work) error {
		n, err := w.RemoveEvents(ctx, b.now.Add(time.Second))
		if n != 3 {
			t.Errorf("removed %d", n)
		}
		return err
	})
	b.tx(func(w docket.Work) error { return w.AddEvent(ctx, b.event(docket.OnSubmissionReceived, b.body.ID)) })
	if got := b.place(); !slices.Equal(got, []int64{4}) { // places are not given again
		t.Errorf("places %v", got)
	}
}

// eventCommittedLate: an event whose transaction commits after later ones were read is not missed by a reader that goes on from the last place
// it has seen. Only an engine with several writers can do that; with one writer the later one waits.
func eventCommittedLate(t *testing.T, b *bench) {
	ctx := b.ctx()
	slow, quick := b.event(docket.OnSubmissionReceived, b.body.ID), b.event(docket.OnSubmissionAccepted, b.body.ID)
	inserted, commit, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- b.store.InTx(ctx, func(w docket.Work) error {
			if err := w.AddEvent(ctx, slow); err != nil {
				return err
			}
			close(inserted)
			<-commit
			return nil
		})
	}()
	<-inserted
	second := make(chan error, 1)
	go func() { second <- b.store.InTx(ctx, func(w docket.Work) error { return w.AddEvent(ctx, quick) }) }()
	concurrent := false
	select {
	case err := <-second:
		if err != nil {
			t.Fatal(err)
		}
		concurrent = true
		b.place()
	case <-time.After(200 * time.Millisecond):
	}
	seen, last := b.follow(0, nil)
	close(commit)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if !concurrent {
		if err := <-second; err != nil {
			t.Fatal(err)
		}
	}
	b.place()
	seen, _ = b.follow(last, seen)
	if !slices.Contains(seen, slow.ID) || !slices.Contains(seen, quick.ID) || len(seen) != 2 {
		t.Errorf("the reader saw %v, want %s and %s once each", seen, slow.ID, quick.ID)
	}
}

// follow reads on as a program does.
func (b *bench) follow(after int64, seen []docket.ID) ([]docket.ID, int64) {
	b.t.Helper()
	err := b.store.Read(b.ctx(), func(w docket.Work) error {
		list, err := w.Events(b.ctx(), docket.EventFilter{After: after})
		for _, e := range list {
			if e.N != after+1 {
				b.t.Errorf("place %d follows %d", e.N, after)
			}
			after, seen = e.N, append(seen, e.ID)
		}
		return err
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return seen, after
}

// eventsAtOnce: many write, several place, one follows; it sees each committed event once, in order, without a gap.
func eventsAtOnce(t *testing.T, b *bench) {
	ctx := b.ctx()
	const writers, each = 8, 10
	var all sync.WaitGroup
	errs := make(chan error, writers*each)
	for range writers {
		all.Go(func() {
			for i := range each {
				err := b.store.InTx(ctx, func(w docket.Work) error {
					if err := w.AddEvent(ctx, b.event(docket.OnMessageSent, b.body.ID)); err != nil {
						return err
					}
					if i%5 == 4 {
						return errGivenUp
					}
					return nil
				})
				if err != nil && !errors.Is(err, errGivenUp) {
					errs <- err
				}
			}
		})
	}
	stop, placers := make(chan struct{}), sync.WaitGroup{}
	for range 2 {
		placers.Go(func() {
			for {
				err := b.store.InTx(ctx, func(w docket.Work) error { _, err := w.PlaceEvents(ctx, 7); return err })
				if err != nil {
					errs <- err
					return
				}
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
				}
			}
		})
	}
	written := make(chan struct{})
	go func() { all.Wait(); close(written) }()
	var seen []docket.ID
	var last int64
	for end := false; !end; {
		select {
		case <-written:
			end = true
		case <-time.After(5 * time.Millisecond):
		}
		seen, last = b.follow(last, seen)
	}
	close(stop)
	placers.Wait()
	for b.place() != nil {
	}
	seen, last = b.follow(last, seen)
	close(errs)
	for err := range errs {
		t.Error(err)
	}
	if want := writers * each * 4 / 5; len(seen) != want || last != int64(want) {
		t.Errorf("saw %d events up to place %d, want %d", len(seen), last, want)
	}
}

var errGivenUp = errors.New("given up")

func apiKeys(t *testing.T, b *bench) {
	ctx := b.ctx()
	k := docket.APIKey{
		ID: b.id(), Name: "ERP", BodyID: b.body.ID, Person: b.person.ID, Scopes: []docket.Scope{docket.ScopeSubmissionsRead}, Secret: docket.HashOf([32]byte{1}),
		Hint: "mhr_abcd", Created: b.now, CreatedBy: b.person.ID, Expires: b.now.Add(time.Hour),
	}
	own := docket.APIKey{ID: b.id(), Name: "Hesabat", Person: b.clerk.ID, Scopes: []docket.Scope{docket.ScopeEventsRead}, Secret: docket.HashOf([32]byte{2}), Created: b.now, CreatedBy: b.clerk.ID}
	b.tx(func(w docket.Work) error { return errors.Join(w.AddAPIKey(ctx, &k), w.AddAPIKey(ctx, &own)) })
	twin := own
	twin.ID = b.id()
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddAPIKey(ctx, &twin) })
	read(b, &k, func(w docket.Work) (*docket.APIKey, error) { return w.APIKey(ctx, k.ID) })
	read(b, &own, func(w docket.Work) (*docket.APIKey, error) { return w.APIKeyBySecret(ctx, own.Secret) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.APIKeyBySecret(ctx, docket.HashOf([32]byte{3})); return err })
	read(b, []docket.APIKey{k}, func(w docket.Work) ([]docket.APIKey, error) { return w.APIKeysOf(ctx, b.body.ID) })
	read(b, []docket.APIKey{own}, func(w docket.Work) ([]docket.APIKey, error) { return w.APIKeysOf(ctx, "") })
	for _, at := range []time.Duration{0, 59 * time.Second, 61 * time.Second} {
		b.tx(func(w docket.Work) error { return w.UsedAPIKey(ctx, k.ID, b.now.Add(at)) })
	}
	k.Used = b.now.Add(61 * time.Second)
	b.tx(func(w docket.Work) error { return w.UsedAPIKey(ctx, k.ID, b.now.Add(100*time.Second)) })
	revoke := func(w docket.Work) error { return w.RevokeAPIKey(ctx, k.ID, b.clerk.ID, b.now.Add(time.Minute)) }
	b.tx(revoke)
	b.refused(docket.ErrStale, revoke)
	k.Revoked, k.RevokedBy = b.now.Add(time.Minute), b.clerk.ID
	read(b, &k, func(w docket.Work) (*docket.APIKey, error) { return w.APIKey(ctx, k.ID) })
}

func idempotentRequests(t *testing.T, b *bench) {
	ctx := b.ctx()
	r := docket.IdempotentRequest{
		Caller: "key 1", Route: "POST /v1/submissions", Key: "a", Request: docket.HashOf([32]byte{1}), Subject: b.id(), Lease: b.now.Add(time.Minute), Made: b.now,
	}
	add := func(w docket.Work) error { return w.AddIdempotentRequest(ctx, &r) }
	get := func(w docket.Work) (*docket.IdempotentRequest, error) {
		return w.IdempotentRequest(ctx, r.Caller, r.Route, r.Key)
	}
	take := func(now time.Time) func(docket.Work) error {
		return func(w docket.Work) error {
			return w.TakeIdempotentRequest(ctx, r.Caller, r.Route, r.Key, now, now.Add(time.Minute))
		}
	}
	b.tx(add)
	b.refused(docket.ErrStale, add)
	for _, o := range []docket.IdempotentRequest{{Caller: "key 2", Route: r.Route, Key: r.Key}, {Caller: r.Caller, Route: "POST /v1/x", Key: r.Key}} {
		o.Made = b.now
		b.tx(func(w docket.Work) error { return w.AddIdempotentRequest(ctx, &o) })
	}
	read(b, &r, get)
	b.refused(docket.ErrStale, take(b.now.Add(time.Minute-time.Microsecond)))
	b.tx(take(b.now.Add(time.Minute)))
	b.refused(docket.ErrStale, take(b.now.Add(time.Minute)))
	r.Lease = b.now.Add(2 * time.Minute)
	read(b, &r, get)
	r.Status, r.Header, r.Answer, r.Lease = 201, map[string]string{"Location": "/v1/submissions/1"}, []byte(`{"a":1}`), time.Time{}
	answer := func(w docket.Work) error { return w.AnswerIdempotentRequest(ctx, &r) }
	b.tx(answer)
	b.refused(docket.ErrStale, answer)
	read(b, &r, get)
	forget := func(w docket.Work) error { return w.ForgetIdempotentRequest(ctx, r.Caller, r.Route, r.Key) }
	b.tx(forget) // an answered one stays
	b.refused(docket.ErrStale, take(b.now.Add(time.Hour)))
	read(b, &r, get)
	b.tx(func(w docket.Work) error {
		n, err := w.RemoveIdempotentRequests(ctx, b.now.Add(time.Second))
		if n != 3 {
			t.Errorf("removed %d", n)
		}
		return err
	})
	b.tx(func(w docket.Work) error { r.Status = 0; return w.AddIdempotentRequest(ctx, &r) })
	b.tx(forget)
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := get(w); return err })
}

func (b *bench) webhook(body docket.ID) docket.Webhook {
	return docket.Webhook{
		ID: b.id(), BodyID: body, URL: "https://erp.example/hook", Types: []docket.EventType{docket.OnLetterDispatched}, Scheme: docket.WebhookEd25519,
		Generation: 2, Previous: b.now.Add(time.Hour), State: docket.WebhookActive, Failing: b.now, Created: b.now, CreatedBy: b.person.ID, Rev: 1,
	}
}

func webhooks(t *testing.T, b *bench) {
	ctx := b.ctx()
	mine, own := b.webhook(b.body.ID), b.webhook("")
	b.tx(func(w docket.Work) error { return errors.Join(w.AddWebhook(ctx, &mine), w.AddWebhook(ctx, &own)) })
	read(b, &mine, func(w docket.Work) (*docket.Webhook, error) { return w.Webhook(ctx, mine.ID) })
	read(b, []docket.Webhook{mine}, func(w docket.Work) ([]docket.Webhook, error) { return w.WebhooksOf(ctx, b.body.ID) })
	read(b, []docket.Webhook{own}, func(w docket.Work) ([]docket.Webhook, error) { return w.WebhooksOf(ctx, "") })
	read(b, []docket.Webhook{own}, func(w docket.Work) ([]docket.Webhook, error) { return w.ActiveWebhooks(ctx, nil) })
	read(b, 2, func(w docket.Work) (int, error) {
		list, err := w.ActiveWebhooks(ctx, []docket.ID{"another", b.body.ID})
		return len(list), err
	})
	old := mine
	mine.State, mine.Generation, mine.Previous, mine.Types = docket.WebhookPaused, 3, time.Time{}, []docket.EventType{}
	b.tx(func(w docket.Work) error { return w.UpdateWebhook(ctx, &mine) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateWebhook(ctx, &old) })
	read(b, &mine, func(w docket.Work) (*docket.Webhook, error) { return w.Webhook(ctx, mine.ID) })
	read(b, []docket.Webhook{own}, func(w docket.Work) ([]docket.Webhook, error) { return w.ActiveWebhooks(ctx, []docket.ID{b.body.ID}) })
	b.tx(func(w docket.Work) error { return w.RemoveWebhook(ctx, mine.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RemoveWebhook(ctx, mine.ID) })
}

func deliveries(t *testing.T, b *bench) {
	ctx := b.ctx()
	h := b.webhook(b.body.ID)
	d := docket.WebhookDelivery{ID: b.id(), WebhookID: h.ID, Message: b.id(), Type: docket.OnLetterRead, Payload: []byte(`{"id":"1"}`), State: docket.DeliveryWaiting, Created: b.now, Next: b.now}
	second := d
	b.now = b.now.Add(time.Millisecond)
	second.ID, second.Next = b.id(), b.now.Add(time.Hour)
	b.now = d.Created
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddWebhook(ctx, &h), w.AddWebhookDelivery(ctx, &d), w.AddWebhookDelivery(ctx, &second))
	})
	get := func(w docket.Work) (*docket.WebhookDelivery, error) { return w.WebhookDelivery(ctx, d.ID) }
	read(b, &d, get)
	read(b, []docket.WebhookDelivery{second, d}, func(w docket.Work) ([]docket.WebhookDelivery, error) { return w.WebhookDeliveries(ctx, h.ID, "", 0) })
	read(b, []docket.WebhookDelivery{d}, func(w docket.Work) ([]docket.WebhookDelivery, error) {
		return w.WebhookDeliveries(ctx, h.ID, second.ID, 5)
	})
	read(b, []docket.WebhookDelivery{d}, func(w docket.Work) ([]docket.WebhookDelivery, error) {
		return w.DueWebhookDeliveries(ctx, b.now.Add(time.Second), 5)
	})
	attempt := func(seen int, now time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.AttemptWebhookDelivery(ctx, d.ID, seen, now, now.Add(time.Minute)) }
	}
	b.refused(docket.ErrStale, attempt(0, b.now.Add(-time.Second)))
	b.refused(docket.ErrStale, attempt(1, b.now))
	b.tx(attempt(0, b.now))
	b.refused(docket.ErrStale, attempt(0, b.now.Add(time.Hour)))
	b.refused(docket.ErrStale, attempt(1, b.now.Add(time.Minute-time.Microsecond)))
	d.Attempts, d.Status, d.Failure, d.Tried, d.Next = 1, 500, "status", b.now, b.now.Add(5*time.Second)
	end := func(w docket.Work) error { return w.EndWebhookAttempt(ctx, &d) }
	b.tx(end)
	read(b, &d, get)
	d.Attempts = 2
	b.refused(docket.ErrStale, end) // another attempt's end
	d.Attempts, d.State, d.Next, d.Ended, d.Status, d.Failure = 1, docket.DeliveryDone, time.Time{}, b.now.Add(time.Second), 204, ""
	b.tx(end)
	b.refused(docket.ErrStale, end)
	read(b, &d, get)
	again := func(w docket.Work) error { return w.RedeliverWebhook(ctx, d.ID, b.now.Add(time.Hour)) }
	b.tx(again)
	b.refused(docket.ErrStale, again)
	d.State, d.Attempts, d.Next, d.Ended = docket.DeliveryWaiting, 0, b.now.Add(time.Hour), time.Time{}
	read(b, &d, get)
	b.tx(func(w docket.Work) error {
		n, err := w.CancelWebhookDeliveries(ctx, h.ID, b.now)
		if n != 2 {
			t.Errorf("cancelled %d", n)
		}
		return err
	})
	b.tx(func(w docket.Work) error {
		n, err := w.RemoveWebhookDeliveries(ctx, b.now.Add(time.Second))
		if n != 2 {
			t.Errorf("removed %d", n)
		}
		return err
	})
	b.tx(func(w docket.Work) error { return w.AddWebhookDelivery(ctx, &d) })
	b.tx(func(w docket.Work) error { return w.RemoveWebhook(ctx, h.ID) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := get(w); return err })
}

// oneAttempt: of many processes that take up a delivery, one makes the attempt.
func oneAttempt(t *testing.T, b *bench) {
	ctx := b.ctx()
	h := b.webhook("")
	d := docket.WebhookDelivery{ID: b.id(), WebhookID: h.ID, Message: b.id(), Type: docket.OnLetterRead, State: docket.DeliveryWaiting, Created: b.now, Next: b.now}
	b.tx(func(w docket.Work) error { return errors.Join(w.AddWebhook(ctx, &h), w.AddWebhookDelivery(ctx, &d)) })
	var all sync.WaitGroup
	results := make([]error, 12)
	for i := range results {
		all.Go(func() {
			results[i] = b.store.InTx(ctx, func(w docket.Work) error {
				return w.AttemptWebhookDelivery(ctx, d.ID, 0, b.now, b.now.Add(time.Minute))
			})
		})
	}
	all.Wait()
	won := 0
	for _, err := range results {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, docket.ErrStale):
			t.Error(fmt.Errorf("an attempt: %w", err))
		}
	}
	if won != 1 {
		t.Errorf("%d made the attempt", won)
	}
}
