package main

import (
	"context"
	"io"

	"mohur/docket"
	"mohur/internal/sealing"
	"mohur/signing/pades"
)

// maxSealImage is how large a picture on a visible seal may be, in bytes.
const maxSealImage = 1 << 20

// profilePages is what the pages of seal profiles ask.
type profilePages struct {
	*sealing.Service
	office *office
}

// Credentials lists the names that a profile may give.
func (p profilePages) Credentials() []string { return p.office.credentials() }

// PutImage stores a picture for a proposal.
func (p profilePages) PutImage(ctx context.Context, r io.Reader) (docket.Hash, error) {
	return p.office.putSealImage(ctx, r)
}

// credentials are the names that a profile may give.
func (o *office) credentials() []string {
	return o.sealer.credentials.Names()
}

// hasSealImage says whether a blob is a picture that a seal can show.
func (o *office) hasSealImage(ctx context.Context, h docket.Hash) error {
	_, err := o.sealImage(ctx, h)
	return err
}

// sealImage opens a picture.
func (o *office) sealImage(ctx context.Context, h docket.Hash) (*pades.Image, error) {
	f, err := o.blobs.Open(ctx, h)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if f.Size() > maxSealImage {
		return nil, docket.ErrBlobTooLarge
	}
	b, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	return pades.NewImage(b)
}

// putSealImage stores a picture for a proposal.
func (o *office) putSealImage(ctx context.Context, r io.Reader) (docket.Hash, error) {
	b, err := o.blobs.Put(ctx, r, maxSealImage)
	if err != nil {
		return "", err
	}
	return b.Hash, o.hasSealImage(ctx, b.Hash)
}

// sealReport seals the page of a report on a verification.
func (o *office) sealReport(ctx context.Context, page []byte) ([]byte, error) {
	return o.sealing.SealPage(ctx, docket.KindVerdictReport, page)
}

// sealsReports says whether a profile for reports is in force.
func (o *office) sealsReports(ctx context.Context) bool {
	return o.sealing.Seals(ctx, docket.KindVerdictReport)
}
