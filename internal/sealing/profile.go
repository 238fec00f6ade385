package sealing

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"mohur/docket"
)

// Profile returns the version of a profile that is in force; KeyProfileNone if there is none.
func (s *Service) Profile(ctx context.Context, name string) (p *docket.SealProfile, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { p, err = w.ActiveSealProfile(ctx, name); return err })
	if errors.Is(err, docket.ErrNotFound) {
		return nil, docket.Refuse(docket.CodeNotFound, docket.KeyProfileNone).With("profile", name)
	}
	return p, err
}

// ProfileForKind returns the profile in force that the office seals a kind of documents with, or nil if no profile names the kind.
func (s *Service) ProfileForKind(ctx context.Context, kind string) (*docket.SealProfile, error) {
	list, err := s.list(ctx, docket.SealProfileFilter{States: []docket.SealProfileState{docket.ProfileActive}})
	if err != nil {
		return nil, err
	}
	for i := range list {
		if list[i].Seals(kind) {
			return &list[i], nil
		}
	}
	return nil, nil
}

func (s *Service) list(ctx context.Context, f docket.SealProfileFilter) (out []docket.SealProfile, err error) {
	err = s.store.Read(ctx, func(w docket.Work) error { out, err = w.ListSealProfiles(ctx, f); return err })
	return out, err
}

// Profiles lists versions for people of the agency who answer for seals, or look after them (admin, signatory, auditor).
func (s *Service) Profiles(ctx context.Context, who docket.Actor, f docket.SealProfileFilter) ([]docket.SealProfile, error) {
	if !who.Has(docket.RoleAdmin, docket.RoleSignatory, docket.RoleAuditor, docket.RoleSystem) {
		return nil, docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	return s.list(ctx, f)
}

// ProposeProfile records a version that another person may bring into force (admin). Nothing changes until then.
func (s *Service) ProposeProfile(ctx context.Context, who docket.Actor, in docket.SealProposal) (*docket.SealProfile, error) {
	var p *docket.SealProfile
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if !who.Has(docket.RoleAdmin) || who.UserID == "" || who.BodyID != "" {
			return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
		}
		if err := w.LockSealProfiles(ctx); err != nil {
			return err
		}
		if p, err = s.proposal(ctx, w, who, in); err != nil {
			return err
		}
		if err := w.AddSealProfile(ctx, p); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditProfileProposed, p)
	})
	if err != nil {
		return nil, s.refused(ctx, who, "", err)
	}
	return p, nil
}

// proposal makes the row, or says with each field what is wrong.
func (s *Service) proposal(ctx context.Context, w docket.Work, who docket.Actor, in docket.SealProposal) (*docket.SealProfile, error) {
	var history []docket.SealProfile
	if in.Name != "" { // an empty name would list every profile
		var err error
		if history, err = w.ListSealProfiles(ctx, docket.SealProfileFilter{Name: in.Name}); err != nil {
			return nil, err
		}
	}
	now := s.now()
	p := &docket.SealProfile{
		ID: docket.NewID(now), Name: in.Name, Version: 1, State: docket.ProfileProposed, Base: in.Base, Ends: in.Ends, SealTerms: in.Terms,
		Why: strings.TrimSpace(in.Why), ProposedBy: who.UserID, ProposedByName: who.Name, Proposed: now.Truncate(time.Microsecond),
	}
	var active *docket.SealProfile
	for i := range history {
		p.Version = max(p.Version, history[i].Version+1)
		switch history[i].State {
		case docket.ProfileProposed:
			return nil, docket.Refuse(docket.CodeConflict, docket.KeyProposalOpen)
		case docket.ProfileActive:
			active = &history[i]
		}
	}
	if err := onBase(p, active); err != nil {
		return nil, err
	}
	if p.Ends {
		p.SealTerms = active.SealTerms
	}
	if found := append(p.Check(), s.fits(ctx, w, p)...); len(found) > 0 {
		return nil, found
	}
	if active != nil && !p.Ends && len(p.Changes(&active.SealTerms)) == 0 {
		return nil, docket.Refuse(docket.CodeInvalid, docket.KeyProfileSame)
	}
	return p, nil
}

// onBase asks that what the version was made from is what is in force, so that nobody approves a change he was not shown.
func onBase(p, active *docket.SealProfile) error {
	base := 0
	if active != nil {
		base = active.Version
	}
	switch {
	case p.Base != base:
		return docket.Refuse(docket.CodeConflict, docket.KeyProfileBase)
	case p.Ends && active == nil:
		return docket.Refuse(docket.CodeNotFound, docket.KeyProfileNone).With("profile", p.Name)
	}
	return nil
}

// ApproveProfile brings a proposed version into force, or ends the profile if that was proposed (admin or signatory, another person than
// the proposer: neither the same account nor the same FİN).
func (s *Service) ApproveProfile(ctx context.Context, who docket.Actor, id docket.ID) (*docket.SealProfile, error) {
	var p *docket.SealProfile
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if err := w.LockSealProfiles(ctx); err != nil {
			return err
		}
		if p, err = w.SealProfile(ctx, id); err != nil {
			return err
		}
		if err := s.decide(p, who, approvalOf(p), ""); err != nil {
			return err
		}
		if err := otherPerson(ctx, w, who, p.ProposedBy); err != nil {
			return err
		}
		active, err := w.ActiveSealProfile(ctx, p.Name)
		if err != nil && !errors.Is(err, docket.ErrNotFound) {
			return err
		}
		if err := onBase(p, active); err != nil {
			return err
		}
		if found := s.fits(ctx, w, p); len(found) > 0 {
			return found
		}
		if active != nil {
			if err := s.supersede(ctx, w, who, active); err != nil {
				return err
			}
		}
		if err := w.DecideSealProfile(ctx, p); err != nil {
			return err
		}
		action := docket.AuditProfileApproved
		if p.Ends {
			action = docket.AuditProfileRetired
		}
		return s.auditChange(ctx, w, who, action, p, active)
	})
	if err != nil {
		return nil, s.refused(ctx, who, id, err)
	}
	return p, nil
}

