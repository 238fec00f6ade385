package oauth

import (
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
)

// Client is a program that is known. It is recognised by Keys (private_key_jwt), or by its TLS certificate.
type Client struct {
	Name   string
	Tenant string
	Keys   []Key

	// Certificate is the SHA-256 of the client's certificate, whoever issued it (RFC 8705, 2.2). Empty: by name, or not at all.
	Certificate []byte
	// Subject and Issuer are the names in the client's certificate, as (pkix.Name).String writes them, which was issued below Options.Roots
	// (RFC 8705, 2.1).
	Subject, Issuer string

	ByPerson     bool     // a person authorises each set of hashes that the client wants signed
	RedirectURIs []string // where a person's browser may go back to, matched exactly
}

// errNoCertificate says that the connection showed no certificate that anybody has.
var errNoCertificate = errors.New("oauth: the certificate is nobody's")

// distinct refuses clients that one certificate would make two of.
func (s *Service) distinct() error {
	seen := map[string]string{}
	for _, c := range s.clients {
		key := ""
		switch {
		case len(c.Certificate) > 0:
			key = string(c.Certificate)
		case c.Subject != "":
			key = c.Issuer + "\x00" + c.Subject
		default:
			continue
		}
		if other := seen[key]; other != "" {
			return fmt.Errorf("oauth: %q and %q have one certificate", other, c.Name)
		}
		seen[key] = c.Name
	}
	return nil
}

// byCertificate finds the client of a connection's certificate. Who made the connection has proved to hold its key; that is all that counts
// for one known by its hash. One known by name must also have been issued below Roots for clients, and be in force.
func (s *Service) byCertificate(peer []*x509.Certificate) (*Client, error) {
	if len(peer) == 0 {
		return nil, errNoCertificate
	}
	for _, c := range s.clients {
		if c.isCertificate(peer[0]) {
			return c, s.inForce(c, peer)
		}
	}
	return nil, fmt.Errorf("%w: subject %q, issuer %q", errNoCertificate, peer[0].Subject, peer[0].Issuer)
}

// isCertificate says whether a certificate is the client's by its hash or by its names.
func (c *Client) isCertificate(cert *x509.Certificate) bool {
	if len(c.Certificate) > 0 {
		return string(c.Certificate) == string(fingerprint(cert))
	}
	return c.Subject != "" && c.Subject == cert.Subject.String() && c.Issuer == cert.Issuer.String()
}

// inForce checks the certificate's time, and the chain where the client is known by name only.
func (s *Service) inForce(c *Client, peer []*x509.Certificate) error {
	now := s.Now()
	if now.Before(peer[0].NotBefore) || now.After(peer[0].NotAfter) {
		return fmt.Errorf("oauth: the certificate of %s is not in force", c.Name)
	}
	if len(c.Certificate) > 0 {
		return nil
	}
	if s.Roots == nil {
		return fmt.Errorf("oauth: %s is known by the names in its certificate, and there are no issuers to trust", c.Name)
	}
	o := x509.VerifyOptions{Roots: s.Roots, Intermediates: x509.NewCertPool(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, more := range peer[1:] {
		o.Intermediates.AddCert(more)
	}
	if _, err := peer[0].Verify(o); err != nil {
		return fmt.Errorf("oauth: the certificate of %s: %w", c.Name, err)
	}
	return nil
}

// fingerprint is a certificate's SHA-256 (x5t#S256 of RFC 8705, 3.1).
func fingerprint(cert *x509.Certificate) []byte {
	sum := sha256.Sum256(cert.Raw)
	return sum[:]
}
