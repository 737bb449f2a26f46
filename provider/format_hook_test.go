package provider_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestHostChoosesTheFormatOfAccessTokens for each grant, against the format of the
// client. Each token works, and a JWT has the claims of the other hook.
func TestHostChoosesTheFormatOfAccessTokens(t *testing.T) {
	for _, own := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		for _, chosen := range []oauth.TokenFormat{"", oauth.Opaque, oauth.JWT} {
			var asked []string
			h := newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
				client.AccessTokenFormat, client.ResponseTypes = own, []string{"code", "id_token token"}
				client.GrantTypes = append(client.GrantTypes, oauth.GrantClientCredentials)
				c.TokenFormat = func(_ context.Context, info oauth.TokenInfo) (oauth.TokenFormat, error) {
					asked = append(asked, info.GrantType)
					return chosen, nil
				}
				c.AddClaims = func(context.Context, oauth.TokenInfo, oauth.ClaimsTarget) (map[string]any, error) {
					return map[string]any{"department": "ENIAC"}, nil
				}
			})
			want := own
			if chosen != "" {
				want = chosen
			}
			check := func(grantType, token string) {
				t.Helper()
				isJWT := strings.Count(token, ".") == 2
				if isJWT != (want == oauth.JWT) || len(asked) != 1 || asked[0] != grantType {
					t.Errorf("%s, client %s, hook %q: %s, asked %q", grantType, own, chosen, token, asked)
				}
				if isJWT && h.payload(token)["department"] != "ENIAC" {
					t.Errorf("%s, client %s, hook %q: %v", grantType, own, chosen, h.payload(token))
				}
				if found, err := h.CheckAccessToken(ctx, token); err != nil || !found.Active {
					t.Errorf("%s, client %s, hook %q: the token does not work: %v", grantType, own, chosen, err)
				}
				asked = nil
			}
			first := h.tokens("scope", "openid offline_access", "prompt", "consent")
			check(oauth.GrantAuthorizationCode, first.AccessToken)
			for range 2 { // the second response repeats the first one
				second, err := h.refresh(first.RefreshToken)
				if err != nil {
					t.Fatal(err)
				}
				check(oauth.GrantRefreshToken, second.AccessToken)
			}
			itself, err := h.token("grant_type", oauth.GrantClientCredentials, "scope", "read")
			if err != nil {
				t.Fatal(err)
			}
			check(oauth.GrantClientCredentials, itself.AccessToken)
			r, err := h.ask("response_type", "id_token token", "scope", "openid", "nonce", "n")
			if err != nil {
				t.Fatal(err)
			}
			r.Show(h.who)
			answer, err := h.Approve(ctx, r, h.who, r.Scope, true)
			if err != nil {
				t.Fatal(err)
			}
			check(oauth.GrantImplicit, answer.Fields[slices.Index(answer.Fields, "access_token")+1])
		}
	}
	h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.TokenFormat = func(context.Context, oauth.TokenInfo) (oauth.TokenFormat, error) { return "sealed", nil }
	})
	_, err := h.exchange(h.code("scope", "openid"))
	if err == nil || errors.As(err, new(*oauth.Error)) || errors.Is(err, oauth.ErrUnavailable) || !strings.Contains(err.Error(), `"sealed"`) {
		t.Errorf("an unknown format: %v", err)
	}
}
