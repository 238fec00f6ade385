package storetest

import (
	"errors"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// withUnits puts the default units in, the clerk into the first, and returns them.
func (b *bench) withUnits() []docket.Unit {
	list := docket.DefaultUnits()
	b.tx(func(w docket.Work) error {
		for i := range list {
			list[i].ID = b.id()
			if err := w.PutUnit(b.ctx(), &list[i]); err != nil {
				return err
			}
		}
		return w.SetUnit(b.ctx(), b.clerk.ID, list[0].ID)
	})
	b.clerk.UnitID = list[0].ID
	return list
}

func units(t *testing.T, b *bench) {
	ctx, list := b.ctx(), b.withUnits()
	read(b, list, func(w docket.Work) ([]docket.Unit, error) { return w.Units(ctx) })
	read(b, &b.clerk, func(w docket.Work) (*docket.User, error) { return w.User(ctx, b.clerk.ID) })
	changed := list[1]
	changed.ID, changed.Name, changed.Active, changed.Order, changed.Kind = b.id(), "Elektron xidmətlər şöbəsi", false, 9, docket.UnitOther
	b.tx(func(w docket.Work) error { return w.PutUnit(ctx, &changed) })
	if changed.ID != list[1].ID {
		t.Error("changing a unit made a new one")
	}
	read(b, &changed, func(w docket.Work) (*docket.Unit, error) { return w.Unit(ctx, list[1].ID) })
	read(b, []docket.Unit{list[0], list[2], list[3], list[4], changed}, func(w docket.Work) ([]docket.Unit, error) { return w.Units(ctx) })
	b.tx(func(w docket.Work) error { return w.SetUnit(ctx, b.clerk.ID, "") })
	b.clerk.UnitID = ""
	read(b, &b.clerk, func(w docket.Work) (*docket.User, error) { return w.User(ctx, b.clerk.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.SetUnit(ctx, b.id(), list[0].ID) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.Unit(ctx, b.id()); return err })
	if err := b.store.InTx(ctx, func(w docket.Work) error { return w.SetUnit(ctx, b.clerk.ID, b.id()) }); err == nil {
		t.Error("an account stands in a unit that does not exist")
	}
}

// task is an open task of a unit.
func (b *bench) task(s *docket.Submission, unit docket.ID, lead bool) *docket.CaseTask {
	return &docket.CaseTask{
		ID: b.id(), SubmissionID: s.ID, UnitID: unit, Lead: lead, Person: b.clerk.ID, Ask: "Baxılsın", Due: calendar.Of(2026, 3, 20), State: docket.CaseTaskOpen,
		Given: b.now, GivenBy: b.clerk.ID,
	}
}

func caseTasks(t *testing.T, b *bench) {
	ctx, list, s := b.ctx(), b.withUnits(), b.withSubmission()
	second, lead := b.task(s, list[1].ID, false), b.task(s, list[0].ID, true)
	second.Person, second.Due = "", calendar.Of(2026, 3, 10)
	b.tx(func(w docket.Work) error { return errors.Join(w.AddCaseTask(ctx, second), w.AddCaseTask(ctx, lead)) })
	read(b, []docket.CaseTask{*lead, *second}, func(w docket.Work) ([]docket.CaseTask, error) { return w.CaseTasks(ctx, s.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddCaseTask(ctx, b.task(s, list[0].ID, false)) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddCaseTask(ctx, b.task(s, list[2].ID, true)) })
	old := *second
	second.State, second.Ended, second.EndedBy, second.Reason = docket.CaseTaskTakenBack, b.now, b.clerk.ID, "lazım deyil"
	b.tx(func(w docket.Work) error { return w.UpdateCaseTask(ctx, second) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateCaseTask(ctx, &old) })
	again := b.task(s, list[1].ID, false)
	again.Person = ""
	b.tx(func(w docket.Work) error { return w.AddCaseTask(ctx, again) })
	read(b, again, func(w docket.Work) (*docket.CaseTask, error) { return w.CaseTask(ctx, again.ID) })
	for _, c := range []struct {
		state docket.SubmissionState
		f     docket.CaseTaskFilter
		want  int
	}{
		{docket.SubmissionInReview, docket.CaseTaskFilter{Units: []docket.ID{list[1].ID}}, 1},
		{docket.SubmissionInReview, docket.CaseTaskFilter{People: []docket.ID{b.clerk.ID}}, 1},
		{docket.SubmissionInReview, docket.CaseTaskFilter{People: []docket.ID{b.clerk.ID}, Units: []docket.ID{list[1].ID}}, 2},
		{docket.SubmissionInReview, docket.CaseTaskFilter{Units: []docket.ID{list[0].ID}, States: []docket.CaseTaskState{docket.CaseTaskAnswered}}, 0},
		{docket.SubmissionVisa, docket.CaseTaskFilter{Units: []docket.ID{list[0].ID}}, 1},
		{docket.SubmissionWithdrawn, docket.CaseTaskFilter{Units: []docket.ID{list[0].ID}}, 0},
		{docket.SubmissionAnswered, docket.CaseTaskFilter{}, 0},
	} {
		s.State = c.state
		b.tx(func(w docket.Work) error { return w.UpdateSubmission(ctx, s) })
		read(b, c.want, func(w docket.Work) (int, error) {
			found, err := w.ListCaseTasks(ctx, c.f)
			return len(found), err
		})
	}
	o := docket.SubOpinion{
		ID: b.id(), TaskID: lead.ID, SubmissionID: s.ID, UnitID: lead.UnitID, N: 1, Version: 1, AuthorID: b.clerk.ID, Author: b.clerk.Name, Text: "Müsbət", Outcome: "positive",
		Attachments: []docket.File{{ID: b.id(), Name: "arayış.pdf", MediaType: "application/pdf", Size: 7, Blob: docket.HashOf([32]byte{8}), Added: b.now}}, Written: b.now,
	}
	b.tx(func(w docket.Work) error { return w.AddSubOpinion(ctx, &o) })
	read(b, &o, func(w docket.Work) (*docket.SubOpinion, error) { return w.SubOpinion(ctx, o.ID) })
	twice := o
	twice.ID = b.id()
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddSubOpinion(ctx, &twice) })
	twice.N, twice.Attachments = 2, nil
	b.tx(func(w docket.Work) error { return w.AddSubOpinion(ctx, &twice) })
	read(b, []docket.SubOpinion{o, twice}, func(w docket.Work) ([]docket.SubOpinion, error) { return w.SubOpinions(ctx, s.ID) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.CaseTask(ctx, o.ID); return err })
	if t.Failed() {
		t.Log("tasks:", lead.ID, second.ID, again.ID)
	}
}

// projectsOfUnit: the list shows a unit's people the projects their unit has a task of that stands, and nothing else (need-to-know).
func projectsOfUnit(_ *testing.T, b *bench) {
	ctx, list := b.ctx(), b.withUnits()
	mine, theirs, gone := b.submission("Bizim", "1", b.now), b.submission("Onların", "2", b.now), b.submission("Geri", "3", b.now)
	byHand := b.submission("Mənim", "4", b.now)
	for _, s := range []*docket.Submission{mine, theirs, gone} {
		s.Expert = ""
	}
	byHand.Expert = b.person.ID
	taken := b.task(gone, list[0].ID, false)
	taken.State, taken.Person = docket.CaseTaskTakenBack, b.person.ID
	his := b.task(mine, list[0].ID, false)
	his.Person = ""
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddSubmission(ctx, mine), w.AddSubmission(ctx, theirs), w.AddSubmission(ctx, gone), w.AddSubmission(ctx, byHand),
			w.AddCaseTask(ctx, his), w.AddCaseTask(ctx, b.task(theirs, list[1].ID, true)), w.AddCaseTask(ctx, taken))
	})
	for _, c := range []struct {
		person docket.ID
		units  []docket.ID
		want   []string
	}{
		{b.person.ID, []docket.ID{list[0].ID}, []string{"Bizim", "Mənim"}},
		{b.person.ID, nil, []string{"Mənim"}},
		{b.person.ID, []docket.ID{list[1].ID, list[2].ID}, []string{"Onların", "Mənim"}},
		{b.clerk.ID, []docket.ID{list[2].ID}, []string{"Onların"}}, // named in person
	} {
		read(b, c.want, func(w docket.Work) (names []string, err error) {
			found, total, err := w.ListSubmissions(ctx, docket.SubmissionFilter{People: []docket.ID{c.person}, Units: c.units, Order: docket.OrderReceived})
			for _, s := range found {
				names = append(names, s.Form.ProjectName)
			}
			if total != len(found) {
				b.t.Errorf("%d counted, %d found", total, len(found))
			}
			return names, err
		})
	}
}

