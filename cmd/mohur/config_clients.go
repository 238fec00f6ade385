package main

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"mohur/api"
)

// clientConfig is a program that is known: [clients.NAME]. It needs at least one of TokenSHA256, JWKS and a certificate; sealing needs one of
// the last two.
type clientConfig struct {
	// Tenant groups programs that read each other's verdicts and batches; a tenant of its own by default.
	Tenant string `koanf:"tenant"`
	// TokenSHA256 is the SHA-256 of a fixed token of at least 128 random bits, in hexadecimal.
	TokenSHA256 string `koanf:"token_sha256"`
	// JWKS is a file with the client's public keys (RFC 7517) for private_key_jwt at /oauth2/token (RFC 7523).
	JWKS string `koanf:"jwks"`
	// Certificate is the SHA-256 of the client's TLS certificate in hexadecimal, whoever issued it (RFC 8705, 2.2).
	Certificate string `koanf:"certificate"`
	// CertificateSubject and CertificateIssuer name the client's TLS certificate, issued below tls.client_ca (RFC 8705, 2.1), as RFC 4514
	// text, as `openssl x509 -nameopt RFC2253` prints it.
	CertificateSubject string `koanf:"certificate_subject"`
	CertificateIssuer  string `koanf:"certificate_issuer"`
	// AuthorisedBy says who authorises each signature that the program asks for by CSC: "program", the program itself (SCAL1, the default), or
	// "person", a signatory who is shown the hashes (SCAL2).
	AuthorisedBy string `koanf:"authorised_by"`
	// PerDay is how many seals it may have on one day in Baku, of all profiles together; 0, the default: as many as the profiles allow.
	PerDay int `koanf:"per_day"`
	// Scopes are what it may do in the office: "submissions:read", "events:read"...; none, the default: nothing. It acts for the body whose VÖEN is
	// Body, in the name of its responsible person with the FİN Person; without them for the agency.
	Scopes []string `koanf:"scopes"`
	Body   string   `koanf:"body"`
	Person string   `koanf:"person"`
	// RedirectURIs are where a person's browser may be sent back to after authorising, matched exactly.
	RedirectURIs []string `koanf:"redirect_uris"`
}

// Values of AuthorisedBy.
const (
	byProgram = "program"
	byPerson  = "person"
)

// clientKeys are the keys of a client.
var clientKeys = []string{
	"tenant", "token_sha256", "jwks", "certificate", "certificate_subject", "certificate_issuer", "authorised_by", "redirect_uris", "per_day", "scopes", "body", "person",
}

// clientKey is a key of a client in the configuration.
var clientKey = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^clients\.([a-z0-9][a-z0-9_-]{0,62})\.(` + strings.Join(clientKeys, "|") + `)$`)
})

// checkClients refuses clients that could not be recognised, or that two could be taken for.
func (c *config) checkClients() error {
	if _, err := c.callers(); err != nil {
		return err
	}
	for name, k := range c.Clients {
		if err := k.check(); err != nil {
			return fmt.Errorf("configuration: clients.%s: %w", name, err)
		}
	}
	return nil
}

func (k clientConfig) check() error {
	switch {
	case k.TokenSHA256 == "" && k.JWKS == "" && k.Certificate == "" && k.CertificateSubject == "":
		return errors.New(`none of "token_sha256", "jwks", "certificate" and "certificate_subject" is there to recognise it by`)
	case (k.CertificateSubject == "") != (k.CertificateIssuer == ""):
		return errors.New(`"certificate_subject" and "certificate_issuer" need each other`)
	case k.Certificate != "" && k.CertificateSubject != "":
		return errors.New(`"certificate" and "certificate_subject" are two ways to name one certificate; one is enough`)
	case k.Certificate != "" && !isSHA256(k.Certificate):
		return errors.New(`"certificate" is not the SHA-256 of a certificate in hexadecimal`)
	case k.AuthorisedBy != "" && k.AuthorisedBy != byProgram && k.AuthorisedBy != byPerson:
		return fmt.Errorf(`"authorised_by" is %q, neither "program" nor "person"`, k.AuthorisedBy)
	case k.AuthorisedBy == byPerson && len(k.RedirectURIs) == 0:
		return errors.New(`"redirect_uris" is missing: where a person goes back to after authorising`)
	}
	if err := k.checkOffice(); err != nil {
		return err
	}
	for _, r := range k.RedirectURIs {
		u, err := url.Parse(r)
		if err != nil || u.Host == "" || u.Fragment != "" || u.User != nil || u.Scheme != "https" && (u.Scheme != "http" || !isThisMachine(u.Hostname())) {
			return fmt.Errorf(`"redirect_uris" holds %q; https is needed, http is for localhost only`, r)
		}
	}
	return nil
}

// isSHA256 says whether a text is a SHA-256 value in hexadecimal; colons as OpenSSL prints them don't count.
func isSHA256(s string) bool {
	b, err := hex.DecodeString(strings.ReplaceAll(s, ":", ""))
	return err == nil && len(b) == 32
}

// callers are who is known by a fixed token: the short form api.clients and the clients' own.
func (c *config) callers() (map[string]api.Caller, error) {
	out, err := callersOf(c.API.Clients)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, k := range out {
		names[k.Name] = true
	}
	for name, k := range c.Clients {
		if names[name] {
			return nil, fmt.Errorf("configuration: %q stands in api.clients and in clients", name)
		}
		if k.TokenSHA256 == "" {
			continue
		}
		if !isSHA256(k.TokenSHA256) {
			return nil, fmt.Errorf(`configuration: clients.%s: "token_sha256" is not 64 hexadecimal digits`, name)
		}
		key := strings.ToLower(strings.ReplaceAll(k.TokenSHA256, ":", ""))
		if _, twice := out[key]; twice {
			return nil, fmt.Errorf("configuration: clients.%s: its token is another's too", name)
		}
		out[key] = api.Caller{Name: name, Tenant: cmp.Or(k.Tenant, name)}
	}
	return out, nil
}
