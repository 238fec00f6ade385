package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	b := &progressBar{w: &out, now: func() time.Time { return now }, total: 4, started: now}
	now = now.Add(2 * time.Second)
	b.step()
	const clear = "\r\x1b[2K"
	if got, want := out.String(), clear+" 25% |"+strings.Repeat("█", 7)+strings.Repeat(" ", 23)+"| 1/4 0.5 doc/s, 6s"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	out.Reset()
	now = now.Add(99 * time.Millisecond)
	if b.step(); out.Len() != 0 {
		t.Errorf("drawn again too soon: %q", out.String())
	}
	now = now.Add(time.Millisecond)
	if b.step(); !strings.Contains(out.String(), "3/4") {
		t.Errorf("got %q", out.String())
	}
	out.Reset()
	if b.step(); out.String() != clear {
		t.Errorf("at the end: %q", out.String())
	}
	if progress(&out, 100) != nil {
		t.Error("a bar where there is no terminal")
	}
}
