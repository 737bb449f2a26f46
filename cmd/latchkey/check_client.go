package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/paging"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
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
	for _, fault := range provider.ValidateClient(client, c.defined().AllScopes) {
		if !isForeign(fault) {
			addTo("LK020", livecheck.Error, "is invalid: %s: %s", fault.Field, fault.Message)
		}
	}
	for _, uri := range client.Resources {
		if !c.isResource(uri) {
			addTo("LK028", livecheck.Warning, "may request access tokens for %s, which is not one of the resources in the configuration file.", uri)
		}
	}
	if advice := c.missingGroups(client); advice != "" {
		addTo("LK066", livecheck.Warning, "has forward_auth_groups, but none of its default scopes releases the claim groups, so nobody can use its hosts. %s", advice)
	}
	for _, warning := range clientfields.Warnings(client, time.Now()) {
		addTo(warning.ID, livecheck.Warning, "%s", warning.Text)
	}
}

// missingGroups returns what to do about forward_auth_groups to which nobody can belong, or "". A host
// program can release the claim with scopes that this command does not know.
func (c *command) missingGroups(client *oauth.Client) string {
	known, scopes := c.defined().AllScopes, provider.ForwardScopes(client)
	if len(client.ForwardAuthGroups) == 0 || provider.ReleasesGroups(known, scopes) || len(c.foreignScopes(client)) > 0 {
		return ""
	}
	for _, s := range known {
		if slices.Contains(s.Claims, "groups") {
			added, allow := oauth.Scopes{s.Name}, ""
			if len(client.Scopes) > 0 { // otherwise, all scopes are allowed
				allow = fmt.Sprintf(" --scope %q", client.Scopes.With(scopes).With(added))
			}
			return fmt.Sprintf("Add one: latchkey app edit %s%s --default-scope %q", client.ID, allow, scopes.With(added))
		}
	}
	return "Configure a scope with claims: [groups], and add it to default_scope of the application."
}

// checkExchange finds client IDs of a token exchange that no application has.
func (c *command) checkExchange(ctx context.Context, store *sqlstore.Store, client *oauth.Client, add addFinding) error {
	unknown, err := unknownExchangeClients(ctx, &inDatabase{command: c, store: store}, client)
	for _, id := range unknown {
		add("LK056", livecheck.Warning, "Application %s (%s) may exchange access tokens of %s in exchange_clients, but there is no application with this client ID.", client.Name, client.ID, id)
	}
	return err
}

// unknownExchangeClients returns the exchange_clients of an application that do not exist.
// A client ID metadata document is not stored before its first use.
func unknownExchangeClients(ctx context.Context, in applications, client *oauth.Client) (unknown []string, err error) {
	for _, id := range client.ExchangeClients {
		if id == client.ID || oauth.IsClientURL(id) {
			continue
		}
		if _, err := in.Application(ctx, id); errors.Is(err, oauth.ErrNotFound) {
			unknown = append(unknown, id)
		} else if err != nil {
			return nil, err
		}
	}
	return unknown, nil
}

// warnOfExchange warns of exchange_clients that do not exist. They are stored, because the
// other application may be added later.
func (c *command) warnOfExchange(ctx context.Context, in applications, client *oauth.Client) error {
	unknown, err := unknownExchangeClients(ctx, in, client)
	for _, id := range unknown {
		c.warn("there is no application with the client ID %q of --exchange-client. List them with: latchkey app list", id)
	}
	return err
}

// warnOfFields warns of the risks of the legacy features that an application did not have
// before, and of groups to which nobody can belong. check warns of all risks.
func (c *command) warnOfFields(in applications, before, after *oauth.Client) {
	if _, local := in.(*inDatabase); local { // another server can have other scopes
		if advice := c.missingGroups(after); advice != "" {
			c.warn("none of the default scopes releases the claim groups, so nobody can use the hosts of the application. %s", advice)
		}
	}
	old := clientfields.Warnings(before, time.Now())
	for _, w := range clientfields.Warnings(after, time.Now()) {
		if w.Field == "legacy_features" && !slices.ContainsFunc(old, func(o clientfields.Warning) bool { return o.Text == w.Text }) {
			c.warn("the application %s", w.Text)
		}
	}
}

// foreignScopes returns the scopes of an application that the configuration file does not
// have. They can be those of a host program (Options.Scopes, Options.ScopeSource), which
// this command does not know.
func (c *command) foreignScopes(client *oauth.Client) oauth.Scopes {
	var known oauth.Scopes
	for _, s := range c.defined().AllScopes {
		known = append(known, s.Name)
	}
	all := slices.Concat(client.Scopes, client.DefaultScopes, client.RecommendedScopes)
	slices.Sort(all)
	return known.Missing(slices.Compact(all))
}

// warnOfScopes logs the applications with scopes that a server does not have, for example because
// it was started without its configuration file. It examines the first 500.
func (c *command) warnOfScopes(ctx context.Context, p *instance) error {
	if err := c.readDefinitions(ctx, p.store); err != nil {
		return err
	}
	clients, _, err := p.store.Clients(ctx, oauth.ClientFilter{}, paging.Page{Limit: 500})
	var named []string
	for _, client := range clients {
		if unknown := c.foreignScopes(client); len(unknown) > 0 {
			named = append(named, client.ID+": "+strings.Join(unknown, " "))
		}
	}
	if len(named) > 0 {
		few := named[:min(len(named), 10)]
		p.logger.WarnContext(ctx, "applications have scopes that this server does not have, and requests for these scopes are rejected: add the scopes to the settings, or start the server with the configuration file that contains them",
			"applications", len(named), "scopes", strings.Join(few, ", "))
	}
	return err
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
	return err == nil && slices.ContainsFunc(c.defined().AllResources, func(r oauth.ResourceInfo) bool {
		canonical, err := oauth.CanonicalResource(r.URI)
		return err == nil && canonical == wanted
	})
}

// checkClientSecrets finds secrets that the master key of the database does not decrypt,
// because they were encrypted with another one.
func checkClientSecrets(client *oauth.Client, master []byte, add addFinding) {
	if master == nil {
		return // checkMasterKey reports it
	}
	if err := provider.CheckClientSecrets(master, client, time.Now()); err != nil {
		add("LK060", livecheck.Error, "Application %s (%s) cannot use HS256 or client_secret_jwt: %v. Replace the secret: latchkey app rotate-secret %s --readable --overlap 0s.", client.Name, client.ID, err, client.ID)
	}
}
