package desk

import (
	"strings"
	"testing"
	"time"

	"mohur/docket"
)

// TestAProjectIsReceivedWhileNothingSeals holds that neither a token that is away nor a day's seals that are spent keep a project out: number and
// term are the body's at once, and the receipt is sealed, by a certificate committed before, when a key can sign again.
func TestAProjectIsReceivedWhileNothingSeals(t *testing.T) {
	for name, c := range map[string]struct {
		stop, start func(*office)
		key         string
	}{
		"the token is away": {
			func(o *office) { o.sealer.profErr = docket.Refuse(docket.CodeUnavailable, docket.KeySealing) },
			func(o *office) { o.sealer.profErr = nil }, docket.KeySealing,
		},
		"the day's seals are spent": {
			func(o *office) { o.sealer.perDay = o.usedToday() + 1; o.sent() },
			func(o *office) { o.later(24 * time.Hour) }, docket.KeySealQuota,
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			o.register()
			c.stop(o)
			used, made := o.usedToday(), o.sealer.sealed
			sub := o.sent()
			if sub.State != docket.SubmissionSent || sub.Number == "" || sub.Due.IsZero() {
				t.Fatalf("%+v", sub)
			}
			if o.usedToday() != used || o.sealer.sealed != made {
				t.Error("counted or signed, though nothing could sign")
			}
			l := o.receiptOf(sub)
			if l.State != docket.LetterSealingFailed || l.Reason != c.key {
				t.Errorf("the receipt: %s, %s", l.State, l.Reason)
			}
			c.start(o)
			o.later(time.Hour)
			if _, failed, err := o.Reconcile(o.ctx()); err != nil || failed > 0 {
				t.Fatalf("%d failed: %v", failed, err)
			}
			if l = o.receiptOf(sub); l.State != docket.LetterDispatched || l.Number != sub.Number {
				t.Errorf("the receipt: %+v", l)
			}
			o.invariant()
		})
	}
}

// TestAnOfficeWithoutASealReceivesNothing: there, no receipt would ever follow.
func TestAnOfficeWithoutASealReceivesNothing(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.prepared()
	o.sealer.profErr = docket.Refuse(docket.CodeUnavailable, docket.KeyNoSigningWay)
	_, err := o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(sub), good())))
	o.wantKey(err, docket.KeyNoSigningWay)
	o.invariant()
}

// receiptOf finds a project's receipt.
func (o *office) receiptOf(sub *docket.Submission) *docket.Letter {
	o.t.Helper()
	var found *docket.Letter
	err := o.store.Read(o.ctx(), func(w docket.Work) error {
		list, err := w.LettersOf(o.ctx(), sub.ID)
		for i := range list {
			if list[i].Kind == docket.LetterReceipt {
				found = &list[i]
			}
		}
		return err
	})
	if err != nil || found == nil {
		o.t.Fatalf("no receipt: %v", err)
	}
	return found
}
