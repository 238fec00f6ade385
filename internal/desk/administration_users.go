package desk

import (
	"context"
	"errors"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"mohur/docket"
)

// UserRow is an account in a list, with the names of what it belongs to.
type UserRow struct {
	docket.User
	BodyName string
	Unit     docket.Unit // of the agency's accounts that have one
}

// UserInput is what an administrator writes about an account.
type UserInput struct {
	ID                       docket.ID // empty: a new one
	Rev                      int       // as it was read
	Name, FIN, Email, Mobile string
	BodyID                   docket.ID // of a new one; empty: the agency's
	UnitID                   docket.ID // of the agency's
	Roles                    []docket.Role
}

// ListUsers finds accounts for an administrator (requirements 12, İstifadəçilər və rollar). The filter's Limit counts; one row more says that there are
// more.
func (s *Service) ListUsers(ctx context.Context, who docket.Actor, f docket.UserFilter) (list []UserRow, err error) {
	if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		users, err := w.ListUsers(ctx, f)
		if err != nil {
			return err
		}
		list = nil
		for _, u := range users {
			row, err := userRow(ctx, w, u)
			if err != nil {
				return err
			}
			list = append(list, row)
		}
		return nil
	})
	return list, err
}

func userRow(ctx context.Context, w docket.Work, u docket.User) (UserRow, error) {
	row := UserRow{User: u}
	if u.BodyID != "" {
		b, err := w.Body(ctx, u.BodyID)
		if err != nil {
			return row, err
		}
		row.BodyName = b.Name
	}
	if u.UnitID != "" {
		unit, err := w.Unit(ctx, u.UnitID)
		if err != nil {
			return row, err
		}
		row.Unit = *unit
	}
	return row, nil
}

// User shows one account to an administrator.
func (s *Service) User(ctx context.Context, who docket.Actor, id docket.ID) (row UserRow, err error) {
	if err := need(who, docket.RoleAdmin, docket.RoleSystem); err != nil {
		return row, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		u, err := w.User(ctx, id)
		if err != nil {
			return err
		}
		row, err = userRow(ctx, w, *u)
		return err
	})
	return row, err
}

