package desk

import (
	"context"
	"errors"
	"slices"

	"mohur/docket"
	"mohur/docket/calendar"
)

// reminderReach is how many days before its end a term can be told of at most.
const reminderReach = 365

// Remind tells of terms that come near as their procedures say (10, 5 and 2 days ahead, the last working day before one that ends on a day
// off), and the head of those that are over. Each step of a last day is told once (requirements 8, 4; S1-29).
func (s *Service) Remind(ctx context.Context) (told int, err error) {
	if _, err := s.Recompute(ctx); err != nil {
		return 0, err
	}
	var cal *calendar.Calendar
	if err := s.store.Read(ctx, func(w docket.Work) error { cal, err = s.calendar(ctx, w); return err }); err != nil {
		return 0, err
	}
	until, after := s.today().AddDays(reminderReach), docket.ID("")
	for {
		var open []docket.Deadline
		if err := s.store.Read(ctx, func(w docket.Work) error { open, err = w.OpenDeadlines(ctx, until, after, 0); return err }); err != nil || len(open) == 0 {
			return told, err
		}
		after = open[len(open)-1].ID
		for _, d := range open {
			n, err := s.remindOf(ctx, d, cal)
			told += n
			if err != nil {
				return told, err
			}
		}
	}
}

// remindOf tells what is due of one term: one thing at most.
func (s *Service) remindOf(ctx context.Context, d docket.Deadline, cal *calendar.Calendar) (told int, err error) {
	var steps []string
	var sub *docket.Submission
	err = s.store.Read(ctx, func(w docket.Work) error {
		if sub, err = w.Submission(ctx, d.SubmissionID); err != nil {
			return err
		}
		p, err := w.Procedure(ctx, sub.Procedure, sub.ProcedureVersion)
		if err != nil {
			return err
		}
		if d.Kind == deadlineReview && !sub.StillSince.IsZero() { // it stands still
			return nil
		}
		done, err := w.Reminders(ctx, d.ID)
		for _, step := range dueSteps(p.Terms, d.Due, s.today(), cal) {
			if !slices.Contains(done, step) {
				steps = append(steps, step)
			}
		}
		return err
	})
	if err != nil || len(steps) == 0 {
		return 0, err
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		for _, step := range steps {
			if err := w.RemindedDeadline(ctx, d.ID, d.Due, step, s.now()); err != nil {
				return err
			}
		}
		return s.remind(ctx, w, d, sub, slices.Contains(steps, docket.StepOverdue))
	})
	if errors.Is(err, docket.ErrStale) { // another process told it, or the term ended meanwhile
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return 1, nil
}

// dueSteps lists the steps that are reached on a day.
func dueSteps(t docket.ProcedureTerms, due, today calendar.Date, cal *calendar.Calendar) []string {
	left := today.DaysUntil(due)
	if left < 0 {
		return []string{docket.StepOverdue}
	}
	var steps []string
	if n := t.Reminder(left); n > 0 {
		steps = append(steps, docket.Step(n))
	}
	if last := cal.LastWorking(due); last != due && !today.Before(last) {
		steps = append(steps, docket.StepLastWorking)
	}
	return steps
}

// remind tells the side that has to act: the agency of its review, the body of its correction. Of a term that is over the agency's head is told.
func (s *Service) remind(ctx context.Context, w docket.Work, d docket.Deadline, sub *docket.Submission, overdue bool) error {
	if err := s.remindEvent(ctx, w, sub); err != nil {
		return err
	}
	n := notice{
		key: docket.NotifyDue, caseNo: sub.Number, link: PathSubmission + string(sub.ID), submissionID: sub.ID,
		args: map[string]string{"days": itoa(s.today().DaysUntil(d.Due))},
	}
	if overdue {
		n.key, n.args = docket.NotifyOverdue, nil
	}
	if d.Kind == deadlineCorrection {
		if err := s.tellBody(ctx, w, sub.BodyID, n); err != nil || !overdue {
			return err
		}
	}
	n.link = PathIncoming + string(sub.ID)
	if err := s.tellAgency(ctx, w, sub.BodyID, n); err != nil {
		return err
	}
	users, err := w.UsersOfBody(ctx, "")
	if err != nil {
		return err
	}
	for _, u := range users {
		acts := u.ID == sub.Expert || slices.Contains(u.Roles, docket.RoleCoordinator)
		head := overdue && slices.Contains(u.Roles, docket.RoleSignatory)
		if u.Email == "" || !acts && !head {
			continue
		}
		if err := s.tell(ctx, w, docket.ChannelMail, u.Email, u.ID, "", true, n); err != nil {
			return err
		}
	}
	return nil
}
