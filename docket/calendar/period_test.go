package calendar

import (
	"testing"
	"testing/quick"
)

func TestPeriods(t *testing.T) {
	c := New(BuiltIn()...)
	for _, tc := range []struct {
		period, start, want string
		still               []Span
	}{
		{"30 calendar", "2026-03-01", "2026-03-31", nil},
		{"30 calendar same_day", "2026-03-01", "2026-03-30", nil},
		{"20 calendar next_working", "2026-03-01", "2026-03-31", nil}, // 21 March is Novruz, and the days after it
		{"30 calendar", "2026-03-01", "2026-04-05", []Span{{Of(2026, 3, 6), Of(2026, 3, 11)}}},
		{"7 working same_day", "2026-11-23", "2026-12-01", nil},
		{"7 working same_day", "2026-11-22", "2026-12-01", nil},                                 // a Sunday is no day 1
		{"7 working", "2026-11-23", "2026-12-04", []Span{{Of(2026, 11, 25), Of(2026, 11, 29)}}}, // Thursday and Friday did not count
		{"7 working", "2026-11-23", "2026-12-02", []Span{{Of(2026, 11, 28), Of(2026, 11, 29)}}}, // a weekend costs nothing
		{"1 month", "2026-01-31", "2026-02-28", nil},
		{"1 month same_day", "2026-03-01", "2026-03-31", nil},
		{"1 month same_day", "2026-01-31", "2026-02-28", nil},
		{"1 month next_working", "2026-01-28", "2026-03-02", nil}, // 28 February is a Saturday
		{"2 month", "2026-12-31", "2027-02-28", nil},
	} {
		p, err := ParsePeriod(tc.period)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := c.Due(day(t, tc.start), p, tc.still...); got.String() != tc.want {
			t.Errorf("%s from %s: %s, want %s", tc.period, tc.start, got, tc.want)
		}
	}
}

func TestProvisional(t *testing.T) {
	c := New(BuiltIn()...)
	for _, tc := range []struct {
		period, start string
		want          bool
	}{
		{"30 calendar", "2026-12-20", false}, // needs no calendar
		{"7 working", "2026-12-28", true},
		{"7 working", "2026-12-01", false},
		{"30 calendar next_working", "2026-12-20", true},
		{"1 month next_working", "2026-11-01", false},
	} {
		p, err := ParsePeriod(tc.period)
		if err != nil {
			t.Fatal(err)
		}
		if _, got := c.Due(day(t, tc.start), p); got != tc.want {
			t.Errorf("%s from %s: provisional %v", tc.period, tc.start, got)
		}
	}
}

func TestParsePeriod(t *testing.T) {
	for _, bad := range []string{"", "30", "30 days", "0 calendar", "-1 working", "4000 calendar", "30 calendar next_working same_day", "30 calendar same_day same_day", "030 calendar", "30  calendar", "30 calendar "} {
		if p, err := ParsePeriod(bad); err == nil {
			t.Errorf("%q is taken for %v", bad, p)
		}
	}
}

// TestSuspendedDaysAreNotLost: with or without a suspension, the days that count are the same number.
func TestSuspendedDaysAreNotLost(t *testing.T) {
	c := New(BuiltIn()...)
	check := func(off uint16, n, from, long uint8, working bool) bool {
		start := Of(2025, 1, 1).AddDays(int(off) % 600)
		p := Period{N: int(n)%40 + 1, Unit: CalendarDays}
		if working {
			p.Unit = WorkingDay
		}
		plain, _ := c.Due(start, p)
		s := Span{From: start.AddDays(int(from) % max(1, start.DaysUntil(plain)))}
		s.To = s.From.AddDays(int(long) % 30)
		due, _ := c.Due(start, p, s)
		all, _ := c.Days(Span{start, due}, p.Unit)
		still, _ := c.Days(s, p.Unit)
		return all-still == p.N && !due.Before(plain)
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 80}); err != nil {
		t.Error(err)
	}
}

func FuzzParsePeriod(f *testing.F) {
	f.Add("30 calendar")
	f.Add("7 working same_day next_working")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePeriod(s)
		if err != nil {
			return
		}
		if !p.Valid() || p.String() != s {
			t.Fatalf("%q: %v", s, p)
		}
	})
}
