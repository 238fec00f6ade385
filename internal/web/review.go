package web

import (
	"net/http"
	"slices"
	"strings"

	"mohur/docket"
)

// homeCard is a line of the agency's home.
type homeCard struct {
	Href, Title, Hint string
	Count             int
}

// agencyHome is what waits for the actor's roles.
func (s *site) agencyHome(w http.ResponseWriter, r *request) error {
	var cards []homeCard
	if r.who().Has(docket.RoleRegistrar) {
		_, n, err := s.Desk.ListRegistrations(r.Context(), r.who(), docket.RegistrationFilter{States: []docket.RegistrationState{docket.RegistrationSubmitted}})
		if err != nil {
			return err
		}
		cards = append(cards, homeCard{"/registrations", "registrations.title", "agency.registrations", n})
	}
	group, err := s.groupCards(r)
	if err != nil {
		return err
	}
	cards = append(cards, group...)
	for _, c := range []struct {
		role        docket.Role
		state       docket.SubmissionState
		href        string
		title, hint string
	}{
		{docket.RoleCoordinator, docket.SubmissionSent, "/incoming?state=sent", "incoming.title", "agency.sent"},
		{docket.RoleCoordinator, docket.SubmissionAccepted, "/incoming?state=accepted", "agency.assign.title", "agency.assign"},
		{docket.RoleSignatory, s.beforeSignature(), "/sign", "sign.title", "agency.sign"},
		{docket.RoleSignatory, s.beforeSeal(), "/seal", "seal.title", "agency.seal"},
	} {
		if !r.who().Has(c.role) || c.state == "" {
			continue
		}
		_, n, err := s.Desk.ListSubmissions(r.Context(), r.who(), docket.SubmissionFilter{States: []docket.SubmissionState{c.state}})
		if err != nil {
			return err
		}
		cards = append(cards, homeCard{c.href, c.title, c.hint, n})
	}
	if s.Profiles != nil && r.who().Has(docket.RoleAdmin, docket.RoleSignatory) {
		waiting, err := s.Profiles.Profiles(r.Context(), r.who(), docket.SealProfileFilter{States: []docket.SealProfileState{docket.ProfileProposed}})
		if err != nil {
			return err
		}
		cards = append(cards, homeCard{"/profiles", "profiles.title", "agency.profiles", len(waiting)})
	}
	r.view.Data = cards
	return s.render(w, http.StatusOK, "agency_home", r.view)
}

// review is the agency's page of a project.
func (s *site) review(w http.ResponseWriter, r *request) error {
	return s.showReview(w, r, http.StatusOK, "review")
}

// showReview shows a page about a project, with the form's errors if there are any.
func (s *site) showReview(w http.ResponseWriter, r *request, code int, page string) error {
	p, err := s.caseView(r, "/incoming")
	if err != nil {
		return err
	}
	r.view.Data = p
	return s.render(w, code, page, r.view)
}

// acted shows what became of an act on a project: the next page, or the form again with the refusal.
func (s *site) acted(w http.ResponseWriter, r *request, err error, next, page string, rename map[string]string) error {
	if err == nil {
		redirect(w, r, next)
		return nil
	}
	if !r.view.refused(err, rename) {
		return err
	}
	return s.showReview(w, r, status(err), page)
}

// accept accepts a sent project (Qəbul et).
func (s *site) accept(w http.ResponseWriter, r *request) error {
	_, err := s.Desk.AcceptSubmission(r.Context(), r.who(), r.id())
	return s.acted(w, r, err, "/incoming/"+string(r.id()), "review", nil)
}

// deficiencyForm is the notice of deficiency (Çatışmazlıq bildirişi).
func (s *site) deficiencyForm(w http.ResponseWriter, r *request) error {
	return s.showReview(w, r, http.StatusOK, "deficiency")
}

// deficiency sends the notice: one item a line.
func (s *site) deficiency(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	r.view.Form = form
	items := slices.DeleteFunc(strings.Split(form["items"], "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	if len(items) == 0 {
		err = docket.Invalid("items", docket.KeyRequired)
	} else {
		_, err = s.Desk.NotifyDeficiency(r.Context(), r.who(), r.id(), items)
	}
	return s.acted(w, r, err, "/incoming/"+string(r.id()), "deficiency", nil)
}
