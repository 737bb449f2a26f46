package provider

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/validate"
)

// maxResources bounds how many resources a request can name.
const maxResources = 8

// resources are the registered resources (RFC 8707). The API of the server itself,
// the userinfo endpoint, is one of them without being registered; its URI is the
// issuer, or Settings.Audience.
type resources struct {
	list []oauth.ResourceInfo           // without the API of the server and the admin API
	all  map[string]*oauth.ResourceInfo // by URI
	// uris are the registered URIs by their canonical forms.
	uris map[string]string
	// own is the URI of the API of the server itself.
	own         string
	ownAudience oauth.Audience
	// owners are the URIs of the resources that list a scope.
	owners map[string][]string
	// apis are the applications that resources name as their APIs, also resources with a fault.
	apis map[string]bool
	// special reports that access tokens for one of the resources differ from
	// those of the client in format or lifetime.
	special bool
}

// adminResource describes the admin API, which is in the same program.
func adminResource(uri string) oauth.ResourceInfo {
	info := oauth.ResourceInfo{URI: uri, Name: "Administration of this server"}
	for _, scope := range oauth.AdminScopeInfos() {
		info.Scopes = append(info.Scopes, scope.Name)
	}
	return info
}

// registered returns an audience with the URIs as they are registered now, because
// the spelling of a resource in the settings can change after it was granted.
func (r *resources) registered(audience oauth.Audience) oauth.Audience {
	other := func(uri string) bool { return uri != r.own && r.all[uri] == nil }
	if !slices.ContainsFunc(audience, other) {
		return audience
	}
	audience = slices.Clone(audience)
	for i, uri := range audience {
		if canonical, err := oauth.CanonicalResource(uri); err == nil {
			audience[i] = cmp.Or(r.uris[canonical], uri)
		}
	}
	return audience
}

// accepts reports whether a resource accepts a scope.
func (r *resources) accepts(uri, scope string) bool {
	switch info := r.all[uri]; {
	case oauth.AboutPerson(scope):
		return true
	case info == nil || len(info.Scopes) == 0:
		return len(r.owners[scope]) == 0
	default:
		return info.Scopes.Contains(scope)
	}
}

// acceptedBy reports whether one of the resources accepts a scope. Without
// resources, it is the API of the server.
func (r *resources) acceptedBy(audience oauth.Audience, scope string) bool {
	if len(audience) == 0 {
		return r.accepts(r.own, scope)
	}
	return slices.ContainsFunc(audience, func(uri string) bool { return r.accepts(uri, scope) })
}

// accepted returns those of the scopes that one of the resources accepts.
func (r *resources) accepted(audience oauth.Audience, scope oauth.Scopes) oauth.Scopes {
	other := func(name string) bool { return !r.acceptedBy(audience, name) }
	if len(r.all) == 0 || !slices.ContainsFunc(scope, other) {
		return scope
	}
	return slices.DeleteFunc(slices.Clone(scope), other)
}

// remembered returns the entries of a consent for scopes that are granted at the
// resources: the scopes themselves for the API of the server, and otherwise each
// with the URI of the resource, so that a permission for one resource is not one for
// another. A scope that none of them accepts releases claims that were requested
// individually, so its entry is that of the server itself.
func (r *resources) remembered(scope oauth.Scopes, audience oauth.Audience) oauth.Scopes {
	if len(audience) == 0 {
		return scope
	}
	var entries oauth.Scopes
	for _, name := range scope {
		if !r.acceptedBy(audience, name) {
			entries = append(entries, name)
		}
	}
	for _, uri := range audience {
		for _, name := range scope {
			switch {
			case uri == r.own:
				entries = append(entries, name)
			case r.accepts(uri, name):
				entries = append(entries, uri+"#"+name)
			}
		}
	}
	return entries
}

// A resourceCheck checks resources, one after the other.
type resourceCheck struct {
	scopes []oauth.ScopeInfo
	known  map[string]*oauth.ScopeInfo // the scopes by their names
	own    map[string]bool             // the canonical URIs of the server itself
	seen   map[string]bool             // those of the resources that were checked
}

