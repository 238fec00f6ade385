package pdf

import (
	"errors"
	"fmt"
)

// ErrNotPDF says that the bytes carry no PDF header or no cross-reference data at all.
var ErrNotPDF = errors.New("pdf: not a PDF file")

// ErrPassword says that the document is encrypted and neither the empty nor the given password opens it.
var ErrPassword = errors.New("pdf: the document is encrypted and the password does not open it")

// FormatError is a violation of the syntax that keeps an object or the document from being read.
type FormatError struct {
	Offset int64 // byte offset in the file, -1 when the place is inside a decoded stream
	Msg    string
}

// Error implements error.
func (e *FormatError) Error() string { return fmt.Sprintf("pdf: %s at byte %d", e.Msg, e.Offset) }

// LimitError says that reading on would exceed a budget of [Limits].
type LimitError struct {
	What string // "objects", "depth", "inflated bytes", "revisions", ...
}

// Error implements error.
func (e *LimitError) Error() string { return "pdf: more " + e.What + " than allowed" }

// EncryptionError says that the document's encryption is one this package does not open, by name.
type EncryptionError struct {
	Handler string // /Filter of the encryption dictionary: "Standard", "Adobe.PubSec", ...
	Msg     string
}

// Error implements error.
func (e *EncryptionError) Error() string {
	return fmt.Sprintf("pdf: encryption handler %q: %s", e.Handler, e.Msg)
}

// Problem is something wrong with a document or a signature that does not stop the reading. Keys are stable.
type Problem struct {
	Key    string   // for example PDF_BYTE_RANGE_GAP
	Args   []string // values for the message, in an order fixed per key
	Offset int64    // where, 0 when it has no place
}

// Limits bounds what reading may cost. A zero field means the default, so the zero value is safe.
type Limits struct {
	Objects   int   // cross-reference entries, over all revisions; default 1,000,000, and less for a small file
	Depth     int   // nesting of arrays, dictionaries and trees; default 100
	Inflated  int64 // decoded bytes over the whole life of the document; default 96 MiB
	Stream    int64 // decoded bytes of one stream; default 16,000,000
	Revisions int   // cross-reference sections; default 2,000
	Token     int   // bytes of one string, name or number; default 32 MiB
	Compared  int   // objects compared by one call of Changes; default 1,000,000
	Elements  int   // values in one object, nested ones included, a dictionary for four; default 250,000
	Fields    int   // fields and widgets of the form in one state of the file; default 50,000
	// Walked is how many fields, pages and annotations may be gone over to list them for every state of the file; default 300,000. What
	// changed beyond that is unknown.
	Walked     int
	Signatures int // signatures and orphans; default 500
}

func (l Limits) withDefaults() Limits {
	set := func(p *int, v int) {
		if *p <= 0 {
			*p = v
		}
	}
	set(&l.Objects, 1_000_000)
	set(&l.Depth, 100)
	set(&l.Revisions, 2_000)
	set(&l.Token, 32<<20)
	set(&l.Compared, 1_000_000)
	set(&l.Elements, 250_000)
	set(&l.Fields, 50_000)
	set(&l.Walked, 300_000)
	set(&l.Signatures, 500)
	if l.Inflated <= 0 {
		l.Inflated = 96 << 20
	}
	if l.Stream <= 0 {
		l.Stream = 16_000_000
	}
	return l
}
