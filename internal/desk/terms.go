package desk

import (
	"context"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/locale"
)

// Kinds of deadlines.
const (
	deadlineReview     = "review"
	deadlineCorrection = "correction"
)

// calendar is the working-day calendar as administrators entered it.
func (s *Service) calendar(ctx context.Context, w docket.Work) (*calendar.Calendar, error) {
	days, err := w.DecreedDays(ctx, 0)
	if err != nil {
		return nil, err
	}
	return calendar.New(days...), nil
}

// spelled names a period in a letter: "7 iş günü".
func (s *Service) spelled(p calendar.Period) string {
	return locale.For(locale.Azerbaijani).N("term."+string(p.Unit), p.N)
}

// rule is the rule that a case's row carries.
func rule(sub *docket.Submission) calendar.Period {
	p, _, _ := docket.ParseRule(sub.DueRule)
	return p
}

// suspend makes the review stand still from today on, where the procedure says so (requirements 8, 3).
func (s *Service) suspend(ctx context.Context, w docket.Work, sub *docket.Submission, cause docket.ID, t docket.ProcedureTerms) error {
	if !t.Suspend || !sub.StillSince.IsZero() {
		return nil
	}
	d, err := openDeadline(ctx, w, sub.ID, deadlineReview)
	if d == nil || err != nil {
		return err
	}
	sub.StillSince = s.today()
	return w.AddSuspension(ctx, &docket.Suspension{ID: docket.NewID(s.now()), DeadlineID: d.ID, NoticeID: cause, From: sub.StillSince, DueBefore: sub.Due})
}

// resume ends a suspension: its days are counted, and the last day moves by them. Without one it does nothing.
func (s *Service) resume(ctx context.Context, w docket.Work, sub *docket.Submission) error {
	if sub.StillSince.IsZero() {
		return nil
	}
	still, err := w.Suspensions(ctx, sub.ID)
	if err != nil {
		return err
	}
	cal, err := s.calendar(ctx, w)
	if err != nil {
		return err
	}
	sub.StillSince = calendar.Date{}
	for _, open := range still {
		if !open.To.IsZero() {
			continue
		}
		open.To = s.today()
		open.Days, _ = cal.Days(open.Span(open.To), rule(sub).Unit)
		if err := s.moveReview(ctx, w, sub, cal, still); err != nil {
			return err
		}
		open.DueAfter, sub.StillDays = sub.Due, sub.StillDays+open.Days
		if err := w.EndSuspension(ctx, &open); err != nil {
			return err
		}
	}
	return nil
}

// moveReview computes the last day of a review anew from its rule, its start and the times that it stood still.
func (s *Service) moveReview(ctx context.Context, w docket.Work, sub *docket.Submission, cal *calendar.Calendar, still []docket.Suspension) error {
	d, err := openDeadline(ctx, w, sub.ID, deadlineReview)
	if d == nil || err != nil {
		return err
	}
	spans := make([]calendar.Span, len(still))
	for i := range still {
		spans[i] = still[i].Span(s.today())
	}
	sub.Due, sub.Provisional = cal.Due(d.Start, rule(sub), spans...)
	return w.MoveDeadline(ctx, d.ID, sub.Due, sub.Provisional)
}

// openDeadline returns a case's running term of a kind, nil if none runs.
func openDeadline(ctx context.Context, w docket.Work, sub docket.ID, kind string) (*docket.Deadline, error) {
	list, err := w.Deadlines(ctx, sub)
	for i := range list {
		if list[i].Kind == kind && list[i].Closed.IsZero() {
			return &list[i], err
		}
	}
	return nil, err
}

// closeTerms ends every term of a case, a suspension too.
func (s *Service) closeTerms(ctx context.Context, w docket.Work, sub *docket.Submission) error {
	if err := s.resume(ctx, w, sub); err != nil {
		return err
	}
	for _, kind := range []string{deadlineReview, deadlineCorrection} {
		if err := w.CloseDeadlines(ctx, sub.ID, kind, s.now()); err != nil {
			return err
		}
	}
	return nil
}

// Period is where a project stands in its days (S1-29). Days are counted in the unit of its rule; those in which it stood still are not.
type Period struct {
	Received, Due calendar.Date
	Used, Left    int // Left is negative when overdue
	Overdue       bool
	Provisional   bool // the calendar of a year on the way is not complete yet
	Still         int  // days that did not count
	Suspended     bool // it stands still now, and Due moves a day with each
	Rule          string
}

// Total is how many days the period has.
func (p Period) Total() int { return p.Used + p.Left }

// Spent is Used within the period, for a bar that ends where the period does.
func (p Period) Spent() int { return min(max(p.Used, 0), p.Total()) }

// Over is how many days the last one is past.
func (p Period) Over() int { return max(-p.Left, 0) }

// period computes the days of a project; overdue is computed, not a state.
func (s *Service) period(sub *docket.Submission, cal *calendar.Calendar) Period {
	if sub.Due.IsZero() {
		return Period{}
	}
	r, today := rule(sub), s.today()
	days := func(from, to calendar.Date) int {
		if to.Before(from) {
			n, _ := cal.Days(calendar.Span{From: to, To: from}, r.Unit)
			return -n
		}
		n, _ := cal.Days(calendar.Span{From: from, To: to}, r.Unit)
		return n
	}
	p := Period{
		Received: calendar.DateOf(sub.Received), Due: sub.Due, Rule: sub.DueRule, Provisional: sub.Provisional, Still: sub.StillDays,
		Suspended: !sub.StillSince.IsZero(), Left: days(today, sub.Due),
	}
	if p.Suspended {
		now := days(sub.StillSince, today)
		p.Still, p.Left = p.Still+now, p.Left+now
	}
	p.Used = days(p.Received, today) - p.Still
	if r.Start == calendar.StartSameDay {
		p.Used++
	}
	p.Overdue = sub.State.Open() && sub.Due.Before(today) && (!p.Suspended || sub.Due.Before(sub.StillSince))
	return p
}
