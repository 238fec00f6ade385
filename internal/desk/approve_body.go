package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"mohur/docket"
)

// ApproveBodyInput is the registrar's decision.
type ApproveBodyInput struct {
	ID docket.ID
	// Reason is needed when the certificate's organisation is not the chosen body.
	Reason string
}

// ApproveBody approves a registration: the signer becomes the body's administrator and gets N2 by mail and SMS with a one-time link.
func (s *Service) ApproveBody(ctx context.Context, who docket.Actor, in ApproveBodyInput) (*docket.Registration, error) {
	who = who.As(docket.RoleRegistrar)
	var r *docket.Registration
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if r, err = w.Registration(ctx, in.ID); err != nil {
			return err
		}
		if err := moveRegistration(r, docket.EventApprove, who); err != nil {
			return err
		}
		if r.Mismatch && strings.TrimSpace(in.Reason) == "" {
			return docket.Invalid("reason", docket.KeyMismatch)
		}
		others, err := s.otherRegistrations(ctx, w, r)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(others, func(o docket.Registration) bool {
			return o.State == docket.RegistrationApproved || o.State == docket.RegistrationSuspended
		}) {
			return docket.Refuse(docket.CodeConflict, docket.KeyBodyTaken)
		}
		r.DecidedAt, r.DecidedBy, r.Reason = s.now(), s.signsAs(who), strings.TrimSpace(in.Reason)
		if err := w.UpdateRegistration(ctx, r); err != nil {
			return err
		}
		user, err := s.firstPerson(ctx, w, r)
		if err != nil {
			return err
		}
		if err := s.tellApproved(ctx, w, who, r, user); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditRegistrationApproved, r.ID, r.Letter, "user", string(user.ID))
	})
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, in.ID, "", err)
	}
	return r, nil
}

// firstPerson makes the letter's signer the body's administrator (requirements.md 8, 17).
func (s *Service) firstPerson(ctx context.Context, w docket.Work, r *docket.Registration) (*docket.User, error) {
	u, err := w.UserByFIN(ctx, r.Signer.FIN, r.BodyID)
	if err == nil {
		if !slices.Contains(u.Roles, docket.RoleBodyAdmin) {
			u.Roles = append(u.Roles, docket.RoleBodyAdmin, docket.RoleRepresentative)
			err = w.SetRoles(ctx, u.ID, u.Roles)
		}
		return u, err
	}
	if !errors.Is(err, docket.ErrNotFound) {
		return nil, err
	}
	now := s.now()
	u = &docket.User{
		ID: docket.NewID(now), Name: r.Signer.Name, FIN: r.Signer.FIN, Email: r.Email, Mobile: r.Mobile, BodyID: r.BodyID,
		Roles: []docket.Role{docket.RoleBodyAdmin, docket.RoleRepresentative}, Created: now,
	}
	return u, w.AddUser(ctx, u)
}

// tellApproved sends N2: the mail carries the link that lets the person in once, the SMS does not.
func (s *Service) tellApproved(ctx context.Context, w docket.Work, who docket.Actor, r *docket.Registration, u *docket.User) error {
	secret, err := s.issueLink(ctx, w, who, u.ID, LinkOptions{})
	if err != nil {
		return err
	}
	n := notice{key: docket.NotifyApproved, caseNo: r.Case(), link: PathLogIn + secret, secret: true}
	if err := s.tell(ctx, w, docket.ChannelMail, r.Email, u.ID, r.BodyID, false, n); err != nil {
		return err
	}
	n.link, n.secret = PathRegistration+r.Access, false
	if err := s.tell(ctx, w, docket.ChannelSMS, r.Mobile, u.ID, r.BodyID, false, n); err != nil {
		return err
	}
	return s.tell(ctx, w, docket.ChannelSystem, "", u.ID, r.BodyID, false, n)
}

// RefuseBody refuses a registration with a reason, by a numbered and sealed letter.
func (s *Service) RefuseBody(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Registration, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	who = who.As(docket.RoleRegistrar)
	profile, err := s.profile(ctx, docket.LetterRefusal)
	if err != nil {
		return nil, err
	}
	var r *docket.Registration
	var l *docket.Letter
	err = s.store.InTx(ctx, func(w docket.Work) (err error) {
		if r, err = w.Registration(ctx, id); err != nil {
			return err
		}
		if err := moveRegistration(r, docket.EventRefuse, who); err != nil {
			return err
		}
		r.DecidedAt, r.DecidedBy, r.Reason = s.now(), s.signsAs(who), reason
		if err := w.UpdateRegistration(ctx, r); err != nil {
			return err
		}
		l = s.newLetter(docket.LetterRefusal, r.BodyID, r.BodyName)
		l.RegistrationID, l.Subject, l.Text, l.Drafter, l.DrafterName = r.ID, s.words("letter.refusal.subject"), s.words("letter.refusal.text", "reason", reason), who.UserID, s.signsAs(who)
		if err := s.issue(ctx, w, who, l, &docket.LetterPage{Addressee: r.BodyName}, profile, s.series(docket.JournalOutgoing, s.cfg.RefusalCase)); err != nil {
			return err
		}
		n := notice{key: docket.NotifyRefused, caseNo: r.Case(), link: PathRegistration + r.Access}
		if err := s.tell(ctx, w, docket.ChannelMail, r.Email, "", r.BodyID, false, n); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditRegistrationRefused, r.ID, r.Letter, "letter", string(l.ID))
	})
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, id, "", err)
	}
	_ = s.finishSeal(ctx, docket.System(), l.ID, profile) // recorded in letter, journal and log; a job tries again
	return r, nil
}

// hashSecret is what is stored of a secret.
func hashSecret(secret string) docket.Hash { return docket.HashOf(sha256.Sum256([]byte(secret))) }
