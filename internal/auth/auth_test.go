package auth

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// harness is a server with the calls a page makes, and a clock that stands until it is moved.
type harness struct {
	*Service
	memory *Memory
	clock  time.Time
	url    string
	client *http.Client
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	h := &harness{memory: NewMemory(), clock: time.Now()} // cookies carry real expiry times, so the clock starts now
	s, err := New(Options{Sessions: h.memory, Links: h.memory, Now: func() time.Time { return h.clock }})
	if err != nil {
		t.Fatal(err)
	}
	h.Service = s
	mux := http.NewServeMux()
	mux.HandleFunc("/in", func(w http.ResponseWriter, r *http.Request) {
		if _, err := s.LogIn(r.Context(), r.URL.Query().Get("token")); err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
		}
	})
	mux.HandleFunc("/seat", func(_ http.ResponseWriter, r *http.Request) { _ = s.ChooseSeat(r.Context(), "body-1") })
	mux.HandleFunc("/out", func(_ http.ResponseWriter, r *http.Request) { _ = s.LogOut(r.Context()) })
	mux.HandleFunc("/put", func(_ http.ResponseWriter, r *http.Request) { s.Put(r.Context(), "draft", "kept") })
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(s.Account(r.Context()) + "/" + s.Seat(r.Context()) + "/" + s.Get(r.Context(), "draft")))
	})
	srv := httptest.NewServer(s.Sessions(mux))
	t.Cleanup(srv.Close)
	jar, _ := cookiejar.New(nil)
	h.url, h.client = srv.URL, &http.Client{Jar: jar}
	return h
}

func (h *harness) get(t *testing.T, path string) (int, string) {
	t.Helper()
	res, err := h.client.Get(h.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := res.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			break
		}
	}
	return res.StatusCode, b.String()
}

func (h *harness) cookie(t *testing.T) string {
	t.Helper()
	req, _ := http.NewRequest(http.MethodGet, h.url, nil)
	for _, c := range h.client.Jar.Cookies(req.URL) {
		return c.Value
	}
	return ""
}

func (h *harness) link(t *testing.T, lifetime time.Duration) string {
	t.Helper()
	token, err := h.NewLink(context.Background(), "account-1", lifetime)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestLinkLogsInOnce(t *testing.T) {
	h := newHarness(t)
	token := h.link(t, time.Hour)
	if code, _ := h.get(t, "/in?token="+token); code != http.StatusOK {
		t.Fatalf("log-in: %d", code)
	}
	if _, who := h.get(t, "/who"); who != "account-1//" {
		t.Errorf("logged in as %q", who)
	}
	if code, _ := h.get(t, "/in?token="+token); code != http.StatusForbidden {
		t.Errorf("the link worked twice: %d", code)
	}
}

func TestLinkExpires(t *testing.T) {
	h := newHarness(t)
	token := h.link(t, time.Hour)
	h.clock = h.clock.Add(time.Hour)
	if code, _ := h.get(t, "/in?token="+token); code != http.StatusForbidden {
		t.Errorf("an expired link logged in: %d", code)
	}
}

func TestUnknownLinks(t *testing.T) {
	h := newHarness(t)
	for _, token := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 1<<16)} {
		if _, err := h.LogIn(context.Background(), token); !errors.Is(err, ErrLink) {
			t.Errorf("token of %d characters: %v", len(token), err)
		}
	}
}

func TestOneLinkManyRequestsOneLogIn(t *testing.T) {
	h := newHarness(t)
	hash := hashToken(h.link(t, time.Hour))
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for range 16 {
		wg.Go(func() {
			if _, ok, _ := h.memory.ConsumeLink(context.Background(), hash, h.clock); ok {
				mu.Lock()
				won++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if won != 1 {
		t.Errorf("%d log-ins from one link", won)
	}
}

func TestSessionTokenChangesWithRights(t *testing.T) {
	h := newHarness(t)
	h.get(t, "/put")
	before := h.cookie(t)
	h.get(t, "/in?token="+h.link(t, time.Hour))
	after := h.cookie(t)
	if before == "" || before == after {
		t.Error("logging in must change the session token")
	}
	if _, who := h.get(t, "/who"); who != "account-1//" {
		t.Errorf("what was noted before the log-in must be gone: %q", who)
	}
	h.get(t, "/seat")
	if h.cookie(t) == after {
		t.Error("choosing a seat must change the session token")
	}
	if _, who := h.get(t, "/who"); who != "account-1/body-1/" {
		t.Errorf("seat: %q", who)
	}
	if len(h.memory.sessions) != 1 {
		t.Errorf("%d sessions are stored, the old ones must go", len(h.memory.sessions))
	}
}

func TestLogOutAndIdleEndTheSession(t *testing.T) {
	h := newHarness(t)
	h.get(t, "/in?token="+h.link(t, time.Hour))
	h.get(t, "/out")
	if _, who := h.get(t, "/who"); who != "//" {
		t.Errorf("still %q after logging out", who)
	}
	h.get(t, "/in?token="+h.link(t, time.Hour))
	h.clock = h.clock.Add(31 * time.Minute)
	if _, who := h.get(t, "/who"); who != "//" {
		t.Errorf("still %q after half an hour of nothing", who)
	}
}

func TestStoreHoldsNoSecret(t *testing.T) {
	h := newHarness(t)
	token := h.link(t, time.Hour)
	for hash := range h.memory.links {
		if strings.Contains(hash, token) {
			t.Error("the link's token is stored")
		}
	}
	h.get(t, "/in?token="+token)
	for key := range h.memory.sessions {
		if key == h.cookie(t) {
			t.Error("the session's token is stored")
		}
	}
}

func TestOptionsAreRequired(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a service without stores must be refused")
	}
}

func TestCookieIsHostOnlyOverTLS(t *testing.T) {
	m := NewMemory()
	s, err := New(Options{Sessions: m, Links: m, Now: time.Now, Secure: true})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.Sessions(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { s.Put(r.Context(), "a", "b") })).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	got := w.Header().Get("Set-Cookie")
	for _, want := range []string{"__Host-mohur=", "Path=/", "HttpOnly", "Secure", "SameSite=Lax"} {
		if !strings.Contains(got, want) {
			t.Errorf("cookie %q lacks %s", got, want)
		}
	}
}
