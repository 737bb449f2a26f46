package provider

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/settings"
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
// request, unknown values are ignored (OpenID Connect Core §3.1.2.1) and logged, and
// offline_access is ignored if no refresh token can be issued (§11). ignored are the first
// unknown values.
func (s *Provider) requestedScope(ctx context.Context, c *oauth.Client, text string, resources oauth.Audience, refreshable bool) (scope, ignored oauth.Scopes, err error) {
	asked, err := oauth.ParseScopes(text)
	if err != nil {
		return nil, nil, err
	}
	if asked.Contains(oauth.ScopeOpenID) {
		var unknown oauth.Scopes
		asked = slices.DeleteFunc(asked, func(name string) bool {
			_, known := s.catalog().byName[name]
			if !known {
				unknown = append(unknown, name)
			}
			return !known
		})
		if len(unknown) > 0 {
			ignored = shownScopes(unknown)
			s.logIgnored(ctx, c, unknown, ignored)
		}
	}
	if !refreshable {
		asked = slices.DeleteFunc(asked, func(name string) bool { return name == oauth.ScopeOfflineAccess })
	}
	scope, err = s.grantable(c, asked, resources)
	return scope, ignored, err
}

// shownScopes returns the first of the unknown scopes of a request in a form that is safe to log and to
// show: shortened, and without secrets.
func shownScopes(unknown oauth.Scopes) (shown oauth.Scopes) {
	const most, longest = 5, 60
	for _, name := range unknown[:min(len(unknown), most)] {
		name = strings.ReplaceAll(oauth.Redacted(name), "…", "...") // a scope is ASCII
		shown = append(shown, name[:min(len(name), longest)])
	}
	return shown
}

// logIgnored logs the unknown scopes of a request. The first one can be a misspelt scope without which
// an API will reject the token.
func (s *Provider) logIgnored(ctx context.Context, c *oauth.Client, unknown, shown oauth.Scopes) {
	hint := settings.DidYouMean(unknown[0], slices.Collect(maps.Keys(s.catalog().byName)))
	s.Logger.InfoContext(ctx, "a request has unknown scopes, which are ignored because it has the scope openid", "client_id", c.ID, "scopes", shown.String(), "count", len(unknown), "hint", strings.TrimSpace(hint))
}

// issuable returns those of the granted scopes that can still be issued: the scope exists, the
// client may have it, and one of the resources accepts it. Nothing is known about a scope that was
// deleted or whose row has a fault, such as whether it requires a second factor. It is an error
// if no granted scope exists any more.
func (s *Provider) issuable(c *oauth.Client, audience oauth.Audience, granted oauth.Scopes) (oauth.Scopes, error) {
	catalog := s.catalog()
	known := catalog.known(granted)
	if len(known) == 0 && len(granted) > 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s', which was granted, does not exist any more. Start again with a new authorization request.", granted[0]).WithReason("unknown_scope")
	}
	return catalog.resources.accepted(audience, c.StillAllowed(known)), nil
}

// existing returns those of the scopes of a token that exist. APIs do not wait for a ScopeSource, so
// if there is one, a scope that is not known here can be a new one of it, unless the Store has it.
func (s *Provider) existing(scopes oauth.Scopes) oauth.Scopes {
	catalog := s.catalog()
	known := catalog.known(scopes)
	if len(known) == len(scopes) || s.ScopeSource == nil {
		return known
	}
	return slices.DeleteFunc(slices.Clone(scopes), func(name string) bool {
		return !known.Contains(name) && slices.ContainsFunc(catalog.defined.Scopes, func(d DefinedScope) bool { return d.Name == name })
	})
}

// errUnknownScope is the error for a scope that the server does not have. It names a similar one that
// the client may have.
func (s *Provider) errUnknownScope(c *oauth.Client, name string) error {
	if strings.Contains(name, ",") {
		return oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' is unknown. Separate several scopes with spaces, not with commas.", name).WithReason("unknown_scope")
	}
	allowed := slices.DeleteFunc(slices.Collect(maps.Keys(s.catalog().byName)), func(known string) bool { return !c.MayHave(known) })
	return oauth.Errorf(oauth.CodeInvalidScope, "The scope '%s' is unknown%s.", name, settings.DidYouMean(name, allowed)).WithReason("unknown_scope")
}

// grantable returns the scope for a request of a client (RFC 6749 §3.3). A
// request without a scope gets the default of the client, or else of the server.
// Scopes that none of the resources accepts are not part of the default.
// It is an error if the default is empty.
func (s *Provider) grantable(c *oauth.Client, requested oauth.Scopes, resources oauth.Audience) (oauth.Scopes, error) {
	if len(requested) > 0 {
		for _, name := range requested {
			if _, known := s.catalog().byName[name]; !known {
				return nil, s.errUnknownScope(c, name)
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
