package calendar

import (
	"slices"
	"time"
)

// Calendar knows which days are worked in a five-day week (Labour Code 105). The zero value knows the fixed holidays only; New adds what
// decrees say. It is immutable and may be used concurrently.
type Calendar struct {
	lunar    map[Date]bool // days of Qurban and Ramazan
	off      map[Date]bool
	working  map[Date]bool
	complete map[int]bool
}

// New makes a calendar from decreed days, usually BuiltIn and what administrators entered.
func New(decreed ...Decreed) *Calendar {
	c := &Calendar{lunar: map[Date]bool{}, off: map[Date]bool{}, working: map[Date]bool{}, complete: map[int]bool{}}
	kinds := map[int]map[DecreedKind]bool{}
	for _, d := range decreed {
		switch d.Kind {
		case DecreedQurban, DecreedRamazan:
			c.lunar[d.Date] = true
			if kinds[d.Date.Year] == nil {
				kinds[d.Date.Year] = map[DecreedKind]bool{}
			}
			kinds[d.Date.Year][d.Kind] = true
		case DecreedOff:
			c.off[d.Date] = true
		case DecreedWorking:
			c.working[d.Date] = true
		}
	}
	for year, k := range kinds {
		c.complete[year] = k[DecreedQurban] && k[DecreedRamazan]
	}
	return c
}

// Complete says whether the lunar holidays of a year were entered; until then a deadline in it is provisional.
func (c *Calendar) Complete(year int) bool { return c.complete[year] }

// fixed is the holidays with a date of their own (Labour Code 105, part 1); Novruz is 20 to 24 March.
func fixed(year int) []Date {
	days := []struct {
		month time.Month
		day   int
	}{
		{1, 1}, {1, 2}, {3, 8}, {3, 20}, {3, 21}, {3, 22}, {3, 23}, {3, 24}, {5, 9}, {5, 28}, {6, 15}, {6, 26}, {11, 8}, {11, 9}, {12, 31},
	}
	out := make([]Date, len(days))
	for i, d := range days {
		out[i] = Date{year, d.month, d.day}
	}
	return out
}

// mourning is 20 January: not worked, but no holiday, so it is never moved.
func mourning(d Date) bool { return d.Month == time.January && d.Day == 20 }

func weekend(d Date) bool { return d.Weekday() == time.Saturday || d.Weekday() == time.Sunday }

// Shift is a day off in the week that another day gave: why it is not worked.
type Shift struct {
	From Date // the holiday that fell on a weekly rest day (part 5) or on another holiday (part 6)
	To   Date
	Part int // of Labour Code 105
}

// rest returns the days off in the week among three years, so that a chain of moved days may cross New Year: holidays, and the days that
// parts 5 and 6 of Labour Code 105 give for those that fall on a weekly rest day or on another holiday.
func (c *Calendar) rest(year int) map[Date]bool {
	taken, _ := c.moved(year)
	return taken
}

// moved is rest with the shifts that it took.
func (c *Calendar) moved(year int) (map[Date]bool, []Shift) {
	var holidays, doubled []Date
	var shifts []Shift
	taken := map[Date]bool{}
	for y := year - 1; y <= year+1; y++ {
		for _, d := range fixed(y) {
			taken[d] = true
			holidays = append(holidays, d)
			if c.lunar[d] {
				doubled = append(doubled, d)
			}
		}
	}
	for d := range c.lunar {
		if d.Year >= year-1 && d.Year <= year+1 && !taken[d] {
			taken[d] = true
			holidays = append(holidays, d)
		}
	}
	slices.SortFunc(holidays, Date.Compare)
	slices.SortFunc(doubled, Date.Compare)
	move := func(from Date, part int) {
		d := from.AddDays(1)
		for weekend(d) || taken[d] || mourning(d) {
			d = d.AddDays(1)
		}
		taken[d] = true
		shifts = append(shifts, Shift{From: from, To: d, Part: part})
	}
	for _, d := range holidays {
		if weekend(d) {
			move(d, 5)
		}
	}
	for _, d := range doubled {
		move(d, 6)
	}
	return taken, shifts
}

// Shifts lists the days off in a year that other days gave, in the order of the days.
func (c *Calendar) Shifts(year int) []Shift {
	_, all := c.moved(year)
	out := slices.DeleteFunc(all, func(s Shift) bool { return s.To.Year != year })
	slices.SortFunc(out, func(a, b Shift) int { return a.To.Compare(b.To) })
	return out
}

// IsWorking says whether d is worked.
func (c *Calendar) IsWorking(d Date) bool { return c.worked(d, c.rest(d.Year)) }

func (c *Calendar) worked(d Date, rest map[Date]bool) bool {
	if c.working[d] {
		return true
	}
	return !weekend(d) && !mourning(d) && !rest[d] && !c.off[d]
}

// WorkingDays counts the working days of a year.
func (c *Calendar) WorkingDays(year int) int {
	rest, n := c.rest(year), 0
	for d := (Date{year, time.January, 1}); d.Year == year; d = d.AddDays(1) {
		if c.worked(d, rest) {
			n++
		}
	}
	return n
}
