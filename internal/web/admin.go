package web

import (
	"context"
	"net/http"
	"net/url"

	"github.com/go-chi/chi/v5"

	"mohur/docket"
	"mohur/internal/desk"
)

// adminDesk is what administrators use.
type adminDesk interface {
	ListUsers(ctx context.Context, who docket.Actor, f docket.UserFilter) ([]desk.UserRow, error)
	User(ctx context.Context, who docket.Actor, id docket.ID) (desk.UserRow, error)
	OpenAccount(ctx context.Context, who docket.Actor, in desk.UserInput) (*docket.User, error)
	ChangeAccount(ctx context.Context, who docket.Actor, in desk.UserInput) (*docket.User, error)
	SuspendAccount(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.User, error)
	RestoreAccount(ctx context.Context, who docket.Actor, id docket.ID) (*docket.User, error)
	SendLogInLink(ctx context.Context, who docket.Actor, id docket.ID) error
	ListBodies(ctx context.Context, who docket.Actor, f docket.BodyFilter) ([]docket.Body, error)
	BodyOf(ctx context.Context, who docket.Actor, id docket.ID) (*desk.BodyView, error)
	PutBody(ctx context.Context, who docket.Actor, b docket.Body) (*docket.Body, error)
	PreviewBodies(ctx context.Context, who docket.Actor, bodies []docket.Body) ([]desk.BodyChange, error)
	ImportBodies(ctx context.Context, who docket.Actor, bodies []docket.Body) error
	Units(ctx context.Context, who docket.Actor) ([]docket.Unit, error)
	PutUnit(ctx context.Context, who docket.Actor, u docket.Unit) (*docket.Unit, error)
}

// adminRoutes are the pages of administration (requirements 12, Admin).
func (s *site) adminRoutes(r chi.Router) {
	get := func(path string, h handler, roles ...docket.Role) { r.Get(path, s.page(s.forAgency(h, roles...))) }
	post := func(path string, h handler, roles ...docket.Role) { r.Post(path, s.page(s.forAgency(h, roles...))) }
	admin := docket.RoleAdmin
	get("/admin", s.adminHome, admin, docket.RoleAuditor)
	get("/admin/users", s.users, admin)
	get("/admin/users/new", s.userNew, admin)
	post("/admin/users/new", s.userAdd, admin)
	get("/admin/users/{id}", s.user, admin)
	post("/admin/users/{id}", s.userChange, admin)
	post("/admin/users/{id}/suspend", s.userSuspend, admin)
	post("/admin/users/{id}/restore", s.userRestore, admin)
	post("/admin/users/{id}/link", s.userLink, admin)
	get("/admin/bodies", s.bodies, admin)
	get("/admin/bodies/new", s.bodyNew, admin)
	post("/admin/bodies/new", s.bodyAdd, admin)
	get("/admin/bodies/import", s.bodiesImport, admin)
	post("/admin/bodies/import", s.bodiesPreview, admin)
	post("/admin/bodies/import/confirm", s.bodiesConfirm, admin)
	get("/admin/bodies/{id}", s.body, admin)
	post("/admin/bodies/{id}", s.bodyChange, admin)
	get("/admin/units", s.units, admin)
	get("/admin/units/new", s.unitForm, admin)
	post("/admin/units/new", s.unitPut, admin)
	get("/admin/units/{id}", s.unitForm, admin)
	post("/admin/units/{id}", s.unitPut, admin)
}

// adminCard is one of the pages of administration.
type adminCard struct{ Href, Title, Hint string }

// adminHome is Sazlamalar: the pages of administration that the actor may open.
func (s *site) adminHome(w http.ResponseWriter, r *request) error {
	var cards []adminCard
	if r.who().Has(docket.RoleAdmin) {
		cards = append(cards, adminCard{"/admin/users", "users.title", "users.lead"}, adminCard{"/admin/bodies", "bodies.title", "bodies.lead"},
			adminCard{"/admin/units", "units.title", "units.lead"}, adminCard{"/programs", "programs.title", "programs.lead"})
	}
	r.view.Data = cards
	return s.render(w, http.StatusOK, "admin", r.view)
}

// after is a page of a list that goes on after a row; the address keeps what was searched for.
func after(base string, q url.Values, id docket.ID) string {
	next := url.Values{}
	for name, v := range q {
		if name != "after" && len(v) > 0 && v[0] != "" {
			next.Set(name, v[0])
		}
	}
	next.Set("after", string(id))
	return base + "?" + next.Encode()
}

// perPage is how many rows the lists of administration show.
const perPage = 50

// adminLabels are the keys of the names of administration's inputs.
func adminLabels() map[string]string {
	return map[string]string{
		"voen": "bodies.voen", "roles": "users.roles", "passkey_name": "passkey.name", "bodies_file": "bodies.file", "kind": "unit.kind", "user_name": "users.name",
		"body_name": "bodies.name", "unit_name": "unit.name.az", "unit_code": "unit.code", "audit_from": "audit.from", "audit_to": "audit.to",
		"key_name": "keys.name", "scopes": "keys.scopes", "key_expires": "keys.expires", "hook_url": "hooks.url", "wording": "wordings.text",
	}
}
