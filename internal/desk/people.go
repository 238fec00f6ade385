package desk

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"mohur/docket"
	"mohur/docket/calendar"
)

// PersonInput is what a body's administrator says about a responsible person (səlahiyyətli şəxs, requirements 2a).
type PersonInput struct {
	Name, FIN     string // of a new one
	Email, Mobile string
	From, To      calendar.Date // the period in which he represents the body; zero: no bound
}

// People lists the accounts of the actor's body in order of names; personal codes of others are masked (requirements 8, 25).
func (s *Service) People(ctx context.Context, who docket.Actor) (list []docket.User, err error) {
	if err := need(who, docket.RoleBodyAdmin, docket.RoleRepresentative); err != nil {
		return nil, err
	}
	err = s.store.Read(ctx, func(w docket.Work) error {
		list, err = w.ListUsers(ctx, docket.UserFilter{BodyID: who.BodyID, Limit: 200})
		return err
	})
	for i := range list {
		if list[i].ID != who.UserID {
			list[i].FIN = docket.MaskedFIN(list[i].FIN)
		}
	}
	return list, err
}

// AddPerson lets somebody represent the actor's body (body's administrator). The invitation goes to the address, which counts as confirmed once
// its link was used.
func (s *Service) AddPerson(ctx context.Context, who docket.Actor, in PersonInput) (*docket.User, error) {
	if err := need(who, docket.RoleBodyAdmin); err != nil {
		return nil, err
	}
	in.Name, in.Email, in.Mobile = strings.Join(strings.Fields(in.Name), " "), strings.TrimSpace(in.Email), mobile(in.Mobile)
	if errs := s.checkPerson(&in); len(errs) > 0 {
		return nil, errs
	}
	if err := s.mayMail(ctx, in.Email); err != nil {
		return nil, err
	}
	now := s.now()
	u := &docket.User{
		ID: docket.NewID(now), Name: in.Name, FIN: in.FIN, Mobile: in.Mobile, BodyID: who.BodyID, Roles: []docket.Role{docket.RoleRepresentative}, Created: now,
		From: in.From, To: in.To,
	}
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := s.starts(ctx, w, who); err != nil {
			return err
		}
		switch _, err := w.UserByFIN(ctx, in.FIN, who.BodyID); {
		case err == nil:
			return docket.Invalid("fin", docket.KeyPersonExists)
		case !errors.Is(err, docket.ErrNotFound):
			return err
		}
		secret := docket.NewSecret()
		u.Contact = &docket.Contact{Email: in.Email, Secret: hashSecret(secret), Until: now.Add(s.cfg.LinkTime)}
		if err := w.AddUser(ctx, u); err != nil {
			return err
		}
		if err := s.invite(ctx, w, u, secret); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditUserAdded, u.ID, "")
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// invite sends the link that lets a new person in and confirms his address in one.
func (s *Service) invite(ctx context.Context, w docket.Work, u *docket.User, secret string) error {
	l := &docket.LoginLink{SecretHash: hashSecret(secret), UserID: u.ID, Expires: u.Contact.Until}
	if err := w.AddLoginLink(ctx, l); err != nil {
		return err
	}
	n := notice{key: docket.NotifyInvited, caseNo: personCase(u), link: PathLogIn + secret, secret: true}
	return s.tell(ctx, w, docket.ChannelMail, u.Contact.Email, u.ID, u.BodyID, false, n)
}

// personCase names an account in a mail, which holds no names.
func personCase(u *docket.User) string { return "S-" + strings.ToUpper(string(u.ID[len(u.ID)-8:])) }

// checkPerson lists every fault of the form at once.
func (s *Service) checkPerson(in *PersonInput) docket.Errors {
	var errs docket.Errors
	switch n := utf8.RuneCountInString(in.Name); {
	case n == 0:
		errs = append(errs, docket.Invalid("name", docket.KeyRequired))
	case n > 200:
		errs = append(errs, docket.Invalid("name", docket.KeyTooLong).With("max", 200))
	}
	fin, ok := docket.FIN(in.FIN)
	if in.FIN = fin; !ok {
		errs = append(errs, docket.Invalid("fin", docket.KeyFIN))
	}
	if !validEmail(in.Email) {
		errs = append(errs, docket.Invalid("email", docket.KeyEmail))
	}
	if !docket.IsMobile(in.Mobile) {
		errs = append(errs, docket.Invalid("mobile", docket.KeyMobile))
	}
	return append(errs, s.checkPeriod(in.From, in.To)...)
}

// checkPeriod refuses a period that is none or is over.
func (s *Service) checkPeriod(from, to calendar.Date) docket.Errors {
	if !to.IsZero() && (to.Before(from) || to.Before(s.today())) {
		return docket.Errors{docket.Invalid("to", docket.KeyTerm)}
	}
	return nil
}

// validEmail says whether s is an address that mail can be sent to.
func validEmail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && len(s) <= 254
}

// person reads another account of the actor's body.
func (s *Service) person(ctx context.Context, w docket.Work, who docket.Actor, id docket.ID) (*docket.User, error) {
	if err := need(who, docket.RoleBodyAdmin); err != nil {
		return nil, err
	}
	u, err := w.User(ctx, id)
	if err != nil {
		return nil, err
	}
	if who.BodyID == "" || u.BodyID != who.BodyID {
		return nil, docket.ErrNotFound
	}
	return u, nil
}

// changePerson changes another account of the body in one transaction.
func (s *Service) changePerson(ctx context.Context, who docket.Actor, id docket.ID, action string, change func(*docket.User) error) error {
	err := s.store.InTx(ctx, func(w docket.Work) error {
		u, err := s.person(ctx, w, who, id)
		if err != nil {
			return err
		}
		if err := change(u); err != nil {
			return err
		}
		if err := w.UpdateUser(ctx, u); err != nil {
			return err
		}
		return s.audit(ctx, w, who, action, id, "")
	})
	return err
}

