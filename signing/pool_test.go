package signing

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/internal/algo"
	"mohur/internal/demopki"
)

// rig is a pool whose authorities a test can break, and a clock that it moves.
type rig struct {
	pool *TimestampPool
	mu   sync.Mutex
	at   time.Time
	send map[string]Do
	n    map[string]*atomic.Int64
	told atomic.Int64
}

func (r *rig) now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.at
}

func (r *rig) set(name string, send Do) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.send[name] = send
}

func newRig(t *testing.T, o PoolOptions, names ...string) *rig {
	t.Helper()
	r := &rig{at: now(), send: map[string]Do{}, n: map[string]*atomic.Int64{}}
	for _, name := range names {
		r.n[name] = &atomic.Int64{}
		o.Authorities = append(o.Authorities, Authority{Name: name, Timestamper: &HTTPTimestamper{
			Address: "http://" + name + "/", Send: func(ctx context.Context, url string, body []byte) ([]byte, error) {
				r.n[name].Add(1)
				r.mu.Lock()
				send := r.send[name]
				r.mu.Unlock()
				return send(ctx, url, body)
			},
		}})
	}
	o.Now = r.now
	o.Failed = func(context.Context, string, error) { r.told.Add(1) }
	var err error
	if r.pool, err = NewTimestampPool(o); err != nil {
		t.Fatal(err)
	}
	return r
}

func dead(context.Context, string, []byte) ([]byte, error) { return nil, io.ErrUnexpectedEOF }

