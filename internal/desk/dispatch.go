package desk

import (
	"context"

	"mohur/docket"
)

// Dispatch puts a sealed letter into the body's mailbox and tells its people; that is its delivery.
func (s *Service) Dispatch(ctx context.Context, who docket.Actor, letter docket.ID) (*docket.Letter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Mailbox lists the letters delivered to the actor's body.
func (s *Service) Mailbox(ctx context.Context, who docket.Actor, limit, offset int) ([]docket.Letter, int, error) {
	return nil, 0, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Letter shows a letter that the actor may see.
func (s *Service) Letter(ctx context.Context, who docket.Actor, id docket.ID) (*docket.Letter, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Notifications lists what the program told the actor's body, or the agency.
func (s *Service) Notifications(ctx context.Context, who docket.Actor, limit int) ([]docket.Notification, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
