package desk

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// group is a review by two units: IT leads, the lawyers are asked too.
type group struct {
	*office
	lawyer, chief docket.Actor // of the legal unit: the expert and the head
	sub           *docket.Submission
	it, legal     docket.ID // tasks
}

func newGroup(t *testing.T) *group {
	t.Helper()
	o := newOffice(t)
	o.register()
	g := &group{office: o}
	g.lawyer, g.chief = o.into("legal", o.user("", "AAAAAL1", docket.RoleExpert)), o.into("legal", o.user("", "AAAAAL2", docket.RoleVisaGiver))
	g.sub = o.sent()
	must[*docket.Submission](t)(o.AcceptSubmission(o.ctx(), o.coordinator, g.sub.ID))
	tasks := append(o.lead(), TaskInput{Unit: o.units["legal"].ID, Ask: "Hüquqi əsas"})
	g.sub = must[*docket.Submission](t)(o.ReviewSubmission(o.ctx(), o.coordinator, g.sub.ID, tasks))
	g.it, g.legal = o.taskOf(g.sub.ID, "it"), o.taskOf(g.sub.ID, "legal")
	return g
}

func (g *group) says(who docket.Actor, task docket.ID) error {
	_, err := g.WriteSubOpinion(g.ctx(), who, task, SubOpinionInput{Text: "Məqsədəuyğundur.", Outcome: "positive"})
	return err
}

// S1-34: a head names who of his unit answers; nobody else answers, and only the unit's people see the project.
func TestTaskOfAUnit(t *testing.T) {
	g := newGroup(t)
	ctx := g.ctx()
	g.wantKey(g.says(g.lawyer, g.legal), docket.KeyForbidden) // nobody is named yet
	for _, c := range []struct {
		who, person docket.Actor
		key         string
	}{
		{g.lawyer, g.lawyer, docket.KeyForbidden}, {g.head, g.lawyer, docket.KeyForbidden}, {g.chief, g.expert, docket.KeyTaskPerson}, {g.chief, g.chief, docket.KeyTaskPerson},
	} {
		_, err := g.NameTaskPerson(ctx, c.who, g.legal, c.person.UserID)
		g.wantKey(err, c.key)
	}
	must[*docket.CaseTask](t)(g.NameTaskPerson(ctx, g.chief, g.legal, g.lawyer.UserID))
	g.wantKey(g.says(g.expert, g.legal), docket.KeyForbidden)
	if err := g.says(g.lawyer, g.legal); err != nil {
		t.Fatal(err)
	}
	other := g.into("e-services", g.user("", "AAAAAL3", docket.RoleExpert))
	for who, want := range map[*docket.Actor]bool{&g.lawyer: true, &other: false} { // what is told to one of them is his
		list := must[[]docket.Notification](t)(g.Notifications(ctx, *who, 50))
		if got := slices.ContainsFunc(list, func(n docket.Notification) bool { return n.Key == docket.NotifyTask }); got != want {
			t.Errorf("%s is told of a task: %v", who.Name, got)
		}
	}
	if _, err := g.Task(ctx, other, g.legal); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("another unit's expert reads the task: %v", err)
	}
	if _, err := g.Submission(ctx, other, g.sub.ID); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("another unit's expert reads the project: %v", err)
	}
	if _, err := g.Task(ctx, g.person, g.legal); !errors.Is(err, docket.ErrNotFound) {
		t.Errorf("the body reads a task: %v", err)
	}
	if v := must[*SubmissionView](t)(g.Submission(ctx, g.person, g.sub.ID)); v.Group != nil {
		t.Error("the body sees the working group")
	}
	for who, want := range map[*docket.Actor]int{&g.expert: 1, &g.head: 1, &g.lawyer: 1, &g.chief: 1, &other: 0} {
		if rows := must[[]TaskRow](t)(g.Tasks(ctx, *who)); len(rows) != want {
			t.Errorf("%s sees %d tasks, want %d", who.Name, len(rows), want)
		}
		if _, n, err := g.ListSubmissions(ctx, *who, docket.SubmissionFilter{}); n != want || err != nil {
			t.Errorf("%s sees %d projects, want %d (%v)", who.Name, n, want, err)
		}
	}
}

