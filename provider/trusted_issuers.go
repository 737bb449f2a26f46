package provider

import (
	"fmt"
	"slices"
	"strings"
	"time"

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

// issuerFaults returns everything that is wrong with the trusted issuers.
func (c *Config) issuerFaults() (faults []error) {
	if len(c.TrustedIssuers) > maxTrustedIssuers {
		faults = append(faults, fmt.Errorf("TrustedIssuers has more than %d issuers", maxTrustedIssuers))
	}
	seen := map[string]bool{c.Issuer: true}
	for i := range c.TrustedIssuers {
		t := &c.TrustedIssuers[i]
		add := func(format string, args ...any) {
			faults = append(faults, fmt.Errorf("TrustedIssuers: %q: %s", t.Issuer, fmt.Sprintf(format, args...)))
		}
		switch {
		case !fetchable(t.Issuer) || strings.ContainsAny(t.Issuer, "?#"):
			add("it is not an https URL without user, query and fragment")
		case seen[t.Issuer]:
			add("the issuer is listed twice, or it is this server itself")
		}
		seen[t.Issuer] = true
		if t.JWKSURI != "" && !fetchable(t.JWKSURI) {
			add("jwks_uri %q is not an https URL", t.JWKSURI)
		}
		if c.Outbound == nil {
			add("its keys cannot be fetched, because Outbound is missing")
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
		if t.Person != (oauth.PersonRule{}) && !t.Person.Create && c.FindPerson == nil {
			add("person: FindPerson is missing, which looks up the person")
		}
		for _, fault := range append(t.Claims.Faults(), t.Person.Faults()...) {
			add("%s", fault)
		}
	}
	return faults
}
