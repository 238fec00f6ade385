package desk

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// delegation is a good one: the deputy has the signatory's roles from the first of March 2026 on, for a week.
func (o *office) delegation(absent, delegate docket.Actor, roles ...docket.Role) DelegationInput {
	return DelegationInput{
		Absent: absent.UserID, Delegate: delegate.UserID, Roles: roles, FirstDay: calendar.Of(2026, 3, 1), LastDay: calendar.Of(2026, 3, 7), Reason: "məzuniyyət",
	}
}

// now is who an actor is by this time.
func (o *office) at(who docket.Actor) docket.Actor {
	o.t.Helper()
	return must[docket.Actor](o.t)(o.Actor(o.ctx(), who.UserID))
}

// S3-15, requirements 2a: who may delegate what to whom, and when.
func TestWhoStandsInForWhom(t *testing.T) {
	o := newOffice(t)
	o.register()
	admin := o.user("", "AAAAAC1", docket.RoleAdmin)
	deputy := o.user("", "AAAAAC2", docket.RoleExpert)
	third := o.user("", "AAAAAC3", docket.RoleCoordinator, docket.RoleSignatory)
	good := o.delegation(o.signatory, deputy, docket.RoleSignatory)
	for name, c := range map[string]struct {
		who    docket.Actor
		change func(*DelegationInput)
		key    string
	}{
		"by an expert":              {deputy, func(*DelegationInput) {}, docket.KeyForbidden},
		"by a body's administrator": {o.person, func(*DelegationInput) {}, docket.KeyDelegationPerson},
		"nobody absent":             {admin, func(in *DelegationInput) { in.Absent = "" }, docket.KeyRequired},
		"nobody stands in":          {admin, func(in *DelegationInput) { in.Delegate = "" }, docket.KeyRequired},
		"himself":                   {admin, func(in *DelegationInput) { in.Delegate = in.Absent }, docket.KeyDelegationSelf},
		"no roles":                  {admin, func(in *DelegationInput) { in.Roles = nil }, docket.KeyRequired},
		"a role he has not":         {admin, func(in *DelegationInput) { in.Roles = append(in.Roles, docket.RoleAdmin) }, docket.KeyDelegationRoles},
		"a body's person":           {admin, func(in *DelegationInput) { in.Delegate = o.person.UserID }, docket.KeyDelegationPerson},
		"an unknown person":         {admin, func(in *DelegationInput) { in.Delegate = docket.NewID(o.clock) }, docket.KeyDelegationPerson},
		"no first day":              {admin, func(in *DelegationInput) { in.FirstDay = calendar.Date{} }, docket.KeyDate},
		"no last day":               {admin, func(in *DelegationInput) { in.LastDay = calendar.Date{} }, docket.KeyDate},
		"in the past":               {admin, func(in *DelegationInput) { in.FirstDay = calendar.Of(2026, 2, 28) }, docket.KeyDelegationPast},
		"backwards":                 {admin, func(in *DelegationInput) { in.LastDay = calendar.Of(2026, 2, 28) }, docket.KeyDelegationDays},
		"for ever":                  {admin, func(in *DelegationInput) { in.LastDay = calendar.Of(2027, 3, 2) }, docket.KeyDelegationLong},
		"no reason":                 {admin, func(in *DelegationInput) { in.Reason = " " }, docket.KeyRequired},
		"a long reason":             {admin, func(in *DelegationInput) { in.Reason = strings.Repeat("ə", 301) }, docket.KeyTooLong},
	} {
		in := good
		in.Roles = slices.Clone(good.Roles)
		c.change(&in)
		if _, err := o.Delegate(o.ctx(), c.who, in); docket.KeyOf(err) != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	d := must[*docket.Delegation](t)(o.Delegate(o.ctx(), o.signatory, good))
	for name, c := range map[string]struct {
		in  DelegationInput
		key string
	}{
		"the same role twice":       {o.delegation(o.signatory, o.checker, docket.RoleSignatory), docket.KeyDelegationTwice},
		"the delegate is away":      {o.delegation(deputy, o.checker, docket.RoleExpert), docket.KeyDelegationChain},
		"to one who is away":        {o.delegation(third, o.signatory, docket.RoleCoordinator), docket.KeyDelegationChain},
		"the last day counts still": {DelegationInput{Absent: o.signatory.UserID, Delegate: o.checker.UserID, Roles: good.Roles, FirstDay: good.LastDay, LastDay: good.LastDay, Reason: "x"}, docket.KeyDelegationTwice},
	} {
		if _, err := o.Delegate(o.ctx(), admin, c.in); docket.KeyOf(err) != c.key {
			t.Errorf("%s: %v, want %s", name, err, c.key)
		}
	}
	after := DelegationInput{Absent: o.signatory.UserID, Delegate: o.checker.UserID, Roles: good.Roles, FirstDay: good.LastDay.AddDays(1), LastDay: good.LastDay.AddDays(1), Reason: "x"}
	must[*docket.Delegation](t)(o.Delegate(o.ctx(), admin, after))
	must[*docket.Delegation](t)(o.Delegate(o.ctx(), admin, o.delegation(third, deputy, docket.RoleSignatory))) // a second absent person
	_, err := o.Delegate(o.ctx(), o.at(deputy), o.delegation(o.checker, third, docket.RoleDispatchChecker))
	o.wantKey(err, docket.KeyDelegationLent)
	if list := must[[]docket.Delegation](t)(o.Delegations(o.ctx(), o.expert, docket.DelegationFilter{})); len(list) != 0 {
		t.Errorf("an expert sees others' substitutions: %v", list)
	}
	if list := must[[]docket.Delegation](t)(o.Delegations(o.ctx(), deputy, docket.DelegationFilter{})); len(list) != 2 {
		t.Errorf("the deputy sees %d", len(list))
	}
	_, err = o.Delegations(o.ctx(), docket.Public(), docket.DelegationFilter{})
	o.wantKey(err, docket.KeyForbidden)
	_, err = o.EndDelegation(o.ctx(), o.expert, d.ID)
	o.wantKey(err, docket.KeyForbidden)
	if _, err := o.EndDelegation(o.ctx(), o.person, d.ID); docket.CodeOf(err) != docket.CodeNotFound {
		t.Errorf("a body's person ends the agency's: %v", err)
	}
	must[*docket.Delegation](t)(o.EndDelegation(o.ctx(), o.signatory, d.ID)) // he is back
	_, err = o.EndDelegation(o.ctx(), admin, d.ID)
	o.wantKey(err, docket.KeyDelegationOver)
}

// The delegate has the roles from the first day to the last, of Baku, as long as the absent person has them; and both stand in the log.
func TestTheDelegateActsWithinThePeriod(t *testing.T) {
	o := newOffice(t)
	o.register()
	deputy := o.user("", "AAAAAC2", docket.RoleExpert)
	in := o.delegation(o.signatory, deputy, docket.RoleSignatory)
	in.FirstDay = calendar.Of(2026, 3, 2)
	d := must[*docket.Delegation](t)(o.Delegate(o.ctx(), o.signatory, in))
	for at, want := range map[time.Time]bool{
		time.Date(2026, 3, 1, 19, 59, 59, 0, time.UTC): false, time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC): true, // midnight in Baku
		time.Date(2026, 3, 7, 19, 59, 59, 0, time.UTC): true, time.Date(2026, 3, 7, 20, 0, 0, 0, time.UTC): false,
	} {
		o.clock = at
		who := o.at(deputy)
		if who.Has(docket.RoleSignatory) != want || (len(who.StandsFor) == 1) != want || !who.Has(docket.RoleExpert) {
			t.Errorf("%s: %+v", at, who)
		}
	}
	o.clock = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	l := o.approvedOpinion()
	l = must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.at(deputy), l.ID))
	if l.Signatory != deputy.UserID || l.SignatoryFor != o.signatory.UserID {
		t.Errorf("sealed by %s for %s", l.Signatory, l.SignatoryFor)
	}
	o.logHolds("seal.intended", deputy.UserID, `"for":"`+string(o.signatory.UserID)+`"`)
	o.read(func(w docket.Work) error { // the absent person's role is taken away: the delegate has nothing from him
		u, err := w.User(o.ctx(), o.signatory.UserID)
		if err != nil || !slices.Contains(u.Roles, docket.RoleSignatory) {
			t.Error(u, err)
		}
		return err
	})
	if err := o.db.InTx(o.ctx(), func(w docket.Work) error {
		return w.SetRoles(o.ctx(), o.signatory.UserID, []docket.Role{docket.RoleAuditor})
	}); err != nil {
		t.Fatal(err)
	}
	if who := o.at(deputy); who.Has(docket.RoleSignatory) || len(who.StandsFor) != 0 {
		t.Errorf("%+v", who)
	}
	must[*docket.Delegation](t)(o.EndDelegation(o.ctx(), o.signatory, d.ID))
}

