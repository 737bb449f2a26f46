package adminapi

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// The sources of scopes and resources.
const (
	sourceStandard      = "standard"
	sourceConfiguration = "configuration"
	sourceDatabase      = "database"
)

// A scope is one that applications can request.
type scope struct {
	Name         string            `json:"name" doc:"The scope, which identifies it."`
	Description  string            `json:"description,omitempty" doc:"Completes the sentence \"This application is asking for permission to: …\" on the consent page."`
	Optional     bool              `json:"optional" doc:"People can untick it on the consent page."`
	Default      bool              `json:"default" doc:"It is granted to a request without a scope, if the application may have it."`
	Claims       []string          `json:"claims" doc:"The claims about a person that it releases."`
	Weight       oauth.ScopeWeight `json:"weight" enum:"identity,read,change,keep" doc:"The kind of access that it allows, by which the consent page groups scopes."`
	SecondFactor bool              `json:"second_factor" doc:"People with an account need two factors to allow it."`
	definition
}

// A definition is what scopes and resources have in common.
type definition struct {
	Source    string    `json:"source" enum:"standard,configuration,database" doc:"Where it is defined: by a standard or the server itself, in the configuration or the host program, or in the database. Only those in the database can be changed."`
	Fault     string    `json:"fault,omitempty" doc:"Why applications cannot use it, although it is in the database."`
	CreatedAt time.Time `json:"created_at,omitzero" doc:"When it was added to the database."`
	UpdatedAt time.Time `json:"updated_at,omitzero" doc:"When it was last changed."`
	Version   int64     `json:"version,omitempty" doc:"The number of changes, which is also in the ETag."`
}

// definitionOf describes a row.
func definitionOf(row *oauth.Definition, fault error) definition {
	d := definition{Source: sourceDatabase, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt, Version: row.Version}
	if fault != nil {
		d.Fault = fault.Error()
	}
	return d
}

// A scopeChange changes a scope. Members that are missing are not changed, and null is the
// default (RFC 7396).
type scopeChange struct {
	Description  *string            `json:"description,omitempty" doc:"Completes the sentence \"This application is asking for permission to: …\" on the consent page."`
	Optional     *bool              `json:"optional,omitempty" doc:"People can untick it on the consent page."`
	Default      *bool              `json:"default,omitempty" doc:"It is granted to a request without a scope, if the application may have it."`
	Claims       *[]string          `json:"claims,omitempty" doc:"The claims about a person that it releases."`
	Weight       *oauth.ScopeWeight `json:"weight,omitempty" doc:"The kind of access that it allows: identity, read, change or keep. Without it, the name of the scope decides."`
	SecondFactor *bool              `json:"second_factor,omitempty" doc:"People with an account need two factors to allow it."`
}

// A newScope is a scope to be added.
type newScope struct {
	Name string `json:"name" required:"yes" doc:"The scope (RFC 6749 section 3.3)."`
	scopeChange
}

func (a *api) scopes() []operation {
	const tag = "scopes"
	return []operation{
		reads(tag, "scopes", account.SettingsRead, "all scopes", a.listScopes).says("Those of the database are the last ones."),
		changes(tag, http.MethodPost, "scopes", account.ScopesWrite, "scopes/add", "adds a scope to the database", a.addScope).created().ofVersion(false).says("Only name is required."),
		reads(tag, "scopes/{id}", account.SettingsRead, "a scope", a.getScope).ofVersion(false).says("The ID is the name, with percent-encoding."),
		changes(tag, http.MethodPatch, "scopes/{id}", account.ScopesWrite, "scopes/{id}/edit", "changes a scope of the database", a.changeScope).ofVersion(true).
			says("The body contains only the values to change; null is the default (RFC 7396)."),
		changes(tag, http.MethodDelete, "scopes/{id}", account.ScopesWrite, "scopes/{id}/delete", "deletes a scope from the database", a.deleteScope).ifVersion().
			says("Applications can no longer request it, and no new token has it. Tokens that have it stay valid until they expire."),
	}
}

