package provider

import (
	"context"
	"slices"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// clientCredentialsGrant is the client credentials grant (RFC 6749 §4.4). It ignores the
// scopes that are about a person, because no person has logged in. Those that release
// claims are granted for a service user: its claims are in JWT access tokens and in
// introspection responses.
type clientCredentialsGrant struct{ s *Provider }

func (clientCredentialsGrant) Type() string     { return oauth.GrantClientCredentials }
func (clientCredentialsGrant) Params() []string { return nil }

func (g clientCredentialsGrant) Decide(ctx context.Context, read oauth.Reader, req *tokenRequest) (*award, error) {
	if req.Client.Type != oauth.Confidential {
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "Only a confidential application can use client_credentials (RFC 6749 section 4.4).").WithReason("public_client")
	}
	scope, resources, err := g.s.requestedPermission(req)
	if err != nil {
		return nil, err
	}
	without := g.s.aboutPerson
	if user := req.Client.ServiceUserID; user != "" {
		without = oauth.AboutPerson // the claims of other scopes are about the service user
	}
	if slices.ContainsFunc(scope, without) {
		scope = slices.DeleteFunc(slices.Clone(scope), without)
	}
	if len(scope) == 0 {
		return nil, oauth.Errorf(oauth.CodeInvalidScope, "The requested scopes are about a person, but client_credentials grants access without a person. Request a scope of an API.").WithReason("no_person")
	}
	if req.Client.ServiceUserID != "" {
		return g.asServiceUser(ctx, read, req, scope, resources)
	}
	return &award{Scope: scope, Resources: resources}, nil
}

// asServiceUser returns an award for the service user of the client. The token has a
// family, so that it is revoked with the account.
func (g clientCredentialsGrant) asServiceUser(ctx context.Context, read oauth.Reader, req *tokenRequest, scope oauth.Scopes, resources oauth.Audience) (*award, error) {
	subject := req.Client.ServiceUserID
	standing, err := read.JWTStanding(ctx, oauth.ID{}, oauth.ID{}, req.Client.ID, subject)
	switch {
	case err != nil:
		return nil, err
	case standing.Disabled() != "":
		return nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "The service user of this application cannot be used, because %s.", standing.Disabled()).WithReason("disabled")
	}
	permission := oauth.Permission{Subject: subject, Scope: scope, Details: oauth.Details{Resources: resources}} // nobody has logged in
	return &award{Permission: &permission, Resources: resources}, nil
}

// Refuse is never called: nothing is spent.
func (clientCredentialsGrant) Refuse(*tokenRequest, oauth.SpendResult) verdict { return verdict{} }
