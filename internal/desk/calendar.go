package desk

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"mohur/docket"
	"mohur/docket/calendar"
)

// CalendarYear is a year of the working-day calendar as the agency counts.
type CalendarYear struct {
	Year     int
	Working  int  // working days
	Complete bool // Qurban and Ramazan are entered; without them terms are provisional
	Days     []calendar.Decreed
	Shifts   []calendar.Shift
	Changes  []docket.CalendarChange
}

// CalendarYear shows a year of İş günləri təqvimi (requirements 7).
func (s *Service) CalendarYear(ctx context.Context, who docket.Actor, year int) (*CalendarYear, error) {
	if !who.OfAgency() {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	out := &CalendarYear{Year: year}
	err := s.store.Read(ctx, func(w docket.Work) error {
		cal, err := s.calendar(ctx, w)
		if err != nil {
			return err
		}
		out.Working, out.Complete, out.Shifts = cal.WorkingDays(year), cal.Complete(year), cal.Shifts(year)
		if out.Days, err = w.DecreedDays(ctx, year); err != nil {
			return err
		}
		out.Changes, err = w.CalendarChanges(ctx, year)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// PutCalendarDays enters decreed days (administrator). The act that says so is required. Terms that were provisional are computed anew.
func (s *Service) PutCalendarDays(ctx context.Context, who docket.Actor, days ...calendar.Decreed) error {
	if err := need(who, docket.RoleAdmin); err != nil {
		return err
	}
	for i := range days {
		if errs := checkDay(&days[i]); len(errs) > 0 {
			return errs
		}
	}
	err := s.store.InTx(ctx, func(w docket.Work) error {
		for _, d := range days {
			if err := w.PutDecreedDay(ctx, d); err != nil {
				return err
			}
			if err := s.calendarChanged(ctx, w, who, docket.CalendarChange{Day: d}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = s.Recompute(ctx)
	return err
}

// RemoveCalendarDay takes a decreed day away, with a reason (administrator).
func (s *Service) RemoveCalendarDay(ctx context.Context, who docket.Actor, day calendar.Date, kind calendar.DecreedKind, reason string) error {
	if err := need(who, docket.RoleAdmin); err != nil {
		return err
	}
	if reason = strings.TrimSpace(reason); reason == "" || utf8.RuneCountInString(reason) > 500 {
		return docket.Invalid("reason", docket.KeyRequired)
	}
	err := s.store.InTx(ctx, func(w docket.Work) error {
		days, err := w.DecreedDays(ctx, day.Year)
		if err != nil {
			return err
		}
		c := docket.CalendarChange{Day: calendar.Decreed{Date: day, Kind: kind}, Removed: true, Reason: reason}
		for _, d := range days {
			if d.Date == day && d.Kind == kind {
				c.Day.Source = d.Source
			}
		}
		if err := w.RemoveDecreedDay(ctx, day, kind); err != nil {
			return err
		}
		return s.calendarChanged(ctx, w, who, c)
	})
	if err != nil {
		return err
	}
	_, err = s.Recompute(ctx)
	return err
}

func (s *Service) calendarChanged(ctx context.Context, w docket.Work, who docket.Actor, c docket.CalendarChange) error {
	c.ID, c.By, c.ByName, c.At = docket.NewID(s.now()), who.UserID, who.Name, s.now()
	if err := w.AddCalendarChange(ctx, &c); err != nil {
		return err
	}
	action := docket.AuditCalendarDay
	if c.Removed {
		action = docket.AuditCalendarDayRemoved
	}
	return s.audit(ctx, w, who, action, c.ID, "", "day", c.Day.Date.String(), "kind", string(c.Day.Kind))
}

// checkDay lists what is wrong with a decreed day.
func checkDay(d *calendar.Decreed) docket.Errors {
	var errs docket.Errors
	d.Source = strings.TrimSpace(d.Source)
	if d.Date.IsZero() || d.Date.Year < 2000 || d.Date.Year > 2100 {
		errs = append(errs, docket.Invalid("date", docket.KeyDate))
	}
	if !d.Kind.Known() {
		errs = append(errs, docket.Invalid("kind", docket.KeyChoice))
	}
	switch n := utf8.RuneCountInString(d.Source); {
	case n == 0:
		errs = append(errs, docket.Invalid("source", docket.KeyRequired))
	case n > 300:
		errs = append(errs, docket.Invalid("source", docket.KeyTooLong).With("max", 300))
	}
	return errs
}

// CalendarLine is a line of an imported calendar: a day, or what is wrong with it.
type CalendarLine struct {
	Line   int
	Text   string // as it was written
	Day    calendar.Decreed
	Known  bool // the very day is in the calendar
	Errors docket.Errors
}

// Bounds of an imported calendar.
const (
	calendarBytes = 64 << 10
	calendarLines = 1000
)

// ReadCalendar reads days from CSV: date, kind (qurban, ramazan, off, working), act; separated by commas or semicolons, a head line is passed over.
// Nothing is entered; PutCalendarDays does that with the lines, if none of them is wrong (administrator).
func (s *Service) ReadCalendar(ctx context.Context, who docket.Actor, text string) ([]CalendarLine, error) {
	if err := need(who, docket.RoleAdmin); err != nil {
		return nil, err
	}
	if len(text) > calendarBytes {
		return nil, docket.Invalid("csv", docket.KeyTooLarge).With("max", calendarBytes)
	}
	lines, err := calendarLinesOf(text)
	if err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		have, err := w.DecreedDays(ctx, 0)
		for i := range lines {
			for _, d := range have {
				lines[i].Known = lines[i].Known || d == lines[i].Day
			}
		}
		return err
	})
	return lines, err
}

func calendarLinesOf(text string) ([]CalendarLine, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	first, _, _ := strings.Cut(text, "\n")
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.TrimLeadingSpace, r.LazyQuotes = -1, true, true
	if strings.Count(first, ";") > 0 {
		r.Comma = ';'
	}
	var lines []CalendarLine
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, docket.Invalid("csv", docket.KeyCalendarCSV).Because(err)
		}
		n, _ := r.FieldPos(0)
		if len(lines) >= calendarLines {
			return nil, docket.Invalid("csv", docket.KeyTooMany).With("max", calendarLines)
		}
		if l, ok := calendarLine(n, record); ok {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return nil, docket.Invalid("csv", docket.KeyRequired)
	}
	return lines, nil
}

// calendarLine reads one record; the head and empty ones are none.
func calendarLine(n int, record []string) (CalendarLine, bool) {
	l := CalendarLine{Line: n, Text: strings.Join(record, "; ")}
	for i := range record {
		record[i] = strings.TrimSpace(record[i])
	}
	if strings.Join(record, "") == "" {
		return l, false
	}
	date, err := calendar.Parse(record[0])
	if err != nil && n == 1 {
		return l, false // the head
	}
	if err == nil {
		l.Day.Date = date
	}
	if len(record) > 1 {
		l.Day.Kind = calendar.DecreedKind(strings.ToLower(record[1]))
	}
	if len(record) > 2 {
		l.Day.Source = strings.Join(record[2:], ", ")
	}
	l.Errors = checkDay(&l.Day)
	return l, true
}