// S1-34: what can't be asked.
func TestTasksThatAreRefused(t *testing.T) {
	g := newGroup(t)
	ctx, today := g.ctx(), calendar.Of(2026, 3, 1)
	for key, in := range map[string]TaskInput{
		docket.KeyTaskTwice: {Unit: g.units["legal"].ID}, docket.KeyTaskUnit: {Unit: "nowhere"}, docket.KeyTaskDue: {Unit: g.units["documents"].ID, Due: today.AddDays(-1)},
		docket.KeyTooLong: {Unit: g.units["documents"].ID, Ask: strings.Repeat("ə", maxAsk+1)},
	} {
		_, err := g.GiveTask(ctx, g.coordinator, g.sub.ID, in)
		g.wantKey(err, key)
	}
	_, err := g.GiveTask(ctx, g.coordinator, g.sub.ID, TaskInput{Unit: g.units["documents"].ID, Due: g.sub.Due.AddDays(1)})
	g.wantKey(err, docket.KeyTaskDue)
	_, err = g.GiveTask(ctx, g.expert, g.sub.ID, TaskInput{Unit: g.units["documents"].ID})
	g.wantKey(err, docket.KeyForbidden)
	_, err = g.TakeBackTask(ctx, g.coordinator, g.it, "səbəb")
	g.wantKey(err, docket.KeyTaskLeading)
	must[*docket.CaseTask](t)(g.LeadTask(ctx, g.coordinator, g.legal))
	must[*docket.CaseTask](t)(g.TakeBackTask(ctx, g.coordinator, g.it, "səbəb"))
	_, err = g.DraftOpinion(ctx, g.expert, opinion(g.sub))
	g.wantKey(err, docket.KeyNotFound) // his unit has nothing to do with it any more
	sub := g.sent()
	must[*docket.Submission](t)(g.AcceptSubmission(ctx, g.coordinator, sub.ID))
	_, err = g.ReviewSubmission(ctx, g.coordinator, sub.ID, nil)
	g.wantKey(err, docket.KeyTaskNone)
	_, err = g.ReviewSubmission(ctx, g.coordinator, sub.ID, []TaskInput{{Unit: g.units["it"].ID}})
	g.wantKey(err, docket.KeyTaskLead)
	if list := must[[]TaskInput](t)(g.DefaultTasks(ctx, g.coordinator, sub.ID)); len(list) != 3 || !list[0].Lead || list[0].Due.IsZero() {
		t.Errorf("%+v", list)
	}
}

// S3-04, S3-06, S3-16: visas are asked for once all have answered about this version, given over one page by heads who did not draft it, and fall with it.
func TestVisas(t *testing.T) {
	g := newGroup(t)
	ctx := g.ctx()
	if err := g.says(g.expert, g.it); err != nil {
		t.Fatal(err)
	}
	l := must[*docket.Letter](t)(g.DraftOpinion(ctx, g.expert, opinion(g.sub)))
	_, err := g.RequestVisas(ctx, g.expert, l.ID)
	g.wantKey(err, docket.KeyTasksOpen)
	must[*docket.CaseTask](t)(g.NameTaskPerson(ctx, g.chief, g.legal, g.lawyer.UserID))
	if err := g.says(g.lawyer, g.legal); err != nil {
		t.Fatal(err)
	}
	_, err = g.RequestVisas(ctx, g.lawyer, l.ID)
	g.wantKey(err, docket.KeyForbidden)
	_, err = g.check(g.checker, l, l.Unsealed)
	g.wantKey(err, docket.KeyVisasMissing)
	must[*docket.Letter](t)(g.RequestVisas(ctx, g.expert, l.ID))
	g.wantKey(g.says(g.lawyer, g.legal), docket.KeyState) // frozen
	_, err = g.DraftOpinion(ctx, g.expert, opinion(g.sub))
	g.wantKey(err, docket.KeyState)
	mine := must[[]VisaRow](t)(g.VisaQueue(ctx, g.head))
	if len(mine) != 1 || mine[0].Unit.Code != "it" || !mine[0].MayGive {
		t.Fatalf("%+v", mine)
	}
	_, err = g.GiveVisa(ctx, g.chief, mine[0].ID, l.Unsealed) // of another unit
	g.wantKey(err, docket.KeyForbidden)
	_, err = g.GiveVisa(ctx, g.head, mine[0].ID, docket.HashOf([32]byte{1}))
	g.wantKey(err, docket.KeyApprovedOther)
	same := g.head
	same.FIN = g.expert.FIN // the drafter's other account
	_, err = g.GiveVisa(ctx, same, mine[0].ID, l.Unsealed)
	g.wantKey(err, docket.KeyVisaOwn)
	must[*docket.Visa](t)(g.GiveVisa(ctx, g.head, mine[0].ID, l.Unsealed))
	_, err = g.check(g.checker, l, l.Unsealed)
	g.wantKey(err, docket.KeyVisasMissing)
	theirs := must[[]VisaRow](t)(g.VisaQueue(ctx, g.chief))
	_, err = g.RefuseVisa(ctx, g.chief, theirs[0].ID, " ")
	g.wantKey(err, docket.KeyRequired)
	must[*docket.Visa](t)(g.RefuseVisa(ctx, g.chief, theirs[0].ID, "maddə səhvdir"))
	v := must[*SubmissionView](t)(g.Submission(ctx, g.expert, g.sub.ID))
	states := []docket.VisaState{v.Group.Visas[0].State, v.Group.Visas[1].State}
	slices.Sort(states)
	if v.Submission.State != docket.SubmissionInReview || !slices.Equal(states, []docket.VisaState{docket.VisaFallen, docket.VisaRefused}) || len(v.Group.Returns) != 1 {
		t.Errorf("%s %v %v", v.Submission.State, states, v.Group.Returns)
	}
	if r := v.Group.Returns[0]; r.Reason != "maddə səhvdir" || r.Unit == nil || r.Unit.Code != "legal" || r.ByName != g.chief.Name || r.Page != l.Unsealed {
		t.Errorf("%+v", r)
	}
	_, err = g.GiveVisa(ctx, g.head, mine[0].ID, l.Unsealed)
	g.wantKey(err, docket.KeyState)
}

