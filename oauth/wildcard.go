package oauth

import "strings"

// wildcardPrefix begins every redirect URI with a wildcard.
const wildcardPrefix = "https://*."

// HasWildcard reports whether a registered redirect URI has a wildcard.
func HasWildcard(uri string) bool { return strings.Contains(uri, "*") }

// WildcardDomain returns the domain that follows the wildcard of a redirect URI, or "" if
// the URI has none.
func WildcardDomain(uri string) string {
	domain, found := strings.CutPrefix(uri, wildcardPrefix)
	if !found {
		return ""
	}
	if end := strings.IndexAny(domain, ":/?"); end >= 0 {
		domain = domain[:end]
	}
	return domain
}

// matchWildcard reports whether a requested URI is the registered one, byte for byte,
// with one label instead of the wildcard. The caller has checked that the client may use
// wildcards.
func matchWildcard(registered, requested string) bool {
	fixed, ok := strings.CutPrefix(registered, wildcardPrefix)
	if !ok || HasWildcard(fixed) {
		return false
	}
	rest, ok := strings.CutPrefix(requested, "https://")
	if !ok {
		return false
	}
	label, rest, found := strings.Cut(rest, ".")
	return found && isLabel(label) && rest == fixed
}

// isLabel reports whether the text is a label of a host name in lower case (RFC 1123
// §2.1).
func isLabel(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return text != "" && len(text) <= 63 && text[0] != '-' && text[len(text)-1] != '-'
}
