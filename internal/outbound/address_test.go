package outbound

import (
	"net/netip"
	"testing"
)

func TestSpecialPurposeAddressesAreNotPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1":                    true,
		"::ffff:1.1.1.1":             true,
		"172.32.0.1":                 true,
		"100.128.0.1":                true,
		"2606:4700:4700::1111":       true,
		"2620:4f:8001::1":            true,
		"0.0.0.0":                    false,
		"10.1.2.3":                   false,
		"100.64.0.1":                 false, // carrier-grade NAT
		"100.100.100.200":            false, // metadata
		"127.0.0.1":                  false,
		"127.255.255.254":            false,
		"168.63.129.16":              false, // metadata
		"169.254.169.254":            false, // metadata
		"172.16.0.1":                 false,
		"172.31.255.255":             false,
		"192.0.0.192":                false, // metadata
		"192.0.2.1":                  false,
		"192.88.99.1":                false,
		"192.168.1.1":                false,
		"198.19.0.1":                 false,
		"198.51.100.1":               false,
		"203.0.113.1":                false,
		"224.0.0.251":                false,
		"240.0.0.1":                  false,
		"255.255.255.255":            false,
		"::":                         false,
		"::1":                        false,
		"::127.0.0.1":                false,
		"::ffff:127.0.0.1":           false,
		"::ffff:10.0.0.1":            false,
		"::ffff:0:127.0.0.1":         false,
		"64:ff9b::7f00:1":            false, // NAT64
		"64:ff9b::101:101":           false,
		"64:ff9b:1::a00:1":           false, // NAT64 with a local prefix
		"100::1":                     false, // discard
		"2001::7f00:1":               false, // Teredo
		"2001:20::1":                 false, // ORCHID
		"2001:db8::1":                false,
		"2002:7f00:1::":              false, // 6to4
		"2620:4f:8000::1":            false,
		"3fff::1":                    false,
		"5f00::1":                    false, // segment routing
		"fc00::1":                    false,
		"fd00:ec2::254":              false, // metadata
		"fe80::1":                    false,
		"fec0::1":                    false,
		"ff02::1":                    false,
		"2606:4700:4700::1111%eth0":  false,
		"fe80::a9fe:a9fe%25interior": false,
	} {
		if got := isPublic(netip.MustParseAddr(text)); got != want {
			t.Errorf("isPublic(%s) = %v, want %v", text, got, want)
		}
	}
	if isPublic(netip.Addr{}) {
		t.Error("the zero address is public")
	}
}

// FuzzIsPublic compares isPublic with the methods of netip.Addr.
func FuzzIsPublic(f *testing.F) {
	for _, text := range []string{"10.0.0.1", "1.1.1.1", "::ffff:192.168.0.1", "fe80::1", "2606:4700::1"} {
		f.Add(netip.MustParseAddr(text).AsSlice())
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		addr, ok := netip.AddrFromSlice(raw)
		if !ok {
			return
		}
		unmapped := addr.Unmap()
		local := !unmapped.IsGlobalUnicast() || unmapped.IsPrivate() || unmapped.IsLoopback() || unmapped.IsLinkLocalUnicast() || unmapped.IsMulticast()
		if local && isPublic(addr) {
			t.Errorf("%s is public", addr)
		}
		if isPublic(addr) != isPublic(unmapped) {
			t.Errorf("%s and %s differ", addr, unmapped)
		}
	})
}
