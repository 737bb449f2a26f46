package outbound

import "net/netip"

// The special-purpose registries of IANA (RFC 6890), as far as they lie inside
// what looks public. Of IPv6 only 2000::/3 is public at all, so loopback,
// link-local, unique local, multicast, and NAT64 (RFC 6052), behind which any
// IPv4 address can stand, need no line here.
var (
	publicIPv6 = netip.MustParsePrefix("2000::/3")
	special    = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),         // this network
		netip.MustParsePrefix("10.0.0.0/8"),        // private
		netip.MustParsePrefix("100.64.0.0/10"),     // carriers' NAT, and a cloud's metadata
		netip.MustParsePrefix("127.0.0.0/8"),       // loopback
		netip.MustParsePrefix("168.63.129.16/32"),  // a cloud's host agent, public by its number alone
		netip.MustParsePrefix("169.254.0.0/16"),    // link-local, and most clouds' metadata
		netip.MustParsePrefix("172.16.0.0/12"),     // private
		netip.MustParsePrefix("192.0.0.0/24"),      // protocols, and a cloud's metadata
		netip.MustParsePrefix("192.0.2.0/24"),      // documentation
		netip.MustParsePrefix("192.88.99.0/24"),    // 6to4 relays
		netip.MustParsePrefix("192.168.0.0/16"),    // private
		netip.MustParsePrefix("198.18.0.0/15"),     // benchmarks
		netip.MustParsePrefix("198.51.100.0/24"),   // documentation
		netip.MustParsePrefix("203.0.113.0/24"),    // documentation
		netip.MustParsePrefix("224.0.0.0/3"),       // multicast, reserved, broadcast
		netip.MustParsePrefix("2001::/23"),         // protocols, Teredo and ORCHID among them
		netip.MustParsePrefix("2001:db8::/32"),     // documentation
		netip.MustParsePrefix("2002::/16"),         // 6to4: any IPv4 address can stand behind it
		netip.MustParsePrefix("2620:4f:8000::/48"), // answers for private names
		netip.MustParsePrefix("3fff::/20"),         // documentation
	}
)

// public reports whether the address belongs to the public Internet.
func public(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	return (addr.Is4() || publicIPv6.Contains(addr)) && !among(special, addr)
}

// among reports whether one of the networks has the address.
func among(networks []netip.Prefix, addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}
