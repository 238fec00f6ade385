package main

import (
	"bytes"
	"cmp"
	"context"
	"io"

	"mohur/api/csc"
	"mohur/api/mount"
	"mohur/docket"
	"mohur/internal/algo"
	"mohur/internal/sealing"
	"mohur/signing"
)

// cscRoutes are the routes of the CSC API.
func (o *office) cscRoutes() ([]mount.Route, error) {
	return csc.Routes(csc.Options{
		Seals: cscSeals{o.sealing, o.proofs}, OAuth: o.oauth, Log: o.log, Now: o.now, PublicURL: o.cfg.PublicURL, TempDir: o.cfg.tempDir(), Name: cmp.Or(o.cfg.Agency.Name, "Möhür"),
	})
}

// cscSeals is the sealing service as CSC sees it.
type cscSeals struct {
	sealing *sealing.Service
	proofs  *proofs
}

// Credentials lists the profiles in force that the client may use.
func (s cscSeals) Credentials(ctx context.Context, c mount.Caller) ([]string, error) {
	all, err := s.sealing.Profiles(ctx, docket.System(), docket.SealProfileFilter{States: []docket.SealProfileState{docket.ProfileActive}})
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range all {
		if p.Admits(c.Name) {
			out = append(out, p.Name)
		}
	}
	return out, nil
}

// Credential describes a profile with the certificate that signs next.
func (s cscSeals) Credential(ctx context.Context, c mount.Caller, id string) (*csc.Credential, error) {
	p, m, err := s.sealing.Credential(ctx, sealing.Client{Name: c.Name, Tenant: c.Tenant}, id)
	if err != nil {
		return nil, err
	}
	k := &csc.Credential{
		ID: p.Name, Description: p.Unit, Chain: m.Chain, HashAllowed: p.HashAllowed, Format: "P", Level: "AdES-" + string(p.Level), Usable: true, // else another member, or none, was chosen
	}
	if p.Format == docket.FormatCAdES {
		k.Format = "C"
	}
	return k, nil
}

// SignHashes signs all or none.
func (s cscSeals) SignHashes(ctx context.Context, q csc.HashRequest) ([][]byte, error) {
	return s.sealing.SignHashes(ctx, sealing.HashRequest{
		Client: sealing.Client{Name: q.Client.Name, Tenant: q.Client.Tenant}, Profile: q.Credential, Certificate: q.Certificate, Hashes: q.Hashes, Opts: q.Options,
	})
}

// maxSealed bounds what one sealed document may have in memory.
const maxSealed = 64 << 20

// SignDocument seals a document and returns what was released.
func (s cscSeals) SignDocument(ctx context.Context, q csc.DocumentRequest) ([]byte, error) {
	r := sealing.Request{
		Client: sealing.Client{Name: q.Client.Name, Tenant: q.Client.Tenant}, Profile: q.Credential, Key: q.Key, File: bytes.NewReader(q.Document), Size: int64(len(q.Document)),
	}
	switch {
	case q.Detached:
		r.Packaging = docket.PackagingDetached
	case q.Format == "C":
		r.Packaging = docket.PackagingEnveloping
	}
	done, err := s.sealing.Seal(ctx, r)
	if err != nil {
		return nil, err
	}
	f, err := s.sealing.Open(ctx, done)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if f.Size() > maxSealed {
		return nil, docket.Refuse(docket.CodeTooLarge, docket.KeyTooLarge)
	}
	b := make([]byte, f.Size())
	_, err = io.ReadFull(io.NewSectionReader(f, 0, f.Size()), b)
	return b, err
}

// Timestamp asks the authorities for a token and judges it.
func (s cscSeals) Timestamp(ctx context.Context, d algo.Digest, hash []byte) ([]byte, error) {
	if s.proofs.pool == nil {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp).Because(errNoAuthority)
	}
	token, err := signing.Stamper{
		Timestamper: s.proofs.pool, Trust: s.proofs.judge.trust.now().anchors, Revocation: s.proofs.judge.revocation, Now: s.proofs.now,
	}.Stamp(ctx, d, hash)
	if err != nil {
		return nil, docket.Refuse(docket.CodeUnavailable, docket.KeyTimestamp).Because(err)
	}
	return token.Raw, nil
}
