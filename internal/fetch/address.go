package fetch

import "net/netip"

// refusedV4 lists what is not the public network (IANA's special-purpose registry, RFC 6890), and the one public address behind which a cloud
// answers its machines (168.63.129.16).
func refusedV4() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
		netip.MustParsePrefix("192.31.196.0/24"), netip.MustParsePrefix("192.52.193.0/24"), netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("192.175.48.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
		netip.MustParsePrefix("224.0.0.0/4"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("168.63.129.16/32"),
	}
}

// isPublic says whether an address belongs to the public network. IPv6 is judged by what is allowed: global unicast, less the parts that embed or
// tunnel something else; the well-known NAT64 prefix counts as the IPv4 address inside.
func isPublic(a netip.Addr) bool {
	a = a.WithZone("").Unmap()
	if a.Is4() {
		for _, p := range refusedV4() {
			if p.Contains(a) {
				return false
			}
		}
		return true
	}
	b := a.As16()
	if netip.MustParsePrefix("64:ff9b::/96").Contains(a) {
		return isPublic(netip.AddrFrom4([4]byte(b[12:])))
	}
	if !netip.MustParsePrefix("2000::/3").Contains(a) {
		return false
	}
	for _, p := range []string{"2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"} { // protocol assignments with Teredo and ORCHID, documentation, 6to4, AS112
		if netip.MustParsePrefix(p).Contains(a) {
			return false
		}
	}
	return true
}
