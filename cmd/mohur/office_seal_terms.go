package main

import (
	"context"
	"fmt"

	"mohur/docket"
	"mohur/signing"
	"mohur/signing/pades"
)

// sealImages opens the pictures of seals by their blobs.
type sealImages func(ctx context.Context, h docket.Hash) (*pades.Image, error)

// byTerms lays what two people agreed on over what the configuration says of a seal: level and certification. What the visible part shows is
// the sealer's appearance, and dress's.
func byTerms(o *pades.Options, t *docket.SealProfile) error {
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
	return nil
}

// dress puts QR code and picture beside the text of a visible seal, as its profile says.
func (f sealImages) dress(ctx context.Context, a *pades.Appearance, t *docket.SealProfile, lookup string) error {
	if a == nil || t == nil {
		return nil
	}
	if t.Appearance.QR {
		a.QR = lookup
	}
	if h := t.Appearance.Image; h != "" {
		var err error
		if a.Image, err = f(ctx, h); err != nil {
			return fmt.Errorf("the picture of seal profile %s, version %d: %w", t.Name, t.Version, err)
		}
	}
	return nil
}
