package main

import (
	"errors"
	"fmt"
	"time"
)

// Bounds of drawing one document (decisions 22): a foreign PDF is drawn by another program, which may be made to loop, to grow and to write.
const (
	drawTime   = 10 * time.Second
	drawMemory = 512 << 20 // bytes of address space
	drawFile   = 64 << 20  // bytes of one picture
	drawPages  = 60
	drawSide   = 1400 // pixels of a page's longer side
)

// drawer is the program that draws pages.
const drawer = "pdftoppm"

var (
	errNoDrawer    = errors.New("page images need pdftoppm, which is not installed (Debian: apt-get install poppler-utils)")
	errNoIsolation = errors.New("page images are not drawn here: this system does not let a process be shut off from the network and from other processes (it needs Linux user namespaces)")
)

// drawCommand is the process that shuts itself in and becomes the drawing program: `mohur draw PROGRAM ARGUMENTS`, the PDF on its standard input, pages
// into the folder it stands in.
func drawCommand() command {
	return command{
		hidden:  true,
		summary: "draw the pages of a PDF for another mohur process",
		help:    "usage: mohur draw PROGRAM [ARGUMENTS]\n\nStarted by mohur itself, in namespaces of its own; of no use to people.\n\n  mohur draw /usr/bin/pdftoppm -png - page <letter.pdf\n",
		run: func(args []string, std streams) int {
			if len(args) == 0 {
				fmt.Fprintln(std.Err, "mohur: draw is started by mohur itself, with the path of a program")
				return exitUnable
			}
			fmt.Fprintf(std.Err, "mohur: %v\n", becomeDrawer(args[0], args[1:])) // it only comes back if it failed
			return exitUnable
		},
	}
}
