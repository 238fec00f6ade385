package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"mohur/docket"
)

func names[T any](list []T, name func(T) string) (out []string) {
	for _, x := range list {
		out = append(out, name(x))
	}
	return out
}

// directory: administrators find accounts and bodies by folded names, page by page, in Azerbaijani order.
func directory(t *testing.T, b *bench) {
	ctx := b.ctx()
	for i, name := range []string{"Çinarə Əliyeva", "Cavid Əhmədov", "İlham Şükürov", "Ilqar Abbasov", "Xəyal Hüseynov", "Qəmər Quliyeva"} {
		u := docket.User{ID: b.id(), Name: name, FIN: "FIN000" + string(rune('0'+i)), Roles: []docket.Role{docket.RoleExpert}, Created: b.now}
		b.tx(func(w docket.Work) error { return w.AddUser(ctx, &u) })
	}
	find := func(f docket.UserFilter) func(docket.Work) ([]string, error) {
		return func(w docket.Work) ([]string, error) {
			list, err := w.ListUsers(ctx, f)
			return names(list, func(u docket.User) string { return u.Name }), err
		}
	}
	all := []string{"Cavid Əhmədov", "Çinarə Əliyeva", "Gülər İsmayılova", "Xəyal Hüseynov", "Ilqar Abbasov", "İlham Şükürov", "Qəmər Quliyeva", "Rəşad Quliyev"}
	read(b, all, find(docket.UserFilter{}))
	read(b, []string{"Qəmər Quliyeva", "Rəşad Quliyev"}, find(docket.UserFilter{Query: "QULIYEV"}))
	read(b, []string{"Rəşad Quliyev"}, find(docket.UserFilter{Query: "7xy8zw9"}))
	read(b, nil, find(docket.UserFilter{Query: "%"}))
	read(b, []string{"Gülər İsmayılova"}, find(docket.UserFilter{BodyID: b.body.ID}))
	read(b, []string{"Rəşad Quliyev"}, find(docket.UserFilter{Agency: true, Role: docket.RoleRegistrar}))
	var paged []string
	for after := docket.ID(""); ; {
		var page []docket.User
		b.tx(func(w docket.Work) (err error) {
			page, err = w.ListUsers(ctx, docket.UserFilter{After: after, Limit: 3})
			return err
		})
		if len(page) == 0 {
			break
		}
		paged, after = append(paged, names(page, func(u docket.User) string { return u.Name })...), page[len(page)-1].ID
	}
	if !slices.Equal(paged, all) {
		t.Errorf("page by page: %q", paged)
	}
	findBody := func(f docket.BodyFilter) func(docket.Work) ([]string, error) {
		return func(w docket.Work) ([]string, error) {
			list, err := w.ListBodies(ctx, f)
			return names(list, func(x docket.Body) string { return x.Name }), err
		}
	}
	b.tx(func(w docket.Work) error {
		return w.PutBody(ctx, &docket.Body{ID: b.id(), Name: "Bağlanmış Qurum", VOEN: "1999999999"})
	})
	read(b, []string{"Bağlanmış Qurum", b.body.Name}, findBody(docket.BodyFilter{}))
	read(b, []string{"Bağlanmış Qurum"}, findBody(docket.BodyFilter{Inactive: true}))
	read(b, []string{"Bağlanmış Qurum"}, findBody(docket.BodyFilter{Query: "BAGLANMIS"}))
	read(b, []string{b.body.Name}, findBody(docket.BodyFilter{Query: "12345"}))
}

