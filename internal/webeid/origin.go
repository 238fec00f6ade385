package webeid

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// MaxOrigin bounds an origin, in bytes.
const MaxOrigin = 255

// CheckOrigin says whether text is the ASCII serialisation of an origin that may ask (HTML, 7.1.1): scheme://host or scheme://host:port, https or
// wss, without path, query, fragment or user. With localhost, http and ws are allowed too where the host is this very machine: localhost,
// 127.0.0.0/8 or [::1].
func CheckOrigin(text string, localhost bool) error {
	if text == "" || len(text) > MaxOrigin {
		return errors.New("the origin is empty or longer than 255 bytes")
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c > '~' || strings.IndexByte(`"<>\^{|}%`+"`", c) >= 0 {
			return errors.New("the origin holds a character that no origin has")
		}
	}
	u, err := url.Parse(text)
	if err != nil {
		return errors.New("the origin is no URL")
	}
	host := u.Hostname()
	if u.Scheme+"://"+u.Host != text || host == "" || u.User != nil || strings.ToLower(text) != text {
		return errors.New("the origin is not in the form scheme://host[:port]")
	}
	if u.Port() == "" && strings.HasSuffix(u.Host, ":") {
		return errors.New("the origin ends in a colon")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 || strconv.FormatUint(n, 10) != p {
			return errors.New("the origin's port is none")
		}
	}
	switch {
	case u.Scheme == "https", u.Scheme == "wss":
		return nil
	case localhost && (u.Scheme == "http" || u.Scheme == "ws") && isLocalhost(host):
		return nil
	}
	return errors.New("the origin must be https or wss")
}

// isLocalhost says whether a host is this machine by its very name, without asking anybody.
func isLocalhost(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback() && net.ParseIP(host) != nil
}
