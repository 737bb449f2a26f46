package provider_test

import (
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// TestAccessTokenWithAnotherSecretIsInactive: the id of a token is not secret.
func TestAccessTokenWithAnotherSecretIsInactive(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	text := h.tokens("scope", "openid").AccessToken
	token, ok := oauth.ParseToken(text, oauth.KindAccess)
	if !ok {
		t.Fatalf("%q is not an access token", text)
	}
	token.Secret[0] ^= 1
	forged := token.String()
	if _, ok := oauth.ParseToken(forged, oauth.KindAccess); !ok {
		t.Fatalf("%q is malformed", forged)
	}
	if h.active(forged) {
		t.Error("the forged token is active")
	}
	_, err := h.UserInfo(ctx, forged)
	wantCode(t, err, "invalid_token")
	if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", forged)); err != nil {
		t.Fatal(err)
	}
	if !h.active(text) {
		t.Error("the forged token has revoked the real one")
	}
}

// TestTokensOfAnotherIssuerAreRejected: a server whose issuer has changed has the
// same keys.
func TestTokensOfAnotherIssuerAreRejected(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
	answer := h.tokens("scope", "openid", "nonce", "n")
	config := h.Config
	config.Issuer = "https://other.example"
	renamed, err := provider.New(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	for issuer, test := range map[string]struct {
		server *provider.Provider
		code   string
	}{
		issuer: {h.Provider, ""}, config.Issuer: {renamed, "invalid_request"},
	} {
		found, err := test.server.CheckAccessToken(ctx, answer.AccessToken)
		if err != nil || found.Active != (test.code == "") {
			t.Errorf("%s: the access token is active: %v, %v", issuer, found.Active, err)
		}
		_, err = test.server.Logout(ctx, params(t, "id_token_hint", answer.IDToken))
		wantCode(t, err, test.code)
	}
}