// S3-06: the check wants every point, and keeps what it sent back.
func TestDispatchCheckWantsEveryPoint(t *testing.T) {
	o := newOffice(t)
	o.register()
	l := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.expert, opinion(o.inReview())))
	o.withVisas(l)
	_, err := o.CheckDispatch(o.ctx(), o.checker, CheckDispatchInput{Letter: l.ID, Seen: l.Unsealed, Points: docket.Checklist()[1:]})
	o.wantKey(err, docket.KeyChecklist)
	if rows := must[[]DispatchRow](t)(o.DispatchQueue(o.ctx(), o.checker)); len(rows) != 1 || !rows[0].Ready || rows[0].Asked != 1 {
		t.Errorf("%+v", rows)
	}
	must[*docket.Letter](t)(o.SendBack(o.ctx(), o.checker, SendBackInput{Letter: l.ID, Reason: "əlavə yoxdur", Points: []string{"attachments", "nonsense"}}))
	v := must[*SubmissionView](t)(o.Submission(o.ctx(), o.coordinator, l.SubmissionID))
	if len(v.Group.Returns) != 1 || !slices.Equal(v.Group.Returns[0].Points, []string{"attachments"}) || v.Group.Visas[0].State != docket.VisaFallen {
		t.Errorf("%+v", v.Group)
	}
	if !slices.ContainsFunc(v.Group.Trail, func(s Step) bool { return s.Action == docket.AuditVisaGiven && s.Name == o.head.Name }) {
		t.Errorf("the history does not say who gave the visa: %+v", v.Group.Trail)
	}
}

// TestANewVersionAsksAgain: what was said of an earlier version does not count for a later one.
func TestANewVersionAsksAgain(t *testing.T) {
	o := newOffice(t)
	o.register()
	sub := o.inReview()
	must[*docket.Notice](t)(o.NotifyDeficiency(o.ctx(), o.coordinator, sub.ID, []string{"smeta"}))
	must[*docket.Submission](t)(o.Correct(o.ctx(), o.person, sub.ID))
	must[*docket.Submission](t)(o.PrepareRecord(o.ctx(), o.person, sub.ID))
	must[*docket.Submission](t)(o.Submit(o.ctx(), o.person, sub.ID, strings.NewReader(signed(o.record(sub), good()))))
	l := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.expert, opinion(sub)))
	_, err := o.RequestVisas(o.ctx(), o.expert, l.ID)
	o.wantKey(err, docket.KeyTasksOpen)
	o.answerTask(sub)
	must[*docket.Letter](t)(o.RequestVisas(o.ctx(), o.expert, l.ID))
}

