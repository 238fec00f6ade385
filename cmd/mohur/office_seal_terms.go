package main

import (
	"context"
	"fmt"
	"time"

	"mohur/certs"
	"mohur/docket"
	"mohur/internal/fetch"
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

// evidenceAge is how much older than the timestamp the revocation data in a seal may be: issuers that publish lists only publish one a day.
const evidenceAge = 24 * time.Hour

// officeEvidence collects what seals of level B-LT and B-LTA carry, past the cache: what the issuer knew hours ago says nothing of a signature
// made now.
func officeEvidence(client *fetch.Client, trust *trustStores, now func() time.Time) func() *signing.Collector {
	return func() *signing.Collector {
		return &signing.Collector{
			Trust: trust.now().anchors, Revocation: &certs.OnlineRevocation{Fetch: client}, MaxAge: evidenceAge, Now: now,
			Issuers: func(ctx context.Context, c *certs.Certificate) ([]*certs.Certificate, error) {
				return certs.FetchIssuers(ctx, client, c, maxIssuerDepth)
			},
		}
	}
}
