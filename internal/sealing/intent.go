package sealing

import (
	"context"
	"errors"
	"strconv"
	"time"

	"mohur/docket"
	"mohur/docket/calendar"
)

// sealNow judges the document, commits the intent, seals and releases, while the client waits.
func (s *Service) sealNow(ctx context.Context, r *docket.SealRequest, p *docket.SealProfile) (*docket.SealRequest, error) {
	v, err := s.input(ctx, p, r)
	if err != nil {
		return nil, s.turnedAway(ctx, clientOf(r), p.Name, err)
	}
	m, err := s.sealer.Choose(ctx, p)
	if err != nil {
		return nil, err
	}
	now := s.now()
	r.State, r.Owner, r.Lease, r.Attempts = docket.SealSealing, docket.NewSecret(), now.Add(s.cfg.Lease), 1
	s.intended(r, p, m, v)
	err = s.store.InTx(ctx, func(w docket.Work) error {
		return s.intend(ctx, w, p, m, v, r, func() error { return w.AddSealRequest(ctx, r) })
	})
	switch {
	case errors.Is(err, errKeyTaken):
		return s.second(ctx, r)
	case err != nil:
		return nil, s.turnedAway(ctx, clientOf(r), p.Name, err)
	}
	return s.finish(context.WithoutCancel(ctx), r, p, v)
}

// errKeyTaken says that the client's key came in with another request meanwhile.
var errKeyTaken = errors.New("sealing: the key is taken")

// intended notes in the row what the intent is.
func (s *Service) intended(r *docket.SealRequest, p *docket.SealProfile, m *Member, v *docket.Verification) {
	now := s.now()
	r.Version, r.Credential, r.KeyLabel, r.Certificate, r.Level = p.Version, p.Credential, m.Key, m.Certificate, p.LevelName()
	r.Day, r.Intended = calendar.DateOf(now), now.Truncate(time.Microsecond)
	if v != nil {
		r.Input = v.ID
	}
}

// intend is the deciding transaction: the profile is still in force as it was read, the verdict is young, the row is written, and it is counted.
// The counters come last, for whoever else seals meanwhile waits for them until the commit.
func (s *Service) intend(ctx context.Context, w docket.Work, p *docket.SealProfile, m *Member, v *docket.Verification, r *docket.SealRequest, row func() error) error {
	if _, err := docket.Next(docket.SealRequestTransitions(), docket.SealReceived, docket.EventIntend, docket.System()); err != nil {
		return err
	}
	active, err := w.ActiveSealProfile(ctx, p.Name)
	if err != nil {
		return err
	}
	if active.Version != p.Version {
		return docket.Refuse(docket.CodeConflict, docket.KeyProfileBase)
	}
	if v != nil {
		if err := s.standing(v); err != nil {
			return err
		}
		if err := w.AddVerification(ctx, v); err != nil {
			return err
		}
	}
	if err := row(); err != nil {
		if errors.Is(err, docket.ErrStale) {
			return errors.Join(errKeyTaken, err)
		}
		return err
	}
	if err := s.auditRequest(ctx, w, docket.AuditSealIntended, r, "certificate", string(r.Certificate)); err != nil {
		return err
	}
	return s.count(ctx, w, p, m, r)
}

// count takes the seals off what client, profile and credential may have on the day, all or none.
func (s *Service) count(ctx context.Context, w docket.Work, p *docket.SealProfile, m *Member, r *docket.SealRequest) error {
	if err := w.CountSeals(ctx, ClientScope(r.Client), r.Day, r.Count, s.perDay(r.Client)); err != nil {
		return err
	}
	if err := w.CountSeals(ctx, ProfileScope(p.Name), r.Day, r.Count, p.PerDay); err != nil {
		return err
	}
	return w.UseCredential(ctx, p.Credential, r.Day, r.Count, m.PerDay)
}

// ProfileScope and ClientScope name what counts are kept of.
func ProfileScope(name string) string { return "profile " + name }

// ClientScope names the count of a client.
func ClientScope(name string) string { return "client " + name }

// perDay is the client's limit.
func (s *Service) perDay(client string) int {
	if s.cfg.ClientPerDay == nil {
		return 0
	}
	return s.cfg.ClientPerDay(client)
}

func clientOf(r *docket.SealRequest) Client { return Client{Name: r.Client, Tenant: r.Tenant} }

// auditRequest writes the entry of a request's step; more are pairs of names and values.
func (s *Service) auditRequest(ctx context.Context, w docket.Work, action string, r *docket.SealRequest, more ...string) error {
	detail := map[string]string{
		"client": r.Client, "profile": r.Profile, "version": strconv.Itoa(r.Version), "kind": string(r.Kind), "count": strconv.Itoa(r.Count),
	}
	for i := 0; i+1 < len(more); i += 2 {
		detail[more[i]] = more[i+1]
	}
	now := s.now()
	return w.Audit(ctx, &docket.AuditEntry{ID: docket.NewID(now), At: now, Role: string(docket.RoleSystem), Action: action, Subject: r.ID, Blob: r.Document, Detail: detail})
}

// turnedAway notes a refusal in a transaction of its own (decisions 21), unless a part of ours failed, which is no refusal.
func (s *Service) turnedAway(ctx context.Context, c Client, profile string, cause error) error {
	switch docket.CodeOf(cause) {
	case docket.CodeInternal, docket.CodeUnavailable:
		return cause
	}
	err := s.store.InTx(context.WithoutCancel(ctx), func(w docket.Work) error {
		now := s.now()
		return w.Audit(ctx, &docket.AuditEntry{
			ID: docket.NewID(now), At: now, Role: string(docket.RoleSystem), Action: docket.AuditRefused,
			Detail: map[string]string{"client": c.Name, "profile": profile, "key": docket.KeyOf(cause), "code": string(docket.CodeOf(cause))},
		})
	})
	return errors.Join(cause, err)
}
