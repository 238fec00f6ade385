package demopki

import (
	"crypto/x509"
	"fmt"
	"math/big"
	"sort"
	"time"
)

// CRLs returns the complete CRLs of all three authorities as of the hierarchy's clock, DER, root first.
func (h *Hierarchy) CRLs() ([][]byte, error) { return h.CRLsAt(h.now()) }

// CRLsAt returns the CRLs as they were at an instant: thisUpdate is that instant, nextUpdate CRLValidity later.
func (h *Hierarchy) CRLsAt(t time.Time) ([][]byte, error) {
	var out [][]byte
	for _, a := range h.authorities() {
		der, err := h.crl(a, t)
		if err != nil {
			return nil, err
		}
		out = append(out, der)
	}
	return out, nil
}

// crl signs one authority's list. Its number is thisUpdate in seconds, so that a later list has a higher number (RFC 5280, 5.2.3).
func (h *Hierarchy) crl(a *authority, t time.Time) ([]byte, error) {
	t = t.UTC().Truncate(time.Second)
	list := &x509.RevocationList{Number: big.NewInt(t.Unix()), ThisUpdate: t, NextUpdate: t.Add(CRLValidity)}
	h.mu.Lock()
	for _, i := range h.issued {
		if ev := i.at(t); i.issuer == a && ev != nil {
			list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
				x509.RevocationListEntry{SerialNumber: i.serial, RevocationTime: ev.At, ReasonCode: int(ev.Reason)})
		}
	}
	h.mu.Unlock()
	entries := list.RevokedCertificateEntries
	sort.Slice(entries, func(x, y int) bool { return entries[x].SerialNumber.Cmp(entries[y].SerialNumber) < 0 })
	der, err := x509.CreateRevocationList(h.opt.Rand, list, a.cert, a.key)
	if err != nil {
		return nil, fmt.Errorf("demopki: the CRL of %s: %w", a.slug, err)
	}
	return der, nil
}