// finForm is the form of a FİN: letters and digits.
var finForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9A-Z]{7}$`) })

// check lists every fault of an account at once and brings what was typed into its form.
func (in *UserInput) check(body docket.ID) error {
	in.Name, in.FIN, in.Email = strings.Join(strings.Fields(in.Name), " "), strings.ToUpper(strings.TrimSpace(in.FIN)), strings.TrimSpace(in.Email)
	if in.Mobile != "" {
		in.Mobile = mobile(in.Mobile)
	}
	var errs docket.Errors
	refuse := func(field, key string) { errs = append(errs, docket.Invalid(field, key)) }
	switch {
	case in.Name == "":
		refuse("name", docket.KeyRequired)
	case utf8.RuneCountInString(in.Name) > 200:
		errs = append(errs, docket.Invalid("name", docket.KeyTooLong).With("max", 200))
	}
	if !finForm().MatchString(in.FIN) {
		refuse("fin", docket.KeyFIN)
	}
	if a, err := mail.ParseAddress(in.Email); in.Email != "" && (err != nil || a.Address != in.Email || len(in.Email) > 254) {
		refuse("email", docket.KeyEmail)
	}
	if in.Mobile != "" && !docket.IsMobile(in.Mobile) {
		refuse("mobile", docket.KeyMobile)
	}
	if !rolesFit(body, in.Roles) {
		refuse("roles", docket.KeyRoles)
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// OpenAccount makes an account (admin).
func (s *Service) OpenAccount(ctx context.Context, who docket.Actor, in UserInput) (*docket.User, error) {
	if err := need(who, docket.RoleAdmin); err != nil {
		return nil, err
	}
	if err := in.check(in.BodyID); err != nil {
		return nil, err
	}
	now := s.now()
	u := &docket.User{
		ID: docket.NewID(now), Name: in.Name, FIN: in.FIN, Email: in.Email, Mobile: in.Mobile, BodyID: in.BodyID, UnitID: in.UnitID, Roles: in.Roles, Created: now,
	}
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := belongs(ctx, w, u); err != nil {
			return err
		}
		if _, err := w.UserByFIN(ctx, u.FIN, u.BodyID); !errors.Is(err, docket.ErrNotFound) {
			return orElse(err, docket.Invalid("fin", docket.KeyAccountThere))
		}
		if err := w.AddUser(ctx, u); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditUserAdded, u.ID, "", "roles", rolesText(u.Roles), "body", string(u.BodyID), "unit", string(u.UnitID))
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// orElse is err, or other where there is none.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// belongs checks body and unit of an account.
func belongs(ctx context.Context, w docket.Work, u *docket.User) error {
	if u.BodyID != "" {
		u.UnitID = ""
		if _, err := w.Body(ctx, u.BodyID); err != nil {
			return docket.Invalid("body", docket.KeyBodyUnknown).Because(err)
		}
	}
	if u.UnitID != "" {
		if _, err := w.Unit(ctx, u.UnitID); err != nil {
			return docket.Invalid("unit", docket.KeyRequired).Because(err)
		}
	}
	return nil
}

// rolesText spells roles for the log.
func rolesText(roles []docket.Role) string {
	out := make([]string, len(roles))
	for i, r := range roles {
		out[i] = string(r)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// ChangeAccount changes an account (admin). Somebody always stays administrator. The log says which fields changed, and roles and unit as they were and
// are: no personal data.
func (s *Service) ChangeAccount(ctx context.Context, who docket.Actor, in UserInput) (*docket.User, error) {
	return s.changeAccount(ctx, who, in.ID, docket.AuditUserChanged, func(w docket.Work, u *docket.User) ([]string, error) {
		if strings.TrimSpace(in.FIN) == "" { // it is masked on the page, so it comes only to be changed
			in.FIN = u.FIN
		}
		if err := in.check(u.BodyID); err != nil {
			return nil, err
		}
		if in.Rev != u.Rev {
			return nil, docket.ErrStale
		}
		was := *u
		u.Name, u.FIN, u.Email, u.Mobile, u.Roles, u.UnitID = in.Name, in.FIN, in.Email, in.Mobile, in.Roles, in.UnitID
		if err := belongs(ctx, w, u); err != nil {
			return nil, err
		}
		if u.FIN != was.FIN {
			if _, err := w.UserByFIN(ctx, u.FIN, u.BodyID); !errors.Is(err, docket.ErrNotFound) {
				return nil, orElse(err, docket.Invalid("fin", docket.KeyAccountThere))
			}
		}
		return accountChanges(&was, u), nil
	})
}

// accountChanges are pairs for the log.
func accountChanges(was, is *docket.User) (kv []string) {
	var fields []string
	for _, f := range []struct {
		name string
		same bool
	}{{"name", was.Name == is.Name}, {"fin", was.FIN == is.FIN}, {"email", was.Email == is.Email}, {"mobile", was.Mobile == is.Mobile}} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	kv = append(kv, "changed", strings.Join(fields, " "))
	if a, b := rolesText(was.Roles), rolesText(is.Roles); a != b {
		kv = append(kv, "roles_before", a, "roles", b)
	}
	if was.UnitID != is.UnitID {
		kv = append(kv, "unit_before", string(was.UnitID), "unit", string(is.UnitID))
	}
	return kv
}

// SuspendAccount lets an account in no more, with a reason; its sessions end at once, for each request asks who the account is (admin).
func (s *Service) SuspendAccount(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.User, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	return s.changeAccount(ctx, who, id, docket.AuditUserSuspended, func(_ docket.Work, u *docket.User) ([]string, error) {
		switch {
		case u.ID == who.UserID:
			return nil, docket.Refuse(docket.CodeConflict, docket.KeyOwnAccount)
		case !u.Suspended.IsZero():
			return nil, docket.ErrStale
		}
		u.Suspended = s.now()
		return []string{"reason", "given"}, nil
	})
}

// RestoreAccount lets a suspended account in again (admin).
func (s *Service) RestoreAccount(ctx context.Context, who docket.Actor, id docket.ID) (*docket.User, error) {
	return s.changeAccount(ctx, who, id, docket.AuditUserRestored, func(_ docket.Work, u *docket.User) ([]string, error) {
		if u.Suspended.IsZero() {
			return nil, docket.ErrStale
		}
		u.Suspended = time.Time{}
		return nil, nil
	})
}

// changeAccount reads, changes and writes one account with its entry in the log.
func (s *Service) changeAccount(ctx context.Context, who docket.Actor, id docket.ID, action string, do func(docket.Work, *docket.User) ([]string, error)) (u *docket.User, err error) {
	if err := need(who, docket.RoleAdmin); err != nil {
		return nil, err
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		if u, err = w.User(ctx, id); err != nil {
			return err
		}
		kv, err := do(w, u)
		if err != nil {
			return err
		}
		if err := w.UpdateUser(ctx, u); err != nil {
			return err
		}
		admins, err := w.CountWithRole(ctx, docket.RoleAdmin)
		if err != nil {
			return err
		}
		if admins == 0 {
			return docket.Refuse(docket.CodeConflict, docket.KeyLastAdmin)
		}
		return s.audit(ctx, w, who, action, u.ID, "", kv...)
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// SendLogInLink mails a new log-in link to an account's own address (admin). Nobody else sees it.
func (s *Service) SendLogInLink(ctx context.Context, who docket.Actor, id docket.ID) error {
	if err := need(who, docket.RoleAdmin); err != nil {
		return err
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		u, err := w.User(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case !u.Suspended.IsZero():
			return docket.Refuse(docket.CodeConflict, docket.KeyLoginSuspended)
		case u.Email == "":
			return docket.Invalid("email", docket.KeyEmail)
		}
		secret, err := s.issueLink(ctx, w, who, u.ID, LinkOptions{})
		if err != nil {
			return err
		}
		return s.tell(ctx, w, docket.ChannelMail, u.Email, u.ID, u.BodyID, false, notice{key: docket.NotifyLink, link: PathLogIn + secret, secret: true})
	})
}
