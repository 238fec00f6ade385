package fetch

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The client for libraries refuses what Do refuses, follows nothing and reads no more than the limit.
func TestHTTPClientIsGuarded(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		case "/large":
			_, _ = io.WriteString(w, strings.Repeat("x", 101))
		default:
			_, _ = io.WriteString(w, strings.Repeat("x", 100))
		}
	}))
	defer srv.Close()
	c, err := New(Options{MaxBytes: 100, Map: map[string]string{"http://portal.test/": srv.Listener.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	h := c.HTTPClient()
	for _, bad := range []string{srv.URL, "http://169.254.169.254/", "http://localhost/", "ftp://example.az/", "http://user:x@portal.test/", "http://example.az:8080/"} {
		answer, err := h.Get(bad)
		if refused := new(RefusedError); !errors.As(err, &refused) {
			t.Errorf("%s: %v", bad, err)
		}
		if err == nil {
			_ = answer.Body.Close()
		}
	}
	answer, err := h.Get("http://portal.test/away")
	if err != nil || answer.StatusCode != http.StatusFound {
		t.Fatalf("a redirect: %v %v", answer, err)
	}
	_ = answer.Body.Close()
	for path, whole := range map[string]bool{"/": true, "/large": false} {
		answer, err := h.Get("http://portal.test" + path)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if tooLarge := new(TooLargeError); whole != (err == nil) || !whole && !errors.As(err, &tooLarge) || whole && len(b) != 100 {
			t.Errorf("%s: %d bytes, %v", path, len(b), err)
		}
	}
}
