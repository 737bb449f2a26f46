package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// decideIDJAG decides about an ID-JAG. The subject_token is an ID token or a refresh token
// of the client itself, so the person has logged in to the client.
func (s *Provider) decideIDJAG(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	switch kind := req.Params.Get("subject_token_type"); {
	case kind != tokenTypeID && kind != tokenTypeRefresh:
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "For an ID-JAG, the subject_token must be an ID token or a refresh token of this application.")
	case req.Params.Has("actor_token"):
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "An ID-JAG has no actor. Omit actor_token.")
	}
	subject, err := s.exchangeSubjectOf(ctx, read, req)
	if err != nil {
		return nil, err
	}
	if subject.foreign != nil {
		return nil, useExchange("subject_token").errorf("is not an ID token of this server.").WithReason("foreign")
	}
	if !subject.family.Scope.Contains(oauth.ScopeOpenID) {
		return nil, useExchange("subject_token").errorf("was issued without the scope openid, so it says nothing about the login of the person.")
	}
	audiences := req.Params.Values("audience")
	if len(audiences) != 1 {
		return nil, oauth.Errorf(oauth.CodeInvalidRequest, "An ID-JAG needs one audience: the issuer of the authorization server that will accept it.")
	}
	target, registered := req.Client.IDJAGAudience(audiences[0])
	if !registered {
		return nil, oauth.Errorf(oauth.CodeInvalidTarget, "The audience '%s' is not registered for this application. An administrator can add it to the id_jag_audiences of the application.", audiences[0]).WithReason("forbidden_resource")
	}
	jag := &idJAG{IDJAGAudience: target}
	resources := req.Params.Values("resource")
	if len(resources) > maxResources {
		return nil, oauth.Errorf(oauth.CodeInvalidTarget, "The request names more than %d resources.", maxResources)
	}
	for _, text := range resources {
		if _, err := oauth.CanonicalResource(text); err != nil {
			return nil, err
		}
	}
	scope, err := oauth.ParseScopes(req.Params.Get("scope"))
	if err != nil {
		return nil, err
	}
	if jag.scope, jag.resources, err = target.Bound(scope, resources); err != nil {
		return nil, err
	}
	return &award{exchange: &exchange{family: subject.family, until: subject.expires, jag: jag}}, nil
}
