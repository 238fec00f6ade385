package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"mohur/docket"
	"mohur/docket/calendar"
)

// DelegationInput is who stands in for whom, from day to day.
type DelegationInput struct {
	Absent, Delegate  docket.ID
	Roles             []docket.Role // of the absent person
	FirstDay, LastDay calendar.Date // inclusive, in Baku; zero: none was given, or it could not be read
	Reason            string
}

// Bounds of a delegation.
const (
	maxDelegationDays   = 366
	maxDelegationReason = 300
)

// Delegate lets one person stand in for another (əvəzetmə; S3-15, requirements 2a): a head or an administrator for the agency's people, a body's
// administrator for his body's. Only roles that the absent person holds himself; no second one for the same role in the same days; no chains.
func (s *Service) Delegate(ctx context.Context, who docket.Actor, in DelegationInput) (*docket.Delegation, error) {
	who, err := mayDelegate(who)
	if err != nil {
		return nil, err
	}
	d, err := s.delegation(who, in)
	if err != nil {
		return nil, err
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		delegate, err := s.delegated(ctx, w, d)
		if err != nil {
			return err
		}
		if err := w.AddDelegation(ctx, d); err != nil {
			return err
		}
		if err := s.alone(ctx, w, d); err != nil {
			return err
		}
		n := notice{key: docket.NotifyDelegated, caseNo: azDate(d.FirstDay) + "–" + azDate(d.LastDay), link: PathDelegations}
		if d.BodyID == "" && delegate.Email != "" {
			if err := s.tell(ctx, w, docket.ChannelMail, delegate.Email, delegate.ID, "", true, n); err != nil {
				return err
			}
		}
		return s.audit(ctx, w, who, docket.AuditDelegationMade, d.ID, "", "absent", string(d.Absent), "delegate", string(d.Delegate), "roles", roleList(d.Roles),
			"from", d.FirstDay.String(), "to", d.LastDay.String())
	})
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, in.Absent, "", err)
	}
	return d, nil
}

// mayDelegate lets heads and administrators, in their own right: what somebody delegated to them is not theirs to pass on.
func mayDelegate(who docket.Actor) (docket.Actor, error) {
	roles := []docket.Role{docket.RoleAdmin, docket.RoleSignatory}
	if who.BodyID != "" {
		roles = []docket.Role{docket.RoleBodyAdmin}
	}
	if err := need(who, roles...); err != nil {
		return who, err
	}
	if who = who.As(roles...); who.For != "" {
		return who, docket.Refuse(docket.CodeForbidden, docket.KeyDelegationLent)
	}
	return who, nil
}

