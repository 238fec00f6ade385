package auth

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
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
	s, err := New(Options{Sessions: h.memory, Now: func() time.Time { return h.clock }})
	if err != nil {
		t.Fatal(err)
	}
	h.Service = s
	mux := http.NewServeMux()
	mux.HandleFunc("/in", func(w http.ResponseWriter, r *http.Request) {
		if err := s.LogIn(r.Context(), r.URL.Query().Get("account")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("/out", func(_ http.ResponseWriter, r *http.Request) { _ = s.LogOut(r.Context()) })
	mux.HandleFunc("/put", func(_ http.ResponseWriter, r *http.Request) { s.Put(r.Context(), "draft", "kept") })
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(s.Account(r.Context()) + "/" + s.Get(r.Context(), "draft")))
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

func TestLogInStartsAFreshSession(t *testing.T) {
	h := newHarness(t)
	h.get(t, "/put")
	before := h.cookie(t)
	h.get(t, "/in?account=account-1")
	if after := h.cookie(t); before == "" || before == after {
		t.Error("logging in must change the session token")
	}
	if _, who := h.get(t, "/who"); who != "account-1/" {
		t.Errorf("what was noted before the log-in must be gone: %q", who)
	}
	if len(h.memory.sessions) != 1 {
		t.Errorf("%d sessions are stored, the old one must go", len(h.memory.sessions))
	}
}

func TestLogOutAndIdleEndTheSession(t *testing.T) {
	h := newHarness(t)
	h.get(t, "/in?account=account-1")
	h.get(t, "/out")
	if _, who := h.get(t, "/who"); who != "/" {
		t.Errorf("still %q after logging out", who)
	}
	h.get(t, "/in?account=account-1")
	h.clock = h.clock.Add(31 * time.Minute)
	if _, who := h.get(t, "/who"); who != "/" {
		t.Errorf("still %q after half an hour of nothing", who)
	}
}

func TestStoreHoldsNoSecret(t *testing.T) {
	h := newHarness(t)
	h.get(t, "/in?account=account-1")
	for key := range h.memory.sessions {
		if key == h.cookie(t) {
			t.Error("the session's token is stored")
		}
	}
}

func TestOptionsAreRequired(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("a service without a store must be refused")
	}
}

func TestCookieIsHostOnlyOverTLS(t *testing.T) {
	m := NewMemory()
	s, err := New(Options{Sessions: m, Now: time.Now, Secure: true})
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
