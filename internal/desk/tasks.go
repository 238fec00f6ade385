package desk

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"mohur/docket"
	"mohur/docket/calendar"
)

// GroupRules say how the working group of a project is asked. The zero value is completed by the defaults named at each field.
type GroupRules struct {
	TaskDays int               // working days for a unit's task; default 10
	Kinds    []docket.UnitKind // of the units that are asked if the coordinator says nothing else; default IT, e-services and legal
	NoVisas  bool              // opinions go to the dispatch check without visas
}

func (g GroupRules) completed() GroupRules {
	orValue(&g.TaskDays, 10)
	if g.Kinds == nil {
		g.Kinds = []docket.UnitKind{docket.UnitIT, docket.UnitEServices, docket.UnitLegal}
	}
	return g
}

// TaskInput is what a unit is asked about a project.
type TaskInput struct {
	Unit   docket.ID
	Person docket.ID // who of the unit answers; empty: its head names somebody
	Lead   bool      // this unit's person drafts the opinion
	Ask    string
	Due    calendar.Date // zero: GroupRules.TaskDays working days from today, but not after the project's own day
}

// maxAsk is how many characters a task's words may have.
const maxAsk = 2000

// ReviewSubmission gives an accepted project to units; the review begins, and one of them leads (coordinator; S1-34).
func (s *Service) ReviewSubmission(ctx context.Context, who docket.Actor, id docket.ID, tasks []TaskInput) (*docket.Submission, error) {
	who = who.As(docket.RoleCoordinator)
	return s.step(ctx, who, id, docket.EventReview, docket.AuditSubmissionReview, func(w docket.Work, sub *docket.Submission) error {
		if len(tasks) == 0 {
			return docket.Invalid("tasks", docket.KeyTaskNone)
		}
		leads := 0
		for _, in := range tasks {
			if in.Lead {
				leads++
			}
		}
		if leads != 1 {
			return docket.Invalid("lead", docket.KeyTaskLead)
		}
		for _, in := range tasks {
			if _, err := s.giveTask(ctx, w, who, sub, in); err != nil {
				return ofUnitField(err, in.Unit)
			}
		}
		return nil
	})
}

// DefaultTasks is what the page of an accepted project begins with: a task for each unit in use of the kinds in Config.Group, the first leading
// (coordinator; S1-34).
func (s *Service) DefaultTasks(ctx context.Context, who docket.Actor, id docket.ID) (tasks []TaskInput, err error) {
	if err := need(who, docket.RoleCoordinator); err != nil {
		return nil, err
	}
	err = s.seen(ctx, who, id, func(w docket.Work, sub *docket.Submission) error {
		units, err := w.Units(ctx)
		if err != nil {
			return err
		}
		due, err := s.taskDue(ctx, w, sub)
		if err != nil {
			return err
		}
		for _, u := range units {
			if u.Active && slices.Contains(s.cfg.Group.Kinds, u.Kind) {
				tasks = append(tasks, TaskInput{Unit: u.ID, Lead: len(tasks) == 0, Due: due})
			}
		}
		return nil
	})
	return tasks, err
}

// taskDue is the day by which a task is due if nobody says otherwise.
func (s *Service) taskDue(ctx context.Context, w docket.Work, sub *docket.Submission) (calendar.Date, error) {
	cal, err := s.calendar(ctx, w)
	if err != nil {
		return calendar.Date{}, err
	}
	due, _ := cal.Due(s.today(), calendar.Period{N: s.cfg.Group.TaskDays, Unit: calendar.WorkingDay})
	if last := sub.Due; !last.IsZero() && last.Before(due) && !last.Before(s.today()) {
		due = last
	}
	return due, nil
}

