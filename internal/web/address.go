package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Address returns the address of the client. X-Forwarded-For counts only if it
// comes from one of the TrustedProxies.
func (h *Handler) Address(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if !h.trusts(addr) {
		if r.Header.Get("X-Forwarded-For") != "" {
			h.warnProxy.Do(func() {
				h.Logger.WarnContext(r.Context(), "ignoring X-Forwarded-For from an address that is not a trusted proxy; if it is your proxy, add it to the trusted proxies, or all people share one address and its limit on failed logins",
					"address", addr.String())
			})
		}
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && h.trusts(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		addr = next.Unmap().WithZone("") // a zone can be any bytes
	}
	return addr
}

func (h *Handler) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(h.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}
