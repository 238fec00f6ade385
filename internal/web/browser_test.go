package web

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/internal/browser"
	"mohur/internal/locale"
	"mohur/internal/webeid"
)

// TestEveryPageInABrowser looks at each page with axe-core and at a width of 320 pixels, goes through it by the Tab key, and opens it without scripts
// (requirements 9 and 11; docs/accessibility.md). MOHUR_SCREENSHOTS keeps the pictures.
func TestEveryPageInABrowser(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	b, stop, err := browser.Start(ctx, browser.Options{Profile: t.TempDir(), Screenshots: os.Getenv("MOHUR_SCREENSHOTS")})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	for _, c := range everyPage() {
		t.Run(c.name, func(t *testing.T) {
			d := newFakeDesk()
			if c.prepare != nil {
				c.prepare(d)
			}
			site := site0(t, d, c.options())
			v, leave, err := b.Visitor(site.url)
			must(t, err)
			defer leave()
			if c.who != "" {
				must(t, v.Open("/log-in/"+c.who)) // in the demo's mode a link lets in at once
			}
			must(t, v.Open(c.path))
			problems, err := v.Inspect(c.name)
			must(t, err)
			more, err := v.Keyboard()
			must(t, err)
			plain, err := withoutScripts(v, c.path)
			must(t, err)
			for _, p := range slices.Concat(problems, more, plain) {
				t.Error(p)
			}
		})
	}
}

// withoutScripts opens the page once more with no script and says what is missing then: every heading, form, field and button stands there, and the
// same text. What is only for a script is hidden without one.
func withoutScripts(v *browser.Visitor, path string) ([]string, error) {
	const parts = `return [...document.querySelectorAll("h1, h2, form, label, input, select, textarea, main a, main button")].filter(e => e.checkVisibility() && !e.closest("[data-webeid], [data-passkey]")).map(e => e.tagName + ":" + (e.id || e.name || e.textContent.trim())).join("\n")`
	with, err := v.Do(parts)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(v.WithoutScripts(), v.Open(path)); err != nil {
		return nil, err
	}
	without, err := v.Do(parts)
	if err != nil {
		return nil, err
	}
	have := strings.Split(without, "\n")
	var out []string
	for part := range strings.SplitSeq(with, "\n") {
		if !slices.Contains(have, part) {
			out = append(out, "without scripts there is no "+part)
		}
	}
	return out, nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// pretend is an extension inside the page, for what the page itself does: it acknowledges, hands out a certificate, and then does as told. The
// real protocol, down to a token, is the journey of cmd/mohur.
const pretend = `window.addEventListener("message", (e) => {
	const a = e.data.action || "", answer = (m) => window.postMessage(m, location.origin);
	if (a === "web-eid:get-signing-certificate") {
		answer({ action: a + "-ack" });
		answer({ action: a + "-success", certificate: "MUFCMkNEMw==", supportedSignatureAlgorithms: [] });
	} else if (a === "web-eid:sign") {
		answer({ action: a + "-ack" });
		window.held = (code) => answer({ action: a + "-failure", error: { code } });
	}
})`

// TestTokenOnThePage looks at the page while the window with the PIN is open, and at each failure's sentence.
func TestTokenOnThePage(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	b, stop, err := browser.Start(ctx, browser.Options{Profile: t.TempDir(), Screenshots: os.Getenv("MOHUR_SCREENSHOTS")})
	must(t, err)
	defer stop()
	d := newFakeDesk()
	inDraft(d)
	site := site0(t, d, nil)
	v, leave, err := b.Visitor(site.url)
	must(t, err)
	defer leave()
	must(t, v.Open("/log-in/body"))
	must(t, v.Open("/submit/s1/sign"))
	_, err = v.Do(pretend)
	must(t, err)
	const start, alert = "[data-webeid] [data-start]", "document.querySelector('[data-webeid] [data-alert]').textContent"
	words := (&view{Printer: locale.For(locale.Azerbaijani)}).WebEIDTexts()
	for i, code := range []webeid.Code{webeid.ErrUserCancelled, webeid.ErrUserTimeout, webeid.ErrNativeFatal, webeid.ErrVersionMismatch, webeid.ErrNativeUnavailable, "ERR_OF_TOMORROW"} {
		must(t, v.Click(start))
		must(t, v.Await(`window.held && document.querySelector("[data-hash]").offsetParent && `+alert+` === ""`))
		status, err := v.Text("[data-webeid] [data-status]")
		must(t, err)
		if shown, _ := v.Text("[data-hash]"); shown != "ABCD EF01" || !strings.HasSuffix(status, "ABCD EF01") {
			t.Errorf("the page shows %q and says %q", shown, status)
		}
		if i == 0 {
			problems, err := v.Inspect("submit_sign_comparing")
			must(t, err)
			for _, p := range problems {
				t.Error(p)
			}
		}
		_, err = v.Do(`const held = window.held; window.held = null; held("` + string(code) + `")`)
		must(t, err)
		must(t, v.Await(alert+` !== ""`))
		want := words[string(code)]
		if want == "" {
			want = words[string(webeid.ErrUnknown)]
		}
		if said, _ := v.Do("return " + alert); said != want {
			t.Errorf("%s: %q", code, said)
		}
		if focus, _ := v.Focused(); focus != "button" {
			t.Errorf("the focus went to %q", focus)
		}
	}
}