// giveTask adds a task, tells the unit, and makes its person the one who drafts if it leads.
func (s *Service) giveTask(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission, in TaskInput) (*docket.CaseTask, error) {
	unit, err := w.Unit(ctx, in.Unit)
	if err != nil || !unit.Active {
		return nil, docket.Invalid("unit", docket.KeyTaskUnit)
	}
	t := &docket.CaseTask{
		ID: docket.NewID(s.now()), SubmissionID: sub.ID, UnitID: unit.ID, Lead: in.Lead, Ask: strings.TrimSpace(in.Ask), Due: in.Due,
		State: docket.CaseTaskOpen, Given: s.now(), GivenBy: who.UserID, Rev: 1,
	}
	if utf8.RuneCountInString(t.Ask) > maxAsk {
		return nil, docket.Invalid("ask", docket.KeyTooLong).With("max", maxAsk)
	}
	if t.Due.IsZero() {
		if t.Due, err = s.taskDue(ctx, w, sub); err != nil {
			return nil, err
		}
	}
	if t.Due.Before(s.today()) || !sub.Due.Before(s.today()) && sub.Due.Before(t.Due) {
		return nil, docket.Invalid("due", docket.KeyTaskDue)
	}
	tasks, err := w.CaseTasks(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(tasks, func(o docket.CaseTask) bool { return o.Stands() && o.UnitID == t.UnitID }) {
		return nil, docket.Invalid("unit", docket.KeyTaskTwice).With("unit", unit.Name)
	}
	if in.Lead {
		if err := s.unlead(ctx, w, tasks); err != nil {
			return nil, err
		}
		sub.Expert = ""
	}
	if err := s.namePerson(ctx, w, sub, t, in.Person); err != nil {
		return nil, err
	}
	if err := w.AddCaseTask(ctx, t); err != nil {
		return nil, err
	}
	if err := s.tellTask(ctx, w, sub, t); err != nil {
		return nil, err
	}
	return t, s.audit(ctx, w, who, docket.AuditTaskGiven, sub.ID, "", "task", string(t.ID), "unit", unit.Code, "person", string(t.Person), "due", t.Due.String(), "lead", flagText(t.Lead))
}

// flagText is "true", or nothing.
func flagText(b bool) string {
	if b {
		return "true"
	}
	return ""
}

// unlead takes the lead from whoever has it.
func (s *Service) unlead(ctx context.Context, w docket.Work, tasks []docket.CaseTask) error {
	lead := docket.Leading(tasks)
	if lead == nil {
		return nil
	}
	lead.Lead = false
	return w.UpdateCaseTask(ctx, lead)
}

// namePerson names who of the unit answers a task; of the leading one, who drafts the opinion. Nobody is named for "".
func (s *Service) namePerson(ctx context.Context, w docket.Work, sub *docket.Submission, t *docket.CaseTask, person docket.ID) error {
	if person != "" {
		u, err := w.User(ctx, person)
		if err != nil || u.BodyID != "" || u.UnitID != t.UnitID || !u.Suspended.IsZero() || !slices.Contains(u.Roles, docket.RoleExpert) {
			return docket.Invalid("person", docket.KeyTaskPerson)
		}
	}
	t.Person = person
	if t.Lead {
		sub.Expert = person
	}
	return nil
}

// tellTask tells a task to the person, or to the unit's heads while nobody is named.
func (s *Service) tellTask(ctx context.Context, w docket.Work, sub *docket.Submission, t *docket.CaseTask) error {
	n := notice{key: docket.NotifyTask, caseNo: sub.Number, link: PathTask + string(t.ID), submissionID: sub.ID}
	return s.tellStaff(ctx, w, n, func(u docket.User) bool {
		if t.Person != "" {
			return u.ID == t.Person
		}
		return u.UnitID == t.UnitID && slices.Contains(u.Roles, docket.RoleVisaGiver)
	})
}

// onCase does something with a project's working group in one transaction, while its page may still change. The project's row is written too, so that
// two such acts, or one and a request for visas, can't both commit unseen.
func (s *Service) onCase(ctx context.Context, who docket.Actor, id docket.ID, event string, do func(docket.Work, *docket.Submission) error) (sub *docket.Submission, err error) {
	err = s.store.InTx(ctx, func(w docket.Work) (err error) {
		if sub, err = s.visible(ctx, w, who, id); err != nil {
			return err
		}
		if sub.State != docket.SubmissionInReview && sub.State != docket.SubmissionDeficient && sub.State != docket.SubmissionDrafted {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(sub.State)).With("event", event)
		}
		if err := do(w, sub); err != nil {
			return err
		}
		return w.UpdateSubmission(ctx, sub)
	})
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, id, "", err)
	}
	return sub, nil
}

