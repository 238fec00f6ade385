package browser

import (
	"fmt"

	"github.com/chromedp/chromedp"
)

// violation is what axe-core says of a rule that a page breaks.
type violation struct {
	ID    string   `json:"id"`
	Help  string   `json:"help"`
	Nodes []string `json:"nodes"`
}

// axeRun runs the rules of WCAG 2.0, 2.1 and 2.2, levels A and AA.
const axeRun = `axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]})
	.then(r => r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 300))})))`

// Inspect looks at the present page and says what is wrong with it: broken accessibility rules, sideways scrolling at a width of 320 CSS pixels
// (WCAG 2.2, 1.4.10), not exactly one h1, no title, no language. It keeps two pictures, at 1280 and 320 pixels.
func (v *Visitor) Inspect(name string) (problems []string, err error) {
	if err := v.do("width", chromedp.EmulateViewport(1280, 900)); err != nil {
		return nil, err
	}
	if err := v.do("axe", chromedp.Evaluate[chromedp.Void](axe())); err != nil {
		return nil, err
	}
	found, err := read[[]violation](v, "axe", axeRun, chromedp.EvalAwaitPromise)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		problems = append(problems, fmt.Sprintf("axe %s: %s: %q", f.ID, f.Help, f.Nodes))
	}
	facts, err := read[[]string](v, "facts", `[
		document.querySelectorAll("h1").length === 1 ? "" : "not exactly one h1",
		document.title ? "" : "no title",
		document.documentElement.lang ? "" : "no language"].filter(s => s)`)
	if err != nil {
		return nil, err
	}
	problems = append(problems, facts...)
	if err := v.picture(name); err != nil {
		return nil, err
	}
	if err := v.do("narrow", chromedp.EmulateViewport(320, 800)); err != nil {
		return nil, err
	}
	wide, err := read[string](v, "narrow", `document.documentElement.scrollWidth <= 320 ? "" :
		"at 320 px the page is " + document.documentElement.scrollWidth + " px wide: " +
		[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 321).slice(0, 3).map(e => e.outerHTML.slice(0, 200)).join(" | ")`)
	if err != nil {
		return nil, err
	}
	if wide != "" {
		problems = append(problems, wide)
	}
	if err := v.picture(name + "-320"); err != nil {
		return nil, err
	}
	return problems, v.do("width", chromedp.EmulateViewport(1280, 900))
}
