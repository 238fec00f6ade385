package web

import (
	"context"
	"strings"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

const cabinet = "Nazirlər Kabineti, 2 dekabr 2025, № 362"

func (f *fakeDesk) CalendarYear(_ context.Context, _ docket.Actor, year int) (*desk.CalendarYear, error) {
	c := calendar.New(calendar.BuiltIn()...)
	y := &desk.CalendarYear{Year: year, Working: c.WorkingDays(year), Complete: c.Complete(year), Shifts: c.Shifts(year)}
	for _, d := range calendar.BuiltIn() {
		if d.Date.Year == year {
			y.Days = append(y.Days, d)
			y.Changes = append(y.Changes, docket.CalendarChange{Day: d, ByName: "Tural Məmmədov", At: noon, Removed: len(y.Days) == 1, Reason: "Tarix səhv idi"})
		}
	}
	return y, nil
}

func (f *fakeDesk) PutCalendarDays(_ context.Context, _ docket.Actor, days ...calendar.Decreed) error {
	for _, d := range days {
		if d.Source == "" {
			return docket.Errors{docket.Invalid("source", docket.KeyRequired)}
		}
		if err := f.ask("day " + d.Date.String() + " " + string(d.Kind)); err != nil {
			return err
		}
	}
	return nil
}

func (f *fakeDesk) RemoveCalendarDay(_ context.Context, _ docket.Actor, day calendar.Date, _ calendar.DecreedKind, reason string) error {
	if reason == "" {
		return docket.Invalid("reason", docket.KeyRequired)
	}
	return f.ask("remove day " + day.String())
}

func (f *fakeDesk) ReadCalendar(_ context.Context, _ docket.Actor, text string) ([]desk.CalendarLine, error) {
	good := calendar.Decreed{Date: calendar.Of(2027, 3, 9), Kind: calendar.DecreedRamazan, Source: cabinet}
	lines := []desk.CalendarLine{{Line: 2, Text: "09.03.2027; ramazan; " + cabinet, Day: good}, {Line: 3, Text: "x", Day: good, Known: true}}
	if strings.Contains(text, "wrong") {
		lines = append(lines, desk.CalendarLine{Line: 4, Text: "31.02.2027; bayram", Errors: docket.Errors{docket.Invalid("date", docket.KeyDate), docket.Invalid("kind", docket.KeyChoice)}})
	}
	return lines, nil
}

func (f *fakeDesk) Procedures(_ context.Context, _ docket.Actor, code docket.ProcedureCode) ([]docket.Procedure, error) {
	if code != docket.ProcedureOpinion {
		return nil, docket.ErrNotFound
	}
	second := docket.DefaultTerms()
	second.Suspend, second.Review.End, second.Visas = true, calendar.EndNextWorking, []string{"it", "huquq"}
	return []docket.Procedure{
		{Code: code, Version: 2, From: calendar.Of(2027, 1, 1), Terms: second, Why: "Əmr № 12", MadeByName: "Tural Məmmədov", Made: noon},
		{Code: code, Version: 1, Terms: docket.DefaultTerms()},
	}, nil
}

func (f *fakeDesk) ChangeProcedure(_ context.Context, _ docket.Actor, in desk.ProcedureChange) (*docket.Procedure, error) {
	if errs := in.Terms.Check(); len(errs) > 0 {
		return nil, errs
	}
	return nil, f.ask("procedure " + string(in.Code) + " " + in.Terms.Rule() + " from " + in.From.String())
}

func (f *fakeDesk) SetLabel(_ context.Context, _ docket.Actor, id docket.ID, label docket.Label) (*docket.Submission, error) {
	return &f.sub, f.ask("label " + string(id) + " " + string(label))
}

func (f *fakeDesk) Readers(_ context.Context, _ docket.Actor, id docket.ID) (*desk.ReadersView, error) {
	if id != "s1" {
		return nil, docket.ErrNotFound
	}
	return &desk.ReadersView{
		ID: id, Number: "1/1-07", Label: docket.LabelOfficialUse, Received: f.period(),
		Readers: []docket.Reader{
			{UserID: "u1", Name: "Nigar Əliyeva", Added: noon},
			{UserID: "u2", Name: "Günay Həsənova", OfAgency: true, AddedByName: "Tural Məmmədov", Added: noon},
			{UserID: "u3", Name: "Kamran Orucov", OfAgency: true, AddedByName: "Tural Məmmədov", Added: noon, Removed: noon, RemovedBy: "Tural Məmmədov"},
		},
		Candidates: []docket.User{{ID: "u4", Name: "İlham Şükürov"}},
	}, nil
}

func (f *fakeDesk) NameReader(_ context.Context, _ docket.Actor, _, user docket.ID) error {
	if user == "" {
		return docket.Invalid("user", docket.KeyRequired)
	}
	return f.ask("reader " + string(user))
}

func (f *fakeDesk) RemoveReader(_ context.Context, _ docket.Actor, _, user docket.ID) error {
	return f.ask("no reader " + string(user))
}

func (f *fakeDesk) Confidential(context.Context, docket.Actor) ([]desk.ReadersView, error) {
	return []desk.ReadersView{
		{ID: "s1", Number: "1/1-07", Label: docket.LabelOfficialUse, Received: f.period()},
		{ID: "s2", Number: "1/1-08", Label: docket.LabelOfficialUse, Received: f.period(), Readers: []docket.Reader{{OfAgency: true}}},
	}, nil
}

func (f *fakeDesk) OutgoingMessages(_ context.Context, _ docket.Actor, filter docket.OutgoingFilter) (*desk.OutgoingPage, error) {
	p := &desk.OutgoingPage{Next: "n5", Counts: map[docket.PostState]int{docket.PostSent: 12, docket.PostUnknown: 1}}
	for i, state := range docket.PostStates() {
		n := docket.Notification{ID: docket.ID("n" + string(rune('0'+i))), Channel: docket.ChannelMail, To: "a•••@example.az", Key: docket.NotifyAccepted, Case: "1/1-07", Created: noon, Delivery: state, Attempts: i}
		if state == docket.PostSent {
			n.Channel, n.To, n.Sent = docket.ChannelSMS, "•••567", noon
		}
		if state == docket.PostGivenUp {
			n.Failure = "smtp 550"
		}
		if filter.Delivery == "" || filter.Delivery == state {
			p.List = append(p.List, n)
		}
	}
	return p, nil
}

func (f *fakeDesk) SendAgain(_ context.Context, _ docket.Actor, id docket.ID) error {
	return f.ask("again " + string(id))
}
