package web

import (
	"net/http"
	"slices"
	"strconv"

	"mohur/docket"
	"mohur/internal/desk"
)

// usersPage is the data of İstifadəçilər və rollar.
type usersPage struct {
	Rows                 []desk.UserRow
	Next                 string
	First                bool // the list's beginning is shown
	Sides, Roles, States []option
	Body                 docket.Body // only this one's
}

// users is İstifadəçilər və rollar: search by folded names, filters, page by page.
func (s *site) users(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	for _, name := range []string{"name", "side", "role", "state", "body"} {
		r.view.Form[name] = clean(q.Get(name))
	}
	f := docket.UserFilter{
		Query: r.view.Form["name"], Agency: r.view.Form["side"] == "agency", BodyID: docket.ID(r.view.Form["body"]), Role: docket.Role(r.view.Form["role"]),
		Suspended: r.view.Form["state"] == "suspended", After: docket.ID(q.Get("after")), Limit: perPage + 1,
	}
	if f.Role != "" && !slices.Contains(docket.Roles(), f.Role) {
		f.Role = ""
	}
	rows, err := s.Desk.ListUsers(r.Context(), r.who(), f)
	if err != nil {
		return err
	}
	p := usersPage{Rows: rows, First: f.After == ""}
	if len(rows) > perPage {
		p.Rows = rows[:perPage]
		p.Next = after("/admin/users", q, p.Rows[perPage-1].ID)
	}
	any := option{"", r.view.T("list.any")}
	p.Sides = []option{any, {"agency", r.view.T("layout.agency.short")}}
	p.States = []option{any, {"suspended", r.view.T("users.suspended")}}
	p.Roles = []option{any}
	for _, role := range append(sideRoles(true), sideRoles(false)...) {
		p.Roles = append(p.Roles, option{string(role), r.view.Role(role)})
	}
	if f.BodyID != "" && len(rows) > 0 {
		p.Body = docket.Body{ID: f.BodyID, Name: rows[0].BodyName}
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "users", r.view)
}

// sideRoles are the roles that people of one side can hold.
func sideRoles(agency bool) (out []docket.Role) {
	for _, role := range docket.Roles() {
		body := role == docket.RoleBodyAdmin || role == docket.RoleRepresentative
		if role != docket.RoleSystem && role != docket.RolePublic && body != agency {
			out = append(out, role)
		}
	}
	return out
}

// Role names a role.
func (v *view) Role(r docket.Role) string { return v.T("role." + string(r)) }

// Masked is a personal code as others than its holder see it (requirements 8, 25).
func (v *view) Masked(fin string) string { return docket.MaskFIN(fin) }

// userPage is the data of one account.
type userPage struct {
	User    desk.UserRow
	New     bool
	Roles   []roleBox
	Units   []option
	Bodies  []option
	Self    bool
	Sent    bool // a link was sent just now
	Passkey int
}

// roleBox is a role to choose.
type roleBox struct {
	ID, Text, Hint string
	Checked        bool
}

// userNew is the form of a new account.
func (s *site) userNew(w http.ResponseWriter, r *request) error {
	body := r.URL.Query().Get("body")
	r.view.Form["body"] = body
	return s.showUser(w, r, http.StatusOK, desk.UserRow{User: docket.User{BodyID: docket.ID(body)}}, true)
}