// TestNoApprovalWithoutVisas walks at random through everything that the working group, the checker and the head can do, each as everybody: whenever an
// opinion is approved, every unit whose task stands has given its visa over exactly the page that is approved, and drafter and checker are two people.
func TestNoApprovalWithoutVisas(t *testing.T) {
	for seed := range uint64(6) {
		g := newGroup(t)
		g.cfg.SealWithoutSignature = true
		r := rand.New(rand.NewPCG(seed, 1))
		must[*docket.CaseTask](t)(g.NameTaskPerson(g.ctx(), g.chief, g.legal, g.lawyer.UserID))
		approvals := 0
		for range 160 {
			g.randomly(r)
			g.later(time.Second)
			if g.approvedRightly() {
				approvals++
			}
		}
		t.Logf("seed %d: approved in %d states", seed, approvals)
	}
}

// randomly does one thing that somebody might try, right or wrong; a refusal is an outcome like any other.
func (g *group) randomly(r *rand.Rand) {
	g.t.Helper()
	ctx := g.ctx()
	people := []docket.Actor{g.coordinator, g.expert, g.lawyer, g.head, g.chief, g.checker, g.signatory}
	who := people[r.IntN(len(people))]
	var l *docket.Letter
	var visas []docket.Visa
	g.read(func(w docket.Work) error {
		letters, err := w.LettersOf(ctx, g.sub.ID)
		for i := range letters {
			if letters[i].Kind == docket.LetterOpinion {
				l = &letters[i]
			}
		}
		visas, _ = w.VisasOf(ctx, g.sub.ID)
		return err
	})
	in := opinion(g.sub)
	in.Text += strings.Repeat("a", r.IntN(3))
	act := r.IntN(12)
	if l == nil || act == 0 {
		_, _ = g.DraftOpinion(ctx, g.expert, in)
		return
	}
	switch act {
	case 1:
		_ = g.says(g.expert, g.it)
	case 2:
		_ = g.says(g.lawyer, g.legal)
	case 3, 4:
		_, _ = g.RequestVisas(ctx, g.expert, l.ID)
	case 5, 6, 7:
		if len(visas) > 0 {
			v := visas[r.IntN(len(visas))]
			_, _ = g.GiveVisa(ctx, []docket.Actor{g.head, g.chief, who}[r.IntN(3)], v.ID, []docket.Hash{l.Unsealed, v.Page}[r.IntN(2)])
		}
	case 8:
		if len(visas) > 0 && r.IntN(6) == 0 {
			_, _ = g.RefuseVisa(ctx, []docket.Actor{g.head, g.chief}[r.IntN(2)], visas[r.IntN(len(visas))].ID, "səbəb")
		}
	case 9, 10:
		_, _ = g.check([]docket.Actor{g.checker, who}[r.IntN(2)], l, l.Unsealed)
	case 11:
		switch r.IntN(5) {
		case 0:
			_, _ = g.SendBack(ctx, []docket.Actor{g.checker, g.signatory, who}[r.IntN(3)], SendBackInput{Letter: l.ID, Reason: "səbəb"})
		case 1:
			_, _ = g.TakeBackTask(ctx, g.coordinator, g.legal, "səbəb")
		case 2:
			if t, err := g.GiveTask(ctx, g.coordinator, g.sub.ID, TaskInput{Unit: g.units["legal"].ID, Person: g.lawyer.UserID}); err == nil {
				g.legal = t.ID
			}
		}
	}
}

// approvedRightly says whether the opinion is approved now, and fails if it is without a visa that it needs.
func (g *group) approvedRightly() (approved bool) {
	g.t.Helper()
	g.read(func(w docket.Work) error {
		ctx := g.ctx()
		sub, err := w.Submission(ctx, g.sub.ID)
		if err != nil {
			return err
		}
		letters, err := w.LettersOf(ctx, g.sub.ID)
		if err != nil {
			return err
		}
		tasks, _ := w.CaseTasks(ctx, g.sub.ID)
		visas, _ := w.VisasOf(ctx, g.sub.ID)
		for _, l := range letters {
			if l.Kind != docket.LetterOpinion {
				continue
			}
			is := l.Approved != ""
			if is != (sub.State == docket.SubmissionChecked) || is != (l.State == docket.LetterApproved) {
				g.t.Errorf("project %s, letter %s, approved %q", sub.State, l.State, l.Approved)
			}
			if !is {
				continue
			}
			approved = true
			if missing := docket.MissingVisas(tasks, visas, l.ID, l.Approved); len(missing) > 0 || l.Approved != l.Unsealed || l.Checker == l.Drafter {
				g.t.Errorf("approved without %v, checker %s, drafter %s", missing, l.Checker, l.Drafter)
			}
		}
		return nil
	})
	return approved
}