func visas(_ *testing.T, b *bench) {
	ctx, list, s := b.ctx(), b.withUnits(), b.withSubmission()
	l := b.letter(s)
	ask := func(unit docket.ID, page byte) *docket.Visa {
		return &docket.Visa{ID: b.id(), LetterID: l.ID, SubmissionID: s.ID, UnitID: unit, Page: docket.HashOf([32]byte{page}), State: docket.VisaAsked, Asked: b.now, AskedBy: b.clerk.ID}
	}
	first, second := ask(list[0].ID, 1), ask(list[1].ID, 1)
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddLetter(ctx, l), w.AddVisa(ctx, first), w.AddVisa(ctx, second))
	})
	read(b, first, func(w docket.Work) (*docket.Visa, error) { return w.Visa(ctx, first.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddVisa(ctx, ask(list[0].ID, 2)) }) // one that stands
	asked := func(unit docket.ID, want int) {
		b.t.Helper()
		read(b, want, func(w docket.Work) (int, error) { found, err := w.AskedVisas(ctx, unit, 0); return len(found), err })
	}
	asked(list[0].ID, 0) // the project is not at the visas
	s.State = docket.SubmissionVisa
	b.tx(func(w docket.Work) error { return w.UpdateSubmission(ctx, s) })
	asked(list[0].ID, 1)
	asked(list[2].ID, 0)
	old := *first
	first.State, first.Giver, first.GiverName, first.Decided = docket.VisaGiven, b.clerk.ID, b.clerk.Name, b.now.Add(time.Hour)
	b.tx(func(w docket.Work) error { return w.UpdateVisa(ctx, first) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateVisa(ctx, &old) })
	asked(list[0].ID, 0)
	first.State = docket.VisaFallen
	b.tx(func(w docket.Work) error { return w.UpdateVisa(ctx, first) })
	third := ask(list[0].ID, 2)
	b.tx(func(w docket.Work) error { return w.AddVisa(ctx, third) })
	read(b, []docket.Visa{*first, *second, *third}, func(w docket.Work) ([]docket.Visa, error) { return w.VisasOf(ctx, s.ID) })
}

