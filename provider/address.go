package provider

import (
	"context"
	"net/netip"
)

// AddressKey is the key of a context value of type func() netip.Addr, which
// returns the network address of the client that makes a request. Without it, all
// clients share the limit on wrong secrets of an application.
type AddressKey struct{}

// ErrorIDKey is the key of a context value of type func() string, which returns the ID
// under which the failure of a request is logged. Events of failed requests have it.
type ErrorIDKey struct{}

// addressOf returns the address of the client, or the zero Addr.
func addressOf(ctx context.Context) netip.Addr {
	if address, ok := ctx.Value(AddressKey{}).(func() netip.Addr); ok {
		return address()
	}
	return netip.Addr{}
}
