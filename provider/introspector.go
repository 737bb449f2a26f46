package provider

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// introspector returns the client that introspects a token (RFC 7662 §2.1). It
// authenticates as at the token endpoint, or with an access token of its own.
func (s *Provider) introspector(ctx context.Context, authorization string, p oauth.Params) (*oauth.Client, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return s.authenticate(ctx, authorization, p)
	}
	for _, name := range []string{"client_id", "client_secret", "client_assertion", "client_assertion_type"} {
		if p.Get(name) != "" { // RFC 6749 §2.3: not more than one method
			return nil, oauth.Errorf(oauth.CodeInvalidRequest, "The request has both an access token in the Authorization header and the parameter %s. Use one of them.", name).WithReason("malformed")
		}
	}
	return s.bearerOfIntrospection(ctx, strings.TrimSpace(token))
}

// bearerOfIntrospection returns the resource server that received an access token. The
// token must be for this server only and for the client itself, with the scope for this use. Other
// tokens of a resource server are not accepted, because other APIs or people receive them.
func (s *Provider) bearerOfIntrospection(ctx context.Context, text string) (*oauth.Client, error) {
	token, standing, err := s.accessToken(ctx, text)
	switch {
	case errors.Is(err, errNotOurs), errors.Is(err, oauth.ErrNotFound):
		return nil, errBearer("unknown", "is unknown or malformed")
	case err != nil:
		return nil, err
	case !token.Valid(standing, s.now()):
		return nil, errBearer("inactive", "has expired or was revoked")
	case token.Subject != "" || token.Act != nil:
		return nil, errBearer("for_person", "is about a person. Request one with the grant type client_credentials, for an application without a service user")
	case !slices.Equal(s.audienceOf(&token), s.resources().ownAudience):
		return nil, errBearer("other_resource", "is for another API. Request one without the parameter resource")
	case !token.Scope.Contains(oauth.ScopeIntrospection):
		return nil, errBearer("no_scope", "does not have the scope "+oauth.ScopeIntrospection)
	}
	client, err := s.clients.Client(ctx, token.ClientID)
	if err != nil {
		return nil, err
	}
	if !client.ResourceServer {
		return nil, errBearer("not_an_api", "belongs to an application that is not marked as an API")
	}
	return client, nil
}

// errBearer is the error for an access token that does not authenticate an API. Its status
// is always 401 (RFC 7662 §2.3).
func errBearer(reason, why string) *oauth.Error {
	return oauth.Errorf(oauth.CodeInvalidToken, "The access token %s.", why).WithReason(reason)
}
