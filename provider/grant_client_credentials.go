package provider

import (
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientCredentialsGrant is the client credentials grant (RFC 6749 §4.4). It ignores the
// scopes that are about a person, because there is no person.
type clientCredentialsGrant struct{ s *Provider }

func (clientCredentialsGrant) Type() string     { return oauth.GrantClientCredentials }
func (clientCredentialsGrant) Params() []string { return nil }

func (g clientCredentialsGrant) Decide(_ context.Context, _ oauth.Reader, req *TokenRequest) (*Award, error) {
	if req.Client.Type != oauth.Confidential {
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "Only a confidential application can use client_credentials (RFC 6749 section 4.4).")
	}
	requested, err := oauth.ParseScopes(req.Params.Get("scope"))
	if err != nil {
		return nil, err
	}
	resources := g.s.granted(req.Resources)
	if err := g.s.oneKind(req.Client, resources); err != nil {
		return nil, err
	}
	scope, err := g.s.grantable(req.Client, requested, resources)
	if err != nil {
		return nil, err
	}
	scope = slices.DeleteFunc(scope, g.s.aboutPerson)
	if len(scope) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The requested scopes are about a person, but client_credentials grants access without a person. Request a scope of an API.").WithReason("no_person")
	}
	return &Award{Scope: scope, Resources: resources}, nil
}

// Refuse is never called: nothing is spent.
func (clientCredentialsGrant) Refuse(*TokenRequest, oauth.SpendResult) Verdict { return Verdict{} }
