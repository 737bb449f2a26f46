package provider_test

import (
	"bytes"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func (h *house) introspect(token string, pairs ...string) (provider.Introspection, error) {
	h.t.Helper()
	return h.Introspect(ctx, "", params(h.t, append([]string{"client_id", h.id, "client_secret", h.key, "token", token}, pairs...)...))
}

func TestIntrospectionDescribesTokens(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		tokens := h.tokens("scope", "read")
		got, err := h.introspect(tokens.AccessToken)
		if err != nil {
			t.Fatal(err)
		}
		// RFC 7662 §2.2.
		want := provider.Introspection{
			Active: true, Scope: "read", ClientID: h.id, TokenType: "Bearer", Subject: "ada-id", Audience: oauth.Audience{issuer}, Issuer: issuer,
			ExpiresAt: h.now.Add(time.Hour).Unix(), IssuedAt: h.now.Unix(), NotBefore: h.now.Unix(), ID: got.ID,
			AuthTime: h.who.AuthTime.Unix(), // RFC 9470 §6.2
		}
		if !reflect.DeepEqual(got, want) || got.ID == "" {
			t.Errorf("%s: got %+v, want %+v", format, got, want)
		}
		// A client can introspect its refresh tokens.
		got, err = h.introspect(tokens.RefreshToken)
		if err != nil || !got.Active || got.TokenType != "" || got.Subject != "ada-id" || got.Audience.String() != issuer {
			t.Errorf("the refresh token: %+v %v", got, err)
		}
		own, err := h.token("grant_type", "client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := h.introspect(own.AccessToken); got.Subject != h.id || got.Username != "" {
			t.Errorf("%s of the client itself: %+v", format, got)
		}
	}
}

// RFC 9470 §6: an API can decide whether the login of the person is recent and strong
// enough, for an opaque token, a JWT, and each token that a refresh returns.
func TestAccessTokensSayWhenAndHowThePersonLoggedIn(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		h.who.ACR, h.who.AMR = "urn:example:2fa", []string{"pwd", "otp"}
		first := h.tokens("scope", "read")
		refreshed, err := h.token("grant_type", "refresh_token", "refresh_token", first.RefreshToken)
		if err != nil {
			t.Fatal(err)
		}
		for name, token := range map[string]string{"first": first.AccessToken, "refreshed": refreshed.AccessToken} {
			got, err := h.introspect(token)
			if err != nil || got.AuthTime != h.who.AuthTime.Unix() || got.ACR != "urn:example:2fa" || !slices.Equal(got.AMR, []string{"pwd", "otp"}) {
				t.Errorf("%s, %s: got %+v, %v", format, name, got, err)
			}
		}
		if format == oauth.JWT { // RFC 9068 §2.2.1
			claims := h.payload(refreshed.AccessToken)
			if claims["auth_time"] != float64(h.who.AuthTime.Unix()) || claims["acr"] != "urn:example:2fa" || !reflect.DeepEqual(claims["amr"], []any{"pwd", "otp"}) {
				t.Errorf("got %v", claims)
			}
		}
		own, err := h.token("grant_type", "client_credentials")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := h.introspect(own.AccessToken); err != nil || got.AuthTime != 0 || got.ACR != "" || got.AMR != nil {
			t.Errorf("%s of the client itself: got %+v, %v", format, got, err)
		}
	}
}