type scopeList struct {
	Data []scope `json:"data" doc:"The scopes."`
}

func showScope(info *oauth.ScopeInfo, byDefault bool, d definition) scope {
	return scope{info.Name, info.Description, info.Optional, byDefault, append([]string{}, info.Claims...), info.EffectiveWeight(), info.SecondFactor, d}
}

// allScopes returns all scopes: those that applications can request, and those of the database
// that have a fault.
func (a *api) allScopes(c *call) ([]scope, error) {
	all, err := a.Definitions(c.Context())
	if err != nil {
		return nil, err
	}
	list := []scope{}
	for i := range all.AllScopes {
		info := &all.AllScopes[i]
		if slices.ContainsFunc(all.Scopes, func(s provider.DefinedScope) bool { return s.Name == info.Name && s.Fault == nil }) {
			continue
		}
		source := sourceConfiguration
		if provider.IsStandardScope(info) {
			source = sourceStandard
		}
		list = append(list, showScope(info, all.DefaultScopes.Contains(info.Name), definition{Source: source}))
	}
	for i := range all.Scopes {
		s := &all.Scopes[i]
		list = append(list, showScope(&s.ScopeInfo, s.Default && s.Fault == nil, definitionOf(&s.Row, s.Fault)))
	}
	return list, nil
}

func (a *api) listScopes(c *call) (scopeList, error) {
	all, err := a.allScopes(c)
	return scopeList{all}, err
}

// getScope returns the scope with the name. It is the one that applications can request, if both the
// configuration and the database have one.
func (a *api) getScope(c *call) (scope, error) {
	all, err := a.allScopes(c)
	if err != nil {
		return scope{}, err
	}
	i := slices.IndexFunc(all, func(s scope) bool { return s.Name == c.PathValue("id") })
	if i < 0 {
		return scope{}, oauth.ErrNotFound
	}
	c.version = all[i].Version
	return all[i], nil
}

// apply sets the members of a scope.
func (change scopeChange) apply(s *oauth.ScopeDefinition) {
	set(&s.Description, change.Description)
	set(&s.Optional, change.Optional)
	set(&s.Default, change.Default)
	set(&s.Claims, change.Claims)
	set(&s.Weight, change.Weight)
	set(&s.SecondFactor, change.SecondFactor)
}

// set sets a value that a request changes.
func set[T any](value, to *T) {
	if to != nil {
		*value = *to
	}
}

func (a *api) addScope(c *call, n newScope) (scope, error) {
	s := oauth.ScopeDefinition{ScopeInfo: oauth.ScopeInfo{Name: n.Name}}
	n.apply(&s)
	row, changes, err := a.Acts.DefineScope(c.Context(), s, 0)
	if err != nil {
		return scope{}, definitionProblem(err)
	}
	c.target, c.version, c.location, c.details.Changes = s.Name, row.Version, "scopes/"+escaped(s.Name), changes
	return showScope(&s.ScopeInfo, s.Default, definitionOf(&row, nil)), nil
}

func (a *api) changeScope(c *call, change scopeChange) (scope, error) {
	row, err := a.storedDefinition(c, oauth.DefinesScope)
	if err != nil {
		return scope{}, err
	}
	s, err := oauth.ScopeOf(row)
	if err != nil {
		return scope{}, definitionProblem(provider.ErrUnreadable)
	}
	change.apply(&s)
	row, changes, err := a.Acts.DefineScope(c.Context(), s, row.Version)
	if err != nil {
		return scope{}, definitionProblem(err)
	}
	c.version, c.details.Changes = row.Version, changes
	return showScope(&s.ScopeInfo, s.Default, definitionOf(&row, nil)), nil
}

func (a *api) deleteScope(c *call, _ none) (none, error) {
	return a.deleteDefinition(c, oauth.DefinesScope)
}

