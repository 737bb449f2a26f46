package provider_test

import (
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestRequestForAnotherPersonNeedsANewLogin(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	ada := h.who
	bob := oauth.Authentication{Subject: "bob-id", SessionID: "bobs", AuthTime: h.now.Add(-time.Minute)}
	hint := h.tokens("scope", "openid").IDToken
	h.pass(90 * 24 * time.Hour) // an expired hint is accepted (OpenID Connect Core §3.1.2.1)
	for name, pairs := range map[string][]string{
		"id_token_hint": {"id_token_hint", hint},
		"a sub claim":   {"claims", `{"id_token":{"sub":{"value":"ada-id"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := h.ask(append([]string{"scope", "openid"}, pairs...)...)
			if err != nil {
				t.Fatal(err)
			}
			if step, err := h.Next(ctx, r, &ada); err != nil || step != provider.StepDone {
				t.Errorf("the requested person: %s %v", step, err)
			}
			if step, err := h.Next(ctx, r, &bob); err != nil || step != provider.StepLogin {
				t.Errorf("another person: %s %v", step, err)
			}
			late := bob
			late.AuthTime = h.now
			_, err = h.Next(ctx, r, &late)
			wantCode(t, err, "login_required")
			r.Prompt = []string{"none"}
			_, err = h.Next(ctx, r, &bob)
			wantCode(t, err, "login_required")
		})
	}
	for name, hint := range map[string]string{
		"an unsigned hint":  "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUvbyIsInN1YiI6ImFkYS1pZCIsImF1ZCI6ImNsaWVudCJ9.",
		"an access token":   h.tokens("scope", "openid").AccessToken,
		"another signature": hint[:len(hint)-12] + "AAAAAAAAAAAA",
		"a long hint":       long + long,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.ask("scope", "openid", "id_token_hint", hint)
			wantCode(t, err, "invalid_request")
		})
	}
	h.id = "other"
	h.add(h.client())
	_, err := h.ask("scope", "openid", "id_token_hint", hint)
	wantCode(t, err, "invalid_request")
}

func TestEssentialACRIsMetOrRejected(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	h.code("scope", "openid")
	_, err := h.ask("scope", "openid", "claims", `{"id_token":{"acr":{"essential":true,"values":["9"]}}}`)
	wantCode(t, err, "unmet_authentication_requirements")
	r, err := h.ask("scope", "openid", "claims", `{"id_token":{"acr":{"essential":true,"value":"1"}}}`)
	if err != nil {
		t.Fatal(err)
	}
	if step, err := h.Next(ctx, r, &h.who); err != nil || step != provider.StepLogin {
		t.Errorf("a login without the acr: %s %v", step, err)
	}
	who := h.who
	who.ACR = "1"
	if step, err := h.Next(ctx, r, &who); err != nil || step != provider.StepDone {
		t.Errorf("a login with the acr: %s %v", step, err)
	}
	// A new login without it is sent to the login page once.
	who.ACR, who.AuthTime = "", h.now
	if step, err := h.Next(ctx, r, &who); err != nil || step != provider.StepLogin {
		t.Errorf("a new login without the acr: %s %v", step, err)
	}
	r.SendToLogin(&who, provider.LoginACR)
	_, err = h.Next(ctx, r, &who)
	wantCode(t, err, "unmet_authentication_requirements")
	if _, err = h.ask("scope", "openid", "acr_values", "9 8"); err != nil {
		t.Errorf("a voluntary acr is rejected: %v", err)
	}
}

func TestOfflineAccessNeedsTheRefreshTokenGrant(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) {
		c.GrantTypes = without(c.GrantTypes, oauth.GrantRefreshToken)
	})
	if answer := h.tokens("scope", "openid offline_access"); answer.Scope != "openid" || answer.RefreshToken != "" {
		t.Errorf("got %q", answer.Scope)
	}
}

func TestDefaultMaxAgeRequiresANewLogin(t *testing.T) {
	age := int64(60)
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.DefaultMaxAge = &age })
	h.code("scope", "openid", "max_age", "100000")
	r, err := h.ask("scope", "openid")
	if err != nil {
		t.Fatal(err)
	}
	if step, err := h.Next(ctx, r, &h.who); err != nil || step != provider.StepLogin {
		t.Errorf("a login an hour ago: %s %v", step, err)
	}
}
