package web

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/browser"
)

// TestUploadAndSessionInABrowser: a large file goes with a bar and its answer is shown, be it the next page or the form with what is wrong; the dialog
// that asks whether the session goes on opens in time, has the focus, and Escape goes on (requirements 12, WCAG 2.2.1).
func TestUploadAndSessionInABrowser(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	b, stop, err := browser.Start(ctx, browser.Options{Profile: t.TempDir(), Screenshots: os.Getenv("MOHUR_SCREENSHOTS")})
	must(t, err)
	defer stop()
	d := newFakeDesk()
	site := site0(t, d, nil)
	v, leave, err := b.Visitor(site.url)
	must(t, err)
	defer leave()
	must(t, v.Open("/log-in/body"))
	big := filepath.Join(t.TempDir(), "böyük.txt")
	must(t, os.WriteFile(big, []byte(strings.Repeat("mətn ", 120000)), 0o600))
	must(t, v.Open("/submissions/s1/messages"))
	must(t, v.Attach("attachments", big))
	must(t, v.Click(`button[value="attach"]`))
	must(t, v.Await(`document.body && document.body.innerText.includes("böyük.txt")`))
	if len(d.writing.Attachments) != 1 || d.writing.Attachments[0].Size < 600000 {
		t.Errorf("%+v", d.writing.Attachments)
	}
	d.refusal = docket.Invalid("file", docket.KeyFileType).With("type", "text/plain")
	must(t, v.Open("/submissions/s1"))
	must(t, v.Attach("document", big))
	must(t, v.Click(`form[action$="/documents"] button`))
	must(t, v.Await(`document.title.startsWith("Xəta:")`))
	d.refusal = nil

	must(t, v.Open("/home"))
	if open, err := v.Do(`return String(document.querySelector("dialog").open)`); err != nil || open != "false" {
		t.Errorf("it asks at once: %v %v", open, err)
	}
	_, err = v.Do(`const d = document.querySelector("[data-session]").cloneNode(true); d.dataset.seconds = "240"; document.querySelector("[data-session]").replaceWith(d);
		const s = document.createElement("script"); s.src = "/static/session.js"; document.head.append(s)`)
	must(t, err)
	must(t, v.Await(`document.querySelector("dialog").open`))
	problems, err := v.Inspect("session_dialog")
	must(t, err)
	for _, p := range problems {
		t.Error(p)
	}
	if left, _ := v.Text("[data-left]"); left != "4" {
		t.Errorf("%q minutes are left", left)
	}
	must(t, v.Click("dialog [data-go]"))
	must(t, v.Await(`!document.querySelector("dialog").open`))
}
