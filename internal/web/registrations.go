package web

import (
	"net/http"
	"slices"

	"mohur/docket"
	"mohur/internal/desk"
)

// registrationsPage is the data of Qeydiyyat müraciətləri.
type registrationsPage struct {
	Waiting []docket.Registration
	Decided []docket.Registration
}

// registrations is the registrar's queue: what waits first, then what was decided.
func (s *site) registrations(w http.ResponseWriter, r *request) error {
	waiting, _, err := s.Desk.ListRegistrations(r.Context(), r.who(), docket.RegistrationFilter{
		States: []docket.RegistrationState{docket.RegistrationSubmitted, docket.RegistrationVerifying}, Limit: 200,
	})
	if err != nil {
		return err
	}
	decided, _, err := s.Desk.ListRegistrations(r.Context(), r.who(), docket.RegistrationFilter{
		States: []docket.RegistrationState{docket.RegistrationApproved, docket.RegistrationRefused, docket.RegistrationSuspended}, Limit: 50,
	})
	if err != nil {
		return err
	}
	r.view.Data = registrationsPage{waiting, decided}
	return s.render(w, http.StatusOK, "registrations", r.view)
}

// registrationPage is the data of one registration with its verification report.
type registrationPage struct {
	*desk.RegistrationView
	Verdict *verdictView
}

// Can says whether the actor may do what event names now.
func (p registrationPage) Can(event string) bool { return slices.Contains(p.Events, event) }

// registration shows one registration to the registrar.
func (s *site) registration(w http.ResponseWriter, r *request) error {
	return s.showRegistration(w, r, http.StatusOK)
}

// showRegistration shows it, with the form's errors if there are any.
func (s *site) showRegistration(w http.ResponseWriter, r *request, code int) error {
	v, err := s.Desk.Registration(r.Context(), r.who(), r.id())
	if err != nil {
		return err
	}
	p := registrationPage{RegistrationView: v}
	if v.Verification != nil {
		verdict, err := r.view.verdictOfStored(v.Verification)
		if err != nil {
			return err
		}
		p.Verdict = &verdict
	}
	r.view.Data = p
	return s.render(w, code, "registration", r.view)
}

// approve is Təsdiq et (S1-08).
func (s *site) approve(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Desk.ApproveBody(r.Context(), r.who(), desk.ApproveBodyInput{ID: r.id(), Reason: form["approve_reason"]})
	return s.decided(w, r, form, "approve_reason", err)
}

// refuse is İmtina et, with the reason that the body reads.
func (s *site) refuse(w http.ResponseWriter, r *request) error {
	form, err := readForm(r.Request, maxFormBytes, nil)
	if err != nil {
		return err
	}
	_, err = s.Desk.RefuseBody(r.Context(), r.who(), r.id(), form["refuse_reason"])
	return s.decided(w, r, form, "refuse_reason", err)
}

// decided shows what became of a decision.
func (s *site) decided(w http.ResponseWriter, r *request, form values, input string, err error) error {
	if err == nil {
		redirect(w, r, "/registrations/"+string(r.id()))
		return nil
	}
	r.view.Form = form
	if !r.view.refused(err, map[string]string{"reason": input}) {
		return err
	}
	return s.showRegistration(w, r, status(err))
}
