package main

import (
	"fmt"

	"mohur/docket"
	"mohur/signing"
	"mohur/signing/pades"
)

// byTerms lays what two people agreed on over what the configuration says of a seal: level and certification. What the visible part shows is
// sealAppearance's.
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
