package provider

import (
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// GrantLifetime returns how long a client can use the access that a person grants
// it, and after how much time without use the access expires. The consent page
// shows both (ASVS 10.7.2).
func (s *Provider) GrantLifetime(client *oauth.Client, resources oauth.Audience) (total, idle time.Duration) {
	if client.Allows(oauth.GrantRefreshToken) {
		return lifetime(client.RefreshTokenTTL, s.RefreshTokenTTL), lifetime(client.RefreshTokenIdleTTL, s.RefreshTokenIdleTTL)
	}
	total = s.accessTTL(client, resources)
	return total, total
}