// delegation checks what was typed and lists every fault at once.
func (s *Service) delegation(who docket.Actor, in DelegationInput) (*docket.Delegation, error) {
	now := s.now()
	d := &docket.Delegation{
		ID: docket.NewID(now), BodyID: who.BodyID, Absent: in.Absent, Delegate: in.Delegate, Roles: slices.Clone(in.Roles),
		FirstDay: in.FirstDay, LastDay: in.LastDay, Reason: strings.TrimSpace(in.Reason), MadeBy: who.UserID, Made: now,
	}
	var errs docket.Errors
	if in.Absent == "" {
		errs = append(errs, docket.Invalid("absent", docket.KeyRequired))
	}
	switch {
	case in.Delegate == "":
		errs = append(errs, docket.Invalid("delegate", docket.KeyRequired))
	case in.Delegate == in.Absent:
		errs = append(errs, docket.Invalid("delegate", docket.KeyDelegationSelf))
	}
	if len(in.Roles) == 0 {
		errs = append(errs, docket.Invalid("roles", docket.KeyRequired))
	}
	errs = append(errs, delegationDays(d, s.today())...)
	switch n := utf8.RuneCountInString(d.Reason); {
	case n == 0:
		errs = append(errs, docket.Invalid("reason", docket.KeyRequired))
	case n > maxDelegationReason:
		errs = append(errs, docket.Invalid("reason", docket.KeyTooLong).With("max", maxDelegationReason))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return d, nil
}

// delegationDays lists what is wrong with the period. It never begins in the past: whoever acted then did so in his own right or not at all.
func delegationDays(d *docket.Delegation, today calendar.Date) (errs docket.Errors) {
	switch {
	case d.FirstDay.IsZero():
		errs = append(errs, docket.Invalid("first_day", docket.KeyDate))
	case d.FirstDay.Before(today):
		errs = append(errs, docket.Invalid("first_day", docket.KeyDelegationPast))
	}
	switch {
	case d.LastDay.IsZero():
		errs = append(errs, docket.Invalid("last_day", docket.KeyDate))
	case d.LastDay.Before(d.FirstDay):
		errs = append(errs, docket.Invalid("last_day", docket.KeyDelegationDays))
	case !d.FirstDay.IsZero() && d.FirstDay.DaysUntil(d.LastDay) >= maxDelegationDays:
		errs = append(errs, docket.Invalid("last_day", docket.KeyDelegationLong).With("max", maxDelegationDays))
	}
	return errs
}

// delegated finds both people, fills in their names and holds that the absent one has what he passes on. It returns the delegate.
func (s *Service) delegated(ctx context.Context, w docket.Work, d *docket.Delegation) (*docket.User, error) {
	person := func(field string, id docket.ID) (*docket.User, error) {
		u, err := w.User(ctx, id)
		if errors.Is(err, docket.ErrNotFound) || err == nil && u.BodyID != d.BodyID {
			return nil, docket.Invalid(field, docket.KeyDelegationPerson)
		}
		return u, err
	}
	absent, err := person("absent", d.Absent)
	if err != nil {
		return nil, err
	}
	for _, r := range d.Roles {
		if !slices.Contains(absent.Roles, r) {
			return nil, docket.Invalid("roles", docket.KeyDelegationRoles).With("role", string(r))
		}
	}
	delegate, err := person("delegate", d.Delegate)
	switch {
	case err != nil:
		return nil, err
	case !delegate.Suspended.IsZero():
		return nil, docket.Invalid("delegate", docket.KeyDelegationPerson)
	case delegate.FIN == absent.FIN && absent.FIN != "":
		return nil, docket.Invalid("delegate", docket.KeyDelegationSelf)
	}
	d.AbsentName, d.DelegateName = absent.Name, delegate.Name
	return delegate, nil
}

// alone refuses a delegation that meets another in the same days: of the same role, or as part of a chain.
func (s *Service) alone(ctx context.Context, w docket.Work, d *docket.Delegation) error {
	for _, person := range []docket.ID{d.Absent, d.Delegate} {
		list, err := w.ListDelegations(ctx, docket.DelegationFilter{BodyID: d.BodyID, Person: person, From: d.FirstDay, To: d.LastDay, Open: true, Limit: 500})
		if err != nil {
			return err
		}
		for _, x := range list {
			shared := slices.ContainsFunc(x.Roles, func(r docket.Role) bool { return slices.Contains(d.Roles, r) })
			switch {
			case x.ID == d.ID:
			case x.Absent == d.Absent && shared:
				return docket.Invalid("first_day", docket.KeyDelegationTwice).With("name", x.DelegateName)
			case x.Absent == d.Delegate:
				return docket.Invalid("delegate", docket.KeyDelegationChain).With("name", x.AbsentName)
			case x.Delegate == d.Absent:
				return docket.Invalid("absent", docket.KeyDelegationChain).With("name", x.DelegateName)
			}
		}
	}
	return nil
}

// EndDelegation ends one before its last day: whoever may make one, or the absent person who is back.
func (s *Service) EndDelegation(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Delegation, error) {
	var d *docket.Delegation
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if d, err = w.Delegation(ctx, id); err != nil {
			return err
		}
		if d.BodyID != who.BodyID || !who.OfAgency() && !who.OfBody() {
			return docket.ErrNotFound
		}
		if who.UserID != d.Absent {
			if who, err = mayDelegate(who); err != nil {
				return err
			}
		}
		if !d.Ended.IsZero() || d.LastDay.Before(s.today()) {
			return docket.Refuse(docket.CodeConflict, docket.KeyDelegationOver)
		}
		d.Ended, d.EndedBy = s.now(), who.UserID
		if err := w.UpdateDelegation(ctx, d); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditDelegationEnded, d.ID, "", "absent", string(d.Absent), "delegate", string(d.Delegate))
	})
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, id, "", err)
	}
	return d, nil
}

