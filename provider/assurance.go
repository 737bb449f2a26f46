package provider

import (
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// acrFaults returns what is wrong with the ACRValues. In the parameter acr_values they are
// separated by spaces. Latchkey's own login has one for each of its levels.
func (s *Settings) acrFaults(ownLogin bool) []error {
	if ownLogin && len(s.ACRValues) != oauth.AssurancePhishingResistant {
		return []error{settings.Faultf("ACRValues", " has %d values; it must have three: of a login with one factor, with two factors, and with a passkey", len(s.ACRValues))}
	}
	var faults []error
	for i, value := range s.ACRValues {
		switch {
		case !isACR(value):
			faults = append(faults, settings.Faultf("ACRValues", ": %q must consist of 1 to %d printable ASCII characters without spaces", value, maxACR))
		case slices.Index(s.ACRValues, value) < i:
			faults = append(faults, settings.Faultf("ACRValues", ": %q is repeated", value))
		}
	}
	return faults
}

// maxACR is the length of the longest acr, in bytes.
const maxACR = 255

func isACR(value string) bool {
	return value != "" && len(value) <= maxACR && !slices.ContainsFunc([]byte(value), func(c byte) bool { return c <= ' ' || c > '~' })
}

// recentLogin is how long after a login a person only needs the second factor to raise its
// assurance. After that, they also need the first one again.
const recentLogin = 5 * time.Minute

// ACR returns the acr of a login with this level of oauth.Assurance.
func (s *Provider) ACR(level int) string { return s.ACRValues[level-1] }

// isPasswordLogin reports whether the person logged in with one factor of an account.
func (s *Provider) isPasswordLogin(who oauth.Authentication) bool {
	return s.OwnLogin && who.ACR == s.ACR(oauth.AssuranceOneFactor)
}
