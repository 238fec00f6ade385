package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // what a visible seal can show
	_ "image/png"
	"io"

	"mohur/docket"
	"mohur/internal/sealing"
)

// Bounds of a picture on a visible seal.
const (
	maxSealImage      = 1 << 20 // bytes
	maxSealImagePixel = 2000    // on each side
)

// openSealing makes the verbs of seal profiles.
func (o *office) openSealing(p officeParts) (err error) {
	o.sealing, err = sealing.New(sealing.Options{Store: o.store, Now: o.now, Credentials: o.credentials, HasImage: o.hasSealImage, Via: p.via})
	return err
}

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
	f, err := o.blobs.Open(ctx, h)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if f.Size() > maxSealImage {
		return docket.ErrBlobTooLarge
	}
	return isSealImage(f)
}

// isSealImage reads a picture's head: its kind and its sides.
func isSealImage(r io.Reader) error {
	c, kind, err := image.DecodeConfig(io.LimitReader(r, maxSealImage))
	if err != nil {
		return fmt.Errorf("neither PNG nor JPEG: %w", err)
	}
	if kind != "png" && kind != "jpeg" || c.Width < 1 || c.Height < 1 {
		return errors.New("neither PNG nor JPEG")
	}
	if c.Width > maxSealImagePixel || c.Height > maxSealImagePixel {
		return fmt.Errorf("%d × %d pixels; at most %d a side", c.Width, c.Height, maxSealImagePixel)
	}
	return nil
}

// putSealImage stores a picture for a proposal.
func (o *office) putSealImage(ctx context.Context, r io.Reader) (docket.Hash, error) {
	b, err := o.blobs.Put(ctx, r, maxSealImage)
	if err != nil {
		return "", err
	}
	return b.Hash, o.hasSealImage(ctx, b.Hash)
}
