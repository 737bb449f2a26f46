package resource

import (
	"net/url"
	"slices"
	"strings"
)

// isFor reports whether an aud names one of the accepted audiences. URIs are compared
// as authorization servers compare resources (RFC 8707): without regard to the case
// of scheme and host, the default port and a slash at the end.
func isFor(aud []string, accepted ...string) bool {
	for _, name := range accepted {
		if name != "" && slices.Contains(aud, name) {
			return true
		}
		wanted := canonical(name)
		if name != "" && slices.ContainsFunc(aud, func(one string) bool { return canonical(one) == wanted }) {
			return true
		}
	}
	return false
}

// canonical returns the form in which an audience is compared. Only an absolute URI
// without a fragment has other forms.
func canonical(audience string) string {
	u, err := url.Parse(audience)
	_, rest, found := strings.Cut(audience, "://")
	switch {
	case err != nil || u.User != nil || strings.Contains(audience, "#"):
		return audience
	case u.Opaque != "": // such as a URN
		return u.Scheme + audience[len(u.Scheme):]
	case !found || u.Host == "":
		return audience
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority := strings.TrimSuffix(strings.ToLower(rest[:end]), ":")
	if port := u.Port(); u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		authority = strings.TrimSuffix(authority, ":"+port)
	}
	path, query, hasQuery := strings.Cut(rest[end:], "?")
	text := u.Scheme + "://" + authority + strings.TrimSuffix(path, "/")
	if hasQuery {
		text += "?" + query
	}
	return text
}
