package provider

import (
	"cmp"
	"context"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// GrantLifetime returns how long a client can use the access that a person grants
// it, and after how much time without use the access expires. The consent page
// shows both (ASVS 10.7.2).
func (s *Provider) GrantLifetime(ctx context.Context, r *AuthorizationRequest, subject string) (total, idle time.Duration, err error) {
	client := r.Client
	info := oauth.TokenInfo{
		Client: client, GrantType: r.grantType(), Subject: subject, Scope: r.Scope,
		Resources: s.audienceOf(&oauth.AccessToken{Audience: r.Resources}),
	}
	own, err := s.lifetimesFor(ctx, info)
	if client.Allows(oauth.GrantRefreshToken) {
		total, idle = lifetime(client.RefreshTokenTTL, s.RefreshTokenTTL), lifetime(client.RefreshTokenIdleTTL, s.RefreshTokenIdleTTL)
		return cmp.Or(own.RefreshToken, total), cmp.Or(own.RefreshTokenIdle, idle), err
	}
	total = cmp.Or(own.AccessToken, s.accessTTL(client, r.Resources))
	return total, total, err
}

// BoundToLogin reports whether the permission that this person grants lasts only as long as their login
// session: its scope has openid, and not offline_access (OpenID Connect Core §11). That of a
// device does not.
func (r *AuthorizationRequest) BoundToLogin(who oauth.Authentication) bool {
	family := oauth.Family{Permission: oauth.Permission{SessionID: who.SessionID, Scope: r.Scope}}
	return r.Device == nil && family.BoundToSession()
}
