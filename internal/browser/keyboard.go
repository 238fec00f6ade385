package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// stations notes, in the order of the document, what the Tab key should reach: links, buttons, fields, the first or the ticked one of a group of radio
// buttons; nothing that is hidden or disabled. The key starts before the first of them.
const stations = `(() => {
	const shown = (e) => e.checkVisibility({ visibilityProperty: true }) && !e.disabled && e.tabIndex >= 0;
	const one = (e) => e.type !== "radio" || e === ([...document.getElementsByName(e.name)].find((r) => r.checked) || document.getElementsByName(e.name)[0]);
	window.stations = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")].filter((e) => shown(e) && one(e));
	window.stations.plain = window.stations.map((e) => getComputedStyle(e).outline + getComputedStyle(e).boxShadow + getComputedStyle(e).left);
	document.body.setAttribute("tabindex", "-1"); document.body.focus(); document.body.removeAttribute("tabindex"); scrollTo(0, 0);
	return window.stations.length })()`

// station is what the Tab key reached.
type station struct {
	At   int    `json:"at"`   // its place in the document's order; -1: no station
	Ring bool   `json:"ring"` // the focus shows
	Seen bool   `json:"seen"` // within the window, and nothing lies over it
	What string `json:"what"`
}

const reached = `(() => {
	const e = document.activeElement, at = window.stations.indexOf(e), s = getComputedStyle(e), r = e.getClientRects()[0] || e.getBoundingClientRect();
	const x = Math.min(Math.max((r.left + r.right) / 2, 0), innerWidth - 1), y = Math.min(Math.max((r.top + r.bottom) / 2, 0), innerHeight - 1);
	const over = document.elementFromPoint(x, y);
	return { at, ring: s.outline + s.boxShadow + s.left !== window.stations.plain[at], what: e.outerHTML.slice(0, 160),
		seen: r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth && !!over && (e.contains(over) || over.contains(e)) } })()`

// Keyboard goes through the present page by the Tab key alone and says what is wrong: something is reached in another order than the page is read
// in (WCAG 2.2, 2.4.3), can't be reached or not be left (2.1.1, 2.1.2), or the focus does not show (2.4.7) or lies under something (2.4.11).
func (v *Visitor) Keyboard() (problems []string, err error) {
	n, err := read[int](v, "stations", stations)
	if err != nil {
		return nil, err
	}
	for i := range n {
		if err := v.do("tab", chromedp.KeyEvent(kb.Tab)); err != nil {
			return nil, err
		}
		at, err := read[station](v, "focus", reached)
		if err != nil {
			return nil, err
		}
		switch {
		case at.At != i:
			return append(problems, fmt.Sprintf("Tab %d leads to place %d of the page: %s", i, at.At, at.What)), nil
		case !at.Ring:
			problems = append(problems, "the focus does not show on "+at.What)
		case !at.Seen:
			problems = append(problems, "the focus lies out of sight on "+at.What)
		}
	}
	return problems, nil
}

// Key presses a key: kb.Enter, kb.Tab, a space or a letter.
func (v *Visitor) Key(key string) error { return v.do("key", chromedp.KeyEvent(key)) }

// WithoutScripts lets the pages of this window run no script from the next one on. What the test itself asks of them still works.
func (v *Visitor) WithoutScripts() error {
	return v.do("no scripts", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
}
