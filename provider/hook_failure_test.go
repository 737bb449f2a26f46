package provider_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/memstore"
	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// An API trusts these claims, and encoding/json finds a member in any case.
func TestHookCannotReplaceAClaimOfTheServer(t *testing.T) {
	for _, name := range []string{
		"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "scope", "act", "may_act", "cnf", "nonce", "azp", "sid", "acr", "amr",
		"auth_time", "at_hash", "c_hash", "s_hash", "family", "family_client", "events", "Family", "SUB", "\u017fub", "",
	} {
		f := &hooks{claims: map[string]any{"department": "ENIAC", name: "other"}}
		h := hookedHouse(t, f, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = oauth.JWT })
		code := h.code("scope", "openid")
		_, err := h.exchange(code)
		if err == nil || errors.As(err, new(*oauth.Error)) || errors.Is(err, oauth.ErrUnavailable) || !strings.Contains(err.Error(), name) {
			t.Errorf("%q: %v", name, err)
		}
		f.claims = nil
		if _, err := h.exchange(code); err != nil {
			t.Errorf("%q: the code was lost: %v", name, err)
		}
	}
	for _, name := range []string{"active", "username", "token_type"} {
		f := &hooks{claims: map[string]any{name: "other"}}
		h := hookedHouse(t, f, nil)
		response := h.tokens("scope", "openid")
		if h.payload(response.IDToken)[name] != "other" {
			t.Errorf("%s is not in the ID token", name)
		}
		if _, err := h.CheckAccessToken(ctx, response.AccessToken); err == nil {
			t.Errorf("%s was added to an introspection response", name)
		}
	}
}

func TestHookThatAddsAnInvalidClaimIsAFailureOfTheServer(t *testing.T) {
	for _, claims := range []map[string]any{{"email": "no address"}, {"email_verified": "true"}, {"level": nil}, {"level": make(chan int)}, {"level": (*int)(nil)}} {
		h := hookedHouse(t, &hooks{claims: claims}, nil)
		_, err := h.exchange(h.code("scope", "openid"))
		if err == nil || errors.As(err, new(*oauth.Error)) || errors.Is(err, oauth.ErrUnavailable) {
			t.Errorf("%v: %v", claims, err)
		}
	}
}

// TestHookCannotMakeATokenTooLong: the server itself rejects longer JWTs, so nobody could revoke such a
// token. A response has no such limit.
func TestHookCannotMakeATokenTooLong(t *testing.T) {
	const most = 4096 // bytes, as JSON
	for format, want := range map[oauth.TokenFormat]string{oauth.JWT: "access_token", oauth.Opaque: "id_token"} {
		f := &hooks{claims: map[string]any{"groups": strings.Repeat("g", most), "level": 1}}
		scope := oauth.ScopeOpenID // the longest scope parameter
		h := hookedHouse(t, f, func(config *provider.Config, c *oauth.Client) {
			c.AccessTokenFormat = format
			for i := range 20 {
				name := strings.Repeat("s", 98) + string(rune('a'+i))
				config.Scopes = append(config.Scopes, oauth.ScopeInfo{Name: name, Description: "See your things"})
				scope += " " + name
			}
		})
		code := h.code("scope", scope)
		if _, err := h.exchange(code); err == nil || errors.As(err, new(*oauth.Error)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", format, err)
		}
		f.claims = map[string]any{"groups": strings.Repeat("g", most-len(`{"groups":""}`))}
		response, err := h.exchange(code)
		if err != nil {
			t.Fatalf("%s: the code was lost: %v", format, err)
		}
		f.claims = map[string]any{"groups": strings.Repeat("g", 2*most)}
		if found, err := h.CheckAccessToken(ctx, response.AccessToken); err != nil || !found.Active {
			t.Errorf("%s: the longest access token is not accepted: %v", format, err)
		}
	}
}

