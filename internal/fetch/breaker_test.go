package fetch

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// paced is a fetcher that takes a time of a test's clock.
type paced struct {
	clock *clock
	takes time.Duration
	err   error
	calls int
}

func (p *paced) Get(context.Context, string) ([]byte, error) {
	p.calls++
	p.clock.t = p.clock.t.Add(p.takes)
	return []byte("x"), p.err
}

func (p *paced) Post(ctx context.Context, u, _ string, _ []byte) ([]byte, error) {
	return p.Get(ctx, u)
}

func TestADeadHostIsLeftAlone(t *testing.T) {
	cl := &clock{time.Unix(1e9, 0)}
	p := &paced{clock: cl, takes: 10 * time.Second, err: context.DeadlineExceeded}
	b := NewBreaker(p, BreakerOptions{Now: cl.now})
	ask := func(u string) error { _, err := b.Post(context.Background(), u, "t", nil); return err }
	if err := ask("http://dead.test/ocsp"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	var resting *RestingError
	for _, u := range []string{"http://dead.test/ocsp", "http://dead.test/other.crl"} {
		if err := ask(u); !errors.As(err, &resting) || resting.Host != "http://dead.test" || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", u, err)
		}
	}
	if ask("http://alive.test/"); p.calls != 2 {
		t.Errorf("%d requests", p.calls)
	}
	for i, rest := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
		cl.t = cl.t.Add(rest - 30*time.Second)
		if err := ask("http://dead.test/"); !errors.As(err, &resting) && i > 0 {
			t.Errorf("rest %d ended too early: %v", i, err)
		}
		cl.t = cl.t.Add(31 * time.Second)
		before := p.calls
		if ask("http://dead.test/"); p.calls != before+1 {
			t.Errorf("rest %d has no end", i)
		}
	}
	cl.t = cl.t.Add(11 * time.Minute)
	p.err, p.takes = nil, 0
	for range 2 {
		if err := ask("http://dead.test/"); err != nil {
			t.Error("a host that is back is still left alone", err)
		}
	}
}

func TestQuickFailuresAndRefusalsDoNotCount(t *testing.T) {
	cl := &clock{time.Unix(1e9, 0)}
	for name, p := range map[string]*paced{
		"connection refused": {err: errors.New("connection refused"), takes: time.Millisecond}, "status": {err: &StatusError{Status: http.StatusBadGateway}, takes: 5 * time.Second},
		"refused by us": {err: &RefusedError{}}, "too large": {err: &TooLargeError{}, takes: 5 * time.Second}, "asker gone": {err: context.Canceled, takes: 5 * time.Second},
	} {
		p.clock = cl
		b := NewBreaker(p, BreakerOptions{Now: cl.now})
		for range 3 {
			_, _ = b.Get(context.Background(), "http://a.test/")
		}
		if p.calls != 3 {
			t.Errorf("%s: %d of 3 requests", name, p.calls)
		}
	}
	slow := &paced{clock: cl, err: errors.New("reset"), takes: 3 * time.Second}
	b := NewBreaker(slow, BreakerOptions{Now: cl.now})
	_, _ = b.Get(context.Background(), "http://a.test/")
	if _, err := b.Get(context.Background(), "http://a.test/"); slow.calls != 1 || err == nil {
		t.Error("a host that costs time before it fails is asked again at once")
	}
}

// TestAHangingServerDelaysOnce: a real server on loopback that accepts and never answers.
func TestAHangingServerDelaysOnce(t *testing.T) {
	c, _ := served(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that the server sees when the client is gone
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	}, Options{Timeout: 200 * time.Millisecond})
	way := NewCache(NewBreaker(c, BreakerOptions{Now: time.Now}), CacheOptions{Now: time.Now})
	start := time.Now()
	var wg sync.WaitGroup
	for i := range 8 { // together they wait together
		wg.Go(func() {
			_, _ = way.Post(context.Background(), "http://pki.mohur.test/ocsp", "t", []byte{byte(i)})
		})
	}
	wg.Wait()
	first := time.Since(start)
	start = time.Now()
	for i := range 100 { // other certificates of the same responder
		_, err := way.Post(context.Background(), "http://pki.mohur.test/ocsp", "t", []byte{byte(100 + i)})
		if err == nil || !strings.Contains(err.Error(), "pki.mohur.test") {
			t.Fatal(err)
		}
	}
	if later := time.Since(start); first < 200*time.Millisecond || first > 2*time.Second || later > 150*time.Millisecond {
		t.Errorf("first %s, a hundred more %s", first, later)
	}
}
