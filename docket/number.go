package docket

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mohur/docket/calendar"
)

// Journal is a book of numbers.
type Journal string

// The journals: what comes in, what goes out.
const (
	JournalIncoming Journal = "incoming"
	JournalOutgoing Journal = "outgoing"
)

// Series is one run of numbers: a journal, a unit and a case of the nomenclature; it starts again each Baku calendar year.
type Series struct {
	Journal  Journal
	Unit     string // "9"
	Case     string // "14"
	Template string // "{unit}/{case}-{seq:02}"; also {year}
}

// Number is a number that was taken. Every number of a series has a row, whatever became of its letter.
type Number struct {
	Series  Series
	Year    int
	Seq     int
	Text    string // "9/14-05"
	Date    calendar.Date
	Subject ID // the letter or submission that holds it
	Taken   time.Time
	By      string // the account that took it
	Kind    string // of the document that it stands on: JournalKind.Code
	Annexes int    // documents that share it (S3-17)

	Voided   time.Time // ləğv edildi
	VoidedBy string
	Reason   string
}

// Format spells a number by its series' template. Unknown parts are refused, so that a mistyped template is found at start-up.
func (s Series) Format(year, seq int) (string, error) {
	var b strings.Builder
	rest := s.Template
	for rest != "" {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			break
		}
		part, tail, closed := strings.Cut(after, "}")
		if !closed {
			return "", fmt.Errorf("number template %q: a brace is not closed", s.Template)
		}
		text, err := s.part(part, year, seq)
		if err != nil {
			return "", err
		}
		b.WriteString(text)
		rest = tail
	}
	if !strings.Contains(s.Template, "{seq") {
		return "", fmt.Errorf("number template %q has no {seq}", s.Template)
	}
	return b.String(), nil
}

// part spells one bracketed part of a template.
func (s Series) part(part string, year, seq int) (string, error) {
	name, width, _ := strings.Cut(part, ":")
	switch name {
	case "unit":
		return s.Unit, nil
	case "case":
		return s.Case, nil
	case "year":
		return strconv.Itoa(year), nil
	case "seq":
		w := 0
		if width != "" {
			n, err := strconv.Atoi(width)
			if err != nil || n < 0 || n > 9 {
				return "", fmt.Errorf("number template %q: width %q", s.Template, width)
			}
			w = n
		}
		return fmt.Sprintf("%0*d", w, seq), nil
	default:
		return "", fmt.Errorf("number template %q: unknown part %q", s.Template, part)
	}
}

// Numbers stores the journals.
type Numbers interface {
	// TakeNumber takes the next number of a series in the caller's transaction, so that there is no gap: it commits with its row or not at all.
	TakeNumber(ctx context.Context, s Series, subject ID, by string, now time.Time) (*Number, error)
	// VoidNumber annuls the number a subject holds, with the reason; the row stays.
	VoidNumber(ctx context.Context, subject ID, by, reason string, now time.Time) error
	// Numbers lists a series' numbers of a year by sequence.
	Numbers(ctx context.Context, s Series, year int) ([]Number, error)
}
