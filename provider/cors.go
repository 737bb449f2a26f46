package provider

import (
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// AllowsOrigin reports whether a script of the origin may read the answer to
// this direct request: the origin is on the list of the client that the
// request names, whether or not it authenticates.
func (s *Provider) AllowsOrigin(ctx context.Context, authorization string, p oauth.Params, origin string) bool {
	id := s.ClientID(authorization, p)
	if id == "" {
		return false
	}
	client, err := s.clients.Client(ctx, id)
	return err == nil && client.AllowsOrigin(origin)
}

// ClientID is the client that a direct request says it comes from, unchecked,
// or "".
func (s *Provider) ClientID(authorization string, p oauth.Params) string {
	c, err := readCredentials(authorization, p)
	if err != nil {
		return p.Get("client_id")
	}
	return c.clientID
}

// GrantedFor is how long what a person allows the client lasts, and after how
// long without use it ends (ASVS 10.7.2).
func (s *Provider) GrantedFor(client *oauth.Client) (total, idle time.Duration) {
	if client.Allows(oauth.GrantRefreshToken) {
		return lifetime(client.RefreshTokenTTL, s.RefreshTokenTTL), lifetime(client.RefreshTokenIdleTTL, s.RefreshTokenIdleTTL)
	}
	total = lifetime(client.AccessTokenTTL, s.AccessTokenTTL)
	return total, total
}
