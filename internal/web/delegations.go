package web

import (
	"net/http"
	"slices"
	"strings"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// delegationPage is the data of Əvəzetmə.
type delegationPage struct {
	Now, Past      []delegationRow
	May            bool // appoint
	Absent, Others []option
	Roles          []docket.Role
}

// delegationRow is a line of the list.
type delegationRow struct {
	docket.Delegation
	State  string // of the catalogue: running, coming, over, ended
	MayEnd bool
}

// delegations shows who stands in for whom.
func (s *site) delegations(w http.ResponseWriter, r *request) error {
	return s.showDelegations(w, r, http.StatusOK)
}

// showDelegations shows the page, with the form's errors if there are any.
func (s *site) showDelegations(w http.ResponseWriter, r *request, code int) error {
	who := r.who()
	list, err := s.Desk.Delegations(r.Context(), who, docket.DelegationFilter{Limit: 200})
	if err != nil {
		return err
	}
	p := delegationPage{May: mayAppoint(who)}
	today := calendar.DateOf(s.Now())
	for _, d := range list {
		row := delegationRow{Delegation: d, State: delegationState(d, today)}
		row.MayEnd = (row.State == "running" || row.State == "coming") && (p.May || d.Absent == who.UserID)
		if row.State == "running" || row.State == "coming" {
			p.Now = append(p.Now, row)
		} else {
			p.Past = append(p.Past, row)
		}
	}
	if p.May {
		people, err := s.Desk.Colleagues(r.Context(), who)
		if err != nil {
			return err
		}
		p.people(r.view, people)
	}
	r.view.Data = p
	return s.render(w, code, "delegations", r.view)
}

// people fills the choices: everybody with his roles, and the roles that somebody holds.
func (p *delegationPage) people(v *view, people []docket.User) {
	p.Absent, p.Others = []option{{Text: v.T("delegation.choose")}}, []option{{Text: v.T("delegation.choose")}}
	for _, u := range people {
		words := make([]string, len(u.Roles))
		for i, role := range u.Roles {
			words[i] = v.T("role." + string(role))
			if !slices.Contains(p.Roles, role) {
				p.Roles = append(p.Roles, role)
			}
		}
		o := option{Value: string(u.ID), Text: u.Name + " (" + strings.Join(words, ", ") + ")"}
		p.Absent = append(p.Absent, o)
		if u.Suspended.IsZero() {
			p.Others = append(p.Others, o)
		}
	}
	slices.SortFunc(p.Roles, func(a, b docket.Role) int { return slices.Index(docket.Roles(), a) - slices.Index(docket.Roles(), b) })
}

// delegationState says where a delegation stands on a day.
func delegationState(d docket.Delegation, today calendar.Date) string {
	switch {
	case !d.Ended.IsZero():
		return "ended"
	case d.LastDay.Before(today):
		return "over"
	case today.Before(d.FirstDay):
		return "coming"
	default:
		return "running"
	}
}

// mayAppoint says whether the form is shown; the desk decides.
func mayAppoint(who docket.Actor) bool {
	roles := []docket.Role{docket.RoleAdmin, docket.RoleSignatory}
	return who.Has(roles...) && who.As(roles...).For == ""
}

// delegate appoints a substitute (Əvəzetməni təyin et).
func (s *site) delegate(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	in := desk.DelegationInput{Absent: docket.ID(form["absent"]), Delegate: docket.ID(form["delegate"]), Reason: form["reason"]}
	in.FirstDay, _ = calendar.Parse(form["first_day"]) // what can't be read is refused as a date
	in.LastDay, _ = calendar.Parse(form["last_day"])
	for _, role := range docket.Roles() {
		if form["role_"+string(role)] != "" {
			in.Roles = append(in.Roles, role)
		}
	}
	_, err = s.Desk.Delegate(r.Context(), r.who(), in)
	return s.delegated(w, r, err)
}

// endDelegation ends one early.
func (s *site) endDelegation(w http.ResponseWriter, r *request) error {
	_, err := s.Desk.EndDelegation(r.Context(), r.who(), r.id())
	return s.delegated(w, r, err)
}

// delegated shows what became of it.
func (s *site) delegated(w http.ResponseWriter, r *request, err error) error {
	if err == nil {
		redirect(w, r, "/delegations")
		return nil
	}
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showDelegations(w, r, status(err))
}
