package sqlstore

import (
	"context"

	"mohur/docket"
	"mohur/docket/calendar"
)

func procedureColumns(p *docket.Procedure) []column {
	return []column{
		{"id", &p.ID},
		{"code", &p.Code},
		{"version", &p.Version},
		{"in_force", day{&p.From}},
		{"terms", doc{&p.Terms}},
		{"why", &p.Why},
		{"made_by", ref[docket.ID]{&p.MadeBy}},
		{"made_by_name", &p.MadeByName},
		{"made", stamp{&p.Made}},
	}
}

// AddProcedure adds the next version.
func (w *work) AddProcedure(ctx context.Context, p *docket.Procedure) error {
	return w.insert(ctx, "procedures", procedureColumns(p))
}

// Procedure reads one version.
func (w *work) Procedure(ctx context.Context, code docket.ProcedureCode, version int) (*docket.Procedure, error) {
	return one(ctx, w, "procedures", procedureColumns, "WHERE code = $1 AND version = $2", string(code), version)
}

// ProcedureOn reads the version in force for what comes in on a day.
func (w *work) ProcedureOn(ctx context.Context, code docket.ProcedureCode, d calendar.Date) (*docket.Procedure, error) {
	return one(ctx, w, "procedures", procedureColumns, "WHERE code = $1 AND in_force <= $2 ORDER BY in_force DESC, version DESC LIMIT 1", string(code), d.String())
}

// ListProcedures lists versions, newest first.
func (w *work) ListProcedures(ctx context.Context, code docket.ProcedureCode) ([]docket.Procedure, error) {
	var q where
	if code != "" {
		q.and("code = ?", string(code))
	}
	return many(ctx, w, "procedures", procedureColumns, q.String()+" ORDER BY code, version DESC", q.args...)
}

func suspensionColumns(s *docket.Suspension) []column {
	return []column{
		{"id", &s.ID},
		{"deadline_id", ref[docket.ID]{&s.DeadlineID}},
		{"notice_id", ref[docket.ID]{&s.NoticeID}},
		{"from_day", day{&s.From}},
		{"to_day", day{&s.To}},
		{"days", &s.Days},
		{"due_before", day{&s.DueBefore}},
		{"due_after", day{&s.DueAfter}},
	}
}

// AddSuspension adds one.
func (w *work) AddSuspension(ctx context.Context, s *docket.Suspension) error {
	return w.insert(ctx, "suspensions", suspensionColumns(s))
}

// EndSuspension closes an open one.
func (w *work) EndSuspension(ctx context.Context, s *docket.Suspension) error {
	return w.must(ctx, "UPDATE suspensions SET to_day = $1, days = $2, due_after = $3 WHERE id = $4 AND to_day = ''", s.To.String(), s.Days, s.DueAfter.String(), string(s.ID))
}

// Suspensions lists those of a case's terms.
func (w *work) Suspensions(ctx context.Context, submission docket.ID) ([]docket.Suspension, error) {
	return many(ctx, w, "suspensions", suspensionColumns, "WHERE deadline_id IN (SELECT id FROM deadlines WHERE submission_id = $1) ORDER BY from_day, id", string(submission))
}
