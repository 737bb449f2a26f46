package provider_test

import (
	"slices"
	"testing"
	"time"
)

func TestUserinfoReturnsTheClaimsOfTheScopes(t *testing.T) {
	for scope, want := range map[string][]string{
		"openid":                       {"sub"},
		"openid profile":               {"name", "preferred_username", "sub"},
		"openid email":                 {"email", "email_verified", "sub"},
		"openid address phone":         {"address", "phone_number", "sub"},
		"openid unknown_scope profile": {"name", "preferred_username", "sub"},
	} {
		t.Run(scope, func(t *testing.T) {
			h := newOpenIDHouse(t, nil)
			info := h.userinfo(h.tokens("scope", scope).AccessToken)
			var names []string
			for name := range info {
				names = append(names, name)
			}
			slices.Sort(names)
			if !slices.Equal(names, want) || info["sub"] != "ada-id" {
				t.Errorf("userinfo returns %v", info)
			}
		})
	}
}

func TestUserinfoRejectsOtherTextsAndExpiredTokens(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	answer := h.tokens("scope", "openid")
	for name, token := range map[string]string{
		"an unknown text": "x", "a refresh token": answer.RefreshToken, "an ID token": answer.IDToken, "a truncated token": answer.AccessToken[:40],
	} {
		_, err := h.UserInfo(ctx, token)
		t.Run(name, func(t *testing.T) { wantCode(t, err, "invalid_token") })
	}
	if h.active(answer.IDToken) {
		t.Error("an ID token is accepted as an access token")
	}
	h.pass(2 * time.Hour)
	_, err := h.UserInfo(ctx, answer.AccessToken)
	wantCode(t, err, "invalid_token")
	revoked := h.tokens("scope", "openid").AccessToken
	if err := h.Revoke(ctx, "", params(t, "client_id", h.id, "client_secret", h.key, "token", revoked)); err != nil {
		t.Fatal(err)
	}
	_, err = h.UserInfo(ctx, revoked)
	wantCode(t, err, "invalid_token")
	ended := h.tokens("scope", "openid").AccessToken
	if err := h.store.RevokeSubject(ctx, "ada-id", h.now); err != nil {
		t.Fatal(err)
	}
	_, err = h.UserInfo(ctx, ended)
	wantCode(t, err, "invalid_token")
	h.pass(time.Minute)
	disabled := h.tokens("scope", "openid").AccessToken
	if err := h.store.SetSubject(ctx, "ada-id", true, h.now); err != nil {
		t.Fatal(err)
	}
	_, err = h.UserInfo(ctx, disabled)
	wantCode(t, err, "invalid_token")
}
