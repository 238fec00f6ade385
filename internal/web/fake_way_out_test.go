package web

import (
	"context"
	"io"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

func (f *fakeDesk) Delegate(_ context.Context, _ docket.Actor, in desk.DelegationInput) (*docket.Delegation, error) {
	what := "delegate " + string(in.Absent) + " " + string(in.Delegate)
	for _, r := range in.Roles {
		what += " " + string(r)
	}
	return nil, f.ask(what + " " + in.FirstDay.String() + " " + in.LastDay.String() + " " + in.Reason)
}

func (f *fakeDesk) EndDelegation(_ context.Context, _ docket.Actor, id docket.ID) (*docket.Delegation, error) {
	return nil, f.ask("end " + string(id))
}

func (f *fakeDesk) Delegations(context.Context, docket.Actor, docket.DelegationFilter) ([]docket.Delegation, error) {
	d := docket.Delegation{
		ID: "d1", Absent: "signatory", AbsentName: "Ülviyyə Ağayeva", Delegate: "expert", DelegateName: "Günay Həsənova", Roles: []docket.Role{docket.RoleSignatory, docket.RoleCoordinator},
		FirstDay: calendar.Of(2026, 11, 20), LastDay: calendar.Of(2026, 12, 3), Reason: "məzuniyyət",
	}
	coming, over, ended := d, d, d
	coming.ID, coming.FirstDay = "d2", calendar.Of(2026, 11, 23)
	over.ID, over.FirstDay, over.LastDay = "d3", calendar.Of(2026, 1, 5), calendar.Of(2026, 11, 21)
	ended.ID, ended.Ended = "d4", noon
	return []docket.Delegation{coming, d, over, ended}, nil
}

func (f *fakeDesk) Colleagues(context.Context, docket.Actor) ([]docket.User, error) {
	return []docket.User{
		{ID: "signatory", Name: "Ülviyyə Ağayeva", Roles: []docket.Role{docket.RoleSignatory, docket.RoleCoordinator}},
		{ID: "expert", Name: "Günay Həsənova", Roles: []docket.Role{docket.RoleExpert}},
		{ID: "gone", Name: "Getmiş Əməkdaş", Roles: []docket.Role{docket.RoleAuditor}, Suspended: noon},
	}, nil
}

func (f *fakeDesk) HeadSigns() bool { return true }

func (f *fakeDesk) DownloadToSign(context.Context, docket.Actor, docket.ID) (*desk.Download, error) {
	return f.download("to sign")
}

func (f *fakeDesk) SignLetter(_ context.Context, _ docket.Actor, _ docket.ID, signed io.Reader) (*docket.Letter, error) {
	b, err := io.ReadAll(signed)
	if err != nil {
		return nil, err
	}
	f.uploaded = string(b)
	return nil, f.ask("sign letter")
}

func (f *fakeDesk) CheckLetterSigner(who docket.Actor, g docket.Signer) error {
	return f.CheckSigner(who, g)
}

func (f *fakeDesk) ReturnLetter(_ context.Context, _ docket.Actor, _ docket.ID, reason string) (*docket.Letter, error) {
	return nil, f.ask("return " + reason)
}

func (f *fakeDesk) lines() []docket.DispatchEntry {
	e := docket.DispatchEntry{
		ID: "e1", LetterID: "l1", SubmissionID: "s1", Kind: docket.LetterOpinion, Number: "9/14-05", Day: calendar.Of(2026, 11, 22), BodyID: "b1", Addressee: "Dövlət Statistika Komitəsi",
		Channel: docket.DispatchMailbox, Added: noon, Delivered: noon, Confirmed: noon, ConfirmedBy: "Nigar Əliyeva", ConfirmedHow: docket.ReceiptByReading,
	}
	c := docket.DispatchEntry{
		ID: "e2", LetterID: "l1", Kind: docket.LetterOpinion, Number: "9/14-05", Day: calendar.Of(2026, 11, 22), Addressee: "=Şəki Şəhər İcra Hakimiyyəti", Channel: docket.DispatchPost,
		Copy: true, Note: "sifarişli məktub 123", Added: noon,
	}
	return []docket.DispatchEntry{c, e}
}

func (f *fakeDesk) DispatchList(_ context.Context, _ docket.Actor, q docket.DispatchFilter) ([]docket.DispatchEntry, error) {
	return f.lines(), f.ask("dispatches " + q.From.String() + " " + q.Addressee)
}

func (f *fakeDesk) Dispatched(_ context.Context, who docket.Actor, _ docket.ID) ([]docket.DispatchEntry, error) {
	if who.OfBody() {
		e := f.lines()[1]
		e.Confirmed, e.ConfirmedBy, e.ConfirmedHow = docket.DispatchEntry{}.Confirmed, "", ""
		return []docket.DispatchEntry{e}, nil
	}
	return f.lines(), nil
}

func (f *fakeDesk) AddCopy(_ context.Context, _ docket.Actor, in desk.CopyInput) (*docket.DispatchEntry, error) {
	return nil, f.ask("copy " + in.Addressee + " " + string(in.Channel) + " " + in.Note)
}

func (f *fakeDesk) NoteReceipt(_ context.Context, _ docket.Actor, entry docket.ID) (*docket.DispatchEntry, error) {
	return nil, f.ask("noted " + string(entry))
}

func (f *fakeDesk) ConfirmReceipt(_ context.Context, _ docket.Actor, letter docket.ID) (*docket.Letter, error) {
	return nil, f.ask("received " + string(letter))
}

func (f *fakeDesk) Journal(_ context.Context, _ docket.Actor, q docket.JournalFilter) ([]docket.JournalRow, error) {
	row := docket.JournalRow{
		Number:   docket.Number{Series: docket.Series{Journal: q.Journal, Unit: "9", Case: "14"}, Seq: 5, Text: "9/14-05", Date: calendar.Of(2026, 11, 22), Kind: "opinion", Annexes: 2},
		LetterID: "l1", LetterKind: docket.LetterOpinion, LetterState: docket.LetterDispatched, SubmissionID: "s1", Correspondent: "Dövlət Statistika Komitəsi",
		Content: "Əhalinin elektron uçotu sistemi <b>", Executor: "Günay Həsənova", Due: calendar.Of(2026, 12, 22),
	}
	labelled, annulled := row, row
	labelled.Label, labelled.Content, labelled.Seq, labelled.Text = docket.LabelOfficialUse, "", 6, "9/14-06"
	annulled.Seq, annulled.Text, annulled.Voided, annulled.Reason = 4, "9/14-04", noon, "Möhürləmək alınmadı."
	return []docket.JournalRow{labelled, row, annulled}, f.ask("journal " + string(q.Journal) + " " + q.Number + " " + q.Kind)
}

func (f *fakeDesk) JournalKinds(context.Context) ([]docket.JournalKind, error) {
	return []docket.JournalKind{{Code: "letter", Az: "Məktub", En: "Letter", Ru: "Письмо"}, {Code: "opinion", Az: "Rəy", En: "Opinion", Ru: "Заключение"}}, nil
}

func (f *fakeDesk) Control(_ context.Context, _ docket.Actor, q desk.ControlFilter) (*desk.ControlView, error) {
	over := f.period()
	over.Left, over.Overdue = -3, true
	return &desk.ControlView{Overdue: 1, Soon: 2, Open: 7, Rows: []desk.ControlRow{
		{Submission: f.sub, Period: over, Executor: "Günay Həsənova", Unit: &docket.Unit{Name: "İnformasiya texnologiyaları şöbəsi", NameEn: "Information technology department"}},
		{Submission: f.sub, Period: f.period()},
	}}, f.ask("control")
}
