package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/browser"
	"mohur/internal/demopki"
	"mohur/internal/desk"
	"mohur/internal/locale"
)

// journey is the walk of people through the pages of the real program, in a real browser.
type journey struct {
	*testing.T // of the journey that is walked just now
	caseOf
	office  *testing.T // of the whole walk: windows stay open until its end
	ctx     context.Context
	demo    *demo
	browser *browser.Browser
	windows *tokenWindows // of the person at the token
	dir     string        // for files on their way
	words   *locale.Printer
}

// startBrowser starts Chromium with the host of tokens, which finds the tokens that the demo made before. A missing Chromium fails the test.
func startBrowser(ctx context.Context, t *testing.T) (*browser.Browser, *tokenWindows) {
	t.Helper()
	profile, extension := t.TempDir(), webEIDExtension(t)
	windows := registerHost(t, profile, extension)
	b, stop, err := browser.Start(ctx, browser.Options{Profile: profile, Screenshots: os.Getenv("MOHUR_SCREENSHOTS"), Extension: extension})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return b, windows
}

// newJourney starts the demo's world over a database, SQLite in its own folder if dsn is empty, and walks its case. A missing SoftHSM2 fails the
// test.
func newJourney(ctx context.Context, t *testing.T, dsn string) *journey {
	t.Helper()
	t.Setenv("SOFTHSM2_CONF", "") // the demo sets its own
	var out bytes.Buffer
	configure := func(c *config) {
		if dsn != "" {
			c.Database = dsn
		}
	}
	d := &demo{o: demoOptions{dir: filepath.Join(t.TempDir(), "demo"), port: 8650, configure: configure}, out: &out, started: time.Now()}
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(out.String())
		}
	})
	if err := d.prepare(ctx); err != nil {
		t.Fatal(err)
	}
	if err := d.walk(ctx); err != nil {
		t.Fatal(err)
	}
	b, windows := startBrowser(ctx, t)
	return &journey{T: t, office: t, ctx: ctx, demo: d, browser: b, windows: windows, dir: t.TempDir(), words: locale.For(locale.Azerbaijani)}
}

// person is somebody at the browser.
type person struct {
	*journey
	v *browser.Visitor
}

// visitor is somebody who is not logged in.
func (j *journey) visitor() *person {
	j.Helper()
	v, leave, err := j.browser.Visitor(j.demo.world.address)
	j.must(err)
	j.office.Cleanup(leave)
	return &person{j, v}
}

// logIn is somebody who follows a log-in link; the demo's let in with one click.
func (j *journey) logIn(user docket.ID) *person {
	j.Helper()
	secret, err := j.demo.world.office.desk.IssueLoginLink(j.ctx, docket.System(), user, desk.LinkOptions{Time: time.Hour})
	j.must(err)
	return j.follow(secret)
}

// follow uses a log-in link.
func (j *journey) follow(secret string) *person {
	j.Helper()
	p := j.visitor()
	p.must(p.v.Open(desk.PathLogIn + secret))
	return p
}

// staff is one of the agency's people.
func (j *journey) staff(role docket.Role) *person {
	j.Helper()
	return j.logIn(j.demo.story.staff[role].UserID)
}

func (j *journey) must(err error) {
	j.Helper()
	if err != nil {
		j.Fatal(err)
	}
}

// file writes a document where the browser can choose it.
func (j *journey) file(name string, content []byte) string {
	j.Helper()
	path := filepath.Join(j.dir, name)
	j.must(os.WriteFile(path, content, 0o600))
	return path
}

// look inspects the present page: axe-core, 320 pixels, one h1; and keeps its picture.
func (p *person) look(name string) {
	p.Helper()
	problems, err := p.v.Inspect("journey-" + name)
	p.must(err)
	for _, problem := range problems {
		p.Errorf("%s: %s", name, problem)
	}
}

// open goes to a path and inspects it.
func (p *person) open(path, name string) {
	p.Helper()
	p.must(p.v.Open(path))
	p.look(name)
}

// press clicks a button or link by its text's key.
func (p *person) press(key string) {
	p.Helper()
	p.must(p.v.PressText(p.words.T(key)))
}

// fill types into inputs: pairs of id and value.
func (p *person) fill(pairs ...string) {
	p.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		p.must(p.v.Type(pairs[i], pairs[i+1]))
	}
}

// sees fails unless the page holds each text.
func (p *person) sees(texts ...string) {
	p.Helper()
	all, err := p.v.Text("main")
	p.must(err)
	for _, text := range texts {
		if !strings.Contains(all, text) {
			p.Fatalf("the page does not say %q; it says:\n%s", text, all)
		}
	}
}

// refused fails unless the page is a form refused as it should be: the title says so, the summary has the focus and the text.
func (p *person) refused(text string) {
	p.Helper()
	title, err := p.v.Title()
	p.must(err)
	class := p.focused("error-summary")
	if !strings.HasPrefix(title, p.words.T("error.prefix")) || class != "error-summary" {
		p.Errorf("title %q, focus on %q", title, class)
	}
	p.sees(text)
}

// focused waits until the focus lies on an element of a class, which a script sees to after the page has come, and says where it lies at last.
func (p *person) focused(want string) (class string) {
	p.Helper()
	for range 100 {
		var err error
		class, err = p.v.Focused()
		p.must(err)
		if class == want {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	return class
}

// at is the path of the present page.
func (p *person) at() string {
	p.Helper()
	path, err := p.v.Path()
	p.must(err)
	return path
}

// newHead is the head of a body that the demo's walk leaves alone.
func newHead() demopki.Person {
	return demopki.Person{
		GivenName: "İradə", Surname: "Şıxlı", FIN: "9JK5L6M", Organisation: "Nümunə İqtisadiyyat Mərkəzi", VOEN: "1400000061", Title: "Direktor", SealRight: true,
	}
}
