// Package browser drives a headless Chromium for the tests of the pages: fill in forms as a person would, look at each page with axe-core and
// at the width of a small phone, and keep a picture of it. It knows nothing of the pages. Only tests import it.
package browser

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	thirdparty "mohur/third_party"
)

// ErrMissing says that no Chromium is installed. A test fails with it and never skips.
var ErrMissing = errors.New("browser: no chromium on this machine (Debian: apt-get install chromium)")

// stepTime bounds one step: a machine under load is slow, a hanging page is a failure.
const stepTime = 30 * time.Second

// Options say where things go.
type Options struct {
	Profile     string // an empty folder for the browser's own files; required
	Screenshots string // folder for the pictures; none are kept if empty
	Extension   string // folder of an unpacked extension, which the main window has (MainWindow); none if empty
}

// Browser is one running Chromium.
type Browser struct {
	ctx   context.Context
	shots string
}

// Start starts Chromium; cancel ends it.
func Start(parent context.Context, o Options) (*Browser, context.CancelFunc, error) {
	path, err := find()
	if err != nil {
		return nil, nil, err
	}
	if o.Screenshots != "" {
		if err := os.MkdirAll(o.Screenshots, 0o755); err != nil {
			return nil, nil, fmt.Errorf("browser: screenshots: %w", err)
		}
	}
	ctx, cancelAlloc := chromedp.NewExecAllocator(parent, extension(o.Extension), chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(o.Profile), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("headless", "new"),
		chromedp.Flag("accept-lang", "az"), chromedp.Flag("lang", "az"), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		cancel()
		cancelAlloc()
		return nil, nil, fmt.Errorf("browser: start: %w", err)
	}
	return &Browser{ctx: ctx, shots: o.Screenshots}, func() { cancel(); cancelAlloc() }, nil
}

// extension loads an unpacked extension, which Chromium's command line does only when told twice.
func extension(folder string) chromedp.ExecAllocatorOption {
	return func(a *chromedp.ExecAllocator) {
		if folder != "" {
			chromedp.Flag("disable-features", "DisableLoadExtensionCommandLineSwitch")(a)
			chromedp.Flag("load-extension", folder)(a)
		}
	}
}

// find looks for Chromium under its usual names.
func find() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", ErrMissing
}

// Visitor is a person at the browser, with cookies of his own.
type Visitor struct {
	ctx   context.Context
	shots string
	Base  string // address of the site, without a slash at the end
}

// Visitor opens a window with empty cookies; cancel closes it.
func (b *Browser) Visitor(base string) (*Visitor, context.CancelFunc, error) {
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	// The window lives as long as the context of its first step, so that step has no time limit of its own.
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		cancel()
		return nil, nil, fmt.Errorf("browser: window: %w", err)
	}
	return &Visitor{ctx: ctx, shots: b.shots, Base: strings.TrimSuffix(base, "/")}, cancel, nil
}

// MainWindow opens a window of the browser's own profile: the extension works there and nowhere else. Its cookies are those of every main window.
func (b *Browser) MainWindow(base string) (*Visitor, context.CancelFunc, error) {
	ctx, cancel := chromedp.NewContext(b.ctx)
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		cancel()
		return nil, nil, fmt.Errorf("browser: window: %w", err)
	}
	return &Visitor{ctx: ctx, shots: b.shots, Base: strings.TrimSuffix(base, "/")}, cancel, nil
}

// do runs steps within the time of one.
func (v *Visitor) do(what string, steps ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(v.ctx, stepTime)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		return fmt.Errorf("browser: %s: %w", what, err)
	}
	return nil
}

// read evaluates an expression within the time of one step.
func read[T any](v *Visitor, what, expression string, o ...chromedp.EvaluateOption) (T, error) {
	ctx, cancel := context.WithTimeout(v.ctx, stepTime)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, o...))
	if err != nil {
		return out, fmt.Errorf("browser: %s: %w", what, err)
	}
	return out, nil
}

// Open goes to a path of the site, or to a whole address.
func (v *Visitor) Open(path string) error {
	if strings.HasPrefix(path, "/") {
		path = v.Base + path
	}
	return v.do("open "+path, chromedp.Navigate(path))
}

// Type replaces the value of the input with an id.
func (v *Visitor) Type(id, value string) error {
	ok, err := read[bool](v, "empty "+id, fmt.Sprintf(`(() => { const e = document.getElementById(%q); if (!e) return false; e.value = ""; return true })()`, id))
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("browser: %s has no input %q", v.where(), id)
	}
	return v.do("type into "+id, chromedp.SendKeys(chromedp.CSS(byID(id)), value))
}

// Choose picks the line of a select whose text holds the given text.
func (v *Visitor) Choose(id, text string) error {
	ok, err := read[bool](v, "choose in "+id, fmt.Sprintf(`(() => { const s = document.getElementById(%q);
		const o = [...s.options].find(o => o.text.includes(%q)); if (!o) return false; s.value = o.value; return true })()`, id, text))
	if err == nil && !ok {
		return fmt.Errorf("browser: %s has no line with %q", id, text)
	}
	return err
}

