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

// facts are what else can be measured: one h1, which the title begins with, the language, targets of at least 24 pixels (WCAG 2.2, 2.5.8; a link in a
// line of text may be lower), nothing that only a script makes a button (2.1.1), nothing that goes on by itself (2.2.1), nothing that stays over
// the page (2.4.11; a modal dialog has the focus and makes the rest inert), no key of a catalogue in place of its text.
const facts = `(() => {
	const say = [], heads = document.querySelectorAll("h1"), title = document.title, bad = (what, e) => say.push(what + ": " + e.outerHTML.slice(0, 160));
	if (heads.length !== 1) say.push("not exactly one h1");
	else {
		const head = heads[0].cloneNode(true);
		for (const e of head.querySelectorAll(".caption")) e.remove();
		const words = (s) => s.replace(/\s+/g, " ").trim();
		if (!words(title).includes(words(head.textContent))) say.push("title " + title + " is not of the h1 " + words(head.textContent));
	}
	if (!title) say.push("no title");
	if (!document.documentElement.lang) say.push("no language");
	if (document.querySelector("meta[http-equiv=refresh i]")) say.push("the page goes on by itself");
	for (const e of document.querySelectorAll("body *")) {
		if (["fixed", "sticky"].includes(getComputedStyle(e).position) && !e.matches("dialog:modal")) bad("stays over the page", e);
		if (e.tabIndex > 0) bad("an order of its own", e);
	}
	for (const e of document.querySelectorAll("[onclick], a:not([href]), [role=button]:not(button)")) bad("no button for the keyboard", e);
	for (const e of document.querySelectorAll("button, input:not([type=hidden]), select, textarea, summary, a.button, nav a, .back")) {
		const r = e.getBoundingClientRect();
		if (r.width && e.checkVisibility({ visibilityProperty: true }) && (r.width < 24 || r.height < 24)) bad("a target of " + Math.round(r.width) + " x " + Math.round(r.height), e);
	}
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let n; (n = texts.nextNode()); ) if (/^\s*[a-z]+([._][a-z0-9]+)+\s*$/.test(n.textContent) && !/\.[a-z]{3,4}\s*$/.test(n.textContent) && !n.parentElement.closest("code, .mono, dd, td, script, style")) say.push("a key for a text: " + n.textContent);
	return say })()`

// Inspect looks at the present page and says what is wrong with it: broken accessibility rules, sideways scrolling at a width of 320 CSS pixels
// (WCAG 2.2, 1.4.10), which is 1280 pixels at 400 %, and what else can be measured. It keeps two pictures, at 1280 and 320 pixels.
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
	facts, err := read[[]string](v, "facts", facts)
	if err != nil {
		return nil, err
	}
	problems = append(problems, facts...)
	if err := v.picture(name); err != nil {
		return nil, err
	}
	if err := v.do("narrow", chromedp.EmulateViewport(320, 256)); err != nil {
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
