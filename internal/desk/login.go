package desk

import (
	"context"
	"time"

	"mohur/docket"
)

// AddUserInput makes an account.
type AddUserInput struct {
	Name, FIN, Email, Mobile string
	BodyID                   docket.ID // empty for the agency
	Roles                    []docket.Role
}

// AddUser makes an account (admin, system; a body's administrator for his own body's representatives).
func (s *Service) AddUser(ctx context.Context, who docket.Actor, in AddUserInput) (*docket.User, error) {
	return nil, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// LinkOptions bound a log-in link. The zero value is a link for one use within Config.LinkTime.
type LinkOptions struct {
	Time     time.Duration
	Reusable bool // the demo's one-click links; only for the program itself, on loopback
}

// IssueLoginLink makes a log-in link's secret for an account (admin, system).
func (s *Service) IssueLoginLink(ctx context.Context, who docket.Actor, user docket.ID, o LinkOptions) (secret string, err error) {
	return "", docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// LogIn uses a link and says who came in.
func (s *Service) LogIn(ctx context.Context, secret string) (docket.Actor, error) {
	return docket.Actor{}, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}

// Actor says who an account is now; pages ask for each request, so that a role taken away counts at once.
func (s *Service) Actor(ctx context.Context, user docket.ID) (docket.Actor, error) {
	return docket.Actor{}, docket.Refuse(docket.CodeInternal, docket.KeyInternal)
}