// Attach chooses files for a file input.
func (v *Visitor) Attach(id string, files ...string) error {
	return v.do("attach to "+id, chromedp.SetUploadFiles(chromedp.CSS(byID(id)), files))
}

// byID selects an element whose id may hold any character.
func byID(id string) string { return fmt.Sprintf(`[id=%q]`, id) }

// Tick presses a checkbox.
func (v *Visitor) Tick(id string) error {
	return v.do("tick "+id, chromedp.Click(chromedp.CSS(byID(id))))
}

// Press clicks what a selector finds and waits for the page that it leads to.
func (v *Visitor) Press(selector string) error {
	ctx, cancel := context.WithTimeout(v.ctx, stepTime)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Click(chromedp.CSS(selector)))); err != nil {
		return fmt.Errorf("browser: press %s: %w", selector, err)
	}
	return nil
}

// Click clicks what a selector finds and waits for nothing.
func (v *Visitor) Click(selector string) error {
	return v.do("click "+selector, chromedp.Click(chromedp.CSS(selector)))
}

// Await waits until an expression is true on the present page, whichever that is by then.
func (v *Visitor) Await(expression string) error {
	ctx, cancel := context.WithTimeout(v.ctx, stepTime)
	defer cancel()
	for ctx.Err() == nil {
		if ok, err := read[bool](v, "await", "Boolean("+expression+")"); err == nil && ok { // an error: a page is just going
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, _ := v.Text("main")
	return fmt.Errorf("browser: %s: %s did not come true; the page says:\n%s", v.where(), expression, text)
}

// Do runs a script on the present page, which no policy of the site restrains, and returns what it returns as text.
func (v *Visitor) Do(script string) (string, error) {
	return read[string](v, "script", "String((() => {"+script+"})())")
}

// PressText clicks the button or link with the given text and waits for the page that it leads to.
func (v *Visitor) PressText(text string) error {
	ok, err := read[bool](v, "find "+text, fmt.Sprintf(`(() => { for (const e of document.querySelectorAll('[data-pressed]')) e.removeAttribute('data-pressed');
		const e = [...document.querySelectorAll('main button, main a, header a, header button, nav a')].find(e => e.innerText.trim() === %q);
		if (!e) return false; e.setAttribute('data-pressed', ''); return true })()`, text))
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("browser: %s has no button or link %q", v.where(), text)
	}
	return v.Press("[data-pressed]")
}

// where is the address, for messages.
func (v *Visitor) where() string {
	p, _ := v.Path()
	return p
}

// Path is the path of the present page.
func (v *Visitor) Path() (string, error) {
	return read[string](v, "path", `location.pathname`)
}

// Title is the title of the present page.
func (v *Visitor) Title() (string, error) { return read[string](v, "title", `document.title`) }

// Text is the text of the page, or of what a selector finds.
func (v *Visitor) Text(selector string) (string, error) {
	return read[string](v, "text of "+selector, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ""`, selector))
}

// Value is the value of the input with an id.
func (v *Visitor) Value(id string) (string, error) {
	return read[string](v, "value of "+id, fmt.Sprintf(`document.getElementById(%q)?.value ?? ""`, id))
}

// Focused is the class of the element that has the focus.
func (v *Visitor) Focused() (string, error) {
	return read[string](v, "focus", `document.activeElement?.className ?? ""`)
}

// Link is the address that the link with the given text leads to.
func (v *Visitor) Link(text string) (string, error) {
	href, err := read[string](v, "link "+text, fmt.Sprintf(`[...document.querySelectorAll('main a')].find(a => a.innerText.includes(%q))?.getAttribute('href') ?? ""`, text))
	if err == nil && href == "" {
		return "", fmt.Errorf("browser: %s has no link %q", v.where(), text)
	}
	return href, err
}

// Download fetches a file of the site with the visitor's cookies.
func (v *Visitor) Download(path string) ([]byte, error) {
	text, err := read[string](v, "download "+path, fmt.Sprintf(`fetch(%q).then(async r => { if (!r.ok) throw new Error("status " + r.status);
		const b = new Uint8Array(await r.arrayBuffer()); let s = ""; for (let i = 0; i < b.length; i += 8192) s += String.fromCharCode(...b.subarray(i, i + 8192));
		return btoa(s) })`, path), chromedp.EvalAwaitPromise)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

// picture keeps a picture of the whole page.
func (v *Visitor) picture(name string) error {
	if v.shots == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(v.ctx, stepTime)
	defer cancel()
	b, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return fmt.Errorf("browser: picture %s: %w", name, err)
	}
	return os.WriteFile(filepath.Join(v.shots, name+".png"), b, 0o644)
}

// axe is the script of the accessibility rules.
func axe() string { return thirdparty.AxeCore() }
