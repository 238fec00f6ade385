package web

import (
	"context"
	"net/http"

	"mohur/docket"
	"mohur/docket/calendar"
	"mohur/internal/desk"
)

// peopleDesk is Profil və səlahiyyətli şəxslər (requirements 2a, 12).
type peopleDesk interface {
	Profile(ctx context.Context, who docket.Actor) (*docket.User, error)
	ChangeContacts(ctx context.Context, who docket.Actor, email, number string) (*docket.User, error)
	ConfirmContact(ctx context.Context, secret string) error
	People(ctx context.Context, who docket.Actor) ([]docket.User, error)
	AddPerson(ctx context.Context, who docket.Actor, in desk.PersonInput) (*docket.User, error)
	SetPersonPeriod(ctx context.Context, who docket.Actor, id docket.ID, from, to calendar.Date) error
	RevokePerson(ctx context.Context, who docket.Actor, id docket.ID) error
	RestorePerson(ctx context.Context, who docket.Actor, id docket.ID) error
	SuspendBody(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Registration, error)
	RestoreBody(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Registration, error)
}

// peoplePage is the data of the actor's own account and of his body's people.
type peoplePage struct {
	Own    docket.User
	People []personRow
	Admin  bool
}

// personRow is a responsible person in the list.
type personRow struct {
	docket.User
	LetIn bool // may log in today
	Own   bool
}

// peopleRoutes are the pages of a body's people about themselves.
func (s *site) peopleRoutes(get, post func(path string, h handler)) {
	get("/profile", s.ownProfile)
	post("/profile", s.profileSave)
	get("/profile/people/new", s.personNew)
	post("/profile/people", s.personAdd)
	get("/profile/people/{id}", s.person)
	post("/profile/people/{id}/period", s.personPeriod)
	post("/profile/people/{id}/revoke", s.personRevoke)
	post("/profile/people/{id}/restore", s.personRestore)
}

// ownProfile is Profil və səlahiyyətli şəxslər.
func (s *site) ownProfile(w http.ResponseWriter, r *request) error {
	return s.showPeople(w, r, http.StatusOK)
}

func (s *site) showPeople(w http.ResponseWriter, r *request, code int) error {
	own, err := s.Desk.Profile(r.Context(), r.who())
	if err != nil {
		return err
	}
	list, err := s.Desk.People(r.Context(), r.who())
	if err != nil {
		return err
	}
	p := peoplePage{Own: *own, Admin: r.who().Has(docket.RoleBodyAdmin)}
	for _, u := range list {
		p.People = append(p.People, s.personRow(r, u))
	}
	email := own.Email
	if own.Contact != nil {
		email = own.Contact.Email
	}
	for name, value := range (values{"email": email, "mobile": own.Mobile}) {
		if _, typed := r.view.Form[name]; !typed {
			r.view.Form[name] = value
		}
	}
	r.view.Data = p
	return s.render(w, code, "people", r.view)
}

func (s *site) personRow(r *request, u docket.User) personRow {
	return personRow{User: u, LetIn: u.LetsIn(calendar.DateOf(s.Now())), Own: u.ID == r.who().UserID}
}

// profileSave changes the unsigned contact fields.
func (s *site) profileSave(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	u, err := s.Desk.ChangeContacts(r.Context(), r.who(), form["email"], form["mobile"])
	if err == nil {
		s.say(r, "people.saved")
		if u.Contact != nil {
			s.say(r, "people.mailed")
		}
		redirect(w, r, "/profile")
		return nil
	}
	r.view.Form = form
	if !r.view.refused(err, nil) {
		return err
	}
	return s.showPeople(w, r, status(err))
}