// Delegations lists who stands in for whom: to heads, administrators and auditors all of them, to everybody else what concerns him.
func (s *Service) Delegations(ctx context.Context, who docket.Actor, f docket.DelegationFilter) (list []docket.Delegation, err error) {
	if !who.OfAgency() && !who.OfBody() {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	f.BodyID = who.BodyID
	if !who.Has(docket.RoleAdmin, docket.RoleSignatory, docket.RoleAuditor, docket.RoleBodyAdmin) {
		f.Person = who.UserID
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.ListDelegations(ctx, f); return err })
	return list, err
}

// Colleagues lists the people among whom roles can be delegated: the agency's, or the body's (who may delegate).
func (s *Service) Colleagues(ctx context.Context, who docket.Actor) (list []docket.User, err error) {
	if who, err = mayDelegate(who); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.UsersOfBody(ctx, who.BodyID); return err })
	for i := range list { // names and roles are all that the choice needs
		u := list[i]
		list[i] = docket.User{ID: u.ID, Name: u.Name, Roles: u.Roles, BodyID: u.BodyID, Suspended: u.Suspended}
	}
	return list, err
}

// standingIn adds what others delegated to the actor for today, as far as they hold it themselves.
func (s *Service) standingIn(ctx context.Context, w docket.Work, who docket.Actor) (docket.Actor, error) {
	today := s.today()
	list, err := w.ListDelegations(ctx, docket.DelegationFilter{BodyID: who.BodyID, Delegate: who.UserID, From: today, To: today, Open: true})
	if err != nil || len(list) == 0 {
		return who, err
	}
	own := who.Roles
	who.Roles = slices.Clone(own)
	for _, d := range slices.Backward(list) { // in the order in which they were made
		absent, err := w.User(ctx, d.Absent)
		if err != nil {
			return docket.Actor{}, err
		}
		in := docket.StandIn{Delegation: d.ID, UserID: absent.ID, Name: absent.Name, UnitID: absent.UnitID}
		for _, r := range d.Roles {
			if !slices.Contains(absent.Roles, r) || !absent.Suspended.IsZero() { // taken away from him meanwhile
				continue
			}
			in.Roles = append(in.Roles, r)
			if !slices.Contains(who.Roles, r) {
				who.Roles, who.Lent = append(who.Roles, r), append(who.Lent, r)
			}
		}
		if len(in.Roles) > 0 {
			who.StandsFor = append(who.StandsFor, in)
		}
	}
	return who, nil
}

// inPlaceOf is what an entry of the log says of an actor who stands in for somebody: in whose place he acted, or whose roles he has where an act
// did not ask for one role.
func inPlaceOf(who docket.Actor) []string {
	if who.For != "" {
		return []string{"for", string(who.For)}
	}
	var ids []string
	for _, in := range who.StandsFor {
		ids = append(ids, string(in.UserID))
	}
	return []string{"stands_for", strings.Join(ids, " ")}
}

// signsAs is the name under which an actor's act stands in a document: his own, and in whose place.
func (s *Service) signsAs(who docket.Actor) string {
	if who.For == "" {
		return who.Author()
	}
	return s.words("acting.name", "name", who.Author(), "for", who.ForName)
}

// roleList spells roles for the log.
func roleList(roles []docket.Role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	return strings.Join(out, " ")
}
