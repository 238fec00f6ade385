package sqlstore

import (
	"context"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

func deadlineColumns(d *docket.Deadline) []column {
	return []column{
		{"id", &d.ID},
		{"submission_id", &d.SubmissionID},
		{"kind", &d.Kind},
		{"start_day", day{&d.Start}},
		{"due", day{&d.Due}},
		{"rule", &d.Rule},
		{"provisional", &d.Provisional},
		{"closed", stamp{&d.Closed}},
	}
}

// AddDeadline adds one.
func (w *work) AddDeadline(ctx context.Context, d *docket.Deadline) error {
	return w.insert(ctx, "deadlines", deadlineColumns(d))
}

// CloseDeadlines closes a project's open ones of a kind.
func (w *work) CloseDeadlines(ctx context.Context, submission docket.ID, kind string, now time.Time) error {
	_, err := w.exec(ctx, "UPDATE deadlines SET closed = $1 WHERE submission_id = $2 AND kind = $3 AND closed IS NULL", instant(now), string(submission), kind)
	return err
}

// Deadlines lists a project's, oldest first.
func (w *work) Deadlines(ctx context.Context, submission docket.ID) ([]docket.Deadline, error) {
	return many(ctx, w, "deadlines", deadlineColumns, "WHERE submission_id = $1 ORDER BY id", string(submission))
}

// RemindedDeadline records a step of an open term's last day, once.
func (w *work) RemindedDeadline(ctx context.Context, id docket.ID, due calendar.Date, step string, now time.Time) error {
	return w.must(ctx, `INSERT INTO deadline_reminders (deadline_id, due, step, told) SELECT id, due, $1, $2 FROM deadlines
		WHERE id = $3 AND due = $4 AND closed IS NULL ON CONFLICT (deadline_id, due, step) DO NOTHING`, step, instant(now), string(id), due.String())
}

// Reminders lists what was told of a term's present last day.
func (w *work) Reminders(ctx context.Context, id docket.ID) ([]string, error) {
	return many(ctx, w, "deadline_reminders", func(s *string) []column { return []column{{"step", s}} },
		"WHERE deadline_id = $1 AND due = (SELECT due FROM deadlines WHERE id = $1) ORDER BY told, step", string(id))
}

// MoveDeadline gives an open term another last day.
func (w *work) MoveDeadline(ctx context.Context, id docket.ID, due calendar.Date, provisional bool) error {
	return w.must(ctx, "UPDATE deadlines SET due = $1, provisional = $2 WHERE id = $3 AND closed IS NULL", due.String(), provisional, string(id))
}

// OpenDeadlines lists the open ones by id.
func (w *work) OpenDeadlines(ctx context.Context, until calendar.Date, after docket.ID, limit int) ([]docket.Deadline, error) {
	var q where
	q.and("closed IS NULL")
	if !until.IsZero() {
		q.and("due <= ?", until.String())
	}
	if after != "" {
		q.and("id > ?", string(after))
	}
	return many(ctx, w, "deadlines", deadlineColumns, q.page("id", limit, 0, 500, 1000), q.args...)
}

func decreedColumns(d *calendar.Decreed) []column {
	return []column{{"day", day{&d.Date}}, {"kind", &d.Kind}, {"source", &d.Source}}
}

// DecreedDays lists what administrators entered for a year, or for all.
func (w *work) DecreedDays(ctx context.Context, year int) ([]calendar.Decreed, error) {
	if year == 0 {
		return many(ctx, w, "decreed_days", decreedColumns, "ORDER BY day, kind")
	}
	return many(ctx, w, "decreed_days", decreedColumns, "WHERE day >= $1 AND day <= $2 ORDER BY day, kind", yearBegins(year), yearEnds(year))
}

func yearBegins(year int) string { return calendar.Date{Year: year, Month: 1, Day: 1}.String() }

func yearEnds(year int) string { return calendar.Date{Year: year, Month: 12, Day: 31}.String() }

// PutDecreedDay enters a day or corrects its source.
func (w *work) PutDecreedDay(ctx context.Context, d calendar.Decreed) error {
	_, err := w.exec(ctx, "INSERT INTO decreed_days (day, kind, source) VALUES ($1, $2, $3) ON CONFLICT (day, kind) DO UPDATE SET source = excluded.source",
		d.Date.String(), string(d.Kind), d.Source)
	return err
}

// RemoveDecreedDay takes a day away.
func (w *work) RemoveDecreedDay(ctx context.Context, d calendar.Date, kind calendar.DecreedKind) error {
	return w.must(ctx, "DELETE FROM decreed_days WHERE day = $1 AND kind = $2", d.String(), string(kind))
}

func calendarChangeColumns(c *docket.CalendarChange) []column {
	return []column{
		{"id", &c.ID},
		{"day", day{&c.Day.Date}},
		{"kind", &c.Day.Kind},
		{"source", &c.Day.Source},
		{"removed", &c.Removed},
		{"reason", &c.Reason},
		{"made_by", ref[docket.ID]{&c.By}},
		{"by_name", &c.ByName},
		{"made", stamp{&c.At}},
	}
}

// AddCalendarChange records what was done to a day.
func (w *work) AddCalendarChange(ctx context.Context, c *docket.CalendarChange) error {
	return w.insert(ctx, "decreed_day_changes", calendarChangeColumns(c))
}

// CalendarChanges lists what was done to a year's days.
func (w *work) CalendarChanges(ctx context.Context, year int) ([]docket.CalendarChange, error) {
	return many(ctx, w, "decreed_day_changes", calendarChangeColumns, "WHERE day >= $1 AND day <= $2 ORDER BY made DESC, id DESC LIMIT 200", yearBegins(year), yearEnds(year))
}
