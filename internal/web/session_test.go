package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestSessionAsksBeforeItEnds is WCAG 2.2.1 and S1-35: the page says when the session ends, its script can prolong it, and without one the text stands.
func TestSessionAsksBeforeItEnds(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("body")
	v.get("/home").has(t, `data-session="/session" data-seconds="1800"`, "bu vaxt bitir: 12:30", "Qaralamalar saxlanılır", `src="/static/session.js"`)
	if a := v.post("/session"); a.code != http.StatusOK || a.body != `{"seconds":1800}` {
		t.Errorf("%d %s", a.code, a.body)
	}
	nobody := site0(t, d, nil)
	if a := nobody.post("/session"); a.code != http.StatusForbidden || !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		t.Errorf("nobody's session goes on: %d %s", a.code, a.body)
	}
	if a := nobody.get("/"); strings.Contains(a.body, "data-session") || strings.Contains(a.body, "session.js") {
		t.Error("a visitor has no session to end")
	}
	nobody.get("/log-in?ended=1").has(t, "Sessiya bitdi. Qaralamalarınız saxlanılıb")
	if a := nobody.get("/log-in"); strings.Contains(a.body, "Sessiya bitdi") {
		t.Error("no session ended")
	}
}
