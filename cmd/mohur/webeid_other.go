//go:build !unix

package main

import (
	"errors"
	"io/fs"
	"os"
)

// writableByOthers knows no way to tell: the file lies in the user's own profile.
func writableByOthers(fs.FileInfo) string { return "" }

// terminal is none here.
type terminal struct{ *os.File }

// openTerminal finds none: a browser has no terminal here.
func openTerminal() (*terminal, error) { return nil, errors.New("there is no terminal") }
