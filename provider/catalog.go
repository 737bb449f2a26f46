package provider

import (
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
	// Store before its definitions were.
	readAt  time.Time
	version uint64
	// secondFactor are the names of the scopes that require a second factor.
	secondFactor oauth.Scopes
	resources    *resources
	defined      *Definitions
}

func (c *catalog) demandsTwo(name string) bool { return c.byName[name].SecondFactor }

// newCatalog returns the catalog of the definitions.
func newCatalog(s *Settings, d *Definitions, issuer, adminAPI string) *catalog {
	c := &catalog{all: d.AllScopes, defaults: d.DefaultScopes, byName: make(map[string]oauth.ScopeInfo), claims: oauth.NewClaimScopes(d.AllScopes), defined: d}
	for _, scope := range d.AllScopes {
		c.byName[scope.Name] = scope
		if scope.SecondFactor {
			c.secondFactor = append(c.secondFactor, scope.Name)
		}
	}
	c.resources = newResources(s, d.AllResources, issuer, adminAPI)
	return c
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
