package sealing_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"mohur/docket"
	"mohur/internal/sealing"
	"mohur/internal/store/sqlstore"
)

var engines = &sealing.Engines

// profileOffice is a service with the people that profiles need.
type profileOffice struct {
	t                                     *testing.T
	store                                 docket.Store
	service                               *sealing.Service
	now                                   time.Time
	admin, second, signatory, twin, clerk docket.Actor
}

func newProfileOffice(t *testing.T, dsn string) *profileOffice {
	t.Helper()
	store, err := sqlstore.Open(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &profileOffice{t: t, store: store, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	o.service, err = sealing.New(sealing.Options{
		Store: store, Now: func() time.Time { return o.now }, Credentials: func() []string { return []string{"default", "kadr", "hashes"} },
	})
	if err != nil {
		t.Fatal(err)
	}
	o.admin = o.person("Aygün Rzayeva", "1AA1AA1", "", docket.RoleAdmin)
	o.second = o.person("Bəhruz Abbasov", "2BB2BB2", "", docket.RoleAdmin)
	o.signatory = o.person("Ülviyyə Ağayeva", "3CC3CC3", "", docket.RoleSignatory)
	o.clerk = o.person("Rəşad Quliyev", "4DD4DD4", "", docket.RoleRegistrar)
	body := docket.Body{ID: docket.NewID(o.now), Name: "Qurum", VOEN: "1234567890", Active: true}
	o.tx(func(w docket.Work) error { return w.PutBody(t.Context(), &body) })
	o.twin = o.person("Aygün Rzayeva", "1aa1aa1", body.ID, docket.RoleSignatory) // the administrator's other account
	o.twin.BodyID = ""
	return o
}

func (o *profileOffice) tx(do func(docket.Work) error) {
	o.t.Helper()
	if err := o.store.InTx(o.t.Context(), do); err != nil {
		o.t.Fatal(err)
	}
}

func (o *profileOffice) person(name, fin string, body docket.ID, role docket.Role) docket.Actor {
	o.t.Helper()
	u := docket.User{ID: docket.NewID(o.now), Name: name, FIN: fin, BodyID: body, Roles: []docket.Role{role}, Created: o.now}
	o.tx(func(w docket.Work) error { return w.AddUser(o.t.Context(), &u) })
	return docket.Actor{UserID: u.ID, Name: name, FIN: fin, BodyID: body, Roles: u.Roles}
}

func letterTerms() docket.SealTerms {
	return docket.SealTerms{
		Unit: "Elektron sənəd dövriyyəsi", Credential: "default", Format: docket.FormatPAdES, Level: docket.LevelT, Input: docket.InputUnbroken,
		Kinds: []string{"opinion", "receipt"}, Clients: []string{"portal"}, PerDay: 100, Appearance: docket.SealAppearance{Visible: true},
	}
}

func (o *profileOffice) propose(name string, base int, terms docket.SealTerms) *docket.SealProfile {
	o.t.Helper()
	p, err := o.service.ProposeProfile(o.t.Context(), o.admin, docket.SealProposal{Name: name, Base: base, Why: "sınaq", Terms: terms})
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func (o *profileOffice) inForce(name string, base int, terms docket.SealTerms) *docket.SealProfile {
	o.t.Helper()
	p, err := o.service.ApproveProfile(o.t.Context(), o.second, o.propose(name, base, terms).ID)
	if err != nil {
		o.t.Fatal(err)
	}
	return p
}

func (o *profileOffice) want(err error, key string) {
	o.t.Helper()
	if !slices.ContainsFunc(docket.AsErrors(err), func(e *docket.Error) bool { return e.Key == key }) {
		o.t.Errorf("got %v, want %s", err, key)
	}
}

// entries lists what the log holds.
func (o *profileOffice) entries() (out []docket.AuditEntry) {
	o.t.Helper()
	list, err := o.store.(*sqlstore.Store).Newest(o.t.Context(), 100)
	if err != nil {
		o.t.Fatal(err)
	}
	for _, l := range list {
		out = append(out, l.Entry)
	}
	return out
}

func TestTwoPeopleBringAProfileIntoForce(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		o := newProfileOffice(t, dsn)
		ctx := t.Context()
		_, err := o.service.Profile(ctx, "letters")
		o.want(err, docket.KeyProfileNone)
		p := o.propose("letters", 0, letterTerms())
		if p.State != docket.ProfileProposed || p.Version != 1 {
			t.Fatalf("%+v", p)
		}
		_, err = o.service.Profile(ctx, "letters")
		o.want(err, docket.KeyProfileNone) // proposed is not in force
		for name, who := range map[string]docket.Actor{"the proposer": o.admin, "his other account": o.twin} {
			if _, err := o.service.ApproveProfile(ctx, who, p.ID); docket.KeyOf(err) != docket.KeySamePerson {
				t.Errorf("%s approves: %v", name, err)
			}
		}
		for name, who := range map[string]docket.Actor{"a clerk": o.clerk, "the program": docket.System(), "nobody": docket.Public(), "a signatory without an account": {Roles: o.signatory.Roles}} {
			if _, err := o.service.ApproveProfile(ctx, who, p.ID); docket.CodeOf(err) != docket.CodeForbidden {
				t.Errorf("%s approves: %v", name, err)
			}
		}
		if p, err = o.service.ApproveProfile(ctx, o.signatory, p.ID); err != nil || p.State != docket.ProfileActive || p.DecidedBy != o.signatory.UserID {
			t.Fatalf("%+v, %v", p, err)
		}
		got, err := o.service.Profile(ctx, "letters")
		if err != nil || got.ID != p.ID || got.DecidedByName != o.signatory.Name {
			t.Errorf("%+v, %v", got, err)
		}
		_, err = o.service.ApproveProfile(ctx, o.second, p.ID)
		o.want(err, docket.KeyState)
		if k, err := o.service.ProfileForKind(ctx, "receipt"); err != nil || k == nil || k.ID != p.ID {
			t.Errorf("the kind's profile is %v, %v", k, err)
		}
		if k, err := o.service.ProfileForKind(ctx, "deficiency_notice"); err != nil || k != nil {
			t.Errorf("a kind of nobody: %v, %v", k, err)
		}
	})
}

func TestAChangeOfAProfile(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		o := newProfileOffice(t, dsn)
		ctx := t.Context()
		first := o.inForce("letters", 0, letterTerms())
		_, err := o.service.ProposeProfile(ctx, o.admin, docket.SealProposal{Name: "letters", Base: 1, Why: "x", Terms: letterTerms()})
		o.want(err, docket.KeyProfileSame)
		changed := letterTerms()
		changed.Level, changed.PerDay = docket.LevelLTA, 7
		_, err = o.service.ProposeProfile(ctx, o.admin, docket.SealProposal{Name: "letters", Base: 0, Why: "x", Terms: changed})
		o.want(err, docket.KeyProfileBase)
		second := o.propose("letters", 1, changed)
		_, err = o.service.ProposeProfile(ctx, o.second, docket.SealProposal{Name: "letters", Base: 1, Why: "y", Terms: changed})
		o.want(err, docket.KeyProposalOpen)
		if p, err := o.service.Profile(ctx, "letters"); err != nil || p.Version != 1 || p.Level != docket.LevelT {
			t.Errorf("a proposal changes what is in force: %+v %v", p, err)
		}
		if _, err := o.service.ApproveProfile(ctx, o.second, second.ID); err != nil {
			t.Fatal(err)
		}
		history, err := o.service.Profiles(ctx, o.signatory, docket.SealProfileFilter{Name: "letters"})
		if err != nil || len(history) != 2 || history[0].State != docket.ProfileActive || history[0].Version != 2 || history[1].State != docket.ProfileSuperseded || history[1].Superseded.IsZero() {
			t.Fatalf("%+v %v", history, err)
		}
		if history[1].DecidedBy != first.DecidedBy || !history[1].Decided.Equal(first.Decided) {
			t.Error("who approved the first version is forgotten")
		}
		for _, e := range o.entries() {
			if e.Action == docket.AuditProfileApproved && e.Subject == second.ID {
				if e.Detail["term.level"] != "B-T -> B-LTA" || e.Detail["term.per_day"] != "100 -> 7" || e.Detail["term.unit"] != "" || e.Detail["version"] != "2" || e.Actor != o.second.UserID {
					t.Errorf("the log holds %+v", e)
				}
				return
			}
		}
		t.Error("the log does not hold the change")
	})
}

