package certs

import (
	"context"

	"mohur/verify/etsi"
)

// Validate judges a path for the leaf at the given time (EN 319 102-1, 5.2.6). It never returns nil, and no outcome is a Go error.
func Validate(ctx context.Context, req Request) *Result {
	return &Result{Indication: etsi.Indeterminate, SubIndication: etsi.NoCertificateChainFound, Reasons: []Reason{{Key: ReasonNoTrustAnchor}}, Chain: []*Certificate{req.Leaf}}
}
