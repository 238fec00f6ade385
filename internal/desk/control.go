package desk

import (
	"context"
	"errors"

	"mohur/docket"
)

// ControlFilter selects open cases for İcraya nəzarət. The zero value is all of them.
type ControlFilter struct {
	Overdue bool
	Within  int // due within so many days; 0: whenever
	State   docket.SubmissionState
	After   docket.ID
	Limit   int
}

// ControlView is the control of execution: open cases by due date, the overdue ones first, and how many are overdue, due within five days, open.
type ControlView struct {
	Rows                []ControlRow
	Overdue, Soon, Open int // at most docket.CountLimit + 1 are counted
}

// ControlRow is an open case with whoever works on it.
type ControlRow struct {
	docket.Submission
	Period   Period
	Executor string
	Unit     *docket.Unit // of the executor; nil: none
}

// soonDays is when a due date is near.
const soonDays = 5

// Control lists open cases by their due date (İcraya nəzarət; S3-02 as J14 needs it): for coordinators and heads.
func (s *Service) Control(ctx context.Context, who docket.Actor, f ControlFilter) (*ControlView, error) {
	if err := need(who, docket.RoleCoordinator, docket.RoleSignatory, docket.RoleVisaGiver); err != nil {
		return nil, err
	}
	today := s.today()
	sf := docket.SubmissionFilter{Order: docket.OrderDue, Limit: f.Limit, After: f.After, Without: closedStates()}
	if f.State != "" && f.State.Open() {
		sf.States = []docket.SubmissionState{f.State}
	}
	switch {
	case f.Overdue:
		sf.DueTo = today.AddDays(-1)
	case f.Within > 0:
		sf.DueTo = today.AddDays(f.Within)
	}
	rows, _, err := s.ListSubmissions(ctx, who, sf)
	if err != nil {
		return nil, err
	}
	v := new(ControlView)
	for _, c := range []struct {
		n *int
		f docket.SubmissionFilter
	}{
		{&v.Overdue, docket.SubmissionFilter{DueTo: today.AddDays(-1)}}, {&v.Soon, docket.SubmissionFilter{DueFrom: today, DueTo: today.AddDays(soonDays)}}, {&v.Open, docket.SubmissionFilter{}},
	} {
		c.f.Without, c.f.Limit = closedStates(), 1
		if _, *c.n, err = s.ListSubmissions(ctx, who, c.f); err != nil {
			return nil, err
		}
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		for _, r := range rows {
			row := ControlRow{Submission: r.Submission, Period: r.Period}
			if err := s.executor(ctx, w, &row); err != nil {
				return err
			}
			v.Rows = append(v.Rows, row)
		}
		return nil
	})
	return v, err
}

// executor names who works on a case and his unit.
func (s *Service) executor(ctx context.Context, w docket.Work, row *ControlRow) error {
	if row.Expert == "" {
		return nil
	}
	u, err := w.User(ctx, row.Expert)
	if errors.Is(err, docket.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	row.Executor = u.Name
	if u.UnitID != "" {
		row.Unit, err = w.Unit(ctx, u.UnitID)
	}
	return err
}

// closedStates are those in which a case does not run.
func closedStates() []docket.SubmissionState {
	return []docket.SubmissionState{
		docket.SubmissionDraft, docket.SubmissionVerifying, docket.SubmissionAnswered, docket.SubmissionWithdrawn, docket.SubmissionReturned, docket.SubmissionArchived,
	}
}