func TestARejectedProfile(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		o := newProfileOffice(t, dsn)
		ctx := t.Context()
		p := o.propose("letters", 0, letterTerms())
		_, err := o.service.RejectProfile(ctx, o.second, p.ID, " ")
		o.want(err, docket.KeyRequired)
		if p, err = o.service.RejectProfile(ctx, o.admin, p.ID, "səhv"); err != nil || p.State != docket.ProfileRejected || p.Reason != "səhv" {
			t.Fatalf("the proposer takes it back: %+v %v", p, err)
		}
		_, err = o.service.ApproveProfile(ctx, o.second, p.ID)
		o.want(err, docket.KeyState)
		if next := o.propose("letters", 0, letterTerms()); next.Version != 2 {
			t.Errorf("version %d after a rejected 1", next.Version)
		}
	})
}

func TestTheEndOfAProfile(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		o := newProfileOffice(t, dsn)
		ctx := t.Context()
		_, err := o.service.RetireProfile(ctx, o.admin, "letters", 0, "x")
		o.want(err, docket.KeyProfileNone)
		o.inForce("letters", 0, letterTerms())
		p, err := o.service.RetireProfile(ctx, o.admin, "letters", 1, "bağlanır")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.service.ApproveProfile(ctx, o.admin, p.ID); docket.KeyOf(err) != docket.KeySamePerson {
			t.Errorf("one person ends a profile: %v", err)
		}
		if p, err = o.service.ApproveProfile(ctx, o.second, p.ID); err != nil || p.State != docket.ProfileRetired {
			t.Fatalf("%+v %v", p, err)
		}
		_, err = o.service.Profile(ctx, "letters")
		o.want(err, docket.KeyProfileNone)
		if again := o.inForce("letters", 0, letterTerms()); again.Version != 3 {
			t.Errorf("version %d after the end", again.Version)
		}
	})
}

