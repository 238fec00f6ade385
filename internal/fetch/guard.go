package fetch

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

type dialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// mapping sends the connections of one URL prefix to one address.
type mapping struct {
	prefix    *url.URL
	transport *http.Transport
}

// transport makes a transport without environment proxies, decompression and HTTP/2 surprises.
func (c *Client) transport(dial dialFunc) *http.Transport {
	return &http.Transport{
		DialContext: dial, Proxy: nil, DisableCompression: true, ForceAttemptHTTP2: false, MaxIdleConns: 32, MaxIdleConnsPerHost: 4,
		IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: c.o.Timeout, MaxResponseHeaderBytes: 64 << 10,
		TLSClientConfig: &tls.Config{RootCAs: c.o.RootCAs, MinVersion: tls.VersionTLS12},
	}
}

// guardedDial checks the address that is really connected to: after name resolution, so that a name that changes its address between check and use
// gains nothing.
func (c *Client) guardedDial() dialFunc {
	d := &net.Dialer{
		Timeout: c.o.Timeout, Resolver: c.o.Resolver,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			return c.checkAddress(network, address)
		},
	}
	return d.DialContext
}

func (c *Client) checkAddress(network, address string) error {
	if network != "tcp4" && network != "tcp6" {
		return &RefusedError{URL: address, Why: "network " + network}
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return &RefusedError{URL: address, Why: "no address"}
	}
	if !c.portAllowed(ap.Port()) {
		return &RefusedError{URL: address, Why: fmt.Sprintf("port %d", ap.Port())}
	}
	for _, n := range c.o.AllowNetworks {
		if n.Contains(ap.Addr().Unmap().WithZone("")) {
			return nil
		}
	}
	if !isPublic(ap.Addr()) {
		return &RefusedError{URL: address, Why: "the address is not a public one"}
	}
	return nil
}

func (c *Client) portAllowed(p uint16) bool {
	return p == 80 || p == 443 || slices.Contains(c.o.Ports, p)
}

// check refuses what is plain from the URL alone.
func (c *Client) check(raw string) (*url.URL, error) {
	refuse := func(why string) (*url.URL, error) { return nil, &RefusedError{URL: raw, Why: why} }
	if len(raw) > 4096 {
		return refuse("longer than 4096 characters")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return refuse("no URL")
	}
	switch u.Scheme {
	case "http", "https":
	case "ldap", "ldaps":
		return refuse("LDAP is not supported, only http and https")
	default:
		return refuse("only http and https")
	}
	if u.User != nil {
		return refuse("the URL carries a user name")
	}
	if u.Hostname() == "" || u.Opaque != "" {
		return refuse("no host")
	}
	if c.mappingFor(u) != nil {
		return u, nil
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || !c.portAllowed(uint16(n)) {
			return refuse("port " + p)
		}
	}
	return u, nil
}

func (c *Client) newMapping(prefix, address string) (mapping, error) {
	u, err := url.Parse(prefix)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || !strings.HasSuffix(u.Path, "/") {
		return mapping{}, fmt.Errorf("fetch: %q is no URL prefix such as http://host/", prefix)
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return mapping{}, fmt.Errorf("fetch: %q is no address such as 127.0.0.1:8080: %w", address, err)
	}
	d := &net.Dialer{Timeout: c.o.Timeout}
	return mapping{u, c.transport(func(ctx context.Context, _, _ string) (net.Conn, error) {
		return d.DialContext(ctx, "tcp", ap.String())
	})}, nil
}

func (c *Client) mappingFor(u *url.URL) *mapping {
	for i := range c.mapped {
		m := &c.mapped[i]
		if u.Scheme == m.prefix.Scheme && strings.EqualFold(u.Host, m.prefix.Host) && strings.HasPrefix(u.EscapedPath(), m.prefix.Path) && !strings.Contains(u.Path, "/../") {
			return m
		}
	}
	return nil
}

func (c *Client) transportFor(u *url.URL) http.RoundTripper {
	if m := c.mappingFor(u); m != nil {
		return m.transport
	}
	return c.guarded
}
