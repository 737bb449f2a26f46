package oauth

import "strings"

// minFixedLabels is how many labels must follow the wildcard of a redirect URI. With
// fewer of them, the wildcard could match domains of other people, as in *.co.uk or
// *.github.io, or every host of an organization. Longer domains that many people share
// are not recognized: their list changes, and a client would be valid today and not
// tomorrow.
const minFixedLabels = 3

// CheckWildcardRedirectURI returns what is wrong with a redirect URI of a client that
// may use wildcards until a date (LegacyWildcardRedirect). The wildcard is the first
// label of the host of an https URL, and matches exactly one label.
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
	host := rest
	if end := strings.IndexAny(host, ":/?"); end >= 0 {
		host = host[:end]
	}
	labels := strings.Split(host, ".")
	if len(labels) < minFixedLabels {
		return Errorf(CodeInvalidRequest, "'%s': at least %d labels must follow the wildcard, as in https://*.preview.example.com/cb. Otherwise it could match hosts of other people.", uri, minFixedLabels)
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
