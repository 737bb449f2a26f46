package outbound

import "golang.org/x/net/publicsuffix"

// IsPublicSuffix reports whether different owners have names directly below the domain,
// according to the list that was compiled into the program. A top-level domain that is
// not in the list is a public suffix. The domain is in lower case and ASCII.
func (*Client) IsPublicSuffix(domain string) bool {
	// A rule such as *.compute.amazonaws.com makes each name below a domain a public
	// suffix, but not the domain itself.
	below := "x." + domain
	suffix, _ := publicsuffix.PublicSuffix(below)
	return suffix == domain || suffix == below
}