// TestIntrospectionByAnApplicationThatIsNotAnAPIIsLoggedOnce: the response for it is the same as for an unknown
// token, so the log has the reason.
func TestIntrospectionByAnApplicationThatIsNotAnAPIIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	h := newHouse(t, func(c *provider.Config, _ *oauth.Client) { c.Logger = slog.New(slog.NewTextHandler(&log, nil)) })
	tokens, key := h.tokens(), h.key
	secrets := make(map[string]string)
	for _, id := range []string{"one", "two", "api"} {
		c := h.client()
		c.ID, c.ResourceServer = id, id == "api"
		secrets[id] = c.RotateSecret(h.now, 0)
		h.key = key
		h.add(c)
	}
	log.Reset()
	for range 3 {
		for id, secret := range secrets {
			for _, token := range []string{tokens.AccessToken, tokens.RefreshToken, "lk_at_x"} {
				if _, err := h.introspect(token, "client_id", id, "client_secret", secret); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	text := log.String()
	for id, want := range map[string]int{"one": 1, "two": 1, "api": 0} {
		if got := strings.Count(text, "resource_server\" client_id="+id); got != want {
			t.Errorf("%s: %d lines, want %d: %s", id, got, want, text)
		}
	}
}

func TestOnlyItsClientOrAResourceServerCanIntrospectAToken(t *testing.T) {
	h := newHouse(t, nil)
	tokens := h.tokens()
	key := h.key
	stranger, api, public := h.client(), h.client(), h.client()
	stranger.ID, api.ID, public.ID = "stranger", "api", "public"
	api.ResourceServer, api.GrantTypes = true, nil
	public.Type = oauth.Public
	h.key = key
	secrets := map[string]string{"stranger": stranger.RotateSecret(h.now, 0), "api": api.RotateSecret(h.now, 0)}
	h.add(stranger)
	h.add(api)
	h.add(public)
	for _, token := range []string{tokens.AccessToken, tokens.RefreshToken} {
		if got, err := h.introspect(token, "client_id", "stranger", "client_secret", secrets["stranger"]); err != nil || !reflect.DeepEqual(got, provider.Introspection{}) {
			t.Errorf("another client gets %+v %v", got, err)
		}
		// An API that only checks whether a token is active would accept a refresh
		// token as an access token.
		if got, err := h.introspect(token, "client_id", "api", "client_secret", secrets["api"]); err != nil || got.Active != (token == tokens.AccessToken) {
			t.Errorf("a resource server gets %+v %v", got, err)
		}
		_, err := h.introspect(token, "client_id", "public", "client_secret", "")
		wantCode(t, err, "invalid_client")
	}
	_, err := h.introspect(tokens.AccessToken, "client_secret", "")
	wantCode(t, err, "invalid_client")
	_, err = h.introspect("")
	wantCode(t, err, "invalid_request")
}

// TestIntrospectionReturnsTheUsernameOnlyWithScopeProfile: the consent page did not
// mention the username, and it would identify the person behind a pairwise sub.
func TestIntrospectionReturnsTheUsernameOnlyWithScopeProfile(t *testing.T) {
	for _, format := range []oauth.TokenFormat{oauth.Opaque, oauth.JWT} {
		h := newHouse(t, func(_ *provider.Config, c *oauth.Client) {
			c.AccessTokenFormat, c.SubjectType = format, oauth.SubjectPairwise
		})
		key := h.key
		api := h.client()
		api.ID, api.ResourceServer, api.GrantTypes = "api", true, nil
		secret := api.RotateSecret(h.now, 0)
		h.add(api)
		h.key = key
		for scope, want := range map[string]string{"openid": "", "read": "", "openid profile": "ada"} {
			tokens := h.tokens("scope", scope)
			for _, token := range []string{tokens.AccessToken, tokens.RefreshToken} {
				if got, err := h.introspect(token); err != nil || !got.Active || got.Username != want {
					t.Errorf("%s, scope %s: the client gets the username %q of %s, want %q (%v)", format, scope, got.Username, got.Subject, want, err)
				}
			}
			if got, err := h.introspect(tokens.AccessToken, "client_id", "api", "client_secret", secret); err != nil || got.Username != "ada" {
				t.Errorf("%s, scope %s: a resource server gets the username %q (%v)", format, scope, got.Username, err)
			}
		}
	}
}

func TestOtherTextsAndExpiredTokensAreInactive(t *testing.T) {
	h := newHouse(t, nil)
	tokens := h.tokens()
	code := h.code()
	middle := len(tokens.AccessToken) / 2
	for name, token := range map[string]string{
		"an unknown text": "x", "a truncated token": tokens.AccessToken[:70], "a longer token": tokens.AccessToken + "0", "a changed digit": tokens.AccessToken[:middle] + flip(tokens.AccessToken[middle]) + tokens.AccessToken[middle+1:],
		"an access token with the prefix of a refresh token": "lk_rt_" + tokens.AccessToken[6:], "a refresh token with the prefix of an access token": "lk_at_" + tokens.RefreshToken[6:],
		"a code": code, "a client secret": h.key, "only dots": "..", "a long text": strings.Repeat("a.b.c", 2500),
	} {
		if got, err := h.introspect(token); err != nil || got.Active {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	next, err := h.refresh(tokens.RefreshToken)
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := h.introspect(tokens.RefreshToken); got.Active {
		t.Error("a used refresh token is active")
	}
	h.pass(time.Hour)
	if got, _ := h.introspect(next.AccessToken); got.Active {
		t.Error("an expired access token is active")
	}
}
