// Package thirdparty embeds files written by others, byte for byte as published: README.md beside it names version, licence and
// SHA-256 of each, and the test holds them to it. It knows nothing of the program.
package thirdparty

import _ "embed"

//go:embed htmx/htmx.min.js
var htmx string

//go:embed axe-core/axe.min.js
var axeCore string

// HTMX is htmx 2.0.11, which the pages use as an extra only: each works without it.
func HTMX() string { return htmx }

// AxeCore is axe-core 4.14.1, for the browser test. A program that doesn't call this function doesn't carry the file.
func AxeCore() string { return axeCore }
