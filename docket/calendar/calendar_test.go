package calendar

import (
	"errors"
	"testing"
	"testing/quick"
	"time"
)

func day(t *testing.T, s string) Date {
	t.Helper()
	d, err := ParseISO(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestWorkingDaysOf2026AreTheOfficial241(t *testing.T) {
	if n := New(BuiltIn()...).WorkingDays(2026); n != 241 {
		t.Fatalf("2026 has %d working days, officially 241", n)
	}
}

func TestMovedDays(t *testing.T) {
	c := New(BuiltIn()...)
	for _, s := range []string{
		"2026-03-09", "2026-03-25", "2026-03-26", "2026-03-27", "2026-03-30", "2026-05-11", "2026-05-29", "2026-11-10",
		"2023-01-03", "2023-01-04", // a chain across New Year
		"2025-03-25", "2025-03-26", "2025-04-01", "2025-06-09", "2025-06-16", "2025-11-10", "2025-11-11",
		"2026-01-20",
	} {
		if c.IsWorking(day(t, s)) {
			t.Errorf("%s is a day off", s)
		}
	}
	for _, s := range []string{"2026-03-31", "2026-03-19", "2026-05-12", "2026-06-01", "2026-11-11", "2023-01-05", "2026-10-19", "2026-11-12", "2026-11-17", "2026-01-21"} {
		if !c.IsWorking(day(t, s)) {
			t.Errorf("%s is worked", s)
		}
	}
}

func TestMourningDayIsNotMoved(t *testing.T) {
	if !New().IsWorking(day(t, "2024-01-22")) { // 20 January 2024 is a Saturday
		t.Error("20 January is no holiday: nothing is moved for it")
	}
}

func TestDecreedTransfers(t *testing.T) {
	c := New(Decreed{day(t, "2026-12-05"), DecreedWorking, "act"}, Decreed{day(t, "2026-12-07"), DecreedOff, "act"})
	if !c.IsWorking(day(t, "2026-12-05")) || c.IsWorking(day(t, "2026-12-07")) {
		t.Error("a decreed transfer does not count")
	}
}

func TestDue(t *testing.T) {
	c := New(BuiltIn()...)
	for _, tc := range []struct {
		name, start string
		p           Period
		want        string
		provisional bool
	}{
		{"30 calendar days from 1 March", "2026-03-01", Period{N: 30, Unit: CalendarDays}, "2026-03-31", false},
		{"30 calendar days are not moved", "2026-02-18", Period{N: 30, Unit: CalendarDays}, "2026-03-20", false},
		{"1 working day before Novruz", "2026-03-19", Period{N: 1, Unit: WorkingDay}, "2026-03-31", false},
		{"7 working days", "2026-11-23", Period{N: 7, Unit: WorkingDay}, "2026-12-02", false},
		{"7 working days over New Year, next year not decreed", "2026-12-28", Period{N: 7, Unit: WorkingDay}, "2027-01-11", true},
		{"a month is clamped", "2026-01-31", Period{N: 1, Unit: Months}, "2026-02-28", false},
		{"a month into a leap year", "2028-01-31", Period{N: 1, Unit: Months}, "2028-02-29", false},
	} {
		got, prov := c.Due(day(t, tc.start), tc.p)
		if got.String() != tc.want || prov != tc.provisional {
			t.Errorf("%s: %s provisional %v, want %s %v", tc.name, got, prov, tc.want, tc.provisional)
		}
	}
}

func TestEndOfDayInBaku(t *testing.T) {
	for s, want := range map[string]string{
		"2026-03-31": "2026-03-31T19:59:59Z",
		"2015-07-01": "2015-07-01T18:59:59Z", // summer time until 2015
	} {
		if got := day(t, s).End().Format(time.RFC3339); got != want {
			t.Errorf("end of %s is %s, want %s", s, got, want)
		}
	}
	if got := DateOf(time.Date(2026, 3, 1, 20, 30, 0, 0, time.UTC)).String(); got != "2026-03-02" {
		t.Errorf("20:30 UTC of 1 March is %s in Baku", got)
	}
}

func TestParse(t *testing.T) {
	for s, want := range map[string]string{
		"1.2.2026": "2026-02-01", "01/02/2026": "2026-02-01", " 01.02.2026 ": "2026-02-01", "2026-02-01": "2026-02-01", "29.02.2028": "2028-02-29",
		"31.02.2026": "", "0.1.2026": "", "1.13.2026": "", "1.2.26": "", "": "", "bu gün": "", "1.2.2026.3": "", "-1.2.2026": "2026-02-01",
	} {
		got, err := Parse(s)
		if want == "" {
			if !errors.Is(err, ErrDate) {
				t.Errorf("%q is taken for %s", s, got)
			}
			continue
		}
		if err != nil || got.String() != want {
			t.Errorf("%q is %s (%v), want %s", s, got, err, want)
		}
	}
}

func TestAddedWorkingDaysAreWorked(t *testing.T) {
	c := New(BuiltIn()...)
	check := func(off uint16, n uint8) bool {
		start := Of(2025, 1, 1).AddDays(int(off) % 700)
		k := int(n)%40 + 1
		due, _ := c.Due(start, Period{N: k, Unit: WorkingDay})
		count := 0
		for d := start.AddDays(1); !due.Before(d); d = d.AddDays(1) {
			if c.IsWorking(d) {
				count++
			}
		}
		return count == k && c.IsWorking(due) && start.DaysUntil(due) >= k
	}
	if err := quick.Check(check, &quick.Config{MaxCount: 60}); err != nil {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1.2.2026")
	f.Add("2026-02-01")
	f.Add("٣.1.2026")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if err != nil {
			return
		}
		if back, err := ParseISO(d.String()); err != nil || back != d {
			t.Fatalf("%q: %v does not survive its own text: %v", s, d, err)
		}
	})
}