func returnsAndVersions(_ *testing.T, b *bench) {
	ctx, list, s := b.ctx(), b.withUnits(), b.withSubmission()
	l := b.letter(s)
	back := docket.Return{
		ID: b.id(), SubmissionID: s.ID, LetterID: l.ID, Page: l.Unsealed, Step: docket.EventSendBack, Points: []string{"form", "visas"}, Reason: "əlavə yoxdur", By: b.clerk.ID,
		ByName: b.clerk.Name, At: b.now,
	}
	refused := docket.Return{ID: b.id(), SubmissionID: s.ID, LetterID: l.ID, Page: l.Unsealed, Step: docket.EventRefuseVisa, Reason: "x", By: b.clerk.ID, ByName: "R", UnitID: list[2].ID, At: b.now}
	word := docket.LetterVersion{ID: b.id(), LetterID: l.ID, N: 1, Subject: "Rəy", Text: "Mətn", Outcome: "negative", Page: l.Unsealed, By: b.clerk.ID, ByName: b.clerk.Name, At: b.now}
	b.tx(func(w docket.Work) error {
		return errors.Join(w.AddLetter(ctx, l), w.AddReturn(ctx, &back), w.AddReturn(ctx, &refused), w.AddLetterVersion(ctx, &word))
	})
	read(b, []docket.Return{back, refused}, func(w docket.Work) ([]docket.Return, error) { return w.Returns(ctx, s.ID) })
	read(b, []docket.LetterVersion{word}, func(w docket.Work) ([]docket.LetterVersion, error) { return w.LetterVersions(ctx, l.ID) })
	twice := word
	twice.ID = b.id()
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.AddLetterVersion(ctx, &twice) })
}

func trail(_ *testing.T, b *bench) {
	ctx := b.ctx()
	entry := func(subject docket.ID, action string) docket.AuditEntry {
		return docket.AuditEntry{ID: b.id(), At: b.now, Actor: b.clerk.ID, Role: "coordinator", Action: action, Subject: subject, Detail: map[string]string{"state": "accepted"}}
	}
	one, two := b.id(), b.id()
	all := []docket.AuditEntry{entry(one, docket.AuditSubmissionAccepted), entry(one, docket.AuditSubmissionRead), entry(two, docket.AuditLetterDrafted), entry(b.id(), docket.AuditLetterDrafted)}
	b.tx(func(w docket.Work) error {
		for i := range all {
			if err := w.Audit(ctx, &all[i]); err != nil {
				return err
			}
		}
		return nil
	})
	read(b, []docket.AuditEntry{all[0], all[2]}, func(w docket.Work) ([]docket.AuditEntry, error) {
		return w.Trail(ctx, []docket.ID{one, two}, []string{docket.AuditSubmissionAccepted, docket.AuditLetterDrafted})
	})
	read(b, nil, func(w docket.Work) ([]docket.AuditEntry, error) {
		return w.Trail(ctx, nil, []string{docket.AuditLetterDrafted})
	})
}