// Drafter, dispatch-checker and signatory stay three people whoever stands in for whom.
func TestSeparationLooksAtBoth(t *testing.T) {
	o := newOffice(t)
	o.register()
	deputy := o.user("", "AAAAAC2", docket.RoleCoordinator)
	// the deputy checks in the drafter's own place? He stands in for the expert and for the checker: he may be one of them in a case, not both.
	must[*docket.Delegation](t)(o.Delegate(o.ctx(), o.signatory, o.delegation(o.expert, deputy, docket.RoleExpert)))
	sub := o.inReview()
	l := must[*docket.Letter](t)(o.DraftOpinion(o.ctx(), o.at(deputy), opinion(sub)))
	if l.Drafter != deputy.UserID || l.DrafterFor != o.expert.UserID || !strings.Contains(l.DrafterName, "əvəzinə") || !strings.Contains(l.DrafterName, deputy.Name) {
		t.Errorf("drafted by %q, %s for %s", l.DrafterName, l.Drafter, l.DrafterFor)
	}
	// the expert himself is a checker too now: the opinion was drafted in his place
	if err := o.db.InTx(o.ctx(), func(w docket.Work) error {
		return w.SetRoles(o.ctx(), o.expert.UserID, []docket.Role{docket.RoleExpert, docket.RoleDispatchChecker})
	}); err != nil {
		t.Fatal(err)
	}
	o.withVisas(l)
	_, err := o.check(o.at(o.expert), l, l.Unsealed)
	o.wantKey(err, docket.KeySeparate)
	l = must[*docket.Letter](t)(o.check(o.checker, l, l.Unsealed))
	// whoever stands in for the checker can't sign what the checker checked, though he is another person
	must[*docket.Delegation](t)(o.Delegate(o.ctx(), o.signatory, o.delegation(o.signatory, o.checker, docket.RoleSignatory)))
	_, err = o.SealResponse(o.ctx(), o.at(o.checker), l.ID)
	o.wantKey(err, docket.KeySeparate)
	must[*docket.Letter](t)(o.SealResponse(o.ctx(), o.signatory, l.ID))
	o.invariant()
}

