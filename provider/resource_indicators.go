package provider

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// requestedResources returns the resources that a request names with the parameter
// resource (RFC 8707 §2), as they are registered. It is nil if there is none.
func (s *Provider) requestedResources(c *oauth.Client, p oauth.Params) (oauth.Audience, error) {
	return s.namedResources(c, p.Values("resource"))
}

// namedResources returns the resources with these names.
func (s *Provider) namedResources(c *oauth.Client, names []string) (audience oauth.Audience, err error) {
	for _, text := range names {
		if text == "" { // as if it were omitted (RFC 6749 §3.1)
			continue
		}
		canonical, err := oauth.CanonicalResource(text)
		if err != nil {
			return nil, err
		}
		uri, known := s.resources().uris[canonical]
		switch {
		case !known:
			return nil, oauth.Errorf(oauth.CodeInvalidTarget, "The resource '%s' is unknown. An administrator can add it to the resources of the server.", text).WithReason("unknown_resource")
		case uri != s.resources().own && !c.MayRequestResource(uri):
			return nil, oauth.Errorf(oauth.CodeInvalidTarget, "The resource '%s' is not allowed for this application. Allow it in the settings of the application.", text).WithReason("forbidden_resource")
		case audience.Contains(uri):
			continue
		case len(audience) == maxResources:
			return nil, oauth.Errorf(oauth.CodeInvalidTarget, "The request names more than %d resources.", maxResources)
		}
		audience = append(audience, uri)
	}
	if len(audience) > 1 && !c.MultipleResources {
		return nil, oauth.Errorf(oauth.CodeInvalidTarget, "This application may request only one resource at a time. Allow several in the settings of the application.").WithReason("several_resources")
	}
	return audience, nil
}

// granted returns the resources of a request that grants them: none if only the API
// of the server is requested, as in a request without the parameter.
func (s *Provider) granted(audience oauth.Audience) oauth.Audience {
	if len(audience) == 1 && audience[0] == s.resources().own {
		return nil
	}
	return audience
}

// checkResources determines the requested resources.
func (s *Provider) checkResources(r *AuthorizationRequest, p oauth.Params) error {
	requested, err := s.requestedResources(r.Client, p)
	if err != nil {
		return err
	}
	r.Resources = s.granted(requested)
	if r.responds("token") {
		return s.oneKind(r.Client, r.Resources)
	}
	return nil
}

// stillAllowed returns those of the granted resources that are registered, and that
// the client may request now. It is an error if none is left.
func (s *Provider) stillAllowed(c *oauth.Client, granted oauth.Audience) (oauth.Audience, error) {
	granted = s.resources().registered(granted)
	ended := func(uri string) bool {
		return uri != s.resources().own && (s.resources().all[uri] == nil || !c.MayRequestResource(uri))
	}
	if !slices.ContainsFunc(granted, ended) {
		return granted, nil
	}
	left := slices.DeleteFunc(slices.Clone(granted), ended)
	if len(left) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidTarget, "The resource '%s' is no longer registered, or no longer allowed for this application.", granted[0]).WithReason("unknown_resource")
	}
	return left, nil
}

// readsPermission reports whether the resources of a permission must be known
// before a token is issued for it: if the request narrows them, or if the format or
// the lifetime of the token depends on them. Only then is the permission read.
func (s *Provider) readsPermission(req *tokenRequest) bool {
	return len(req.Resources) > 0 || s.resources().special
}

// narrow returns the audience of an access token for a permission: the resources
// that the request names, which must have been granted, or else all of them (RFC
// 8707 §2.2).
func (s *Provider) narrow(req *tokenRequest, permission oauth.Permission) (oauth.Audience, error) {
	audience, err := s.stillAllowed(req.Client, permission.Details.Resources)
	if err != nil {
		return nil, err
	}
	if len(req.Resources) > 0 {
		granted := audience
		if len(granted) == 0 {
			granted = s.resources().ownAudience
		}
		if missing := granted.Missing(req.Resources); len(missing) > 0 {
			return nil, oauth.Errorf(oauth.CodeInvalidTarget, "The resource '%s' was not granted. A token request can only narrow the resources that were granted (RFC 8707 section 2.2).", missing[0]).WithReason("forbidden_resource")
		}
		if len(audience) > 0 {
			audience = req.Resources
		}
	}
	if len(permission.Scope) > 0 && len(s.resources().accepted(audience, permission.Scope)) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidTarget, "None of the scopes that were granted belongs to the resource '%s'.", audience).WithReason("forbidden_resource")
	}
	return audience, s.oneKind(req.Client, audience)
}

