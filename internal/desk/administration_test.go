package desk

import (
	"errors"
	"strings"
	"testing"

	"mohur/docket"
)

// Requirements 12, İstifadəçilər və rollar: accounts are opened, changed, suspended and restored; each change is in the log.
func TestAccountsOfAnAdministrator(t *testing.T) {
	o := newOffice(t)
	ctx := t.Context()
	first, err := o.AddUser(ctx, docket.System(), AddUserInput{Name: "Vüsal Kərimov", FIN: "1AA1AA1", Roles: []docket.Role{docket.RoleAdmin}})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := o.Actor(ctx, first.ID)
	if err != nil {
		t.Fatal(err)
	}
	in := UserInput{Name: "  Ülviyyə   Ağayeva ", FIN: "2bb2bb2", Email: "u@example.az", Mobile: "050 123 45 67", Roles: []docket.Role{docket.RoleSignatory}}
	u, err := o.OpenAccount(ctx, admin, in)
	if err != nil || u.Name != "Ülviyyə Ağayeva" || u.FIN != "2BB2BB2" || u.Mobile != "+994501234567" {
		t.Fatalf("%+v %v", u, err)
	}
	if _, err := o.OpenAccount(ctx, admin, in); docket.KeyOf(err) != docket.KeyAccountThere {
		t.Errorf("twice: %v", err)
	}
	var all docket.Errors
	if _, err := o.OpenAccount(ctx, admin, UserInput{FIN: "Ə", Email: "x", Mobile: "1", Roles: []docket.Role{docket.RoleRepresentative}}); !errors.As(err, &all) || len(all) != 5 {
		t.Errorf("faults: %v", err)
	}
	signatory, err := o.Actor(ctx, u.ID)
	if err != nil {
		t.Fatal(err)
	}
	for name, refused := range map[string]func() error{
		"list":    func() error { _, err := o.ListUsers(ctx, signatory, docket.UserFilter{}); return err },
		"open":    func() error { _, err := o.OpenAccount(ctx, signatory, in); return err },
		"change":  func() error { _, err := o.ChangeAccount(ctx, signatory, UserInput{ID: u.ID}); return err },
		"suspend": func() error { _, err := o.SuspendAccount(ctx, signatory, first.ID, "x"); return err },
		"link":    func() error { return o.SendLogInLink(ctx, signatory, first.ID) },
		"bodies":  func() error { _, err := o.ListBodies(ctx, signatory, docket.BodyFilter{}); return err },
	} {
		if err := refused(); docket.CodeOf(err) != docket.CodeForbidden {
			t.Errorf("%s by another: %v", name, err)
		}
	}
	change := UserInput{ID: u.ID, Rev: u.Rev, Name: u.Name, Email: "v@example.az", Roles: []docket.Role{docket.RoleSignatory, docket.RoleVisaGiver}}
	if _, err := o.ChangeAccount(ctx, admin, change); err != nil {
		t.Fatal(err)
	}
	if _, err := o.ChangeAccount(ctx, admin, change); docket.KeyOf(err) != docket.KeyStale {
		t.Errorf("over another's change: %v", err)
	}
	if _, err := o.ChangeAccount(ctx, admin, UserInput{ID: first.ID, Rev: first.Rev, Name: first.Name, FIN: first.FIN, Roles: []docket.Role{docket.RoleAuditor}}); docket.KeyOf(err) != docket.KeyLastAdmin {
		t.Errorf("nobody would be administrator: %v", err)
	}
	if _, err := o.SuspendAccount(ctx, admin, first.ID, "x"); docket.KeyOf(err) != docket.KeyOwnAccount {
		t.Errorf("himself: %v", err)
	}
	if err := o.SendLogInLink(ctx, admin, u.ID); err != nil {
		t.Fatal(err)
	}
	secret, err := o.IssueLoginLink(ctx, admin, u.ID, LinkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.SuspendAccount(ctx, admin, u.ID, " "); docket.KeyOf(err) != docket.KeyRequired {
		t.Errorf("no reason: %v", err)
	}
	if _, err := o.SuspendAccount(ctx, admin, u.ID, "Məzuniyyət"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Actor(ctx, u.ID); docket.CodeOf(err) != docket.CodeNotFound {
		t.Errorf("the session goes on: %v", err)
	}
	if _, err := o.LogIn(ctx, secret); docket.KeyOf(err) != docket.KeyLoginSuspended {
		t.Errorf("logged in: %v", err)
	}
	if err := o.SendLogInLink(ctx, admin, u.ID); docket.KeyOf(err) != docket.KeyLoginSuspended {
		t.Errorf("a link: %v", err)
	}
	if _, err := o.RestoreAccount(ctx, admin, u.ID); err != nil {
		t.Fatal(err)
	}
	if who, err := o.LogIn(ctx, secret); err != nil || who.UserID != u.ID {
		t.Errorf("%+v %v", who, err)
	}
	row, err := o.User(ctx, admin, u.ID)
	if err != nil || row.LastLogIn.IsZero() || row.FIN != "2BB2BB2" {
		t.Errorf("%+v %v", row, err)
	}
}

// Requirements 12, Dövlət orqanları: a body is added, renamed and taken out of the list; a preview changes nothing.
func TestBodiesOfAnAdministrator(t *testing.T) {
	o := newOffice(t)
	ctx, admin := t.Context(), docket.Actor{UserID: docket.NewID(o.clock), Roles: []docket.Role{docket.RoleAdmin}}
	b, err := o.PutBody(ctx, admin, docket.Body{Name: " Yeni  idarə ", VOEN: "9000000001", Active: true})
	if err != nil || b.Name != "Yeni idarə" {
		t.Fatalf("%+v %v", b, err)
	}
	if _, err := o.PutBody(ctx, admin, docket.Body{Name: "Başqa", VOEN: "9000000001"}); docket.KeyOf(err) != docket.KeyBodyThere {
		t.Errorf("the same VÖEN: %v", err)
	}
	if _, err := o.PutBody(ctx, admin, docket.Body{VOEN: "9"}); docket.CodeOf(err) != docket.CodeInvalid {
		t.Errorf("faults: %v", err)
	}
	list, err := ReadBodies(strings.NewReader("name,voen,active\nYeni idarə,9000000001,no\nÜçüncü,9000000003,\n"))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := o.PreviewBodies(ctx, admin, list)
	if err != nil || len(changes) != 2 || !changes[0].Turn || changes[0].New || changes[0].Same || !changes[1].New {
		t.Fatalf("%+v %v", changes, err)
	}
	if v, err := o.BodyOf(ctx, admin, b.ID); err != nil || !v.Active {
		t.Errorf("the preview changed it: %+v %v", v, err)
	}
	if b, err = o.PutBody(ctx, admin, docket.Body{ID: b.ID, Name: "Adı dəyişmiş", VOEN: "1"}); err != nil || b.VOEN != "9000000001" {
		t.Fatalf("%+v %v", b, err)
	}
	if found, err := o.ListBodies(ctx, admin, docket.BodyFilter{Inactive: true}); err != nil || len(found) != 1 || found[0].Name != "Adı dəyişmiş" {
		t.Errorf("%+v %v", found, err)
	}
}

func FuzzReadBodies(f *testing.F) {
	f.Add("name,voen\nx,1234567890\n")
	f.Add("\xEF\xBB\xBFad;vöen;aktiv\n\"a;b\";1234567890;yox\n")
	f.Add("name,voen\n\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ReadBodies(strings.NewReader(text))
		if (err == nil) != (len(list) > 0) {
			t.Fatalf("%d bodies, %v", len(list), err)
		}
		for _, b := range list {
			if b.Name == "" || !docket.ValidVOEN(b.VOEN) {
				t.Fatalf("%+v", b)
			}
		}
	})
}
