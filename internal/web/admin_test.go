package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"mohur/docket"
	"mohur/internal/desk"
)

func (f *fakeDesk) accounts() []desk.UserRow {
	return []desk.UserRow{
		{User: docket.User{ID: "u1", Name: "Rəşad Quliyev", FIN: "7XY8ZW9", Email: "r@example.az", Roles: []docket.Role{docket.RoleRegistrar, docket.RoleExpert}, UnitID: "un1", Created: noon, LastLogIn: noon, Rev: 3}, Unit: docket.DefaultUnits()[0]},
		{User: docket.User{ID: "u2", Name: "Nigar Əliyeva", FIN: "1AB2CD3", Email: "n@example.az", BodyID: "b1", Roles: []docket.Role{docket.RoleBodyAdmin}, Created: noon, Suspended: noon}, BodyName: "Dövlət Statistika Komitəsi"},
	}
}

func (f *fakeDesk) ListUsers(_ context.Context, _ docket.Actor, filter docket.UserFilter) ([]desk.UserRow, error) {
	f.users = filter
	list := f.accounts()
	for range f.rows - 1 {
		list = append(list, f.accounts()[0])
	}
	return list, f.refusal
}

func (f *fakeDesk) User(_ context.Context, _ docket.Actor, id docket.ID) (desk.UserRow, error) {
	for _, u := range f.accounts() {
		if u.ID == id {
			return u, nil
		}
	}
	return desk.UserRow{}, docket.ErrNotFound
}

func (f *fakeDesk) OpenAccount(_ context.Context, _ docket.Actor, in desk.UserInput) (*docket.User, error) {
	f.user = in
	return &docket.User{ID: "u9"}, f.ask("open " + in.Name)
}

func (f *fakeDesk) ChangeAccount(_ context.Context, _ docket.Actor, in desk.UserInput) (*docket.User, error) {
	f.user = in
	return nil, f.ask("change " + string(in.ID))
}

func (f *fakeDesk) SuspendAccount(_ context.Context, _ docket.Actor, id docket.ID, reason string) (*docket.User, error) {
	return nil, f.ask("suspend " + string(id) + " " + reason)
}

func (f *fakeDesk) RestoreAccount(_ context.Context, _ docket.Actor, id docket.ID) (*docket.User, error) {
	return nil, f.ask("restore " + string(id))
}

func (f *fakeDesk) SendLogInLink(_ context.Context, _ docket.Actor, id docket.ID) error {
	return f.ask("link " + string(id))
}

func (f *fakeDesk) ListBodies(context.Context, docket.Actor, docket.BodyFilter) ([]docket.Body, error) {
	return []docket.Body{{ID: "b1", Name: "Dövlət Statistika Komitəsi", VOEN: "1234567890", Active: true}, {ID: "b2", Name: "Ləğv edilmiş idarə", VOEN: "1234567891"}}, nil
}

func (f *fakeDesk) BodyOf(_ context.Context, _ docket.Actor, id docket.ID) (*desk.BodyView, error) {
	if id != "b1" {
		return nil, docket.ErrNotFound
	}
	return &desk.BodyView{Body: docket.Body{ID: "b1", Name: "Dövlət Statistika Komitəsi", VOEN: "1234567890", Active: true}, Registrations: []docket.Registration{f.registration()}, Users: []docket.User{f.accounts()[1].User}}, nil
}

func (f *fakeDesk) PutBody(_ context.Context, _ docket.Actor, b docket.Body) (*docket.Body, error) {
	return &docket.Body{ID: "b1"}, f.ask("body " + string(b.ID) + " " + b.Name + " " + b.VOEN)
}

func (f *fakeDesk) PreviewBodies(_ context.Context, _ docket.Actor, list []docket.Body) (out []desk.BodyChange, err error) {
	for i, b := range list {
		out = append(out, desk.BodyChange{Body: b, New: i == 0, Was: map[int]string{1: "Köhnə ad"}[i], Same: i > 1})
	}
	return out, f.refusal
}

func (f *fakeDesk) ImportBodies(_ context.Context, _ docket.Actor, list []docket.Body) error {
	return f.ask("import " + list[0].Name)
}

func (f *fakeDesk) Units(context.Context, docket.Actor) ([]docket.Unit, error) {
	list := docket.DefaultUnits()
	for i := range list {
		list[i].ID = docket.ID("un" + string(rune('1'+i)))
	}
	list[4].Active = false
	return list, nil
}

func (f *fakeDesk) PutUnit(_ context.Context, _ docket.Actor, u docket.Unit) (*docket.Unit, error) {
	return &u, f.ask("unit " + u.Code + " " + u.Name)
}

