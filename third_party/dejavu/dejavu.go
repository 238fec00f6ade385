// Package dejavu carries the two DejaVu Sans font files that our documents embed: they hold every letter of Azerbaijani, English and
// Russian and may be embedded freely. The files are whole and unchanged; the package knows nothing of fonts.
package dejavu

import _ "embed" // the font files

//go:embed DejaVuSans.ttf
var regular []byte

//go:embed DejaVuSans-Bold.ttf
var bold []byte

// Regular returns DejaVuSans.ttf. The caller must not write to it.
func Regular() []byte { return regular }

// Bold returns DejaVuSans-Bold.ttf. The caller must not write to it.
func Bold() []byte { return bold }
