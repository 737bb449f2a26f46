package provider

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// catalog holds the scopes and the resources that the server knows at a time. It does not
// change.
type catalog struct {
	all      []oauth.ScopeInfo
	defaults oauth.Scopes
	byName   map[string]oauth.ScopeInfo
	claims   oauth.ClaimScopes
	// readAt is when the scopes of the ScopeSource were read, and version the Version of the
	// Store before its definitions were read.
	readAt  time.Time
	version uint64
	// secondFactor are the names of the scopes that require a second factor.
	secondFactor oauth.Scopes
	resources    *resources
	defined      *Definitions
}

func (c *catalog) demandsTwo(name string) bool { return c.byName[name].SecondFactor }

// known returns those of the scopes that exist.
func (c *catalog) known(scopes oauth.Scopes) oauth.Scopes {
	unknown := func(name string) bool { _, known := c.byName[name]; return !known }
	if !slices.ContainsFunc(scopes, unknown) {
		return scopes
	}
	return slices.DeleteFunc(slices.Clone(scopes), unknown)
}

// newCatalog returns the catalog of the definitions.
func newCatalog(s *Settings, d *Definitions, issuer, adminAPI string) *catalog {
	c := &catalog{all: d.AllScopes, defaults: d.DefaultScopes, byName: make(map[string]oauth.ScopeInfo), claims: oauth.NewClaimScopes(d.AllScopes), defined: d}
	for _, scope := range d.AllScopes {
		c.byName[scope.Name] = scope
		if scope.SecondFactor {
			c.secondFactor = append(c.secondFactor, scope.Name)
		}
	}
	c.resources = newResources(s, d, issuer, adminAPI)
	return c
}

// newResources returns the resources, and the admin API with the given URI.
func newResources(s *Settings, d *Definitions, issuer, admin string) *resources {
	list := d.AllResources
	r := &resources{list: list, apis: d.APIs(), all: make(map[string]*oauth.ResourceInfo), uris: make(map[string]string), own: s.Audience, ownAudience: oauth.Audience{s.Audience}, owners: make(map[string][]string)}
	for _, own := range []string{issuer, s.Audience} {
		if canonical, err := oauth.CanonicalResource(own); err == nil {
			r.uris[canonical] = s.Audience
		}
	}
	for _, info := range append(slices.Clone(list), adminResource(admin)) {
		canonical, err := oauth.CanonicalResource(info.URI)
		if err != nil && info.URI != admin {
			continue // a fault of the settings
		}
		r.all[info.URI], r.uris[canonical] = &info, info.URI
		r.special = r.special || info.TokenFormat != "" || info.AccessTokenTTL > 0
		stored := slices.ContainsFunc(d.Resources, func(other DefinedResource) bool { return other.Fault == nil && other.URI == info.URI })
		r.addOwner(d, info.URI, info.Scopes, stored)
	}
	for _, other := range d.Resources {
		if other.Fault != nil {
			r.addOwner(d, other.URI, claimsOf(other.Row).Scopes, true)
		}
	}
	return r
}

// addOwner adds a resource that lists the scopes. A resource in the Store does not take a scope of
// the configuration from the other APIs. A scope that releases claims belongs to no resource.
func (r *resources) addOwner(d *Definitions, uri string, scopes oauth.Scopes, stored bool) {
	for _, scope := range scopes {
		if !stored || !d.configured[scope] && !d.withClaims[scope] {
			r.owners[scope] = append(r.owners[scope], uri)
		}
	}
}

// scopeCatalog is the present catalog, and what the next one is made of.
type scopeCatalog struct {
	present atomic.Pointer[catalog]
	calls   singleflight.Group // of the ScopeSource
	reads   singleflight.Group // of the definitions
	failing atomic.Bool        // the last read of the definitions failed
	// defaults are the DefaultScopes of the settings; nil means that they depend on
	// the scopes.
	defaults oauth.Scopes

	mu sync.Mutex
	// configured are the settings with the scopes of the ScopeSource and all defaults, which were
	// read at readAt.
	configured Settings
	readAt     time.Time
	// rows are the definitions of the Store at a version.
	rows    []oauth.Definition
	version uint64
	logged  map[string]bool // the faults of the rows
}