// TestOneDelegationAtOnce: of many at the same moment one stands.
func TestOneDelegationAtOnce(t *testing.T) {
	o := newOfficeOn(t, postgres(t))
	deputies := []docket.Actor{o.user("", "AAAAAC2", docket.RoleExpert), o.user("", "AAAAAC3", docket.RoleExpert)}
	var wg sync.WaitGroup
	var made atomic.Int64
	for i := range 8 {
		wg.Go(func() {
			_, err := o.Delegate(o.ctx(), o.signatory, o.delegation(o.signatory, deputies[i%2], docket.RoleSignatory))
			switch {
			case err == nil:
				made.Add(1)
			case docket.KeyOf(err) != docket.KeyDelegationTwice:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 {
		t.Errorf("%d stand", made.Load())
	}
}

// logHolds fails unless the log has an entry of the action by the person whose detail holds the text.
func (o *office) logHolds(action string, who docket.ID, text string) {
	o.t.Helper()
	var n int
	const query = "SELECT COUNT(*) FROM audit_log WHERE action = $1 AND actor = $2 AND detail LIKE $3"
	if err := o.db.DB().QueryRowContext(o.ctx(), query, action, string(who), "%"+text+"%").Scan(&n); err != nil {
		o.t.Fatal(err)
	}
	if n == 0 {
		o.t.Errorf("the log has no %s by %s with %s", action, who, text)
	}
}
