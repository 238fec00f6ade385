package desk

import (
	"context"
	"errors"

	"mohur/docket"
)

// sealOver makes the seal, and when the credential's member fails has another one try, each member once. It returns the profile that sealed. When
// no other can, what is told is why the last one failed.
func (s *Service) sealOver(ctx context.Context, who docket.Actor, l *docket.Letter, i *docket.SealIntent, p SealProfile) (docket.Blob, *docket.Verification, SealProfile, error) {
	var failed []string
	for {
		sealed, v, err := s.makeSeal(ctx, l, i, p)
		if !errors.Is(err, ErrMember) || ctx.Err() != nil {
			return sealed, v, p, err
		}
		failed = append(failed, p.Member)
		next, none := s.sealWith(ctx, p.Credential, p.Terms, failed...)
		if none != nil {
			return docket.Blob{}, nil, p, err
		}
		if err := s.retarget(ctx, who, l, i, next); err != nil {
			return docket.Blob{}, nil, p, err
		}
		p = next
	}
}

// retarget gives an intent that we hold another certificate, and counts one more signature, before that certificate's key signs: what is released
// was always intended (decisions 9, 12).
func (s *Service) retarget(ctx context.Context, who docket.Actor, l *docket.Letter, i *docket.SealIntent, p SealProfile) error {
	err := s.store.InTx(ctx, func(w docket.Work) error {
		if err := s.retargetIn(ctx, w, who, l, i, p); err != nil {
			return err
		}
		return s.countSignature(ctx, w, p)
	})
	if err == nil {
		i.Key, i.Certificate = p.Key, p.Certificate
	}
	return err
}

// retargetIn is retarget inside a transaction, and without the count.
func (s *Service) retargetIn(ctx context.Context, w docket.Work, who docket.Actor, l *docket.Letter, i *docket.SealIntent, p SealProfile) error {
	if err := w.RetargetIntent(ctx, i.ID, s.owner, p.Key, p.Certificate, s.now().Add(s.cfg.Lease)); err != nil {
		return err
	}
	return s.audit(ctx, w, who, docket.AuditSealRetargeted, l.ID, i.Document, "number", l.Number, "key", p.Key, "certificate", string(p.Certificate), "before", string(i.Certificate))
}

// countSignature counts one more signature of the credential today, in the transaction that lets it be made: after a crash one too many may be
// counted, never one too few. It comes last, for others who seal wait for the commit.
func (s *Service) countSignature(ctx context.Context, w docket.Work, p SealProfile) error {
	return w.UseCredential(ctx, p.Credential, s.today(), 1, p.PerDay)
}
