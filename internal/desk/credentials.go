package desk

import (
	"context"
	"errors"
	"slices"

	"mohur/docket"
)

// PathSystem is the page that shows credentials.
const PathSystem = "/system"

// DrainCredential takes a member of a credential out of use for every process, or back; member "" means all of them. What runs ends (admin, or
// the server's command line). A repetition changes nothing.
func (s *Service) DrainCredential(ctx context.Context, who docket.Actor, name, member string, out bool) error {
	if !who.Has(docket.RoleAdmin, docket.RoleSystem) {
		return docket.Refuse(docket.CodeForbidden, docket.KeyForbidden)
	}
	return s.store.InTx(ctx, func(w docket.Work) error {
		action := docket.AuditCredentialDrained
		var err error
		if out {
			err = w.DrainCredential(ctx, &docket.CredentialDrain{Credential: name, Member: member, Since: s.now(), By: who.Name})
		} else {
			action, err = docket.AuditCredentialResumed, w.ResumeCredential(ctx, name, member)
			if errors.Is(err, docket.ErrStale) {
				return nil // it was in use
			}
		}
		if err != nil {
			return err
		}
		return s.audit(ctx, w, who, action, "", "", "credential", name, "member", member)
	})
}

// CredentialState is what the database knows of credentials.
type CredentialState struct {
	Used   map[string]int // signatures let be made today, in Baku, by credential
	Drains []docket.CredentialDrain
}

// Credentials reads what holds for every process.
func (s *Service) Credentials(ctx context.Context) (*CredentialState, error) {
	out := &CredentialState{Used: map[string]int{}}
	err := s.store.Read(ctx, func(w docket.Work) (err error) {
		uses, err := w.CredentialUses(ctx, s.today())
		if err != nil {
			return err
		}
		for _, u := range uses {
			out.Used[u.Credential] = u.Used
		}
		out.Drains, err = w.CredentialDrains(ctx)
		return err
	})
	return out, err
}

// CertificateEnd is a certificate of a seal whose end comes near.
type CertificateEnd struct {
	Credential, Member string
	Certificate        docket.Hash
	Days               int // whole days left
	Threshold          int // the warning that is due, in days before the end; 0: none
}

// WarnEnds tells administrators of certificates that end, in the pages and by mail: each certificate once for each threshold, whichever process
// sees it first. It returns which were told.
func (s *Service) WarnEnds(ctx context.Context, ends []CertificateEnd) (told []CertificateEnd, err error) {
	for _, e := range ends {
		if e.Threshold <= 0 {
			continue
		}
		err := s.store.InTx(ctx, func(w docket.Work) error { return s.warnEnd(ctx, w, e) })
		if errors.Is(err, docket.ErrStale) {
			continue // told already
		}
		if err != nil {
			return told, err
		}
		told = append(told, e)
	}
	return told, nil
}

func (s *Service) warnEnd(ctx context.Context, w docket.Work, e CertificateEnd) error {
	if err := w.WarnedExpiry(ctx, e.Certificate, e.Threshold, s.now()); err != nil {
		return err
	}
	n := notice{key: docket.NotifySealEnds, caseNo: e.Credential + "/" + e.Member, link: PathSystem, args: map[string]string{"days": itoa(max(e.Days, 0))}}
	if err := s.tellAgency(ctx, w, "", n); err != nil {
		return err
	}
	users, err := w.UsersOfBody(ctx, "")
	if err != nil {
		return err
	}
	for _, u := range users {
		if u.Email == "" || !slices.Contains(u.Roles, docket.RoleAdmin) {
			continue
		}
		if err := s.tell(ctx, w, docket.ChannelMail, u.Email, u.ID, "", true, n); err != nil {
			return err
		}
	}
	return nil
}
