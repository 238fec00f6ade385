package main

import (
	"net/http"
	"net/netip"
	"strings"
)

// visitorAddress says from which address a request comes: that of the connection, or, where that is one of the configured proxies, the last
// address in X-Forwarded-For that is none of them. What stands before it was written by the visitor and counts for nothing (decisions 20).
func visitorAddress(proxies []netip.Prefix) func(*http.Request) string {
	trusted := func(a netip.Addr) bool {
		for _, p := range proxies {
			if p.Contains(a) {
				return true
			}
		}
		return false
	}
	return func(r *http.Request) string {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		at := peer.Addr().Unmap().WithZone("")
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && trusted(at); i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			at = hop.Unmap().WithZone("")
		}
		return at.String()
	}
}
