package provider

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// ErrConfigured means that the configuration, or the host program, defines the scope or the
// resource, so it can only be changed there.
var ErrConfigured = errors.New("the configuration of the server defines it; change it there, and restart the server")

// ErrUnreadable means that this release cannot read the settings of a scope or a resource
// completely: a newer release has written them.
var ErrUnreadable = errors.New("this release cannot read all of its settings, so it is not used. Use the release that added it, or delete it")

// A DefinedScope is a scope in the Store.
type DefinedScope struct {
	oauth.ScopeDefinition
	Row oauth.Definition // as it is stored
	// Fault is the reason why the scope does not exist for applications, or nil.
	Fault error
}

// A DefinedResource is a resource in the Store.
type DefinedResource struct {
	oauth.ResourceInfo
	Row oauth.Definition // as it is stored
	// Fault is the reason why the resource does not exist for applications, or nil.
	Fault error
}

// Definitions are the scopes and the resources of a configuration, joined with those in the
// Store.
type Definitions struct {
	// Scopes and Resources are those in the Store, by name, including those with a fault.
	Scopes    []DefinedScope
	Resources []DefinedResource
	// AllScopes and AllResources are those that applications can request: first those of the
	// configuration, then those in the Store.
	AllScopes    []oauth.ScopeInfo
	AllResources []oauth.ResourceInfo
	// DefaultScopes are granted to a request without a scope.
	DefaultScopes oauth.Scopes

	configured map[string]bool // the scopes of the configuration
	withClaims map[string]bool // the scopes that release claims
}

// JoinDefinitions joins the scopes and the resources of a configuration with those in the Store.
// The settings must be valid. A row does not change what the configuration defines: if both have
// the same name, the row has no effect. adminAPI is Config.AdminAPI, or empty.
func JoinDefinitions(configured Settings, issuer, adminAPI string, rows []oauth.Definition) *Definitions {
	configured.setDefaults(issuer, false)
	return joinDefinitions(&configured, issuer, adminAPI, rows)
}

// joinDefinitions is JoinDefinitions for settings whose defaults are set.
func joinDefinitions(configured *Settings, issuer, adminAPI string, rows []oauth.Definition) *Definitions {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b oauth.Definition) int { return cmp.Compare(a.Name, b.Name) })
	d := &Definitions{AllScopes: slices.Clone(configured.Scopes), AllResources: slices.Clone(configured.Resources), DefaultScopes: slices.Clone(configured.DefaultScopes)}
	d.joinScopes(rows, configured.Resources)
	d.withClaims = make(map[string]bool)
	for i := range d.AllScopes {
		d.withClaims[d.AllScopes[i].Name] = len(d.AllScopes[i].Claims) > 0
	}
	d.joinResources(rows, issuer, configured.Audience, adminAPI)
	return d
}

// joinScopes adds the scopes of the rows that have no fault.
func (d *Definitions) joinScopes(rows []oauth.Definition, resources []oauth.ResourceInfo) {
	known := make(map[string]bool)
	for _, scope := range d.AllScopes {
		known[scope.Name] = true
	}
	d.configured = known
	for _, row := range rows {
		if row.Kind != oauth.DefinesScope {
			continue
		}
		scope := DefinedScope{Row: row}
		scope.ScopeDefinition, scope.Fault = oauth.ScopeOf(row)
		switch {
		case scope.Fault != nil:
			scope.Fault = fmt.Errorf("%w: %w", ErrUnreadable, scope.Fault)
		case known[row.Name]:
			scope.Fault = ErrConfigured
		default:
			if faults := faultsBeside(&scope.ScopeInfo, d.AllScopes, resources); len(faults) > 0 {
				scope.Fault = fieldErrors(faults)
			}
		}
		if scope.Fault == nil {
			d.AllScopes = append(d.AllScopes, scope.ScopeInfo)
			if scope.Default {
				d.DefaultScopes = append(d.DefaultScopes, scope.Name)
			}
		}
		d.Scopes = append(d.Scopes, scope)
	}
}

// faultsBeside returns what is wrong with a scope beside valid scopes and resources.
func faultsBeside(scope *oauth.ScopeInfo, others []oauth.ScopeInfo, resources []oauth.ResourceInfo) []definitionFault {
	faults := faultsOfScope(scope)
	if scope.Name == "." || scope.Name == ".." { // it is a part of addresses
		faults = append(faults, definitionFault{member: "name", text: "the name cannot consist of periods only"})
	}
	if len(scope.Claims) > 0 {
		for _, err := range oauth.CheckClaims(append(slices.Clone(others), *scope)) {
			faults = append(faults, definitionFault{member: "claims", text: "the scope " + err.Error()})
		}
	}
	for i := range resources {
		for _, conflict := range conflictsOf(&resources[i], []oauth.ScopeInfo{*scope}) {
			faults = append(faults, definitionFault{member: "name", text: fmt.Sprintf("the resource %q: %s", resources[i].URI, conflict.text)})
		}
	}
	return faults
}

