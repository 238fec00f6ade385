package desk

import (
	"context"
	"strings"
	"unicode/utf8"

	"mohur/docket"
)

// SuspendBody suspends an approved body with a reason (registrar): its open cases go on, new ones do not start (requirements 2).
func (s *Service) SuspendBody(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Registration, error) {
	return s.decideBody(ctx, who, id, reason, docket.EventSuspend, docket.AuditRegistrationSuspended, docket.NotifySuspended)
}

// RestoreBody restores a suspended body with a reason (registrar).
func (s *Service) RestoreBody(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.Registration, error) {
	return s.decideBody(ctx, who, id, reason, docket.EventRestore, docket.AuditRegistrationRestored, docket.NotifyRestored)
}

// decideBody moves a registration by an event that wants a reason, and tells the body's people.
func (s *Service) decideBody(ctx context.Context, who docket.Actor, id docket.ID, reason, event, action, key string) (*docket.Registration, error) {
	reason = strings.TrimSpace(reason)
	switch {
	case reason == "":
		return nil, docket.Invalid("reason", docket.KeyRequired)
	case utf8.RuneCountInString(reason) > maxReason:
		return nil, docket.Invalid("reason", docket.KeyTooLong).With("max", maxReason)
	}
	var r *docket.Registration
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if r, err = w.Registration(ctx, id); err != nil {
			return err
		}
		if err := moveRegistration(r, event, who); err != nil {
			return err
		}
		r.DecidedAt, r.DecidedBy, r.Reason = s.now(), who.Author(), reason
		if err := w.UpdateRegistration(ctx, r); err != nil {
			return err
		}
		if err := s.tellBody(ctx, w, r.BodyID, notice{key: key, caseNo: r.Case(), link: PathRegistration + r.Access}); err != nil {
			return err
		}
		return s.audit(ctx, w, who, action, r.ID, "")
	})
	if err != nil {
		return nil, s.refused(ctx, who, docket.AuditRefused, id, "", err)
	}
	return r, nil
}
