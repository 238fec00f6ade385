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
