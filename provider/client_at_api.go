package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// CheckClientAtAPI returns the client that authenticates at an API of the same program with
// its secret, and the scopes that it could get there with the grant type
// client_credentials. authorization is the Authorization header, and resource the URI of the
// API, or empty for the API of the server itself. The error for a client that cannot use the
// API in this way is an *oauth.Error.
func (s *Provider) CheckClientAtAPI(ctx context.Context, authorization, resource string) (*oauth.Client, oauth.Scopes, error) {
	client, err := s.authenticate(ctx, authorization, nil)
	if err != nil {
		return nil, nil, err
	}
	known, err := s.KnownScopes(ctx) // before the resources, which it reads too
	if err != nil {
		return nil, nil, err
	}
	own := resource == "" || resource == s.resources().own
	registered := s.RegisteredResource(resource)
	if own {
		registered = s.resources().own
	}
	switch {
	case client.Type != oauth.Confidential || !client.Allows(oauth.GrantClientCredentials):
		return nil, nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "The application is not allowed to use client_credentials.").WithReason("forbidden_grant")
	case client.ServiceUserID != "":
		return nil, nil, oauth.Errorf(oauth.CodeUnauthorizedClient, "The application has a service user, so it must send an access token.")
	case registered == "":
		return nil, nil, oauth.Errorf(oauth.CodeInvalidTarget, "The resource does not exist.")
	case !own && !client.MayRequestResource(registered):
		return nil, nil, oauth.Errorf(oauth.CodeInvalidTarget, "The application is not allowed to use the resource.")
	}
	var scope oauth.Scopes
	for _, info := range known {
		if client.MayHave(info.Name) && !s.aboutPerson(info.Name) && s.resources().accepts(registered, info.Name) {
			scope = append(scope, info.Name)
		}
	}
	return client, scope, nil
}
