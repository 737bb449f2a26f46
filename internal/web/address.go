package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// The headers in which a proxy names the client.
const (
	xForwardedFor = "X-Forwarded-For"
	forwarded     = "Forwarded" // RFC 7239
)

// Address returns the address of the client. X-Forwarded-For and Forwarded count
// only if they come from one of the TrustedProxies, or over a Unix socket: only a
// program on this machine with the necessary permissions can connect to it, and
// that program is a proxy. If both headers name a client, they must agree: a proxy
// that sets one of them may pass on what the client sent as the other.
//
// The address is invalid if the proxy of a Unix socket does not name the client.
func (h *Handler) Address(r *http.Request) netip.Addr {
	addr := netip.Addr{} // of the proxy at a Unix socket
	if !overUnixSocket(r) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return addr
		}
		addr = peer.Addr().Unmap()
	}
	if addr.IsValid() && r.Header[xForwardedFor] == nil && r.Header[forwarded] == nil {
		return addr // the usual case, without allocations
	}
	lists := [][]string{xForwardedForHops(r.Header.Values(xForwardedFor)), forwardedHops(r.Header.Values(forwarded))}
	lists = slices.DeleteFunc(lists, func(hops []string) bool { return hops == nil })
	if len(lists) == 0 && addr.IsValid() {
		return addr
	}
	if !h.trusts(addr) {
		h.warnProxy.Do(func() {
			h.Logger.WarnContext(r.Context(), "ignoring X-Forwarded-For or Forwarded from an address that is not a trusted proxy; if it is your proxy, add it to "+trustedProxies+", because otherwise all users share one address and its limit on failed logins",
				"address", addr.String())
		})
		return addr
	}
	found, ok := addr, len(lists) > 0
	for i, hops := range lists {
		other, also := h.client(addr, hops)
		ok = ok && also && (i == 0 || other == found)
		found = other
	}
	if !ok {
		found = addr
		h.warnHop.Do(func() {
			h.Logger.WarnContext(r.Context(), "a trusted proxy did not send a valid client address, so its requests share the address of the proxy and the limit on failed logins; the proxy must set X-Forwarded-For or Forwarded to addresses, and remove the other header",
				"proxy", proxyName(addr))
		})
	}
	return found
}

// trustedProxies is the name of the setting in logs: in a program, and in a configuration.
const trustedProxies = "Options.TrustedProxies (the setting trusted_proxies)"

// WideProxies returns the networks among the trusted proxies that contain much of the internet. A
// network of proxies is smaller: the widest private ones are 10.0.0.0/8 and fc00::/7.
func WideProxies(trusted []netip.Prefix) (wide []netip.Prefix) {
	for _, p := range trusted {
		narrowest := 7 // of IPv6
		if p.Addr().Is4() {
			narrowest = 8
		}
		if p.IsValid() && p.Bits() < narrowest {
			wide = append(wide, p)
		}
	}
	return wide
}

// client follows the hops from the last to the first, as long as they are trusted
// proxies. It reports false if it met a hop that is not an address.
func (h *Handler) client(addr netip.Addr, hops []string) (netip.Addr, bool) {
	for i := len(hops) - 1; i >= 0 && h.trusts(addr); i-- {
		next, ok := parseHop(hops[i])
		if !ok {
			return addr, false
		}
		addr = next
	}
	return addr, true
}

// trusts reports whether an address is that of a proxy. The invalid address is
// that of the proxy at a Unix socket.
func (h *Handler) trusts(addr netip.Addr) bool {
	return !addr.IsValid() || slices.ContainsFunc(h.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// overUnixSocket reports whether a request came over a Unix socket.
func overUnixSocket(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return ok && local.Network() == "unix"
}

// proxyName returns the address of a proxy for the log.
func proxyName(addr netip.Addr) string {
	if !addr.IsValid() {
		return "at the Unix socket"
	}
	return addr.String()
}

// parseHop parses an address, which can have a port, and brackets if it is an
// IPv6 address.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.Trim(strings.TrimSpace(text), `"`)
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"))
	if err != nil {
		// The port can also be an obfuscated identifier (RFC 7239 §6.3).
		host, port, found := cutPort(text)
		if !found || port == "" {
			return netip.Addr{}, false
		}
		if addr, err = netip.ParseAddr(host); err != nil {
			return netip.Addr{}, false
		}
	}
	return addr.Unmap().WithZone(""), true // a zone can be any bytes
}

// cutPort cuts "192.0.2.1:80" or "[2001:db8::1]:80".
func cutPort(text string) (host, port string, found bool) {
	if inside, bracketed := strings.CutPrefix(text, "["); bracketed {
		return strings.Cut(inside, "]:")
	}
	return strings.Cut(text, ":")
}

// xForwardedForHops returns the elements of the headers, or nil without one.
func xForwardedForHops(values []string) []string {
	if list := strings.Join(values, ","); strings.TrimSpace(list) != "" {
		return strings.Split(list, ",")
	}
	return nil
}

// forwardedHops returns the parameter "for" of each element of the headers, or
// nil without one. An element without it is a hop that is not known.
func forwardedHops(values []string) []string {
	var hops []string
	for _, element := range splitQuoted(strings.Join(values, ","), ',') {
		hop, named := "", false
		for _, pair := range splitQuoted(element, ';') {
			name, value, _ := strings.Cut(pair, "=")
			if strings.EqualFold(strings.TrimSpace(name), "for") {
				hop, named = value, true
			}
		}
		if named || hops != nil {
			hops = append(hops, hop)
		}
	}
	return hops
}

// splitQuoted splits a text at a separator that is not inside quotation marks.
func splitQuoted(text string, separator rune) []string {
	quoted, escaped := false, false
	return strings.FieldsFunc(text, func(r rune) bool {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		}
		return r == separator && !quoted
	})
}
