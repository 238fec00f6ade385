package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

const (
	barWidth    = 30                     // columns
	barThrottle = 100 * time.Millisecond // at least between two drawings
)

// progressBar is one line of a terminal: how much of a run is done, how fast, and how long it will go on. It is drawn over itself and gone at the
// end. A terminal that can't be written to is no reason to stop, so nothing fails.
type progressBar struct {
	w              io.Writer
	now            func() time.Time
	total, done    int
	started, drawn time.Time
}

// progress shows a bar on a terminal when there is more than one file.
func progress(w io.Writer, n int) *progressBar {
	if n < 2 || !onTerminal(w) {
		return nil
	}
	return &progressBar{w: w, now: time.Now, total: n, started: time.Now()}
}

// clear takes the bar away, so that something else can be written in its place.
func (b *progressBar) clear() { fmt.Fprint(b.w, "\r\x1b[2K") }

// step counts one document, and draws the bar unless it was drawn just before.
func (b *progressBar) step() {
	b.done++
	now := b.now()
	if b.done >= b.total {
		b.clear()
		return
	}
	if now.Sub(b.drawn) < barThrottle {
		return
	}
	b.drawn = now
	full := barWidth * b.done / b.total
	line := fmt.Sprintf("%3d%% |%s%s| %d/%d", 100*b.done/b.total, strings.Repeat("█", full), strings.Repeat(" ", barWidth-full), b.done, b.total)
	if spent := now.Sub(b.started); spent > 0 {
		left := time.Duration(float64(spent) / float64(b.done) * float64(b.total-b.done))
		line += fmt.Sprintf(" %.1f doc/s, %s", float64(b.done)/spent.Seconds(), left.Round(time.Second))
	}
	fmt.Fprintf(b.w, "\r\x1b[2K%s", line)
}
