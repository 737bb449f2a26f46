package provider

import (
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// JWTLifetime returns for how long an API that verifies JWTs by itself can accept the last access
// token of a client after everything was revoked, or zero if the client gets no JWTs. It is an
// upper limit: the hooks of a host program can choose JWTs for every client, and another lifetime.
func (s *Provider) JWTLifetime(c *oauth.Client) (longest time.Duration) {
	consider := func(audience oauth.Audience) {
		switch {
		case s.format(c, audience) != oauth.JWT && s.TokenFormat == nil:
		case s.TokenLifetimes != nil:
			longest = maxTokenTTL
		default:
			longest = max(longest, s.accessTTL(c, audience))
		}
	}
	consider(nil)
	for uri := range s.resources().all {
		if c.MayRequestResource(uri) {
			consider(oauth.Audience{uri})
		}
	}
	return longest
}
