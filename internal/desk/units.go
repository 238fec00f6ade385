package desk

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"mohur/docket"
)

// Units lists the agency's units in their order, those out of use too (the agency's people, S1-34).
func (s *Service) Units(ctx context.Context, who docket.Actor) (list []docket.Unit, err error) {
	if !who.OfAgency() && !who.Has(docket.RoleSystem) {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	err = s.store.Read(ctx, func(w docket.Work) error { list, err = w.Units(ctx); return err })
	return list, err
}

// unitCodeForm is the form of a unit's code.
var unitCodeForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`) })

// PutUnit makes a unit or changes the one with its code (admin, system).
func (s *Service) PutUnit(ctx context.Context, who docket.Actor, u docket.Unit) (*docket.Unit, error) {
	if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
		return nil, err
	}
	u.Name, u.NameEn, u.NameRu = strings.TrimSpace(u.Name), strings.TrimSpace(u.NameEn), strings.TrimSpace(u.NameRu)
	if err := checkUnit(&u); err != nil {
		return nil, err
	}
	u.ID = docket.NewID(s.now())
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := w.PutUnit(ctx, &u); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditUnitChanged, u.ID, "", "code", u.Code, "kind", string(u.Kind), "active", boolText(u.Active))
	})
	if err != nil {
		return nil, err
	}
	return &u, nil
}

// checkUnit lists every fault of a unit at once.
func checkUnit(u *docket.Unit) error {
	var errs docket.Errors
	if !unitCodeForm().MatchString(u.Code) {
		errs = append(errs, docket.Invalid("code", docket.KeyUnitCode))
	}
	for _, f := range []struct{ field, value string }{{"name", u.Name}, {"nameEn", u.NameEn}, {"nameRu", u.NameRu}} {
		switch {
		case f.value == "" && f.field == "name":
			errs = append(errs, docket.Invalid(f.field, docket.KeyRequired))
		case utf8.RuneCountInString(f.value) > 200:
			errs = append(errs, docket.Invalid(f.field, docket.KeyTooLong).With("max", 200))
		}
	}
	if !slices.Contains(docket.UnitKinds(), u.Kind) {
		errs = append(errs, docket.Invalid("kind", docket.KeyRequired))
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// SetUnit puts one of the agency's accounts into a unit, or out of any for "" (admin, system).
func (s *Service) SetUnit(ctx context.Context, who docket.Actor, user, unit docket.ID) error {
	if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		u, err := w.User(ctx, user)
		if err != nil {
			return err
		}
		if u.BodyID != "" {
			return docket.Invalid("user", docket.KeyForbidden)
		}
		if unit != "" {
			if _, err := w.Unit(ctx, unit); err != nil {
				return docket.Invalid("unit", docket.KeyRequired).Because(err)
			}
		}
		if err := w.SetUnit(ctx, user, unit); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditUserUnit, user, "", "unit", string(unit))
	})
}
