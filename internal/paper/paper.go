// Package paper makes the documents of the procedure as PDF/A: official letters, receipts, submission records and registration letters.
// The same input gives the same bytes, so a document can be made again and compared. It must not know cases, states, keys or signatures:
// it takes plain structs, and says where on the page a visible seal belongs.
package paper

import (
	"errors"
	"fmt"
	"time"
)

// Document is one finished PDF/A file, unsigned.
type Document struct {
	Bytes []byte
	Pages int
	// Seal is where the visible seal belongs; the zero Place when the document has none.
	Seal Place
}

// Place is a rectangle on a page in PDF units (1/72 inch), counted from the lower left corner.
type Place struct {
	Page           int // from 1
	X1, Y1, X2, Y2 float64
}

// Agency is the head of every sheet.
type Agency struct {
	Name    string // "Vətəndaşlara Xidmət və Sosial İnnovasiyalar üzrə Dövlət Agentliyi"
	Unit    string // the sealing unit, such as "Elektron sənəd dövriyyəsi"; may be empty
	Contact string // one line of address, telephone and site; may be empty
}

// Verification is how a reader of paper finds the electronic original (requirements 8, 22).
type Verification struct {
	URL         string // encoded in the QR code; with its 128-bit random part
	Address     string // the page where number, date and control code are typed
	ControlCode string // printed in groups, such as "K7MX-2D9Q-HT4W"
}

// File is one file that a document lists.
type File struct {
	Name   string
	Size   int64 // bytes
	SHA256 [32]byte
}

// Field is one line of a form. Key is its stable machine name, Label what people read.
type Field struct {
	Key, Label, Value string
}

// ErrIncomplete says that a document lacks something that it can't be made without.
var ErrIncomplete = errors.New("paper: incomplete document")

// TextError names a letter that the embedded fonts can't show. An official letter is refused rather than changed in silence.
type TextError struct {
	Where string
	Rune  rune
}

// Error names the letter and where it stands.
func (e *TextError) Error() string {
	return fmt.Sprintf("paper: the letter %q (U+%04X) in %s can't be printed", e.Rune, e.Rune, e.Where)
}

func incomplete(what string) error { return fmt.Errorf("%w: %s", ErrIncomplete, what) }

// day writes a date as Azerbaijani documents do.
func day(t time.Time) string { return t.Format("02.01.2006") }

// moment writes a date and time with its offset from UTC, so that it reads the same everywhere.
func moment(t time.Time) string { return t.Format("02.01.2006 15:04:05 (UTC-07:00)") }

// size writes a number of bytes for people.
func size(n int64) string {
	switch {
	case n < 1024:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KB", float64(n)/1024)
	default:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
}