func TestWhatTwoProfilesCanNotBothHave(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		o := newProfileOffice(t, dsn)
		ctx := t.Context()
		o.inForce("letters", 0, letterTerms())
		hashes := docket.SealTerms{
			Unit: "Heşlər", Credential: "default", Format: docket.FormatCAdES, Level: docket.LevelB, Input: docket.InputUnsigned, HashAllowed: true, Clients: []string{"dms"}, PerDay: 5,
		}
		for name, tc := range map[string]struct {
			terms      func() docket.SealTerms
			field, key string
		}{
			"a kind":                  {letterTerms, "kinds", docket.KeyKindTaken},
			"a credential for hashes": {func() docket.SealTerms { return hashes }, "credential", docket.KeyCredentialShared},
			"an unknown credential":   {func() docket.SealTerms { h := hashes; h.Credential = "nowhere"; return h }, "credential", docket.KeyCredential},
			"an unknown picture": {func() docket.SealTerms {
				h := letterTerms()
				h.Kinds, h.Appearance.Image = nil, docket.HashOf([32]byte{1})
				return h
			}, "image", docket.KeyProfileChoice},
		} {
			_, err := o.service.ProposeProfile(ctx, o.admin, docket.SealProposal{Name: "other", Why: "x", Terms: tc.terms()})
			if !slices.ContainsFunc(docket.AsErrors(err), func(e *docket.Error) bool { return e.Field == tc.field && e.Key == tc.key }) {
				t.Errorf("%s: %v, want %s", name, err, tc.key)
			}
		}
		hashes.Credential = "hashes"
		o.inForce("hashes", 0, hashes)
		for _, name := range []string{"", "A b"} {
			_, err := o.service.ProposeProfile(ctx, o.admin, docket.SealProposal{Name: name, Why: "x", Terms: hashes})
			o.want(err, docket.KeyProfileName)
		}
		mere := letterTerms()
		mere.Kinds, mere.Credential = nil, "hashes"
		_, err := o.service.ProposeProfile(ctx, o.admin, docket.SealProposal{Name: "third", Why: "x", Terms: mere})
		o.want(err, docket.KeyCredentialShared)

		// What fits when it is proposed may not fit any more when it is approved.
		late := letterTerms()
		late.Kinds = []string{"deficiency_notice"}
		one, two := o.propose("late-1", 0, late), o.propose("late-2", 0, late)
		if _, err := o.service.ApproveProfile(ctx, o.second, one.ID); err != nil {
			t.Fatal(err)
		}
		_, err = o.service.ApproveProfile(ctx, o.second, two.ID)
		o.want(err, docket.KeyKindTaken)
	})
}

func TestOneOfTwoApprovalsAtOnceWins(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		o := newProfileOffice(t, dsn)
		one, two := o.propose("a", 0, letterTerms()), o.propose("b", 0, letterTerms())
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, id := range []docket.ID{one.ID, two.ID} {
			wg.Go(func() { _, errs[i] = o.service.ApproveProfile(context.WithoutCancel(t.Context()), o.second, id) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("both profiles name the same kinds: %v", errs)
		}
		o.want(errors.Join(errs...), docket.KeyKindTaken)
	})
}

func TestWhoMayProposeAndRead(t *testing.T) {
	engines.Each(t, func(t *testing.T, dsn string) {
		o := newProfileOffice(t, dsn)
		for name, who := range map[string]docket.Actor{"a signatory": o.signatory, "a clerk": o.clerk, "the program": docket.System(), "nobody": docket.Public()} {
			_, err := o.service.ProposeProfile(t.Context(), who, docket.SealProposal{Name: "x", Why: "x", Terms: letterTerms()})
			if docket.CodeOf(err) != docket.CodeForbidden {
				t.Errorf("%s proposes: %v", name, err)
			}
		}
		if _, err := o.service.Profiles(t.Context(), o.clerk, docket.SealProfileFilter{}); docket.CodeOf(err) != docket.CodeForbidden {
			t.Errorf("a clerk reads: %v", err)
		}
		refusals := 0
		for _, e := range o.entries() {
			if e.Action == docket.AuditRefused {
				refusals++
			}
		}
		if refusals != 4 {
			t.Errorf("%d refusals in the log, want 4", refusals)
		}
	})
}
