package sealing

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"

	"mohur/docket"
	"mohur/internal/desk"
	"mohur/verify/etsi"
)

// judge judges a stored file now, with what lies beside it: a stored file, or only its hash. It runs outside any transaction (decisions 11); the
// revocation data is kept, the verdict is stored by whoever decides with it.
func (s *Service) judge(ctx context.Context, file, beside docket.Hash) (*docket.Verification, error) {
	f, err := s.files.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	now := s.now()
	in := desk.VerifyInput{File: f, Size: f.Size(), Policy: s.cfg.Policy, Time: now}
	if beside != "" {
		b, err := s.files.Open(ctx, beside)
		switch {
		case err == nil:
			defer func() { _ = b.Close() }()
			in.Beside, in.BesideSize = b, b.Size()
		case errors.Is(err, docket.ErrNotFound):
			in.BesideSHA256 = beside
		default:
			return nil, err
		}
	}
	version := s.verifier.PolicyVersion(s.cfg.Policy)
	v, err := s.verifier.Verify(ctx, in)
	if err != nil {
		if _, ours := errors.AsType[*docket.Error](err); ours || ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), err)
		}
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyVerifierDown).Because(err)
	}
	v.ID, v.Blob, v.At, v.Policy, v.PolicyVersion = docket.NewID(now), file, now, s.cfg.Policy, version
	return v, s.keepEvidence(ctx, v)
}

// keepEvidence stores the revocation data that a verdict used; a list that many verdicts rest on is written once.
func (s *Service) keepEvidence(ctx context.Context, v *docket.Verification) error {
	for i := range v.Evidence {
		e := &v.Evidence[i]
		e.Blob = docket.HashOf(sha256.Sum256(e.DER))
		if f, err := s.evidence.Open(ctx, e.Blob); err == nil {
			if err := f.Close(); err != nil {
				return err
			}
			continue
		}
		if _, err := s.evidence.Put(ctx, bytes.NewReader(e.DER), int64(len(e.DER))); err != nil {
			return err
		}
	}
	return nil
}

// standing asks, inside the deciding transaction, that a verdict is of the policy of now, and young.
func (s *Service) standing(v *docket.Verification) error {
	if v.PolicyVersion != s.verifier.PolicyVersion(s.cfg.Policy) || s.now().Sub(v.At) > s.cfg.VerdictAge {
		return docket.Refuse(docket.CodeConflict, docket.KeyVerdictOld)
	}
	return nil
}

// input judges what is to be sealed and holds it against the profile's rule (decisions 10). A hash shows nothing that could be judged: its verdict
// is nil.
func (s *Service) input(ctx context.Context, p *docket.SealProfile, r *docket.SealRequest) (*docket.Verification, error) {
	if r.Kind != docket.SealDocument {
		return nil, nil
	}
	v, err := s.judge(ctx, r.Document, "")
	if err != nil {
		return nil, err
	}
	if p.Format == docket.FormatPAdES && v.Format != "PDF" && v.Format != "PAdES" {
		return nil, docket.Refuse(docket.CodeInvalid, docket.KeyFileType).With("type", cmp.Or(v.Format, "?"))
	}
	return v, admits(p.Input, v)
}

// admits is the rule of what a document may carry already.
func admits(rule docket.InputRule, v *docket.Verification) error {
	refuse := func(key string) error { return docket.Refuse(docket.CodeInvalid, key) }
	if rule == docket.InputUnsigned {
		if len(v.Signatures) > 0 {
			return refuse(docket.KeyInputSigned)
		}
		return nil
	}
	for _, g := range v.Signatures {
		if g.Indication == etsi.TotalFailed {
			return refuse(docket.KeyInputBroken)
		}
		if rule == docket.InputPassed && g.Indication != etsi.TotalPassed {
			return refuse(docket.KeyInputNotPassed)
		}
	}
	switch {
	case rule == docket.InputPassed && len(v.Signatures) == 0:
		return refuse(docket.KeySigMissing)
	case rule != docket.InputPassed && rule != docket.InputUnbroken:
		return refuse(docket.KeyProfileChoice) // a rule of a later version of the program admits nothing
	}
	return nil
}
