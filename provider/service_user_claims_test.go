package provider_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A scope of the administrator can release claims. A service user has neither ID tokens
// nor userinfo responses, so its access tokens have them.
func TestTokensOfAServiceUserHaveItsClaims(t *testing.T) {
	for _, format := range oauth.TokenFormats() {
		var asked []string
		h := newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
			c.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "team", Description: "See your groups", Claims: []string{"groups", "username"}})
			c.Claims = func(_ context.Context, q oauth.ClaimsQuery) (map[string]any, error) {
				asked = append(asked, q.Names...)
				return map[string]any{"groups": []string{"robots"}, "username": "r2d2", "email": "r@example.com", "secret": "never told", "of": q.Subject}, nil
			}
			client.ServiceUserID, client.AccessTokenFormat = "robot-id", oauth.TokenFormat(format)
		})
		if err := h.store.CreateUser(ctx, &account.User{ID: "robot-id", Username: "robot", CreatedAt: h.now}, "robot", account.Unconditionally); err != nil {
			t.Fatal(err)
		}
		response, err := h.token("grant_type", "client_credentials", "scope", "read team email openid")
		if err != nil || response.Scope != "read team" {
			t.Fatalf("%s: %+v %v", format, response, err)
		}
		if format == string(oauth.JWT) {
			claims := h.payload(response.AccessToken)
			if groups, _ := claims["groups"].([]any); len(groups) != 1 || claims["email"] != nil || claims["secret"] != nil || claims["sub"] != "robot-id" {
				t.Errorf("the JWT has %v", claims)
			}
		}
		found, err := h.CheckAccessToken(ctx, response.AccessToken)
		if groups, _ := found.Claims["groups"].([]string); err != nil || len(groups) != 1 || len(found.Claims) != 1 || found.Username != "robot" {
			t.Errorf("%s: %+v %v", format, found, err)
		}
		if slices.Contains(asked, "email") {
			t.Errorf("%s: asked for %v", format, asked)
		}
		without, err := h.token("grant_type", "client_credentials", "scope", "read")
		if err != nil {
			t.Fatal(err)
		}
		if found, err = h.CheckAccessToken(ctx, without.AccessToken); err != nil || len(found.Claims) > 0 {
			t.Errorf("%s: without the scope: %+v %v", format, found, err)
		}
		if err := h.store.SetSubject(ctx, "robot-id", true, time.Time{}); err != nil || h.active(response.AccessToken) {
			t.Errorf("%s: the token is active although the account is disabled: %v", format, err)
		}
		// The tokens of people have these claims in the ID token, and nowhere else.
		person := h.tokens("scope", "read team openid", "nonce", "n")
		if found, err = h.CheckAccessToken(ctx, person.AccessToken); err != nil || len(found.Claims) > 0 || h.payload(person.IDToken)["groups"] == nil {
			t.Errorf("%s: a person: %+v %v", format, found, err)
		}
		if format == string(oauth.JWT) && h.payload(person.AccessToken)["groups"] != nil {
			t.Errorf("the JWT of a person has %v", h.payload(person.AccessToken))
		}
	}
}

// The server itself rejects longer JWTs, so nobody could revoke such a token.
func TestClaimsOfAServiceUserCannotMakeATokenTooLong(t *testing.T) {
	const most = 4096 // bytes, as JSON
	for format, allowed := range map[oauth.TokenFormat]bool{oauth.JWT: false, oauth.Opaque: true} {
		groups := strings.Repeat("g", most)
		h := newOpenIDHouse(t, func(c *provider.Config, client *oauth.Client) {
			c.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "team", Description: "See your groups", Claims: []string{"groups"}})
			c.Claims = func(context.Context, oauth.ClaimsQuery) (map[string]any, error) {
				return map[string]any{"groups": groups}, nil
			}
			client.ServiceUserID, client.AccessTokenFormat = "robot-id", format
		})
		if err := h.store.CreateUser(ctx, &account.User{ID: "robot-id", Username: "robot", CreatedAt: h.now}, "robot", account.Unconditionally); err != nil {
			t.Fatal(err)
		}
		ask := func() error {
			response, err := h.token("grant_type", "client_credentials", "scope", "team")
			if err != nil {
				return err
			}
			found, err := h.CheckAccessToken(ctx, response.AccessToken)
			if err == nil && !found.Active {
				t.Errorf("%s: the token is not accepted", format)
			}
			return err
		}
		if err := ask(); (err == nil) != allowed || err != nil && (errors.As(err, new(*oauth.Error)) || !strings.Contains(err.Error(), "robot-id")) {
			t.Errorf("%s: %v", format, err)
		}
		groups = strings.Repeat("g", most-len(`{"groups":""}`))
		if err := ask(); err != nil {
			t.Errorf("%s: the longest claims: %v", format, err)
		}
	}
}

// Without a service user there is nobody whose claims could be released.
func TestClientCredentialsWithoutAServiceUserGetNoScopeWithClaims(t *testing.T) {
	h := newOpenIDHouse(t, func(c *provider.Config, _ *oauth.Client) {
		c.Scopes = append(oauth.DefaultScopeInfos(), oauth.ScopeInfo{Name: "team", Description: "See your groups", Claims: []string{"groups"}})
	})
	response, err := h.token("grant_type", "client_credentials", "scope", "read team")
	if err != nil || response.Scope != "read" {
		t.Errorf("got %+v %v", response, err)
	}
}