// bodyAdmin refuses who may not name persons.
func bodyAdmin(r *request) error {
	if !r.who().Has(docket.RoleBodyAdmin) {
		return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	return nil
}

// personNew is the form of a new responsible person.
func (s *site) personNew(w http.ResponseWriter, r *request) error {
	if err := bodyAdmin(r); err != nil {
		return err
	}
	return s.render(w, http.StatusOK, "person_new", r.view)
}

// personAdd names one.
func (s *site) personAdd(w http.ResponseWriter, r *request) error {
	if err := bodyAdmin(r); err != nil {
		return err
	}
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	in := desk.PersonInput{Name: form["person_name"], FIN: form["fin"], Email: form["email"], Mobile: form["mobile"]}
	var faults docket.Errors
	in.From, in.To, faults = readPeriod(form)
	if len(faults) == 0 {
		_, err = s.Desk.AddPerson(r.Context(), r.who(), in)
	} else {
		err = faults
	}
	if err == nil {
		s.say(r, "people.added")
		redirect(w, r, "/profile#people")
		return nil
	}
	r.view.Form = form
	if !r.view.refused(err, map[string]string{"name": "person_name"}) {
		return err
	}
	return s.render(w, status(err), "person_new", r.view)
}

// readPeriod reads the days of a period, both of which may be empty.
func readPeriod(form values) (from, to calendar.Date, faults docket.Errors) {
	for _, f := range []struct {
		name string
		to   *calendar.Date
	}{{"from", &from}, {"to", &to}} {
		if form[f.name] == "" {
			continue
		}
		d, err := parseDay(form[f.name])
		if err != nil {
			faults = append(faults, docket.Invalid(f.name, docket.KeyDate))
			continue
		}
		*f.to = d
	}
	return from, to, faults
}

// person is one responsible person's page.
func (s *site) person(w http.ResponseWriter, r *request) error {
	return s.showPerson(w, r, http.StatusOK)
}

func (s *site) showPerson(w http.ResponseWriter, r *request, code int) error {
	if err := bodyAdmin(r); err != nil {
		return err
	}
	list, err := s.Desk.People(r.Context(), r.who())
	if err != nil {
		return err
	}
	for _, u := range list {
		if u.ID != r.id() {
			continue
		}
		for name, value := range (values{"from": r.view.Day(u.From), "to": r.view.Day(u.To)}) {
			if _, typed := r.view.Form[name]; !typed {
				r.view.Form[name] = value
			}
		}
		r.view.Data = s.personRow(r, u)
		return s.render(w, code, "person", r.view)
	}
	return docket.ErrNotFound
}

// personPeriod bounds the time of somebody's authority.
func (s *site) personPeriod(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	from, to, faults := readPeriod(form)
	err = faults
	if len(faults) == 0 {
		err = s.Desk.SetPersonPeriod(r.Context(), r.who(), r.id(), from, to)
	}
	r.view.Form = form
	return s.personChanged(w, r, "people.saved", err)
}

// personRevoke takes somebody's authority away.
func (s *site) personRevoke(w http.ResponseWriter, r *request) error {
	return s.personChanged(w, r, "people.revoked", s.Desk.RevokePerson(r.Context(), r.who(), r.id()))
}

// personRestore gives it back.
func (s *site) personRestore(w http.ResponseWriter, r *request) error {
	return s.personChanged(w, r, "people.restored", s.Desk.RestorePerson(r.Context(), r.who(), r.id()))
}

// personChanged leads back to the list, or shows the person again with the reason.
func (s *site) personChanged(w http.ResponseWriter, r *request, said string, err error) error {
	if err == nil {
		s.say(r, said)
		redirect(w, r, "/profile#people")
		return nil
	}
	if docket.CodeOf(err) == docket.CodeForbidden || !r.view.refused(err, nil) {
		return err
	}
	return s.showPerson(w, r, status(err))
}

// contactForm asks for a click: programs that look into mail open links, and would confirm an address that nobody reads.
func (s *site) contactForm(w http.ResponseWriter, r *request) error {
	r.view.Data = r.param("secret")
	r.view.Path, r.view.Return = "/log-in", "/log-in" // the secret stays out of the page's other links
	w.Header().Set("Referrer-Policy", "no-referrer")
	return s.render(w, http.StatusOK, "contact", r.view)
}

// contactConfirm makes the address its account's.
func (s *site) contactConfirm(w http.ResponseWriter, r *request) error {
	r.view.Path, r.view.Return = "/log-in", "/log-in"
	if err := s.Desk.ConfirmContact(r.Context(), r.param("secret")); err != nil {
		return err
	}
	r.view.Data = ""
	return s.render(w, http.StatusOK, "contact", r.view)
}

// suspend suspends a body with the reason that its people read.
func (s *site) suspend(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Desk.SuspendBody(r.Context(), r.who(), r.id(), form["suspend_reason"])
	return s.decided(w, r, form, "suspend_reason", err)
}

// restore restores it.
func (s *site) restore(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Desk.RestoreBody(r.Context(), r.who(), r.id(), form["restore_reason"])
	return s.decided(w, r, form, "restore_reason", err)
}
