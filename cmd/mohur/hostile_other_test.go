//go:build !linux

package main

import "io"

// measuredRun is the part of the Linux tests that runs as a process of its own.
func measuredRun([]string, io.Writer) int { return exitUnable }
