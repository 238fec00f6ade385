package desk

import (
	"bytes"
	"context"
	"errors"
	"io"

	"mohur/docket"
	"mohur/internal/release"
	"mohur/verify/etsi"
)

// verify judges a stored file now and stores the verdict with the revocation data it used. It runs outside any transaction (decisions 11).
// A file that can't be judged at all is refused as unreadable.
func (s *Service) verify(ctx context.Context, blob docket.Hash, name string) (*docket.Verification, error) {
	v, err := s.judge(ctx, blob, name)
	if err != nil {
		return nil, err
	}
	for i := range v.Evidence {
		e := &v.Evidence[i]
		kept, err := s.blobs.Put(ctx, bytes.NewReader(e.DER), s.cfg.Limits.SealedBytes)
		if err != nil {
			return nil, err
		}
		e.Blob = kept.Hash
	}
	if err := s.store.InTx(ctx, func(w docket.Work) error { return w.AddVerification(ctx, v) }); err != nil {
		return nil, err
	}
	return v, nil
}

// judge judges a stored file now and keeps nothing.
func (s *Service) judge(ctx context.Context, blob docket.Hash, name string) (*docket.Verification, error) {
	f, err := s.blobs.Open(ctx, blob)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	now := s.now()
	version := s.verifier.PolicyVersion(s.cfg.Policy)
	v, err := s.verifier.Verify(ctx, VerifyInput{File: f, Size: f.Size(), Name: name, Policy: s.cfg.Policy, Time: now})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if _, ours := errors.AsType[*docket.Error](err); ours {
			return nil, err
		}
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyVerifierDown).Because(err)
	}
	v.ID, v.Blob, v.At, v.Policy, v.PolicyVersion = docket.NewID(now), blob, now, s.cfg.Policy, version
	return v, nil
}

// standing re-reads a verdict inside the deciding transaction: it must be on that very blob, under the policy of now, and young.
func (s *Service) standing(ctx context.Context, w docket.Work, id docket.ID, blob docket.Hash) error {
	v, err := w.Verification(ctx, id)
	if err != nil {
		return err
	}
	if v.Blob != blob || v.Policy != s.cfg.Policy || v.PolicyVersion != s.verifier.PolicyVersion(s.cfg.Policy) || s.now().Sub(v.At) > s.cfg.VerdictAge {
		return docket.Refuse(docket.CodeConflict, docket.KeyVerdictOld)
	}
	return nil
}

// errWait says that the verdict may change once revocation data can be fetched.
var errWait = docket.Refuse(docket.CodeUnavailable, docket.KeySigWait)

// counting finds the signature that counts: none may be TOTAL-FAILED, and the one that matches must be TOTAL-PASSED (requirements.md 8,
// 16). When no signature matches, the first that passed comes back with matched false. errWait asks for a repetition.
func counting(v *docket.Verification, match func(docket.Signer) bool) (sig *docket.SignatureVerdict, matched bool, err error) {
	if len(v.Signatures) == 0 {
		return nil, false, docket.Refuse(docket.CodeInvalid, docket.KeySigMissing)
	}
	for i := range v.Signatures {
		if g := &v.Signatures[i]; g.Indication == etsi.TotalFailed {
			return g, false, refusal(g)
		}
	}
	var first *docket.SignatureVerdict
	for i := range v.Signatures {
		g := &v.Signatures[i]
		if g.Indication != etsi.TotalPassed || g.Orphan {
			continue
		}
		if g.Covers == "partial" {
			return g, false, docket.Refuse(docket.CodeInvalid, docket.KeySigPartial).With("signer", g.Signer.Name)
		}
		if match(g.Signer) {
			return g, true, nil
		}
		if first == nil {
			first = g
		}
	}
	if v.Repeatable() {
		return nil, false, errWait
	}
	if first != nil {
		return first, false, nil
	}
	return &v.Signatures[0], false, refusal(&v.Signatures[0])
}

// refusal says why a signature does not count.
func refusal(g *docket.SignatureVerdict) *docket.Error {
	return docket.Refuse(docket.CodeInvalid, refusalKey(g)).With("sub", string(g.SubIndication)).With("signer", g.Signer.Name)
}

func refusalKey(g *docket.SignatureVerdict) string {
	switch g.SubIndication {
	case etsi.HashFailure, etsi.SignedDataNotFound:
		return docket.KeySigAltered
	case etsi.FormatFailure:
		if g.Modified == "forbidden" {
			return docket.KeySigForbidden
		}
		if g.Covers == "partial" {
			return docket.KeySigPartial
		}
		return docket.KeySigFormat
	case etsi.SigCryptoFailure:
		return docket.KeySigCrypto
	case etsi.NoSigningCertificateFound, etsi.NoCertificateChainFound, etsi.NoCertificateChainFoundNoPOE, etsi.CertificateChainGeneral,
		etsi.ChainConstraintsFailure:
		return docket.KeySigUntrusted
	case etsi.Revoked, etsi.RevokedNoPOE, etsi.RevokedCANoPOE:
		return docket.KeySigRevoked
	case etsi.Expired, etsi.NotYetValid, etsi.OutOfBoundsNoPOE, etsi.OutOfBoundsNotRevoked, etsi.RevocationOutOfBoundsNoPOE:
		return docket.KeySigExpired
	case etsi.CryptoConstraintsFailure, etsi.CryptoConstraintsNoPOE:
		return docket.KeySigWeak
	case etsi.TryLater:
		return docket.KeySigHeld
	case etsi.SigConstraintsFailure, etsi.PolicyProcessingError, etsi.SignaturePolicyNotAvailable, etsi.TimestampOrderFailure:
		return docket.KeySigConstraint
	default:
		return docket.KeySigUnclear
	}
}

// stamp makes our proof that the file existed now.
func (s *Service) stamp(ctx context.Context, h docket.Hash) ([]byte, error) {
	token, err := s.stamper.Stamp(ctx, h)
	if err != nil {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp).Because(err)
	}
	return token, nil
}

// startsWith says whether the blob begins with every byte of base, and is longer.
func (s *Service) startsWith(ctx context.Context, blob, base docket.Hash) (ok bool, baseSize int64, err error) {
	b, err := s.blobs.Open(ctx, base)
	if err != nil {
		return false, 0, err
	}
	defer func() { _ = b.Close() }()
	f, err := s.blobs.Open(ctx, blob)
	if err != nil {
		return false, 0, err
	}
	defer func() { _ = f.Close() }()
	if f.Size() <= b.Size() {
		return false, b.Size(), nil
	}
	same, err := release.SameBytes(io.LimitReader(f, b.Size()), b)
	return same, b.Size(), err
}
