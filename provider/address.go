package provider

import (
	"context"
	"net/netip"
)

// AddressKey is the key of a context value of type ClientAddress. Without it, all
// clients share the limit on wrong secrets of an application.
type AddressKey struct{}

// A ClientAddress returns the network address of the client that makes a request. It is
// not determined before it is needed.
type ClientAddress interface{ Address() netip.Addr }

// ClientAddressFunc is a function that implements ClientAddress.
type ClientAddressFunc func() netip.Addr

// Address calls f.
func (f ClientAddressFunc) Address() netip.Addr { return f() }

// ErrorIDKey is the key of a context value of type func() string, which returns the ID
// under which the failure of a request is logged. Events of failed requests have it.
type ErrorIDKey struct{}

// addressText returns the address of the client as text, without the zone of IPv6, or "".
func addressText(ctx context.Context) string {
	if addr := addressOf(ctx); addr.IsValid() {
		return addr.Unmap().WithZone("").String()
	}
	return ""
}

// addressOf returns the address of the client, or the zero Addr.
func addressOf(ctx context.Context) netip.Addr {
	if client, ok := ctx.Value(AddressKey{}).(ClientAddress); ok {
		return client.Address()
	}
	return netip.Addr{}
}
