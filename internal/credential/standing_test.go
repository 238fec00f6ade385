package credential

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"mohur/certs"
)

func TestCertificatesThatMustNotSign(t *testing.T) {
	for name, c := range map[string]struct {
		result *certs.Result
		want   Code
	}{
		"revoked":                          {objection(certs.ReasonRevoked), ErrRevoked},
		"revoked and more":                 {objection(certs.ReasonRevocationStale, certs.ReasonExpired, certs.ReasonRevoked), ErrRevoked},
		"suspended":                        {objection(certs.ReasonOnHold), ErrHeld},
		"an issuer that expired":           {objection(certs.ReasonExpired), ErrExpired},
		"an issuer that is not in force":   {objection(certs.ReasonNotYetValid), ErrNotYetValid},
		"no path":                          {objection(certs.ReasonNoTrustAnchor), ErrUntrusted},
		"no path and no revocation data":   {objection(certs.ReasonRevocationMissing, certs.ReasonNoTrustAnchor), ErrUntrusted},
		"nobody can say":                   {objection(certs.ReasonRevocationMissing), ErrUnchecked},
		"the responder does not know it":   {objection(certs.ReasonRevocationUnknown), ErrUnchecked},
		"nothing that helps, old and none": {objection(certs.ReasonRevocationStale, certs.ReasonRevocationUnusable), ErrUnchecked},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, nil, newFake(t, "a", 100), newFake(t, "b", 100))
				first := b.all["seal"].members[0].known()
				b.judgeBy(func(leaf *certs.Certificate, at time.Time) *certs.Result {
					if leaf.Equal(first) {
						return c.result
					}
					return good(at)
				})
				b.want("2")
				if b.keys[0].opens.Load() != 0 {
					t.Error("its token was opened all the same")
				}
				if s := b.state(0); s.State != StateRefused || s.Reason != string(c.want) {
					t.Errorf("%+v, want %s", s, c.want)
				}
				if _, err := b.Member(t.Context(), "seal", fingerprint(first)); !errors.Is(err, c.want) {
					t.Error(err)
				}
			})
		})
	}
}

func TestValidityIsJudgedByTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 1))
		b.want("1")
		time.Sleep(24*time.Hour - time.Second)
		b.want("1")
		time.Sleep(2 * time.Second) // the judgement is younger than its age
		b.want("expired")
		s := b.state(0)
		if s.State != StateRefused || s.DaysLeft != -1 || s.Warn != 1 {
			t.Errorf("%+v", s)
		}
		k := newFake(t, "b", 100)
		b = newBench(t, func(o *Options) { o.Now = func() time.Time { return time.Now().Add(-2 * time.Hour) } }, k)
		b.want("not-yet-valid")
	})
}

func TestSourcesThatCanNotBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100))
		defer b.watch()()
		synctest.Wait()
		b.want("1") // good by evidence that speaks for an hour
		set := func(r *certs.Result) { b.judgeBy(func(*certs.Certificate, time.Time) *certs.Result { return r }) }
		set(objection(certs.ReasonRevocationMissing))
		time.Sleep(50 * time.Minute)
		b.want("1") // the last good answer still speaks
		time.Sleep(20 * time.Minute)
		b.want("unchecked")
		b.judgeBy(nil)
		time.Sleep(time.Minute)
		b.want("1")
		set(objection(certs.ReasonRevocationUnknown)) // an answer, and no good one
		time.Sleep(6 * time.Minute)
		b.want("unchecked")
		b.judgeBy(nil)
		time.Sleep(time.Minute)
		b.want("1")
		set(objection(certs.ReasonRevocationMissing, certs.ReasonRevoked))
		time.Sleep(6 * time.Minute)
		b.want("revoked") // whatever was good before
		set(objection(certs.ReasonRevocationMissing))
		time.Sleep(6 * time.Minute)
		if got := b.chosen(); got == "1" {
			t.Error("a revoked certificate signs again because nobody can be asked")
		}
	})
}

func TestEvidenceWithoutAnEndSpeaksForTheMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100))
		b.judgeBy(func(_ *certs.Certificate, at time.Time) *certs.Result {
			r := good(at)
			r.Status = append(r.Status, certs.CertificateStatus{State: certs.StateGood, Evidence: &certs.RevocationData{}})
			return r
		})
		b.want("1")
		b.judgeBy(func(*certs.Certificate, time.Time) *certs.Result { return objection(certs.ReasonRevocationMissing) })
		time.Sleep(11 * time.Minute)
		b.want("unchecked")
	})
}

func TestAJudgementIsKeptForMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, nil, newFake(t, "a", 100))
		for range 100 {
			b.want("1")
		}
		if n := b.asked.Load(); n != 1 {
			t.Errorf("judged %d times, want once", n)
		}
		defer b.watch()()
		for range 60 {
			time.Sleep(time.Minute)
			before := b.asked.Load()
			b.want("1")
			if b.asked.Load() != before {
				t.Error("a request had to wait for a judgement that Watch should have made before")
			}
		}
		if n := b.asked.Load(); n < 10 || n > 14 {
			t.Errorf("judged %d times in an hour, want every five minutes", n)
		}
	})
}

func TestWarnings(t *testing.T) {
	for left, want := range map[int]int{100: 0, 31: 0, 30: 30, 11: 30, 10: 10, 4: 10, 3: 3, 2: 3, 1: 1, 0: 1, -5: 1} {
		if got := reached([]int{30, 10, 3, 1}, left); got != want {
			t.Errorf("%d days left: %d, want %d", left, got, want)
		}
	}
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]int{25 * time.Hour: 1, 24 * time.Hour: 1, 23 * time.Hour: 0, -time.Hour: -1} {
		if got := daysLeft(now, now.Add(d)); got != want {
			t.Errorf("%v: %d, want %d", d, got, want)
		}
	}
}
