package main

import (
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// checkClient checks an application.
func (c *command) checkClient(client *oauth.Client, add addFinding) {
	addTo := func(id string, level livecheck.Level, format string, args ...any) {
		add(id, level, "Application %s (%s) "+format, append([]any{client.Name, client.ID}, args...)...)
	}
	for _, fault := range provider.ValidateClient(client, c.config.AllScopes()) {
		addTo("LK020", livecheck.Error, "is invalid: %s: %s", fault.Field, fault.Message)
	}
	for _, uri := range client.Resources {
		if !c.hasResource(uri) {
			addTo("LK028", livecheck.Warning, "may request access tokens for %s, which is not one of the resources in the configuration file.", uri)
		}
	}
	for _, warning := range clientfields.Warnings(client, time.Now()) {
		addTo(warning.ID, livecheck.Warning, "%s", warning.Text)
	}
}

// hasResource reports whether a resource is registered.
func (c *command) hasResource(uri string) bool {
	wanted, err := oauth.CanonicalResource(uri)
	return err == nil && slices.ContainsFunc(c.config.Resources, func(r oauth.ResourceInfo) bool {
		canonical, err := oauth.CanonicalResource(r.URI)
		return err == nil && canonical == wanted
	})
}
