package calendar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Unit is what a period counts.
type Unit string

// The units of periods.
const (
	CalendarDays Unit = "calendar"
	WorkingDay   Unit = "working"
	Months       Unit = "month"
)

// Units lists them.
func Units() []Unit { return []Unit{CalendarDays, WorkingDay, Months} }

// StartRule says which day is the first of a period.
type StartRule string

// The rules of the start.
const (
	StartNextDay StartRule = ""         // the day after what starts it is day 1
	StartSameDay StartRule = "same_day" // that day itself is day 1
)

// EndRule says what becomes of a last day that is a day off.
type EndRule string

// The rules of the end.
const (
	EndStays       EndRule = ""             // it stays the last day
	EndNextWorking EndRule = "next_working" // the next working day is
)

// MaxPeriod bounds a period's number.
const MaxPeriod = 3660

// Period is how long something may take. The zero rules are the strictest reading of the sources: the first day is the day after the start; the
// last day lasts until 23:59:59 in Baku and is not moved when it is a day off (requirements.md 8, 4).
type Period struct {
	N     int       `json:"n"`
	Unit  Unit      `json:"unit"`
	Start StartRule `json:"start,omitempty"`
	End   EndRule   `json:"end,omitempty"`
}

// Valid says whether the period can be counted.
func (p Period) Valid() bool {
	unit := p.Unit == CalendarDays || p.Unit == WorkingDay || p.Unit == Months
	return unit && p.N >= 1 && p.N <= MaxPeriod && (p.Start == StartNextDay || p.Start == StartSameDay) && (p.End == EndStays || p.End == EndNextWorking)
}

// String spells a period: "30 calendar", "7 working same_day next_working".
func (p Period) String() string {
	s := strconv.Itoa(p.N) + " " + string(p.Unit)
	if p.Start != StartNextDay {
		s += " " + string(p.Start)
	}
	if p.End != EndStays {
		s += " " + string(p.End)
	}
	return s
}

// ErrPeriod is returned for a text that is no period.
var ErrPeriod = errors.New("calendar: not a period")

// ParsePeriod reads what String wrote.
func ParsePeriod(s string) (Period, error) {
	words := strings.Split(s, " ")
	if len(words) < 2 {
		return Period{}, fmt.Errorf("%w: %q", ErrPeriod, s)
	}
	n, err := strconv.Atoi(words[0])
	if err != nil {
		return Period{}, fmt.Errorf("%w: %q", ErrPeriod, s)
	}
	p := Period{N: n, Unit: Unit(words[1])}
	for _, w := range words[2:] {
		switch {
		case w == string(StartSameDay) && p.Start == StartNextDay && p.End == EndStays:
			p.Start = StartSameDay
		case w == string(EndNextWorking) && p.End == EndStays:
			p.End = EndNextWorking
		default:
			return Period{}, fmt.Errorf("%w: %q", ErrPeriod, s)
		}
	}
	if !p.Valid() || p.String() != s {
		return Period{}, fmt.Errorf("%w: %q", ErrPeriod, s)
	}
	return p, nil
}

// Span is days that do not count for a period: those after From, up to To.
type Span struct{ From, To Date }

// Days counts the days of a span in a period's unit: working days for a period of working days, calendar days otherwise. provisional says that
// a year among them lacks its decrees.
func (c *Calendar) Days(s Span, u Unit) (n int, provisional bool) {
	if u != WorkingDay {
		return max(0, s.From.DaysUntil(s.To)), false
	}
	return c.workingBetween(s.From, s.To)
}

// Due returns the last day of a period that starts on a day and stood still in the spans, and whether it is provisional because a year on the way
// lacks its decrees.
func (c *Calendar) Due(start Date, p Period, still ...Span) (due Date, provisional bool) {
	more := 0
	for _, s := range still {
		n, prov := c.Days(s, p.Unit)
		more, provisional = more+n, provisional || prov
	}
	prov := false
	switch p.Unit {
	case Months:
		due = months(start, p).AddDays(more)
	case WorkingDay:
		if p.Start == StartSameDay {
			start = start.AddDays(-1)
		}
		due, prov = c.addWorking(start, p.N+more)
	default:
		due = start.AddDays(p.N + more)
		if p.Start == StartSameDay {
			due = due.AddDays(-1)
		}
	}
	provisional = provisional || prov
	if p.End == EndNextWorking {
		due, prov = c.NextWorking(due)
		provisional = provisional || prov
	}
	return due, provisional
}

// months adds a period of months, clamped to the month's end. One that counts its first day ends the day before the same day of the month: from
// 1 March on 31 March, from 31 January on 28 February.
func months(start Date, p Period) Date {
	due := start.AddMonths(p.N)
	if p.Start == StartSameDay && due.Day == start.Day {
		return due.AddDays(-1)
	}
	return due
}

// NextWorking returns d if it is worked, else the next day that is.
func (c *Calendar) NextWorking(d Date) (next Date, provisional bool) {
	if c.IsWorking(d) {
		return d, !c.complete[d.Year]
	}
	next, provisional = c.addWorking(d, 1)
	return next, provisional
}

// LastWorking returns d if it is worked, else the last working day before it.
func (c *Calendar) LastWorking(d Date) Date {
	for !c.IsWorking(d) {
		d = d.AddDays(-1)
	}
	return d
}

// workingBetween counts the working days after from, up to to.
func (c *Calendar) workingBetween(from, to Date) (n int, provisional bool) {
	year, rest := 0, map[Date]bool(nil)
	for d := from.AddDays(1); !to.Before(d); d = d.AddDays(1) {
		if d.Year != year {
			year, rest = d.Year, c.rest(d.Year)
			provisional = provisional || !c.complete[year]
		}
		if c.worked(d, rest) {
			n++
		}
	}
	return n, provisional
}

func (c *Calendar) addWorking(d Date, n int) (Date, bool) {
	year, rest := d.Year, c.rest(d.Year)
	provisional := false
	for n > 0 {
		d = d.AddDays(1)
		if d.Year != year {
			year, rest = d.Year, c.rest(d.Year)
		}
		provisional = provisional || !c.complete[year]
		if c.worked(d, rest) {
			n--
		}
	}
	return d, provisional
}
