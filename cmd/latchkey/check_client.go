package main

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// checkClient checks an application.
func (c *command) checkClient(client *oauth.Client, add addFinding) {
	addTo := func(id string, level livecheck.Level, format string, args ...any) {
		add(id, level, "Application %s (%s) "+format, append([]any{client.Name, client.ID}, args...)...)
	}
	scopes := c.foreignScopes(client)
	if len(scopes) > 0 {
		addTo("LK051", livecheck.Warning, "has scopes that are not in the configuration file: %s. Add them to it, unless your own program, which embeds Latchkey, defines them.", strings.Join(scopes, ", "))
	}
	grants := slices.DeleteFunc(slices.Clone(client.GrantTypes), func(g string) bool { return slices.Contains(provider.GrantTypes(), g) })
	if len(grants) > 0 {
		addTo("LK052", livecheck.Warning, "has grant types that are not those of Latchkey: %s. Remove them, unless your own program, which embeds Latchkey, defines them.", strings.Join(grants, ", "))
	}
	for _, fault := range provider.ValidateClient(client, c.config.AllScopes()) {
		if !isForeign(fault) {
			addTo("LK020", livecheck.Error, "is invalid: %s: %s", fault.Field, fault.Message)
		}
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

// foreignScopes returns the scopes of an application that the configuration file does not
// have. They can be those of a host program (Options.Scopes, Options.ScopeSource), which
// this command does not know.
func (c *command) foreignScopes(client *oauth.Client) oauth.Scopes {
	var known oauth.Scopes
	for _, s := range c.config.AllScopes() {
		known = append(known, s.Name)
	}
	all := slices.Concat(client.Scopes, client.DefaultScopes, client.RecommendedScopes)
	slices.Sort(all)
	return known.Missing(slices.Compact(all))
}

// isForeign reports whether a fault is only about a scope or a grant type that a host
// program may define.
func isForeign(fault validate.FieldError) bool {
	return strings.HasPrefix(fault.Code, "client.the_scope_is_unknown") ||
		fault.Field == "grant_types" && strings.HasPrefix(fault.Code, "client.is_not_supported")
}

// hasResource reports whether a resource is registered.
func (c *command) hasResource(uri string) bool {
	wanted, err := oauth.CanonicalResource(uri)
	return err == nil && slices.ContainsFunc(c.config.Resources, func(r oauth.ResourceInfo) bool {
		canonical, err := oauth.CanonicalResource(r.URI)
		return err == nil && canonical == wanted
	})
}
