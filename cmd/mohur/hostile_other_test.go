//go:build !linux

package main

import "io"

// measure is the part of the Linux tests that runs as a process of its own.
func measure([]string, io.Writer) int { return exitUnable }