// GiveTask asks another unit, in a review that runs; if it leads, the former one does no longer (coordinator; S1-34).
func (s *Service) GiveTask(ctx context.Context, who docket.Actor, submission docket.ID, in TaskInput) (t *docket.CaseTask, err error) {
	if err := need(who, docket.RoleCoordinator); err != nil {
		return nil, err
	}
	who = who.As(docket.RoleCoordinator)
	_, err = s.onCase(ctx, who, submission, "give_task", func(w docket.Work, sub *docket.Submission) error {
		t, err = s.giveTask(ctx, w, who, sub, in)
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// onTask does something with a task that stands.
func (s *Service) onTask(ctx context.Context, who docket.Actor, id docket.ID, event string, do func(docket.Work, *docket.Submission, *docket.CaseTask) error) (t *docket.CaseTask, err error) {
	if err := s.store.Read(ctx, func(w docket.Work) error { t, err = s.readableTask(ctx, w, who, id); return err }); err != nil {
		return nil, err
	}
	_, err = s.onCase(ctx, who, t.SubmissionID, event, func(w docket.Work, sub *docket.Submission) error {
		if t, err = w.CaseTask(ctx, id); err != nil {
			return err
		}
		if !t.Stands() {
			return docket.Refuse(docket.CodeConflict, docket.KeyState).With("state", string(t.State)).With("event", event)
		}
		if err := do(w, sub, t); err != nil {
			return err
		}
		return w.UpdateCaseTask(ctx, t)
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}

// readableTask returns a task of a project that the actor sees; any other is not found.
func (s *Service) readableTask(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID) (*docket.CaseTask, error) {
	t, err := w.CaseTask(ctx, id)
	if err != nil {
		return nil, err
	}
	if who.OfBody() {
		return nil, docket.ErrNotFound
	}
	if _, err := s.visible(ctx, w, who, t.SubmissionID); err != nil {
		return nil, err
	}
	return t, nil
}

// NameTaskPerson names who of the unit answers (the unit's head, coordinator; S1-34). What was written stays with who wrote it.
func (s *Service) NameTaskPerson(ctx context.Context, who docket.Actor, task, person docket.ID) (*docket.CaseTask, error) {
	if person == "" {
		return nil, docket.Invalid("person", docket.KeyRequired)
	}
	return s.onTask(ctx, who, task, "name_person", func(w docket.Work, sub *docket.Submission, t *docket.CaseTask) error {
		acting, head := who.HeadOf(t.UnitID)
		if !head {
			if err := need(who, docket.RoleCoordinator); err != nil {
				return err
			}
			acting = who.As(docket.RoleCoordinator)
		}
		if err := s.namePerson(ctx, w, sub, t, person); err != nil {
			return err
		}
		if err := s.tellTask(ctx, w, sub, t); err != nil {
			return err
		}
		return s.audit(ctx, w, acting, docket.AuditTaskPerson, t.SubmissionID, "", "task", string(t.ID), "unit", s.unitCode(ctx, w, t.UnitID), "person", string(person))
	})
}

// LeadTask makes a task the leading one: its person drafts the opinion from now on (coordinator; S1-34).
func (s *Service) LeadTask(ctx context.Context, who docket.Actor, task docket.ID) (*docket.CaseTask, error) {
	if err := need(who, docket.RoleCoordinator); err != nil {
		return nil, err
	}
	who = who.As(docket.RoleCoordinator)
	return s.onTask(ctx, who, task, "lead_task", func(w docket.Work, sub *docket.Submission, t *docket.CaseTask) error {
		if t.Lead {
			return nil
		}
		tasks, err := w.CaseTasks(ctx, t.SubmissionID)
		if err != nil {
			return err
		}
		if err := s.unlead(ctx, w, tasks); err != nil {
			return err
		}
		t.Lead, sub.Expert = true, t.Person
		if err := s.tellTask(ctx, w, sub, t); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditTaskLeads, t.SubmissionID, "", "task", string(t.ID), "unit", s.unitCode(ctx, w, t.UnitID))
	})
}

// TakeBackTask takes a task back with a reason; what was written stays. The leading one can't be: another must lead first (coordinator; S1-34).
func (s *Service) TakeBackTask(ctx context.Context, who docket.Actor, task docket.ID, reason string) (*docket.CaseTask, error) {
	if err := need(who, docket.RoleCoordinator); err != nil {
		return nil, err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	who = who.As(docket.RoleCoordinator)
	return s.onTask(ctx, who, task, "take_back", func(w docket.Work, sub *docket.Submission, t *docket.CaseTask) error {
		if t.Lead {
			return docket.Refuse(docket.CodeConflict, docket.KeyTaskLeading)
		}
		t.State, t.Ended, t.EndedBy, t.Reason = docket.CaseTaskTakenBack, s.now(), who.UserID, reason
		n := notice{key: docket.NotifyTaskBack, caseNo: sub.Number, submissionID: sub.ID}
		err := s.tellStaff(ctx, w, n, func(u docket.User) bool {
			return u.ID == t.Person || u.UnitID == t.UnitID && slices.Contains(u.Roles, docket.RoleVisaGiver)
		})
		if err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditTaskTakenBack, t.SubmissionID, "", "task", string(t.ID), "unit", s.unitCode(ctx, w, t.UnitID))
	})
}

// unitCode names a unit for the log.
func (s *Service) unitCode(ctx context.Context, w docket.Work, id docket.ID) string {
	u, err := w.Unit(ctx, id)
	if err != nil {
		return string(id)
	}
	return u.Code
}
