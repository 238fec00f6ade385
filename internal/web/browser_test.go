package web

import (
	"context"
	"os"
	"testing"
	"time"

	"mohur/internal/browser"
)

// TestEveryPageInABrowser looks at each page with axe-core and at a width of 320 pixels. MOHUR_SCREENSHOTS keeps the pictures.
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
			for _, p := range problems {
				t.Error(p)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
