package outbound

import "net/netip"

// Networks that are not public: the special-purpose registries of IANA (RFC 6890),
// and addresses that cloud providers use for metadata. Public IPv6 addresses are
// all in 2000::/3, so networks outside it are not listed. This includes NAT64 (RFC
// 6052), whose addresses may stand for any IPv4 address.
var (
	publicIPv6  = netip.MustParsePrefix("2000::/3")
	specialNets = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),         // this network
		netip.MustParsePrefix("10.0.0.0/8"),        // private
		netip.MustParsePrefix("100.64.0.0/10"),     // carrier-grade NAT, and metadata of a cloud provider
		netip.MustParsePrefix("127.0.0.0/8"),       // loopback
		netip.MustParsePrefix("168.63.129.16/32"),  // host agent of a cloud provider
		netip.MustParsePrefix("169.254.0.0/16"),    // link-local, and metadata of most cloud providers
		netip.MustParsePrefix("172.16.0.0/12"),     // private
		netip.MustParsePrefix("192.0.0.0/24"),      // protocol assignments, and metadata of a cloud provider
		netip.MustParsePrefix("192.0.2.0/24"),      // documentation
		netip.MustParsePrefix("192.88.99.0/24"),    // 6to4 relays
		netip.MustParsePrefix("192.168.0.0/16"),    // private
		netip.MustParsePrefix("198.18.0.0/15"),     // benchmarking
		netip.MustParsePrefix("198.51.100.0/24"),   // documentation
		netip.MustParsePrefix("203.0.113.0/24"),    // documentation
		netip.MustParsePrefix("224.0.0.0/3"),       // multicast, reserved, broadcast
		netip.MustParsePrefix("2001::/23"),         // protocol assignments such as Teredo and ORCHID
		netip.MustParsePrefix("2001:db8::/32"),     // documentation
		netip.MustParsePrefix("2002::/16"),         // 6to4: may stand for any IPv4 address
		netip.MustParsePrefix("2620:4f:8000::/48"), // AS112, name servers for private addresses
		netip.MustParsePrefix("3fff::/20"),         // documentation
	}
)

// isPublic reports whether the address belongs to the public Internet.
func isPublic(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	return (addr.Is4() || publicIPv6.Contains(addr)) && !contains(specialNets, addr)
}

// contains reports whether one of the networks contains the address.
func contains(networks []netip.Prefix, addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, network := range networks {
		if network.Contains(addr) {
			return true
		}
	}
	return false
}