// hanging answers when its caller has lost patience.
func hanging(ctx context.Context, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// TestALiarIsPassedOver: whatever is wrong with the first authority, the second one's token is used and the first one's failure is named.
func TestALiarIsPassedOver(t *testing.T) {
	h, trust := hierarchy(t)
	authority := func(o demopki.TSAOptions) *demopki.TSA {
		a, err := h.NewTSA(o)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	answer := func(o demopki.TSAOptions) Do { return answering(authority(o), demopki.Fault{}) }
	revoked := authority(demopki.TSAOptions{})
	if err := h.Revoke(revoked.Certificate(), now().Add(-time.Hour), demopki.KeyCompromise); err != nil {
		t.Fatal(err)
	}
	imprint := algo.SHA256.Sum([]byte("x"))
	old, err := h.TSA().Timestamp(t.Context(), algo.SHA256, imprint)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		reason string
		send   Do
	}{
		"dead":            {"unreachable", dead},
		"hanging":         {"unreachable", hanging},
		"refusing":        {"refused", answering(h.TSA(), demopki.Fault{Refuse: true})},
		"garbage":         {"bad token", func(context.Context, string, []byte) ([]byte, error) { return []byte("<html>503"), nil }},
		"endless":         {"bad token", func(context.Context, string, []byte) ([]byte, error) { return make([]byte, 300<<10), nil }},
		"other imprint":   {"bad token", answering(h.TSA(), demopki.Fault{WrongImprint: true})},
		"other nonce":     {"bad token", answering(h.TSA(), demopki.Fault{WrongNonce: true})},
		"replayed":        {"bad token", func(context.Context, string, []byte) ([]byte, error) { return old, nil }},
		"another root":    {"untrusted", answer(demopki.TSAOptions{Defect: demopki.UntrustedRoot})},
		"no EKU":          {"untrusted", answer(demopki.TSAOptions{Defect: demopki.WrongExtendedKeyUsage})},
		"expired":         {"untrusted", answer(demopki.TSAOptions{Defect: demopki.Expired})},
		"not yet valid":   {"untrusted", answer(demopki.TSAOptions{Defect: demopki.NotYetValid})},
		"broken chain":    {"untrusted", answer(demopki.TSAOptions{Defect: demopki.BrokenSignature})},
		"revoked":         {"untrusted", answering(revoked, demopki.Fault{})},
		"an hour ago":     {"wrong time", answer(demopki.TSAOptions{Now: func() time.Time { return now().Add(-time.Hour) }})},
		"in ten minutes":  {"wrong time", answer(demopki.TSAOptions{Now: func() time.Time { return now().Add(10 * time.Minute) }})},
		"years ago":       {"wrong time", answer(demopki.TSAOptions{Now: func() time.Time { return now().AddDate(-4, 0, 0) }})},
		"four minutes on": {"", answer(demopki.TSAOptions{Now: func() time.Time { return now().Add(4 * time.Minute) }})},
	} {
		t.Run(name, func(t *testing.T) {
			o := PoolOptions{Timeout: time.Minute}
			if name == "hanging" {
				o.Timeout = time.Second
			}
			r := newRig(t, o, "first", "second")
			r.set("first", c.send)
			r.set("second", answering(h.TSA(), demopki.Fault{}))
			req := request(t, h, demopki.Profile{})
			req.Level, req.Timestamper, req.TimestampTrust, req.TimestampRevocation = BaselineT, r.pool, trust, h.Responders(nil)
			p, err := NewParty(req)
			if err != nil {
				t.Fatal(err)
			}
			if token, _, err := p.Timestamp(t.Context(), []byte("value")); err != nil || len(token) == 0 {
				t.Fatal(err)
			}
			first, second := r.pool.Status()[0], r.pool.Status()[1]
			if c.reason == "" {
				if first.Failed != 0 || second.Asked != 0 {
					t.Errorf("%+v", first)
				}
				return
			}
			if first.Asked != 1 || first.Failed != 1 || !strings.Contains(first.Failure, c.reason) || second.Failed != 0 || r.told.Load() != 1 {
				t.Errorf("%+v", first)
			}
			if _, _, err := p.Timestamp(t.Context(), []byte("value")); err != nil || r.n["first"].Load() != 1 {
				t.Errorf("asked %d times: a failed authority must rest", r.n["first"].Load())
			}
		})
	}
}

// TestAllAuthoritiesFail: the error names each with its failure.
func TestAllAuthoritiesFail(t *testing.T) {
	h, _ := hierarchy(t)
	r := newRig(t, PoolOptions{}, "a.example", "b.example")
	r.set("a.example", dead)
	r.set("b.example", answering(h.TSA(), demopki.Fault{Refuse: true}))
	imprint := algo.SHA256.Sum([]byte("x"))
	_, err := r.pool.Timestamp(t.Context(), algo.SHA256, imprint)
	failure, ok := errors.AsType[*TimestampError](err)
	if !ok || failure.Reason != "no authority" || !strings.Contains(err.Error(), "a.example: ") || !strings.Contains(err.Error(), "b.example: ") {
		t.Error(err)
	}
	r.set("b.example", dead)
	r.at = r.at.Add(time.Minute)
	if _, err := r.pool.Timestamp(t.Context(), algo.SHA256, imprint); !errors.As(err, &failure) || failure.Reason != "unreachable" {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	before := r.pool.Status()[0].Asked
	if _, err := r.pool.Timestamp(ctx, algo.SHA256, imprint); !errors.Is(err, context.Canceled) || r.pool.Status()[0].Asked != before {
		t.Error(err)
	}
}

// TestRest: the rest doubles, ends, and a good answer ends the memory of failures.
func TestRest(t *testing.T) {
	h, _ := hierarchy(t)
	r := newRig(t, PoolOptions{Rest: 10 * time.Second, MaxRest: 25 * time.Second}, "a", "b")
	r.set("a", dead)
	r.set("b", answering(h.TSA(), demopki.Fault{}))
	imprint := algo.SHA256.Sum([]byte("x"))
	ask := func() {
		t.Helper()
		if _, err := r.pool.Timestamp(t.Context(), algo.SHA256, imprint); err != nil {
			t.Fatal(err)
		}
	}
	for i, c := range []struct {
		wait  time.Duration
		asked int64
	}{{0, 1}, {9 * time.Second, 1}, {2 * time.Second, 2}, {19 * time.Second, 2}, {2 * time.Second, 3}, {24 * time.Second, 3}, {2 * time.Second, 4}, {26 * time.Second, 5}} {
		r.at = r.at.Add(c.wait)
		ask()
		if n := r.n["a"].Load(); n != c.asked {
			t.Errorf("step %d: asked %d times, want %d", i, n, c.asked)
		}
	}
	r.set("a", answering(h.TSA(), demopki.Fault{}))
	r.at = r.at.Add(time.Minute)
	ask()
	r.set("a", dead)
	ask()
	r.at = r.at.Add(11 * time.Second)
	ask()
	if n := r.n["a"].Load(); n != 8 {
		t.Errorf("asked %d times: the first rest after a good answer is a short one", n)
	}
}

// TestWhoDoesNotKnowAnAlgorithmNeedsNoRest: the next request may be of another kind.
func TestWhoDoesNotKnowAnAlgorithmNeedsNoRest(t *testing.T) {
	h, _ := hierarchy(t)
	r := newRig(t, PoolOptions{}, "a", "b")
	r.set("b", answering(h.TSA(), demopki.Fault{}))
	r.set("a", func(context.Context, string, []byte) ([]byte, error) { return badAlgorithm, nil })
	for range 3 {
		if _, err := r.pool.Timestamp(t.Context(), algo.SHA256, algo.SHA256.Sum(nil)); err != nil {
			t.Fatal(err)
		}
	}
	if s := r.pool.Status()[0]; s.Asked != 3 || s.Failed != 3 || !s.RestUntil.IsZero() {
		t.Errorf("%+v", s)
	}
}

// badAlgorithm is a rejection with failure information badAlg.
var badAlgorithm = []byte{0x30, 0x09, 0x30, 0x07, 0x02, 0x01, 0x02, 0x03, 0x02, 0x07, 0x80}

// TestOnlyOneWaitsForTheDead: when all rest, one request at a time is let through, the others are told at once; all is well again when one
// answers.
func TestOnlyOneWaitsForTheDead(t *testing.T) {
	h, _ := hierarchy(t)
	r := newRig(t, PoolOptions{Timeout: 10 * time.Second}, "a")
	r.set("a", dead)
	imprint := algo.SHA256.Sum([]byte("x"))
	if _, err := r.pool.Timestamp(t.Context(), algo.SHA256, imprint); err == nil {
		t.Fatal("it is dead")
	}
	entered, leave := make(chan struct{}), make(chan struct{})
	r.set("a", func(ctx context.Context, url string, body []byte) ([]byte, error) {
		close(entered)
		<-leave
		return answering(h.TSA(), demopki.Fault{})(ctx, url, body)
	})
	done := make(chan error)
	go func() {
		_, err := r.pool.Timestamp(t.Context(), algo.SHA256, imprint)
		done <- err
	}()
	<-entered
	_, err := r.pool.Timestamp(t.Context(), algo.SHA256, imprint)
	if err == nil || !strings.Contains(err.Error(), "left alone until") || !strings.Contains(err.Error(), io.ErrUnexpectedEOF.Error()) {
		t.Error(err)
	}
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
	r.set("a", answering(h.TSA(), demopki.Fault{}))
	if _, err := r.pool.Timestamp(t.Context(), algo.SHA256, imprint); err != nil {
		t.Error(err)
	}
}

func TestPoolOptions(t *testing.T) {
	a := Authority{Name: "a", Timestamper: &HTTPTimestamper{}}
	for name, o := range map[string]PoolOptions{
		"empty": {Now: now}, "no clock": {Authorities: []Authority{a}}, "same name": {Now: now, Authorities: []Authority{a, a}},
		"no name": {Now: now, Authorities: []Authority{{Timestamper: a.Timestamper}}}, "no address": {Now: now, Authorities: []Authority{{Name: "b"}}},
	} {
		if _, err := NewTimestampPool(o); !errors.Is(err, ErrRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPoolTellsSizeAndAddresses: the room for a token, and the authority that a field demands.
func TestPoolTellsSizeAndAddresses(t *testing.T) {
	h, _ := hierarchy(t)
	r := newRig(t, PoolOptions{}, "a", "b")
	r.set("a", dead)
	r.set("b", answering(h.TSA(), demopki.Fault{}))
	token, err := r.pool.Timestamp(t.Context(), algo.SHA256, algo.SHA256.Sum(nil))
	if err != nil || r.pool.TokenSize() < len(token) {
		t.Error(r.pool.TokenSize(), err)
	}
	if n, ok := r.pool.Named("http://b/"); !ok || n.(*HTTPTimestamper).Address != "http://b/" {
		t.Error(n, ok)
	}
	if _, ok := r.pool.Named("http://c/"); ok {
		t.Error("c is none of them")
	}
}
