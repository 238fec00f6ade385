package web

import (
	"testing"
	"time"
)

// A label holds the route's pattern, never an id, and each answer is counted with its status.
func TestAnswersAreObservedByPattern(t *testing.T) {
	var seen []string
	d := newFakeDesk()
	v := site0(t, d, func(o *Options) {
		o.Observe = func(took time.Duration, method, route string, status int) {
			if took < 0 {
				t.Errorf("%s took %v", route, took)
			}
			seen = append(seen, method+" "+route+" "+map[int]string{200: "200", 303: "303", 404: "404"}[status])
		}
	})
	v.get("/d/abcdefghijklmnopqrstuvwxyz")
	v.get("/nothing/secret")
	want := []string{"GET /d/{address} 200", "GET none 404"}
	for i, w := range want {
		if i >= len(seen) || seen[i] != w {
			t.Fatalf("seen %q, want %q", seen, want)
		}
	}
}
