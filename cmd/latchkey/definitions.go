package main

import (
	"context"
	"errors"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/adminapi"
	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
	"github.com/seed-e6a88a41/latchkey/sqlstore"
)

// join joins scopes and resources of the database with those of the configuration file.
func (c *command) join(_ context.Context, rows []oauth.Definition) (*provider.Definitions, error) {
	return provider.JoinDefinitions(c.config.ProtocolSettings, c.config.Issuer, c.adminAPI(), rows), nil
}

// adminAPI returns the URI of the admin API, which no resource can have.
func (c *command) adminAPI() string {
	return oauth.Origin(c.config.Issuer) + "/admin/" + strings.TrimSuffix(adminapi.Path, "/")
}

// readDefinitions reads the scopes and resources of the database, for defined.
func (c *command) readDefinitions(ctx context.Context, store *sqlstore.Store) error {
	rows, err := store.Definitions(ctx)
	if err == nil {
		c.definitions, err = c.join(ctx, rows)
	}
	return err
}

// defined returns the scopes and resources of the configuration file and, after readDefinitions,
// those of the database.
func (c *command) defined() *provider.Definitions {
	if c.definitions == nil {
		c.definitions = provider.JoinDefinitions(c.config.ProtocolSettings, c.config.Issuer, c.adminAPI(), nil)
	}
	return c.definitions
}

// isResource reports whether applications can request access tokens for a URI.
func (c *command) isResource(uri string) bool {
	return c.hasResource(uri) || uri == c.adminAPI() || uri == c.config.Issuer || uri == c.config.Audience
}

// checkDefinitions finds scopes and resources of the database that have no effect, and resources
// that are unsafe.
func (c *command) checkDefinitions(ctx context.Context, store *sqlstore.Store, add addFinding) error {
	if err := c.readDefinitions(ctx, store); err != nil {
		return err
	}
	for _, fault := range c.defined().Faults() {
		if errors.Is(fault.Err, provider.ErrConfigured) {
			add("LK062", livecheck.Warning, "The %s %s is both in the configuration file and in the database. That of the configuration file applies. Remove one of them.", fault.Kind, fault.Name)
			continue
		}
		add("LK062", livecheck.Warning, "The %s %s in the database has no effect: %v Change or delete it in the back office.", fault.Kind, fault.Name, fault.Err)
	}
	var stored []oauth.ResourceInfo
	for _, resource := range c.defined().Resources {
		stored = append(stored, resource.ResourceInfo)
	}
	checkResources(stored, add)
	return nil
}
