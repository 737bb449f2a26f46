package provider

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// trustedLifetime is the longest lifetime of a JWT of an issuer without a
	// MaxLifetime.
	trustedLifetime = time.Hour
	// maxTrustedIssuers bounds how many issuers can be configured.
	maxTrustedIssuers = 100
)

// newTrustedIssuers returns the trusted issuers with their defaults, by their iss.
func newTrustedIssuers(s *Settings, issuer string) map[string]*oauth.TrustedIssuer {
	all := make(map[string]*oauth.TrustedIssuer, len(s.TrustedIssuers))
	for _, t := range s.TrustedIssuers {
		if len(t.Algorithms) == 0 {
			t.Algorithms = oauth.SigningAlgorithms()
		}
		if len(t.Audience) == 0 {
			t.Audience = oauth.Audience{issuer, issuer + "/token/", issuer + "/token"}
		}
		if t.MaxLifetime == 0 {
			t.MaxLifetime = trustedLifetime
		}
		all[t.Issuer] = &t
	}
	return all
}

// issuerFault returns something that is wrong with a trusted issuer.
func issuerFault(issuer, format string, args ...any) error {
	return settings.Faultf("TrustedIssuers", ": %q: %s", issuer, fmt.Sprintf(format, args...))
}

// issuerFaults returns everything that is wrong with the trusted issuers.
func (s *Settings) issuerFaults(issuer string) (faults []error) {
	if len(s.TrustedIssuers) > maxTrustedIssuers {
		faults = append(faults, settings.Faultf("TrustedIssuers", " has more than %d issuers", maxTrustedIssuers))
	}
	seen, prefixes := map[string]bool{issuer: true}, make(map[string]bool)
	for i := range s.TrustedIssuers {
		t := &s.TrustedIssuers[i]
		add := func(format string, args ...any) { faults = append(faults, issuerFault(t.Issuer, format, args...)) }
		switch {
		case !fetchable(t.Issuer) || strings.ContainsAny(t.Issuer, "?#"):
			add("it is not an https URL without a user, a query or a fragment")
		case seen[t.Issuer]:
			add("the issuer is listed twice, or it is this server itself")
		}
		seen[t.Issuer] = true
		if t.JWKSURI != "" && !fetchable(t.JWKSURI) {
			add("jwks_uri %q is not an https URL", t.JWKSURI)
		}
		for _, alg := range t.Algorithms {
			if !slices.Contains(oauth.SigningAlgorithms(), alg) {
				add("the algorithm %q is not one of %s", alg, strings.Join(oauth.SigningAlgorithms(), ", "))
			}
		}
		if len(t.Uses) == 0 {
			add("uses is missing; it lists what the JWTs of the issuer are accepted for: %v", oauth.TrustedUses())
		}
		for _, use := range t.Uses {
			if !slices.Contains(oauth.TrustedUses(), use) {
				add("the use %q is not one of %v", use, oauth.TrustedUses())
			}
		}
		if ttl := t.MaxLifetime; ttl != 0 && (ttl < time.Second || ttl > maxAssertionTTL) {
			add("max_lifetime is %s; it must be between one second and %s", ttl, maxAssertionTTL)
		}
		if t.Accepts(oauth.TrustedJWTBearer) && t.Person == (oauth.PersonRule{}) {
			add("person is missing; it says which person an assertion is about")
		}
		if t.Person.Create && prefixes[t.Person.Prefix] {
			add("the prefix %q is that of another issuer, whose people would be mistaken for those of this one", t.Person.Prefix)
		}
		prefixes[t.Person.Prefix] = prefixes[t.Person.Prefix] || t.Person.Create
		for _, fault := range append(t.Claims.Faults(), t.Person.Faults()...) {
			add("%s", fault)
		}
	}
	return faults
}

// issuerNeeds returns what the trusted issuers need and the configuration lacks.
func (c *Config) issuerNeeds() (faults []error) {
	for i := range c.TrustedIssuers {
		t := &c.TrustedIssuers[i]
		if c.Outbound == nil {
			faults = append(faults, issuerFault(t.Issuer, "its keys cannot be fetched, because Outbound is missing"))
		}
		if t.Person != (oauth.PersonRule{}) && !t.Person.Create && c.FindPerson == nil {
			faults = append(faults, issuerFault(t.Issuer, "person: FindPerson is missing, so people cannot be found"))
		}
	}
	return faults
}
