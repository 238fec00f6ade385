package desk

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"mohur/docket"
)

// maxBodyName bounds a body's name, in characters.
const maxBodyName = 300

// ListBodies finds bodies of the directory, active or not (requirements 12, Dövlət orqanları; admin, registrar).
func (s *Service) ListBodies(ctx context.Context, who docket.Actor, f docket.BodyFilter) (list []docket.Body, err error) {
	if err := need(who, docket.RoleAdmin, docket.RoleRegistrar, docket.RoleSystem); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.ListBodies(ctx, f); return err })
	return list, err
}

// BodyView is a body with what hangs on it.
type BodyView struct {
	docket.Body
	Registrations []docket.Registration // newest first
	Users         []docket.User
}

// BodyOf shows a body of the directory (admin, registrar).
func (s *Service) BodyOf(ctx context.Context, who docket.Actor, id docket.ID) (*BodyView, error) {
	if err := need(who, docket.RoleAdmin, docket.RoleRegistrar, docket.RoleSystem); err != nil {
		return nil, err
	}
	v := new(BodyView)
	err := s.store.Read(ctx, func(w docket.Work) error {
		b, err := w.Body(ctx, id)
		if err != nil {
			return err
		}
		v.Body = *b
		if v.Registrations, _, err = w.ListRegistrations(ctx, docket.RegistrationFilter{BodyID: id}); err != nil {
			return err
		}
		v.Users, err = w.UsersOfBody(ctx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// PutBody adds a body to the directory, or renames it, or says whether it can be chosen: a body is known by its VÖEN, which stays (admin).
func (s *Service) PutBody(ctx context.Context, who docket.Actor, b docket.Body) (*docket.Body, error) {
	if err := need(who, docket.RoleAdmin); err != nil {
		return nil, err
	}
	b.Name, b.VOEN = strings.Join(strings.Fields(b.Name), " "), strings.TrimSpace(b.VOEN)
	var errs docket.Errors
	switch {
	case b.Name == "":
		errs = append(errs, docket.Invalid("name", docket.KeyRequired))
	case utf8.RuneCountInString(b.Name) > maxBodyName:
		errs = append(errs, docket.Invalid("name", docket.KeyTooLong).With("max", maxBodyName))
	}
	if b.ID == "" && !docket.ValidVOEN(b.VOEN) {
		errs = append(errs, docket.Invalid("voen", docket.KeyVOEN))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	err := s.store.InTx(ctx, func(w docket.Work) error {
		action, kv, err := s.bodyChange(ctx, w, &b)
		if err != nil {
			return err
		}
		if err := w.PutBody(ctx, &b); err != nil {
			return err
		}
		return s.audit(ctx, w, who, action, b.ID, "", kv...)
	})
	if err != nil {
		return nil, err
	}
	return &b, nil
}

// bodyChange says for the log what a change is; a new body's VÖEN must not be there.
func (s *Service) bodyChange(ctx context.Context, w docket.Work, b *docket.Body) (action string, kv []string, err error) {
	if b.ID == "" {
		if _, err := w.BodyByVOEN(ctx, b.VOEN); !errors.Is(err, docket.ErrNotFound) {
			return "", nil, orElse(err, docket.Invalid("voen", docket.KeyBodyThere))
		}
		b.ID = docket.NewID(s.now())
		return docket.AuditBodyAdded, []string{"active", boolText(b.Active)}, nil
	}
	was, err := w.Body(ctx, b.ID)
	if err != nil {
		return "", nil, err
	}
	b.VOEN = was.VOEN
	if was.Name != b.Name {
		kv = append(kv, "name_before", was.Name, "name", b.Name)
	}
	if was.Active != b.Active {
		kv = append(kv, "active", boolText(b.Active))
	}
	return docket.AuditBodyChanged, kv, nil
}

// BodyChange is what one line of a file would do.
type BodyChange struct {
	docket.Body
	Was  string // the name before; empty: the body is new, or keeps its name
	New  bool
	Same bool
	Turn bool // active changes
}

// PreviewBodies says what importing bodies would do, and does nothing (admin).
func (s *Service) PreviewBodies(ctx context.Context, who docket.Actor, bodies []docket.Body) (out []BodyChange, err error) {
	if err := need(who, docket.RoleAdmin); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		out = nil
		for _, b := range bodies {
			c := BodyChange{Body: b}
			was, err := w.BodyByVOEN(ctx, b.VOEN)
			switch {
			case errors.Is(err, docket.ErrNotFound):
				c.New = true
			case err != nil:
				return err
			default:
				c.Turn, c.Same = was.Active != b.Active, was.Name == b.Name && was.Active == b.Active
				if was.Name != b.Name {
					c.Was = was.Name
				}
			}
			out = append(out, c)
		}
		return nil
	})
	return out, err
}
