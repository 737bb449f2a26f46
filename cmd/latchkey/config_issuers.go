package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/v2"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// setTrustedIssuers sets the trusted issuers. A misspelt member is an error.
func (c *config) setTrustedIssuers(key string, k *koanf.Koanf) error {
	var issuers []struct {
		Issuer      string              `koanf:"issuer"`
		JWKSURI     string              `koanf:"jwks_uri"`
		Algorithms  []string            `koanf:"algorithms"`
		Audience    []string            `koanf:"audience"`
		Uses        []oauth.TrustedUse  `koanf:"uses"`
		MaxLifetime time.Duration       `koanf:"max_lifetime"`
		Claims      map[string][]string `koanf:"claims"`
		Person      oauth.PersonRule    `koanf:"person"`
		Clients     []string            `koanf:"clients"`
		Scopes      []string            `koanf:"scopes"`
		Reusable    bool                `koanf:"reusable"`
	}
	err := checkMembers(key, k, "issuer", "jwks_uri", "algorithms", "audience", "uses", "max_lifetime", "claims", "person", "clients", "scopes", "reusable")
	if err != nil {
		return err
	}
	if err := k.Unmarshal(key, &issuers); err != nil {
		return err
	}
	c.TrustedIssuers = nil
	for _, t := range issuers {
		c.TrustedIssuers = append(c.TrustedIssuers, oauth.TrustedIssuer{
			Issuer: t.Issuer, JWKSURI: t.JWKSURI, Algorithms: t.Algorithms, Audience: t.Audience,
			Uses: t.Uses, MaxLifetime: t.MaxLifetime, Claims: t.Claims,
			Person: t.Person, Clients: t.Clients, Scopes: t.Scopes, Reusable: t.Reusable,
		})
	}
	return nil
}

// checkMembers returns an error if an element of a list in the configuration file
// has a member that is not one of these.
func checkMembers(key string, k *koanf.Koanf, members ...string) error {
	list, _ := k.Get(key).([]any)
	for _, item := range list {
		values, _ := item.(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if !slices.Contains(members, name) {
				return fmt.Errorf("unknown member %s; the members are %s", name, strings.Join(members, ", "))
			}
		}
	}
	return nil
}