// newResourceCheck returns a check of resources beside the scopes. The URIs are those of the server.
func newResourceCheck(scopes []oauth.ScopeInfo, own ...string) *resourceCheck {
	c := &resourceCheck{scopes, make(map[string]*oauth.ScopeInfo), make(map[string]bool), make(map[string]bool)}
	for i := range scopes {
		c.known[scopes[i].Name] = &scopes[i]
	}
	for _, uri := range own {
		if canonical, err := oauth.CanonicalResource(uri); err == nil {
			c.own[canonical] = true
		}
	}
	return c
}

// faults returns what is wrong with a resource, also beside those that were checked before. Its
// scopes can also conflict with it: see conflictsOf.
func (c *resourceCheck) faults(info *oauth.ResourceInfo) (faults []definitionFault) {
	add := func(member, format string, args ...any) {
		faults = append(faults, definitionFault{member: member, text: fmt.Sprintf(format, args...)})
	}
	canonical, err := oauth.CanonicalResource(info.URI)
	scheme := oauth.MissingScheme(info.URI)
	switch {
	case scheme != "":
		add("uri", "the URI has no scheme: write %s%s", scheme, info.URI)
	case err != nil:
		add("uri", "it is not an absolute URI without a fragment, such as https://api.example.com (RFC 8707 section 2)")
	case c.own[canonical]:
		add("uri", "the URI is that of the server itself, which needs no entry. Remove it, or use the URI of the API")
	case c.seen[canonical]:
		add("uri", "the URI is already in the list. Remove one of the two entries; a slash at the end and the case of the host make no difference")
	}
	c.seen[canonical] = true
	if slices.ContainsFunc(info.Scopes, oauth.IsAdminScope) {
		add("scopes", "the scopes that begin with %s belong to the admin API", oauth.AdminScopePrefix)
	}
	for _, fault := range validate.Name("name", info.Name) {
		faults = append(faults, definitionFault{"name", "its name: " + fault.Message, fault})
	}
	if utf8.RuneCountInString(info.Name) > maxDefinitionName {
		add("name", "its name has more than %d characters; choose a shorter one", maxDefinitionName)
	}
	if len(info.ClientID) > maxListedClientID || len(validate.Name("client_id", info.ClientID)) > 0 {
		add("client_id", "the client_id is longer than %d bytes, or contains a control character or a character that cannot be seen", maxListedClientID)
	}
	if len(info.Scopes) > maxListedScopes {
		add("scopes", "it lists more than %d scopes; remove some", maxListedScopes)
		return faults
	}
	if repeated, found := firstRepeated(info.Scopes); found {
		add("scopes", "the scope %q is listed twice; remove one", repeated)
		return faults
	}
	for _, scope := range info.Scopes {
		switch {
		case c.known[scope] == nil:
			add("scopes", "the scope %q is not one of the scopes of the server", scope)
		case oauth.AboutPerson(scope):
			add("scopes", "the scope %q is about the person and cannot belong to a resource", scope)
		}
	}
	if info.TokenFormat != "" && !slices.Contains(oauth.TokenFormats(), string(info.TokenFormat)) {
		add("token_format", "the token format %q is not one of %s", info.TokenFormat, strings.Join(oauth.TokenFormats(), ", "))
	}
	if info.SigningAlg != "" && !slices.Contains(oauth.SigningAlgorithms(), info.SigningAlg) {
		add("signing_alg", "the signing algorithm %q is not one of %s", info.SigningAlg, strings.Join(oauth.SigningAlgorithms(), ", "))
	}
	if ttl := info.AccessTokenTTL; ttl != 0 && (ttl < time.Second || ttl > maxTokenTTL) {
		add("access_token_ttl", "the access token lifetime is %s; it must be between one second and %s", ttl, maxTokenTTL)
	}
	return faults
}

// resourceFaults returns everything that is wrong with the resources.
func (s *Settings) resourceFaults(issuer string) (faults []error) {
	faults = scopeConflicts(s.Scopes, s.Resources)
	check := newResourceCheck(s.Scopes, issuer, s.Audience)
	for i := range s.Resources {
		for _, fault := range check.faults(&s.Resources[i]) {
			faults = append(faults, settings.Faultf("Resources", ": %q: %s", s.Resources[i].URI, fault.text))
		}
	}
	return faults
}
