package desk

import (
	"context"

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
func (s *Service) ListRegistrations(ctx context.Context, who docket.Actor, f docket.RegistrationFilter) ([]docket.Registration, int, error) {
	return nil, 0, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Registration shows one to the registrar.
func (s *Service) Registration(ctx context.Context, who docket.Actor, id docket.ID) (*RegistrationView, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Bodies searches the directory; public.
func (s *Service) Bodies(ctx context.Context, query string, limit int) ([]docket.Body, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// ImportBodies puts bodies into the directory, by VÖEN (admin, system).
func (s *Service) ImportBodies(ctx context.Context, who docket.Actor, bodies []docket.Body) error {
	return docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
