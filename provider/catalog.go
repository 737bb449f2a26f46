package provider

import (
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// catalog holds the scopes that the server knows at a time. It does not change.
type catalog struct {
	all      []oauth.ScopeInfo
	defaults oauth.Scopes
	byName   map[string]oauth.ScopeInfo
	claims   oauth.ClaimScopes
	readAt   time.Time
	// secondFactor are the names of the scopes that require a second factor.
	secondFactor oauth.Scopes
}

func (c *catalog) demandsTwo(name string) bool { return c.byName[name].SecondFactor }

// newCatalog returns the catalog of the scopes, which were read at that time.
func newCatalog(all []oauth.ScopeInfo, defaults oauth.Scopes, readAt time.Time) *catalog {
	c := &catalog{all: all, defaults: defaults, byName: make(map[string]oauth.ScopeInfo), claims: oauth.NewClaimScopes(all), readAt: readAt}
	for _, scope := range all {
		c.byName[scope.Name] = scope
		if scope.SecondFactor {
			c.secondFactor = append(c.secondFactor, scope.Name)
		}
	}
	return c
}

// scopeCatalog is the present catalog, and what is needed to read the next one.
type scopeCatalog struct {
	present atomic.Pointer[catalog]
	calls   singleflight.Group
	// defaults are the DefaultScopes of the settings; nil means that they depend on
	// the scopes.
	defaults oauth.Scopes
}

// scopeFaults returns what is wrong with the scopes.
func scopeFaults(scopes []oauth.ScopeInfo) (faults []error) {
	names := make(map[string]bool)
	for i, scope := range scopes {
		switch {
		case scope.Name == "":
			faults = append(faults, settings.Faultf("Scopes", ": the scope at position %d has no name", i+1))
			continue
		case !oauth.ValidScope(scope.Name):
			faults = append(faults, settings.Faultf("Scopes", ": %q is not a valid scope (RFC 6749 section 3.3)", scope.Name))
		}
		if oauth.IsAdminScope(scope.Name) && !slices.ContainsFunc(oauth.AdminScopeInfos(), func(own oauth.ScopeInfo) bool { return reflect.DeepEqual(own, scope) }) {
			faults = append(faults, settings.Faultf("Scopes", ": %q begins with %s, as only the scopes of the admin API do; choose another name", scope.Name, oauth.AdminScopePrefix))
		}
		if names[scope.Name] {
			faults = append(faults, settings.Faultf("Scopes", ": %q is listed twice", scope.Name))
		}
		names[scope.Name] = true
		if scope.Weight != "" && !slices.Contains(oauth.ScopeWeights(), scope.Weight) {
			faults = append(faults, settings.Faultf("Scopes", ": the weight of %q is %q; use identity, read, change or keep", scope.Name, scope.Weight))
		}
		for _, fault := range validate.Name("", scope.Description) {
			faults = append(faults, settings.Faultf("Scopes", ": the description of %q: %s", scope.Name, fault.Message))
		}
	}
	for _, fault := range oauth.CheckClaims(scopes) {
		faults = append(faults, settings.Faultf("Scopes", ": %v", fault))
	}
	return faults
}

// scopeConflicts returns the scopes that cannot be used together with the resources.
func scopeConflicts(scopes []oauth.ScopeInfo, resources []oauth.ResourceInfo) (faults []error) {
	for _, info := range resources {
		for _, scope := range scopes {
			if strings.HasPrefix(scope.Name, info.URI+"#") {
				faults = append(faults, settings.Faultf("Resources", ": %q: the name of the scope %q begins with this URI and a #; choose another name", info.URI, scope.Name))
			}
			if len(scope.Claims) > 0 && slices.Contains(info.Scopes, scope.Name) {
				faults = append(faults, settings.Faultf("Resources", ": %q: the scope %q releases claims about the person and cannot belong to a resource", info.URI, scope.Name))
			}
		}
	}
	return faults
}