// Requirements 12, İstifadəçilər və rollar.
func TestUsersPages(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("admin")
	v.get("/admin/users?name=quliyev&role=registrar&side=agency&state=suspended&after=u0").has(t, "Rəşad Quliyev", "Qeydiyyatı aparan, İcraçı")
	if d.users != (docket.UserFilter{Query: "quliyev", Agency: true, Role: docket.RoleRegistrar, Suspended: true, After: "u0", Limit: perPage + 1}) {
		t.Errorf("asked for %+v", d.users)
	}
	d.rows = perPage
	v.get("/admin/users?name=q").has(t, `href="/admin/users?after=u1&amp;name=q"`)
	a := v.post("/admin/users/u1", "user_name", "Rəşad Q.", "fin", "7XY8ZW9", "rev", "3", "unit", "un2", "role-admin", "yes", "role-expert", "yes")
	if a.code != http.StatusSeeOther || d.user.Rev != 3 || d.user.UnitID != "un2" || len(d.user.Roles) != 2 || d.user.Name != "Rəşad Q." {
		t.Errorf("%d %+v", a.code, d.user)
	}
	v.post("/admin/users/u1/suspend", "suspend_reason", "Məzuniyyət")
	v.post("/admin/users/u2/restore")
	if a := v.post("/admin/users/u1/link"); a.location != "/admin/users/u1?sent=1" {
		t.Errorf("%d %s", a.code, a.location)
	}
	if a := v.post("/admin/users/new", "user_name", "Yeni", "fin", "x", "body", "b1", "role-representative", "yes"); a.location != "/admin/users/u9" || d.user.BodyID != "b1" {
		t.Errorf("%d %s %+v", a.code, a.location, d.user)
	}
	want := "change u1|suspend u1 Məzuniyyət|restore u2|link u1|open Yeni"
	if got := strings.Join(d.asked, "|"); got != want {
		t.Errorf("asked %s", got)
	}
	d.refusal = docket.Errors{docket.Invalid("name", docket.KeyRequired), docket.Invalid("roles", docket.KeyRoles)}
	a = v.post("/admin/users/u1", "user_name", "", "fin", "Q", "rev", "3")
	if a.code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.code)
	}
	a.has(t, `href="#user_name"`, "Ad, soyad: ", `href="#roles"`, `value="Q"`)
	d.refusal = docket.Refuse(docket.CodeConflict, docket.KeyLastAdmin)
	if a := v.post("/admin/users/u1", "rev", "3"); a.code != http.StatusConflict {
		t.Errorf("%d", a.code)
	} else {
		a.has(t, "administratorsuz qala bilməz")
	}
}

// Requirements 12, Dövlət orqanları: what an import would do is shown first, and what was shown is what is imported.
func TestBodiesAreImportedAfterALook(t *testing.T) {
	d := newFakeDesk()
	v := site0(t, d, nil).logIn("admin")
	a := v.upload("/admin/bodies/import", nil, file{"bodies_file", "orqanlar.csv", "ad;vöen\nBirinci <b>;1400000011\nİkinci;1400000021\nÜçüncü;1400000031\n"})
	if a.code != http.StatusOK || len(d.asked) > 0 {
		t.Fatalf("%d %v", a.code, d.asked)
	}
	a.has(t, "Yeni: 1. Adı dəyişən: 1.", "Birinci &lt;b&gt;", "<del class=\"small\">Köhnə ad</del>")
	_, rest, _ := strings.Cut(a.body, `name="kept" value="`)
	kept, _, _ := strings.Cut(rest, `"`)
	if a := v.post("/admin/bodies/import/confirm", "kept", strings.ReplaceAll(kept, "&#43;", "+")); a.location != "/admin/bodies" || d.asked[0] != "import Birinci <b>" {
		t.Errorf("%d %s %v", a.code, a.location, d.asked)
	}
	for text, want := range map[string]string{
		"":                          "Bu sahəni doldurun",
		"name\nx\n":                 "sütunları yoxdur",
		"name,voen\nx,12\n":         "Sətir 2: VÖEN “12” on rəqəm deyil",
		"name,voen\n" + "x,1\xff\n": "UTF-8 deyil",
		"name,voen\nx,1400000011\ny,1400000011\n": "artıq 2-ci sətirdə var",
		strings.Repeat("x", maxImport+1):          "böyük",
	} {
		if a := v.upload("/admin/bodies/import", nil, file{"bodies_file", "o.csv", text}); a.code < 400 || !strings.Contains(a.body, want) {
			t.Errorf("%.20q: %d lacks %q", text, a.code, want)
		}
	}
	if a := v.post("/admin/bodies/import/confirm", "kept", "x"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("junk: %d", a.code)
	}
	v.post("/admin/bodies/b1", "body_name", "Yeni ad", "active", "yes")
	v.post("/admin/bodies/new", "body_name", "Yeni", "voen", "1400000041")
	v.post("/admin/units/un1", "unit_name", "İT", "kind", "it", "unit_code", "other")
	if got := strings.Join(d.asked[1:], "|"); got != "body b1 Yeni ad |body  Yeni 1400000041|unit it İT" {
		t.Errorf("asked %s", got)
	}
}

// Requirements 12, Audit jurnalı: search and export.
func TestAuditPage(t *testing.T) {
	v := site0(t, newFakeDesk(), nil).logIn("auditor")
	v.get("/audit?audit_from=1.11.2026&audit_to=22.11.2026&actor=u7").has(t, "u7", "code=2026-11-22T20:00:00Z version=1", `href="/audit?check=1"`)
	if a := v.get("/audit?audit_from=32.1.2026"); a.code != http.StatusUnprocessableEntity {
		t.Errorf("%d", a.code)
	} else {
		a.has(t, `href="#audit_from"`)
	}
	if a := v.get("/audit/export"); a.body != "PK" || a.header.Get("Content-Type") != "application/zip" || !strings.Contains(a.header.Get("Content-Disposition"), "audit-2026-11-22.zip") {
		t.Errorf("%d %v", a.code, a.header)
	}
}
