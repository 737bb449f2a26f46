package web

import (
	"net/http"
	"net/netip"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// place returns roughly where a public network address is, or "" if that is not
// known. The text is an estimate: pages must not show it as a fact.
func (h *Handler) place(address string) string {
	addr, err := netip.ParseAddr(address)
	if err != nil || h.Place == nil || !public(addr) {
		return ""
	}
	const maxPlace = 100
	place := []rune(validate.Visible(h.Place(addr)))
	return string(place[:min(len(place), maxPlace)])
}

// whereFrom describes in words where the request from an address came from, or returns
// nil. own is the address of the person who reads the words. An address that is not
// public has a meaning only in its own network, so the words say "probably" if it
// could be in the network of that person.
func (h *Handler) whereFrom(address string, own netip.Addr) ui.Text {
	addr, err := netip.ParseAddr(address)
	switch {
	case err != nil:
		return nil
	case addr.IsLoopback() && own.IsLoopback():
		return ui.Text{"place.this_computer"}
	case addr.IsLoopback():
		return ui.Text{"place.server"}
	case !public(addr) && own.IsValid() && !public(own):
		return ui.Text{"place.own_network"}
	case !public(addr):
		return ui.Text{"place.local_network"}
	}
	if place := h.place(address); place != "" {
		return ui.Text{"place.probably", "place", place}
	}
	return nil
}

// public reports whether an address can be used on the internet.
func public(addr netip.Addr) bool {
	shared := netip.PrefixFrom(netip.AddrFrom4([4]byte{100, 64}), 10) // RFC 6598
	addr = addr.Unmap()
	return addr.IsGlobalUnicast() && !addr.IsPrivate() && !shared.Contains(addr)
}

// ofProxy reports whether an address that the server has recorded is that of a
// proxy, and therefore not that of the client. It compares the address with the
// TrustedProxies, and then looks at the request of a browser: a proxy that forwards it
// without a valid address, or is not trusted, did the same with other requests.
func (h *Handler) ofProxy(address string, r *http.Request) bool {
	addr, err := netip.ParseAddr(address)
	if err == nil && h.trusts(addr) {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	forwards := r.Header.Get(xForwardedFor) != "" || r.Header.Get(forwarded) != ""
	return err == nil && forwards && h.Address(r) == peer.Addr().Unmap()
}