// user shows an account with its form.
func (s *site) user(w http.ResponseWriter, r *request) error {
	row, err := s.Desk.User(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	s.fillUser(r, &row)
	return s.showUser(w, r, http.StatusOK, row, false)
}

// fillUser fills the form as the account is.
func (s *site) fillUser(r *request, u *desk.UserRow) {
	f := r.view.Form
	f["user_name"], f["email"], f["mobile"], f["unit"], f["rev"] = u.Name, u.Email, u.Mobile, string(u.UnitID), strconv.Itoa(u.Rev)
	for _, role := range u.Roles {
		f["role-"+string(role)] = "yes"
	}
}

func (s *site) showUser(w http.ResponseWriter, r *request, code int, u desk.UserRow, fresh bool) error {
	p := userPage{User: u, New: fresh, Self: u.ID == r.who().UserID, Sent: r.URL.Query().Get("sent") != ""}
	for _, role := range sideRoles(u.BodyID == "") {
		id := "role-" + string(role)
		p.Roles = append(p.Roles, roleBox{id, r.view.Role(role), r.view.T("role." + string(role) + ".hint"), r.view.Form[id] == "yes"})
	}
	if u.BodyID == "" {
		units, err := s.Desk.Units(r.Context(), r.who())
		if err != nil {
			return err
		}
		p.Units = []option{{"", r.view.T("users.unit.none")}}
		for i := range units {
			if units[i].Active || units[i].ID == u.UnitID {
				p.Units = append(p.Units, option{string(units[i].ID), units[i].In(string(r.view.Lang()))})
			}
		}
	} else if fresh {
		b, err := s.Desk.BodyOf(r.Context(), r.who(), u.BodyID)
		if err != nil {
			return err
		}
		p.User.BodyName = b.Name
	}
	r.view.Data = p
	return s.render(w, code, "user", r.view)
}

// readUser reads the form.
func (s *site) readUser(r *request) (in desk.UserInput, err error) {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return in, err
	}
	r.view.Form = form
	in = desk.UserInput{
		ID: r.id(), Rev: wholeNumber(form["rev"]), Name: form["user_name"], FIN: form["fin"], Email: form["email"], Mobile: form["mobile"],
		BodyID: docket.ID(form["body"]), UnitID: docket.ID(form["unit"]),
	}
	for _, role := range docket.Roles() {
		if form["role-"+string(role)] == "yes" {
			in.Roles = append(in.Roles, role)
		}
	}
	return in, nil
}

// userAdd opens an account.
func (s *site) userAdd(w http.ResponseWriter, r *request) error {
	in, err := s.readUser(r)
	if err != nil {
		return err
	}
	in.ID = ""
	u, err := s.Desk.OpenAccount(r.Context(), r.who(), in)
	if err == nil {
		redirect(w, r, "/admin/users/"+string(u.ID))
		return nil
	}
	if !r.view.refused(err, map[string]string{"name": "user_name"}) {
		return err
	}
	return s.showUser(w, r, status(err), desk.UserRow{User: docket.User{BodyID: in.BodyID}}, true)
}

// userChange changes an account.
func (s *site) userChange(w http.ResponseWriter, r *request) error {
	in, err := s.readUser(r)
	if err != nil {
		return err
	}
	_, err = s.Desk.ChangeAccount(r.Context(), r.who(), in)
	return s.userDone(w, r, "", err)
}

// userSuspend lets an account in no more.
func (s *site) userSuspend(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Desk.SuspendAccount(r.Context(), r.who(), r.id(), form["suspend_reason"])
	return s.userDone(w, r, "", err)
}

// userRestore lets a suspended account in again.
func (s *site) userRestore(w http.ResponseWriter, r *request) error {
	_, err := s.Desk.RestoreAccount(r.Context(), r.who(), r.id())
	return s.userDone(w, r, "", err)
}

// userLink sends a log-in link.
func (s *site) userLink(w http.ResponseWriter, r *request) error {
	return s.userDone(w, r, "?sent=1", s.Desk.SendLogInLink(r.Context(), r.who(), r.id()))
}

// userDone shows what became of a change.
func (s *site) userDone(w http.ResponseWriter, r *request, query string, err error) error {
	if err == nil {
		redirect(w, r, "/admin/users/"+string(r.id())+query)
		return nil
	}
	row, rerr := s.Desk.User(r.Context(), r.who(), r.id())
	if rerr != nil {
		return rerr
	}
	if r.view.Form["rev"] == "" { // another form of the page than the account's own
		s.fillUser(r, &row)
	}
	if !r.view.refused(err, map[string]string{"name": "user_name", "reason": "suspend_reason"}) {
		return err
	}
	return s.showUser(w, r, status(err), row, false)
}
