package main

import (
	"mohur/docket"
)

// administrationTable are the pages of administration, which see no contents of cases (requirements 2a).
func administrationTable() []accessRow {
	const auditor = "admin auditor"
	return []accessRow{
		{route: "POST /log-in/passkey/start", who: everybody},
		{route: "POST /log-in/passkey", who: everybody},
		{route: "GET /passkeys", who: agency},
		{route: "POST /passkeys/start", who: agency},
		{route: "POST /passkeys", who: agency},
		{route: "POST /passkeys/{id}/rename", form: "passkey_name"}, // each his own: another's is not found
		{route: "POST /passkeys/{id}/remove"},
		{route: "GET /programs", who: "admin body-admin " + anotherOne},
		{route: "POST /programs/keys", who: "admin body-admin " + anotherOne},
		{route: "POST /programs/keys/{id}/revoke"}, // each side its own: another's is not found
		{route: "POST /programs/webhooks", who: "admin body-admin " + anotherOne},
		{route: "GET /programs/webhooks/{id}"},
		{route: "POST /programs/webhooks/{id}/{do}"},
		{route: "POST /programs/webhooks/{id}/deliveries/{delivery}"},
		{route: "GET /audit/export", who: "auditor"},
		{route: "GET /admin", who: auditor},
		{route: "GET /admin/users", who: "admin"},
		{route: "GET /admin/users/new", who: "admin"},
		{route: "POST /admin/users/new", who: "admin"},
		{route: "GET /admin/users/{id}", who: "admin"},
		{route: "POST /admin/users/{id}", who: "admin"},
		{route: "POST /admin/users/{id}/suspend", who: "admin"},
		{route: "POST /admin/users/{id}/restore", who: "admin"},
		{route: "POST /admin/users/{id}/link", who: "admin"},
		{route: "GET /admin/bodies", who: "admin"},
		{route: "GET /admin/bodies/new", who: "admin"},
		{route: "POST /admin/bodies/new", who: "admin"},
		{route: "GET /admin/bodies/import", who: "admin"},
		{route: "POST /admin/bodies/import", who: "admin"},
		{route: "POST /admin/bodies/import/confirm", who: "admin"},
		{route: "GET /admin/bodies/{id}", who: "admin"},
		{route: "POST /admin/bodies/{id}", who: "admin"},
		{route: "GET /admin/units", who: "admin"},
		{route: "GET /admin/units/new", who: "admin"},
		{route: "POST /admin/units/new", who: "admin"},
		{route: "GET /admin/units/{id}", who: "admin"},
		{route: "POST /admin/units/{id}", who: "admin"},
	}
}

// administrationIDs are an account, a body and a unit that no other row needs.
func (a *access) administrationIDs(ids accessIDs) {
	a.Helper()
	user := a.newUser("", docket.RoleExpert)
	units, err := a.desk().Units(a.Context(), docket.System())
	a.must(err)
	if len(units) == 0 {
		u, err := a.desk().PutUnit(a.Context(), docket.System(), docket.DefaultUnits()[4])
		a.must(err)
		units = []docket.Unit{*u}
	}
	unit, body := units[len(units)-1].ID, a.demo.story.rep.BodyID
	ids["/passkeys/{id}/rename passkey_name"] = func(whoAsks) string { return "Telefon" }
	ids["/passkeys/{id}"] = func(whoAsks) string { return string(user) }
	for _, path := range []string{"/programs/keys/{id}", "/programs/webhooks/{id}", "/programs/webhooks/{id}/deliveries/{delivery}"} {
		ids[path] = func(whoAsks) string { return string(user) }
	}
	ids["/programs/webhooks/{id}/{do}"] = func(whoAsks) string { return "test" }
	ids["/admin/users/{id}"] = func(whoAsks) string { return string(user) }
	ids["/admin/bodies/{id}"] = func(whoAsks) string { return string(body) }
	ids["/admin/units/{id}"] = func(whoAsks) string { return string(unit) }
}
