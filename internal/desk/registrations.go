package desk

import (
	"context"
	"strconv"

	"mohur/docket"
)

// RegistrationView is a registration with all that its decision needs.
type RegistrationView struct {
	Registration docket.Registration
	Body         docket.Body
	Verification *docket.Verification
	Others       []docket.Registration // of the same body, pending or approved
	Events       []string              // what the actor may do now
}

// ListRegistrations lists registrations for the registrar.
func (s *Service) ListRegistrations(ctx context.Context, who docket.Actor, f docket.RegistrationFilter) (list []docket.Registration, total int, err error) {
	if err := need(who, docket.RoleRegistrar, docket.RoleSystem); err != nil {
		return nil, 0, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, total, err = w.ListRegistrations(ctx, f); return err })
	return list, total, err
}

// Registration shows one to the registrar.
func (s *Service) Registration(ctx context.Context, who docket.Actor, id docket.ID) (*RegistrationView, error) {
	if err := need(who, docket.RoleRegistrar, docket.RoleSystem); err != nil {
		return nil, err
	}
	view := new(RegistrationView)
	err := s.store.Read(ctx, func(w docket.Work) error {
		r, err := w.Registration(ctx, id)
		if err != nil {
			return err
		}
		view.Registration, view.Events = *r, docket.Events(docket.RegistrationTransitions(), r.State, who)
		if r.BodyID != "" {
			body, err := w.Body(ctx, r.BodyID)
			if err != nil {
				return err
			}
			view.Body = *body
		}
		if r.VerificationID != "" {
			if view.Verification, err = w.Verification(ctx, r.VerificationID); err != nil {
				return err
			}
		}
		view.Others, err = s.otherRegistrations(ctx, w, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	return view, nil
}

// otherRegistrations lists the body's other pending or approved ones.
func (s *Service) otherRegistrations(ctx context.Context, w docket.Work, r *docket.Registration) ([]docket.Registration, error) {
	if r.BodyID == "" {
		return nil, nil
	}
	list, _, err := w.ListRegistrations(ctx, docket.RegistrationFilter{
		BodyID: r.BodyID,
		States: []docket.RegistrationState{docket.RegistrationVerifying, docket.RegistrationSubmitted, docket.RegistrationApproved, docket.RegistrationSuspended},
	})
	var others []docket.Registration
	for _, o := range list {
		if o.ID != r.ID {
			others = append(others, o)
		}
	}
	return others, err
}

// Bodies searches the directory; public.
func (s *Service) Bodies(ctx context.Context, query string, limit int) (list []docket.Body, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.SearchBodies(ctx, query, limit); return err })
	return list, err
}

// ImportBodies puts bodies into the directory, by VÖEN (admin, system). Bodies without an id get one; all or none are imported.
func (s *Service) ImportBodies(ctx context.Context, who docket.Actor, bodies []docket.Body) error {
	if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		for i := range bodies {
			b := bodies[i]
			if b.Name == "" || !docket.ValidVOEN(b.VOEN) {
				return docket.Invalid("voen", docket.KeyBodyUnknown).With("row", i+1)
			}
			if b.ID == "" {
				b.ID = docket.NewID(s.now())
			}
			if err := w.PutBody(ctx, &b); err != nil {
				return err
			}
			bodies[i].ID = b.ID
		}
		return s.audit(ctx, w, who, docket.AuditBodiesImported, "", "", "count", strconv.Itoa(len(bodies)))
	})
}
