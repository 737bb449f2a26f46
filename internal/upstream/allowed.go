package upstream

import (
	"slices"
	"strings"
)

// allowed returns ErrNotAllowed if the settings do not allow the person.
func (p *Provider) allowed(i *Identity) error {
	if len(p.EmailDomains) > 0 {
		_, domain, found := strings.Cut(i.Email, "@")
		if !found || !i.EmailVerified || !slices.ContainsFunc(p.EmailDomains, func(d string) bool { return lowerASCII(d) == lowerASCII(domain) }) {
			return ErrEmailDomain
		}
	}
	if len(p.Groups) > 0 && !slices.ContainsFunc(p.Groups, func(g string) bool { return slices.Contains(i.Groups, g) }) {
		return ErrGroup
	}
	return nil
}

// lowerASCII converts ASCII letters to lower case. Unicode has other letters that differ
// from them only in their case, such as the sign for kelvin, but are not the same in a
// domain.
func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, text)
}
