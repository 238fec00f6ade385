//go:build !linux

package main

import (
	"context"
	"io"
)

// drawIn refuses: the isolation that a foreign PDF is drawn in is Linux's.
func drawIn(context.Context, string, io.Reader) error { return errNoIsolation }

// becomeDrawer refuses.
func becomeDrawer(string, []string) error { return errNoIsolation }
