package oauth

import "strings"

// CheckWildcardRedirectURI returns what is wrong with a redirect URI of a client that
// may use wildcards for a limited time (LegacyWildcardRedirect). The wildcard is the first
// label of the host of an https URL, and matches exactly one label. The caller checks
// that the hosts belong to one owner; see WildcardDomain.
func CheckWildcardRedirectURI(uri string) error {
	rest, found := strings.CutPrefix(uri, wildcardPrefix)
	switch {
	case !HasWildcard(uri):
		return CheckRedirectURI(uri)
	case !found:
		return Errorf(CodeInvalidRequest, "'%s': a wildcard can only be the first label of the host of an https URL, as in https://*.preview.example.com/cb.", uri)
	}
	if err := CheckRedirectURI("https://x." + rest); err != nil {
		return err
	}
	labels := strings.Split(WildcardDomain(uri), ".")
	if len(labels) < 2 {
		return Errorf(CodeInvalidRequest, "'%s': at least two labels must follow the wildcard, as in https://*.preview.example.com/cb. Otherwise it could match hosts of other people.", uri)
	}
	for _, label := range labels {
		if !isLabel(label) {
			return Errorf(CodeInvalidRequest, "'%s': write the host in lower case, with letters, digits and hyphens.", uri)
		}
	}
	if strings.Trim(labels[len(labels)-1], "0123456789") == "" {
		return Errorf(CodeInvalidRequest, "'%s': a wildcard cannot be part of an IP address.", uri)
	}
	return nil
}
