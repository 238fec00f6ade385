package demopki

import (
	"crypto/x509"
	"fmt"
	"math/big"
	"sort"
	"time"
)

// Reason is a CRLReason (RFC 5280, 5.3.1).
type Reason int

// The reasons a test asks for. CertificateHold is a suspension, which can be lifted.
const (
	Unspecified          Reason = 0
	KeyCompromise        Reason = 1
	CACompromise         Reason = 2
	AffiliationChanged   Reason = 3
	Superseded           Reason = 4
	CessationOfOperation Reason = 5
	CertificateHold      Reason = 6
	PrivilegeWithdrawn   Reason = 9
)

// lifted is our mark for a hold that ended; a complete CRL then no longer lists the certificate.
const lifted Reason = -1

// issued is a certificate and what became of it.
type issued struct {
	issuer *authority
	serial *big.Int
	events []event // in the order of time
}

// event is a change of status.
type event struct {
	At     time.Time `json:"at"`
	Reason Reason    `json:"reason"`
}

// at returns the revocation in force at t, nil when the certificate is good.
func (i *issued) at(t time.Time) *event {
	var found *event
	for k := range i.events {
		if i.events[k].At.After(t) {
			break
		}
		found = &i.events[k]
	}
	if found == nil || found.Reason == lifted {
		return nil
	}
	return found
}

func recordKey(slug string, serial *big.Int) string { return slug + "/" + serial.Text(16) }

// remember enters a certificate in its issuer's register.
func (h *Hierarchy) remember(issuer *authority, cert *x509.Certificate) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.issued[recordKey(issuer.slug, cert.SerialNumber)] = &issued{issuer: issuer, serial: cert.SerialNumber}
}

// Revoke revokes a certificate (DER) from an instant on, which may lie in the past or the future: CRLs and OCSP answers made for a time
// before it call the certificate good. The authorities' own certificates can be revoked too.
func (h *Hierarchy) Revoke(cert []byte, at time.Time, why Reason) error {
	return h.record(cert, at, why)
}

// Hold suspends a certificate from an instant on.
func (h *Hierarchy) Hold(cert []byte, at time.Time) error {
	return h.record(cert, at, CertificateHold)
}

// Release lifts a suspension.
func (h *Hierarchy) Release(cert []byte, at time.Time) error { return h.record(cert, at, lifted) }

func (h *Hierarchy) record(der []byte, at time.Time, why Reason) error {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return fmt.Errorf("demopki: the certificate whose status changes: %w", err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	a := h.issuerOf(cert)
	if a == nil && h.untrusted != nil {
		return h.untrusted.record(der, at, why)
	}
	if a == nil {
		return fmt.Errorf("demopki: no authority of this hierarchy issued %q", cert.Subject.CommonName)
	}
	i := h.issued[recordKey(a.slug, cert.SerialNumber)]
	if i == nil {
		return fmt.Errorf("demopki: %s has no record of certificate %x", a.slug, cert.SerialNumber)
	}
	i.events = append(i.events, event{At: at.UTC().Truncate(time.Second), Reason: why})
	sort.SliceStable(i.events, func(x, y int) bool { return i.events[x].At.Before(i.events[y].At) })
	return nil
}

// issuerOf finds the authority that issued a certificate, nil when it is none of ours.
func (h *Hierarchy) issuerOf(cert *x509.Certificate) *authority {
	for _, a := range h.authorities() {
		if string(cert.AuthorityKeyId) == string(a.cert.SubjectKeyId) {
			return a
		}
	}
	return nil
}
