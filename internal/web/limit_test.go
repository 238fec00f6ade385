package web

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"
)

func TestLimiterSlides(t *testing.T) {
	l := &limiter{set: 4, period: time.Hour}
	at := func(minute int) time.Time { return noon.Truncate(time.Hour).Add(time.Duration(minute) * time.Minute) }
	for _, step := range []struct {
		minute int
		key    string
		taken  bool
	}{
		{50, "a", true},
		{51, "a", true},
		{52, "a", true},
		{53, "a", true},
		{54, "a", false},
		{54, "b", true},  // another network
		{60, "a", false}, // the next period, and all four weigh
		{76, "a", true},  // three weigh
		{77, "a", false},
		{90, "a", true},   // two weigh, one is taken
		{119, "a", true},  // none of the first period weighs a whole one
		{120, "a", true},  // three of the second
		{122, "a", false}, // and one
		{300, "a", true},  // all forgotten
	} {
		if wait := l.take(step.key, at(step.minute)); wait == 0 != step.taken {
			t.Errorf("minute %d, %s: wait %v, want taken %v", step.minute, step.key, wait, step.taken)
		}
	}
	if len(l.running) != 1 || len(l.previous) != 0 {
		t.Errorf("it remembers %d and %d networks after a long pause", len(l.running), len(l.previous))
	}
}

// TestLimiterWait checks that a wait is enough, and that a second less is not.
func TestLimiterWait(t *testing.T) {
	for _, fill := range []time.Duration{0, 7 * time.Minute, 59 * time.Minute} {
		for _, pause := range []time.Duration{0, time.Minute, 30 * time.Minute, 61 * time.Minute} {
			l := &limiter{set: 3, period: time.Hour}
			now := noon.Truncate(time.Hour).Add(fill)
			for l.take("a", now) == 0 {
			}
			now = now.Add(pause)
			for l.take("a", now) == 0 {
			}
			wait := l.take("a", now)
			if wait <= 0 || wait > 2*time.Hour {
				t.Fatalf("fill %v, pause %v: wait %v", fill, pause, wait)
			}
			if l.take("a", now.Add(wait-time.Second)) == 0 {
				t.Errorf("fill %v, pause %v: taken a second before %v are over", fill, pause, wait)
			}
			if again := l.take("a", now.Add(wait+time.Second)); again > 0 {
				t.Errorf("fill %v, pause %v: after %v still to wait %v", fill, pause, wait, again)
			}
		}
	}
}

func TestNetwork(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7:1234": "192.0.2.7", "192.0.2.7": "192.0.2.7", "[::ffff:192.0.2.7]:80": "192.0.2.7",
		"[2001:db8:1:2:3:4:5:6]:443": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::": "2001:db8:1:2::/64", "[fe80::1%eth0]:443": "fe80::/64",
		"@": "@", "": "",
	} {
		if got := network(address); got != want {
			t.Errorf("%q counts under %q, want %q", address, got, want)
		}
	}
}

func TestLimitSaysWhen(t *testing.T) {
	s := &site{Options: Options{Now: func() time.Time { return noon }, Client: func(r *http.Request) string { return r.Header.Get("X-Test") }}}
	var err error
	if s.pages, err = parsedPages(); err != nil {
		t.Fatal(err)
	}
	h := s.limit(0, 1, time.Minute)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	ask := func(client string) *httptest.ResponseRecorder {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/verify", nil)
		r.Header.Set("X-Test", client)
		h.ServeHTTP(w, r)
		return w
	}
	if w := ask("2001:db8::1"); w.Code != http.StatusNoContent {
		t.Fatalf("the first: %d", w.Code)
	}
	w := ask("2001:db8::2")
	if wait, err := strconv.Atoi(w.Header().Get("Retry-After")); w.Code != http.StatusTooManyRequests || err != nil || wait < 1 || wait > 120 {
		t.Errorf("the second of the same network: %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
	if w := ask("192.0.2.1"); w.Code != http.StatusNoContent {
		t.Errorf("the first of another network: %d", w.Code)
	}
}
