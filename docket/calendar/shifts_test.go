package calendar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestEveryShift holds every shifted day against the ministry's calendars (azerbaijan.md 4): 2022/23 from the press, 2025, and 2026 by Cabinet
// decision № 362 of 2 December 2025.
func TestEveryShift(t *testing.T) {
	c := New(append(BuiltIn(),
		Decreed{Of(2022, 5, 2), DecreedRamazan, "press"}, Decreed{Of(2022, 5, 3), DecreedRamazan, "press"},
		Decreed{Of(2022, 7, 9), DecreedQurban, "press"}, Decreed{Of(2022, 7, 10), DecreedQurban, "press"})...)
	for year, want := range map[int]string{
		2026: "03-08>03-09/5 03-21>03-25/5 03-22>03-26/5 03-20>03-27/6 03-21>03-30/6 05-09>05-11/5 05-28>05-29/6 11-08>11-10/5",
		2025: "03-08>03-10/5 03-22>03-25/5 03-23>03-26/5 03-30>04-01/5 06-07>06-09/5 06-15>06-16/5 11-08>11-10/5 11-09>11-11/5",
		2023: "12-31>01-03/5 01-01>01-04/5",
	} {
		var got []string
		for _, s := range c.Shifts(year) {
			if year == 2023 && s.To.Month > 1 { // only the chain over New Year is in the source
				continue
			}
			got = append(got, fmt.Sprintf("%s>%s/%d", s.From.String()[5:], s.To.String()[5:], s.Part))
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%d:\n%s\nwant\n%s", year, text, want)
		}
	}
	for _, s := range c.Shifts(2023)[:2] { // 31 December 2022 and 1 January 2023 were Saturday and Sunday
		if s.To.Year != 2023 {
			t.Error(s)
		}
	}
	if n := c.WorkingDays(2026); n != 241 {
		t.Errorf("2026 has %d working days, officially 241", n)
	}
	for _, s := range c.Shifts(2026) {
		if c.IsWorking(s.To) || weekend(s.To) || slices.Contains(fixed(2026), s.To) {
			t.Errorf("%s is no shifted day", s.To)
		}
	}
}
