package sealing

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"time"

	"mohur/docket"
)

// HashRequest is a wish for bare signature values, as CSC's signHash has it.
type HashRequest struct {
	Client      Client
	Profile     string
	Certificate docket.Hash // whose key signs: the one that the client was told of; empty takes whichever signs next
	Hashes      [][]byte
	// Opts are the signature's hash and, for RSASSA-PSS, its parameters.
	Opts crypto.SignerOpts
}

// SignHashes signs hashes of which nobody here knows what they stand for: only with a profile that allows it, whose credential seals nothing else
// (decisions 10). The intent counts every value before the first is made; each is checked with the certificate's key; all are handed out or none.
// Errors are refusals; nothing that was signed before one leaves.
func (s *Service) SignHashes(ctx context.Context, q HashRequest) ([][]byte, error) {
	r, p, m, err := s.admitHashes(ctx, q)
	if err != nil {
		return nil, s.turnedAway(ctx, q.Client, q.Profile, err)
	}
	err = s.store.InTx(ctx, func(w docket.Work) error {
		return s.intend(ctx, w, p, m, nil, r, func() error { return w.AddSealRequest(ctx, r) })
	})
	if err != nil {
		return nil, s.turnedAway(ctx, q.Client, q.Profile, err)
	}
	work, done := s.hold(ctx, r)
	values, err := s.signAll(work, p, m, q)
	if err == nil {
		err = s.releaseValues(work, r, values)
	}
	done()
	if err != nil {
		return nil, s.failed(context.WithoutCancel(ctx), r, err)
	}
	return values, nil
}

// admitHashes asks the profile and the credential, and makes the row of the intent.
func (s *Service) admitHashes(ctx context.Context, q HashRequest) (*docket.SealRequest, *docket.SealProfile, *Member, error) {
	if s.sealer == nil {
		return nil, nil, nil, docket.Refuse(docket.CodeUnavailable, docket.KeyNoSigningWay)
	}
	p, err := s.admitting(ctx, q.Client, q.Profile)
	if err != nil {
		return nil, nil, nil, err
	}
	switch {
	case !p.HashAllowed:
		return nil, nil, nil, docket.Refuse(docket.CodeForbidden, docket.KeyProfileHash)
	case len(q.Hashes) == 0 || q.Opts == nil:
		return nil, nil, nil, docket.Invalid("hashes", docket.KeyRequired)
	case len(q.Hashes) > s.cfg.MaxHashes:
		return nil, nil, nil, docket.Invalid("hashes", docket.KeyTooMany).With("max", s.cfg.MaxHashes)
	}
	if err := sizes(q); err != nil {
		return nil, nil, nil, err
	}
	m, err := s.memberFor(ctx, p, q.Certificate)
	if err != nil {
		return nil, nil, nil, err
	}
	now := s.now()
	r := &docket.SealRequest{
		ID: docket.NewID(now), Kind: docket.SealHashes, State: docket.SealSealing, Client: q.Client.Name, Tenant: q.Client.Tenant, Profile: p.Name,
		Document: hashOfAll(q.Hashes), Count: len(q.Hashes), Created: now.Truncate(time.Microsecond), Expires: now.Truncate(time.Microsecond),
		Owner: docket.NewSecret(), Lease: now.Add(s.cfg.Lease), Attempts: 1,
	}
	r.Request = r.Document
	s.intended(r, p, m, nil)
	return r, p, m, nil
}

func (s *Service) memberFor(ctx context.Context, p *docket.SealProfile, certificate docket.Hash) (*Member, error) {
	if certificate == "" {
		return s.sealer.Choose(ctx, p)
	}
	return s.sealer.Member(ctx, p, certificate)
}

// sizes refuses what is no value of the hash function that the signature names; without one (Ed25519) a hash is a message of at most 64 octets.
func sizes(q HashRequest) error {
	h := q.Opts.HashFunc()
	for _, b := range q.Hashes {
		if h != 0 && (!known(h) || len(b) != h.Size()) || h == 0 && (len(b) == 0 || len(b) > 64) {
			return docket.Invalid("hashes", docket.KeyHashSize)
		}
	}
	return nil
}

// known are the hash functions that a seal may rest on.
func known(h crypto.Hash) bool {
	switch h {
	case crypto.SHA256, crypto.SHA384, crypto.SHA512, crypto.SHA3_256, crypto.SHA3_384, crypto.SHA3_512:
		return true
	}
	return false
}

// hashOfAll names a list of values.
func hashOfAll(values [][]byte) docket.Hash {
	sum := sha256.New()
	for _, v := range values {
		sum.Write([]byte{byte(len(v) >> 8), byte(len(v))})
		sum.Write(v)
	}
	return docket.HashOf([32]byte(sum.Sum(nil)))
}

// signAll makes and checks each value.
func (s *Service) signAll(ctx context.Context, p *docket.SealProfile, m *Member, q HashRequest) ([][]byte, error) {
	out := make([][]byte, 0, len(q.Hashes))
	for _, h := range q.Hashes {
		value, err := s.sealer.SignHash(ctx, p, m.Certificate, h, q.Opts)
		if err != nil {
			return nil, err
		}
		if !verifies(m.Public, h, value, q.Opts) {
			return nil, docket.Refuse(docket.CodeConflict, docket.KeySealRefused).With("check", "value")
		}
		out = append(out, value)
	}
	return out, nil
}

// verifies says whether a value is the key's signature.
func verifies(key crypto.PublicKey, digest, value []byte, opts crypto.SignerOpts) bool {
	switch k := key.(type) {
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return rsa.VerifyPSS(k, opts.HashFunc(), digest, value, pss) == nil
		}
		return rsa.VerifyPKCS1v15(k, opts.HashFunc(), digest, value) == nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(k, digest, value)
	case ed25519.PublicKey:
		return opts.HashFunc() == 0 && ed25519.Verify(k, digest, value)
	}
	return false
}

// releaseValues records that the values leave.
func (s *Service) releaseValues(ctx context.Context, r *docket.SealRequest, values [][]byte) error {
	return s.store.InTx(ctx, func(w docket.Work) error {
		done := *r
		done.Released, done.Ended = hashOfAll(values), s.now().Truncate(time.Microsecond)
		if err := w.ReleaseSealRequest(ctx, &done); err != nil {
			return err
		}
		return s.auditRequest(ctx, w, docket.AuditSealReleased, r, "released", string(done.Released))
	})
}

// Credential returns who signs next for a profile that allows hashes, for CSC's credentials/info.
func (s *Service) Credential(ctx context.Context, c Client, profile string) (*docket.SealProfile, *Member, error) {
	if s.sealer == nil {
		return nil, nil, docket.Refuse(docket.CodeUnavailable, docket.KeyNoSigningWay)
	}
	p, err := s.admitting(ctx, c, profile)
	if err != nil {
		return nil, nil, err
	}
	m, err := s.sealer.Choose(ctx, p)
	return p, m, err
}

// HashProfiles lists the profiles in force that seal hashes for the client.
func (s *Service) HashProfiles(ctx context.Context, c Client) ([]docket.SealProfile, error) {
	all, err := s.list(ctx, docket.SealProfileFilter{States: []docket.SealProfileState{docket.ProfileActive}})
	if err != nil {
		return nil, err
	}
	var out []docket.SealProfile
	for _, p := range all {
		if p.HashAllowed && p.Admits(c.Name) {
			out = append(out, p)
		}
	}
	return out, nil
}