func (a *api) deleteDefinition(c *call, kind oauth.DefinitionKind) (none, error) {
	row, err := a.storedDefinition(c, kind)
	if err != nil {
		return none{}, err
	}
	changes, err := a.Acts.RemoveDefinition(c.Context(), kind, row.Name, row.Version)
	c.details.Changes = changes
	return none{}, definitionProblem(err)
}

// storedDefinition returns the row of the path, for a change. It has the version that the request
// names.
func (a *api) storedDefinition(c *call, kind oauth.DefinitionKind) (oauth.Definition, error) {
	row, err := a.Acts.Definition(c.Context(), kind, c.PathValue("id"))
	if err != nil {
		return row, definitionProblem(err)
	}
	row.Version, err = c.ifMatch(row.Version)
	return row, err
}

// definitionProblem describes an error of a change of a scope or a resource.
func definitionProblem(err error) error {
	for _, known := range []error{provider.ErrConfigured, provider.ErrUnreadable, oauth.ErrTooManyDefinitions} {
		if errors.Is(err, known) {
			return conflict(sentence(known.Error()))
		}
	}
	return err
}

// sentence returns a text as a sentence.
func sentence(text string) string { return upper(text) + "." }

// A resource is an API for which applications can request access tokens (RFC 8707).
type resourceInfo struct {
	URI            string            `json:"uri" doc:"The URI, which identifies it and is the aud of its tokens."`
	Name           string            `json:"name,omitempty" doc:"The name on the consent page."`
	Scopes         []string          `json:"scopes" doc:"The scopes of the resource. If there are none, it accepts all scopes that no other resource lists."`
	TokenFormat    oauth.TokenFormat `json:"token_format,omitempty" doc:"The format of its access tokens; missing means that of the application."`
	SigningAlg     string            `json:"signing_alg,omitempty" doc:"The algorithm that signs its access tokens, if they are JWTs; missing means ES256."`
	AccessTokenTTL oauth.Lifetime    `json:"access_token_ttl,omitempty" doc:"The lifetime of its access tokens in seconds; missing means that of the application."`
	ClientID       string            `json:"client_id,omitempty" doc:"The application through which the API introspects tokens."`
	definition
}

// A resourceChange changes a resource. Members that are missing are not changed, and null is the
// default (RFC 7396).
type resourceChange struct {
	Name           *string            `json:"name,omitempty" doc:"The name on the consent page."`
	Scopes         *[]string          `json:"scopes,omitempty" doc:"The scopes of the resource. If there are none, it accepts all scopes that no other resource lists."`
	TokenFormat    *oauth.TokenFormat `json:"token_format,omitempty" doc:"The format of its access tokens: opaque or jwt."`
	SigningAlg     *string            `json:"signing_alg,omitempty" doc:"The algorithm that signs its access tokens, if they are JWTs."`
	AccessTokenTTL *oauth.Lifetime    `json:"access_token_ttl,omitempty" doc:"The lifetime of its access tokens in seconds."`
	ClientID       *string            `json:"client_id,omitempty" doc:"The application through which the API introspects tokens."`
}

// A newResource is a resource to be added.
type newResource struct {
	URI string `json:"uri" required:"yes" doc:"The URI of the API (RFC 8707 section 2)."`
	resourceChange
}

type resourceList struct {
	Data []resourceInfo `json:"data" doc:"The resources."`
}

func (a *api) resources() []operation {
	const tag = "resources"
	return []operation{
		reads(tag, "resources", account.SettingsRead, "all resources", a.listResources).says("Those of the database are the last ones."),
		changes(tag, http.MethodPost, "resources", account.ScopesWrite, "resources/add", "adds a resource to the database", a.addResource).created().ofVersion(false).says("Only uri is required."),
		reads(tag, "resources/{id}", account.SettingsRead, "a resource", a.getResource).ofVersion(false).says("The ID is the URI, with percent-encoding."),
		changes(tag, http.MethodPatch, "resources/{id}", account.ScopesWrite, "resources/{id}/edit", "changes a resource of the database", a.changeResource).ofVersion(true).
			says("The body contains only the values to change; null is the default (RFC 7396)."),
		changes(tag, http.MethodDelete, "resources/{id}", account.ScopesWrite, "resources/{id}/delete", "deletes a resource from the database", a.deleteResource).ifVersion().
			says("No more tokens are issued for it. Tokens for it stay valid until they expire. It is refused if an API could then introspect the tokens of all APIs."),
	}
}