// approvalOf is the event by which a version is approved.
func approvalOf(p *docket.SealProfile) string {
	if p.Ends {
		return docket.EventEnd
	}
	return docket.EventApprove
}

// RejectProfile refuses a proposed version, with a reason. Its proposer takes it back in the same way.
func (s *Service) RejectProfile(ctx context.Context, who docket.Actor, id docket.ID, reason string) (*docket.SealProfile, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return nil, docket.Invalid("reason", docket.KeyRequired)
	}
	if len([]rune(reason)) > docket.MaxProfileReason {
		return nil, docket.Invalid("reason", docket.KeyTooLong).With("max", docket.MaxProfileReason)
	}
	var p *docket.SealProfile
	err := s.store.InTx(ctx, func(w docket.Work) (err error) {
		if err := w.LockSealProfiles(ctx); err != nil {
			return err
		}
		if p, err = w.SealProfile(ctx, id); err != nil {
			return err
		}
		if err := s.decide(p, who, docket.EventReject, reason); err != nil {
			return err
		}
		if err := w.DecideSealProfile(ctx, p); err != nil {
			return err
		}
		return s.audit(ctx, w, who, docket.AuditProfileRejected, p)
	})
	if err != nil {
		return nil, s.refused(ctx, who, id, err)
	}
	return p, nil
}

// RetireProfile proposes that a profile ends; it does when another person approves (admin).
func (s *Service) RetireProfile(ctx context.Context, who docket.Actor, name string, base int, why string) (*docket.SealProfile, error) {
	return s.ProposeProfile(ctx, who, docket.SealProposal{Name: name, Base: base, Ends: true, Why: why})
}

// decide moves a version by the table and notes who did it.
func (s *Service) decide(p *docket.SealProfile, who docket.Actor, event, reason string) error {
	if who.UserID == "" || who.BodyID != "" {
		return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	next, err := docket.Next(docket.SealProfileTransitions(), p.State, event, who)
	if err != nil {
		return err
	}
	p.State, p.DecidedBy, p.DecidedByName, p.Decided, p.Reason = next, who.UserID, who.Name, s.now().Truncate(time.Microsecond), reason
	return nil
}

// supersede ends the version that was in force; who approved it stays in the row.
func (s *Service) supersede(ctx context.Context, w docket.Work, who docket.Actor, active *docket.SealProfile) error {
	next, err := docket.Next(docket.SealProfileTransitions(), active.State, docket.EventSupersede, who)
	if err != nil {
		return err
	}
	ended := *active
	ended.State, ended.Superseded = next, s.now().Truncate(time.Microsecond)
	return w.DecideSealProfile(ctx, &ended)
}

// otherPerson refuses the proposer, whichever account he uses: both accounts are read anew, and people are told apart by FİN.
func otherPerson(ctx context.Context, w docket.Work, who docket.Actor, proposer docket.ID) error {
	first, err := w.User(ctx, proposer)
	if err != nil {
		return err
	}
	second, err := w.User(ctx, who.UserID)
	if err != nil {
		return err
	}
	if first.ID == second.ID || first.FIN == "" || second.FIN == "" || strings.EqualFold(first.FIN, second.FIN) {
		return docket.Refuse(docket.CodeForbidden, docket.KeySamePerson)
	}
	return nil
}

// fits says what of a version does not fit the configuration and the profiles in force.
func (s *Service) fits(ctx context.Context, w docket.Work, p *docket.SealProfile) docket.Errors {
	if p.Ends {
		return nil
	}
	var found docket.Errors
	if s.credentials != nil && p.Credential != "" && !slices.Contains(s.credentials(), p.Credential) {
		found = append(found, docket.Invalid("credential", docket.KeyCredential).With("credential", p.Credential))
	}
	if p.Appearance.Image.Valid() {
		if s.hasImage == nil {
			found = append(found, docket.Invalid("image", docket.KeyProfileChoice))
		} else if err := s.hasImage(ctx, p.Appearance.Image); err != nil {
			found = append(found, docket.Invalid("image", docket.KeyProfileChoice).Because(err))
		}
	}
	others, err := w.ListSealProfiles(ctx, docket.SealProfileFilter{States: []docket.SealProfileState{docket.ProfileActive}})
	if err != nil {
		return append(found, docket.Refuse(docket.CodeOf(err), docket.KeyOf(err)).Because(err))
	}
	for i := range others {
		if o := &others[i]; o.Name != p.Name {
			found = append(found, beside(p, o)...)
		}
	}
	return found
}

// beside says what two profiles can't both have: a kind of documents; a credential, if one seals hashes that nobody can look into
// (decisions 10).
func beside(p, o *docket.SealProfile) (found docket.Errors) {
	for _, k := range p.Kinds {
		if o.Seals(k) {
			found = append(found, docket.Invalid("kinds", docket.KeyKindTaken).With("kind", k).With("profile", o.Name))
		}
	}
	if p.Credential == o.Credential && p.HashAllowed != o.HashAllowed {
		found = append(found, docket.Invalid("credential", docket.KeyCredentialShared).With("profile", o.Name))
	}
	return found
}
