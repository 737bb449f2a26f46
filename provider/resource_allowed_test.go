package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// A claim that is requested individually needs the permission of the person, even if
// no requested resource accepts the scope that releases it (OpenID Connect Core §5.5).
func TestAPermissionForAResourceIsNotOneForClaims(t *testing.T) {
	h := resourceHouse(t, func(config *provider.Config, _ *oauth.Client) {
		config.Scopes = append(config.Scopes, oauth.ScopeInfo{Name: "groups", Claims: []string{"groups"}})
	})
	h.codeFor("openid tools", mcp)
	p := params(t, "response_type", "code", "client_id", h.id, "redirect_uri", callback, "code_challenge", challenge(verifier),
		"code_challenge_method", "S256", "scope", "openid tools", "claims", `{"id_token":{"groups":null}}`)
	for i, want := range []provider.Step{provider.StepConsent, provider.StepDone} {
		r, err := h.Begin(ctx, also(p, mcp))
		if err != nil {
			t.Fatal(err)
		}
		step, err := h.Next(ctx, r, &h.who)
		if err != nil || step != want {
			t.Errorf("request %d: the next step is %s %v, want %s", i, step, err, want)
		}
		if missing, _, err := h.NotYetAllowed(ctx, r, h.who.Subject); err != nil || (missing.String() == "groups") != (want == provider.StepConsent) {
			t.Errorf("request %d: %q is not allowed yet, %v", i, missing, err)
		}
		r.Show(h.who)
		if _, err := h.Approve(ctx, r, h.who, r.RequestedScopes(), true); err != nil {
			t.Fatal(err)
		}
	}
}

// The scope of a token is limited to what the client may have now, and so is its
// audience.
func TestATokenIsNotForAResourceThatItsClientIsNoLongerAllowedToRequest(t *testing.T) {
	eachFormat(t, func(t *testing.T, format oauth.TokenFormat) {
		h := resourceHouse(t, func(_ *provider.Config, c *oauth.Client) { c.AccessTokenFormat = format })
		both, err := h.exchangeFor(h.codeFor("read tools", mcp, files))
		h.wantToken(both, err, "read tools", mcp, files)
		h.pass(time.Second)
		one, err := h.exchangeFor(h.codeFor("tools", mcp))
		h.wantToken(one, err, "tools", mcp)
		if _, err := oauth.ChangeClient(ctx, h.store, h.id, func(c *oauth.Client) error {
			c.Resources = []string{files}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		h.pass(time.Minute)
		if found, err := h.CheckAccessToken(ctx, both.AccessToken); err != nil || !found.Active || found.Scope != "read" || found.Audience.String() != files {
			t.Errorf("got %+v %v", found, err)
		}
		if found, err := h.CheckAccessToken(ctx, one.AccessToken); err != nil || found.Active {
			t.Errorf("got %+v %v", found, err)
		}
		next, err := h.refreshFor(both.RefreshToken)
		h.wantToken(next, err, "read", files)
	})
}

// RFC 7662 §2.2. A refresh token from which nothing can be issued is not active.
func TestIntrospectionNamesTheResourcesOfARefreshToken(t *testing.T) {
	h := resourceHouse(t, nil)
	both, err := h.exchangeFor(h.codeFor("read tools", mcp, files))
	h.wantToken(both, err, "read tools", mcp, files)
	one, err := h.exchangeFor(h.codeFor("tools", mcp))
	h.wantToken(one, err, "tools", mcp)
	found := func(token string) string {
		got, err := h.introspect(token)
		if err != nil || got.TokenType != "" || got.Active == (len(got.Audience) == 0) {
			t.Errorf("got %+v %v", got, err)
		}
		return got.Audience.String()
	}
	if a, b := found(both.RefreshToken), found(one.RefreshToken); a != mcp+" "+files || b != mcp {
		t.Errorf("aud is %q and %q", a, b)
	}
	if _, err := oauth.ChangeClient(ctx, h.store, h.id, func(c *oauth.Client) error {
		c.Resources = []string{files}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	h.pass(time.Minute)
	if a, b := found(both.RefreshToken), found(one.RefreshToken); a != files || b != "" {
		t.Errorf("after the client lost a resource, aud is %q and %q", a, b)
	}
}
