package provider

import (
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Scope returns the description of a scope, if the server knows it.
func (s *Provider) Scope(name string) (oauth.ScopeInfo, bool) {
	info, known := s.catalog().byName[name]
	return info, known
}

// aboutPerson reports whether the scope makes sense only with a person: a scope of
// OpenID Connect, and one that releases claims.
func (s *Provider) aboutPerson(name string) bool {
	return oauth.AboutPerson(name) || len(s.catalog().byName[name].Claims) > 0
}

// requestedScope returns the scope for a request about a person. In an OpenID
// request, unknown values are ignored (OpenID Connect Core §3.1.2.1), and so is
// offline_access if no refresh token can be issued (§11).
func (s *Provider) requestedScope(c *oauth.Client, text string, resources oauth.Audience, refreshable bool) (oauth.Scopes, error) {
	asked, err := oauth.ParseScopes(text)
	if err != nil {
		return nil, err
	}
	if asked.Contains(oauth.ScopeOpenID) {
		asked = slices.DeleteFunc(asked, func(name string) bool { _, known := s.catalog().byName[name]; return !known })
	}
	if !refreshable {
		asked = slices.DeleteFunc(asked, func(name string) bool { return name == oauth.ScopeOfflineAccess })
	}
	return s.grantable(c, asked, resources)
}

// errUnknownScope is the error for a scope that the server does not have.
func errUnknownScope(name string) error {
	if strings.Contains(name, ",") {
		return oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' is unknown. Separate several scopes with spaces, not with commas.", name).WithReason("unknown_scope")
	}
	return oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' is unknown.", name).WithReason("unknown_scope")
}

// grantable returns the scope for a request of a client (RFC 6749 §3.3). A
// request without a scope gets the default of the client, or else of the server.
// Scopes that none of the resources accepts are not part of the default.
// It is an error if the default is empty.
func (s *Provider) grantable(c *oauth.Client, requested oauth.Scopes, resources oauth.Audience) (oauth.Scopes, error) {
	if len(requested) > 0 {
		for _, name := range requested {
			if _, known := s.catalog().byName[name]; !known {
				return nil, errUnknownScope(name)
			}
			if !c.MayHave(name) {
				return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' is not allowed for this application.", name).WithReason("forbidden_scope")
			}
			if !s.resources().acceptedBy(resources, name) {
				return nil, s.errOtherResource(name, resources)
			}
		}
		return requested, nil
	}
	defaults := c.DefaultScopes
	if len(defaults) == 0 {
		defaults = s.catalog().defaults
	}
	var scope oauth.Scopes
	for _, name := range defaults {
		if _, known := s.catalog().byName[name]; known && c.MayHave(name) && s.resources().acceptedBy(resources, name) {
			scope = append(scope, name)
		}
	}
	if len(scope) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The request contains no scope, and this application has no default scope.").WithReason("no_scope")
	}
	return scope, nil
}

// errOtherResource is the error for a scope that none of the requested resources
// accepts.
func (s *Provider) errOtherResource(scope string, requested oauth.Audience) *oauth.Error {
	if owners := s.resources().owners[scope]; len(owners) > 0 {
		return oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' belongs to the resource %s. Request it with the parameter resource (RFC 8707).", scope, strings.Join(owners, " or ")).WithReason("forbidden_scope")
	}
	return oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' does not belong to the resource %s.", scope, requested).WithReason("forbidden_scope")
}

// requestedPermission returns the scope and the resources of a token request for
// which nothing was granted before.
func (s *Provider) requestedPermission(req *tokenRequest) (oauth.Scopes, []string, error) {
	requested, err := oauth.ParseScopes(req.Params.Get("scope"))
	if err != nil {
		return nil, nil, err
	}
	resources := s.granted(req.Resources)
	if err := s.oneKind(req.Client, resources); err != nil {
		return nil, nil, err
	}
	scope, err := s.grantable(req.Client, requested, resources)
	return scope, resources, err
}
