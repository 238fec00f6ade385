package sealing

import (
	"context"
	"errors"
	"strconv"

	"mohur/docket"
)

// audit writes the entry of a step of a version.
func (s *Service) audit(ctx context.Context, w docket.Work, who docket.Actor, action string, p *docket.SealProfile) error {
	var base *docket.SealProfile
	if p.Base > 0 {
		var err error
		if base, err = w.SealProfileVersion(ctx, p.Name, p.Base); err != nil {
			return err
		}
	}
	return s.auditChange(ctx, w, who, action, p, base)
}

// auditChange writes what differs between two versions, term by term.
func (s *Service) auditChange(ctx context.Context, w docket.Work, who docket.Actor, action string, p, old *docket.SealProfile) error {
	detail := map[string]string{"profile": p.Name, "version": strconv.Itoa(p.Version), "base": strconv.Itoa(p.Base)}
	if s.via != "" {
		detail["via"] = s.via
	}
	if p.Ends {
		detail["ends"] = "true"
	} else {
		var before *docket.SealTerms
		if old != nil {
			before = &old.SealTerms
		}
		for _, c := range p.Changes(before) {
			detail["term."+c.Field] = c.Old + " -> " + c.New
		}
	}
	now := s.now()
	return w.Audit(ctx, &docket.AuditEntry{ID: docket.NewID(now), At: now, Actor: who.UserID, Role: role(who), Action: action, Subject: p.ID, Detail: detail})
}

// refused writes the entry of a refusal in a transaction of its own, for the one that refused was rolled back (decisions 21).
func (s *Service) refused(ctx context.Context, who docket.Actor, subject docket.ID, cause error) error {
	err := s.store.InTx(context.WithoutCancel(ctx), func(w docket.Work) error {
		now := s.now()
		return w.Audit(ctx, &docket.AuditEntry{
			ID: docket.NewID(now), At: now, Actor: who.UserID, Role: role(who), Action: docket.AuditRefused, Subject: subject,
			Detail: map[string]string{"key": docket.KeyOf(cause), "code": string(docket.CodeOf(cause))},
		})
	})
	if err != nil {
		return errors.Join(cause, err)
	}
	return cause
}

func role(who docket.Actor) string {
	if len(who.Roles) == 0 {
		return ""
	}
	return string(who.Roles[0])
}
