package main

import (
	"time"

	"github.com/knadh/koanf/v2"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// setTrustedIssuers sets the trusted issuers.
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
	if err := c.decodeList(k, key, &issuers); err != nil {
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
