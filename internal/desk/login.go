package desk

import (
	"context"
	"errors"
	"slices"
	"strings"
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
	own := who.Has(docket.RoleBodyAdmin) && who.BodyID != "" && in.BodyID == who.BodyID && slices.Equal(in.Roles, []docket.Role{docket.RoleRepresentative})
	if !own {
		if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
			return nil, err
		}
	}
	switch {
	case strings.TrimSpace(in.Name) == "":
		return nil, docket.Invalid("name", docket.KeyRequired)
	case strings.TrimSpace(in.FIN) == "":
		return nil, docket.Invalid("fin", docket.KeyRequired)
	case slices.Contains(in.Roles, docket.RoleSystem) || slices.Contains(in.Roles, docket.RolePublic):
		return nil, docket.Invalid("roles", docket.KeyForbidden)
	case !rolesFit(in.BodyID, in.Roles):
		return nil, docket.Invalid("roles", docket.KeyForbidden)
	}
	now := s.now()
	u := &docket.User{ID: docket.NewID(now), Name: in.Name, FIN: in.FIN, Email: in.Email, Mobile: in.Mobile, BodyID: in.BodyID, Roles: in.Roles, Created: now}
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.AddUser(ctx, u); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditUserAdded, u.ID, "")
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// rolesFit says whether an account of this body, or of the agency for "", may hold these roles: at least one, and never one of the other
// side, for a body's person with an agency's role would be let in by a check that asks for the role alone.
func rolesFit(body docket.ID, roles []docket.Role) bool {
	for _, r := range roles {
		ofBody := r == docket.RoleBodyAdmin || r == docket.RoleRepresentative
		if ofBody != (body != "") || !slices.Contains(docket.Roles(), r) {
			return false
		}
	}
	return len(roles) > 0
}

// Accounts lists the accounts of a body, or of the agency for "" (admin, system).
func (s *Service) Accounts(ctx context.Context, who docket.Actor, body docket.ID) (list []docket.User, err error) {
	if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.UsersOfBody(ctx, body); return err })
	return list, err
}

// BodyByVOEN finds a body of the directory (admin, system).
func (s *Service) BodyByVOEN(ctx context.Context, who docket.Actor, voen string) (b *docket.Body, err error) {
	if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error { b, err = w.BodyByVOEN(ctx, voen); return err })
	return b, err
}

// LinkOptions bound a log-in link. The zero value is a link for one use within Config.LinkTime.
type LinkOptions struct {
	Time     time.Duration
	Reusable bool // the demo's one-click links; only for the program itself, on loopback
}

// IssueLoginLink makes a log-in link's secret for an account (admin, system). The page is PathLogIn and the secret.
func (s *Service) IssueLoginLink(ctx context.Context, who docket.Actor, user docket.ID, o LinkOptions) (secret string, err error) {
	if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
		return "", err
	}
	if o.Reusable && !who.Has(docket.RoleSystem) {
		return "", docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if _, err := w.User(ctx, user); err != nil {
			return err
		}
		secret, err = s.issueLink(ctx, w, who, user, o)
		return err
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// issueLink stores the hash of a new secret.
func (s *Service) issueLink(ctx context.Context, w docket.Work, who docket.Actor, user docket.ID, o LinkOptions) (string, error) {
	if o.Time <= 0 {
		o.Time = s.cfg.LinkTime
	}
	secret := docket.NewSecret()
	l := &docket.LoginLink{SecretHash: hashSecret(secret), UserID: user, Expires: s.now().Add(o.Time), Reusable: o.Reusable}
	if err := w.AddLoginLink(ctx, l); err != nil {
		return "", err
	}
	return secret, s.audit(ctx, w, who, docket.AuditLinkIssued, user, "")
}

// LogIn uses a link and says who came in. Unknown, used and lapsed links look the same.
func (s *Service) LogIn(ctx context.Context, secret string) (docket.Actor, error) {
	var who docket.Actor
	err := s.store.InTx(ctx, func(w docket.Work) error {
		l, err := w.UseLoginLink(ctx, hashSecret(secret), s.now())
		if err != nil {
			return err
		}
		u, err := w.User(ctx, l.UserID)
		if err != nil {
			return err
		}
		if !u.LetsIn(s.today()) {
			return docket.Refuse(docket.CodeForbidden, docket.KeyLoginSuspended)
		}
		if who, err = s.actor(ctx, w, l.UserID); err != nil {
			return err
		}
		if err := s.confirmedByLink(ctx, w, u, l.SecretHash); err != nil {
			return err
		}
		u.LastLogIn = s.now()
		return errors.Join(w.NoteLogIn(ctx, u), s.audit(ctx, w, who, docket.AuditLogIn, who.UserID, "", "by", "link"))
	})
	if errors.Is(err, &docket.Error{Code: docket.CodeForbidden, Key: docket.KeyLoginSuspended}) {
		return docket.Actor{}, s.refused(ctx, docket.Public(), docket.AuditLogInRefused, "", "", err)
	}
	if errors.Is(err, docket.ErrNotFound) {
		err = s.refused(ctx, docket.Public(), docket.AuditLogInRefused, "", "", docket.Refuse(docket.CodeForbidden, docket.KeyLinkInvalid))
	}
	if err != nil {
		return docket.Actor{}, err
	}
	return who, nil
}

// Actor says who an account is now; pages ask for each request, so that a role taken away counts at once. A suspended account is nobody any more:
// its sessions end.
func (s *Service) Actor(ctx context.Context, user docket.ID) (who docket.Actor, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { who, err = s.actor(ctx, w, user); return err })
	return who, err
}

func (s *Service) actor(ctx context.Context, w docket.Work, user docket.ID) (docket.Actor, error) {
	u, err := w.User(ctx, user)
	if err != nil {
		return docket.Actor{}, err
	}
	if !u.LetsIn(s.today()) {
		return docket.Actor{}, docket.ErrNotFound
	}
	who := docket.Actor{UserID: u.ID, Name: u.Name, FIN: u.FIN, BodyID: u.BodyID, UnitID: u.UnitID, Roles: u.Roles}
	if u.BodyID != "" {
		b, err := w.Body(ctx, u.BodyID)
		if err != nil {
			return docket.Actor{}, err
		}
		who.BodyName, who.VOEN = b.Name, b.VOEN
	}
	return s.standingIn(ctx, w, who)
}
