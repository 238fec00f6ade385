package certs

import (
	"net/netip"
	"net/url"
	"strings"
)

// uriHost returns the host name of a URI, in lower case; an IP address or a URI without authority is none (RFC 5280, 4.2.1.10).
func uriHost(raw string) (string, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "", false
	}
	host := lower(strings.TrimSuffix(u.Hostname(), "."))
	if _, err := netip.ParseAddr(host); err == nil || host == "" {
		return "", false
	}
	return host, true
}
