package provider

import (
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

const (
	// typIDJAG is the typ of an identity assertion JWT authorization grant
	// (draft-ietf-oauth-identity-assertion-authz-grant §3.1).
	typIDJAG = "oauth-id-jag+jwt"
	// tokenTypeIDJAG is its token type, and profileIDJAG the name of the profile in
	// the metadata.
	tokenTypeIDJAG = "urn:ietf:params:oauth:token-type:id-jag"
	profileIDJAG   = "urn:ietf:params:oauth:grant-profile:id-jag"
)

// acceptIDJAG checks the claims that only an ID-JAG has, and returns the resources
// and the scope that it grants.
func (s *Provider) acceptIDJAG(u foreignUse, req *tokenRequest, f *foreignJWT) (resources oauth.Audience, scope oauth.Scopes, err error) {
	switch {
	case f.claims["client_id"] != req.Client.ID:
		return nil, nil, u.errorf("has the client_id of another application.").WithReason("foreign")
	case len(f.audience) != 1 || f.audience[0] != s.Issuer:
		return nil, nil, u.errorf("must have the issuer of this server as its only aud: %s", s.Issuer)
	case f.claims["authorization_details"] != nil: // they could be narrower than the scope
		return nil, nil, u.errorf("has authorization_details, which this server does not support.")
	}
	names, ok := texts(f.claims["resource"])
	text, isText := f.claims["scope"].(string)
	if !ok || (f.claims["scope"] != nil && !isText) {
		return nil, nil, u.errorf("has a resource or a scope of the wrong type.")
	}
	if scope, err = oauth.ParseScopes(text); err != nil {
		return nil, nil, err
	}
	if resources, err = s.namedResources(req.Client, names); err != nil {
		return nil, nil, err
	}
	if len(resources) == 0 {
		return req.Resources, scope, nil
	}
	if missing := resources.Missing(req.Resources); len(missing) > 0 {
		return nil, nil, oauth.Errorf(oauth.CodeInvalidTarget, "The assertion does not grant the resource '%s'.", missing[0]).WithReason("forbidden_resource")
	}
	if len(req.Resources) > 0 {
		resources = req.Resources
	}
	return resources, scope, nil
}

// texts returns a claim that is a text or a list of texts.
func texts(claim any) (list []string, ok bool) {
	switch claim := claim.(type) {
	case nil:
		return nil, true
	case string:
		return []string{claim}, true
	case []any:
		for _, element := range claim {
			text, isText := element.(string)
			if !isText {
				return nil, false
			}
			list = append(list, text)
		}
		return list, true
	}
	return nil, false
}

// possible returns those of the scopes that the client may request, and that the
// resources and the bound accept.
func (s *Provider) possible(c *oauth.Client, scope oauth.Scopes, resources oauth.Audience, bound oauth.Scopes) oauth.Scopes {
	return slices.DeleteFunc(slices.Clone(scope), func(name string) bool {
		_, known := s.catalog().byName[name]
		return !known || !c.MayHave(name) || !s.resources().acceptedBy(resources, name) || len(bound) > 0 && !bound.Contains(name)
	})
}
