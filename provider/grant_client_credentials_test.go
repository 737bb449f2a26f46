package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// RFC 6749 §4.4: the token has the scope that the response states, in both
// formats.
func TestClientCredentialsTokenHasTheScopeOfItsResponse(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		for _, requested := range []string{"write", ""} {
			h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
			tokens, err := h.token("grant_type", "client_credentials", "scope", requested)
			if err != nil {
				t.Fatal(err)
			}
			got, err := h.CheckAccessToken(ctx, tokens.AccessToken)
			if err != nil || !got.Active || got.Scope != tokens.Scope || got.Scope == "" || got.Subject != h.id && got.Subject != "" {
				t.Errorf("%s, scope %q: the response has %q, the token %+v, %v", format, requested, tokens.Scope, got, err)
			}
		}
	}
}
