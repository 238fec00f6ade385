package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
)

// signing is one with every column filled that the first step fills.
func (b *bench) signing() docket.Signing {
	return docket.Signing{
		ID: b.id(), Owner: "person:" + string(b.person.ID), Session: docket.HashOf([32]byte{1}), State: docket.SigningPrepared, Subject: b.id(), Name: "qeyd.pdf",
		Document: docket.HashOf([32]byte{2}), Size: 1 << 33, Format: "PAdES", Level: "B-T", Certificate: docket.HashOf([32]byte{3}), Holder: "Gülər İsmayılova",
		Plan: []byte(`{"format":"PAdES"}`), Hash: []byte{1, 2, 3}, Digest: "SHA256", Algorithm: "ECDSA_SHA256", Created: b.now, Expires: b.now.Add(10 * time.Minute), Kept: b.now.Add(10 * time.Minute),
	}
}

func signings(t *testing.T, b *bench) {
	ctx, s := b.ctx(), b.signing()
	b.tx(func(w docket.Work) error { return w.AddSigning(ctx, &s) })
	read(b, &s, func(w docket.Work) (*docket.Signing, error) { return w.Signing(ctx, s.ID) })
	claim := func(who string, now time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.ClaimSigning(ctx, s.ID, who, now, now.Add(time.Minute)) }
	}
	b.refused(docket.ErrStale, claim("late", s.Expires))
	b.tx(claim("one", b.now))
	b.refused(docket.ErrStale, claim("two", b.now.Add(time.Second)))
	b.tx(claim("two", b.now.Add(time.Minute))) // the lease is over
	done := s
	done.State, done.Finished, done.Kept, done.Value, done.Signed, done.SignedSize = docket.SigningDone, b.now, b.now.Add(time.Hour), docket.HashOf([32]byte{4}), docket.HashOf([32]byte{5}), 7
	done.Indication, done.SubIndication, done.Failure = "TOTAL-PASSED", "x", "y"
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.FinishSigning(ctx, &done, "one") })
	b.tx(func(w docket.Work) error { return w.ReturnSigning(ctx, s.ID, "one") }) // not his any more: changes nothing
	b.refused(docket.ErrStale, claim("three", b.now.Add(time.Minute)))
	b.tx(func(w docket.Work) error { return w.ReturnSigning(ctx, s.ID, "two") })
	b.tx(claim("three", b.now.Add(time.Minute)))
	b.tx(func(w docket.Work) error { return w.FinishSigning(ctx, &done, "three") })
	read(b, &done, func(w docket.Work) (*docket.Signing, error) { return w.Signing(ctx, s.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.FinishSigning(ctx, &done, "three") })
	b.refused(docket.ErrStale, claim("four", b.now.Add(3*time.Minute)))
	for after, want := range map[time.Duration]int{time.Hour - time.Second: 0, time.Hour: 1} {
		b.tx(func(w docket.Work) error {
			gone, err := w.ExpiredSignings(ctx, b.now.Add(after), 10)
			if len(gone) != want {
				t.Errorf("after %s: %d expired", after, len(gone))
			}
			return err
		})
	}
	b.tx(func(w docket.Work) error { return w.RemoveSigning(ctx, s.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RemoveSigning(ctx, s.ID) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.Signing(ctx, s.ID); return err })
}

// oneClaim lets many pieces of work take the same signing: one may.
func oneClaim(t *testing.T, b *bench) {
	s := b.signing()
	b.tx(func(w docket.Work) error { return w.AddSigning(b.ctx(), &s) })
	var wins atomic.Int64
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			err := b.store.InTx(b.ctx(), func(w docket.Work) error {
				return w.ClaimSigning(b.ctx(), s.ID, string(rune('a'+i)), b.now, b.now.Add(time.Minute))
			})
			switch {
			case err == nil:
				wins.Add(1)
			case !errors.Is(err, docket.ErrStale):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d claims were granted", wins.Load())
	}
}

func loginChallenges(t *testing.T, b *bench) {
	ctx, mine, other := b.ctx(), docket.HashOf([32]byte{1}), docket.HashOf([32]byte{2})
	c := docket.LoginChallenge{Nonce: docket.HashOf([32]byte{9}), Session: mine, Expires: b.now.Add(5 * time.Minute)}
	b.tx(func(w docket.Work) error { return w.AddChallenge(ctx, &c) })
	use := func(session docket.Hash, now time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.UseChallenge(ctx, c.Nonce, session, now) }
	}
	users := []docket.ID{b.person.ID, b.clerk.ID}
	offer := func(w docket.Work) error { return w.OfferAccounts(ctx, c.Nonce, users, b.now.Add(time.Hour)) }
	b.refused(docket.ErrNotFound, use(other, b.now))
	b.refused(docket.ErrNotFound, use(mine, c.Expires))
	b.refused(docket.ErrNotFound, offer) // not before the proof
	b.tx(use(mine, b.now))
	b.refused(docket.ErrNotFound, use(mine, b.now))
	offered := func(session docket.Hash, now time.Time) func(docket.Work) error {
		return func(w docket.Work) error { _, err := w.OfferedAccounts(ctx, session, now); return err }
	}
	b.refused(docket.ErrNotFound, offered(mine, b.now))
	b.tx(offer)
	want := c
	want.Used, want.Users, want.Choice = b.now, users, b.now.Add(time.Hour)
	read(b, &want, func(w docket.Work) (*docket.LoginChallenge, error) { return w.OfferedAccounts(ctx, mine, b.now) })
	b.refused(docket.ErrNotFound, offered(other, b.now))
	b.refused(docket.ErrNotFound, offered(mine, want.Choice))
	take := func(session docket.Hash, now time.Time) func(docket.Work) error {
		return func(w docket.Work) error { return w.TakeOffer(ctx, c.Nonce, session, now) }
	}
	b.refused(docket.ErrNotFound, take(other, b.now))
	b.refused(docket.ErrNotFound, take(mine, want.Choice))
	b.tx(take(mine, b.now))
	b.refused(docket.ErrNotFound, take(mine, b.now))
	for _, step := range []struct {
		before time.Time
		want   int
	}{{c.Expires, 0}, {c.Expires.Add(time.Second), 1}} {
		b.tx(func(w docket.Work) error {
			n, err := w.RemoveChallenges(ctx, step.before)
			if n != step.want {
				t.Errorf("removed %d, want %d", n, step.want)
			}
			return err
		})
	}
	read(b, []docket.User{b.person}, func(w docket.Work) ([]docket.User, error) { return w.UsersByFIN(ctx, b.person.FIN) })
	read(b, []docket.User(nil), func(w docket.Work) ([]docket.User, error) { return w.UsersByFIN(ctx, "") })
}
