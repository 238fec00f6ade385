package main

import (
	"context"
	"fmt"

	"mohur/docket"
	"mohur/internal/desk"
	"mohur/signing"
	"mohur/signing/pades"
)

// sealImages opens the pictures of seals by their blobs.
type sealImages func(ctx context.Context, h docket.Hash) (*pades.Image, error)

// byTerms lays what two people agreed on over what the configuration says of a seal: level, certification, and QR code and picture beside the
// text of sealAppearance.
func byTerms(ctx context.Context, o *pades.Options, in desk.SealInput, images sealImages) error {
	t := in.Terms
	if t == nil {
		return nil
	}
	if t.Format != docket.FormatPAdES {
		return fmt.Errorf("the seal profile %s makes %s, which a PDF page can't carry", t.Name, t.Format)
	}
	o.Level, o.Certification = signing.Level(t.Level), t.Certification
	if !o.Level.Reaches(signing.BaselineT) {
		o.Timestamper = nil
	}
	a := o.Appearance
	if a == nil {
		return nil
	}
	if t.Appearance.QR {
		a.QR = in.LookupURL
	}
	if h := t.Appearance.Image; h != "" {
		var err error
		if a.Image, err = images(ctx, h); err != nil {
			return fmt.Errorf("the picture of seal profile %s, version %d: %w", t.Name, t.Version, err)
		}
	}
	return nil
}