func showResource(info *oauth.ResourceInfo, d definition) resourceInfo {
	return resourceInfo{info.URI, info.Name, append([]string{}, info.Scopes...), info.TokenFormat, info.SigningAlg, oauth.Lifetime(info.AccessTokenTTL), info.ClientID, d}
}

func (a *api) allResources(c *call) ([]resourceInfo, error) {
	all, err := a.Definitions(c.Context())
	if err != nil {
		return nil, err
	}
	list := []resourceInfo{}
	for i := range all.AllResources {
		info := &all.AllResources[i]
		if !slices.ContainsFunc(all.Resources, func(r provider.DefinedResource) bool { return r.URI == info.URI && r.Fault == nil }) {
			list = append(list, showResource(info, definition{Source: sourceConfiguration}))
		}
	}
	for i := range all.Resources {
		r := &all.Resources[i]
		list = append(list, showResource(&r.ResourceInfo, definitionOf(&r.Row, r.Fault)))
	}
	return list, nil
}

func (a *api) listResources(c *call) (resourceList, error) {
	all, err := a.allResources(c)
	return resourceList{all}, err
}

func (a *api) getResource(c *call) (resourceInfo, error) {
	all, err := a.allResources(c)
	if err != nil {
		return resourceInfo{}, err
	}
	i := slices.IndexFunc(all, func(r resourceInfo) bool { return r.URI == c.PathValue("id") })
	if i < 0 {
		return resourceInfo{}, oauth.ErrNotFound
	}
	c.version = all[i].Version
	return all[i], nil
}

// apply sets the members of a resource.
func (change resourceChange) apply(r *oauth.ResourceInfo) {
	set(&r.Name, change.Name)
	if change.Scopes != nil {
		r.Scopes = *change.Scopes
	}
	set(&r.TokenFormat, change.TokenFormat)
	set(&r.SigningAlg, change.SigningAlg)
	if change.AccessTokenTTL != nil {
		r.AccessTokenTTL = change.AccessTokenTTL.Duration()
	}
	set(&r.ClientID, change.ClientID)
}

func (a *api) addResource(c *call, n newResource) (resourceInfo, error) {
	r := oauth.ResourceInfo{URI: n.URI}
	n.apply(&r)
	row, changes, err := a.Acts.DefineResource(c.Context(), r, 0)
	if err != nil {
		return resourceInfo{}, definitionProblem(err)
	}
	c.target, c.version, c.location, c.details.Changes = r.URI, row.Version, "resources/"+escaped(r.URI), changes
	return showResource(&r, definitionOf(&row, nil)), nil
}

func (a *api) changeResource(c *call, change resourceChange) (resourceInfo, error) {
	row, err := a.storedDefinition(c, oauth.DefinesResource)
	if err != nil {
		return resourceInfo{}, err
	}
	r, err := oauth.ResourceOf(row)
	if err != nil {
		return resourceInfo{}, definitionProblem(provider.ErrUnreadable)
	}
	change.apply(&r)
	row, changes, err := a.Acts.DefineResource(c.Context(), r, row.Version)
	if err != nil {
		return resourceInfo{}, definitionProblem(err)
	}
	c.version, c.details.Changes = row.Version, changes
	return showResource(&r, definitionOf(&row, nil)), nil
}

func (a *api) deleteResource(c *call, _ none) (none, error) {
	return a.deleteDefinition(c, oauth.DefinesResource)
}
