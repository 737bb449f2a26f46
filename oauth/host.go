package oauth

import (
	"net/netip"
	"regexp"
	"strings"
)

// LoopbackHost reports whether the host of a URL is this device: 127.0.0.0/8,
// [::1] or the name localhost.
func LoopbackHost(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Zone() == "" && addr.IsLoopback()
}

// hostPort matches a URI that begins with a host and a port, and has no scheme. For a parser of
// URIs, the host is a scheme.
var hostPort = regexp.MustCompile(`^((?i:localhost)|\[[0-9a-fA-F:.]+\]|[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)+):[0-9]{1,5}(?:[/?#]|$)`)

// MissingScheme returns the scheme that is missing from a URI that has only a host and a port:
// "https://", or "http://" for this machine. For other URIs, it returns "".
func MissingScheme(uri string) string {
	found := hostPort.FindStringSubmatch(uri)
	switch {
	case found == nil:
		return ""
	case LoopbackHost(strings.Trim(strings.ToLower(found[1]), "[]")):
		return "http://"
	}
	return "https://"
}
