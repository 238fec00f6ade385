package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"

	"mohur/signing"
)

// check refuses values that would only show as a failure later: each in one sentence that names its key.
func (c *config) check() error {
	if err := checkPublicURL(c.PublicURL); err != nil {
		return err
	}
	if err := c.checkClients(); err != nil {
		return err
	}
	if err := c.TLS.check(); err != nil {
		return err
	}
	if _, err := proxyNetworks(c.Proxies); err != nil {
		return err
	}
	if err := c.OIDC.check(); err != nil {
		return err
	}
	if c.Blobs.URL != "" {
		if _, err := c.Blobs.bucket(); err != nil {
			return err
		}
	}
	if c.Mail.Port < 0 || c.Mail.Port > 65535 {
		return fmt.Errorf(`configuration: "mail.port" is %d, not a port`, c.Mail.Port)
	}
	if _, err := c.SMS.gateway(); err != nil {
		return err
	}
	if err := c.checkTimestamps(); err != nil {
		return err
	}
	if err := c.checkCredentials(); err != nil || len(c.credentials()) == 0 {
		return err
	}
	if len(c.timestampAuthorities()) == 0 {
		return errors.New(`configuration: "seal.tsa", the address of the timestamp authority, is missing: seals carry a timestamp`)
	}
	return nil
}

// checkTimestamps looks at the authorities and at the level that needs them.
func (c *config) checkTimestamps() error {
	if c.Seal.TSA != "" && len(c.Timestamps.Authorities) > 0 {
		return errors.New(`configuration: "seal.tsa" is the short form of "timestamps.authorities": one of them, not both`)
	}
	key := "timestamps.authorities"
	if c.Seal.TSA != "" {
		key = "seal.tsa"
	}
	seen := map[string]bool{}
	for _, a := range c.timestampAuthorities() {
		if u, err := url.Parse(a); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return fmt.Errorf(`configuration: %q is %q, not an http or https address`, key, a)
		}
		if seen[a] {
			return fmt.Errorf(`configuration: %q names %s twice`, key, a)
		}
		seen[a] = true
	}
	if l := signing.Level(c.Seal.Level); !l.Known() || !l.Reaches(signing.BaselineT) {
		return fmt.Errorf(`configuration: "seal.level" is %q, not B-T, B-LT or B-LTA`, c.Seal.Level)
	}
	if c.Seal.EvidenceAge < 0 {
		return fmt.Errorf(`configuration: "seal.evidence_age" is %s, before nothing`, c.Seal.EvidenceAge)
	}
	return nil
}

// timestampAuthorities are the addresses in their order.
func (c *config) timestampAuthorities() []string {
	if c.Seal.TSA != "" {
		return []string{c.Seal.TSA}
	}
	return c.Timestamps.Authorities
}

// checkPublicURL wants https, so that cookies go over TLS only; http is for this machine alone.
func checkPublicURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf(`configuration: "public_url" is %q; it looks like https://rey.example.az, without a path`, s)
	}
	if u.Scheme == "http" && !isThisMachine(u.Hostname()) {
		return fmt.Errorf(`configuration: "public_url" is %q; log-ins need https, http is for localhost only`, s)
	}
	return nil
}

// isThisMachine says whether a host is loopback by its name or number.
func isThisMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// proxyNetworks reads the networks of the proxies before the service: addresses or prefixes.
func proxyNetworks(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, t := range texts {
		p, err := netip.ParsePrefix(t)
		if a, bad := netip.ParseAddr(t); err != nil && bad == nil {
			p, err = a.Prefix(a.BitLen())
		}
		if err != nil {
			return nil, fmt.Errorf(`configuration: "proxies" holds %q, not an address or a network such as 10.0.0.0/8`, t)
		}
		out = append(out, p.Masked())
	}
	return out, nil
}
