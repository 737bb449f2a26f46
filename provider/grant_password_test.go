package provider_test

import (
	"context"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// RFC 6749 §4.3.2. The tokens are those of the person.
func TestPasswordGrantIssuesTokensOfThePerson(t *testing.T) {
	for _, format := range oauth.TokenFormats() {
		h := newLegacyHouse(t, oauth.LegacyPassword, func(_ *provider.Config, c *oauth.Client) {
			c.GrantTypes, c.AccessTokenFormat = nil, oauth.TokenFormat(format)
		})
		response, err := h.token("grant_type", "password", "username", "ada", "password", "secret", "scope", "read openid")
		if err != nil {
			t.Fatal(err)
		}
		if response.RefreshToken != "" || response.Scope != "read openid" || h.payload(response.IDToken)["sub"] != "ada-id" {
			t.Errorf("%s: got %+v", format, response)
		}
		info, err := h.CheckAccessToken(ctx, response.AccessToken)
		if err != nil || info.Subject != "ada-id" || info.Username != "ada" {
			t.Errorf("%s: got %+v %v", format, info, err)
		}
		if err := h.store.SetSubject(ctx, "ada-id", true, time.Time{}); err != nil || h.active(response.AccessToken) {
			t.Errorf("%s: the token is active although the person is disabled: %v", format, err)
		}
	}
}

func TestPasswordGrantHasARefreshTokenOnlyIfTheClientMayHaveOne(t *testing.T) {
	h := newLegacyHouse(t, oauth.LegacyPassword, func(_ *provider.Config, c *oauth.Client) { c.GrantTypes = []string{oauth.GrantRefreshToken} })
	response, err := h.token("grant_type", "password", "username", "ada", "password", "secret", "scope", "read")
	if err != nil {
		t.Fatal(err)
	}
	next, err := h.refresh(response.RefreshToken)
	if err != nil || next.Scope != "read" {
		t.Fatalf("got %+v %v", next, err)
	}
	if err := h.store.WithdrawConsent(ctx, "ada-id", h.id, h.now); err != nil || h.active(next.AccessToken) {
		t.Errorf("the token is active although the consent was withdrawn: %v", err)
	}
}

func TestPasswordGrantRejects(t *testing.T) {
	for name, test := range map[string]struct {
		pairs  []string
		change func(*provider.Config, *oauth.Client)
		code   string
	}{
		"a wrong password":        {[]string{"password", "other"}, nil, "invalid_grant"},
		"an unknown person":       {[]string{"username", "eve"}, nil, "invalid_grant"},
		"no password":             {[]string{"password", ""}, nil, "invalid_request"},
		"no username":             {[]string{"username", ""}, nil, "invalid_request"},
		"an unknown scope":        {[]string{"scope", "fly"}, nil, "invalid_scope"},
		"a wrong client secret":   {[]string{"client_secret", "wrong"}, nil, "invalid_client"},
		"a host that logs in":     {nil, func(config *provider.Config, _ *oauth.Client) { config.CheckPassword = nil }, "unsupported_grant_type"},
		"a registered grant type": {nil, func(_ *provider.Config, c *oauth.Client) { c.Legacy, c.GrantTypes = nil, []string{"password"} }, "unsupported_grant_type"},
		"too many passwords": {nil, func(config *provider.Config, _ *oauth.Client) {
			config.CheckPassword = func(context.Context, provider.PasswordAttempt) (oauth.Authentication, error) {
				return oauth.Authentication{}, oauth.Errorf(oauth.CodeInvalidGrant, "Too many wrong passwords.")
			}
		}, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newLegacyHouse(t, oauth.LegacyPassword, test.change)
			_, err := h.token(append([]string{"grant_type", "password", "username", "ada", "password", "secret"}, test.pairs...)...)
			wantCode(t, err, test.code)
		})
	}
}