// SetPersonPeriod bounds the time in which a person represents the body (body's administrator). From the day after it the account lets nobody
// in, and what he did stays.
func (s *Service) SetPersonPeriod(ctx context.Context, who docket.Actor, id docket.ID, from, to calendar.Date) error {
	if errs := s.checkPeriod(from, to); len(errs) > 0 {
		return errs
	}
	return s.changePerson(ctx, who, id, docket.AuditPersonChanged, func(u *docket.User) error {
		if u.ID == who.UserID {
			return docket.Refuse(docket.CodeConflict, docket.KeyOwnAccount)
		}
		u.From, u.To = from, to
		return nil
	})
}

// RevokePerson takes a person's authority away (body's administrator): he can't log in any more, his sessions end with their next request, and
// what he did stays under his name.
func (s *Service) RevokePerson(ctx context.Context, who docket.Actor, id docket.ID) error {
	return s.changePerson(ctx, who, id, docket.AuditPersonRevoked, func(u *docket.User) error {
		switch {
		case u.ID == who.UserID:
			return docket.Refuse(docket.CodeConflict, docket.KeyOwnAccount)
		case !u.Suspended.IsZero():
			return docket.ErrStale
		}
		u.Suspended, u.Contact = s.now(), nil
		return nil
	})
}

// RestorePerson gives it back.
func (s *Service) RestorePerson(ctx context.Context, who docket.Actor, id docket.ID) error {
	return s.changePerson(ctx, who, id, docket.AuditPersonRestored, func(u *docket.User) error {
		if u.Suspended.IsZero() {
			return docket.ErrStale
		}
		u.Suspended = time.Time{}
		if !u.To.IsZero() && u.To.Before(s.today()) {
			u.To = calendar.Date{}
		}
		return nil
	})
}

// Profile is the actor's own account.
func (s *Service) Profile(ctx context.Context, who docket.Actor) (u *docket.User, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { u, err = w.User(ctx, who.UserID); return err })
	return u, err
}

// ChangeContacts changes the actor's own unsigned contact fields (requirements 8, 6). A new address is used once the link that goes to it was
// opened and pressed; until then the old one counts.
func (s *Service) ChangeContacts(ctx context.Context, who docket.Actor, email, number string) (*docket.User, error) {
	email, number = strings.TrimSpace(email), mobile(number)
	var errs docket.Errors
	if !validEmail(email) {
		errs = append(errs, docket.Invalid("email", docket.KeyEmail))
	}
	if !docket.IsMobile(number) {
		errs = append(errs, docket.Invalid("mobile", docket.KeyMobile))
	}
	if len(errs) > 0 {
		return nil, errs
	}
	if err := s.mayMail(ctx, email); err != nil {
		u, readErr := s.Profile(ctx, who)
		if readErr != nil || u.Email != email {
			return nil, errors.Join(err, readErr)
		}
	}
	var u *docket.User
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if u, err = w.User(ctx, who.UserID); err != nil {
			return err
		}
		u.Mobile = number
		if u.Email == email {
			u.Contact = nil
		} else if err := s.askContact(ctx, w, who, u, email); err != nil {
			return err
		}
		return errors.Join(w.UpdateUser(ctx, u), s.audit(ctx, w, who, docket.AuditPersonChanged, u.ID, ""))
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}

// askContact sends the link that confirms an address to that address.
func (s *Service) askContact(ctx context.Context, w docket.Work, who docket.Actor, u *docket.User, email string) error {
	secret := docket.NewSecret()
	u.Contact = &docket.Contact{Email: email, Secret: hashSecret(secret), Until: s.now().Add(s.cfg.LinkTime)}
	n := notice{key: docket.NotifyContact, caseNo: personCase(u), link: PathContact + secret, secret: true}
	if err := s.tell(ctx, w, docket.ChannelMail, email, u.ID, u.BodyID, false, n); err != nil {
		return err
	}
	return s.audit(ctx, w, who, docket.AuditContactAsked, u.ID, "")
}

// ConfirmContact takes the link of the mail: the address is its account's from now on. Unknown, used and lapsed links look the same.
func (s *Service) ConfirmContact(ctx context.Context, secret string) error {
	err := s.store.InTx(ctx, func(w docket.Work) error {
		u, err := w.UserByContact(ctx, hashSecret(secret))
		if err != nil {
			return err
		}
		if u.Contact == nil || s.now().After(u.Contact.Until) {
			return docket.ErrNotFound
		}
		return s.confirmed(ctx, w, u)
	})
	if errors.Is(err, docket.ErrNotFound) {
		return docket.Refuse(docket.CodeForbidden, docket.KeyLinkInvalid)
	}
	return err
}

// confirmed makes the address that waited the account's.
func (s *Service) confirmed(ctx context.Context, w docket.Work, u *docket.User) error {
	u.Email, u.Contact = u.Contact.Email, nil
	who := docket.Actor{UserID: u.ID, Roles: slices.Clone(u.Roles)}
	return errors.Join(w.UpdateUser(ctx, u), s.audit(ctx, w, who, docket.AuditContactConfirmed, u.ID, ""))
}

// confirmedByLink confirms the address that an invitation went to, when its link lets the person in.
func (s *Service) confirmedByLink(ctx context.Context, w docket.Work, u *docket.User, link docket.Hash) error {
	if u.Contact == nil || u.Contact.Secret != link {
		return nil
	}
	return s.confirmed(ctx, w, u)
}
