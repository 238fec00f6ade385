package desk

import (
	"context"
	"errors"

	"mohur/docket"
	"mohur/docket/calendar"
)

// Recompute gives open terms the last day that the calendar of today says: after an administrator entered what a year's decrees fix, those that were
// provisional no longer are. Whoever the term concerns is told where the day changed. It may be repeated at any time.
func (s *Service) Recompute(ctx context.Context) (moved int, err error) {
	after := docket.ID("")
	for {
		var open []docket.Deadline
		if err := s.store.Read(ctx, func(w docket.Work) error {
			open, err = w.OpenDeadlines(ctx, calendar.Date{}, after, 0)
			return err
		}); err != nil || len(open) == 0 {
			return moved, err
		}
		after = open[len(open)-1].ID
		for _, d := range open {
			p, _, ok := docket.ParseRule(d.Rule)
			if !ok || p.Unit != calendar.WorkingDay && p.End != calendar.EndNextWorking {
				continue // no calendar says anything about it
			}
			changed := false
			err := s.store.InTx(ctx, func(w docket.Work) error { changed, err = s.recompute(ctx, w, d); return err })
			if errors.Is(err, docket.ErrStale) { // it ended meanwhile, or somebody else changes the case: the next time
				continue
			}
			if err != nil {
				return moved, err
			}
			if changed {
				moved++
			}
		}
	}
}

// recompute computes one term anew; it writes nothing if nothing changes.
func (s *Service) recompute(ctx context.Context, w docket.Work, d docket.Deadline) (changed bool, err error) {
	cal, err := s.calendar(ctx, w)
	if err != nil {
		return false, err
	}
	sub, err := w.Submission(ctx, d.SubmissionID)
	if err != nil {
		return false, err
	}
	due, provisional, err := s.lastDay(ctx, w, d, sub, cal)
	if err != nil || due == d.Due && provisional == d.Provisional {
		return false, err
	}
	if err := w.MoveDeadline(ctx, d.ID, due, provisional); err != nil {
		return false, err
	}
	if d.Kind == deadlineReview {
		sub.Due, sub.Provisional = due, provisional
		err = w.UpdateSubmission(ctx, sub)
	} else {
		err = w.MoveNotices(ctx, sub.ID, due, provisional)
	}
	if err != nil {
		return false, err
	}
	if err := s.audit(ctx, w, docket.System(), docket.AuditTermMoved, sub.ID, "", "term", d.Kind, "from", d.Due.String(), "to", due.String()); err != nil || due == d.Due {
		return true, err
	}
	n := notice{key: docket.NotifyDueMoved, caseNo: sub.Number, link: PathSubmission + string(sub.ID), submissionID: sub.ID}
	if err := s.tellBody(ctx, w, sub.BodyID, n); err != nil {
		return false, err
	}
	return true, s.tellAgency(ctx, w, sub.BodyID, n)
}

// lastDay computes a term. A body's answer is never due earlier than the sealed notice told it.
func (s *Service) lastDay(ctx context.Context, w docket.Work, d docket.Deadline, sub *docket.Submission, cal *calendar.Calendar) (calendar.Date, bool, error) {
	p, _, _ := docket.ParseRule(d.Rule)
	var spans []calendar.Span
	if d.Kind == deadlineReview {
		still, err := w.Suspensions(ctx, sub.ID)
		if err != nil {
			return calendar.Date{}, false, err
		}
		for i := range still {
			if !still[i].To.IsZero() { // an open one moves the day when it ends
				spans = append(spans, still[i].Span(s.today()))
			}
		}
	}
	due, provisional := cal.Due(d.Start, p, spans...)
	if d.Kind == deadlineCorrection && due.Before(d.Due) {
		due = d.Due
	}
	return due, provisional, nil
}
