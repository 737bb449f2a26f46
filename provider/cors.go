package provider

import (
	"context"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// Client returns the client with the id. It can be up to a second old, and must not
// be changed.
func (s *Provider) Client(ctx context.Context, id string) (*oauth.Client, error) {
	return s.client(ctx, id)
}

// AllowsOrigin reports whether a script of the origin can read the response to a
// request of a client, such as a token request. It can if the client that the
// request names allows the origin. The client need not be authenticated.
func (s *Provider) AllowsOrigin(ctx context.Context, authorization string, p oauth.Params, origin string) bool {
	return s.ClientAllowsOrigin(ctx, s.ClaimedClientID(authorization, p), origin)
}

// ClientAllowsOrigin reports whether a client with the id exists and allows the
// origin.
func (s *Provider) ClientAllowsOrigin(ctx context.Context, clientID, origin string) bool {
	if clientID == "" {
		return false
	}
	client, err := s.client(ctx, clientID)
	return err == nil && client.AllowsOrigin(origin)
}
