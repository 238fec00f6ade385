package fetch

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type fake struct {
	calls atomic.Int32
	body  string
	err   error
	wait  chan struct{}
}

func (f *fake) Get(context.Context, string) ([]byte, error) {
	f.calls.Add(1)
	if f.wait != nil {
		<-f.wait
	}
	return []byte(f.body), f.err
}

func (f *fake) Post(ctx context.Context, u, _ string, _ []byte) ([]byte, error) { return f.Get(ctx, u) }

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestCacheAgesAfterThreeHours(t *testing.T) {
	f, cl := &fake{body: "crl"}, &clock{time.Unix(1e9, 0)}
	c := NewCache(f, CacheOptions{Now: cl.now})
	for range 3 {
		if b, err := c.Get(context.Background(), "u"); err != nil || string(b) != "crl" {
			t.Fatal(string(b), err)
		}
	}
	cl.t = cl.t.Add(3 * time.Hour)
	c.Get(context.Background(), "u")
	if f.calls.Load() != 1 {
		t.Fatalf("%d fetches within three hours", f.calls.Load())
	}
	cl.t = cl.t.Add(time.Second)
	c.Get(context.Background(), "u")
	if f.calls.Load() != 2 {
		t.Fatalf("%d fetches after three hours", f.calls.Load())
	}
}

func TestFailuresAreRememberedShortly(t *testing.T) {
	f, cl := &fake{err: errors.New("down")}, &clock{time.Unix(1e9, 0)}
	c := NewCache(f, CacheOptions{Now: cl.now})
	c.Get(context.Background(), "u")
	if _, err := c.Get(context.Background(), "u"); err == nil || f.calls.Load() != 1 {
		t.Fatal(err, f.calls.Load())
	}
	cl.t = cl.t.Add(61 * time.Second)
	f.err = nil
	if _, err := c.Get(context.Background(), "u"); err != nil || f.calls.Load() != 2 {
		t.Fatal(err, f.calls.Load())
	}
}

func TestPostsDifferByBody(t *testing.T) {
	f, cl := &fake{}, &clock{time.Unix(1e9, 0)}
	c := NewCache(f, CacheOptions{Now: cl.now})
	c.Post(context.Background(), "u", "t", []byte("a"))
	c.Post(context.Background(), "u", "t", []byte("b"))
	c.Post(context.Background(), "u", "t", []byte("a"))
	c.Get(context.Background(), "u")
	if f.calls.Load() != 3 {
		t.Fatalf("%d fetches, want 3", f.calls.Load())
	}
}

func TestEqualRequestsAtOnceAreSentOnce(t *testing.T) {
	f := &fake{body: "x", wait: make(chan struct{})}
	c := NewCache(f, CacheOptions{Now: (&clock{time.Unix(1e9, 0)}).now})
	impatient, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var failed atomic.Int32
	for i := range 8 {
		ctx := context.Background()
		if i == 0 {
			ctx = impatient
		}
		wg.Go(func() {
			if _, err := c.Get(ctx, "u"); err != nil {
				failed.Add(1)
			}
		})
	}
	for f.calls.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	time.Sleep(20 * time.Millisecond)
	close(f.wait)
	wg.Wait()
	if f.calls.Load() != 1 || failed.Load() != 1 {
		t.Fatalf("%d fetches, %d failed: the one who went away must not fail the others", f.calls.Load(), failed.Load())
	}
}

func TestMemoryIsBounded(t *testing.T) {
	f, cl := &fake{body: strings.Repeat("x", 40)}, &clock{time.Unix(1e9, 0)}
	c := NewCache(f, CacheOptions{Now: cl.now, MaxBytes: 100})
	for _, u := range []string{"a", "b", "c"} {
		c.Get(context.Background(), u)
		cl.t = cl.t.Add(time.Second)
	}
	c.mu.Lock()
	n, bytes := len(c.items), c.bytes
	c.mu.Unlock()
	if n != 2 || bytes != 80 {
		t.Fatalf("%d items, %d bytes", n, bytes)
	}
}
