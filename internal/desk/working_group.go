package desk

import (
	"context"
	"errors"
	"slices"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// WorkingGroup is who of the agency works on a project, and who did what (S1-34, S3-16). Only the agency's people see it.
type WorkingGroup struct {
	Tasks    []TaskView
	Visas    []VisaView // of all pages, in the order they were asked for
	Returns  []ReturnView
	Versions []docket.LetterVersion // of the opinion that is drafted or waits, oldest first
	Names    map[docket.ID]string   // of the accounts that are named here
	Trail    []Step
}

// TaskView is a task with what belongs to it.
type TaskView struct {
	docket.CaseTask
	Unit       docket.Unit
	PersonName string
	GivenName  string              // who gave it
	Opinions   []docket.SubOpinion // oldest first; the last counts
	Outdated   bool                // the last one speaks of an earlier version of the project
	Overdue    bool
	MayAnswer  bool // the actor may write the sub-opinion now
	MayName    bool // the actor may name who answers
	MayChange  bool // the actor may take it back or let it lead
}

// Last is the sub-opinion that counts, nil if there is none.
func (t TaskView) Last() *docket.SubOpinion { return lastOf(t.Opinions, t.ID) }

// VisaView is a visa with its unit.
type VisaView struct {
	docket.Visa
	Unit    docket.Unit
	MayGive bool // the actor may decide on it now
}

// ReturnView is a return with the unit whose visa was refused, if that is how it came.
type ReturnView struct {
	docket.Return
	Unit *docket.Unit
}

// Step is a line of a project's history: who did what, when.
type Step struct {
	At      time.Time
	Action  string // of the log
	Name    string // who; empty: the program itself
	ForName string // in whose place
	Role    string
	Unit    *docket.Unit // which the step speaks of
	Person  string       // whom the step names
	Number  string
	Detail  map[string]string
}

// trailActions are the entries of the log that a project's history shows.
func trailActions() []string {
	return []string{
		docket.AuditSubmissionReceived, docket.AuditSubmissionCorrected, docket.AuditSubmissionAccepted, docket.AuditSubmissionReview,
		docket.AuditSubmissionDeficient, docket.AuditSubmissionDocument, docket.AuditSubmissionWithdrawn, docket.AuditTaskGiven, docket.AuditTaskPerson,
		docket.AuditTaskLeads, docket.AuditTaskTakenBack, docket.AuditSubOpinion, docket.AuditLetterDrafted, docket.AuditVisasAsked, docket.AuditVisaGiven,
		docket.AuditVisaRefused, docket.AuditLetterSentBack, docket.AuditLetterApproved, docket.AuditSealIntended, docket.AuditSealReleased,
		docket.AuditSealFailed, docket.AuditSealAnnulled, docket.AuditLetterDispatched, docket.AuditLetterRead,
	}
}

// book is what rows are spelled out with: the agency's units, the names of its accounts, the working days.
type book struct {
	units map[docket.ID]docket.Unit
	names map[docket.ID]string
	cal   *calendar.Calendar
}

func (s *Service) book(ctx context.Context, w docket.Work) (b book, err error) {
	if b.names, err = s.staffNames(ctx, w); err != nil {
		return b, err
	}
	if b.units, err = s.unitsByID(ctx, w); err != nil {
		return b, err
	}
	b.cal, err = s.calendar(ctx, w)
	return b, err
}

// workingGroup reads it.
func (s *Service) workingGroup(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission, letters []docket.Letter) (g *WorkingGroup, err error) {
	g = new(WorkingGroup)
	b, err := s.book(ctx, w)
	if err != nil {
		return nil, err
	}
	g.Names = b.names
	if g.Tasks, err = s.taskViews(ctx, w, who, sub, b); err != nil {
		return nil, err
	}
	visas, err := w.VisasOf(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	for _, v := range visas {
		g.Visas = append(g.Visas, s.visaView(who, sub, v, b))
	}
	slices.SortStableFunc(g.Visas, func(a, b VisaView) int {
		if c := a.Asked.Truncate(time.Second).Compare(b.Asked.Truncate(time.Second)); c != 0 {
			return c
		}
		return a.Unit.Order - b.Unit.Order
	})
	returns, err := w.Returns(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	for _, r := range returns {
		v := ReturnView{Return: r}
		if u, ok := b.units[r.UnitID]; ok {
			v.Unit = &u
		}
		g.Returns = append(g.Returns, v)
	}
	for _, l := range letters {
		if l.Kind == docket.LetterOpinion && l.State != docket.LetterAnnulled {
			if g.Versions, err = w.LetterVersions(ctx, l.ID); err != nil {
				return nil, err
			}
		}
	}
	g.Trail, err = s.trail(ctx, w, sub, letters, b)
	return g, err
}

// staffNames are the names of the agency's accounts.
func (s *Service) staffNames(ctx context.Context, w docket.Work) (map[docket.ID]string, error) {
	users, err := w.UsersOfBody(ctx, "")
	if err != nil {
		return nil, err
	}
	names := make(map[docket.ID]string, len(users))
	for _, u := range users {
		names[u.ID] = u.Name
	}
	return names, nil
}

func (s *Service) unitsByID(ctx context.Context, w docket.Work) (map[docket.ID]docket.Unit, error) {
	list, err := w.Units(ctx)
	if err != nil {
		return nil, err
	}
	units := make(map[docket.ID]docket.Unit, len(list))
	for _, u := range list {
		units[u.ID] = u
	}
	return units, nil
}

// taskViews reads a project's tasks with their answers.
func (s *Service) taskViews(ctx context.Context, w docket.Work, who docket.Actor, sub *docket.Submission, b book) ([]TaskView, error) {
	tasks, err := w.CaseTasks(ctx, sub.ID)
	if err != nil || len(tasks) == 0 {
		return nil, err
	}
	opinions, err := w.SubOpinions(ctx, sub.ID)
	if err != nil {
		return nil, err
	}
	var out []TaskView
	for _, t := range tasks {
		v := s.taskView(who, sub, t, b)
		for _, o := range opinions {
			if o.TaskID == t.ID {
				v.Opinions = append(v.Opinions, o)
			}
		}
		if last := v.Last(); last != nil {
			v.Outdated = last.Version != sub.Version
		}
		out = append(out, v)
	}
	return out, nil
}

// taskView says what the actor may do with a task.
func (s *Service) taskView(who docket.Actor, sub *docket.Submission, t docket.CaseTask, b book) TaskView {
	changes := sub.State == docket.SubmissionInReview || sub.State == docket.SubmissionDeficient || sub.State == docket.SubmissionDrafted
	v := TaskView{CaseTask: t, Unit: b.units[t.UnitID], PersonName: b.names[t.Person], GivenName: b.names[t.GivenBy]}
	v.Overdue = t.State == docket.CaseTaskOpen && sub.State.Open() && t.Due.Before(s.today())
	if !changes || !t.Stands() {
		return v
	}
	_, head := who.HeadOf(t.UnitID)
	_, v.MayAnswer = who.Standing(t.Person, docket.RoleExpert)
	v.MayName, v.MayChange = head || who.Has(docket.RoleCoordinator), who.Has(docket.RoleCoordinator)
	return v
}

func (s *Service) visaView(who docket.Actor, sub *docket.Submission, v docket.Visa, b book) VisaView {
	_, head := who.HeadOf(v.UnitID)
	return VisaView{Visa: v, Unit: b.units[v.UnitID], MayGive: head && v.State == docket.VisaAsked && sub.State == docket.SubmissionVisa}
}

// trail is the project's history out of the log, so that the two can't disagree.
func (s *Service) trail(ctx context.Context, w docket.Work, sub *docket.Submission, letters []docket.Letter, b book) ([]Step, error) {
	subjects := []docket.ID{sub.ID}
	for _, l := range letters {
		subjects = append(subjects, l.ID)
	}
	entries, err := w.Trail(ctx, subjects, trailActions())
	if err != nil {
		return nil, err
	}
	codes := map[string]docket.Unit{}
	for _, u := range b.units {
		codes[u.Code] = u
	}
	var steps []Step
	for _, e := range entries {
		step := Step{At: e.At, Action: e.Action, Role: e.Role, Number: e.Detail["number"], Detail: e.Detail}
		if step.Name, err = s.nameOf(ctx, w, b.names, e.Actor); err != nil {
			return nil, err
		}
		if step.ForName, err = s.nameOf(ctx, w, b.names, docket.ID(e.Detail["for"])); err != nil {
			return nil, err
		}
		if step.Person, err = s.nameOf(ctx, w, b.names, docket.ID(e.Detail["person"])); err != nil {
			return nil, err
		}
		if u, ok := codes[e.Detail["unit"]]; ok {
			step.Unit = &u
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// nameOf is an account's name, remembered; an account that is gone has none.
func (s *Service) nameOf(ctx context.Context, w docket.Work, names map[docket.ID]string, id docket.ID) (string, error) {
	if name, ok := names[id]; ok || id == "" {
		return name, nil
	}
	u, err := w.User(ctx, id)
	switch {
	case docket.CodeOf(err) == docket.CodeNotFound:
		names[id] = ""
	case err != nil:
		return "", err
	default:
		names[id] = u.Name
	}
	return names[id], nil
}

// TaskRow is a task in a list, with its project.
type TaskRow struct {
	TaskView
	Submission docket.Submission
	Period     Period
}

// Tasks lists the tasks that stand, of projects that still run, of the actor's unit and of those he stands in for, soonest due first (S1-34).
func (s *Service) Tasks(ctx context.Context, who docket.Actor) (rows []TaskRow, err error) {
	if who.BodyID != "" || !who.Has(docket.RoleExpert, docket.RoleVisaGiver) {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	people, units := who.Desks()
	err = s.store.Read(ctx, func(w docket.Work) error {
		b, err := s.book(ctx, w)
		if err != nil {
			return err
		}
		tasks, err := w.ListCaseTasks(ctx, docket.CaseTaskFilter{People: people, Units: units})
		if err != nil {
			return err
		}
		for i := range tasks {
			row, err := s.taskRow(ctx, w, who, &tasks[i], b)
			switch {
			case errors.Is(err, docket.ErrNotFound): // labelled, and he is not one of its readers
			case err != nil:
				return err
			default:
				rows = append(rows, *row)
			}
		}
		return nil
	})
	return rows, err
}

// taskRow reads the project of a task.
func (s *Service) taskRow(ctx context.Context, w docket.Work, who docket.Actor, t *docket.CaseTask, b book) (*TaskRow, error) {
	sub, err := s.visible(ctx, w, who, t.SubmissionID)
	if err != nil {
		return nil, err
	}
	return &TaskRow{TaskView: s.taskView(who, sub, *t, b), Submission: forReader(*sub, who), Period: s.period(sub, b.cal)}, nil
}

// Task shows a task of a project that the actor sees, with the answers to it (S1-34).
func (s *Service) Task(ctx context.Context, who docket.Actor, id docket.ID) (row *TaskRow, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		t, err := s.readableTask(ctx, w, who, id)
		if err != nil {
			return err
		}
		b, err := s.book(ctx, w)
		if err != nil {
			return err
		}
		if row, err = s.taskRow(ctx, w, who, t, b); err != nil {
			return err
		}
		views, err := s.taskViews(ctx, w, who, &row.Submission, b)
		for _, v := range views {
			if v.ID == id {
				row.TaskView = v
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return row, nil
}

// VisaRow is a visa in a list, with its project.
type VisaRow struct {
	VisaView
	Submission docket.Submission
	Period     Period
}

// VisaQueue lists the visas that the actor's unit, or one he stands in for, has not decided on, oldest first (S3-04).
func (s *Service) VisaQueue(ctx context.Context, who docket.Actor) (rows []VisaRow, err error) {
	if err := need(who, docket.RoleVisaGiver); err != nil {
		return nil, err
	}
	_, units := who.Desks()
	err = s.store.Read(ctx, func(w docket.Work) error {
		b, err := s.book(ctx, w)
		if err != nil {
			return err
		}
		for _, unit := range units {
			if _, head := who.HeadOf(unit); !head {
				continue
			}
			visas, err := w.AskedVisas(ctx, unit, 0)
			if err != nil {
				return err
			}
			for _, v := range visas {
				sub, err := s.visible(ctx, w, who, v.SubmissionID)
				if errors.Is(err, docket.ErrNotFound) {
					continue
				}
				if err != nil {
					return err
				}
				rows = append(rows, VisaRow{VisaView: s.visaView(who, sub, v, b), Submission: forReader(*sub, who), Period: s.period(sub, b.cal)})
			}
		}
		return nil
	})
	return rows, err
}

// Visa shows a visa of a project that the actor sees (S3-04).
func (s *Service) Visa(ctx context.Context, who docket.Actor, id docket.ID) (row *VisaRow, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error {
		v, err := s.readableVisa(ctx, w, who, id)
		if err != nil {
			return err
		}
		b, err := s.book(ctx, w)
		if err != nil {
			return err
		}
		sub, err := w.Submission(ctx, v.SubmissionID)
		if err != nil {
			return err
		}
		row = &VisaRow{VisaView: s.visaView(who, sub, *v, b), Submission: forReader(*sub, who), Period: s.period(sub, b.cal)}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return row, nil
}

// DownloadVersion gives the page of an earlier state of a letter to who sees its project.
func (s *Service) DownloadVersion(ctx context.Context, who docket.Actor, letter docket.ID, n int) (*Download, error) {
	var found docket.Hash
	err := s.store.Read(ctx, func(w docket.Work) error {
		if who.OfBody() {
			return docket.ErrNotFound
		}
		if _, err := s.readable(ctx, w, who, letter); err != nil {
			return err
		}
		versions, err := w.LetterVersions(ctx, letter)
		for _, v := range versions {
			if v.N == n {
				found = v.Page
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.open(ctx, "opinion-"+itoa(n)+".pdf", pdf, found)
}
