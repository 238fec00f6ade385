package web

import (
	"context"
	"io"
	"net/http"
	"slices"

	"mohur/docket"
)

// SealProfiles is what the pages of seal profiles ask: internal/sealing, with what the configuration knows beside it.
type SealProfiles interface {
	Profiles(ctx context.Context, who docket.Actor, f docket.SealProfileFilter) ([]docket.SealProfile, error)
	ProposeProfile(ctx context.Context, who docket.Actor, in docket.SealProposal) (*docket.SealProfile, error)
	ApproveProfile(ctx context.Context, who docket.Actor, id docket.ID) (*docket.SealProfile, error)
	RejectProfile(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.SealProfile, error)
	RetireProfile(ctx context.Context, who docket.Actor, name string, base int, why string) (*docket.SealProfile, error)
	// Credentials lists the names that a profile may give.
	Credentials() []string
	// PutImage stores a picture that a visible seal can show, or refuses it.
	PutImage(ctx context.Context, r io.Reader) (docket.Hash, error)
}

// profilesPage is the data of Möhür profilləri.
type profilesPage struct {
	Rows    []profileRow
	Propose bool // the actor may
}

// profileRow is one profile: what is in force, what waits, or what it ended with.
type profileRow struct {
	docket.SealProfile
	Waits bool // another version waits for its decision
}

// sealProfiles lists the profiles.
func (s *site) sealProfiles(w http.ResponseWriter, r *request) error {
	all, err := s.Profiles.Profiles(r.Context(), r.who(), docket.SealProfileFilter{})
	if err != nil {
		return err
	}
	p := profilesPage{Propose: r.who().Has(docket.RoleAdmin)}
	for len(all) > 0 {
		n := slices.IndexFunc(all, func(v docket.SealProfile) bool { return v.Name != all[0].Name })
		if n < 0 {
			n = len(all)
		}
		p.Rows = append(p.Rows, oneRow(all[:n]))
		all = all[n:]
	}
	r.view.Data = p
	return s.render(w, http.StatusOK, "profiles", r.view)
}

// oneRow sums a profile's versions up: the one in force, else the newest.
func oneRow(versions []docket.SealProfile) profileRow {
	row := profileRow{SealProfile: versions[0]}
	for _, v := range versions {
		switch v.State {
		case docket.ProfileActive:
			row.SealProfile = v
		case docket.ProfileProposed:
			row.Waits = true
		}
	}
	return row
}

// profilePage is the data of one profile.
type profilePage struct {
	Name      string
	Unit      string
	Active    *profileVersion
	Proposed  *profileVersion
	History   []profileVersion
	Propose   bool // the actor may propose a change, and none waits
	Approve   bool // the actor may approve what waits: another person than the proposer
	Reject    bool
	TakesBack bool // the actor proposed it
}

// profileVersion is one version in words.
type profileVersion struct {
	docket.SealProfile
	Terms   []termView
	Changes []termView
}

// termView is one term in words, with what it was before.
type termView struct{ Label, Old, New string }

// sealProfile shows one profile with what waits and its history.
func (s *site) sealProfile(w http.ResponseWriter, r *request) error {
	return s.showProfile(w, r, http.StatusOK)
}

func (s *site) showProfile(w http.ResponseWriter, r *request, code int) error {
	list, err := s.Profiles.Profiles(r.Context(), r.who(), docket.SealProfileFilter{Name: r.param("name")})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return docket.ErrNotFound
	}
	r.view.Data = s.profilePage(r, list)
	return s.render(w, code, "profile", r.view)
}

// profilePage puts the versions into words.
func (s *site) profilePage(r *request, list []docket.SealProfile) profilePage {
	who := r.who()
	p := profilePage{Name: list[0].Name, Unit: list[0].Unit, Propose: who.Has(docket.RoleAdmin)}
	for i := range list {
		v := r.view.version(&list[i], list)
		switch v.State {
		case docket.ProfileActive:
			p.Active, p.Unit = &v, v.Unit
		case docket.ProfileProposed:
			p.Proposed, p.Propose = &v, false
			p.TakesBack = v.ProposedBy == who.UserID
			may := who.Has(docket.RoleAdmin, docket.RoleSignatory)
			p.Approve, p.Reject = may && !p.TakesBack, may
		}
		p.History = append(p.History, v)
	}
	return p
}

// version puts one version into words, with what it changed of the one it was made from.
func (v *view) version(p *docket.SealProfile, all []docket.SealProfile) profileVersion {
	out := profileVersion{SealProfile: *p}
	for _, t := range p.List() {
		out.Terms = append(out.Terms, termView{Label: v.T("profile.term." + t.Field), New: v.term(&p.SealTerms, t.Field, t.Value)})
	}
	var old *docket.SealTerms
	for i := range all {
		if all[i].Version == p.Base {
			old = &all[i].SealTerms
		}
	}
	for _, c := range p.Changes(old) {
		change := termView{Label: v.T("profile.term." + c.Field), New: v.term(&p.SealTerms, c.Field, c.New)}
		if old != nil {
			change.Old = v.term(old, c.Field, c.Old)
		}
		out.Changes = append(out.Changes, change)
	}
	return out
}

// sealProfileApprove brings what waits into force, or ends the profile.
func (s *site) sealProfileApprove(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Profiles.ApproveProfile(r.Context(), r.who(), docket.ID(form["version"]))
	return s.profileDone(w, r, form, err)
}

// sealProfileReject refuses what waits, with a reason.
func (s *site) sealProfileReject(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Profiles.RejectProfile(r.Context(), r.who(), docket.ID(form["version"]), form["reject_reason"])
	return s.profileDone(w, r, form, err)
}

// sealProfileRetire proposes that the profile ends.
func (s *site) sealProfileRetire(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Profiles.RetireProfile(r.Context(), r.who(), r.param("name"), wholeNumber(form["base"]), form["retire_reason"])
	return s.profileDone(w, r, form, err)
}

// profileDone shows what became of a decision.
func (s *site) profileDone(w http.ResponseWriter, r *request, form values, err error) error {
	if err == nil {
		redirect(w, r, profilePath(r.param("name")))
		return nil
	}
	r.view.Form = form
	if !r.view.refused(err, map[string]string{"reason": "reject_reason", "why": "retire_reason"}) {
		return err
	}
	return s.showProfile(w, r, status(err))
}

func profilePath(name string) string { return "/profiles/of/" + name }
