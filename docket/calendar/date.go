// Package calendar counts days as the agency does: calendar days, working days by Labour Code 105, legal dates in Asia/Baku.
//
// It knows no clock: the caller hands in every instant. Baku time comes from the IANA table that is compiled in, never from a fixed
// offset, for Azerbaijan kept summer time until 2015.
package calendar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // Baku time on machines without a zone database
)

// Date is a legal day without a time of day. The zero value is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ErrDate is returned for a text that is no date.
var ErrDate = errors.New("calendar: not a date")

// Baku returns the Asia/Baku location.
func Baku() *time.Location {
	loc, err := time.LoadLocation("Asia/Baku")
	if err != nil { // can't be: the table is compiled in
		return time.FixedZone("Asia/Baku", 4*3600)
	}
	return loc
}

// DateOf returns the day in Baku on which t falls.
func DateOf(t time.Time) Date {
	y, m, d := t.In(Baku()).Date()
	return Date{y, m, d}
}

// Of makes a date; days beyond the month's end roll over, as in time.Date.
func Of(year int, month time.Month, day int) Date {
	y, m, d := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Date()
	return Date{y, m, d}
}

// utc is midnight of the day in UTC, for counting.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// IsZero says whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// AddDays returns the day n days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date { return Of(d.Year, d.Month, d.Day+n) }

// AddMonths returns the same day n months later, clamped to the month's end: 31 January and one month is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	first := Of(d.Year, d.Month+time.Month(n), 1)
	last := Of(first.Year, first.Month+1, 0)
	return Date{first.Year, first.Month, min(d.Day, last.Day)}
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Compare is -1, 0 or 1.
func (d Date) Compare(e Date) int { return d.utc().Compare(e.utc()) }

// Before says whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// DaysUntil counts the days from d to e; negative if e is earlier.
func (d Date) DaysUntil(e Date) int { return int(e.utc().Sub(d.utc()) / (24 * time.Hour)) }

// Start is the first instant of the day in Baku, as UTC.
func (d Date) Start() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, Baku()).UTC()
}

// End is the last second of the day in Baku, 23:59:59, as UTC.
func (d Date) End() time.Time { return d.AddDays(1).Start().Add(-time.Second) }

// String is YYYY-MM-DD, or empty for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// MarshalText is String.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD; empty is no date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	p, err := ParseISO(string(b))
	if err != nil {
		return err
	}
	*d = p
	return nil
}

// ParseISO reads YYYY-MM-DD.
func ParseISO(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%w: %q", ErrDate, s)
	}
	y, m, d := t.Date()
	return Date{y, m, d}, nil
}

// Parse reads what people type: gg.aa.iiii, also with slashes or hyphens and without leading zeros (1.2.2026, 01/02/2026), and YYYY-MM-DD.
func Parse(s string) (Date, error) {
	s = strings.TrimSpace(s)
	if len(s) == 10 && s[4] == '-' {
		return ParseISO(s)
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == '/' || r == '-' })
	if len(parts) != 3 || len(parts[2]) != 4 {
		return Date{}, fmt.Errorf("%w: %q", ErrDate, s)
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 1 || len(p) > 4 {
			return Date{}, fmt.Errorf("%w: %q", ErrDate, s)
		}
		n[i] = v
	}
	d := Date{n[2], time.Month(n[1]), n[0]}
	if n[1] > 12 || Of(d.Year, d.Month, d.Day) != d {
		return Date{}, fmt.Errorf("%w: %q", ErrDate, s)
	}
	return d, nil
}