// The client did nothing wrong, even if the hook returns an error of the protocol.
func TestFailingHookLosesNothingAndIsNotTheFaultOfTheClient(t *testing.T) {
	for _, target := range []string{"lifetimes", "claims", "format"} {
		f := new(hooks)
		h := hookedHouse(t, f, func(c *provider.Config, client *oauth.Client) {
			client.AccessTokenFormat, client.ResponseTypes = oauth.JWT, []string{"code", "id_token token"}
			switch target {
			case "claims":
				c.TokenLifetimes = nil
			case "format":
				c.TokenLifetimes, c.AddClaims = nil, nil
				c.TokenFormat = func(context.Context, oauth.TokenInfo) (oauth.TokenFormat, error) {
					if f.claims != nil {
						return "unknown", nil
					}
					return oauth.JWT, f.err
				}
			}
		})
		want := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, oauth.ErrUnavailable) || errors.As(err, new(*oauth.Error)) {
				t.Errorf("%s, %s: %v", target, what, err)
			}
		}
		code := h.code("scope", "openid offline_access", "prompt", "consent", "nonce", "n")
		f.err = oauth.Errorf(oauth.CodeInvalidGrant, "Not on Sundays.")
		_, err := h.exchange(code)
		want("code", err)
		f.err = nil
		response, err := h.exchange(code)
		if err != nil {
			t.Fatalf("%s: the code was lost: %v", target, err)
		}
		f.err = errors.New("LDAP: connection refused")
		_, err = h.refresh(response.RefreshToken)
		want("refresh", err)
		_, err = h.refresh(response.RefreshToken + "x")
		wantCode(t, err, "invalid_grant")
		f.err = nil
		second, err := h.refresh(response.RefreshToken)
		if err != nil {
			t.Fatalf("%s: the refresh token was lost: %v", target, err)
		}
		f.claims, f.lifetimes.AccessToken = map[string]any{"sub": "x"}, -1
		if _, err := h.refresh(response.RefreshToken); err == nil {
			t.Errorf("%s: an answer with another sub", target)
		}
		f.claims, f.lifetimes.AccessToken = nil, 0
		h.pass(time.Minute) // the replay window has ended, but the client got no answer in it
		if again, err := h.refresh(response.RefreshToken); err != nil || again.RefreshToken != second.RefreshToken {
			t.Errorf("%s: the repeated refresh: %v", target, err)
		}

		r, err := h.ask("response_type", "id_token token", "scope", "openid", "nonce", "n")
		if err != nil {
			t.Fatal(err)
		}
		r.Show(h.who)
		f.err = errors.New("LDAP: connection refused")
		_, err = h.Approve(ctx, r, h.who, r.Scope, true)
		want("approval", err)
		f.err = nil
		if _, err := h.Approve(ctx, r, h.who, r.Scope, true); err != nil {
			t.Errorf("%s: the approval: %v", target, err)
		}
	}
}

func TestNamesOfAddedClaimsAreChecked(t *testing.T) {
	add := func(context.Context, oauth.TokenInfo, oauth.ClaimsTarget) (map[string]any, error) { return nil, nil }
	for _, test := range []struct {
		hook  oauth.ClaimsHook
		names []string
		fault string
	}{
		{add, []string{"department"}, ""},
		{add, []string{"sub"}, "the server itself sets the claim sub"},
		{add, []string{"FAMILY"}, "the server itself sets the claim FAMILY"},
		{add, []string{""}, "not the name of a claim"},
		{nil, []string{"department"}, "AddClaims is not set"},
	} {
		_, err := provider.New(ctx, provider.Config{Issuer: issuer, Store: memstore.New(time.Now), MasterKey: make([]byte, 32), AddClaims: test.hook, AddedClaims: test.names})
		if (err == nil) != (test.fault == "") || err != nil && !strings.Contains(err.Error(), test.fault) {
			t.Errorf("%v: %v", test.names, err)
		}
	}
}