// joinResources adds the resources of the rows that have no fault. The URIs are those of the
// server itself.
func (d *Definitions) joinResources(rows []oauth.Definition, own ...string) {
	check := newResourceCheck(d.AllScopes, own...)
	configured, owners := make(map[string]bool), make(map[string]string)
	for i := range d.AllResources {
		for _, scope := range d.AllResources[i].Scopes {
			owners[scope] = d.AllResources[i].URI
		}
		_ = check.faults(&d.AllResources[i]) // they are valid
		if canonical, err := oauth.CanonicalResource(d.AllResources[i].URI); err == nil {
			configured[canonical] = true
		}
	}
	for _, row := range rows {
		if row.Kind != oauth.DefinesResource {
			continue
		}
		resource := DefinedResource{Row: row}
		resource.ResourceInfo, resource.Fault = oauth.ResourceOf(row)
		canonical, _ := oauth.CanonicalResource(row.Name) // a fault below
		switch {
		case resource.Fault != nil:
			resource.Fault = fmt.Errorf("%w: %w", ErrUnreadable, resource.Fault)
		case configured[canonical]:
			resource.Fault = ErrConfigured
		default:
			faults := append(check.faults(&resource.ResourceInfo), conflictsOf(&resource.ResourceInfo, d.AllScopes)...)
			if faults = append(faults, ownedFaults(resource.Scopes, owners)...); len(faults) > 0 {
				resource.Fault = fieldErrors(faults)
			}
		}
		if resource.Fault == nil {
			d.AllResources = append(d.AllResources, resource.ResourceInfo)
		}
		d.Resources = append(d.Resources, resource)
	}
}

// ownedFaults returns the scopes that belong to resources of the configuration, which are the owners
// by scope.
func ownedFaults(scopes oauth.Scopes, owners map[string]string) (faults []definitionFault) {
	for _, scope := range scopes {
		if owner := owners[scope]; owner != "" {
			faults = append(faults, definitionFault{member: "scopes", text: fmt.Sprintf("the scope %q belongs to the resource %s of the configuration; remove it here", scope, owner)})
		}
	}
	return faults
}

// claimed holds the members of a resource in the Store that apply while it has a fault: its scopes
// are not granted for other APIs, and its API introspects no tokens of others.
type claimed struct {
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes"`
}

// claimsOf reads the members of a row that apply while it has a fault, as far as possible. A newer
// release can have added other members.
func claimsOf(row oauth.Definition) (c claimed) {
	_ = json.Unmarshal(row.Settings, &c) // the fault is reported already
	return c
}

// APIs returns the client IDs that the resources name, including those of resources with a fault.
func (d *Definitions) APIs() map[string]bool {
	apis := make(map[string]bool)
	for i := range d.AllResources {
		apis[d.AllResources[i].ClientID] = true
	}
	for i := range d.Resources {
		apis[claimsOf(d.Resources[i].Row).ClientID] = true
	}
	delete(apis, "")
	return apis
}

// IsStandardScope reports whether a scope is one of OpenID Connect, or of the admin API, that
// neither a configuration nor a host program has defined.
func IsStandardScope(info *oauth.ScopeInfo) bool {
	return slices.ContainsFunc(append(oauth.OpenIDScopeInfos(), oauth.AdminScopeInfos()...), func(own oauth.ScopeInfo) bool { return reflect.DeepEqual(own, *info) })
}

// A DefinitionFault is the reason why a scope or a resource in the Store has no effect.
type DefinitionFault struct {
	Kind oauth.DefinitionKind // a scope or a resource
	Name string               // the name of the scope, or the URI of the resource
	Err  error                // the reason
}

// Error names the scope or the resource, and the reason.
func (f DefinitionFault) Error() string {
	return fmt.Sprintf("the %s %s in the database: %v", f.Kind, f.Name, f.Err)
}

// Unwrap returns the reason.
func (f DefinitionFault) Unwrap() error { return f.Err }

// Faults returns the scopes and resources in the Store that have no effect.
func (d *Definitions) Faults() (faults []DefinitionFault) {
	for _, scope := range d.Scopes {
		if scope.Fault != nil {
			faults = append(faults, DefinitionFault{oauth.DefinesScope, scope.Name, scope.Fault})
		}
	}
	for _, resource := range d.Resources {
		if resource.Fault != nil {
			faults = append(faults, DefinitionFault{oauth.DefinesResource, resource.URI, resource.Fault})
		}
	}
	return faults
}
