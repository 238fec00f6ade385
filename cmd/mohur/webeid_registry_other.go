//go:build !windows

package main

import "syscall"

// errNotADirectory is what a path below a file gives.
const errNotADirectory = syscall.ENOTDIR

// register does nothing: browsers look into folders here.
func register(hostBrowser, bool, string) error { return nil }

// unregister does nothing either.
func unregister(hostBrowser, bool, string) error { return nil }

// lookUp finds no registry.
func lookUp(hostBrowser, bool) (string, bool, error) { return "", false, nil }