// accounts: a change names the revision it saw; a log-in is no change.
func accounts(t *testing.T, b *bench) {
	ctx, u := b.ctx(), b.clerk
	u.Name, u.Email, u.Mobile, u.Suspended, u.Roles = "Rəşad Məmmədov", "r@example.az", "+994501234567", b.now, []docket.Role{docket.RoleAdmin}
	stale := b.clerk
	b.tx(func(w docket.Work) error { return w.UpdateUser(ctx, &u) })
	read(b, &u, func(w docket.Work) (*docket.User, error) { return w.User(ctx, u.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdateUser(ctx, &stale) })
	count := func(want int) {
		t.Helper()
		read(b, want, func(w docket.Work) (int, error) { return w.CountWithRole(ctx, docket.RoleAdmin) })
	}
	count(0) // suspended
	u.Suspended = time.Time{}
	b.tx(func(w docket.Work) error { return w.UpdateUser(ctx, &u) })
	count(1)
	u.LastLogIn = b.now.Add(time.Hour)
	b.tx(func(w docket.Work) error { return w.NoteLogIn(ctx, &u) })
	read(b, &u, func(w docket.Work) (*docket.User, error) { return w.User(ctx, u.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error {
		twin := b.person
		twin.ID, twin.BodyID, twin.FIN = b.id(), "", u.FIN
		return w.AddUser(ctx, &twin)
	})
}

// passkeys of an account, and the portal's subjects.
func passkeys(t *testing.T, b *bench) {
	ctx := b.ctx()
	p := docket.Passkey{ID: b.id(), UserID: b.clerk.ID, Credential: "Y3JlZA", Name: "Noutbuk", Record: []byte(`{"k":1}`), SignCount: 1 << 31, Created: b.now}
	b.tx(func(w docket.Work) error { return w.AddPasskey(ctx, &p) })
	b.refused(docket.ErrStale, func(w docket.Work) error {
		twin := p
		twin.ID = b.id()
		return w.AddPasskey(ctx, &twin)
	})
	stale := p
	p.Name, p.SignCount, p.LastUsed, p.Suspect = "Telefon", 1<<31+1, b.now.Add(time.Minute), b.now
	b.tx(func(w docket.Work) error { return w.UpdatePasskey(ctx, &p) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.UpdatePasskey(ctx, &stale) })
	read(b, &p, func(w docket.Work) (*docket.Passkey, error) { return w.PasskeyByCredential(ctx, p.Credential) })
	read(b, []docket.Passkey{p}, func(w docket.Work) ([]docket.Passkey, error) { return w.PasskeysOfUser(ctx, b.clerk.ID) })
	b.tx(func(w docket.Work) error { return w.RemovePasskey(ctx, p.ID) })
	b.refused(docket.ErrStale, func(w docket.Work) error { return w.RemovePasskey(ctx, p.ID) })
	b.refused(docket.ErrNotFound, func(w docket.Work) error { _, err := w.Passkey(ctx, p.ID); return err })

	first := docket.PortalSubject{Issuer: "https://portal.example.az", Subject: "s-1", FIN: "1AB2CD3", Bound: b.now}
	second := docket.PortalSubject{Issuer: first.Issuer, Subject: "s-1", FIN: "7XY8ZW9", Bound: b.now.Add(time.Hour)}
	for _, s := range []*docket.PortalSubject{&first, &second} {
		b.tx(func(w docket.Work) error {
			bound, err := w.BindSubject(ctx, s)
			if err == nil && *bound != first {
				t.Errorf("bound %+v", bound)
			}
			return err
		})
	}
}

// wordings: versions follow one another, the newest counts.
func wordings(t *testing.T, b *bench) {
	ctx := b.ctx()
	row := func(name, lang string, version int, text string) docket.Wording {
		return docket.Wording{ID: b.id(), Name: name, Lang: lang, Version: version, Text: text, By: b.clerk.ID, Made: b.now}
	}
	first, second, other := row("notify.accepted.text", "az", 1, "Bir"), row("notify.accepted.text", "az", 2, ""), row("notify.accepted.text", "ru", 1, "Раз")
	for _, x := range []*docket.Wording{&first, &second, &other} {
		b.tx(func(w docket.Work) error { return w.AddWording(ctx, x) })
	}
	for _, version := range []int{1, 2, 4} {
		late := row("notify.accepted.text", "az", version, "x")
		if err := b.store.InTx(ctx, func(w docket.Work) error { return w.AddWording(ctx, &late) }); !errors.Is(err, docket.ErrStale) {
			t.Errorf("version %d: %v", version, err)
		}
	}
	read(b, []docket.Wording{second, other}, func(w docket.Work) ([]docket.Wording, error) { return w.Wordings(ctx) })
	read(b, []docket.Wording{second, first}, func(w docket.Work) ([]docket.Wording, error) {
		return w.WordingVersions(ctx, "notify.accepted.text", "az")
	})
}
