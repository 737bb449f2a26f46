package provider_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

func TestClaimsParameterRequestsSingleClaims(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	answer := h.tokens("scope", "openid", "claims",
		`{"userinfo":{"email":null,"fantasy":null},"id_token":{"name":{"essential":true},"phone_number":{"value":"x"}},"other":{}}`)
	claims := h.payload(answer.IDToken)
	if claims["name"] != "Ada L." || claims["phone_number"] != "+44" || claims["email"] != nil || claims["secret"] != nil {
		t.Errorf("the ID token has %v", claims)
	}
	if info := h.userinfo(answer.AccessToken); info["email"] != "ada@example.com" || info["name"] != nil || len(info) != 2 {
		t.Errorf("userinfo returns %v", info)
	}
	if answer.Scope != "openid" {
		t.Errorf("the scope is %q", answer.Scope)
	}
	// The consent includes the scopes that these claims belong to.
	consent, err := h.store.Consent(ctx, "ada-id", h.id)
	if err != nil || !consent.Scope.Covers(oauth.Scopes{"openid", "email", "profile", "phone"}) {
		t.Errorf("the consent is for %v: %v", consent.Scope, err)
	}
	h.pass(time.Minute)
	again, err := h.refresh(answer.RefreshToken)
	if err != nil || h.payload(again.IDToken)["name"] != "Ada L." {
		t.Errorf("after a refresh the claims are missing: %v", err)
	}
}

func TestClaimsOfForbiddenScopesAreOmitted(t *testing.T) {
	h := newOpenIDHouse(t, func(_ *provider.Config, c *oauth.Client) { c.Scopes = oauth.Scopes{"openid", "profile"} })
	const claims = `{"userinfo":{"email":{"essential":true},"name":null}}`
	if r, err := h.ask("scope", "openid", "claims", claims); err != nil || r.RequestedScopes().Contains("email") {
		t.Errorf("the person is asked for a scope that the client is not allowed to request: %v", err)
	}
	answer := h.tokens("scope", "openid", "claims", claims)
	if info := h.userinfo(answer.AccessToken); info["email"] != nil || info["name"] != "Ada L." {
		t.Errorf("userinfo returns %v", info)
	}
}

func TestMalformedClaimsParameterIsRejected(t *testing.T) {
	h := newOpenIDHouse(t, nil)
	for _, claims := range []string{
		`x`, `[]`, `{"userinfo":[]}`, `{"id_token":{"name":1}}`, `{}{}`, `{"id_token":{"sub":{"value":7}}}`,
		`{"userinfo":{` + strings.Repeat(`"a`+strings.Repeat("a", 60)+`":null,`, 70) + `"b":null}}`, `"` + long + `"`,
	} {
		_, err := h.ask("scope", "openid", "claims", claims)
		wantCode(t, err, "invalid_request")
	}
}

func FuzzClaimsParameter(f *testing.F) {
	f.Add(`{"userinfo":{"email":null},"id_token":{"acr":{"essential":true,"values":["1"]}}}`)
	f.Add(`{"id_token":{"sub":{"value":{"a":[1]}}}}`)
	f.Fuzz(func(t *testing.T, claims string) {
		h := newOpenIDHouse(t, nil)
		p, err := provider.ParseParams(url.Values{
			"response_type": {"code"}, "client_id": {h.id}, "scope": {"openid"}, "code_challenge": {challenge(verifier)}, "code_challenge_method": {"S256"}, "claims": {claims},
		}.Encode())
		if err != nil {
			return
		}
		r, err := h.Begin(ctx, p)
		if err != nil {
			return
		}
		handle, err := h.Seal(r, "browser")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.Open(ctx, handle, "browser"); err != nil {
			t.Fatal(err)
		}
	})
}