// oneKind returns an error if one access token cannot suit all of the resources.
func (s *Provider) oneKind(c *oauth.Client, audience oauth.Audience) error {
	for i := range audience {
		one, first := audience[i:i+1], audience[:1]
		if s.format(c, one) != s.format(c, first) || s.accessAlg(one) != s.accessAlg(first) {
			return oauth.Errorf(oauth.CodeInvalidTarget, "The resources %s need access tokens of different formats. Name one of them in each token request.", strings.Join(audience, " and ")).WithReason("several_resources")
		}
	}
	return nil
}

// IsFor reports whether an access token with this audience is for a registered
// resource, or for the API of the server itself if the URI is the issuer.
func (s *Provider) IsFor(audience oauth.Audience, uri string) bool {
	if uri == s.Issuer {
		uri = s.resources().own
	}
	return audience.Contains(uri)
}

// audienceOf returns the aud of an access token: what it was narrowed to, or else
// the resources that were granted, or else the API of the server.
func (s *Provider) audienceOf(t *oauth.AccessToken) oauth.Audience {
	switch {
	case len(t.Audience) > 0:
		return s.resources().registered(t.Audience)
	case len(t.Details.Resources) > 0:
		return s.resources().registered(t.Details.Resources)
	}
	return s.resources().ownAudience
}

// limitAudience removes the resources from an access token that its client is no
// longer allowed to request. It reports whether the token is still for anything.
func (s *Provider) limitAudience(c *oauth.Client, t *oauth.AccessToken) bool {
	audience := s.audienceOf(t)
	forbidden := func(uri string) bool { return s.resources().all[uri] != nil && !c.MayRequestResource(uri) }
	if !slices.ContainsFunc(audience, forbidden) {
		return true
	}
	left := slices.DeleteFunc(slices.Clone(audience), forbidden)
	if len(left) > 0 {
		t.Audience = left
	}
	return len(left) > 0
}

// format returns the format of an access token.
func (s *Provider) format(c *oauth.Client, audience oauth.Audience) oauth.TokenFormat {
	for _, uri := range audience {
		if info := s.resources().all[uri]; info != nil && info.TokenFormat != "" {
			return info.TokenFormat
		}
	}
	return c.AccessTokenFormat
}

// accessTTL returns the lifetime of an access token: the shortest one of its
// resources.
func (s *Provider) accessTTL(c *oauth.Client, audience oauth.Audience) (ttl time.Duration) {
	for _, uri := range audience {
		if info := s.resources().all[uri]; info != nil && info.AccessTokenTTL > 0 && (ttl == 0 || info.AccessTokenTTL < ttl) {
			ttl = info.AccessTokenTTL
		}
	}
	if ttl == 0 {
		ttl = lifetime(c.AccessTokenTTL, s.AccessTokenTTL)
	}
	return ttl
}

// accessAlg returns the algorithm that signs a JWT access token.
func (s *Provider) accessAlg(audience oauth.Audience) string {
	for _, uri := range audience {
		if info := s.resources().all[uri]; info != nil && info.SigningAlg != "" {
			return info.SigningAlg
		}
	}
	return oauth.AlgES256
}

// ConsentEntry returns the scope that an entry of a consent stands for, and the URI
// of the resource at which it was allowed, or "" for the API of the server.
func (s *Provider) ConsentEntry(entry string) (scope, resource string) {
	uri, name, found := strings.Cut(entry, "#")
	if s.resources().all[uri] == nil || !found {
		return entry, ""
	}
	return name, uri
}

// ResourceName returns the name of a resource that is shown to people.
func (s *Provider) ResourceName(uri string) string {
	if info := s.resources().all[uri]; info != nil {
		return cmp.Or(info.Name, uri)
	}
	return uri
}

// IsResource reports whether clients can request access tokens for a URI: it is a resource of
// Settings.Resources or of the Store, the issuer, or the admin API.
func (s *Provider) IsResource(uri string) bool {
	canonical, err := oauth.CanonicalResource(uri)
	return err == nil && s.resources().uris[canonical] != ""
}

// RegisteredResource returns the URI of a resource as it is spelled in Settings.Resources or in the
// Store, or "" if it does not exist, or has a fault. It is "" for the server itself and the admin API.
func (s *Provider) RegisteredResource(uri string) string {
	r := s.resources()
	canonical, err := oauth.CanonicalResource(uri)
	registered := r.uris[canonical]
	if err != nil || registered == r.own || registered == s.AdminAPI {
		return ""
	}
	return registered
}

// ResourceAccepts reports whether access tokens for a resource can have a scope. The URI is
// that of a resource of Settings.Resources or of the Store, or the issuer.
func (s *Provider) ResourceAccepts(uri, scope string) bool {
	if uri == s.Issuer {
		uri = s.resources().own
	}
	return s.resources().accepts(uri, scope)
}
